/*
 * finger.c - Finger, queries to a host about its users (RFC 1288): a line, then text up to the end of the connection.
 */
#include "core/channel.h"
#include "core/dissect.h"
#include "core/time.h"
#include "core/transaction.h"

/* --- fields --- */

enum { QUERY, VERBOSE, USER, LENGTH, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [QUERY] = { "finger.query", "Query", .type = TL_TEXT, .help = "The line, with its end" },
    [VERBOSE] = { "finger.verbose", "Verbose", .type = TL_BOOL, .flags = TL_DERIVED, .help = "It begins with /W" },
    [USER] = { "finger.user", "User", .type = TL_TEXT, .help = "The query without /W; absent: who is logged in" },
    [LENGTH] = { "finger.length", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes",
                 .help = "Length of this part of the response" },
};

/* --- the record --- */

struct finger_record {
    struct tl_record r;
    struct tl_bytes query;
    uint64_t response_len;
    int64_t response_time;
};

enum { R_QUERY, R_RESPONSE_LEN, R_RESPONSE_TIME };

#define F(index, member, key, kind, help) TL_FIELD(struct finger_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_QUERY, query, "query", TL_REC_TEXT, "As sent, without the line end; empty: who is logged in"),
    F(R_RESPONSE_LEN, response_len, "response_len", TL_REC_COUNT, "Bytes of the response, lost ones included"),
    F(R_RESPONSE_TIME, response_time, "response_time", TL_REC_INTERVAL, "From the query to the response's first byte"),
};
#undef F

static const struct tl_record_def finger_record_def =
    TL_RECORD_DEF("finger", record_fields, "A query of Finger and its response", .summary = { "query", "response_len" },
                  .latency = "response_time");

/* --- flow state --- */

enum {
    PORT = 79,
    LINE = 1024, /* maximum bytes of a query */
    TEXT = 256,  /* maximum bytes of a text in a record */
};

struct flow {
    struct tl_transactions waiting; /* at most one: the query, until the response ends */
    struct tl_body response;
    int64_t answered; /* ns: start of the response */
    bool responding, timed; /* timed: its first byte was not lost */
};

/* A client uses an ephemeral port, so the port identifies the server even if the sides of the flow are swapped. */
static bool from_server(const struct tl_dissection *d, unsigned side)
{
    return side == (d->flow.orig_port == PORT && d->flow.resp_port != PORT ? 0 : 1);
}

static struct tl_want nothing(void)
{
    return (struct tl_want){ .kind = TL_WANT_NOTHING };
}

static struct tl_want rest(void)
{
    return (struct tl_want){ TL_WANT_BODY, UINT64_MAX, NULL };
}

/* --- client --- */

/* "/W" requests more detail (section 2.3). */
static bool is_verbose(struct tl_bytes text)
{
    bool w = text.len >= 2 && text.data[0] == '/' && (text.data[1] & ~0x20) == 'W';
    return w && (text.len == 2 || text.data[2] == ' ');
}

static struct tl_bytes user_of(struct tl_bytes text)
{
    uint32_t n = is_verbose(text) ? 2 : 0;
    while (n < text.len && text.data[n] == ' ')
        n++;
    return (struct tl_bytes){ text.data + n, text.len - n };
}

/* Text has no control characters except those that move the position, and ESC (sections 2.2 and 3.3). */
static bool is_text(struct tl_bytes text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (text.data[i] < '\a' || (text.data[i] > '\r' && text.data[i] < ' ' && text.data[i] != 0x1b))
            return false;
    return true;
}

static void query(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes line = { d->c.base + d->c.off, n }, text = tl_without_line_end(line), user = user_of(text);
    if (!is_text(line)) { /* the other side looked like Finger */
        tl_violate(d);
        return;
    }
    tl_confirm(d);
    tl_message(d);
    tl_add(d, QUERY, d->c.off, n, 0);
    tl_add(d, VERBOSE, d->c.off, 0, is_verbose(text));
    if (user.len > 0)
        tl_add(d, USER, (uint32_t)(user.data - d->c.base), user.len, 0);
    tl_skip(d, n);
    uint32_t t = tl_transaction_begin(d, &f->waiting, &finger_record_def, 0, s->since, 0, 64);
    if (t != 0)
        tl_transaction_text(d, &f->waiting, &t, R_QUERY, text, TEXT);
}

