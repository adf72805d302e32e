/* dnp3.c - Distributed Network Protocol (IEEE 1815) over TCP and UDP: link frames with CRCs, fragments, object headers. */
#include "core/time.h"
#include "dissectors/framed.h"
#include "dissectors/kept.h"

enum {
    START, LEN, CTL, CTL_DIR, CTL_PRM, CTL_FCB, CTL_FCV, CTL_DFC, PRIFUNC, SECFUNC, DST, SRC, HDR_CRC, CRC_STATUS, CHUNK_STATUS,
    TR_CTL, TR_FIN, TR_FIR, TR_SEQ, AL_CTL, AL_FIR, AL_FIN, AL_CON, AL_UNS, AL_SEQ, FUNC, IIN, IIN_RST, IIN_DT, IIN_DOL,
    IIN_TSR, IIN_CLS3, IIN_CLS2, IIN_CLS1, IIN_BMSG, IIN_CC, IIN_OAE, IIN_EBO, IIN_PIOOR, IIN_OBJU, IIN_FCNI, OBJ, PREFIX, RANGE,
    QUANTITY, RANGE_START, RANGE_STOP, FIELDS
};

static const struct tl_name functions[] = {
    { 0, "Confirm" }, { 1, "Read" }, { 2, "Write" }, { 3, "Select" }, { 4, "Operate" }, { 5, "Direct Operate" },
    { 6, "Direct Operate No Ack" }, { 7, "Immediate Freeze" }, { 8, "Immediate Freeze No Ack" }, { 9, "Freeze and Clear" },
    { 10, "Freeze and Clear No Ack" }, { 11, "Freeze With Time" }, { 12, "Freeze With Time No Ack" }, { 13, "Cold Restart" },
    { 14, "Warm Restart" }, { 15, "Initialize Data" }, { 16, "Initialize Application" }, { 17, "Start Application" },
    { 18, "Stop Application" }, { 19, "Save Configuration" }, { 20, "Enable Spontaneous Messages" },
    { 21, "Disable Spontaneous Messages" }, { 22, "Assign Classes" }, { 23, "Delay Measurement" },
    { 24, "Record Current Time" }, { 25, "Open File" }, { 26, "Close File" }, { 27, "Delete File" },
    { 28, "Get File Info" }, { 29, "Authenticate File" }, { 30, "Abort File" }, { 31, "Activate Configuration" },
    { 32, "Authentication Request" }, { 33, "Authentication Error" }, { 129, "Response" }, { 130, "Unsolicited Response" },
    { 131, "Authentication Response" }, { 0, NULL },
};
static const struct tl_name pri_names[] = {
    { 0, "Reset of Remote Link" }, { 1, "Reset of User Process" }, { 2, "Test Function For Link" }, { 3, "User Data" },
    { 4, "Unconfirmed User Data" }, { 9, "Request Link Status" }, { 0, NULL },
};
static const struct tl_name sec_names[] = { { 0, "ACK" }, { 1, "NACK" }, { 11, "Status of Link" }, { 14, "Not functioning" },
                                            { 15, "Not used" }, { 0, NULL } };
static const struct tl_name status_names[] = { { 0, "Bad" }, { 1, "Good" }, { 0, NULL } };

