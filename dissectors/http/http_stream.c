/* http_stream.c - one side of an HTTP connection: message boundaries (RFC 9112 sections 2, 6, 7 and 9). */
#include "core/channel.h"
#include "dissectors/http/http.h"
#include "dissectors/tunnel/tunnel.h"

#include <stddef.h>

#include "dissectors/mime_type.h"

enum { CHUNK_LINE = 16 << 10, LINE_END = 64, LOOK = TL_MIME_LOOK, LONGEST_WORD = TL_HTTP_LONGEST_WORD,
       WAIT = 4096 /* bytes of one side that wait for the other */ };

enum body { BODY_NONE, BODY_SIZED, BODY_CHUNKED, BODY_TUNNEL };

static bool is_server(const struct tl_http_flow *f, const struct tl_stream *s)
{
    return f->server == s->side + 1;
}

static struct tl_want wanted(const struct tl_http_half *h)
{
    const uint64_t look = h->left < LOOK ? h->left : LOOK;
    switch (h->state) {
    case HTTP_AT_HEAD:
    case HTTP_AT_HEAD_REST:
    case HTTP_AT_TRAILER:
    case HTTP_AT_SIMPLE_HEAD:
        return (struct tl_want){ TL_WANT_BLOCK, TL_HTTP_HEAD, NULL };
    case HTTP_AT_LOOK:
        return (struct tl_want){ TL_WANT_BYTES, look, NULL };
    case HTTP_AT_BODY:
        return (struct tl_want){ TL_WANT_BODY, h->left, NULL };
    case HTTP_AT_CHUNK:
        return (struct tl_want){ TL_WANT_LINE, CHUNK_LINE, NULL };
    case HTTP_AT_CHUNK_END:
        return (struct tl_want){ TL_WANT_LINE, LINE_END, NULL };
    case HTTP_AT_HOLD:
        return (struct tl_want){ TL_WANT_WAIT, h->waits ? WAIT : LONGEST_WORD, NULL };
    case HTTP_AT_EXPECT:
        return (struct tl_want){ TL_WANT_WAIT, LONGEST_WORD, NULL };
    case HTTP_AT_REFUSED:
        return (struct tl_want){ TL_WANT_BYTES, h->left < LONGEST_WORD ? h->left : LONGEST_WORD, NULL };
    case HTTP_AT_LEAVE:
        return (struct tl_want){ TL_WANT_SWITCH, 0, h->to };
    case HTTP_AT_UPGRADE:
        return (struct tl_want){ TL_WANT_HOLD, WAIT, NULL };
    default:
        return (struct tl_want){ TL_WANT_LINE, TL_HTTP_HEAD, NULL };
    }
}

static void take_all(struct tl_dissection *d)
{
    tl_skip(d, tl_cursor_left(&d->c));
}

static struct tl_bytes line_of(const struct tl_dissection *d)
{
    uint32_t len = tl_cursor_left(&d->c);
    return tl_http_first_line(tl_bytes_of(tl_cursor_peek(&d->c, 0, len), len));
}

static struct tl_bytes rest_of(const struct tl_dissection *d)
{
    return tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
}

/* If the last request asks for a tunnel or another protocol, the response decides what the client sends next. */
static void await_response(const struct tl_dissection *d, const struct tl_http_flow *f, struct tl_http_half *h)
{
    struct tl_http_asked last = tl_http_last(d);
    if (f->requests.count == 0 || !(last.connect || last.upgrade))
        return;
    h->waits = last.connect; /* a tunnel may contain any bytes, including requests */
    h->state = HTTP_AT_HOLD;
}

static void end_message(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s, struct tl_http_half *h)
{
    h->state = HTTP_AT_START;
    if (TL_UNLIKELY(h->inside))
        tl_http_inside_end(d, h);
    tl_http_content_end(d, h);
    if (TL_UNLIKELY(d->bodies))
        tl_http_body_end(d, h);
    if (is_server(f, s))
        tl_http_end_response(d, h);
    else
        tl_http_end_request(d, h);
    if (TL_UNLIKELY(h->asks))
        await_response(d, f, h);
    if (TL_UNLIKELY(f->upgraded) && !is_server(f, s)) { /* the server has already left HTTP */
        h->to = f->half[s->side ^ 1].to;
        h->state = HTTP_AT_LEAVE;
    }
}

