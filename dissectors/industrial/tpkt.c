/* tpkt.c - transport packets over TCP (RFC 1006), connections in them (ISO 8073, class 0), and Siemens S7 in those. */
#include "dissectors/framed.h"

/* --- S7 --- */

enum { S7_ID, S7_ROSCTR, S7_REDID, S7_PDUREF, S7_PARLG, S7_DATLG, S7_ERRCLS, S7_ERRCOD, S7_FUNC, S7_ITEMS, S7_FIELDS };

static const struct tl_name kinds[] = { { 1, "Job" }, { 2, "Ack" }, { 3, "Ack_Data" }, { 7, "Userdata" }, { 0, NULL } };
static const struct tl_name functions[] = {
    { 0x00, "CPU services" }, { 0x04, "Read Var" }, { 0x05, "Write Var" }, { 0x1a, "Request download" },
    { 0x1b, "Download block" }, { 0x1c, "Download ended" }, { 0x1d, "Start upload" }, { 0x1e, "Upload" },
    { 0x1f, "End upload" }, { 0x28, "PI-Service" }, { 0x29, "PLC Stop" }, { 0xf0, "Setup communication" }, { 0, NULL },
};
static const struct tl_field s7_fields[S7_FIELDS] = {
    [S7_ID] = { "s7comm.header.protid", "Protocol", .type = TL_U8, .base = TL_HEX },
    [S7_ROSCTR] = { "s7comm.header.rosctr", "Kind", .type = TL_U8, .names = kinds },
    [S7_REDID] = { "s7comm.header.redid", "Redundancy identification", .type = TL_U16, .base = TL_HEX },
    [S7_PDUREF] = { "s7comm.header.pduref", "Reference", .type = TL_U16 },
    [S7_PARLG] = { "s7comm.header.parlg", "Length of the parameters", .type = TL_U16 },
    [S7_DATLG] = { "s7comm.header.datlg", "Length of the data", .type = TL_U16 },
    [S7_ERRCLS] = { "s7comm.header.errcls", "Class of the error", .type = TL_U8, .base = TL_HEX },
    [S7_ERRCOD] = { "s7comm.header.errcod", "Error", .type = TL_U8, .base = TL_HEX },
    [S7_FUNC] = { "s7comm.param.func", "Function", .type = TL_U8, .names = functions },
    [S7_ITEMS] = { "s7comm.param.itemcount", "Items", .type = TL_U8 },
};

static void s7(struct tl_dissection *d)
{
    (void)tl_u8(d, S7_ID);
    uint8_t kind = tl_u8(d, S7_ROSCTR);
    (void)tl_u16(d, S7_REDID);
    (void)tl_le16(d, S7_PDUREF);
    uint16_t parameters = tl_u16(d, S7_PARLG);
    (void)tl_u16(d, S7_DATLG);
    if (kind == 2 || kind == 3) {
        (void)tl_u8(d, S7_ERRCLS);
        (void)tl_u8(d, S7_ERRCOD);
    }
    if (parameters == 0 || kind == 7)
        return;
    uint8_t function = tl_u8(d, S7_FUNC);
    if (function == 4 || function == 5)
        (void)tl_u8(d, S7_ITEMS);
}

const struct tl_protocol tl_protocol_s7comm = {
    .name = "s7comm",
    .title = "S7 Communication",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(s7_fields),
    .info = "{header.rosctr}[ {param.func}][ ({header.pduref})]",
};

/* --- COTP --- */

enum { COTP_LI, COTP_TYPE, COTP_DST, COTP_SRC, COTP_CLASS, COTP_NUMBER, COTP_EOT, COTP_CAUSE, COTP_FIELDS };

static const struct tl_name pdus[] = {
    { 1, "ED Expedited Data" }, { 2, "EA Expedited Data Acknowledgement" }, { 5, "RJ Reject" }, { 6, "AK Data Acknowledgement" },
    { 7, "ER TPDU Error" }, { 8, "DR Disconnect Request" }, { 12, "DC Disconnect Confirm" }, { 13, "CC Connect Confirm" },
    { 14, "CR Connect Request" }, { 15, "DT Data" }, { 0, NULL },
};
static const struct tl_field cotp_fields[COTP_FIELDS] = {
    [COTP_LI] = { "cotp.li", "Length", .type = TL_U8 },
    [COTP_TYPE] = { "cotp.type", "Type", .type = TL_U8, .names = pdus },
    [COTP_DST] = { "cotp.destref", "Destination", .type = TL_U16, .base = TL_HEX },
    [COTP_SRC] = { "cotp.srcref", "Source", .type = TL_U16, .base = TL_HEX },
    [COTP_CLASS] = { "cotp.class", "Class", .type = TL_U8 },
    [COTP_NUMBER] = { "cotp.tpdu-number", "Number", .type = TL_U8, .base = TL_HEX },
    [COTP_EOT] = { "cotp.eot", "Last data unit", .type = TL_BOOL },
    [COTP_CAUSE] = { "cotp.cause", "Cause", .type = TL_U8 },
};