static struct tl_want client(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    switch (s->event) {
    case TL_EV_OPEN:
        return (struct tl_want){ TL_WANT_LINE, LINE, NULL };
    case TL_EV_UNIT:
    case TL_EV_OVERLONG: /* uses the available bytes */
        query(d, s, f);
        break;
    case TL_EV_END: /* a query without a line end */
        if (tl_cursor_left(&d->c) > 0)
            query(d, s, f);
        break;
    case TL_EV_RUN:
    case TL_EV_GAP:
        break;
    }
    return nothing(); /* a connection has only one query */
}

/* --- server --- */

/* Writes the record of the query with its response, as far as it is known. A response without a query has no record. */
static void emit(struct tl_dissection *d, struct flow *f)
{
    uint32_t t = f->waiting.first;
    if (t != 0 && f->responding) {
        tl_transaction_number(d, &f->waiting, &t, R_RESPONSE_LEN, f->response.seen + f->response.missing);
        if (f->timed)
            tl_transaction_number(d, &f->waiting, &t, R_RESPONSE_TIME,
                                  (uint64_t)tl_time_between(tl_transaction_ts(d, t), f->answered));
    }
    if (t != 0)
        tl_transaction_emit(d, &f->waiting, t);
    tl_body_end(d, &f->response);
    f->responding = false;
}

static void begin(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    if (f->responding)
        return;
    f->responding = true;
    f->timed = s->event == TL_EV_RUN;
    f->answered = s->since;
    tl_body_begin(d, &f->response, &(struct tl_body_facts){ .source = "FINGER", .total = UINT64_MAX, .side = s->side });
}

static struct tl_want server(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    switch (s->event) {
    case TL_EV_RUN:
        begin(d, s, f);
        tl_message(d);
        tl_add(d, LENGTH, d->c.off, 0, n);
        tl_body_data(d, &f->response, (struct tl_bytes){ d->c.base + d->c.off, n });
        tl_skip(d, n);
        return rest();
    case TL_EV_GAP:
        begin(d, s, f);
        tl_body_gap(d, &f->response, s->gap);
        return rest();
    case TL_EV_END:
        emit(d, f);
        return nothing();
    case TL_EV_OPEN:
    case TL_EV_UNIT:
    case TL_EV_OVERLONG:
        break;
    }
    return rest();
}

/* --- both --- */

static struct tl_want finger_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing();
    return from_server(d, s->side) ? server(d, s, f) : client(d, s, f);
}

static void finger_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        emit(d, f);
}

/* --- detection --- */

/*
 * Queries have no signature, so only the port finds them. A line of one word, with or without "/W" before it, is a
 * query. Lines with more words are MAYBE: a web request has that form.
 */
static enum tl_probe finger_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || p == NULL || n == 0)
        return TL_PROBE_NO;
    const uint8_t *lf = memchr(p, '\n', n);
    struct tl_bytes line = { p, lf != NULL ? (uint32_t)(lf - p) + 1 : n };
    if (!is_text(line))
        return TL_PROBE_NO;
    if (lf == NULL || from_server(d, d->flow.side))
        return TL_PROBE_MAYBE;
    struct tl_bytes user = user_of(tl_without_line_end(line));
    return user.len == 0 || memchr(user.data, ' ', user.len) == NULL ? TL_PROBE_YES : TL_PROBE_MAYBE;
}

const struct tl_protocol tl_protocol_finger = {
    .name = "finger",
    .title = "Finger",
    .service = "finger",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &finger_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{user}][{length} bytes]",
    .only_at_home = true, .probe = finger_probe,
    .stream = finger_stream,
    .finish = finger_finish,
};