/* The next bytes are unknown: looks for the next start line. */
static void resynchronise(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s, struct tl_http_half *h)
{
    end_message(d, f, s, h);
    if (h->state != HTTP_AT_LEAVE)
        h->state = HTTP_AT_SCAN;
}

/* --- heads --- */

/* RFC 9112 section 6.3. Sets h->left. */
static enum body body_of(struct tl_http_half *h, const struct tl_http_framing *framing, bool response, uint16_t status,
                         struct tl_http_asked asked)
{
    if (response) {
        if (status == 101 || (asked.connect && status / 100 == 2))
            return BODY_TUNNEL;
        if (asked.head || status / 100 == 1 || status == 204 || status == 304)
            return BODY_NONE;
    }
    if (framing->chunked)
        return BODY_CHUNKED;
    bool sized = framing->has_length && !(response && framing->coded);
    h->left = sized ? framing->length : response ? UINT64_MAX : 0;
    return h->left > 0 ? BODY_SIZED : BODY_NONE;
}

static struct tl_want leave(struct tl_dissection *d, struct tl_http_half *h)
{
    tl_http_finish(d);
    h->state = HTTP_AT_LEAVE;
    return wanted(h);
}

/* The state in which the body is read that the framing announces. */
static enum tl_http_state state_in(const struct tl_http_half *h)
{
    return h->framing.chunked ? HTTP_AT_CHUNK : h->look ? HTTP_AT_LOOK : HTTP_AT_BODY;
}

static struct tl_want enter_body(struct tl_dissection *d, struct tl_http_flow *f, struct tl_http_half *h,
                                 enum body body)
{
    switch (body) {
    case BODY_TUNNEL:
        f->upgraded = f->server != 0 && h == &f->half[f->server - 1] && f->half[h == &f->half[0]].live;
        if (!f->upgraded)
            return leave(d, h);
        h->state = HTTP_AT_UPGRADE;
        break;
    case BODY_CHUNKED:
    case BODY_SIZED:
        h->state = TL_UNLIKELY(h->framing.expects) ? HTTP_AT_EXPECT : state_in(h);
        break;
    default:
        if (TL_UNLIKELY(h->state == HTTP_AT_LEAVE))
            break;
        h->state = HTTP_AT_START;
        if (TL_UNLIKELY(h->asks))
            await_response(d, f, h);
    }
    return wanted(h);
}

static bool is_multipart(struct tl_bytes type)
{
    return type.len > 10 && tl_http_same(tl_bytes_of(type.data, 10), "multipart/");
}

/* The response says that the bytes after it belong to another protocol. */
static void begin_tunnel(struct tl_dissection *d, struct tl_http_half *h, uint32_t request, const struct tl_http_message *m,
                         bool connect)
{
    h->to = tl_http_hand_over(d, request, m);
    if (connect)
        tl_tunnel_proxy(d, TL_TUNNEL_HTTP);
}

/* The server refused the client's request for another protocol: the client sends a request next. */
static void refuse(struct tl_dissection *d, struct tl_http_half *client)
{
    if (client->state != HTTP_AT_HOLD)
        return;
    client->state = HTTP_AT_START;
    tl_release(d);
}

/*
 * A client waits before its body (RFC 9110 section 10.1.1). After 100 (Continue) it sends the body. After a final
 * response it sends the body or, if it is refused, its next request.
 */
static void answer_expectation(struct tl_dissection *d, struct tl_http_half *client, bool final)
{
    client->refused = final && client->framing.chunked;
    client->state = final && !client->refused ? HTTP_AT_REFUSED : state_in(client);
    tl_release(d);
}

