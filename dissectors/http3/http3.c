/* http3.c - Hypertext Transfer Protocol Version 3 (RFC 9114): frames of streams, QPACK (RFC 9204), the descriptor. */
#include "dissectors/http3/http3.h"

#include "core/channel.h"
#include "core/inflate.h"
#include "core/part.h"
#include "dissectors/http2/http2.h"

enum http3_field {
    H3_LINE, H3_STREAM_TYPE, H3_PUSH_ID, H3_FRAME_TYPE, H3_FRAME_LENGTH, H3_SETTING, H3_SETTING_ID, H3_SETTING_VALUE,
    H3_SETTING_TABLE, H3_SETTING_SECTION, H3_SETTING_BLOCKED, H3_SETTING_CONNECT, H3_GOAWAY_ID, H3_UPDATE_ID,
    H3_UPDATE_VALUE, H3_HEADER_COUNT, H3_HEADER, H3_NAME, H3_VALUE, H3_AUTHORITY, H3_METHOD, H3_PATH, H3_STATUS,
    H3_SCHEME, H3_FIELDS
};

enum {
    FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_CANCEL_PUSH = 3, FRAME_SETTINGS = 4, FRAME_PUSH_PROMISE = 5,
    FRAME_GOAWAY = 7, FRAME_MAX_PUSH_ID = 13, FRAME_UPDATE_REQUEST = 0xf0700, FRAME_UPDATE_PUSH = 0xf0701,
    STREAM_CONTROL = 0, STREAM_PUSH = 1, STREAM_ENCODER = 2, STREAM_DECODER = 3,
    SETTING_TABLE = 1, SETTING_SECTION = 6, SETTING_BLOCKED = 7, SETTING_CONNECT = 8,
    FRAME_MOST = 64 << 10,    /* bytes of a frame that is read whole */
    TABLE_DEFAULT = 4096,     /* bytes, where the settings were not seen */
    LINE_MOST = 200,
    STREAM_MOST = 1 << 30,    /* greatest number of a request that is followed */
};

static const struct tl_name stream_types[] = {
    { 0, "Control Stream" }, { 1, "Push Stream" }, { 2, "QPACK Encoder Stream" }, { 3, "QPACK Decoder Stream" },
    { 0, NULL },
};
static const struct tl_name frame_types[] = {
    { 0x00, "DATA" }, { 0x01, "HEADERS" }, { 0x03, "CANCEL_PUSH" }, { 0x04, "SETTINGS" }, { 0x05, "PUSH_PROMISE" },
    { 0x07, "GOAWAY" }, { 0x0d, "MAX_PUSH_ID" }, { 0xf0700, "PRIORITY_UPDATE" }, { 0xf0701, "PRIORITY_UPDATE" },
    { 0, NULL },
};
static const struct tl_name setting_names[] = {
    { 1, "Max Table Capacity" }, { 6, "Max Field Section Size" }, { 7, "Blocked Streams" }, { 8, "Extended CONNECT" },
    { 0x33, "H3 Datagram" }, { 0, NULL },
};

