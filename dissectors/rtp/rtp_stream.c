/*
 * rtp_stream.c - what is counted of a stream (RFC 3550 appendix A.1, A.3, A.8), and its quality by the E-model (ITU-T
 * G.107), in a record at the end of the flow.
 */
#include "dissectors/rtp/rtp.h"

#include "core/time.h"

/* RFC 3551 section 6. */
const struct tl_name tl_rtp_types[] = {
    { 0, "PCMU" }, { 3, "GSM" }, { 4, "G723" }, { 5, "DVI4" }, { 6, "DVI4" }, { 7, "LPC" }, { 8, "PCMA" }, { 9, "G722" },
    { 10, "L16" }, { 11, "L16" }, { 12, "QCELP" }, { 13, "CN" }, { 14, "MPA" }, { 15, "G728" }, { 16, "DVI4" },
    { 17, "DVI4" }, { 18, "G729" }, { 25, "CelB" }, { 26, "JPEG" }, { 28, "nv" }, { 31, "H261" }, { 32, "MPV" },
    { 33, "MP2T" }, { 34, "H263" }, { 0, NULL },
};
static const struct {
    uint8_t type;
    uint32_t clock;
} clocks[] = { { 6, 16000 }, { 10, 44100 }, { 11, 44100 }, { 14, 90000 }, { 16, 11025 }, { 17, 22050 } };

/*
 * Impairment of the equipment and robustness against loss (G.113 appendix I): ie and bpl of a codec. G.711 is taken
 * without loss concealment, the other codecs have theirs.
 */
static const struct codec {
    const char *name;
    uint8_t ie, bpl10; /* bpl10: tenths */
} codecs[] = {
    { "PCMU", 0, 43 }, { "PCMA", 0, 43 }, { "G729", 11, 190 }, { "G723", 15, 161 }, { "GSM", 20, 100 }, { "iLBC", 11, 160 },
    { "GSM-EFR", 5, 100 },
};

enum { DROPOUT = 3000, MISORDER = 100, CYCLE = 65536 };

/* --- types --- */

static uint32_t number(struct tl_bytes *text)
{
    uint32_t v = 0;
    while (text->len > 0 && text->data[0] >= '0' && text->data[0] <= '9' && v < 10000000) {
        v = v * 10 + (text->data[0] - '0');
        *text = tl_bytes_of(text->data + 1, text->len - 1);
    }
    return v;
}

struct tl_rtp_type tl_rtp_type_of(const struct tl_rtp_note *note, unsigned type)
{
    struct tl_rtp_type t = { .clock = 0 };
    struct tl_bytes left = note->maps;
    while (left.len > 0) { /* "96 opus/48000/2;101 telephone-event/8000" */
        const uint8_t *end = memchr(left.data, ';', left.len);
        uint32_t n = end != NULL ? (uint32_t)(end - left.data) : left.len;
        struct tl_bytes one = tl_bytes_of(left.data, n);
        left = tl_bytes_of(left.data + n + (end != NULL), left.len - n - (end != NULL));
        if (one.len == 0 || number(&one) != type || one.len < 2)
            continue;
        const uint8_t *slash = memchr(one.data, '/', one.len);
        t.name = tl_bytes_of(one.data + 1, (slash != NULL ? (size_t)(slash - one.data) : one.len) - 1);
        if (slash != NULL) {
            struct tl_bytes rate = tl_bytes_of(slash + 1, one.len - (size_t)(slash + 1 - one.data));
            t.clock = number(&rate);
        }
        return t;
    }
    const char *name = tl_name_of(tl_rtp_types, type);
    if (name == NULL)
        return t;
    t.name = tl_bytes_of(name, strlen(name));
    t.clock = type >= 25 ? 90000 : 8000;
    for (unsigned i = 0; i < TL_COUNT(clocks); i++)
        if (clocks[i].type == type)
            t.clock = clocks[i].clock;
    return t;
}

/* --- counts --- */

static void restart(struct tl_rtp_stream *s, uint16_t seq)
{
    if (s->started)
        s->before += (uint64_t)s->cycles + s->max_seq - s->first_seq + 1;
    else
        s->first_seq = seq;
    if (s->started)
        s->first_seq = seq;
    s->started = true;
    s->max_seq = seq;
    s->cycles = 0;
    s->window = 1;
    s->has_bad_seq = false;
}