/* The fields of a response that are known from its request. */
static void note_pair(struct tl_dissection *d, const struct tl_http_flow *f, const struct tl_http_half *client)
{
    uint32_t request = f->answers_live ? client->message : f->answered;
    const struct tl_http_kept *k = request != 0 ? tl_transaction_extra(d, request) : NULL;
    tl_http_note_pair(d, request, f->answers_live || k == NULL ? client->last : k->last);
}

/* Processes a head that was read, or as much of it as is read at once (whole: all of it). */
static struct tl_want conclude_head(struct tl_dissection *d, struct tl_http_flow *f, struct tl_http_half *h,
                                    struct tl_http_message *m, bool whole)
{
    bool response = m->start.kind == HTTP_RESPONSE, ends;
    struct tl_http_half *client = &f->half[h == &f->half[0]];
    struct tl_http_asked asked = { .known = false };
    enum body body;
    h->look = tl_http_is_identity(m->text[HTTP_CONTENT_ENCODING]) && !m->framing.compressed && !m->framing.partial &&
              !is_multipart(m->text[HTTP_CONTENT_TYPE]);
    h->framing = m->framing;
    h->framing.expects = m->framing.expects && !response;
    h->refused = false;
    h->status = m->start.status;
    h->seen = true;
    if (response && m->start.status / 100 == 1 && m->start.status != 101) {
        tl_http_interim(d, m);
        if (TL_UNLIKELY(client->state == HTTP_AT_EXPECT) && m->start.status == 100)
            answer_expectation(d, client, false);
        h->state = whole ? HTTP_AT_START : h->state;
        return wanted(h);
    }
    if (response) {
        asked = tl_http_pair(d, h);
        if (TL_UNLIKELY(d->wanted != NULL) && asked.known)
            note_pair(d, f, client);
    } else {
        h->asks = m->text[HTTP_UPGRADE].len > 0 ||
                  (m->start.method.len == 7 && memcmp(m->start.method.data, "CONNECT", 7) == 0);
    }
    body = body_of(h, &m->framing, response, m->start.status, asked);
    ends = whole && (body == BODY_NONE || body == BODY_TUNNEL);
    if (TL_UNLIKELY(body == BODY_TUNNEL))
        begin_tunnel(d, h, f->answers_live ? client->message : f->answered, m, asked.connect);
    else if (TL_UNLIKELY(asked.connect || asked.upgrade))
        refuse(d, client);
    else if (TL_UNLIKELY(response && client->state == HTTP_AT_EXPECT) && (f->answers_live || !client->live))
        answer_expectation(d, client, true);
    if (response)
        tl_http_begin_response(d, m, h, ends);
    else
        tl_http_begin_request(d, m, h, ends);
    if (TL_UNLIKELY(m->disposition.len > 0) && (body == BODY_SIZED || body == BODY_CHUNKED))
        tl_http_names_of_head(d, h, m);
    if (TL_UNLIKELY(!h->look) && (body == BODY_SIZED || body == BODY_CHUNKED))
        tl_http_content_begin(d, h, m);
    if (h->look && whole && (body == BODY_SIZED || body == BODY_CHUNKED))
        tl_http_inside_begin(d, h, m);
    if (TL_UNLIKELY(d->bodies) && whole && (body == BODY_SIZED || body == BODY_CHUNKED))
        tl_http_body_begin(d, h, m, body == BODY_CHUNKED);
    return whole ? enter_body(d, f, h, body) : wanted(h);
}

/* Sets all members of m except those that are guarded by a count. */
static void clear(struct tl_http_message *m)
{
    memset(m, 0, offsetof(struct tl_http_message, cookies));
}

static void begin_times(struct tl_dissection *d, const struct tl_stream *s, struct tl_http_half *h)
{
    if (TL_UNLIKELY(h->inside))
        tl_http_inside_end(d, h);
    h->first = s->since;
    h->last = d->frame->ts;
    h->body = 0;
    h->mime = NULL;
    h->decoded.known = false;
    h->kinds.count = 0;
    h->file = 0;
    tl_http_names_forget(d, &h->names);
}