#define PSEUDO(word, label) { "http3.headers." word, label, .type = TL_TEXT, .flags = TL_HIDDEN | TL_REPEATS }
static const struct tl_field fields[H3_FIELDS] = {
    [H3_LINE] = { "http3.line", "Line", .type = TL_TEXT, .flags = TL_DERIVED | TL_ONLY_LINE | TL_REPEATS },
    [H3_STREAM_TYPE] = { "http3.stream_type", "Stream type", .type = TL_U64, .base = TL_HEX, .names = stream_types },
    [H3_PUSH_ID] = { "http3.push_id", "Push ID", .type = TL_U64 },
    [H3_FRAME_TYPE] = { "http3.frame_type", "Frame type", .type = TL_U64, .base = TL_HEX, .names = frame_types },
    [H3_FRAME_LENGTH] = { "http3.frame_length", "Frame length", .type = TL_U64, .unit = "bytes" },
    [H3_SETTING] = { "http3.settings", "Setting", .type = TL_GROUP, .flags = TL_REPEATS,
                     .title = "{http3.settings.id}" },
    [H3_SETTING_ID] = { "http3.settings.id", "Identifier", .type = TL_U64, .base = TL_HEX, .names = setting_names },
    [H3_SETTING_VALUE] = { "http3.settings.value", "Value", .type = TL_U64 },
    [H3_SETTING_TABLE] = { "http3.settings.qpack.max_table_capacity", "Max table capacity", .type = TL_U64 },
    [H3_SETTING_SECTION] = { "http3.settings.max_field_section_size", "Max field section size", .type = TL_U64 },
    [H3_SETTING_BLOCKED] = { "http3.settings.qpack.blocked_streams", "Blocked streams", .type = TL_U64 },
    [H3_SETTING_CONNECT] = { "http3.settings.extended_connect", "Extended CONNECT", .type = TL_U64 },
    [H3_GOAWAY_ID] = { "http3.goaway.id", "Last stream or push", .type = TL_U64 },
    [H3_UPDATE_ID] = { "http3.priority_update_element_id", "Prioritized element", .type = TL_U64 },
    [H3_UPDATE_VALUE] = { "http3.priority_update_field_value", "Priority", .type = TL_TEXT },
    [H3_HEADER_COUNT] = { "http3.headers.count", "Headers", .type = TL_U32, .flags = TL_DERIVED },
    [H3_HEADER] = { "http3.headers.header", "Header", .type = TL_GROUP, .flags = TL_REPEATS,
                    .title = "Header: {http3.headers.header.name}[: {http3.headers.header.value}]" },
    [H3_NAME] = { "http3.headers.header.name", "Name", .type = TL_TEXT },
    [H3_VALUE] = { "http3.headers.header.value", "Value", .type = TL_TEXT,
                   .help = "Without credentials, cookies and passwords, unless secrets are to be shown" },
    [H3_AUTHORITY] = PSEUDO("authority", ":authority"),
    [H3_METHOD] = PSEUDO("method", ":method"),
    [H3_PATH] = PSEUDO("path", ":path"),
    [H3_STATUS] = PSEUDO("status", ":status"),
    [H3_SCHEME] = PSEUDO("scheme", ":scheme"),
};
#undef PSEUDO

/* --- what the streams share --- */

struct shared {
    struct tl_http2_flow h2;   /* requests and responses */
    struct tl_qpack *qpack[2]; /* by the side that encodes */
    uint32_t table[2];         /* by side: bytes of the table that it allows the other one */
    bool settled[2];           /* its SETTINGS were read */
    bool fed[2];               /* its encoder's stream has begun */
};

uint32_t tl_http3_begin(struct tl_dissection *d, unsigned client)
{
    uint32_t handle = tl_keep(d, NULL, sizeof(struct shared));
    if (handle == 0)
        return 0;
    struct shared *sh = (struct shared *)(void *)tl_kept_mine(d, handle);
    sh->h2.port = d->flow.orig_port;
    sh->h2.third = sh->h2.has_client = sh->h2.opened = sh->h2.confirmed = true;
    sh->h2.client = (uint8_t)tl_http2_half_of(d, &sh->h2, client);
    return handle;
}

void tl_http3_end(struct tl_dissection *d, uint32_t handle)
{
    if (handle == 0)
        return;
    struct shared *sh = (struct shared *)(void *)tl_kept_mine(d, handle);
    for (unsigned side = 0; side < 2 && d->inflate != NULL; side++)
        d->inflate->end_qpack(sh->qpack[side]);
    tl_forget(d, handle);
}

/* The decoder of what a side encodes. NULL: no memory. */
static struct tl_qpack *qpack_of(const struct tl_dissection *d, struct shared *sh, unsigned side)
{
    unsigned other = side ^ 1u;
    if (sh->qpack[side] == NULL && d->inflate != NULL)
        sh->qpack[side] = d->inflate->begin_qpack(d->slab, sh->settled[other] ? sh->table[other] : TABLE_DEFAULT);
    return sh->qpack[side];
}

/* --- a stream --- */

enum at { AT_TYPE, AT_FRAME, AT_DATA, AT_SKIP, AT_ENCODER, AT_NOTHING };

struct side {
    uint8_t at;       /* enum at */
    bool opened;
};

struct http3_stream {
    struct side side[2];
};