#define BIT(index, key, label, bit) [index] = { key, label, .type = TL_BOOL, .mask = (bit) }
static const struct tl_field fields[FIELDS] = {
    [START] = { "dnp3.start", "Start", .type = TL_U16, .base = TL_HEX },
    [LEN] = { "dnp3.len", "Length", .type = TL_U8 },
    [CTL] = { "dnp3.ctl", "Control", .type = TL_U8, .base = TL_HEX },
    BIT(CTL_DIR, "dnp3.ctl.dir", "From the master", 0x80), BIT(CTL_PRM, "dnp3.ctl.prm", "Primary", 0x40),
    BIT(CTL_FCB, "dnp3.ctl.fcb", "Frame count", 0x20), BIT(CTL_FCV, "dnp3.ctl.fcv", "Frame count valid", 0x10),
    BIT(CTL_DFC, "dnp3.ctl.dfc", "Data flow control", 0x10),
    [PRIFUNC] = { "dnp3.ctl.prifunc", "Function", .type = TL_U8, .mask = 0x0f, .names = pri_names },
    [SECFUNC] = { "dnp3.ctl.secfunc", "Function", .type = TL_U8, .mask = 0x0f, .names = sec_names },
    [DST] = { "dnp3.dst", "To", .type = TL_U16 },
    [SRC] = { "dnp3.src", "From", .type = TL_U16 },
    [HDR_CRC] = { "dnp3.hdr.CRC", "CRC of the header", .type = TL_U16, .base = TL_HEX },
    [CRC_STATUS] = { "dnp3.hdr.CRC.status", "It is", .type = TL_U8, .flags = TL_DERIVED, .names = status_names },
    [CHUNK_STATUS] = { "dnp3.data_chunk.CRC.status", "CRCs of the data", .type = TL_U8, .flags = TL_DERIVED | TL_REPEATS,
                       .names = status_names },
    [TR_CTL] = { "dnp3.tr.ctl", "Transport", .type = TL_U8, .base = TL_HEX },
    BIT(TR_FIN, "dnp3.tr.fin", "Last", 0x80), BIT(TR_FIR, "dnp3.tr.fir", "First", 0x40),
    [TR_SEQ] = { "dnp3.tr.seq", "Sequence", .type = TL_U8, .mask = 0x3f },
    [AL_CTL] = { "dnp3.al.ctl", "Application", .type = TL_U8, .base = TL_HEX },
    BIT(AL_FIR, "dnp3.al.fir", "First", 0x80), BIT(AL_FIN, "dnp3.al.fin", "Last", 0x40),
    BIT(AL_CON, "dnp3.al.con", "Confirm", 0x20), BIT(AL_UNS, "dnp3.al.uns", "Unsolicited", 0x10),
    [AL_SEQ] = { "dnp3.al.seq", "Sequence of the application", .type = TL_U8, .mask = 0x0f },
    [FUNC] = { "dnp3.al.func", "Function of the application", .type = TL_U8, .names = functions },
    [IIN] = { "dnp3.al.iin", "Internal indications", .type = TL_U16, .base = TL_HEX },
    BIT(IIN_RST, "dnp3.al.iin.rst", "Restart", 0x8000), BIT(IIN_DT, "dnp3.al.iin.dt", "Trouble", 0x4000),
    BIT(IIN_DOL, "dnp3.al.iin.dol", "Outputs in local", 0x2000), BIT(IIN_TSR, "dnp3.al.iin.tsr", "Time wanted", 0x1000),
    BIT(IIN_CLS3, "dnp3.al.iin.cls3d", "Class 3 data", 0x0800), BIT(IIN_CLS2, "dnp3.al.iin.cls2d", "Class 2 data", 0x0400),
    BIT(IIN_CLS1, "dnp3.al.iin.cls1d", "Class 1 data", 0x0200), BIT(IIN_BMSG, "dnp3.al.iin.bmsg", "Broadcast", 0x0100),
    BIT(IIN_CC, "dnp3.al.iin.cc", "Configuration corrupt", 0x0020), BIT(IIN_OAE, "dnp3.al.iin.oae", "Already executing", 0x0010),
    BIT(IIN_EBO, "dnp3.al.iin.ebo", "Event buffer full", 0x0008), BIT(IIN_PIOOR, "dnp3.al.iin.pioor", "Parameters wrong", 0x0004),
    BIT(IIN_OBJU, "dnp3.al.iin.obju", "Object unknown", 0x0002), BIT(IIN_FCNI, "dnp3.al.iin.fcni", "Function unknown", 0x0001),
    [OBJ] = { "dnp3.al.obj", "Object", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS, .help = "Group and variation" },
    [PREFIX] = { "dnp3.al.objq.prefix", "Prefix", .type = TL_U8, .mask = 0x70, .flags = TL_REPEATS },
    [RANGE] = { "dnp3.al.objq.range", "Range", .type = TL_U8, .mask = 0x0f, .flags = TL_REPEATS },
    [QUANTITY] = { "dnp3.al.range.count", "Number of points", .type = TL_U32, .flags = TL_REPEATS },
    [RANGE_START] = { "dnp3.al.range.first", "First point", .type = TL_U32, .flags = TL_REPEATS },
    [RANGE_STOP] = { "dnp3.al.range.last", "Last point", .type = TL_U32, .flags = TL_REPEATS },
};

/* --- the record --- */