/* Returns the length of the complete lines in a head that is too long to read at once; 0: no complete line. */
static uint32_t whole_lines(const uint8_t *p, uint32_t len)
{
    while (len > 0 && p[len - 1] != '\n')
        len--;
    return len;
}

/* Reads the head from its start line. whole: up to its end (or the end of the stream). */
static struct tl_want head(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                           struct tl_http_half *h, bool whole)
{
    struct tl_http_message m;
    struct tl_bytes line = line_of(d);
    uint32_t len = tl_cursor_left(&d->c), lines = whole ? len : whole_lines(line.data, len);
    uint32_t off = d->c.off, first = line.len;
    clear(&m);
    m.start = tl_http_start_line(line.data, line.len);
    tl_message(d);
    const uint8_t *p = tl_cursor_take(&d->c, lines > 0 ? lines : len);
    if (p == NULL)
        return wanted(h);
    len = d->c.off - off;
    tl_said(d, s->side, tl_bytes_of(p, len), 0);
    while (first < len && p[first++] != '\n')
        ;
    m.bare_lf = line.len < first && p[line.len] == '\n';
    if (TL_UNLIKELY(d->wanted != NULL))
        tl_http_note_start(d, &m, p);
    tl_http_headers(d, p + first, len - first, &m);
    tl_http_abandon(d, h);
    begin_times(d, s, h);
    tl_http_say_odd(d, &m, tl_bytes_of(p, len));
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (m.text[HTTP_HOST].len == 0 && m.start.kind == HTTP_REQUEST)
        m.text[HTTP_HOST] = tl_http_authority(&m.start);
    if (TL_UNLIKELY(d->wanted != NULL))
        tl_http_note_end(d, &m);
    if (!whole) {
        tl_weird(d, HTTP_WEIRD_HEAD_TOO_LONG, (struct tl_bytes){ NULL, 0 });
        h->state = lines > 0 ? HTTP_AT_HEAD_REST : HTTP_AT_HEAD_LINE;
    }
    return conclude_head(d, f, h, &m, whole);
}

/* Shows the rest of a message in a packet that has no layer for that message. */
static void more_of_message(struct tl_dissection *d)
{
    if (TL_UNLIKELY(d->wanted != NULL) && d->layer == TL_NO_NODE)
        tl_message(d);
}

/* Reads more lines of a head that was too long. They are used only to find where the body ends. */
static struct tl_want head_rest(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                struct tl_http_half *h, bool whole)
{
    struct tl_http_message m;
    uint32_t len = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    uint32_t lines = whole ? len : whole_lines(p, len);
    clear(&m);
    m.framing = h->framing;
    more_of_message(d);
    tl_skip(d, lines > 0 ? lines : len);
    tl_http_headers(d, p, lines > 0 ? lines : len, &m);
    h->framing = m.framing;
    h->last = d->frame->ts;
    if (!whole) {
        h->state = lines > 0 ? HTTP_AT_HEAD_REST : HTTP_AT_HEAD_LINE;
        return wanted(h);
    }
    struct tl_http_asked asked = tl_http_answered(d, h);
    enum body body = body_of(h, &h->framing, is_server(f, s), h->status, asked);
    if (body == BODY_NONE)
        end_message(d, f, s, h);
    if (TL_UNLIKELY(d->bodies) && (body == BODY_SIZED || body == BODY_CHUNKED))
        tl_http_body_begin(d, h, &m, body == BODY_CHUNKED);
    return enter_body(d, f, h, body);
}

/* --- start lines --- */

/*
 * The first start line determines which side sends requests and which sends responses. Returns false for a start line
 * of the other kind.
 */
static bool takes_role(struct tl_http_flow *f, const struct tl_stream *s, enum tl_http_kind kind)
{
    uint8_t server = (uint8_t)((kind == HTTP_RESPONSE ? s->side : s->side ^ 1) + 1);
    if (kind == HTTP_NO_START)
        return false;
    if (f->server == 0)
        f->server = server;
    return f->server == server;
}