struct place {
    struct shared *sh;
    uint64_t id;
    unsigned client;
};

static bool find_place(const struct tl_dissection *d, struct place *at)
{
    struct tl_handed handed = tl_channel_note(d);
    struct tl_http3_note note;
    if (handed.from == NULL || handed.note.len != sizeof note)
        return false;
    memcpy(&note, handed.note.data, sizeof note);
    at->sh = (struct shared *)(void *)tl_kept_mine(d, note.shared);
    at->id = note.stream;
    at->client = note.client;
    return at->sh != NULL;
}

/* The number of a request among those of HTTP/2, which are odd. 0: it is no request, or its number is too great. */
static uint32_t request_of(uint64_t id)
{
    return (id & 3) == 0 && id < STREAM_MOST ? (uint32_t)(id / 2 + 1) : 0;
}

static struct tl_http2_stream *exchange_of(const struct place *at)
{
    uint32_t id = request_of(at->id);
    return id != 0 ? tl_http2_find(&at->sh->h2, id) : NULL;
}

static uint64_t varint(struct tl_dissection *d, unsigned field)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    uint32_t off = d->c.off, len = first != NULL ? 1u << (*first >> 6) : 1;
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (p == NULL)
        return 0;
    uint64_t value = p[0] & 0x3f;
    for (uint32_t i = 1; i < len; i++)
        value = value << 8 | p[i];
    tl_add(d, field, off, len, value);
    return value;
}

static void line(struct tl_dissection *d, const char *word, struct tl_bytes first, struct tl_bytes second)
{
    char text[LINE_MOST];
    uint32_t len = (uint32_t)strlen(word);
    if (!tl_wants(d, H3_LINE))
        return;
    memcpy(text, word, len);
    for (unsigned i = 0; i < 2; i++) {
        struct tl_bytes more = i == 0 ? first : second;
        uint32_t room = LINE_MOST - len - 2, n = more.len < room ? more.len : room;
        if (n == 0)
            continue;
        memcpy(text + len, i == 0 ? ": " : " ", 2);
        len += i == 0 ? 2 : 1;
        memcpy(text + len, more.data, n);
        len += n;
    }
    tl_add_text(d, H3_LINE, d->c.off, 0, text, len);
}

static const struct tl_bytes no_bytes = { NULL, 0 };

/* --- header sections --- */

struct taking {
    struct tl_dissection *d;
    struct tl_http2_list *list;
};

static void take_field(void *context, const struct tl_header_field *field)
{
    const struct taking *t = context;
    tl_http2_list_add(t->d, t->list, field);
}

static unsigned pseudo_field(struct tl_bytes name)
{
    for (unsigned i = H3_AUTHORITY; i <= H3_SCHEME; i++) {
        if (strlen(fields[i].label) == name.len && memcmp(fields[i].label, name.data, name.len) == 0)
            return i;
    }
    return 0;
}

static struct tl_bytes shown_value(const struct tl_dissection *d, struct tl_bytes name, struct tl_bytes value)
{
    if (name.len > 0 && *name.data == ':')
        return tl_shown_text(d, tl_http_same(name, ":authority") ? TL_SECRET_AUTHORITY : TL_SECRET_URI, value);
    return tl_http_shown_value(d, name, value);
}

static void show_section(struct tl_dissection *d, const struct tl_http2_list *list, uint32_t off, uint32_t len)
{
    struct tl_http2_walk walk = tl_http2_walk(list);
    struct tl_header_field field;
    if (d->wanted == NULL)
        return;
    tl_add(d, H3_HEADER_COUNT, off, len, list->count);
    while (tl_http2_walk_next(&walk, &field)) {
        struct tl_bytes shown = shown_value(d, field.name, field.value);
        unsigned pseudo = pseudo_field(field.name);
        uint32_t group = tl_group(d, H3_HEADER);
        tl_add_text(d, H3_NAME, off, 0, field.name.data, field.name.len);
        if (shown.len > 0)
            tl_add_text(d, H3_VALUE, off, 0, shown.data, shown.len);
        tl_group_end(d, group);
        if (pseudo != 0)
            tl_add_text(d, pseudo, off, 0, shown.data, shown.len);
        if (shown.len != field.value.len) /* it may be secret, and it is somewhere in the section */
            tl_hide(d, tl_bytes_of(d->c.base + off, len));
    }
    struct tl_bytes method = tl_http2_value(list, ":method"), status = tl_http2_value(list, ":status");
    struct tl_bytes path = shown_value(d, tl_bytes_of(":path", 5), tl_http2_value(list, ":path"));
    line(d, "HEADERS", method.len > 0 ? method : status, method.len > 0 ? path : no_bytes);
}