struct dnp3_record {
    struct tl_record r;
    const char *request, *reply;
    uint64_t iin, src, dst;
    int64_t rtt;
};
enum { R_REQUEST, R_REPLY, R_IIN, R_SRC, R_DST, R_RTT };
#define F(index, member, key, kind, help) TL_FIELD(struct dnp3_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_REQUEST, request, "fc_request", TL_REC_TOKEN, "READ, WRITE, ..: function of the request"),
    F(R_REPLY, reply, "fc_reply", TL_REC_TOKEN, "RESPONSE or UNSOLICITED_RESPONSE"),
    F(R_IIN, iin, "iin", TL_REC_COUNT, "Internal indications of the response"),
    F(R_SRC, src, "src", TL_REC_COUNT, "Link address of the sender of the request; without one, of the response"),
    F(R_DST, dst, "dst", TL_REC_COUNT, "Link address of its receiver"),
    F(R_RTT, rtt, "rtt", TL_REC_INTERVAL, "Time from the request to the response"),
};
#undef F
static const struct tl_record_def dnp3_record_def =
    TL_RECORD_DEF("dnp3", record_fields, "A response of DNP3, with its request", .summary = { "fc_request", "fc_reply", "iin" },
                  .latency = "rtt");

/* --- state --- */

enum { PORT = 20000, HEADER = 10, CHUNK = 16, FRAGMENT_MOST = 4096, CONFIRM = 0, RESPONSE = 129, UNSOLICITED = 130 };

struct half {
    struct tl_framed_side frames;
    struct tl_kept_text fragment;
    bool open; /* the first segment was seen */
    uint8_t next;
};

struct flow {
    struct half half[2];
    int64_t request_ts;
    uint16_t src, dst; /* of the request */
    uint8_t request;   /* its function */
    bool waiting, answered, confirmed;
};

/* --- CRC (IEEE 1815 section 9.2.4) --- */

static uint16_t crc_of(const uint8_t *p, uint32_t n)
{
    uint16_t crc = 0;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0xa6bc : crc >> 1);
    }
    return (uint16_t)~crc;
}

/* --- records --- */

static const char *const function_words[] = {
    "CONFIRM", "READ", "WRITE", "SELECT", "OPERATE", "DIRECT_OPERATE", "DIRECT_OPERATE_NR", "IMMED_FREEZE",
    "IMMED_FREEZE_NR", "FREEZE_CLEAR", "FREEZE_CLEAR_NR", "FREEZE_AT_TIME", "FREEZE_AT_TIME_NR", "COLD_RESTART",
    "WARM_RESTART", "INITIALIZE_DATA", "INITIALIZE_APPL", "START_APPL", "STOP_APPL", "SAVE_CONFIG", "ENABLE_UNSOLICITED",
    "DISABLE_UNSOLICITED", "ASSIGN_CLASS", "DELAY_MEASURE", "RECORD_CURRENT_TIME", "OPEN_FILE", "CLOSE_FILE", "DELETE_FILE",
    "GET_FILE_INFO", "AUTHENTICATE_FILE", "ABORT_FILE", "ACTIVATE_CONFIG", "AUTHENTICATE_REQ", "AUTHENTICATE_ERR",
};

static void emit(struct tl_dissection *d, struct flow *f, bool reply, bool unsolicited, uint16_t iin, uint16_t src, uint16_t dst)
{
    bool with_request = f->waiting && !unsolicited;
    struct dnp3_record r = { .r.ts = reply ? d->frame->ts : f->request_ts, .iin = iin, .src = src, .dst = dst };
    if (with_request) {
        r.request = f->request < TL_COUNT(function_words) ? function_words[f->request] : "unknown";
        r.src = f->src;
        r.dst = f->dst;
        tl_record_set(&r.r, R_REQUEST);
    }
    if (reply) {
        r.reply = unsolicited ? "UNSOLICITED_RESPONSE" : "RESPONSE";
        r.r.set |= UINT64_C(1) << R_REPLY | UINT64_C(1) << R_IIN;
    }
    r.r.set |= UINT64_C(1) << R_SRC | UINT64_C(1) << R_DST;
    if (reply && with_request) {
        r.rtt = tl_time_between(f->request_ts, d->frame->ts);
        tl_record_set(&r.r, R_RTT);
    }
    tl_emit(d, &dnp3_record_def, &r.r);
    if (with_request)
        f->waiting = false;
}

static void pair(struct tl_dissection *d, struct flow *f, uint8_t function, uint16_t iin, uint16_t src, uint16_t dst)
{
    if (function == CONFIRM)
        return;
    if (function >= RESPONSE) {
        emit(d, f, true, function == UNSOLICITED, iin, src, dst);
        return;
    }
    if (f->waiting)
        emit(d, f, false, false, 0, 0, 0);
    f->waiting = true;
    f->request = function;
    f->request_ts = d->frame->ts;
    f->src = src;
    f->dst = dst;
}

