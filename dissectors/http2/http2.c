/* http2.c - Hypertext Transfer Protocol Version 2 (RFC 9113): fields, the packet's line, detection. */
#include "dissectors/http2/http2.h"

static const struct tl_name types[] = {
    { 0, "DATA" }, { 1, "HEADERS" }, { 2, "PRIORITY" }, { 3, "RST_STREAM" }, { 4, "SETTINGS" }, { 5, "PUSH_PROMISE" },
    { 6, "PING" }, { 7, "GOAWAY" }, { 8, "WINDOW_UPDATE" }, { 9, "CONTINUATION" }, { 10, "ALTSVC" }, { 11, "BLOCKED" },
    { 12, "ORIGIN" }, { 16, "PRIORITY_UPDATE" }, { 0, NULL },
};

static const struct tl_name errors[] = {
    { 0, "NO_ERROR" }, { 1, "PROTOCOL_ERROR" }, { 2, "INTERNAL_ERROR" }, { 3, "FLOW_CONTROL_ERROR" },
    { 4, "SETTINGS_TIMEOUT" }, { 5, "STREAM_CLOSED" }, { 6, "FRAME_SIZE_ERROR" }, { 7, "REFUSED_STREAM" },
    { 8, "CANCEL" }, { 9, "COMPRESSION_ERROR" }, { 10, "CONNECT_ERROR" }, { 11, "ENHANCE_YOUR_CALM" },
    { 12, "INADEQUATE_SECURITY" }, { 13, "HTTP_1_1_REQUIRED" }, { 0, NULL },
};

static const struct tl_name settings[] = {
    { 1, "Header table size" }, { 2, "Enable PUSH" }, { 3, "Max concurrent streams" }, { 4, "Initial Windows size" },
    { 5, "Max frame size" }, { 6, "Max header list size" }, { 8, "Extended CONNECT" }, { 0, NULL },
};

/* A header field with a field of its own; what is shown of it is decided by http2_block.c. */
#define H(index, word, name) \
    [HTTP2_FIELD_FIRST + (index)] = { "http2.headers." word, name, .type = TL_TEXT, .flags = TL_HIDDEN | TL_REPEATS }
#define SETTING(word, label) { "http2.settings." word, label, .type = TL_U32 }

