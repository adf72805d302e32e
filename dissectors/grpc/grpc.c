/*
 * grpc.c - gRPC: the messages of a call, in a stream of HTTP/2.
 *
 *   0        1                    5
 *   +--------+--------------------+----------
 *   | flag   | length             | message
 *   +--------+--------------------+----------
 */
#include "dissectors/grpc/grpc.h"

enum { PREFIX = 5, WHOLE_MOST = 64 << 10 /* bytes of a message that is read whole */ };

enum { WEIRD_FLAG, WEIRD_LOST, WEIRDS };

static const struct tl_name wire_types[] = {
    { 0, "varint" }, { 1, "64-bit" }, { 2, "Length-delimited" }, { 3, "Start group" }, { 4, "End group" },
    { 5, "32-bit" }, { 0, NULL },
};

static const struct tl_name flags[] = { { 0, "Not Compressed" }, { 1, "Compressed" }, { 0, NULL } };

static const struct tl_field fields[GRPC_FIELDS] = {
    [GRPC_COMPRESSED] = { "grpc.compressed_flag", "Compressed flag", .type = TL_U8, .names = flags },
    [GRPC_LENGTH] = { "grpc.message_length", "Message length", .type = TL_U32, .unit = "bytes" },
    [GRPC_DATA] = { "grpc.message_data", "Message data", .type = TL_BYTES },
    [PROTOBUF_FIELD] = { "grpc.field", "Field", .type = TL_GROUP, .flags = TL_REPEATS,
                         .help = "A field of the message, if it looks like Protocol Buffers",
                         .title = "Field({protobuf.field.number})" },
    [PROTOBUF_NUMBER] = { "protobuf.field.number", "Field number", .type = TL_U64 },
    [PROTOBUF_WIRETYPE] = { "protobuf.field.wiretype", "Wire type", .type = TL_U8, .names = wire_types },
    [PROTOBUF_LENGTH] = { "protobuf.field.value.length", "Value length", .type = TL_U64 },
    [PROTOBUF_UINT64] = { "protobuf.field.value.uint64", "Uint64", .type = TL_U64 },
    [PROTOBUF_UINT32] = { "protobuf.field.value.uint32", "Uint32", .type = TL_U32 },
    [PROTOBUF_STRING] = { "protobuf.field.value.string", "String", .type = TL_TEXT },
    [PROTOBUF_VALUE] = { "protobuf.field.value", "Value", .type = TL_BYTES },
};

static const struct tl_weird_name weirds[WEIRDS] = {
    [WEIRD_FLAG] = { "grpc_flag_invalid",
                     "A message whose first byte is neither 0 nor 1; the side is not read further" },
    [WEIRD_LOST] = { "grpc_message_lost", "Bytes are missing, and where the next message begins is not known" },
};

static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

/* --- messages --- */

static struct tl_want message_done(struct tl_grpc_half *h)
{
    h->messages++;
    h->bytes += h->length;
    h->seen = false;
    return bytes(PREFIX);
}

/* The message is at the cursor, whole. */
static struct tl_want message(struct tl_dissection *d, struct tl_grpc_half *h)
{
    tl_message(d);
    tl_u8(d, GRPC_COMPRESSED);
    tl_u32(d, GRPC_LENGTH);
    if (h->length > 0) {
        tl_add(d, GRPC_DATA, d->c.off, h->length, 0);
        if (TL_UNLIKELY(d->wanted != NULL) && h->compressed)
            tl_grpc_compressed(d, h->length);
        else if (TL_UNLIKELY(d->wanted != NULL))
            tl_grpc_protobuf(d, h->length);
        else
            tl_skip(d, h->length);
    }
    return message_done(h);
}

static struct tl_want unit(struct tl_dissection *d, struct tl_grpc_flow *f, struct tl_grpc_half *h)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, PREFIX);
    if (p == NULL)
        return bytes(PREFIX);
    if (p[0] > 1) {
        tl_weird(d, WEIRD_FLAG, (struct tl_bytes){ NULL, 0 });
        tl_skip(d, tl_cursor_left(&d->c));
        return nothing;
    }
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    h->compressed = p[0] == 1;
    h->length = tl_load_be32(p + 1);
    h->seen = true;
    if (h->length <= WHOLE_MOST)
        return tl_cursor_left(&d->c) < PREFIX + h->length ? bytes(PREFIX + h->length) : message(d, h);
    tl_message(d);
    tl_u8(d, GRPC_COMPRESSED);
    tl_u32(d, GRPC_LENGTH);
    return (struct tl_want){ TL_WANT_BODY, h->length, NULL };
}

static struct tl_want gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_grpc_half *h)
{
    uint64_t left = s->want.kind == TL_WANT_BODY ? s->left : PREFIX + (uint64_t)h->length;
    uint64_t lost = s->dropped + s->gap;
    if (!h->seen || lost > left) {
        tl_weird(d, WEIRD_LOST, (struct tl_bytes){ NULL, 0 });
        return nothing;
    }
    if (lost == left)
        return message_done(h);
    return (struct tl_want){ TL_WANT_BODY, left - lost, NULL };
}

static struct tl_want grpc_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_grpc_flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    struct tl_grpc_half *h = &f->half[s->side];
    s->open = true;
    switch (s->event) {
    case TL_EV_UNIT:
        return unit(d, f, h);
    case TL_EV_RUN:
        return s->left == 0 ? message_done(h) : s->want;
    case TL_EV_GAP:
        return gap(d, s, h);
    case TL_EV_END:
        return nothing;
    default:
        return bytes(PREFIX);
    }
}

const struct tl_protocol tl_protocol_grpc = {
    .name = "grpc",
    .title = "gRPC",
    .service = "grpc",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .flow_size = sizeof(struct tl_grpc_flow),
    .info = "", /* the line of the packet is that of HTTP/2 */
    .stream = grpc_stream,
};
