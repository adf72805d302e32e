/* websocket.c - WebSocket (RFC 6455), with compressed messages (RFC 7692). It follows response 101 of HTTP. */
#include <stddef.h>

#include "core/base64.h"
#include "core/channel.h"
#include "core/crypto.h"
#include "core/dissect.h"
#include "core/inflate.h"
#include "dissectors/http/http.h"

/* --- fields --- */

enum {
    FIN, RSV, PMC, OPCODE, MASK, LENGTH, LENGTH_16, LENGTH_64, KEY, TEXT, BINARY, CONTINUE, CLOSE_CODE, CLOSE_REASON,
    PING, PONG, UNKNOWN, FIELDS
};

static const struct tl_name opcodes[] = {
    { 0, "Continuation" }, { 1, "Text" }, { 2, "Binary" }, { 8, "Connection Close" }, { 9, "Ping" }, { 10, "Pong" },
    { 0, NULL },
};

static const struct tl_name close_codes[] = {
    { 1000, "Normal Closure" },
    { 1001, "Going Away" },
    { 1002, "Protocol Error" },
    { 1003, "Unsupported Data" },
    { 1005, "No Status Received" },
    { 1006, "Abnormal Closure" },
    { 1007, "Invalid Payload Data" },
    { 1008, "Policy Violation" },
    { 1009, "Message Too Big" },
    { 1010, "Mandatory Extension" },
    { 1011, "Internal Error" },
    { 1012, "Service Restart" },
    { 1013, "Try Again Later" },
    { 1014, "Bad Gateway" },
    { 1015, "TLS Handshake" },
    { 3000, "Unauthorized" },
    { 3003, "Forbidden" },
    { 3008, "Timeout" },
    { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [FIN] = { "websocket.fin", "Fin", .type = TL_BOOL, .mask = 0x80 },
    [RSV] = { "websocket.rsv", "Reserved", .type = TL_U8, .base = TL_HEX, .mask = 0x70 },
    [PMC] = { "websocket.pmc", "Per-message compressed", .type = TL_BOOL, .mask = 0x40,
              .help = "Only where permessage-deflate was agreed on" },
    [OPCODE] = { "websocket.opcode", "Opcode", .type = TL_U8, .mask = 0x0f, .names = opcodes },
    [MASK] = { "websocket.mask", "Mask", .type = TL_BOOL, .mask = 0x80 },
    [LENGTH] = { "websocket.payload_length", "Payload length", .type = TL_U8, .mask = 0x7f,
                 .help = "126 and 127: the length follows" },
    [LENGTH_16] = { "websocket.payload_length_ext_16", "Extended payload length (16 bits)", .type = TL_U16 },
    [LENGTH_64] = { "websocket.payload_length_ext_64", "Extended payload length (64 bits)", .type = TL_U64 },
    [KEY] = { "websocket.masking_key", "Masking key", .type = TL_BYTES },
    [TEXT] = { "websocket.payload.text", "Text", .type = TL_TEXT, .flags = TL_REPEATS | TL_CARRIER,
               .help = "Unmasked and inflated, in pieces as it came" },
    [BINARY] = { "websocket.payload.binary", "Binary", .type = TL_BYTES, .flags = TL_REPEATS | TL_CARRIER,
                 .help = "Unmasked and inflated, in pieces as it came" },
    [CONTINUE] = { "websocket.payload.continue", "Continuation", .type = TL_BYTES, .flags = TL_REPEATS | TL_CARRIER,
                   .help = "Of a message whose beginning was not seen" },
    [CLOSE_CODE] = { "websocket.payload.close.status_code", "Status code", .type = TL_U16, .names = close_codes },
    [CLOSE_REASON] = { "websocket.payload.close.reason", "Reason", .type = TL_TEXT },
    [PING] = { "websocket.payload.ping", "Ping", .type = TL_BYTES },
    [PONG] = { "websocket.payload.pong", "Pong", .type = TL_BYTES },
    [UNKNOWN] = { "websocket.payload.unknown", "Unknown", .type = TL_BYTES, .flags = TL_REPEATS,
                  .help = "Of a frame that is not valid, or compressed data that cannot be inflated" },
};

/* --- anomalies --- */

enum {
    WEIRD_ACCEPT, WEIRD_LENGTH_LONG, WEIRD_LENGTH_INVALID, WEIRD_RESERVED_BITS, WEIRD_OPCODE, WEIRD_MASK,
    WEIRD_CONTROL_LONG, WEIRD_CONTROL_FRAGMENTED, WEIRD_CONTINUATION, WEIRD_UNFINISHED, WEIRD_CLOSE, WEIRD_AFTER_CLOSE,
    WEIRD_COMPRESSION, WEIRD_RATIO, WEIRDS
};

static const struct tl_weird_name weirds[WEIRDS] = {
    [WEIRD_ACCEPT] = { "websocket_accept_wrong", "Sec-WebSocket-Accept does not follow from Sec-WebSocket-Key" },
    [WEIRD_LENGTH_LONG] = { "websocket_length_not_minimal", "a length in more bytes than it needs" },
    [WEIRD_LENGTH_INVALID] = { "websocket_length_invalid", "a length of 2^63 or more; the side is not read further" },
    [WEIRD_RESERVED_BITS] = { "websocket_reserved_bits", "reserved bits that no extension agreed on gives a meaning" },
    [WEIRD_OPCODE] = { "websocket_opcode_reserved", "a reserved opcode" },
    [WEIRD_MASK] = { "websocket_mask_unexpected", "not exactly one side masks its frames" },
    [WEIRD_CONTROL_LONG] = { "websocket_control_too_long", "a control frame with more than 125 bytes" },
    [WEIRD_CONTROL_FRAGMENTED] = { "websocket_control_fragmented", "a control frame without FIN" },
    [WEIRD_CONTINUATION] = { "websocket_continuation_unexpected", "a continuation without a message to continue" },
    [WEIRD_UNFINISHED] = { "websocket_message_unfinished", "a message begins before the end of the one before it" },
    [WEIRD_CLOSE] = { "websocket_close_invalid", "a close frame with one byte, or a code that must not be sent" },
    [WEIRD_AFTER_CLOSE] = { "websocket_frame_after_close", "a frame after a close frame of the same side" },
    [WEIRD_COMPRESSION] = { "websocket_compression_invalid", "a compressed message that is not deflate" },
    [WEIRD_RATIO] = { "websocket_compression_ratio", "compressed messages grow too much; they are not read further" },
};

static const struct tl_bytes nothing = { (const uint8_t *)"", 0 };

/* --- the record --- */

enum { ITEMS = 32, BITS_MOST = 15 };

struct websocket_record {
    struct tl_record r;
    struct tl_bytes host, uri, user_agent, subprotocol;
    struct tl_text_list client_protocols, server_extensions, client_extensions;
};

enum { R_HOST, R_URI, R_USER_AGENT, R_SUBPROTOCOL, R_CLIENT_PROTOCOLS, R_SERVER_EXTENSIONS, R_CLIENT_EXTENSIONS };

#define F(index, member, key, kind, help) TL_FIELD(struct websocket_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_HOST, host, "host", TL_REC_TEXT, "Host of the request"),
    F(R_URI, uri, "uri", TL_REC_TEXT, "Target of the request"),
    F(R_USER_AGENT, user_agent, "user_agent", TL_REC_TEXT, "User-Agent of the request"),
    F(R_SUBPROTOCOL, subprotocol, "subprotocol", TL_REC_TEXT, "The subprotocol that the server chose"),
    F(R_CLIENT_PROTOCOLS, client_protocols, "client_protocols", TL_REC_TEXTS,
      "Subprotocols that the client offers; of bearer tokens no more than their prefix"),
    F(R_SERVER_EXTENSIONS, server_extensions, "server_extensions", TL_REC_TEXTS,
      "Extensions that the server agreed to, with their parameters"),
    F(R_CLIENT_EXTENSIONS, client_extensions, "client_extensions", TL_REC_TEXTS,
      "Extensions that the client offers, with their parameters"),
};
#undef F