/* Appendix A.1. Returns false for a packet that is out of any sequence. */
static bool sequence(struct tl_rtp_stream *s, uint16_t seq)
{
    uint16_t delta = (uint16_t)(seq - s->max_seq), back = (uint16_t)(s->max_seq - seq);
    if (!s->started) {
        restart(s, seq);
        return true;
    }
    if (delta != 0 && delta < DROPOUT) {
        if (seq < s->max_seq)
            s->cycles += CYCLE;
        s->window = delta < 64 ? s->window << delta | 1 : 1;
        s->max_seq = seq;
        return true;
    }
    if (back < MISORDER) {
        bool again = back < 64 && (s->window >> back & 1) != 0;
        s->duplicates += again;
        s->reordered += !again;
        if (back < 64)
            s->window |= UINT64_C(1) << back;
        return true;
    }
    if (s->has_bad_seq && seq == s->bad_seq) { /* two in a row: the sender began again */
        restart(s, seq);
        return true;
    }
    s->has_bad_seq = true;
    s->bad_seq = (uint16_t)(seq + 1);
    return false;
}

/* Appendix A.8. Of packets with the same timestamp only the first one counts. */
static void jitter(struct tl_rtp_stream *s, uint32_t timestamp, uint32_t clock, int64_t ts)
{
    int64_t since = tl_time_between(s->first, ts);
    if (clock == 0 || since < 0 || since > INT64_C(86400000000000) || (s->timed && timestamp == s->timestamp))
        return;
    int64_t arrival = since / 1000000000 * clock + since % 1000000000 * clock / 1000000000;
    if (s->timed) {
        int64_t d = arrival - s->arrival - (int32_t)(timestamp - s->timestamp);
        double distance = d < 0 ? -(double)d : (double)d;
        s->jitter += (distance - s->jitter) / 16;
        if (s->jitter > s->jitter_max)
            s->jitter_max = s->jitter;
    }
    s->timed = true;
    s->timestamp = timestamp;
    s->arrival = arrival;
}

bool tl_rtp_count(struct tl_rtp_stream *s, uint16_t seq, uint32_t timestamp, uint32_t clock, unsigned type, uint32_t len,
                  int64_t ts)
{
    bool next = s->started && (uint16_t)(seq - s->max_seq) == 1;
    if (s->packets == 0) {
        s->first = ts;
        s->first_type = (uint8_t)type;
    }
    s->packets++;
    s->payload_bytes += len;
    s->last = ts;
    s->types[type / 64] |= UINT64_C(1) << type % 64;
    if (s->probation > 0 && (next || s->packets == 1))
        s->probation--;
    bool fits = sequence(s, seq);
    if (fits)
        jitter(s, timestamp, clock, ts);
    return fits && (next || s->packets == 1 || s->probation == 0);
}

/* --- the record --- */

struct rtp_record {
    struct tl_record r;
    bool from_orig, encrypted;
    struct tl_bytes ssrc, payload_name, call_id, sip_uid, cname;
    uint64_t payload_type, clock_rate, packets, payload_bytes, expected, lost, duplicates, reordered, first_seq, rtcp_lost;
    struct tl_text_list payload_types;
    int64_t jitter, jitter_max, duration, rtcp_jitter, rtcp_rtt;
    double mos;
};

enum { R_FROM_ORIG, R_SSRC, R_TYPE, R_NAME, R_CLOCK, R_TYPES, R_PACKETS, R_BYTES, R_EXPECTED, R_LOST, R_DUPLICATES, R_REORDERED,
       R_JITTER, R_JITTER_MAX, R_MOS, R_DURATION, R_FIRST_SEQ, R_RTCP_LOST, R_RTCP_JITTER, R_RTCP_RTT, R_CALL_ID, R_SIP_UID,
       R_CNAME, R_ENCRYPTED };

