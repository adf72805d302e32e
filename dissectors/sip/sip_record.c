/* sip_record.c - pairs responses with requests by Call-ID and CSeq, and expects the streams that SDP announces. */
#include "dissectors/sip/sip.h"

#include "dissectors/rtp/rtp.h"

struct sip_record {
    struct tl_record r;
    uint64_t trans_depth, status_code, request_body_len, response_body_len;
    struct tl_bytes method, uri, date, request_from, request_to, response_from, response_to, reply_to, call_id, seq, subject,
        user_agent, status_msg, warning, content_type;
    struct tl_text_list request_path, response_path, sdp_media;
};

enum { R_DEPTH, R_METHOD, R_URI, R_DATE, R_REQUEST_FROM, R_REQUEST_TO, R_RESPONSE_FROM, R_RESPONSE_TO, R_REPLY_TO, R_CALL_ID,
       R_SEQ, R_SUBJECT, R_REQUEST_PATH, R_RESPONSE_PATH, R_USER_AGENT, R_STATUS_CODE, R_STATUS_MSG, R_WARNING,
       R_REQUEST_BODY, R_RESPONSE_BODY, R_CONTENT_TYPE, R_SDP };

#define F(index, member, key, kind, help) TL_FIELD(struct sip_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_DEPTH, trans_depth, "trans_depth", TL_REC_COUNT, "Transactions of the flow before this one"),
    F(R_METHOD, method, "method", TL_REC_TEXT, "Method of the request"),
    F(R_URI, uri, "uri", TL_REC_TEXT, "URI of the request"),
    F(R_DATE, date, "date", TL_REC_TEXT, "Date of the request"),
    F(R_REQUEST_FROM, request_from, "request_from", TL_REC_TEXT, "From of the request, without its tag"),
    F(R_REQUEST_TO, request_to, "request_to", TL_REC_TEXT, "To of the request"),
    F(R_RESPONSE_FROM, response_from, "response_from", TL_REC_TEXT, "From of the response, without its tag"),
    F(R_RESPONSE_TO, response_to, "response_to", TL_REC_TEXT, "To of the response"),
    F(R_REPLY_TO, reply_to, "reply_to", TL_REC_TEXT, "Reply-To of the request"),
    F(R_CALL_ID, call_id, "call_id", TL_REC_TEXT, "Call-ID"),
    F(R_SEQ, seq, "seq", TL_REC_TEXT, "CSeq: number and method"),
    F(R_SUBJECT, subject, "subject", TL_REC_TEXT, "Subject of the request"),
    F(R_REQUEST_PATH, request_path, "request_path", TL_REC_TEXTS, "Via of the request, without parameters"),
    F(R_RESPONSE_PATH, response_path, "response_path", TL_REC_TEXTS, "Via of the response, without parameters"),
    F(R_USER_AGENT, user_agent, "user_agent", TL_REC_TEXT, "User-Agent of the request"),
    F(R_STATUS_CODE, status_code, "status_code", TL_REC_COUNT, "Status of the response"),
    F(R_STATUS_MSG, status_msg, "status_msg", TL_REC_TEXT, "Its text"),
    F(R_WARNING, warning, "warning", TL_REC_TEXT, "Warning of the response"),
    F(R_REQUEST_BODY, request_body_len, "request_body_len", TL_REC_COUNT, "Content-Length of the request"),
    F(R_RESPONSE_BODY, response_body_len, "response_body_len", TL_REC_COUNT, "Content-Length of the response"),
    F(R_CONTENT_TYPE, content_type, "content_type", TL_REC_TEXT, "Content-Type of the response"),
    F(R_SDP, sdp_media, "sdp_media", TL_REC_TEXTS, "Streams offered and answered: kind, address and port, formats"),
};
#undef F

const struct tl_record_def tl_sip_record_def =
    TL_RECORD_DEF("sip", record_fields, "A request of SIP and one response to it",
                  .summary = { "method", "uri", "status_code", "status_msg", "request_from", "sdp_media" });

enum { WAITING_MOST = 64, ROOM = 512, MEDIA_TEXT = 160 };

/* Of a request that waits, for the protocol itself. */
struct waits {
    uint32_t media_len;  /* of the text below: streams that it offers, one after the other, each with a line end */
    bool answered;       /* a response has been written */
    char media[TL_SDP_MEDIA * MEDIA_TEXT / 2];
};

/* FNV-1a */
static uint64_t hash(uint64_t h, struct tl_bytes text)
{
    for (uint32_t i = 0; i < text.len; i++)
        h = (h ^ text.data[i]) * UINT64_C(0x100000001b3);
    return h;
}

