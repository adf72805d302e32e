/* http2_message.c - what a complete header block is: a request, a response, or trailers (RFC 9113 section 8). */
#include <stddef.h>

#include "dissectors/grpc/grpc.h"
#include "dissectors/http2/http2.h"

enum { GRPC_MESSAGE_MOST = 1024, DETAIL = 64 };

/* Pseudo-header fields (RFC 9113 section 8.3, RFC 8441 section 4). */
enum pseudo { METHOD, SCHEME, AUTHORITY, PATH, PROTOCOL, STATUS, PSEUDOS };

static const char *const pseudo_names[PSEUDOS] = { ":method", ":scheme", ":authority", ":path", ":protocol",
                                                   ":status" };

struct head {
    struct tl_bytes pseudo[PSEUDOS];
    bool odd;             /* a pseudo-header field is unknown, repeated, or behind others */
};

static bool same(struct tl_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

/* --- fields --- */

/* RFC 9113 section 8.2.1. */
static bool is_valid(const struct tl_header_field *field)
{
    const uint8_t *p = field->name.data;
    if (field->name.len == 0)
        return false;
    for (uint32_t i = *p == ':'; i < field->name.len; i++) {
        if (!tl_http_is_token(p[i]) || (p[i] >= 'A' && p[i] <= 'Z'))
            return false;
    }
    for (uint32_t i = 0; i < field->value.len; i++) {
        uint8_t c = field->value.data[i];
        if (c == 0 || c == '\r' || c == '\n')
            return false;
    }
    return true;
}

/* RFC 9113 section 8.2.2. */
static bool is_of_connection(struct tl_bytes name)
{
    return same(name, "connection") || same(name, "proxy-connection") || same(name, "keep-alive") ||
           same(name, "transfer-encoding") || same(name, "upgrade");
}

static void odd_field(struct tl_dissection *d, struct tl_bytes name)
{
    name.len = name.len < DETAIL ? name.len : DETAIL;
    tl_weird(d, HTTP2_WEIRD_FIELD, name);
}

static void take_pseudo(struct head *head, const struct tl_header_field *field, bool late)
{
    unsigned i = 0;
    while (i < PSEUDOS && !same(field->name, pseudo_names[i]))
        i++;
    head->odd |= i == PSEUDOS || late || head->pseudo[i].data != NULL;
    if (i < PSEUDOS && head->pseudo[i].data == NULL)
        head->pseudo[i] = field->value;
}

/* Clients send each cookie in a field of its own (RFC 9113 section 8.2.3). */
static struct tl_bytes join_cookies(struct tl_dissection *d, const struct tl_http2_list *list, uint32_t len)
{
    struct tl_http2_walk walk = tl_http2_walk(list);
    struct tl_header_field field;
    uint8_t *text = tl_arena_alloc(d->scratch, len);
    uint32_t at = 0;
    if (text == NULL)
        return (struct tl_bytes){ NULL, 0 };
    while (tl_http2_walk_next(&walk, &field)) {
        if (!same(field.name, "cookie"))
            continue;
        if (at > 0) {
            memcpy(text + at, "; ", 2);
            at += 2;
        }
        if (field.value.len > 0)
            memcpy(text + at, field.value.data, field.value.len);
        at += field.value.len;
    }
    return tl_bytes_of(text, at);
}

/* Takes what the record and the body need of the fields. inside: the context of HTTP. */
static void take_fields(struct tl_dissection *d, struct tl_dissection *inside, const struct tl_http2_list *list,
                        struct head *head, struct tl_http_message *m)
{
    struct tl_http2_walk walk = tl_http2_walk(list);
    struct tl_header_field field;
    uint32_t cookies = 0;
    bool regular = false;
    while (tl_http2_walk_next(&walk, &field)) {
        if (!is_valid(&field))
            odd_field(d, field.name);
        if (field.name.len > 0 && *field.name.data == ':') {
            take_pseudo(head, &field, regular);
            continue;
        }
        regular = true;
        if (is_of_connection(field.name))
            odd_field(d, field.name);
        else if (same(field.name, "cookie"))
            cookies += field.value.len + 2;
        else
            tl_http_take(inside, m, field.name, field.value);
    }
    if (cookies > 0)
        tl_http_take(inside, m, tl_bytes_of("cookie", 6), join_cookies(d, list, cookies));
}

static uint16_t status_of(struct tl_bytes text)
{
    if (text.len != 3)
        return 0;
    unsigned status = 0;
    for (unsigned i = 0; i < 3; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        status = status * 10 + (text.data[i] - '0');
    }
    return (uint16_t)status;
}

/* Fills the message as http_message.c does from lines. */
static void build(struct tl_dissection *d, struct tl_dissection *inside, const struct tl_http2_stream *x,
                  const struct tl_http2_list *list, bool request, struct head *head, struct tl_http_message *m)
{
    *head = (struct head){ .odd = false };
    memset(m, 0, offsetof(struct tl_http_message, cookies));
    m->start.kind = request ? HTTP_REQUEST : HTTP_RESPONSE;
    m->start.version = tl_bytes_of(x->third ? "3" : "2", 1);
    take_fields(d, inside, list, head, m);
    const struct tl_bytes *pseudo = head->pseudo;
    if (pseudo[AUTHORITY].len > 0)
        m->text[HTTP_HOST] = pseudo[AUTHORITY];
    m->text[HTTP_UPGRADE] = pseudo[PROTOCOL];
    m->start.method = pseudo[METHOD];
    m->start.target = pseudo[PATH];
    if (same(pseudo[METHOD], "CONNECT") && pseudo[PROTOCOL].len == 0)
        m->start.target = pseudo[AUTHORITY];
    m->start.code = pseudo[STATUS];
    m->start.status = status_of(pseudo[STATUS]);
    bool missing = request ? pseudo[METHOD].len == 0 || m->start.target.len == 0 : m->start.status == 0;
    bool misplaced = request ? pseudo[STATUS].data != NULL
                             : pseudo[METHOD].data != NULL || pseudo[PATH].data != NULL;
    if (head->odd || misplaced || (missing && !list->unknown && !list->cut))
        tl_weird(d, HTTP2_WEIRD_PSEUDO, (struct tl_bytes){ NULL, 0 });
}

/* --- gRPC --- */

static bool is_grpc(const struct tl_http_message *m)
{
    const struct tl_bytes type = m->text[HTTP_CONTENT_TYPE];
    if (type.len < 16 || !tl_http_same(tl_bytes_of(type.data, 16), "application/grpc"))
        return false;
    return type.len == 16 || type.data[16] == '+' || type.data[16] == ';'; /* application/grpc-web is another */
}

static unsigned hex_digit(uint8_t c)
{
    const unsigned letter = c | 0x20u;
    if (c >= '0' && c <= '9')
        return c - (unsigned)'0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 16;
}

static void keep_message(struct tl_dissection *d, struct tl_http2_stream *x, struct tl_bytes text)
{
    uint8_t plain[GRPC_MESSAGE_MOST];
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.len && n < GRPC_MESSAGE_MOST; i++) {
        bool coded = text.data[i] == '%' && text.len - i > 2 && hex_digit(text.data[i + 1]) < 16 &&
                     hex_digit(text.data[i + 2]) < 16;
        plain[n++] = coded ? (uint8_t)(hex_digit(text.data[i + 1]) << 4 | hex_digit(text.data[i + 2])) : text.data[i];
        i += coded ? 2 : 0;
    }
    if (n > 0 && x->h2.message == 0)
        x->h2.message = tl_keep(d, plain, n);
}