const struct tl_field tl_http2_fields[] = {
    [HTTP2_LINE] = { "http2.line", "Line", .type = TL_TEXT, .flags = TL_DERIVED | TL_ONLY_LINE | TL_REPEATS },
    [HTTP2_STREAM] = { "http2.stream", "Stream", .type = TL_GROUP, .flags = TL_REPEATS, .help = "A frame",
                       .title = "Stream: [{http2.type}, Stream ID: {http2.streamid}, Length {http2.length}]"
                                "[{http2.magic}]" },
    [HTTP2_MAGIC] = { "http2.magic", "Magic", .type = TL_TEXT },
    [HTTP2_LENGTH] = { "http2.length", "Length", .type = TL_U24, .unit = "bytes" },
    [HTTP2_TYPE] = { "http2.type", "Type", .type = TL_U8, .names = types },
    [HTTP2_FLAGS] = { "http2.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [HTTP2_FLAG_END_STREAM] = { "http2.flags.end_stream", "End stream", .type = TL_BOOL, .mask = 0x01 },
    [HTTP2_FLAG_END_HEADERS] = { "http2.flags.eh", "End headers", .type = TL_BOOL, .mask = 0x04 },
    [HTTP2_FLAG_PADDED] = { "http2.flags.padded", "Padded", .type = TL_BOOL, .mask = 0x08 },
    [HTTP2_FLAG_PRIORITY] = { "http2.flags.priority", "Priority", .type = TL_BOOL, .mask = 0x20 },
    [HTTP2_FLAG_ACK_PING] = { "http2.flags.ack.ping", "ACK", .type = TL_BOOL, .mask = 0x01 },
    [HTTP2_FLAG_ACK_SETTINGS] = { "http2.flags.ack.settings", "ACK", .type = TL_BOOL, .mask = 0x01 },
    [HTTP2_RESERVED] = { "http2.r", "Reserved", .type = TL_U32, .base = TL_HEX, .mask = 0x80000000 },
    [HTTP2_STREAM_ID] = { "http2.streamid", "Stream identifier", .type = TL_U32, .mask = 0x7fffffff },
    [HTTP2_PAD_LENGTH] = { "http2.pad_length", "Pad length", .type = TL_U16, .unit = "bytes" },
    [HTTP2_EXCLUSIVE] = { "http2.exclusive", "Exclusive", .type = TL_BOOL, .mask = 0x80000000 },
    [HTTP2_DEPENDENCY] = { "http2.stream_dependency", "Stream dependency", .type = TL_U32, .mask = 0x7fffffff },
    [HTTP2_WEIGHT] = { "http2.headers.weight", "Weight, less 1", .type = TL_U8 },
    [HTTP2_HEADER_LENGTH] = { "http2.header.length", "Header length", .type = TL_U32, .flags = TL_DERIVED,
                              .help = "Bytes of the header fields, decoded, and eight for each" },
    [HTTP2_HEADER_COUNT] = { "http2.header.count", "Header count", .type = TL_U32, .flags = TL_DERIVED },
    [HTTP2_FIELD_GROUP] = { "http2.header", "Header", .type = TL_GROUP, .flags = TL_REPEATS,
                            .title = "Header: {http2.header.name}[: {http2.header.value}]" },
    [HTTP2_NAME_LENGTH] = { "http2.header.name.length", "Name length", .type = TL_U32, .flags = TL_DERIVED },
    [HTTP2_NAME] = { "http2.header.name", "Name", .type = TL_TEXT },
    [HTTP2_VALUE_LENGTH] = { "http2.header.value.length", "Value length", .type = TL_U32, .flags = TL_DERIVED },
    [HTTP2_VALUE] = { "http2.header.value", "Value", .type = TL_TEXT,
                      .help = "Without credentials, cookies and passwords, unless secrets are to be shown" },
    [HTTP2_REPR] = { "http2.header.repr", "Representation", .type = TL_TEXT },
    [HTTP2_INDEX] = { "http2.header.index", "Index", .type = TL_U32 },
    [HTTP2_TABLE_SIZE] = { "http2.header_table_size_update.header_table_size", "Header table size", .type = TL_U32 },
    [HTTP2_SETTINGS_GROUP] = { "http2.settings", "Settings", .type = TL_GROUP, .flags = TL_REPEATS,
                               .title = "Settings - {http2.settings.id}" },
    [HTTP2_SETTING_ID] = { "http2.settings.id", "Identifier", .type = TL_U16, .names = settings },
    [HTTP2_SETTING_TABLE] = SETTING("header_table_size", "Header table size"),
    [HTTP2_SETTING_PUSH] = SETTING("enable_push", "Enable PUSH"),
    [HTTP2_SETTING_STREAMS] = SETTING("max_concurrent_streams", "Max concurrent streams"),
    [HTTP2_SETTING_WINDOW] = SETTING("initial_window_size", "Initial window size"),
    [HTTP2_SETTING_FRAME] = SETTING("max_frame_size", "Max frame size"),
    [HTTP2_SETTING_LIST] = SETTING("max_header_list_size", "Max header list size"),
    [HTTP2_SETTING_CONNECT] = SETTING("extended_connect", "Extended CONNECT"),
    [HTTP2_SETTING_UNKNOWN] = SETTING("unknown", "Unknown setting"),
    [HTTP2_PROMISED_ID] = { "http2.push_promise.promised_stream_id", "Promised stream", .type = TL_U32,
                            .mask = 0x7fffffff },
    [HTTP2_RST_ERROR] = { "http2.rst_stream.error", "Error", .type = TL_U32, .names = errors },
    [HTTP2_PING_DATA] = { "http2.ping", "Ping", .type = TL_BYTES },
    [HTTP2_PONG_DATA] = { "http2.pong", "Pong", .type = TL_BYTES },
    [HTTP2_LAST_ID] = { "http2.goaway.last_stream_id", "Last stream", .type = TL_U32, .mask = 0x7fffffff },
    [HTTP2_GOAWAY_ERROR] = { "http2.goaway.error", "Error", .type = TL_U32, .names = errors },
    [HTTP2_GOAWAY_TEXT] = { "http2.goaway.addata", "Additional debug data", .type = TL_BYTES },
    [HTTP2_INCREMENT] = { "http2.window_update.window_size_increment", "Window size increment", .type = TL_U32,
                          .mask = 0x7fffffff },
    [HTTP2_ALTSVC_LENGTH] = { "http2.altsvc.origin.len", "Origin length", .type = TL_U16, .unit = "bytes" },
    [HTTP2_ALTSVC_ORIGIN] = { "http2.altsvc.origin", "Origin", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [HTTP2_ALTSVC_VALUE] = { "http2.altsvc.field_value", "Field value", .type = TL_TEXT },
    [HTTP2_ORIGIN_LENGTH] = { "http2.origin.origin_len", "Origin length", .type = TL_U16, .flags = TL_REPEATS,
                              .unit = "bytes" },
    [HTTP2_ORIGIN_TEXT] = { "http2.origin.origin", "Origin", .type = TL_TEXT, .flags = TL_REPEATS,
                            .secret = TL_SECRET_URI },
    [HTTP2_UPDATED_ID] = { "http2.priority_update_stream_id", "Prioritized stream", .type = TL_U64,
                           .mask = 0x7fffffff },
    [HTTP2_UPDATED_VALUE] = { "http2.priority_update_field_value", "Priority", .type = TL_TEXT },
    [HTTP2_UNKNOWN] = { "http2.unknown", "Unknown", .type = TL_BYTES, .help = "Of a frame of an unknown type" },
    [HTTP2_LOST] = { "http2.lost", "Lost", .type = TL_U64, .flags = TL_DERIVED, .unit = "bytes",
                     .help = "Bytes that are missing or that were passed over before a frame was found again" },
    [HTTP2_PART] = { "http2.part", "Part of a frame", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes",
                     .help = "The first bytes of a frame that ends in a later packet" },
    H(0, "authority", ":authority"),
    H(1, "status", ":status"),
    H(2, "path", ":path"),
    H(3, "method", ":method"),
    H(4, "scheme", ":scheme"),
    H(5, "accept", "accept"),
    H(6, "accept_charset", "accept-charset"),
    H(7, "accept_encoding", "accept-encoding"),
    H(8, "accept_language", "accept-language"),
    H(9, "accept_ranges", "accept-ranges"),
    H(10, "access_control_allow_origin", "access-control-allow-origin"),
    H(11, "age", "age"),
    H(12, "allow", "allow"),
    H(13, "authorization", "authorization"),
    H(14, "cache_control", "cache-control"),
    H(15, "content_disposition", "content-disposition"),
    H(16, "content_encoding", "content-encoding"),
    H(17, "content_language", "content-language"),
    H(18, "content_length", "content-length"),
    H(19, "content_location", "content-location"),
    H(20, "content_range", "content-range"),
    H(21, "content_type", "content-type"),
    H(22, "cookie", "cookie"),
    H(23, "date", "date"),
    H(24, "etag", "etag"),
    H(25, "expect", "expect"),
    H(26, "expires", "expires"),
    H(27, "from", "from"),
    H(28, "if_match", "if-match"),
    H(29, "if_modified_since", "if-modified-since"),
    H(30, "if_none_match", "if-none-match"),
    H(31, "if_range", "if-range"),
    H(32, "if_unmodified_since", "if-unmodified-since"),
    H(33, "last_modified", "last-modified"),
    H(34, "link", "link"),
    H(35, "location", "location"),
    H(36, "max_forwards", "max-forwards"),
    H(37, "proxy_authenticate", "proxy-authenticate"),
    H(38, "proxy_authorization", "proxy-authorization"),
    H(39, "range", "range"),
    H(40, "referer", "referer"),
    H(41, "refresh", "refresh"),
    H(42, "retry_after", "retry-after"),
    H(43, "server", "server"),
    H(44, "set_cookie", "set-cookie"),
    H(45, "strict_transport_security", "strict-transport-security"),
    H(46, "user_agent", "user-agent"),
    H(47, "vary", "vary"),
    H(48, "via", "via"),
    H(49, "www_authenticate", "www-authenticate"),
};
#undef H

unsigned tl_http2_field_of(struct tl_bytes name)
{
    for (unsigned i = HTTP2_FIELD_FIRST; name.len > 0 && i < TL_COUNT(tl_http2_fields); i++) {
        const char *label = tl_http2_fields[i].label;
        if (*label == (char)*name.data && strlen(label) == name.len && memcmp(label, name.data, name.len) == 0)
            return i;
    }
    return 0;
}

const char *tl_http2_error_name(uint32_t error)
{
    const char *name = tl_name_of(errors, error);
    return name != NULL ? name : "UNKNOWN_ERROR";
}

/* --- the packet's line --- */

enum { LINE_MOST = 512, TEXT_MOST = 160, LOOK_BACK = 4096 /* nodes */ };

struct text {
    char bytes[LINE_MOST];
    uint32_t len;
};

static void put(struct text *t, const void *bytes, uint32_t len)
{
    uint32_t n = len < LINE_MOST - t->len ? len : LINE_MOST - t->len;
    if (n > 0)
        memcpy(t->bytes + t->len, bytes, n);
    t->len += n;
}

static void put_word(struct text *t, const char *word)
{
    put(t, word, (uint32_t)strlen(word));
}

/*
 * The line of a packet is that of its last layer. Frames that stand before a protocol inside are in an earlier layer:
 * the first text of a layer begins with the texts of the layer before it.
 */
static void put_earlier(const struct tl_dissection *d, struct text *t)
{
    const struct tl_tree *tree = d->tree;
    uint32_t before = TL_NO_NODE;
    for (uint32_t i = d->layer; i-- > 0 && d->layer - i < LOOK_BACK && before == TL_NO_NODE;) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->protocol == d->protocol_index && node->field == TL_LAYER)
            before = i;
    }
    for (uint32_t i = before; before != TL_NO_NODE && i < tl_tree_after(tree, before); i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->protocol != d->protocol_index || node->field != HTTP2_LINE)
            continue;
        struct tl_bytes text = tl_node_bytes(tree, node);
        put(t, text.data, text.len);
        put_word(t, ",");
    }
    if (t->len > 0)
        put_word(t, " ");
}