static const struct tl_record_def websocket_record_def =
    TL_RECORD_DEF("websocket", record_fields, "An HTTP connection that goes on as WebSocket",
                  .summary = { "host", "uri", "subprotocol" });

/* --- the flow's state --- */

enum {
    PIECE = 4096,           /* bytes unmasked or inflated at a time */
    PIECES_SHOWN = 8,       /* inflated pieces of one block of input that the tree shows */
    CONTROL_MOST = 125,     /* maximum bytes of a control frame */
    RATIO = 100,            /* maximum average ratio of a side's inflated to compressed bytes, */
    INFLATED_FREE = 1 << 20 /* after these */
};

enum { OP_CONTINUATION, OP_TEXT, OP_BINARY, OP_CLOSE = 8, OP_PING, OP_PONG };

enum state { AT_HEAD, AT_WHOLE_HEAD, AT_CONTROL, AT_PAYLOAD };

struct half {
    enum state state;
    uint8_t opcode;     /* of the frame */
    uint8_t message;    /* opcode of the message; OP_CONTINUATION: its beginning was not seen */
    bool fin;           /* of the frame */
    bool masked;        /* the frame is masked */
    bool seen;          /* a frame was seen */
    bool masks;         /* the first frame was masked */
    bool open;          /* a message is in progress */
    bool compressed;    /* the message is compressed */
    bool closed;        /* a close frame was seen */
    uint8_t key[4];
    uint8_t phase;      /* bytes of the frame's payload so far, modulo 4 */
    /* permessage-deflate */
    bool fresh;         /* no message refers to an earlier one */
    bool broken;        /* compressed messages cannot be read any more, */
    bool given_up;      /* not even after a new beginning */
    uint8_t window_bits;
    uint64_t in, out;   /* compressed bytes, and their inflated bytes */
    struct tl_inflation *inflater;
};

