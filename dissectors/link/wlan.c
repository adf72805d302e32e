/*
 * wlan.c - IEEE 802.11 (clause 9): the header of every frame, and the payload of data frames that are whole and not
 * encrypted. Numbers in the header are little-endian.
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { FC, VERSION, TYPE, SUBTYPE, TYPE_SUBTYPE, FLAGS, TO_DS, FROM_DS, MORE_FRAGMENTS, RETRY, POWER, MORE_DATA, PROTECTED,
       ORDER, DURATION, AID, RA, DA, TA, SA, BSSID, FRAGMENT, SEQUENCE, QOS, TID, ACK, AMSDU, EOSP,
       HTC };

enum { MANAGEMENT, CONTROL_FRAME, DATA_FRAME };

/* Type and subtype as displayed: 16 times the type, plus the subtype. */
static const struct tl_name frames[] = {
    { 0x00, "Association request" }, { 0x01, "Association response" }, { 0x02, "Reassociation request" },
    { 0x03, "Reassociation response" }, { 0x04, "Probe request" }, { 0x05, "Probe response" },
    { 0x06, "Timing advertisement" }, { 0x08, "Beacon" }, { 0x09, "ATIM" }, { 0x0a, "Disassociation" },
    { 0x0b, "Authentication" }, { 0x0c, "Deauthentication" }, { 0x0d, "Action" }, { 0x0e, "Action no ack" },
    { 0x14, "Beamforming report poll" }, { 0x15, "NDP announcement" }, { 0x17, "Control wrapper" },
    { 0x18, "Block ack request" }, { 0x19, "Block ack" }, { 0x1a, "PS-Poll" }, { 0x1b, "RTS" }, { 0x1c, "CTS" },
    { 0x1d, "Ack" }, { 0x1e, "CF-End" }, { 0x1f, "CF-End and CF-Ack" },
    { 0x20, "Data" }, { 0x21, "Data and CF-Ack" }, { 0x22, "Data and CF-Poll" }, { 0x23, "Data, CF-Ack and CF-Poll" },
    { 0x24, "Null" }, { 0x25, "CF-Ack" }, { 0x26, "CF-Poll" }, { 0x27, "CF-Ack and CF-Poll" },
    { 0x28, "QoS data" }, { 0x29, "QoS data and CF-Ack" }, { 0x2a, "QoS data and CF-Poll" },
    { 0x2b, "QoS data, CF-Ack and CF-Poll" }, { 0x2c, "QoS null" }, { 0x2e, "QoS CF-Poll" },
    { 0x2f, "QoS CF-Ack and CF-Poll" }, { 0, NULL },
};