/* The status of a call is in the trailers, or in the only header block of a response. */
static void take_status(struct tl_dissection *d, struct tl_http2_stream *x, const struct tl_http2_list *list)
{
    struct tl_bytes text = tl_http2_value(list, "grpc-status");
    uint32_t status = 0;
    if (!x->h2.grpc || text.len == 0 || text.len > 9)
        return;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return;
        status = status * 10 + (text.data[i] - '0');
    }
    x->h2.status = status;
    x->h2.has_status = true;
    keep_message(d, x, tl_http2_value(list, "grpc-message"));
}

static void begin_grpc(struct tl_dissection *d, struct tl_http2_stream *x, const struct tl_http_message *m)
{
    if (x->h2.grpc || x->connect || !is_grpc(m))
        return;
    x->h2.grpc = true;
    tl_http2_open_child(d, x, &tl_protocol_grpc, NULL);
}

/* --- messages --- */

static void begin_half(const struct tl_dissection *d, const struct tl_http2_block *block, struct tl_http_half *h)
{
    *h = (struct tl_http_half){ .first = block->first, .last = d->frame->ts, .seen = true };
}

/* The body that the message announces, if one follows. */
static void body_follows(struct tl_dissection *d, struct tl_http2_stream *x, unsigned half, struct tl_http_message *m)
{
    x->length[half] = m->framing.length;
    x->has_length[half] = m->framing.has_length;
    tl_http2_begin_body(d, x, half, m);
}