struct flow {
    bool opened, deflate;
    bool no_child;           /* there is no room for a child */
    uint16_t port;           /* of half[0]: the sides of a flow can be swapped */
    struct tl_channel *child; /* the protocol of the messages; NULL: no message yet */
    struct half half[2];
};

static struct half *half_of(const struct tl_dissection *d, struct flow *f, unsigned side)
{
    uint16_t port = side == 0 ? d->flow.orig_port : d->flow.resp_port;
    bool second = d->flow.orig_port == d->flow.resp_port ? side != 0 : port != f->port;
    return &f->half[second];
}

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static struct tl_want next_frame(struct half *h)
{
    h->state = AT_HEAD;
    return bytes(2);
}

/* --- the handshake --- */

/* Removes the first item from a comma-separated list (RFC 9110 section 5.6.1); false: there is none. */
static bool take_item(struct tl_bytes *list, char separator, struct tl_bytes *item)
{
    while (list->len > 0) {
        uint32_t n = 0;
        bool quoted = false;
        for (; n < list->len && (quoted || list->data[n] != separator); n++) {
            if (list->data[n] == '"')
                quoted = !quoted;
            else if (quoted && list->data[n] == '\\' && n + 1 < list->len)
                n++;
        }
        *item = tl_http_trim_wide(list->data, list->data + n);
        n += n < list->len;
        *list = tl_bytes_of(list->data + n, list->len - n);
        if (item->len > 0)
            return true;
    }
    return false;
}

/* A token in place of a subprotocol is a secret. */
static struct tl_bytes shown(struct tl_bytes item)
{
    static const char prefix[] = "authorization.bearer.";
    uint32_t n = sizeof prefix - 1;
    return item.len >= n && tl_http_same(tl_bytes_of(item.data, n), prefix) ? tl_bytes_of(item.data, n) : item;
}

static void set_text(struct websocket_record *r, unsigned field, struct tl_bytes *to, struct tl_bytes text)
{
    if (text.data == NULL)
        return;
    *to = text;
    tl_record_set(&r->r, field);
}

static void set_list(struct websocket_record *r, unsigned field, struct tl_text_list *to, struct tl_bytes *items,
                     struct tl_bytes text)
{
    struct tl_bytes item;
    uint32_t n = 0;
    while (take_item(&text, ',', &item)) {
        if (n == ITEMS) {
            r->r.cut |= UINT64_C(1) << field;
            break;
        }
        items[n++] = field == R_CLIENT_PROTOCOLS ? shown(item) : item;
    }
    if (n == 0)
        return;
    *to = (struct tl_text_list){ items, n };
    tl_record_set(&r->r, field);
}