static bool is_first_line(const struct tl_dissection *d)
{
    for (uint32_t i = d->tree->count; i-- > d->layer;) {
        const struct tl_node *node = &d->tree->nodes[i];
        if (node->protocol == d->protocol_index && node->field == HTTP2_LINE)
            return false;
    }
    return true;
}

void tl_http2_line(struct tl_dissection *d, const char *word, uint32_t stream, struct tl_bytes text)
{
    struct text t = { .len = 0 };
    char digits[12];
    uint32_t n = 0;
    if (!tl_wants(d, HTTP2_LINE) || d->layer == TL_NO_NODE)
        return;
    if (is_first_line(d))
        put_earlier(d, &t);
    else
        put_word(&t, " "); /* after the comma that joins them */
    put_word(&t, word);
    if (stream != 0) {
        put_word(&t, "[");
        do
            digits[n++] = (char)('0' + stream % 10);
        while ((stream /= 10) != 0);
        while (n > 0)
            put(&t, &digits[--n], 1);
        put_word(&t, "]");
    }
    if (text.len > 0) {
        put_word(&t, ": ");
        put(&t, text.data, text.len < TEXT_MOST ? text.len : TEXT_MOST);
    }
    tl_add_text(d, HTTP2_LINE, 0, 0, t.bytes, t.len);
}