static void request(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                    const struct tl_http2_block *block)
{
    struct tl_http_message m;
    struct head head;
    struct tl_dissection inside = tl_http2_inside(d, x);
    struct tl_http_half *h = &x->http.half[f->client];
    build(d, &inside, x, &block->list, true, &head, &m);
    x->asked = true;
    x->h2.headers_lost |= block->list.unknown;
    x->head = same(m.start.method, "HEAD");
    x->connect = same(m.start.method, "CONNECT");
    begin_half(d, block, h);
    x->http.depth = f->depth++;
    tl_http_begin_request(&inside, &m, h, x->connect || block->end_stream || block->promised != 0);
    begin_grpc(d, x, &m);
    if (half == f->client && !block->end_stream && !x->connect)
        body_follows(d, x, half, &m);
}

/* A tunnel, or another protocol, begins with this response. */
static void grant(struct tl_dissection *d, struct tl_http2_stream *x, const struct tl_http_message *m)
{
    struct tl_dissection inside = tl_http2_inside(d, x);
    struct tl_http_texts texts;
    tl_http_kept_texts(&inside, x->http.answered, &texts);
    const struct tl_protocol *to = tl_http_next_protocol(texts.upgrade);
    x->tunnel = true;
    if (texts.upgrade.len == 0 || to != NULL)
        tl_http2_open_child(d, x, to, m);
}

static void response(struct tl_dissection *d, struct tl_http2_stream *x, unsigned half,
                     const struct tl_http2_block *block)
{
    struct tl_http_message m;
    struct head head;
    struct tl_dissection inside = tl_http2_inside(d, x);
    struct tl_http_half *h = &x->http.half[half];
    build(d, &inside, x, &block->list, false, &head, &m);
    x->h2.headers_lost |= block->list.unknown;
    if (m.start.status / 100 == 1 && !block->end_stream) {
        tl_http_interim(&inside, &m);
        return;
    }
    x->answered = true;
    begin_half(d, block, h);
    h->status = m.start.status;
    (void)tl_http_pair(&inside, h);
    begin_grpc(d, x, &m);
    take_status(&inside, x, &block->list);
    bool granted = x->connect && m.start.status / 100 == 2 && !block->end_stream;
    if (granted)
        grant(d, x, &m);
    tl_http_begin_response(&inside, &m, h, granted);
    if (!block->end_stream && !granted)
        body_follows(d, x, half, &m);
}

/* Finds the stream of a header block, or begins it. NULL: it is closed, or wrong, or there is no memory. */
static struct tl_http2_stream *stream_of(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half,
                                         const struct tl_http2_block *block)
{
    const uint32_t id = block->promised != 0 ? block->promised : block->stream;
    const unsigned from = id % 2 == 1 ? f->client : f->client ^ 1u;
    struct tl_http2_stream *x = tl_http2_find(f, id);
    if (x != NULL)
        return x;
    if (id == 0 || (half == f->client && id % 2 == 0)) {
        tl_weird(d, HTTP2_WEIRD_STREAM, (struct tl_bytes){ NULL, 0 });
        return NULL;
    }
    if (id <= f->last[from] && !f->third) /* closed: what still comes for it is not an anomaly */
        return NULL;
    f->last[from] = id > f->last[from] ? id : f->last[from];
    return tl_http2_begin_stream(d, f, id);
}

void tl_http2_message(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half,
                      const struct tl_http2_block *block)
{
    const struct tl_http2_list *list = &block->list;
    const bool asks = tl_http2_value(list, ":method").data != NULL;
    if (!f->has_client) {
        f->has_client = true;
        f->client = (uint8_t)(asks == (block->promised == 0) ? half : half ^ 1u);
    }
    struct tl_http2_stream *x = stream_of(d, f, half, block);
    if (x == NULL)
        return;
    const bool client = half == f->client;
    if (x->ended[half] && block->promised == 0) {
        tl_weird(d, HTTP2_WEIRD_HALF_CLOSED, (struct tl_bytes){ NULL, 0 });
    } else if (block->promised != 0 && !x->asked) {
        x->h2.pushed = true;
        x->ended[f->client] = true;
        request(d, f, x, half, block);
    } else if (client && !x->asked) {
        request(d, f, x, half, block);
    } else if (!client && !x->answered) {
        response(d, x, half, block);
    } else {
        struct tl_dissection inside = tl_http2_inside(d, x);
        x->http.half[half].last = d->frame->ts;
        if (!client)
            take_status(&inside, x, list);
    }
}