/* The response to a request of HTTP/0.9 is only a body. */
static struct tl_want simple_response(struct tl_dissection *d, struct tl_stream *s, struct tl_http_half *h)
{
    struct tl_http_message m;
    clear(&m);
    m.start.kind = HTTP_RESPONSE;
    tl_http_abandon(d, h);
    begin_times(d, s, h);
    tl_http_pair(d, h);
    tl_http_begin_response(d, &m, h, false);
    h->look = h->seen = true;
    h->left = UINT64_MAX;
    h->framing = m.framing;
    if (TL_UNLIKELY(d->bodies))
        tl_http_body_begin(d, h, &m, false);
    h->state = HTTP_AT_LOOK;
    return wanted(h);
}

static struct tl_want simple_request(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                     struct tl_http_half *h, struct tl_http_start start)
{
    struct tl_http_message m;
    clear(&m);
    m.start = start;
    tl_message(d);
    uint32_t len = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (TL_UNLIKELY(d->wanted != NULL) && p != NULL) {
        tl_http_note_start(d, &m, p);
        tl_http_note_end(d, &m);
    }
    begin_times(d, s, h);
    h->seen = true;
    h->asks = false;
    tl_http_begin_request(d, &m, h, true);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return wanted(h);
}

/* Some programs send the request line of HTTP/0.9 and then header lines. */
static struct tl_want simple_head(struct tl_dissection *d, struct tl_http_flow *f, struct tl_http_half *h, bool whole)
{
    struct tl_http_message m;
    uint32_t len = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    uint32_t lines = whole ? len : whole_lines(p, len);
    clear(&m);
    m.start.kind = HTTP_REQUEST;
    m.framing = h->framing;
    more_of_message(d);
    tl_skip(d, lines > 0 ? lines : len);
    tl_http_headers(d, p, lines > 0 ? lines : len, &m);
    tl_http_add_headers(d, &m, h);
    h->framing = m.framing;
    h->look = tl_http_is_identity(m.text[HTTP_CONTENT_ENCODING]) && !m.framing.compressed && !m.framing.partial;
    h->last = d->frame->ts;
    if (!whole)
        return wanted(h);
    enum body body = body_of(h, &h->framing, false, 0, (struct tl_http_asked){ .known = false });
    if (body == BODY_NONE)
        tl_http_end_request(d, h);
    return enter_body(d, f, h, body);
}