#define F(index, member, key, kind, help) TL_FIELD(struct rtp_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_FROM_ORIG, from_orig, "from_orig", TL_REC_BOOL, "The originator of the flow sent it"),
    F(R_SSRC, ssrc, "ssrc", TL_REC_TEXT, "Synchronization source, 8 hexadecimal digits"),
    F(R_TYPE, payload_type, "payload_type", TL_REC_COUNT, "Of the first packet"),
    F(R_NAME, payload_name, "payload_name", TL_REC_TEXT, "By the session description, else by RFC 3551"),
    F(R_CLOCK, clock_rate, "clock_rate", TL_REC_COUNT, "Timestamp units per second"),
    F(R_TYPES, payload_types, "payload_types", TL_REC_TEXTS, "All payload types seen, if more than one"),
    F(R_PACKETS, packets, "packets", TL_REC_COUNT, "Packets"),
    F(R_BYTES, payload_bytes, "payload_bytes", TL_REC_COUNT, "Bytes after the header"),
    F(R_EXPECTED, expected, "expected", TL_REC_COUNT, "Packets by sequence numbers"),
    F(R_LOST, lost, "lost", TL_REC_COUNT, "Expected packets that were not captured"),
    F(R_DUPLICATES, duplicates, "duplicates", TL_REC_COUNT, "Packets that came again"),
    F(R_REORDERED, reordered, "reordered", TL_REC_COUNT, "Packets after a later one"),
    F(R_JITTER, jitter, "jitter", TL_REC_INTERVAL, "Interarrival jitter at the end (RFC 3550 A.8)"),
    F(R_JITTER_MAX, jitter_max, "jitter_max", TL_REC_INTERVAL, "Highest interarrival jitter"),
    F(R_MOS, mos, "mos", TL_REC_DOUBLE,
      "Quality of speech, 1 to 4.5, by the E-model from codec, loss and jitter; without the delay of the network"),
    F(R_DURATION, duration, "duration", TL_REC_INTERVAL, "From the first packet to the last"),
    F(R_FIRST_SEQ, first_seq, "first_seq", TL_REC_COUNT, "Sequence number of the first packet"),
    F(R_RTCP_LOST, rtcp_lost, "rtcp_lost", TL_REC_COUNT, "Lost packets by the last report of the receiver"),
    F(R_RTCP_JITTER, rtcp_jitter, "rtcp_jitter", TL_REC_INTERVAL, "Jitter by the last report of the receiver"),
    F(R_RTCP_RTT, rtcp_rtt, "rtcp_rtt", TL_REC_INTERVAL, "From the capture to the receiver and back, by reports"),
    F(R_CALL_ID, call_id, "call_id", TL_REC_TEXT, "The call that announced the stream"),
    F(R_SIP_UID, sip_uid, "sip_uid", TL_REC_TEXT, "The flow that announced it"),
    F(R_CNAME, cname, "cname", TL_REC_TEXT, "Name of the source in RTCP"),
    F(R_ENCRYPTED, encrypted, "encrypted", TL_REC_BOOL, "The session description has keys"),
};
#undef F

const struct tl_record_def tl_rtp_record_def =
    TL_RECORD_DEF("rtp", record_fields, "A stream of RTP in one direction: at the end of the flow",
                  .summary = { "payload_name", "packets", "lost", "jitter", "mos", "call_id" });

/* ns of a time in units of the clock */
static int64_t interval(double units, uint32_t clock)
{
    return (int64_t)(units * 1e9 / clock);
}

/*
 * R of the E-model with its default values, less the impairments of codec and loss (G.107 section 7.5), and of a delay of
 * twice the jitter and 10 ms, as a receiver must buffer. MOS by annex B.
 */