/* --- objects --- */

/* Bits of a point of an object in a message that has data; 0: not known. */
static uint32_t bits_of(unsigned group, unsigned variation)
{
    static const struct {
        uint8_t group, variation;
        uint16_t bits;
    } sizes[] = {
        { 1, 1, 1 }, { 1, 2, 8 }, { 2, 1, 8 }, { 2, 2, 56 }, { 2, 3, 24 }, { 3, 1, 2 }, { 3, 2, 8 }, { 4, 1, 8 }, { 4, 2, 56 },
        { 4, 3, 24 }, { 10, 1, 1 }, { 10, 2, 8 }, { 11, 1, 8 }, { 11, 2, 56 }, { 12, 1, 88 }, { 12, 3, 1 }, { 13, 1, 8 },
        { 13, 2, 56 }, { 20, 1, 40 }, { 20, 2, 24 }, { 20, 5, 32 }, { 20, 6, 16 }, { 21, 1, 40 }, { 21, 2, 24 }, { 21, 5, 88 },
        { 21, 6, 72 }, { 21, 9, 32 }, { 21, 10, 16 }, { 22, 1, 40 }, { 22, 2, 24 }, { 22, 5, 88 }, { 22, 6, 72 }, { 23, 1, 40 },
        { 23, 2, 24 }, { 23, 5, 88 }, { 23, 6, 72 }, { 30, 1, 40 }, { 30, 2, 24 }, { 30, 3, 32 }, { 30, 4, 16 }, { 30, 5, 40 },
        { 30, 6, 72 }, { 32, 1, 40 }, { 32, 2, 24 }, { 32, 3, 88 }, { 32, 4, 72 }, { 32, 5, 40 }, { 32, 6, 72 }, { 32, 7, 88 },
        { 32, 8, 120 }, { 40, 1, 40 }, { 40, 2, 24 }, { 40, 3, 40 }, { 40, 4, 72 }, { 41, 1, 40 }, { 41, 2, 24 }, { 41, 3, 40 },
        { 41, 4, 72 }, { 42, 1, 40 }, { 42, 2, 24 }, { 42, 3, 88 }, { 42, 4, 72 }, { 50, 1, 48 }, { 50, 3, 48 }, { 50, 4, 88 }, { 51, 1, 48 },
        { 51, 2, 48 }, { 52, 1, 16 }, { 52, 2, 16 }, { 80, 1, 1 },
    };
    for (unsigned i = 0; i < TL_COUNT(sizes); i++)
        if (sizes[i].group == group && sizes[i].variation == variation)
            return sizes[i].bits;
    return group == 110 || group == 111 ? 8u * variation : 0;
}

/* Little-endian numbers in an assembled fragment. */
static bool take(struct tl_bytes *from, uint32_t n, uint64_t *value)
{
    *value = 0;
    if (from->len < n)
        return false;
    for (uint32_t i = n; i > 0; i--)
        *value = *value << 8 | from->data[i - 1];
    *from = tl_bytes_of(from->data + n, from->len - n);
    return true;
}

/* Range codes 0 to 2: first and last; 7 to 9: a number; 11: a number of free format; 6: all. Returns false if wrong. */
static bool range_of(struct tl_dissection *d, struct tl_bytes *from, unsigned code, uint64_t *count)
{
    uint64_t first, last;
    *count = 0;
    if (code <= 2) {
        uint32_t n = 1u << code;
        if (!take(from, n, &first) || !take(from, n, &last) || last < first)
            return false;
        tl_add(d, RANGE_START, d->c.off, 0, first);
        tl_add(d, RANGE_STOP, d->c.off, 0, last);
        *count = last - first + 1;
        return true;
    }
    if (code == 6)
        return true;
    uint32_t n = code == 7 || code == 11 ? 1 : code == 8 ? 2 : code == 9 ? 4 : 0;
    if (n == 0 || !take(from, n, count))
        return false;
    tl_add(d, QUANTITY, d->c.off, 0, *count);
    return true;
}

/* Points with a size in front of each (prefix codes 4 to 6). */
static bool skip_sized(struct tl_bytes *from, unsigned prefix, uint64_t count)
{
    for (uint64_t i = 0, n; i < count; i++) {
        if (!take(from, 1u << (prefix - 4), &n) || n > from->len)
            return false;
        *from = tl_bytes_of(from->data + n, from->len - n);
    }
    return true;
}