static const struct tl_name types[] = {
    { MANAGEMENT, "Management" }, { CONTROL_FRAME, "Control" }, { DATA_FRAME, "Data" }, { 3, "Extension" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [FC] = { "wlan.fc", "Frame control", .type = TL_U16, .base = TL_HEX },
    [VERSION] = { "wlan.fc.version", "Version", .type = TL_U8, .mask = 0x03 },
    [TYPE] = { "wlan.fc.type", "Type", .type = TL_U8, .mask = 0x0c, .names = types },
    [SUBTYPE] = { "wlan.fc.subtype", "Subtype", .type = TL_U8, .mask = 0xf0 },
    [TYPE_SUBTYPE] = { "wlan.fc.type_subtype", "Frame", .type = TL_U16, .base = TL_HEX, .names = frames,
                       .flags = TL_DERIVED },
    [FLAGS] = { "wlan.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [TO_DS] = { "wlan.fc.tods", "To the distribution system", .type = TL_BOOL, .mask = 0x01 },
    [FROM_DS] = { "wlan.fc.fromds", "From the distribution system", .type = TL_BOOL, .mask = 0x02 },
    [MORE_FRAGMENTS] = { "wlan.fc.frag", "More fragments", .type = TL_BOOL, .mask = 0x04 },
    [RETRY] = { "wlan.fc.retry", "Retry", .type = TL_BOOL, .mask = 0x08 },
    [POWER] = { "wlan.fc.pwrmgt", "Power management", .type = TL_BOOL, .mask = 0x10 },
    [MORE_DATA] = { "wlan.fc.moredata", "More data", .type = TL_BOOL, .mask = 0x20 },
    [PROTECTED] = { "wlan.fc.protected", "Protected", .type = TL_BOOL, .mask = 0x40 },
    [ORDER] = { "wlan.fc.order", "Order, or an HT control field", .type = TL_BOOL, .mask = 0x80 },
    [DURATION] = { "wlan.duration", "Duration", .type = TL_U16, .mask = 0x7fff, .unit = "microseconds" },
    [AID] = { "wlan.aid", "Association", .type = TL_U16, .mask = 0x3fff,
            .help = "Of the station that asks for what is buffered" },
    [RA] = { "wlan.ra", "Receiver", .type = TL_MAC },
    [DA] = { "wlan.da", "Destination", .type = TL_MAC, .flags = TL_DESTINATION },
    [TA] = { "wlan.ta", "Transmitter", .type = TL_MAC },
    [SA] = { "wlan.sa", "Source", .type = TL_MAC, .flags = TL_SOURCE },
    [BSSID] = { "wlan.bssid", "Basic service set", .type = TL_MAC },
    [FRAGMENT] = { "wlan.frag", "Fragment number", .type = TL_U16, .mask = 0x000f },
    [SEQUENCE] = { "wlan.seq", "Sequence number", .type = TL_U16, .mask = 0xfff0 },
    [QOS] = { "wlan.qos", "QoS control", .type = TL_U16, .base = TL_HEX },
    [TID] = { "wlan.qos.tid", "Traffic id", .type = TL_U16, .mask = 0x000f },
    [ACK] = { "wlan.qos.ack", "Ack policy", .type = TL_U16, .base = TL_HEX, .mask = 0x0060 },
    [AMSDU] = { "wlan.qos.amsdupresent", "Several packets in one frame", .type = TL_BOOL, .mask = 0x0080 },
    [EOSP] = { "wlan.qos.eosp", "End of service period", .type = TL_BOOL, .mask = 0x0010 },
    [HTC] = { "wlan.htc", "HT control", .type = TL_U32, .base = TL_HEX },
};

enum { IS_TO_DS = 0x01, IS_FROM_DS = 0x02, HAS_MORE_FRAGMENTS = 0x04, IS_PROTECTED = 0x40, HAS_HTC = 0x80,
       HAS_QOS = 0x8, HAS_NO_DATA = 0x4, QOS_AMSDU = 0x80, FRAGMENT_NUMBER = 0x0f };
enum { PS_POLL = 0xa, CTS = 0xc, ACKNOWLEDGEMENT = 0xd };

struct control {
    uint8_t version, type, subtype, flags;
};

static struct control frame_control(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    bool swapped = d->protocol == &tl_protocol_wlan_bsfc;
    uint16_t whole = p == NULL ? 0 : swapped ? tl_load_le16(p) : tl_load_be16(p);
    uint32_t off = d->c.off - 2;
    struct control fc = { (uint8_t)(whole >> 8 & 3), (uint8_t)(whole >> 10 & 3), (uint8_t)(whole >> 12), (uint8_t)whole };
    if (tl_ok(d)) {
        tl_add(d, FC, off, 2, whole);
        tl_add_all_bits(d, VERSION, SUBTYPE, off, 2, whole >> 8);
        tl_add(d, TYPE_SUBTYPE, off, 2, (uint64_t)fc.type << 4 | fc.subtype);
        tl_add(d, FLAGS, off + 1, 1, fc.flags);
        tl_add_all_bits(d, TO_DS, ORDER, off + 1, 1, fc.flags);
    }
    return fc;
}

/* Adds bits of a little-endian number. */
static uint16_t bits(struct tl_dissection *d, unsigned first, unsigned last)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return 0;
    uint16_t whole = tl_load_le16(p);
    tl_add_all_bits(d, first, last, d->c.off - 2, 2, whole);
    return whole;
}

/* Reads an address with one or two meanings. */
static const uint8_t *address(struct tl_dissection *d, unsigned field, unsigned other)
{
    const uint8_t *p = tl_mac(d, field);
    if (p != NULL && other != field)
        tl_add(d, other, d->c.off - 6, 6, 0);
    return p;
}

/*
 * Reads three or four addresses and the sequence number (9.3.2.1). Returns the sequence number with the fragment
 * number.
 */
static uint16_t addresses(struct tl_dissection *d, uint8_t flags)
{
    static const struct {
        uint8_t first, second, third;
    } roles[4] = { { DA, SA, BSSID }, { BSSID, SA, DA }, { DA, BSSID, SA }, { RA, TA, DA } };
    unsigned ds = flags & (IS_TO_DS | IS_FROM_DS);
    const uint8_t *at[3];
    at[0] = address(d, RA, roles[ds].first);
    at[1] = address(d, TA, roles[ds].second);
    at[2] = address(d, roles[ds].third, roles[ds].third);
    uint16_t sequence = bits(d, FRAGMENT, SEQUENCE);
    const uint8_t *src = ds == 0 || ds == IS_TO_DS ? at[1] : at[2], *dst = ds == 0 || ds == IS_FROM_DS ? at[0] : at[2];
    if (ds == (IS_TO_DS | IS_FROM_DS))
        src = tl_mac(d, SA);
    if (tl_ok(d) && d->frame->l2_src == NULL) {
        d->frame->l2_src = src;
        d->frame->l2_dst = dst;
    }
    return sequence;
}

static uint16_t qos_control(struct tl_dissection *d, bool from_ds)
{
    uint16_t whole = tl_le16(d, QOS);
    if (tl_ok(d)) {
        tl_add_all_bits(d, TID, AMSDU, d->c.off - 2, 2, whole);
        if (from_ds) /* from other senders the bit has another meaning */
            tl_add_bits(d, EOSP, d->c.off - 2, 2, whole);
    }
    return whole;
}

/* Some cards align the payload to four bytes without any indication in the header. LLC never begins with a zero. */
static void alignment(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && (d->c.off - d->start) % 4 == 2 && p[0] == 0)
        tl_skip(d, 2);
}

