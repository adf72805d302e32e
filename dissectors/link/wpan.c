/*
 * wpan.c - IEEE 802.15.4 (section 7.2): the header of a frame with addresses and security, and its check sequence. All
 * numbers are little-endian. The payload (6LoWPAN, ZigBee) is data.
 */
#include "dissectors/header.h"

enum { FCF, TYPE, SECURITY, PENDING, ACK, COMPRESSION, NO_SEQUENCE, ELEMENTS, DST_MODE, VERSION, SRC_MODE, SEQUENCE,
       DST_PAN, DST16, DST64, SRC_PAN, SRC16, SRC64, LEVEL, KEY_MODE, COUNTER, KEY_SOURCE, KEY_INDEX, COMMAND, FCS };

enum { BEACON, DATA_FRAME, ACKNOWLEDGEMENT, COMMAND_FRAME, FRAME_TYPES, MULTIPURPOSE };
static const struct tl_name types[] = {
    { BEACON, "Beacon" },   { DATA_FRAME, "Data" },   { ACKNOWLEDGEMENT, "Ack" }, { COMMAND_FRAME, "Command" },
    { MULTIPURPOSE, "Multipurpose" },  { 6, "Fragment" },        { 7, "Extended" },          { 0, NULL },
};
enum { NONE, NO_MODE, SHORT, LONG };
static const struct tl_name modes[] = { { NONE, "None" }, { SHORT, "16 bits" }, { LONG, "64 bits" }, { 0, NULL } };
enum { OF_2015 = 2, NO_VERSION };
static const struct tl_name versions[] = { { 0, "2003" }, { 1, "2006" }, { OF_2015, "2015" }, { 0, NULL } };
static const struct tl_name levels[] = {
    { 0, "None" }, { 1, "MIC-32" }, { 2, "MIC-64" }, { 3, "MIC-128" }, { 4, "ENC" }, { 5, "ENC-MIC-32" },
    { 6, "ENC-MIC-64" }, { 7, "ENC-MIC-128" }, { 0, NULL },
};
static const struct tl_name key_modes[] = {
    { 0, "Implicit" }, { 1, "Index" }, { 2, "Source of 4 bytes" }, { 3, "Source of 8 bytes" }, { 0, NULL },
};
static const struct tl_name commands[] = {
    { 1, "Association request" }, { 2, "Association response" }, { 3, "Disassociation" }, { 4, "Data request" },
    { 5, "PAN id conflict" },     { 6, "Orphan" },               { 7, "Beacon request" }, { 8, "Realignment" },
    { 9, "GTS request" },         { 0, NULL },
};

static const struct tl_field fields[] = {
    [FCF] = { "wpan.fcf", "Frame control", .type = TL_U16, .base = TL_HEX },
    [TYPE] = { "wpan.frame_type", "Frame", .type = TL_U16, .base = TL_HEX, .mask = 0x0007, .names = types },
    [SECURITY] = { "wpan.security", "Secured", .type = TL_BOOL, .mask = 0x0008 },
    [PENDING] = { "wpan.pending", "More frames are pending", .type = TL_BOOL, .mask = 0x0010 },
    [ACK] = { "wpan.ack_request", "An acknowledgement is requested", .type = TL_BOOL, .mask = 0x0020 },
    [COMPRESSION] = { "wpan.pan_id_compression", "PAN id compression", .type = TL_BOOL, .mask = 0x0040 },
    [NO_SEQUENCE] = { "wpan.seqno_suppression", "No sequence number", .type = TL_BOOL, .mask = 0x0100 },
    [ELEMENTS] = { "wpan.ie_present", "Information elements", .type = TL_BOOL, .mask = 0x0200 },
    [DST_MODE] = { "wpan.dst_addr_mode", "Destination address", .type = TL_U16, .base = TL_HEX, .mask = 0x0c00,
                   .names = modes },
    [VERSION] = { "wpan.version", "Version", .type = TL_U16, .mask = 0x3000, .names = versions },
    [SRC_MODE] = { "wpan.src_addr_mode", "Source address", .type = TL_U16, .base = TL_HEX, .mask = 0xc000,
                   .names = modes },
    [SEQUENCE] = { "wpan.seq_no", "Sequence number", .type = TL_U8 },
    [DST_PAN] = { "wpan.dst_pan", "Destination PAN", .type = TL_U16, .base = TL_HEX },
    [DST16] = { "wpan.dst16", "Destination", .type = TL_U16, .base = TL_HEX, .flags = TL_DESTINATION },
    [DST64] = { "wpan.dst64", "Destination", .type = TL_U64, .base = TL_HEX, .flags = TL_DESTINATION },
    [SRC_PAN] = { "wpan.src_pan", "Source PAN", .type = TL_U16, .base = TL_HEX },
    [SRC16] = { "wpan.src16", "Source", .type = TL_U16, .base = TL_HEX, .flags = TL_SOURCE },
    [SRC64] = { "wpan.src64", "Source", .type = TL_U64, .base = TL_HEX, .flags = TL_SOURCE },
    [LEVEL] = { "wpan.aux_sec.sec_level", "Security level", .type = TL_U8, .mask = 0x07, .names = levels },
    [KEY_MODE] = { "wpan.aux_sec.key_id_mode", "Key identifier", .type = TL_U8, .mask = 0x18, .names = key_modes },
    [COUNTER] = { "wpan.aux_sec.frame_counter", "Frame counter", .type = TL_U32 },
    [KEY_SOURCE] = { "wpan.aux_sec.key_source.bytes", "Key source", .type = TL_BYTES },
    [KEY_INDEX] = { "wpan.aux_sec.key_index", "Key index", .type = TL_U8 },
    [COMMAND] = { "wpan.cmd", "Command", .type = TL_U8, .base = TL_HEX, .names = commands },
    [FCS] = { "wpan.fcs", "Check sequence", .type = TL_U16, .base = TL_HEX },
};