static bool quality(struct tl_bytes name, double lost_percent, double jitter_seconds, double *mos)
{
    for (unsigned i = 0; i < TL_COUNT(codecs); i++) {
        if (name.len != strlen(codecs[i].name) || memcmp(name.data, codecs[i].name, name.len) != 0)
            continue;
        double bpl = codecs[i].bpl10 / 10.0, delay = jitter_seconds * 2000 + 10;
        double r = 93.2 - (codecs[i].ie + (95.0 - codecs[i].ie) * lost_percent / (lost_percent + bpl)) - 0.024 * delay -
                   (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
        *mos = r <= 0 ? 1 : r >= 100 ? 4.5 : 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
        *mos = *mos < 1 ? 1 : (double)(int)(*mos * 100 + 0.5) / 100;
        return true;
    }
    return false;
}

/* Texts of the payload types that were seen: "0 PCMU", "101 telephone-event". */
enum { TYPES_MOST = 16, TYPE_TEXT = 40 };
struct type_texts {
    struct tl_bytes items[TYPES_MOST];
    char room[TYPES_MOST][TYPE_TEXT];
    unsigned count;
};

static void list_types(const struct tl_rtp_stream *s, const struct tl_rtp_note *note, struct type_texts *t)
{
    for (unsigned type = 0; type < 128 && t->count < TYPES_MOST; type++) {
        if ((s->types[type / 64] >> type % 64 & 1) == 0)
            continue;
        char *out = t->room[t->count];
        uint32_t n = 0;
        struct tl_bytes name = tl_rtp_type_of(note, type).name;
        if (type >= 100)
            out[n++] = '1';
        if (type >= 10)
            out[n++] = (char)('0' + type / 10 % 10);
        out[n++] = (char)('0' + type % 10);
        if (name.len > 0 && name.len < TYPE_TEXT - 4) {
            out[n++] = ' ';
            memcpy(out + n, name.data, name.len);
            n += name.len;
        }
        t->items[t->count++] = tl_bytes_of(out, n);
    }
}

static void add_reports(struct rtp_record *r, const struct tl_rtp_stream *s, const struct tl_rtcp_flow *rtcp)
{
    for (unsigned i = 0; rtcp != NULL && i < TL_RTCP_REPORTS; i++) {
        const struct tl_rtcp_source *source = &rtcp->sources[i];
        if (!source->used || source->ssrc != s->ssrc)
            continue;
        if (source->name_len > 0) {
            r->cname = tl_bytes_of(source->name, source->name_len);
            tl_record_set(&r->r, R_CNAME);
        }
        if (!source->reported)
            continue;
        r->rtcp_lost = source->lost > 0 ? (uint64_t)source->lost : 0;
        tl_record_set(&r->r, R_RTCP_LOST);
        if (r->clock_rate > 0) {
            r->rtcp_jitter = interval(source->jitter, (uint32_t)r->clock_rate);
            tl_record_set(&r->r, R_RTCP_JITTER);
        }
        if (source->has_rtt) {
            r->rtcp_rtt = source->rtt;
            tl_record_set(&r->r, R_RTCP_RTT);
        }
    }
}

static void add_counts(struct rtp_record *r, const struct tl_rtp_stream *s)
{
    uint64_t distinct = s->packets - s->duplicates;
    r->packets = s->packets;
    r->payload_bytes = s->payload_bytes;
    r->expected = s->before + s->cycles + s->max_seq - s->first_seq + 1;
    r->lost = r->expected > distinct ? r->expected - distinct : 0;
    r->duplicates = s->duplicates;
    r->reordered = s->reordered;
    r->duration = tl_time_between(s->first, s->last);
    r->first_seq = s->first_seq;
    for (unsigned i = R_PACKETS; i <= R_REORDERED; i++)
        tl_record_set(&r->r, i);
    tl_record_set(&r->r, R_DURATION);
    tl_record_set(&r->r, R_FIRST_SEQ);
}

static void add_clock(struct rtp_record *r, const struct tl_rtp_stream *s, struct tl_rtp_type type)
{
    if (type.clock == 0)
        return;
    r->clock_rate = type.clock;
    r->jitter = interval(s->jitter, type.clock);
    r->jitter_max = interval(s->jitter_max, type.clock);
    tl_record_set(&r->r, R_CLOCK);
    tl_record_set(&r->r, R_JITTER);
    tl_record_set(&r->r, R_JITTER_MAX);
    double percent = r->expected > 0 ? 100.0 * (double)r->lost / (double)r->expected : 0;
    if (quality(type.name, percent, s->jitter / type.clock, &r->mos))
        tl_record_set(&r->r, R_MOS);
}

static void emit(struct tl_dissection *d, const struct tl_rtp_stream *s, const struct tl_rtcp_flow *rtcp)
{
    static const char digits[] = "0123456789abcdef";
    struct tl_expectation expected = tl_expectation(d);
    struct tl_rtp_note note = tl_rtp_note_of(d);
    struct tl_rtp_type type = tl_rtp_type_of(&note, s->first_type);
    struct type_texts types = { .count = 0 };
    char ssrc[8];
    for (unsigned i = 0; i < 8; i++)
        ssrc[i] = digits[s->ssrc >> (28 - 4 * i) & 15];
    struct rtp_record r = { .r.ts = s->first, .from_orig = s->side == 0, .ssrc = tl_bytes_of(ssrc, 8),
                            .payload_type = s->first_type, .payload_name = type.name, .call_id = note.call_id,
                            .sip_uid = tl_bytes_of(expected.parent_uid, strlen(expected.parent_uid)),
                            .encrypted = note.encrypted };
    tl_record_set(&r.r, R_FROM_ORIG);
    tl_record_set(&r.r, R_SSRC);
    tl_record_set(&r.r, R_TYPE);
    if (type.name.len > 0)
        tl_record_set(&r.r, R_NAME);
    list_types(s, &note, &types);
    if (types.count > 1) {
        r.payload_types = (struct tl_text_list){ types.items, types.count };
        tl_record_set(&r.r, R_TYPES);
    }
    add_counts(&r, s);
    add_clock(&r, s, type);
    add_reports(&r, s, rtcp);
    if (note.call_id.len > 0)
        tl_record_set(&r.r, R_CALL_ID);
    if (r.sip_uid.len > 0)
        tl_record_set(&r.r, R_SIP_UID);
    if (note.encrypted)
        tl_record_set(&r.r, R_ENCRYPTED);
    tl_emit(d, &tl_rtp_record_def, &r.r);
}

void tl_rtp_finish(struct tl_dissection *d)
{
    const struct tl_rtp_flow *f = d->flow.slot;
    if (f == NULL || !f->confirmed)
        return;
    const struct tl_channel *child = tl_channel_find(d, 1);
    const struct tl_rtcp_flow *rtcp = child != NULL ? tl_channel_state(d, child) : NULL;
    for (unsigned i = 0; i < TL_RTP_STREAMS; i++)
        if (f->streams[i].used && (f->streams[i].probation == 0 || tl_expectation(d).parent_uid[0] != 0))
            emit(d, &f->streams[i], rtcp);
}