static enum tl_status data_frame(struct tl_dissection *d, struct control fc)
{
    uint16_t sequence = addresses(d, fc.flags);
    uint16_t qos = (fc.subtype & HAS_QOS) != 0 ? qos_control(d, (fc.flags & IS_FROM_DS) != 0) : 0;
    if ((fc.subtype & HAS_QOS) != 0 && (fc.flags & HAS_HTC) != 0)
        tl_le32(d, HTC);
    bool is_piece = (fc.flags & HAS_MORE_FRAGMENTS) != 0 || (sequence & FRAGMENT_NUMBER) != 0;
    if ((fc.subtype & HAS_NO_DATA) != 0 || is_piece || (fc.flags & IS_PROTECTED) != 0)
        return tl_next_data(d);
    if ((qos & QOS_AMSDU) != 0)
        return tl_next_protocol(d, &tl_protocol_wlan_aggregate);
    alignment(d);
    return tl_cursor_wire_left(&d->c) == 0 ? tl_next_none(d) : tl_next_protocol(d, &tl_protocol_llc);
}

static enum tl_status control_frame(struct tl_dissection *d, struct control fc)
{
    address(d, RA, RA);
    if (fc.subtype >= 8 && fc.subtype != CTS && fc.subtype != ACKNOWLEDGEMENT)
        address(d, TA, TA);
    return tl_next_data(d);
}

static enum tl_status wlan_dissect(struct tl_dissection *d)
{
    struct control fc = frame_control(d);
    if (fc.version != 0) /* other versions are unknown */
        return tl_next_data(d);
    bool polls = fc.type == CONTROL_FRAME && fc.subtype == PS_POLL; /* 9.3.1.5 */
    bits(d, polls ? AID : DURATION, polls ? AID : DURATION);
    if (fc.type == CONTROL_FRAME)
        return control_frame(d, fc);
    if (fc.type == DATA_FRAME)
        return data_frame(d, fc);
    if (fc.type == MANAGEMENT) {
        addresses(d, 0);
        if ((fc.flags & HAS_HTC) != 0)
            tl_le32(d, HTC);
    }
    return tl_next_data(d);
}

/* The bytes of frame control are swapped: in CAPWAP. */
const struct tl_protocol tl_protocol_wlan_bsfc = {
    .name = "wlan_bsfc",
    .title = "IEEE 802.11 with swapped frame control",
    .kind = TL_KIND_LAYER,
    .info = "{wlan.fc.type_subtype}[ {wlan.sa} > {wlan.da}][ BSSID {wlan.bssid}]",
    .dissect = wlan_dissect,
    TL_TABLE(fields),
};

const struct tl_protocol tl_protocol_wlan = {
    .name = "wlan",
    .title = "IEEE 802.11",
    .kind = TL_KIND_LAYER,
    .info = "{fc.type_subtype}[ {sa} > {da}][ BSSID {bssid}]",
    .dissect = wlan_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 105 } },
};