static void emit(struct tl_dissection *d, const struct tl_http_handed *http)
{
    struct tl_bytes items[3][ITEMS];
    struct websocket_record r = { .r.ts = d->frame->ts };
    const struct tl_bytes *text = http->text;
    set_text(&r, R_HOST, &r.host, text[HTTP_HANDED_HOST]);
    set_text(&r, R_URI, &r.uri, text[HTTP_HANDED_URI]);
    set_text(&r, R_USER_AGENT, &r.user_agent, text[HTTP_HANDED_USER_AGENT]);
    set_text(&r, R_SUBPROTOCOL, &r.subprotocol, shown(text[HTTP_HANDED_OF_RESPONSE(HTTP_HANDED_WS_PROTOCOL)]));
    set_list(&r, R_CLIENT_PROTOCOLS, &r.client_protocols, items[0], text[HTTP_HANDED_WS_PROTOCOL]);
    set_list(&r, R_SERVER_EXTENSIONS, &r.server_extensions, items[1],
             text[HTTP_HANDED_OF_RESPONSE(HTTP_HANDED_WS_EXTENSIONS)]);
    set_list(&r, R_CLIENT_EXTENSIONS, &r.client_extensions, items[2], text[HTTP_HANDED_WS_EXTENSIONS]);
    tl_emit(d, &websocket_record_def, &r.r);
}