/* Section 13. Returns the type of the unit; the cursor is at its user data then. */
static uint8_t cotp(struct tl_dissection *d)
{
    uint8_t len = tl_u8(d, COTP_LI);
    uint32_t off = d->c.off;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t type = p != NULL ? *p >> 4 : 0;
    if (p == NULL)
        return 0;
    tl_add(d, COTP_TYPE, off, 1, type);
    if (type == 13 || type == 14 || type == 8 || type == 12) {
        (void)tl_u16(d, COTP_DST);
        (void)tl_u16(d, COTP_SRC);
        p = type != 12 ? tl_cursor_take(&d->c, 1) : NULL;
        if (p != NULL)
            tl_add(d, type == 8 ? COTP_CAUSE : COTP_CLASS, d->c.off - 1, 1, type == 8 ? *p : *p >> 4);
    } else if (type == 15 && (p = tl_cursor_take(&d->c, 1)) != NULL) {
        tl_add(d, COTP_DST, d->c.off, 0, 0); /* of class 0, which has one connection */
        tl_add(d, COTP_NUMBER, d->c.off - 1, 1, *p & 0x7f);
        tl_add(d, COTP_EOT, d->c.off - 1, 1, *p >> 7);
    }
    uint32_t end = off + len;
    if (tl_ok(d) && end > d->c.off)
        tl_skip(d, end - d->c.off);
    return type;
}

const struct tl_protocol tl_protocol_cotp = {
    .name = "cotp",
    .title = "ISO 8073/X.224 COTP Connection-Oriented Transport Protocol",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(cotp_fields),
    .info = "{type}[ src {srcref}][ dst {destref}]",
};

/* --- TPKT --- */

enum { VERSION, RESERVED, LENGTH, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "tpkt.version", "Version", .type = TL_U8 },
    [RESERVED] = { "tpkt.reserved", "Reserved", .type = TL_U8 },
    [LENGTH] = { "tpkt.length", "Length", .type = TL_U16, .unit = "bytes" },
};

enum { PORT = 102, HEADER = 4 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return p[0] == 3 && tl_load_be16(p + 2) >= 7 ? tl_load_be16(p + 2) : 0;
}

static void inside(struct tl_dissection *d)
{
    struct tl_dissection inner;
    if (d->tree == NULL)
        return;
    tl_inner_begin(d, &inner, &tl_protocol_cotp, true);
    uint8_t type = cotp(&inner);
    uint32_t off = inner.c.off;
    tl_inner_end(d, &inner);
    d->c.off = off;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (type != 15 || p == NULL || p[0] != 0x32 || tl_name_of(kinds, p[1]) == NULL)
        return;
    tl_inner_begin(d, &inner, &tl_protocol_s7comm, true);
    s7(&inner);
    tl_inner_end(d, &inner);
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    (void)tl_u8(d, VERSION);
    (void)tl_u8(d, RESERVED);
    (void)tl_u16(d, LENGTH);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    inside(d);
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= 7 && bytes.data[0] == 3 && bytes.data[1] == 0 && tl_load_be16(bytes.data + 2) == bytes.len;
}

static const struct tl_framed framed = { HEADER, 1 << 16, length, message, begins };

static struct tl_want tpkt_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static enum tl_probe tpkt_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0 || p[0] != 3)
        return TL_PROBE_NO;
    return n < 6 ? TL_PROBE_MAYBE : p[1] == 0 && tl_load_be16(p + 2) >= 7 && tl_name_of(pdus, p[5] >> 4) != NULL ? TL_PROBE_YES
                                                                                                                : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_tpkt = {
    .name = "tpkt",
    .title = "TPKT - ISO on TCP",
    .service = "tpkt",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{length} bytes",
    .probe = tpkt_probe,
    .stream = tpkt_stream,
};