static void read_section(struct tl_dissection *d, const struct place *at, unsigned side, uint32_t len, int64_t since)
{
    uint32_t off = d->c.off, id = request_of(at->id);
    const uint8_t *bytes = tl_cursor_take(&d->c, len);
    struct tl_qpack *qpack = qpack_of(d, at->sh, side);
    struct tl_http2_block block = { .stream = id, .first = since };
    const size_t used = d->scratch->used;
    if (bytes == NULL)
        return;
    tl_http2_list_begin(d, &block.list, false);
    struct taking taking = { d, &block.list };
    enum tl_inflate_status status =
        qpack != NULL ? d->inflate->qpack_section(qpack, at->id, tl_bytes_of(bytes, len), take_field, &taking)
                      : TL_INFLATE_BAD;
    if (status != TL_INFLATE_DONE) {
        block.list.unknown = true;
        tl_weird(d, HTTP2_WEIRD_HPACK, no_bytes);
    }
    show_section(d, &block.list, off, len);
    if (id != 0)
        tl_http2_message(d, &at->sh->h2, tl_http2_half_of(d, &at->sh->h2, side), &block);
    if (d->tree == NULL)
        d->scratch->used = used;
}

/* --- frames --- */

static void settings(struct tl_dissection *d, struct shared *sh, unsigned side)
{
    uint64_t table = 0;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, H3_SETTING);
        uint64_t id = varint(d, H3_SETTING_ID);
        uint32_t off = d->c.off;
        uint64_t value = varint(d, H3_SETTING_VALUE);
        unsigned field = id == SETTING_TABLE     ? H3_SETTING_TABLE
                         : id == SETTING_SECTION ? H3_SETTING_SECTION
                         : id == SETTING_BLOCKED ? H3_SETTING_BLOCKED
                         : id == SETTING_CONNECT ? H3_SETTING_CONNECT
                                                 : 0;
        if (field != 0)
            tl_add(d, field, off, d->c.off - off, value);
        if (id == SETTING_TABLE)
            table = value;
        tl_group_end(d, group);
    }
    sh->settled[side] = true;
    sh->table[side] = table < TL_HEADERS_TABLE ? (uint32_t)table : TL_HEADERS_TABLE;
    if (!sh->fed[side ^ 1u] && sh->qpack[side ^ 1u] != NULL) { /* it was made without the settings */
        d->inflate->end_qpack(sh->qpack[side ^ 1u]);
        sh->qpack[side ^ 1u] = NULL;
    }
}

static void priority(struct tl_dissection *d)
{
    varint(d, H3_UPDATE_ID);
    if (tl_cursor_left(&d->c) > 0)
        (void)tl_run(d, H3_UPDATE_VALUE, tl_cursor_left(&d->c));
}

/* A frame that is whole, at the cursor. */
static void read_frame(struct tl_dissection *d, const struct place *at, unsigned side, int64_t since)
{
    tl_message(d);
    uint64_t type = varint(d, H3_FRAME_TYPE), len = varint(d, H3_FRAME_LENGTH);
    if (!tl_ok(d) || len > tl_cursor_left(&d->c))
        return;
    const char *name = type <= UINT32_MAX ? tl_name_of(frame_types, (uint32_t)type) : NULL;
    struct tl_part part = tl_part_begin(d, (uint32_t)len);
    if (type != FRAME_HEADERS)
        line(d, name != NULL ? name : "UNKNOWN", no_bytes, no_bytes);
    if (type == FRAME_HEADERS)
        read_section(d, at, side, (uint32_t)len, since);
    else if (type == FRAME_SETTINGS)
        settings(d, at->sh, side);
    else if (type == FRAME_GOAWAY)
        varint(d, H3_GOAWAY_ID);
    else if (type == FRAME_CANCEL_PUSH || type == FRAME_MAX_PUSH_ID || type == FRAME_PUSH_PROMISE)
        varint(d, H3_PUSH_ID);
    else if (type == FRAME_UPDATE_REQUEST || type == FRAME_UPDATE_PUSH)
        priority(d);
    tl_part_end(d, part);
}

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