enum { IS_SECURED = 0x0008, IS_COMPRESSED = 0x0040, HAS_NO_SEQUENCE = 0x0100, HAS_ELEMENTS = 0x0200,
       VERSION_BITS = 0x3000 };
/* Link types. */
enum { WITH_FCS = 195, WITHOUT_FCS = 230 };

enum { FCS_SIZE = 2, HAS_NO_COUNTER = 0x20, IS_ENCRYPTED = 0x04 };

/* Which PAN identifiers are present. */
struct pans {
    bool dst, src;
};

/* Table 7-2 of the 2015 edition; section 7.2.1.5 of the older ones. */
static struct pans pans_of(uint16_t control, unsigned dst, unsigned src, unsigned version)
{
    bool compressed = (control & IS_COMPRESSED) != 0;
    if (version < OF_2015)
        return (struct pans){ dst != NONE, src != NONE && !(compressed && dst != NONE) };
    if (dst != NONE && src != NONE)
        return dst == LONG && src == LONG ? (struct pans){ !compressed, false } : (struct pans){ true, !compressed };
    if (dst == NONE && src == NONE)
        return (struct pans){ compressed, false };
    return (struct pans){ dst != NONE && !compressed, src != NONE && !compressed };
}

static void address(struct tl_dissection *d, unsigned mode, unsigned short_field, unsigned long_field)
{
    if (mode == SHORT)
        tl_le16(d, short_field);
    else if (mode == LONG)
        tl_le64(d, long_field);
}

static void addresses(struct tl_dissection *d, uint16_t control)
{
    unsigned dst = control >> 10 & 3, version = control >> 12 & 3, src = control >> 14;
    if (tl_ok(d) && (dst == NO_MODE || src == NO_MODE || version == NO_VERSION)) {
        tl_bad(d);
        return;
    }
    if (version < OF_2015 || (control & HAS_NO_SEQUENCE) == 0)
        tl_u8(d, SEQUENCE);
    struct pans pans = pans_of(control, dst, src, version);
    if (pans.dst)
        tl_le16(d, DST_PAN);
    address(d, dst, DST16, DST64);
    if (pans.src)
        tl_le16(d, SRC_PAN);
    address(d, src, SRC16, SRC64);
}

/* The auxiliary security header (section 9.4). Returns the security level. */
static unsigned security(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return 0;
    uint8_t control = p[0];
    tl_add_all_bits(d, LEVEL, KEY_MODE, d->c.off - 1, 1, control);
    if ((control & HAS_NO_COUNTER) == 0)
        tl_le32(d, COUNTER);
    unsigned mode = control >> 3 & 3;
    if (mode >= 2)
        tl_run(d, KEY_SOURCE, mode == 2 ? 4 : 8);
    if (mode >= 1)
        tl_u8(d, KEY_INDEX);
    return control & 7;
}

/* The last two bytes are not of the payload: they are read first. */
static void check_sequence(struct tl_dissection *d)
{
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (left < FCS_SIZE) {
        tl_bad(d);
        return;
    }
    const uint8_t *p = tl_cursor_peek(&d->c, left - FCS_SIZE, FCS_SIZE);
    if (p != NULL)
        tl_add(d, FCS, d->c.off + left - FCS_SIZE, FCS_SIZE, tl_load_le16(p));
    tl_limit(d, d->c.off - d->start + left - FCS_SIZE, 0);
}

static enum tl_status wpan_dissect(struct tl_dissection *d)
{
    if (d->frame->packet == NULL || d->frame->packet->linktype != WITHOUT_FCS)
        check_sequence(d);
    uint16_t control = tl_le16(d, FCF);
    unsigned type = control & 7, level = 0;
    if (tl_ok(d))
        tl_add_all_bits(d, TYPE, type < FRAME_TYPES ? SRC_MODE : TYPE, d->c.off - 2, 2, control);
    if (tl_ok(d) && type == MULTIPURPOSE) { /* its control field can have one byte */
        tl_add(d, DST_MODE, d->c.off - 2, 2, control >> 4 & 3);
        tl_add(d, SRC_MODE, d->c.off - 2, 2, control >> 6 & 3);
    }
    if (type >= FRAME_TYPES) /* headers of another layout */
        return tl_next_data(d);
    addresses(d, control);
    if ((control & IS_SECURED) != 0 && (control & VERSION_BITS) != 0)
        level = security(d);
    if (type == COMMAND_FRAME && (control & HAS_ELEMENTS) == 0 && (level & IS_ENCRYPTED) == 0)
        tl_u8(d, COMMAND);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_wpan = {
    .name = "wpan",
    .title = "IEEE 802.15.4",
    .kind = TL_KIND_LAYER,
    .info = "802.15.4[ {frame_type}][ {src16}][ {src64}][ > {dst16}][ > {dst64}][ {cmd}]",
    .dissect = wpan_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, WITH_FCS }, { TL_ON_LINKTYPE, WITHOUT_FCS } },
};