static uint64_t key_of(const struct tl_sip_message *m)
{
    return hash(hash(UINT64_C(0xcbf29ce484222325), m->call_id), m->cseq);
}

/* Cuts ;tag= and what follows it. */
static struct tl_bytes without_tag(struct tl_bytes text)
{
    for (uint32_t i = 0; i + 5 <= text.len; i++)
        if (memcmp(text.data + i, ";tag=", 5) == 0)
            return tl_bytes_of(text.data, i);
    return text;
}

/* The record as read from one message. Lists are in scratch memory. */
static void fill_request(struct sip_record *r, const struct tl_sip_message *m)
{
    struct {
        unsigned field;
        struct tl_bytes *to, from;
    } texts[] = {
        { R_METHOD, &r->method, m->method }, { R_DATE, &r->date, m->date },
        { R_REQUEST_FROM, &r->request_from, without_tag(m->from) }, { R_REQUEST_TO, &r->request_to, m->to },
        { R_REPLY_TO, &r->reply_to, m->reply_to }, { R_CALL_ID, &r->call_id, m->call_id }, { R_SEQ, &r->seq, m->cseq },
        { R_SUBJECT, &r->subject, m->subject }, { R_USER_AGENT, &r->user_agent, m->user_agent },
        { R_URI, &r->uri, m->uri },
    };
    for (unsigned i = 0; i < TL_COUNT(texts); i++) {
        if (texts[i].from.data == NULL || tl_sip_has_password(texts[i].from))
            continue;
        *texts[i].to = texts[i].from;
        tl_record_set(&r->r, texts[i].field);
    }
    if (m->content_length != UINT64_MAX) {
        r->request_body_len = m->content_length;
        tl_record_set(&r->r, R_REQUEST_BODY);
    }
}

static void fill_response(struct sip_record *r, const struct tl_sip_message *m)
{
    struct {
        unsigned field;
        struct tl_bytes *to, from;
    } texts[] = {
        { R_RESPONSE_FROM, &r->response_from, without_tag(m->from) }, { R_RESPONSE_TO, &r->response_to, m->to },
        { R_CALL_ID, &r->call_id, m->call_id }, { R_SEQ, &r->seq, m->cseq }, { R_STATUS_MSG, &r->status_msg, m->phrase },
        { R_WARNING, &r->warning, m->warning }, { R_CONTENT_TYPE, &r->content_type, m->content_type },
    };
    for (unsigned i = 0; i < TL_COUNT(texts); i++) {
        if (texts[i].from.data == NULL || tl_sip_has_password(texts[i].from))
            continue;
        *texts[i].to = texts[i].from;
        tl_record_set(&r->r, texts[i].field);
    }
    r->status_code = m->status;
    tl_record_set(&r->r, R_STATUS_CODE);
    if (m->via_count > 0) {
        r->response_path = (struct tl_text_list){ m->via, m->via_count };
        tl_record_set(&r->r, R_RESPONSE_PATH);
    }
    if (m->content_length != UINT64_MAX) {
        r->response_body_len = m->content_length;
        tl_record_set(&r->r, R_RESPONSE_BODY);
    }
}

static bool append(char *out, uint32_t room, uint32_t *n, struct tl_bytes text)
{
    if (text.len > room - *n)
        return false;
    if (text.len > 0)
        memcpy(out + *n, text.data, text.len);
    *n += text.len;
    return true;
}

/* "audio 10.0.0.1:4000 0 8". Returns its bytes; 0: no room. */
static uint32_t media_text(const struct tl_sdp_media *m, char out[MEDIA_TEXT])
{
    uint32_t n = 0;
    char port[8];
    unsigned digits = 0;
    for (unsigned v = m->port; digits == 0 || v > 0; v /= 10)
        port[sizeof port - 1 - digits++] = (char)('0' + v % 10);
    bool fits = append(out, MEDIA_TEXT, &n, m->type) && append(out, MEDIA_TEXT, &n, tl_bytes_of(" ", 1)) &&
                append(out, MEDIA_TEXT, &n, m->connection) && append(out, MEDIA_TEXT, &n, tl_bytes_of(":", 1)) &&
                append(out, MEDIA_TEXT, &n, tl_bytes_of(port + sizeof port - digits, digits)) &&
                append(out, MEDIA_TEXT, &n, m->formats);
    return fits ? n : 0;
}

/* The announced streams, as texts in `room`, each with a line end. Returns bytes. */
static uint32_t media_lines(const struct tl_sdp *sdp, char *room, uint32_t size)
{
    uint32_t len = 0;
    for (unsigned i = 0; i < sdp->count; i++) {
        char text[MEDIA_TEXT];
        uint32_t n = media_text(&sdp->media[i], text);
        if (n == 0 || n + 1 > size - len)
            continue;
        memcpy(room + len, text, n);
        room[len + n] = '\n';
        len += n + 1;
    }
    return len;
}