/* Bytes of the varint at ahead, of which the first byte is there; 0: it is not. */
static uint32_t varint_size(const struct tl_cursor *c, uint32_t ahead)
{
    const uint8_t *p = tl_cursor_peek(c, ahead, 1);
    return p != NULL ? 1u << (*p >> 6) : 0;
}

static uint64_t peek_varint(const struct tl_cursor *c, uint32_t ahead)
{
    uint32_t len = varint_size(c, ahead);
    const uint8_t *p = len > 0 ? tl_cursor_peek(c, ahead, len) : NULL;
    uint64_t value = p != NULL ? p[0] & 0x3fu : 0;
    for (uint32_t i = 1; p != NULL && i < len; i++)
        value = value << 8 | p[i];
    return value;
}

/* The header of a frame, and all of it if it is not DATA and not too long. */
static struct tl_want frame(struct tl_dissection *d, const struct tl_stream *s, struct side *x, const struct place *at)
{
    uint32_t left = tl_cursor_left(&d->c), first = varint_size(&d->c, 0);
    if (left < first + 1)
        return bytes(first + 1);
    uint32_t head = first + varint_size(&d->c, first);
    if (left < head)
        return bytes(head);
    uint64_t type = peek_varint(&d->c, 0), len = peek_varint(&d->c, first);
    if (type != FRAME_DATA && len <= FRAME_MOST) {
        if (left < head + len)
            return bytes(head + len);
        read_frame(d, at, s->side, s->since);
        return bytes(2);
    }
    tl_message(d);
    varint(d, H3_FRAME_TYPE);
    varint(d, H3_FRAME_LENGTH);
    line(d, type == FRAME_DATA ? "DATA" : "UNKNOWN", no_bytes, no_bytes);
    if (len == 0)
        return bytes(2);
    x->at = type == FRAME_DATA ? AT_DATA : AT_SKIP;
    return (struct tl_want){ TL_WANT_BODY, len, NULL };
}

/* The type of a stream of one side. */
static struct tl_want stream_type(struct tl_dissection *d, struct side *x)
{
    uint32_t need = varint_size(&d->c, 0);
    if (tl_cursor_left(&d->c) < need)
        return bytes(need);
    tl_message(d);
    uint64_t type = varint(d, H3_STREAM_TYPE);
    const char *name = type <= STREAM_DECODER ? tl_name_of(stream_types, (uint32_t)type) : NULL;
    line(d, name != NULL ? name : "Unknown stream", no_bytes, no_bytes);
    if (type == STREAM_CONTROL) {
        x->at = AT_FRAME;
        return bytes(2);
    }
    x->at = type == STREAM_ENCODER ? AT_ENCODER : AT_NOTHING;
    return type == STREAM_ENCODER ? (struct tl_want){ TL_WANT_SOME, FRAME_MOST, NULL }
                                  : (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static struct tl_want encoder(struct tl_dissection *d, const struct place *at, unsigned side)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_take(&d->c, left);
    struct tl_qpack *qpack = qpack_of(d, at->sh, side);
    at->sh->fed[side] = true;
    tl_hide(d, tl_bytes_of(p, left)); /* header fields, secret ones among them */
    if (qpack == NULL || d->inflate->feed_qpack(qpack, tl_bytes_of(p, left)) != TL_INFLATE_DONE)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return (struct tl_want){ TL_WANT_SOME, FRAME_MOST, NULL };
}

static struct tl_want body(struct tl_dissection *d, const struct tl_stream *s, struct side *x, const struct place *at)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_take(&d->c, left);
    struct tl_http2_stream *exchange = x->at == AT_DATA ? exchange_of(at) : NULL;
    if (s->left == 0)
        x->at = AT_FRAME;
    if (exchange != NULL && left > 0)
        tl_http2_data(d, &at->sh->h2, exchange, tl_http2_half_of(d, &at->sh->h2, s->side), s->side,
                      tl_bytes_of(p, left));
    return bytes(2);
}