/* IEEE 1815 section 4.2.2.7: headers, each with the data of its points if the message has any. */
static void objects(struct tl_dissection *d, struct tl_bytes from, uint8_t function)
{
    bool data = function != 1 && !(function >= 7 && function <= 12) && function != 20 && function != 21 && function != 22;
    while (from.len >= 3) {
        unsigned group = from.data[0], variation = from.data[1], qualifier = from.data[2];
        uint64_t count;
        from = tl_bytes_of(from.data + 3, from.len - 3);
        tl_add(d, OBJ, d->c.off, 0, group << 8 | variation);
        tl_add_bits(d, PREFIX, d->c.off, 0, qualifier);
        tl_add_bits(d, RANGE, d->c.off, 0, qualifier);
        unsigned prefix = qualifier >> 4 & 7;
        if (!range_of(d, &from, qualifier & 15, &count))
            return;
        if (prefix >= 4 && prefix <= 6) {
            if (!skip_sized(&from, prefix, count))
                return;
            continue;
        }
        uint32_t bits = data ? bits_of(group, variation) : 0, index = prefix == 0 || prefix > 3 ? 0 : 8u << (prefix - 1);
        if ((data && bits == 0 && count > 0) || count > UINT32_MAX)
            return;
        uint64_t bytes = ((bits + index) * count + 7) / 8;
        if (bytes > from.len)
            return;
        from = tl_bytes_of(from.data + bytes, from.len - (uint32_t)bytes);
    }
}

static void application(struct tl_dissection *d, struct flow *f, struct tl_bytes from, uint16_t src, uint16_t dst)
{
    uint16_t iin = 0;
    if (from.len < 2)
        return;
    uint8_t control = from.data[0], function = from.data[1];
    tl_add(d, AL_CTL, d->c.off, 0, control);
    tl_add_all_bits(d, AL_FIR, AL_SEQ, d->c.off, 0, control);
    tl_add(d, FUNC, d->c.off, 0, function);
    from = tl_bytes_of(from.data + 2, from.len - 2);
    if (function >= RESPONSE) {
        if (from.len < 2)
            return;
        iin = tl_load_be16(from.data);
        tl_add(d, IIN, d->c.off, 0, iin);
        tl_add_all_bits(d, IIN_RST, IIN_FCNI, d->c.off, 0, iin);
        from = tl_bytes_of(from.data + 2, from.len - 2);
    }
    objects(d, from, function);
    if (f != NULL && !d->frame->quoted && (control & 0x80) != 0)
        pair(d, f, function, iin, src, dst);
}

/* --- link frames --- */

/* Length of a frame on the wire: header, and chunks of 16 bytes with a CRC each. */
static uint32_t frame_length(uint8_t len)
{
    uint32_t data = len > 5 ? len - 5u : 0;
    return HEADER + data + 2 * ((data + CHUNK - 1) / CHUNK);
}

static bool is_frame(const uint8_t *p)
{
    return p[0] == 0x05 && p[1] == 0x64 && p[2] >= 5 && crc_of(p, 8) == tl_load_le16(p + 8);
}

/* Takes the CRCs out. Returns the bytes of data; 0 if a CRC is wrong. */
static uint32_t chunks(struct tl_dissection *d, uint32_t n, uint8_t *to)
{
    uint32_t at = 0;
    bool good = true;
    while (n > 0) {
        uint32_t now = n < CHUNK ? n : CHUNK;
        const uint8_t *p = tl_cursor_take(&d->c, now + 2);
        if (p == NULL)
            return 0;
        bool right = crc_of(p, now) == tl_load_le16(p + now);
        tl_add(d, CHUNK_STATUS, d->c.off - 2, 2, right);
        good = good && right;
        memcpy(to + at, p, now);
        at += now;
        n -= now;
    }
    return good ? at : 0;
}