/* --- detection --- */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/* The server begins with SETTINGS (RFC 9113 section 3.4), perhaps before the client. */
static enum tl_probe probe_settings(const uint8_t *p, uint32_t len)
{
    static const uint8_t rest[] = { HTTP2_SETTINGS, 0, 0, 0, 0, 0 };
    if (p[0] != 0 || (len > 1 && p[1] != 0) || (len > 2 && (p[2] % 6 != 0)) ||
        (len > 3 && memcmp(p + 3, rest, len - 3 < sizeof rest ? len - 3 : sizeof rest) != 0))
        return TL_PROBE_NO;
    if (len >= HTTP2_HEADER + 2 && p[2] > 0) { /* the first setting has a number that is in use, or is GREASE */
        unsigned id = tl_load_be16(p + HTTP2_HEADER);
        return (id >= 1 && id <= 0x10) || (id & 0x0f0f) == 0x0a0a ? TL_PROBE_YES : TL_PROBE_NO;
    }
    if (len < 2 * HTTP2_HEADER || p[2] > 0)
        return TL_PROBE_MAYBE;
    p += HTTP2_HEADER; /* the frame after it is of the connection, too */
    return p[0] == 0 && (p[3] == HTTP2_SETTINGS || p[3] == HTTP2_WINDOW_UPDATE) && tl_load_be32(p + 5) == 0
               ? TL_PROBE_YES
               : TL_PROBE_NO;
}