/* Section 4.2.2: base64 of the SHA-1 of the key and a constant. */
static void check_accept(struct tl_dissection *d, struct tl_bytes key, struct tl_bytes accept)
{
    static const char constant[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    enum { KEY_MOST = 64, SHA1 = 20 };
    uint8_t text[KEY_MOST + sizeof constant], digest[SHA1];
    char right[(SHA1 + 2) / 3 * 4 + 1];
    if (d->crypto == NULL || key.data == NULL || accept.data == NULL || key.len > KEY_MOST)
        return;
    memcpy(text, key.data, key.len);
    memcpy(text + key.len, constant, sizeof constant - 1);
    d->crypto->hash(TL_HASH_SHA1, tl_bytes_of(text, key.len + sizeof constant - 1), digest);
    tl_base64_encode(tl_bytes_of(digest, SHA1), right);
    if (accept.len != sizeof right - 1 || memcmp(accept.data, right, accept.len) != 0)
        tl_weird(d, WEIRD_ACCEPT, accept);
}

/* The number in a parameter's value: 8 to 15 (RFC 7692 section 7.1.2); 15 if there is none or it is invalid. */
static uint8_t window_bits(struct tl_bytes value)
{
    if (value.len >= 2 && value.data[0] == '"')
        value = tl_bytes_of(value.data + 1, value.len - 2);
    if (value.len == 1 && (value.data[0] == '8' || value.data[0] == '9'))
        return (uint8_t)(value.data[0] - '0');
    if (value.len == 2 && value.data[0] == '1' && value.data[1] >= '0' && value.data[1] <= '5')
        return (uint8_t)(10 + value.data[1] - '0');
    return BITS_MOST;
}

/* Parameters that the server accepted. The client's frames are masked, so each half is set up at its first frame. */
struct deflate {
    bool agreed;
    bool fresh[2];         /* of the server, of the client */
    uint8_t window_bits[2];
};

static struct deflate deflate_of(struct tl_bytes extensions)
{
    struct deflate deflate = { .window_bits = { BITS_MOST, BITS_MOST } };
    struct tl_bytes item, name;
    while (!deflate.agreed && take_item(&extensions, ',', &item)) {
        deflate.agreed = take_item(&item, ';', &name) && tl_http_same(name, "permessage-deflate");
        while (deflate.agreed && take_item(&item, ';', &name)) {
            struct tl_bytes value = name;
            (void)take_item(&value, '=', &name);
            if (tl_http_same(name, "server_no_context_takeover"))
                deflate.fresh[0] = true;
            else if (tl_http_same(name, "client_no_context_takeover"))
                deflate.fresh[1] = true;
            else if (tl_http_same(name, "server_max_window_bits"))
                deflate.window_bits[0] = window_bits(tl_http_trim_wide(value.data, value.data + value.len));
            else if (tl_http_same(name, "client_max_window_bits"))
                deflate.window_bits[1] = window_bits(tl_http_trim_wide(value.data, value.data + value.len));
        }
    }
    return deflate;
}

static void begin_flow(struct tl_dissection *d, struct flow *f)
{
    struct tl_http_handed http = tl_http_handed(d);
    f->opened = true;
    f->port = d->flow.orig_port;
    f->deflate = deflate_of(http.text[HTTP_HANDED_OF_RESPONSE(HTTP_HANDED_WS_EXTENSIONS)]).agreed;
    tl_confirm(d);
    emit(d, &http);
    check_accept(d, http.text[HTTP_HANDED_WS_KEY], http.text[HTTP_HANDED_OF_RESPONSE(HTTP_HANDED_WS_ACCEPT)]);
}

static void begin_half(const struct tl_dissection *d, struct half *h)
{
    struct tl_http_handed http = tl_http_handed(d);
    struct deflate deflate = deflate_of(http.text[HTTP_HANDED_OF_RESPONSE(HTTP_HANDED_WS_EXTENSIONS)]);
    h->seen = true;
    h->masks = h->masked;
    h->fresh = deflate.fresh[h->masks];
    h->window_bits = deflate.window_bits[h->masks];
}

/* --- messages --- */

static void end_inflater(const struct tl_dissection *d, struct half *h)
{
    if (h->inflater != NULL)
        d->inflate->end(h->inflater);
    h->inflater = NULL;
}

static void break_compression(const struct tl_dissection *d, struct half *h, bool for_good)
{
    end_inflater(d, h);
    h->broken = true;
    h->given_up |= for_good;
}

/* Shows payload bytes at [off, off + len) of the source; `text` is their value. */
static void note(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, struct tl_bytes text)
{
    if (TL_LIKELY(d->wanted == NULL) || text.len == 0)
        return;
    if (d->layer == TL_NO_NODE)
        tl_message(d);
    if (text.data == d->c.base + off)
        tl_add(d, field, off, len, 0);
    else
        tl_add_text(d, field, off, len, text.data, text.len);
}

static unsigned field_of_message(const struct half *h)
{
    return h->message == OP_TEXT ? TEXT : h->message == OP_BINARY ? BINARY : CONTINUE;
}

/* Passes message bytes to the protocol inside. */
static void pass(struct tl_dissection *d, struct flow *f, unsigned side, struct tl_bytes text)
{
    if (text.len == 0)
        return;
    if (f->child == NULL && !f->no_child) {
        f->child = tl_channel_open(d, TL_CHANNEL_STREAM, 0, NULL);
        f->no_child = f->child == NULL;
    }
    tl_channel_push(d, f->child, side, text);
}

/* Returns false if nothing can be inflated. */
static bool have_inflater(struct tl_dissection *d, struct half *h, uint32_t n)
{
    if (h->broken || h->inflater != NULL)
        return !h->broken;
    if (d->inflate != NULL)
        h->inflater = d->inflate->begin(d->slab, h->window_bits);
    if (h->inflater != NULL)
        return true;
    if (d->inflate != NULL)
        tl_truncated(d, n);
    break_compression(d, h, false);
    return false;
}

/* Reads compressed bytes of a message, at [off, off + len) of the source. */
static void inflate(struct tl_dissection *d, struct flow *f, struct half *h, unsigned side, uint32_t off, uint32_t len,
                    struct tl_bytes in)
{
    uint8_t out[PIECE];
    enum tl_inflate_status status = TL_INFLATE_FULL;
    if (!have_inflater(d, h, in.len)) {
        note(d, UNKNOWN, off, len, in);
        return;
    }
    h->in += in.len;
    for (unsigned i = 0; status == TL_INFLATE_FULL; i++) {
        uint32_t n = sizeof out;
        status = d->inflate->feed(h->inflater, &in, out, &n);
        h->out += n;
        if (i < PIECES_SHOWN)
            note(d, field_of_message(h), off, len, tl_bytes_of(out, n));
        pass(d, f, side, tl_bytes_of(out, n));
        if (status == TL_INFLATE_FULL && h->out > INFLATED_FREE && (h->out - INFLATED_FREE) / RATIO > h->in) {
            tl_weird(d, WEIRD_RATIO, nothing);
            break_compression(d, h, true);
            return;
        }
    }
    if (status == TL_INFLATE_BAD) {
        tl_weird(d, WEIRD_COMPRESSION, nothing);
        break_compression(d, h, false);
    }
}

static void unmask(struct half *h, uint8_t *to, struct tl_bytes from)
{
    for (uint32_t i = 0; i < from.len; i++)
        to[i] = from.data[i] ^ h->key[(h->phase + i) & 3];
    h->phase = (uint8_t)((h->phase + from.len) & 3);
}

/* Called after a frame's last byte. */
static struct tl_want end_frame(struct tl_dissection *d, struct flow *f, struct half *h, unsigned side)
{
    static const uint8_t tail[] = { 0, 0, 0xff, 0xff }; /* bytes removed by the sender (RFC 7692 section 7.2.2) */
    if (h->opcode > OP_BINARY || !h->fin)
        return next_frame(h);
    if (h->compressed && !h->broken)
        inflate(d, f, h, side, d->c.off, 0, tl_bytes_of(tail, sizeof tail));
    if (h->compressed && h->fresh) {
        end_inflater(d, h);
        h->broken = h->given_up;
    }
    h->open = h->compressed = false;
    return next_frame(h);
}

/* Reads the next bytes of a data frame, at most PIECE; they are at the cursor. */
static void data_piece(struct tl_dissection *d, struct flow *f, struct half *h, unsigned side, uint32_t n)
{
    uint8_t clear[PIECE];
    uint32_t off = d->c.off;
    struct tl_bytes piece = { d->c.base + off, n };
    if (h->masked) {
        unmask(h, clear, piece);
        piece.data = clear;
    }
    if (h->opcode > OP_BINARY) {
        note(d, UNKNOWN, off, n, piece);
    } else if (h->compressed) {
        inflate(d, f, h, side, off, n, piece);
    } else {
        note(d, field_of_message(h), off, n, piece);
        pass(d, f, side, piece);
    }
    tl_skip(d, n);
}

static struct tl_want payload(struct tl_dissection *d, const struct tl_stream *s, struct flow *f, struct half *h)
{
    uint32_t left;
    while ((left = tl_cursor_left(&d->c)) > 0)
        data_piece(d, f, h, s->side, left < PIECE ? left : PIECE);
    return s->left > 0 ? s->want : end_frame(d, f, h, s->side);
}

/* --- control frames --- */

static bool may_be_sent(unsigned code)
{
    return code >= 1000 && code < 5000 && code != 1004 && code != 1005 && code != 1006 && (code < 1015 || code >= 3000);
}

static void closes(struct tl_dissection *d, struct half *h, struct tl_bytes text)
{
    uint32_t off = d->c.off;
    h->closed = true;
    if (text.len == 0)
        return;
    unsigned code = text.len >= 2 ? tl_load_be16(text.data) : 0;
    if (!may_be_sent(code))
        tl_weird(d, WEIRD_CLOSE, nothing);
    if (text.len < 2)
        return;
    tl_add(d, CLOSE_CODE, off, 2, code);
    note(d, CLOSE_REASON, off + 2, text.len - 2, tl_bytes_of(text.data + 2, text.len - 2));
}

static struct tl_want control(struct tl_dissection *d, struct half *h)
{
    uint8_t clear[CONTROL_MOST];
    uint32_t n = tl_cursor_left(&d->c), off = d->c.off;
    struct tl_bytes text = { d->c.base + off, n < CONTROL_MOST ? n : CONTROL_MOST };
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_message(d);
    if (h->masked) {
        unmask(h, clear, text);
        text.data = clear;
    }
    if (h->opcode == OP_CLOSE)
        closes(d, h, text);
    else
        note(d, h->opcode == OP_PING ? PING : PONG, off, n, text);
    tl_skip(d, n);
    return next_frame(h);
}

/* --- the head of a frame --- */

static struct tl_bytes number(unsigned n, char text[4])
{
    char *p = text + 4;
    do
        *--p = (char)('0' + n % 10);
    while ((n /= 10) > 0 && p > text);
    return tl_bytes_of(p, (size_t)(text + 4 - p));
}

static void check_head(struct tl_dissection *d, struct flow *f, struct half *h, uint8_t first, uint64_t len)
{
    const struct half *other = h == &f->half[0] ? &f->half[1] : &f->half[0];
    char text[4];
    bool is_control = h->opcode >= OP_CLOSE;
    bool may_compress = f->deflate && (h->opcode == OP_TEXT || h->opcode == OP_BINARY);
    if ((first & (may_compress ? 0x30 : 0x70)) != 0)
        tl_weird(d, WEIRD_RESERVED_BITS, nothing);
    if ((h->opcode > OP_BINARY && h->opcode < OP_CLOSE) || h->opcode > OP_PONG)
        tl_weird(d, WEIRD_OPCODE, number(h->opcode, text));
    if (h->masked != h->masks || (other->seen && other->masks == h->masks))
        tl_weird(d, WEIRD_MASK, nothing);
    if (is_control && len > CONTROL_MOST)
        tl_weird(d, WEIRD_CONTROL_LONG, nothing);
    if (is_control && !h->fin)
        tl_weird(d, WEIRD_CONTROL_FRAGMENTED, nothing);
    if (h->opcode == OP_CONTINUATION && !h->open)
        tl_weird(d, WEIRD_CONTINUATION, nothing);
    if ((h->opcode == OP_TEXT || h->opcode == OP_BINARY) && h->open)
        tl_weird(d, WEIRD_UNFINISHED, nothing);
    if (h->closed)
        tl_weird(d, WEIRD_AFTER_CLOSE, nothing);
}

/* A data frame begins or continues a message. */
static void begin_message(const struct tl_dissection *d, const struct flow *f, struct half *h, uint8_t first)
{
    bool interrupts = h->open && h->opcode != OP_CONTINUATION;
    if (interrupts && h->compressed)
        break_compression(d, h, false); /* its end is unknown, and the next message refers to it */
    if (h->opcode != OP_CONTINUATION || !h->open) {
        h->message = h->opcode;
        h->compressed = f->deflate && h->opcode != OP_CONTINUATION && (first & 0x40) != 0;
    }
    if (interrupts && h->fresh)
        h->broken = h->given_up;
    h->open = true;
}

/* Returns the length of the payload; UINT64_MAX if it is invalid. */
static uint64_t payload_length(struct tl_dissection *d, unsigned len)
{
    if (len < 126)
        return len;
    uint64_t n = len == 126 ? tl_u16(d, LENGTH_16) : tl_u64(d, LENGTH_64);
    if (n > INT64_MAX) {
        tl_weird(d, WEIRD_LENGTH_INVALID, nothing);
        return UINT64_MAX;
    }
    if (n < (len == 126 ? 126u : 65536u))
        tl_weird(d, WEIRD_LENGTH_LONG, nothing);
    return n;
}

static struct tl_want lose(struct tl_dissection *d, const struct flow *f, struct half *h, unsigned side)
{
    break_compression(d, h, true);
    tl_channel_end(d, f->child, side);
    return (struct tl_want){ .kind = TL_WANT_NOTHING };
}

static struct tl_want whole_head(struct tl_dissection *d, const struct tl_stream *s, struct flow *f, struct half *h)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    uint32_t off = d->c.off;
    if (p == NULL)
        return lose(d, f, h, s->side);
    h->fin = p[0] >> 7 != 0;
    h->opcode = p[0] & 0x0f;
    h->masked = p[1] >> 7 != 0;
    h->phase = 0;
    if (!h->seen)
        begin_half(d, h);
    tl_message(d);
    tl_skip(d, 2);
    tl_add_all_bits(d, FIN, RSV, off, 1, p[0]);
    if (f->deflate)
        tl_add_bits(d, PMC, off, 1, p[0]);
    tl_add_bits(d, OPCODE, off, 1, p[0]);
    tl_add_all_bits(d, MASK, LENGTH, off + 1, 1, p[1]);
    uint64_t len = payload_length(d, p[1] & 0x7f);
    const uint8_t *key = h->masked ? tl_run(d, KEY, 4) : NULL;
    if (len == UINT64_MAX)
        return lose(d, f, h, s->side);
    if (key != NULL)
        memcpy(h->key, key, sizeof h->key);
    check_head(d, f, h, p[0], len);
    if (h->opcode <= OP_BINARY)
        begin_message(d, f, h, p[0]);
    h->state = AT_CONTROL;
    if (h->opcode >= OP_CLOSE && h->opcode <= OP_PONG && len <= CONTROL_MOST)
        return len > 0 ? bytes(len) : control(d, h);
    h->state = AT_PAYLOAD;
    return len > 0 ? (struct tl_want){ TL_WANT_BODY, len, NULL } : end_frame(d, f, h, s->side);
}

