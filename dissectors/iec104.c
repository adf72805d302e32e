/* iec104.c - IEC 60870-5-104: telecontrol over TCP. APCI of 6 bytes, and in I frames an ASDU (IEC 60870-5-101). */
#include "dissectors/framed.h"

enum { APDU_LEN, TYPE, UTYPE, TX, RX, TYPE_ID, SQ, NUMIX, CAUSE, NEGATIVE, TEST, OA, ADDR, IOA, FIELDS };

static const struct tl_name types[] = { { 0, "I" }, { 1, "S" }, { 3, "U" }, { 0, NULL } };
static const struct tl_name utypes[] = {
    { 0x01, "STARTDT act" }, { 0x02, "STARTDT con" }, { 0x04, "STOPDT act" }, { 0x08, "STOPDT con" },
    { 0x10, "TESTFR act" }, { 0x20, "TESTFR con" }, { 0, NULL },
};
static const struct tl_name type_ids[] = {
    { 1, "M_SP_NA_1" }, { 2, "M_SP_TA_1" }, { 3, "M_DP_NA_1" }, { 4, "M_DP_TA_1" }, { 5, "M_ST_NA_1" }, { 7, "M_BO_NA_1" },
    { 9, "M_ME_NA_1" }, { 11, "M_ME_NB_1" }, { 13, "M_ME_NC_1" }, { 15, "M_IT_NA_1" }, { 21, "M_ME_ND_1" },
    { 30, "M_SP_TB_1" }, { 31, "M_DP_TB_1" }, { 32, "M_ST_TB_1" }, { 33, "M_BO_TB_1" }, { 34, "M_ME_TD_1" },
    { 35, "M_ME_TE_1" }, { 36, "M_ME_TF_1" }, { 37, "M_IT_TB_1" }, { 45, "C_SC_NA_1" }, { 46, "C_DC_NA_1" },
    { 47, "C_RC_NA_1" }, { 48, "C_SE_NA_1" }, { 49, "C_SE_NB_1" }, { 50, "C_SE_NC_1" }, { 51, "C_BO_NA_1" },
    { 58, "C_SC_TA_1" }, { 59, "C_DC_TA_1" }, { 70, "M_EI_NA_1" }, { 100, "C_IC_NA_1" }, { 101, "C_CI_NA_1" },
    { 102, "C_RD_NA_1" }, { 103, "C_CS_NA_1" }, { 104, "C_TS_NA_1" }, { 105, "C_RP_NA_1" }, { 107, "C_TS_TA_1" },
    { 110, "P_ME_NA_1" }, { 120, "F_FR_NA_1" }, { 121, "F_SR_NA_1" }, { 122, "F_SC_NA_1" }, { 0, NULL },
};
static const struct tl_name causes[] = {
    { 1, "Per/Cyc" }, { 2, "Back" }, { 3, "Spont" }, { 4, "Init" }, { 5, "Req" }, { 6, "Act" }, { 7, "ActCon" },
    { 8, "Deact" }, { 9, "DeactCon" }, { 10, "ActTerm" }, { 11, "Retrem" }, { 12, "Retloc" }, { 13, "File" },
    { 20, "Inrogen" }, { 44, "unknown type" }, { 45, "unknown cause" }, { 46, "unknown asdu address" },
    { 47, "unknown object address" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [APDU_LEN] = { "iec60870_104.apdulen", "Length", .type = TL_U8, .unit = "bytes" },
    [TYPE] = { "iec60870_104.type", "Type", .type = TL_U32, .names = types },
    [UTYPE] = { "iec60870_104.utype", "Function", .type = TL_U32, .base = TL_HEX, .names = utypes },
    [TX] = { "iec60870_104.tx", "Sent", .type = TL_U32 },
    [RX] = { "iec60870_104.rx", "Received", .type = TL_U32 },
    [TYPE_ID] = { "iec60870_asdu.typeid", "Type of objects", .type = TL_U8, .names = type_ids },
    [SQ] = { "iec60870_asdu.sq", "Objects in a row", .type = TL_BOOL, .mask = 0x80 },
    [NUMIX] = { "iec60870_asdu.numix", "Number of objects", .type = TL_U8, .mask = 0x7f },
    [CAUSE] = { "iec60870_asdu.causetx", "Cause", .type = TL_U8, .mask = 0x3f, .names = causes },
    [NEGATIVE] = { "iec60870_asdu.nega", "Negative", .type = TL_BOOL, .mask = 0x40 },
    [TEST] = { "iec60870_asdu.test", "Test", .type = TL_BOOL, .mask = 0x80 },
    [OA] = { "iec60870_asdu.oa", "Originator", .type = TL_U8 },
    [ADDR] = { "iec60870_asdu.addr", "Address", .type = TL_U16 },
    [IOA] = { "iec60870_asdu.ioa", "First object", .type = TL_U24 },
};

enum { PORT = 2404, START = 0x68, LENGTH_MOST = 253 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* Does the control field have the form of its type? p is at the start byte. */
static bool is_frame(const uint8_t *p)
{
    if (p[0] != START || p[1] < 4 || p[1] > LENGTH_MOST)
        return false;
    if ((p[2] & 1) == 0)
        return p[1] >= 10 && (p[4] & 1) == 0;
    if ((p[2] & 3) == 1)
        return p[1] == 4 && p[2] == 1 && p[3] == 0 && (p[4] & 1) == 0;
    return p[1] == 4 && p[3] == 0 && p[4] == 0 && p[5] == 0 && tl_name_of(utypes, p[2] >> 2) != NULL;
}

static void asdu(struct tl_dissection *d)
{
    (void)tl_u8(d, TYPE_ID);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return;
    tl_add_all_bits(d, SQ, NUMIX, d->c.off - 2, 1, p[0]);
    tl_add_all_bits(d, CAUSE, TEST, d->c.off - 1, 1, p[1]);
    (void)tl_u8(d, OA);
    (void)tl_le16(d, ADDR);
    p = tl_cursor_peek(&d->c, 0, 3);
    if (p != NULL)
        tl_add(d, IOA, d->c.off, 3, (uint32_t)p[2] << 16 | tl_load_le16(p));
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    tl_skip(d, 1);
    (void)tl_u8(d, APDU_LEN);
    uint32_t off = d->c.off;
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return tl_framed_next;
    unsigned type = (p[0] & 1) == 0 ? 0 : p[0] & 3;
    tl_add(d, TYPE, off, 1, type);
    if (type == 3)
        tl_add(d, UTYPE, off, 1, p[0] >> 2);
    if (type == 0)
        tl_add(d, TX, off, 2, tl_load_le16(p) >> 1);
    if (type != 3)
        tl_add(d, RX, off + 2, 2, tl_load_le16(p + 2) >> 1);
    if (type == 0)
        asdu(d);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_frame(p) ? UINT64_C(2) + p[1] : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= 6 && is_frame(bytes.data);
}

static const struct tl_framed framed = { 6, 256, length, message, begins };

static struct tl_want iec104_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static enum tl_probe iec104_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0 || p[0] != START)
        return TL_PROBE_NO;
    return n < 6 ? TL_PROBE_MAYBE : is_frame(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_iec104 = {
    .name = "iec60870_104",
    .title = "IEC 60870-5-104",
    .service = "iec104",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{type}[ ({tx},{rx})][ {utype}][ ASDU={iec60870_asdu.addr} {iec60870_asdu.typeid} {iec60870_asdu.causetx}][ "
            "IOA={iec60870_asdu.ioa}]",
    .probe = iec104_probe,
    .stream = iec104_stream,
};