static struct tl_want not_http(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                               struct tl_http_half *h, struct tl_bytes line)
{
    if (!f->confirmed && h->state == HTTP_AT_START) {
        tl_violate(d);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    /* In a flow that is seen from its middle, the first bytes are not an anomaly. */
    bool due = is_server(f, s) ? f->requests.count > 0 : h->seen;
    if (h->state == HTTP_AT_START && due)
        tl_weird(d, HTTP_WEIRD_BAD_START_LINE, tl_http_word(d, line));
    h->state = HTTP_AT_SCAN;
    /*
     * Drops all bytes before the last status line of an unended line at once, so it does not search them again for each
     * status line.
     */
    uint32_t before = is_server(f, s) ? tl_http_response_within(line, s->event == TL_EV_OVERLONG) : tl_http_request_within(line);
    if (before > 0)
        tl_skip(d, before);
    else
        take_all(d);
    return wanted(h);
}

static struct tl_want long_line(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                struct tl_http_half *h)
{
    struct tl_http_message m;
    struct tl_bytes line = line_of(d);
    clear(&m);
    if (is_server(f, s) && h->state == HTTP_AT_START && tl_http_oldest(d).simple)
        return simple_response(d, s, h);
    if (!tl_http_is_long_request(line, &m.start) || !takes_role(f, s, HTTP_REQUEST))
        return not_http(d, f, s, h, line);
    m.start.version.len = 0;
    take_all(d);
    tl_weird(d, HTTP_WEIRD_HEAD_TOO_LONG, (struct tl_bytes){ NULL, 0 });
    begin_times(d, s, h);
    h->state = HTTP_AT_HEAD_LINE;
    return conclude_head(d, f, h, &m, false);
}

static struct tl_want start_line(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                 struct tl_http_half *h)
{
    struct tl_bytes line = line_of(d);
    if (line.len == 0) {
        take_all(d);
        return wanted(h);
    }
    struct tl_http_start start = { .kind = h->state == HTTP_AT_START ? tl_http_usual_kind(line) : HTTP_NO_START };
    if (TL_UNLIKELY(start.kind == HTTP_NO_START))
        start = tl_http_start_line(line.data, line.len);
    if (TL_UNLIKELY(start.kind == HTTP_NO_START) && h->state == HTTP_AT_START && !is_server(f, s) &&
        tl_http_is_header(line.data, line.data + line.len) && tl_http_reopen(d, h)) {
        h->framing = (struct tl_http_framing){ .length = 0 };
        h->state = HTTP_AT_SIMPLE_HEAD;
        return wanted(h);
    }
    if (h->state == HTTP_AT_SCAN && !tl_http_is_plain(&start))
        start.kind = HTTP_NO_START;
    if (!takes_role(f, s, start.kind)) {
        bool simple = is_server(f, s) && h->state == HTTP_AT_START && f->requests.count > 0 && tl_http_oldest(d).simple;
        return simple ? simple_response(d, s, h) : not_http(d, f, s, h, line);
    }
    if (start.kind == HTTP_SIMPLE)
        return simple_request(d, f, s, h, start);
    if (TL_UNLIKELY(tl_http_is_preface(&start)))
        return leave(d, h);
    h->state = HTTP_AT_HEAD;
    return wanted(h);
}

/* --- bodies that wait for 100 (Continue) --- */

/* The final response came first: the body is sent all the same, or a request takes its place. */
static struct tl_want after_refusal(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                    struct tl_http_half *h)
{
    if (tl_http_is_request(rest_of(d)))
        end_message(d, f, s, h);
    else
        h->state = state_in(h);
    return wanted(h);
}

/* --- bodies --- */

static struct tl_want look(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                           struct tl_http_half *h)
{
    struct tl_bytes start = { d->c.base + d->c.off, tl_cursor_left(&d->c) };
    bool unasked = is_server(f, s) && f->answered == 0 && !f->answers_live;
    h->look = false;
    h->state = HTTP_AT_BODY;
    tl_http_form_look(d, h, start);
    if (TL_UNLIKELY(h->inside)) /* the other protocol knows what is secret in it */
        tl_hide(d, start);
    /* The request was not seen: if the body looks like the next response, the request was HEAD. */
    if (unasked && h->left != UINT64_MAX && start.len > 12 && memcmp(start.data, "HTTP/1.", 7) == 0)
        end_message(d, f, s, h);
    else
        h->mime = tl_mime_type(start, h->left <= LOOK);
    return wanted(h);
}

static struct tl_want body_done(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                struct tl_http_half *h)
{
    if (h->framing.chunked)
        h->state = HTTP_AT_CHUNK_END;
    else
        end_message(d, f, s, h);
    return wanted(h);
}

static struct tl_want run(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s, struct tl_http_half *h)
{
    h->body += tl_cursor_left(&d->c);
    h->last = d->frame->ts;
    if (TL_UNLIKELY((h->decoding | h->parts) != 0))
        tl_http_content_data(d, h, rest_of(d));
    if (TL_UNLIKELY(h->form != 0))
        tl_http_form_data(d, h, rest_of(d));
    if (TL_UNLIKELY(d->bodies))
        tl_http_body_data(d, h, rest_of(d));
    if (TL_UNLIKELY(h->inside))
        tl_http_inside_data(d, h, rest_of(d));
    return s->left == 0 ? body_done(d, f, s, h) : s->want;
}

static struct tl_want bad_chunk(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                                struct tl_http_half *h)
{
    struct tl_bytes line = line_of(d);
    tl_weird(d, HTTP_WEIRD_CHUNK_INVALID, tl_http_word(d, line));
    resynchronise(d, f, s, h); /* the line may be a start line: it is read again */
    return wanted(h);
}

static struct tl_want chunk(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                            struct tl_http_half *h)
{
    struct tl_bytes line = line_of(d);
    if (TL_UNLIKELY(h->refused) && tl_http_is_request(line))
        return after_refusal(d, f, s, h);
    h->refused = false;
    if (!tl_http_chunk_size(line.data, line.len, &h->left))
        return bad_chunk(d, f, s, h);
    take_all(d);
    h->state = h->left == 0 ? HTTP_AT_TRAILER : h->look ? HTTP_AT_LOOK : HTTP_AT_BODY;
    return wanted(h);
}

/*
 * Reads the lines after the last chunk, up to an empty line. `lines`: bytes of complete lines (0: part of a line that
 * is too long).
 */
static void trailer(struct tl_dissection *d, uint32_t lines)
{
    uint32_t len = lines > 0 ? lines : tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    if (TL_UNLIKELY(d->wanted != NULL) && len > 2)
        more_of_message(d);
    tl_skip(d, len);
    if (TL_UNLIKELY(d->wanted != NULL))
        tl_http_headers(d, p, len, NULL);
}

/* --- requested protocols --- */

/*
 * Bytes follow a request for another protocol that has no response yet. If they are a request, the client sent it
 * without waiting: clients do that when an upgrade is optional. Otherwise the response decides. If there is none, the
 * request is taken as granted, except for a tunnel if the proxy has sent another response.
 */
static struct tl_want hold(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                           struct tl_http_half *h)
{
    struct tl_http_asked last = tl_http_last(d);
    struct tl_bytes line = line_of(d);
    bool request = tl_http_begins_request(line) > 0;
    if (f->requests.count > 0 && !h->waits && !request && !s->ended) {
        h->waits = true;
        return wanted(h);
    }
    if (f->requests.count > 0 && (last.connect ? !f->half[s->side ^ 1].seen : !request)) {
        h->to = tl_http_hand_over(d, f->requests.last, NULL);
        return leave(d, h);
    }
    h->state = HTTP_AT_START;
    return wanted(h);
}

/* --- events --- */

static struct tl_want unit(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                           struct tl_http_half *h)
{
    switch (h->state) {
    case HTTP_AT_HEAD:
        return head(d, f, s, h, true);
    case HTTP_AT_HEAD_REST:
        return head_rest(d, f, s, h, true);
    case HTTP_AT_HEAD_LINE:
        take_all(d);
        h->state = HTTP_AT_HEAD_REST;
        return wanted(h);
    case HTTP_AT_LOOK:
        return look(d, f, s, h);
    case HTTP_AT_CHUNK:
        return chunk(d, f, s, h);
    case HTTP_AT_CHUNK_END:
        if (line_of(d).len > 0)
            return bad_chunk(d, f, s, h);
        take_all(d);
        h->state = HTTP_AT_CHUNK;
        return wanted(h);
    case HTTP_AT_TRAILER:
        h->last = d->frame->ts;
        trailer(d, tl_cursor_left(&d->c));
        end_message(d, f, s, h);
        return wanted(h);
    case HTTP_AT_SIMPLE_HEAD:
        return simple_head(d, f, h, true);
    case HTTP_AT_EXPECT: /* the client has waited long enough */
        h->state = state_in(h);
        return wanted(h);
    case HTTP_AT_REFUSED:
        return after_refusal(d, f, s, h);
    case HTTP_AT_HOLD:
        return hold(d, f, s, h);
    default:
        return start_line(d, f, s, h);
    }
}

static struct tl_want overlong(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                               struct tl_http_half *h)
{
    switch (h->state) {
    case HTTP_AT_HEAD:
        return head(d, f, s, h, false);
    case HTTP_AT_HEAD_REST:
        return head_rest(d, f, s, h, false);
    case HTTP_AT_SIMPLE_HEAD:
        return simple_head(d, f, h, false);
    case HTTP_AT_CHUNK:
    case HTTP_AT_CHUNK_END:
        return bad_chunk(d, f, s, h);
    case HTTP_AT_TRAILER:
        trailer(d, whole_lines(tl_cursor_peek(&d->c, 0, tl_cursor_left(&d->c)), tl_cursor_left(&d->c)));
        return wanted(h);
    case HTTP_AT_HEAD_LINE:
        take_all(d);
        return wanted(h);
    default:
        return long_line(d, f, s, h);
    }
}

/* In a body of known length the start of the next message is known; otherwise looks for the next start line. */
static struct tl_want gap(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s, struct tl_http_half *h)
{
    uint64_t lost = s->dropped + s->gap;
    tl_http_content_gap(d, h, lost);
    tl_http_form_gap(d, h);
    if (TL_UNLIKELY(h->inside))
        tl_http_inside_gap(d, h, lost);
    if (h->state == HTTP_AT_EXPECT || h->state == HTTP_AT_REFUSED)
        h->state = state_in(h);
    bool body = h->state == HTTP_AT_BODY || h->state == HTTP_AT_LOOK;
    if (h->state == HTTP_AT_BODY)
        h->left = s->left;
    if (body && h->left == UINT64_MAX) {
        h->body += lost;
        h->state = HTTP_AT_BODY;
        tl_http_body_gap(d, h, lost);
        return wanted(h);
    }
    if (body && lost <= h->left) {
        h->body += lost;
        h->left -= lost;
        h->look = false;
        tl_http_body_gap(d, h, lost);
        h->state = HTTP_AT_BODY;
        return h->left == 0 ? body_done(d, f, s, h) : wanted(h);
    }
    if (body) {
        h->body += h->left;
        tl_http_body_gap(d, h, h->left);
    }
    resynchronise(d, f, s, h);
    h->lost = true;
    return wanted(h);
}

/* Reports what was unfinished when the side ended. A message in progress becomes a record when the flow is finished. */
static void end(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s, struct tl_http_half *h)
{
    if (tl_cursor_left(&d->c) == 0)
        return;
    if (h->state == HTTP_AT_START || h->state == HTTP_AT_SCAN)
        (void)start_line(d, f, s, h);
    if (h->state == HTTP_AT_HEAD)
        (void)head(d, f, s, h, true);
    if (h->state == HTTP_AT_SIMPLE_HEAD)
        (void)simple_head(d, f, h, true);
    if (h->state == HTTP_AT_REFUSED && tl_cursor_left(&d->c) > 0 && !tl_http_is_request(rest_of(d)))
        h->state = state_in(h);
    if (h->state != HTTP_AT_LOOK)
        return;
    h->body += tl_cursor_left(&d->c);
    tl_http_form_data(d, h, rest_of(d));
    tl_http_body_data(d, h, rest_of(d));
    if (h->inside)
        tl_http_inside_data(d, h, rest_of(d));
    if (h->look)
        h->mime = tl_mime_type(rest_of(d), true);
}

static struct tl_want on_event(struct tl_dissection *d, struct tl_http_flow *f, struct tl_stream *s,
                               struct tl_http_half *h)
{
    switch (s->event) {
    case TL_EV_UNIT:
        return unit(d, f, s, h);
    case TL_EV_RUN:
        return run(d, f, s, h);
    case TL_EV_OVERLONG:
        return overlong(d, f, s, h);
    case TL_EV_GAP:
        return gap(d, f, s, h);
    case TL_EV_END:
        end(d, f, s, h);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    default:
        return wanted(h);
    }
}

struct tl_want tl_http_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_http_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    struct tl_http_half *h = &f->half[s->side];
    struct tl_want want = on_event(d, f, s, h);
    s->open = (h->state == HTTP_AT_LOOK || h->state == HTTP_AT_BODY || h->state == HTTP_AT_CHUNK ||
               h->state == HTTP_AT_CHUNK_END) && h->form == 0 && !h->inside;
    return want;
}