/* The first two bytes contain the length of the head: they are read again with the rest. */
static struct tl_want head(struct tl_dissection *d, const struct tl_stream *s, struct flow *f, struct half *h)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL)
        return lose(d, f, h, s->side);
    unsigned len = p[1] & 0x7f;
    uint32_t more = (len == 126 ? 2 : len == 127 ? 8 : 0) + (p[1] >> 7) * 4u;
    if (more == 0)
        return whole_head(d, s, f, h);
    h->state = AT_WHOLE_HEAD;
    return bytes(2 + more);
}

/* --- events --- */

static struct tl_want gap(struct tl_dissection *d, const struct tl_stream *s, struct flow *f, struct half *h)
{
    uint64_t left = h->state == AT_PAYLOAD ? s->left : h->state == AT_CONTROL ? s->want.n - s->dropped : 0;
    if (s->gap > left)
        return lose(d, f, h, s->side);
    h->phase = (uint8_t)((h->phase + s->gap) & 3);
    if (h->state == AT_PAYLOAD && h->opcode <= OP_BINARY) {
        if (h->compressed)
            break_compression(d, h, false);
        tl_channel_gap(d, f->child, s->side, s->gap);
    } else if (h->state == AT_CONTROL) {
        h->phase = (uint8_t)((h->phase + s->dropped) & 3);
        h->closed |= h->opcode == OP_CLOSE;
        h->state = AT_PAYLOAD; /* skips the rest of the payload */
    }
    left -= s->gap;
    return left > 0 ? (struct tl_want){ TL_WANT_BODY, left, NULL } : end_frame(d, f, h, s->side);
}