static enum tl_probe http2_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t len = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, len);
    if (!d->flow.stream || len == 0)
        return TL_PROBE_NO;
    if (*p == 'P') {
        uint32_t n = len < HTTP2_PREFACE ? len : HTTP2_PREFACE;
        return memcmp(p, preface, n) != 0 ? TL_PROBE_NO : n == HTTP2_PREFACE ? TL_PROBE_YES : TL_PROBE_MAYBE;
    }
    return probe_settings(p, len);
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[HTTP2_WEIRDS] = {
    [HTTP2_WEIRD_PREFACE] = { "http2_preface_missing", "A side does not begin with its preface" },
    [HTTP2_WEIRD_SIZE] = { "http2_frame_size", "A frame whose length its type does not allow" },
    [HTTP2_WEIRD_TOO_LONG] = { "http2_frame_too_long", "A frame is longer than what the other side allows" },
    [HTTP2_WEIRD_STREAM] = { "http2_stream_invalid", "A frame on a stream that its type or its sender may not use" },
    [HTTP2_WEIRD_PADDING] = { "http2_padding_invalid", "Padding that is as long as its frame, or longer" },
    [HTTP2_WEIRD_CONTINUATION] = { "http2_continuation_invalid",
        "A header block is not continued where it has to be, or the other way round; its fields are not read" },
    [HTTP2_WEIRD_FLOOD] = { "http2_continuation_flood",
        "A header block of more frames or bytes than are read; its rest is passed over" },
    [HTTP2_WEIRD_HPACK] = { "http2_header_block_invalid",
        "A header block that cannot be decoded; later fields that refer to its fields are unknown" },
    [HTTP2_WEIRD_TABLE] = { "http2_table_size_invalid", "A header table larger than the other side allows" },
    [HTTP2_WEIRD_LIST] = { "http2_header_list_too_long", "More header fields in a message than are kept" },
    [HTTP2_WEIRD_FIELD] = { "http2_header_invalid",
        "A header field that HTTP/2 does not allow: capitals, controls, or one of a connection" },
    [HTTP2_WEIRD_PSEUDO] = { "http2_pseudo_header_invalid",
        "A pseudo-header field that is missing, repeated, unknown or in the wrong place" },
    [HTTP2_WEIRD_SETTING] = { "http2_setting_invalid", "A setting with a value that it cannot have" },
    [HTTP2_WEIRD_WINDOW] = { "http2_window_zero", "WINDOW_UPDATE with an increment of 0" },
    [HTTP2_WEIRD_IDLE] = { "http2_stream_idle", "DATA or RST_STREAM on a stream that was not begun" },
    [HTTP2_WEIRD_HALF_CLOSED] = { "http2_stream_half_closed", "DATA or HEADERS after END_STREAM of the same side" },
    [HTTP2_WEIRD_LENGTH] = { "http2_length_wrong", "The DATA of a message does not have its Content-Length" },
    [HTTP2_WEIRD_STREAMS] = { "http2_streams_too_many",
        "More streams are open than are followed; the oldest were given up" },
};

const struct tl_protocol tl_protocol_http2 = {
    .name = "http2",
    .title = "Hypertext Transfer Protocol 2",
    .service = "http",
    .aliases = { "alpn:h2", "upgrade:h2c" },
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .fields = tl_http2_fields,
    .field_count = (uint32_t)TL_COUNT(tl_http2_fields),
    TL_WEIRDS(weirds),
    .flow_size = sizeof(struct tl_http2_flow),
    .info = "{line,}",
    TL_BEGINS("\0\0PP"), .probe = http2_probe,
    .stream = tl_http2_parse,
    .finish = tl_http2_finish,
};