/* Section 8: segments of a fragment have numbers; the first and the last are marked. */
static void segment(struct tl_dissection *d, struct flow *f, struct half *h, const uint8_t *p, uint32_t n, const uint16_t ends[2])
{
    uint8_t control = p[0];
    bool first = (control & 0x40) != 0, last = (control & 0x80) != 0;
    tl_add(d, TR_CTL, d->c.off, 0, control);
    tl_add_all_bits(d, TR_FIN, TR_SEQ, d->c.off, 0, control);
    if (first && last) {
        application(d, f, tl_bytes_of(p + 1, n - 1), ends[0], ends[1]);
        return;
    }
    if (h == NULL)
        return;
    if (first)
        tl_kept_clear(d, &h->fragment);
    bool fits = first || (h->open && (control & 0x3f) == h->next);
    h->open = fits && tl_kept_append(d, &h->fragment, p + 1, n - 1, FRAGMENT_MOST);
    h->next = (control + 1) & 0x3f;
    if (h->open && last)
        application(d, f, tl_kept_bytes_of(d, &h->fragment), ends[0], ends[1]);
    if (last) {
        tl_kept_clear(d, &h->fragment);
        h->open = false;
    }
}

static void frame(struct tl_dissection *d, struct flow *f, struct half *h)
{
    uint8_t data[256];
    uint32_t off = d->c.off;
    (void)tl_u16(d, START);
    uint8_t len = tl_u8(d, LEN), control = tl_u8(d, CTL);
    tl_add_all_bits(d, CTL_DIR, CTL_PRM, off + 3, 1, control);
    if ((control & 0x40) != 0)
        tl_add_all_bits(d, CTL_FCB, CTL_FCV, off + 3, 1, control);
    else
        tl_add_bits(d, CTL_DFC, off + 3, 1, control);
    tl_add_bits(d, (control & 0x40) != 0 ? PRIFUNC : SECFUNC, off + 3, 1, control);
    uint16_t dst = tl_le16(d, DST), src = tl_le16(d, SRC);
    (void)tl_le16(d, HDR_CRC);
    if (!tl_ok(d))
        return;
    bool right = crc_of(d->c.base + off, 8) == tl_load_le16(d->c.base + off + 8);
    tl_add(d, CRC_STATUS, off + 8, 2, right);
    if (!right || len < 5) {
        tl_bad(d);
        return;
    }
    if (f != NULL && !f->confirmed && !d->frame->quoted) {
        f->confirmed = true;
        tl_confirm(d);
    }
    uint32_t n = chunks(d, len - 5u, data);
    const uint16_t ends[2] = { src, dst };
    if (n > 0)
        segment(d, f, h, data, n, ends);
    else if (h != NULL && len > 5)
        h->open = false;
}

static struct half *half_of(struct flow *f, unsigned side)
{
    return f != NULL ? &f->half[side & 1] : NULL;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_frame(p) ? frame_length(p[2]) : 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    tl_message(d);
    frame(d, f, half_of(f, s->side));
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_frame(bytes.data);
}

static const struct tl_framed framed = { HEADER, 512, length, message, begins };

static struct tl_want dnp3_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_GAP)
        f->half[s->side].open = false;
    return tl_framed_stream(d, s, &framed, &f->half[s->side].frames);
}

static enum tl_status dnp3_dissect(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    frame(d, f, half_of(f, d->flow.side));
    return tl_next_none(d);
}

static void dnp3_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL && f->waiting)
        emit(d, f, false, false, 0, 0, 0);
}

/* Two bytes and a CRC over eight: it can be nothing else. */
static enum tl_probe dnp3_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (n == 0 || p[0] != 0x05 || (n > 1 && p[1] != 0x64))
        return TL_PROBE_NO;
    if (n < HEADER)
        return d->flow.stream ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_frame(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_dnp3 = {
    .name = "dnp3",
    .title = "Distributed Network Protocol 3.0",
    .service = "dnp3_tcp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .records = { &dnp3_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{src} > {dst}[ {ctl.prifunc}][ {ctl.secfunc}][: {al.func}][ {al.obj,}]",
    TL_BEGINS("\x05\x05"), .probe = dnp3_probe,
    .stream = dnp3_stream,
    .finish = dnp3_finish,
};

static enum tl_probe dnp3_udp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    return d->flow.stream ? TL_PROBE_NO : dnp3_probe(c, d);
}

/* Its records are those of tl_protocol_dnp3, which lists them. */
const struct tl_protocol tl_protocol_dnp3_udp = {
    .name = "dnp3_udp",
    .title = "Distributed Network Protocol 3.0 over UDP",
    .service = "dnp3_udp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, PORT } },
    .info = "{dnp3.src} > {dnp3.dst}[ {dnp3.ctl.prifunc}][ {dnp3.ctl.secfunc}][: {dnp3.al.func}][ {dnp3.al.obj,}]",
    TL_BEGINS("\x05\x05"), .probe = dnp3_udp_probe,
    .dissect = dnp3_dissect,
    .finish = dnp3_finish,
};