static unsigned split(const char *lines, uint32_t len, struct tl_bytes *items, unsigned count, unsigned most)
{
    for (uint32_t at = 0; at < len && count < most;) {
        const char *end = memchr(lines + at, '\n', len - at);
        uint32_t n = end != NULL ? (uint32_t)(end - lines) - at : len - at;
        items[count++] = tl_bytes_of(lines + at, n);
        at += n + 1;
    }
    return count;
}

/* --- expected streams --- */

static void expect_streams(struct tl_dissection *d, const struct tl_sip_message *m)
{
    for (unsigned i = 0; i < m->sdp.count; i++) {
        const struct tl_sdp_media *media = &m->sdp.media[i];
        uint8_t address[16];
        unsigned version = tl_sdp_address(media->connection, address);
        if (version == d->flow.version && media->port != 0)
            tl_rtp_expect(d, media, address, m->call_id);
    }
}

/* --- pairing --- */

static void begin(struct tl_dissection *d, struct tl_sip_flow *f, const struct tl_sip_message *m, int64_t since)
{
    if (f->waiting.count >= WAITING_MOST)
        tl_transaction_emit(d, &f->waiting, f->waiting.first);
    uint32_t t = tl_transaction_begin(d, &f->waiting, &tl_sip_record_def, key_of(m), since, sizeof(struct waits), ROOM);
    if (t == 0)
        return;
    struct waits *w = tl_transaction_extra(d, t);
    w->media_len = media_lines(&m->sdp, w->media, sizeof w->media);
    struct sip_record r = { .r = { .set = 0 } };
    fill_request(&r, m);
    for (unsigned i = 0; i < TL_COUNT(record_fields); i++) {
        if ((r.r.set >> i & 1) == 0)
            continue;
        const void *at = (const uint8_t *)&r + record_fields[i].offset;
        if (record_fields[i].type == TL_REC_TEXT)
            tl_transaction_text(d, &f->waiting, &t, i, *(const struct tl_bytes *)at, TL_SIP_TEXT);
        else
            tl_transaction_number(d, &f->waiting, &t, i, *(const uint64_t *)at);
    }
    tl_transaction_number(d, &f->waiting, &t, R_DEPTH, f->transactions);
    for (unsigned i = 0; i < m->via_count; i++)
        tl_transaction_add_text(d, &f->waiting, &t, R_REQUEST_PATH, m->via[i], TL_SIP_TEXT);
}

/* Writes the record of a response, with its request if that was seen. A final one ends the transaction. */
static void answer(struct tl_dissection *d, struct tl_sip_flow *f, const struct tl_sip_message *m, int64_t since)
{
    uint32_t t = tl_transaction_find(d, &f->waiting, key_of(m));
    struct sip_record r = { .r = { .ts = since } };
    struct tl_bytes items[2 * TL_SDP_MEDIA];
    unsigned count = 0;
    if (t != 0) {
        tl_transaction_load(d, t, &r.r);
        struct waits *w = tl_transaction_extra(d, t);
        w->answered = true;
        count = split(w->media, w->media_len, items, 0, TL_SDP_MEDIA);
    }
    fill_response(&r, m);
    char lines[TL_SDP_MEDIA * MEDIA_TEXT / 2];
    uint32_t len = media_lines(&m->sdp, lines, sizeof lines);
    count = split(lines, len, items, count, TL_COUNT(items));
    if (count > 0) {
        r.sdp_media = (struct tl_text_list){ items, count };
        tl_record_set(&r.r, R_SDP);
    }
    tl_emit(d, &tl_sip_record_def, &r.r);
    if (t != 0 && m->status >= 200)
        tl_transaction_drop(d, &f->waiting, t);
}

static bool is_ack(const struct tl_sip_message *m)
{
    return tl_sip_same(m->method, "ack");
}

void tl_sip_remember(struct tl_dissection *d, struct tl_sip_flow *f, const struct tl_sip_message *m, int64_t since)
{
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (m->sdp.count > 0)
        expect_streams(d, m);
    if (!m->request)
        answer(d, f, m, since);
    else if (!is_ack(m) && tl_transaction_find(d, &f->waiting, key_of(m)) == 0) {
        begin(d, f, m, since);
        f->transactions++;
    }
}

/* A request with a provisional response only has records already. */
void tl_sip_finish(struct tl_dissection *d)
{
    struct tl_sip_flow *f = d->flow.slot;
    while (f != NULL && f->waiting.first != 0) {
        uint32_t t = f->waiting.first;
        tl_transaction_emit(d, &f->waiting, t);
    }
}