static struct tl_want websocket_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ .kind = TL_WANT_NOTHING };
    if (!f->opened)
        begin_flow(d, f);
    struct half *h = half_of(d, f, s->side);
    switch (s->event) {
    case TL_EV_OPEN:
        return next_frame(h);
    case TL_EV_UNIT:
        if (h->state == AT_CONTROL)
            return control(d, h);
        return h->state == AT_HEAD ? head(d, s, f, h) : whole_head(d, s, f, h);
    case TL_EV_RUN:
        return payload(d, s, f, h);
    case TL_EV_GAP:
        return gap(d, s, f, h);
    case TL_EV_OVERLONG:
        break;
    case TL_EV_END:
        tl_channel_end(d, f->child, s->side);
        break;
    }
    return (struct tl_want){ .kind = TL_WANT_NOTHING };
}

static void websocket_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    for (unsigned i = 0; i < 2; i++)
        end_inflater(d, &f->half[i]);
}

const struct tl_protocol tl_protocol_websocket = {
    .name = "websocket",
    .title = "WebSocket",
    .service = "websocket",
    .kind = TL_KIND_APPLICATION,
    .aliases = { "upgrade:websocket" },
    TL_TABLE(fields),
    TL_WEIRDS(weirds),
    .records = { &websocket_record_def },
    .flow_size = sizeof(struct flow),
    .info = "{opcode,}[ {payload.close.status_code}][ {payload.close.reason}][ {payload.text}]",
    .stream = websocket_stream,
    .finish = websocket_finish,
};