static void end_side(struct tl_dissection *d, const struct place *at, unsigned side)
{
    struct tl_http2_stream *exchange = exchange_of(at);
    if (exchange != NULL)
        tl_http2_end_side(d, &at->sh->h2, exchange, tl_http2_half_of(d, &at->sh->h2, side), side);
}

/* Bytes are missing: inside a body it goes on, elsewhere the side is not read further. */
static struct tl_want gap(struct tl_dissection *d, const struct tl_stream *s, struct side *x, const struct place *at)
{
    struct tl_http2_stream *exchange = exchange_of(at);
    if (x->at == AT_DATA && s->left >= s->gap) {
        if (exchange != NULL)
            tl_http2_data_gap(d, &at->sh->h2, exchange, tl_http2_half_of(d, &at->sh->h2, s->side), s->side, s->gap);
        uint64_t rest = s->left - s->gap;
        if (rest > 0)
            return (struct tl_want){ TL_WANT_BODY, rest, NULL };
        x->at = AT_FRAME;
        return bytes(2);
    }
    x->at = AT_NOTHING;
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static struct tl_want http3_read(struct tl_dissection *d, struct tl_stream *s)
{
    struct http3_stream *f = d->flow.slot;
    struct place at;
    if (f == NULL || !find_place(d, &at))
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    struct side *x = &f->side[s->side];
    switch (s->event) {
    case TL_EV_OPEN:
        if (!x->opened)
            x->at = (at.id & 2) != 0 ? AT_TYPE : AT_FRAME;
        x->opened = true;
        tl_confirm(d);
        return bytes(x->at == AT_TYPE ? 1 : 2);
    case TL_EV_UNIT:
        return x->at == AT_TYPE ? stream_type(d, x) : x->at == AT_ENCODER ? encoder(d, &at, s->side)
                                                                         : frame(d, s, x, &at);
    case TL_EV_RUN:
        return body(d, s, x, &at);
    case TL_EV_GAP:
        return gap(d, s, x, &at);
    case TL_EV_END:
        end_side(d, &at, s->side);
        break;
    case TL_EV_OVERLONG:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static void http3_finish(struct tl_dissection *d)
{
    struct place at;
    struct tl_http2_stream *exchange = find_place(d, &at) ? exchange_of(&at) : NULL;
    if (exchange == NULL)
        return;
    exchange->child = NULL; /* children of a channel end before it */
    tl_http2_close(d, &at.sh->h2, exchange);
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[HTTP2_WEIRDS_SHARED] = {
    [HTTP2_WEIRD_STREAM] = { "http3_stream_invalid", "A request on a stream that its sender may not use" },
    [HTTP2_WEIRD_HPACK] = { "http3_field_section_invalid",
        "A field section that cannot be decoded, or that refers to fields that did not come yet" },
    [HTTP2_WEIRD_LIST] = { "http3_header_list_too_long", "More header fields in a message than are kept" },
    [HTTP2_WEIRD_FIELD] = { "http3_header_invalid",
        "A header field that HTTP/3 does not allow: capitals, controls, or one of a connection" },
    [HTTP2_WEIRD_PSEUDO] = { "http3_pseudo_header_invalid",
        "A pseudo-header field that is missing, repeated, unknown or in the wrong place" },
    [HTTP2_WEIRD_HALF_CLOSED] = { "http3_stream_half_closed", "HEADERS after the end of the same side" },
    [HTTP2_WEIRD_LENGTH] = { "http3_length_wrong", "The DATA of a message does not have its Content-Length" },
    [HTTP2_WEIRD_STREAMS] = { "http3_streams_too_many",
        "More requests are open than are followed; the oldest were given up" },
};

const struct tl_protocol tl_protocol_http3 = {
    .name = "http3",
    .title = "Hypertext Transfer Protocol 3",
    .service = "http",
    .aliases = { "alpn:h3", "alpn:h3-29" },
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    TL_WEIRDS(weirds),
    .flow_size = sizeof(struct http3_stream),
    .info = "{line,}",
    .stream = http3_read,
    .finish = http3_finish,
};
