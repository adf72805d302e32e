/* raw_bytes.c - bytes of a packet with its secrets crossed out. */
#include "export/raw_bytes.h"

#include "core/protocol.h"

enum { PIECE = 256 };

/* Returns the offset of bytes in a source, or UINT32_MAX. */
static uint32_t offset_in(const struct tl_tree_source *source, struct tl_bytes bytes)
{
    uintptr_t begin = (uintptr_t)source->data, at = (uintptr_t)bytes.data;
    if (at < begin || at - begin > source->len || source->len - (at - begin) < bytes.len)
        return UINT32_MAX;
    return (uint32_t)(at - begin);
}

bool tl_raw_find(const struct tl_tree *tree, struct tl_bytes bytes, unsigned *source, uint32_t *off)
{
    for (unsigned i = 0; i < tree->source_count; i++) {
        uint32_t at = offset_in(&tree->sources[i], bytes);
        if (at == UINT32_MAX)
            continue;
        *source = i;
        *off = at;
        return true;
    }
    return false;
}

/* Returns the offset after the innermost layer that is no application. */
static uint32_t end_of_headers(const struct tl_protocols *protocols, const struct tl_tree *tree)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < tree->count; i = tl_tree_after(tree, i)) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->source != 0 || node->field != TL_LAYER || node->protocol >= protocols->count ||
            protocols->items[node->protocol]->kind == TL_KIND_APPLICATION)
            continue;
        if (node->off + node->len > end)
            end = node->off + node->len;
    }
    return end;
}

void tl_raw_init(struct tl_raw *raw, const struct tl_protocols *protocols, const struct tl_tree *tree)
{
    *raw = (struct tl_raw){ .tree = tree, .plain = tree->hidden_count == 0, .open = UINT32_MAX };
    if (!raw->plain && tree->hidden_count > TL_TREE_HIDDEN)
        raw->open = end_of_headers(protocols, tree);
}

/* Crosses out what is common to [off, off + n), which is in `out`, and [from, to). */
static void cross_out(uint8_t *out, uint32_t off, uint32_t n, uint32_t from, uint32_t to)
{
    from = from < off ? off : from;
    to = to > off + n ? off + n : to;
    if (from < to)
        memset(out + (from - off), TL_CROSSED_OUT, to - from);
}

void tl_raw_copy(const struct tl_raw *raw, uint8_t *out, unsigned source, uint32_t off, uint32_t n)
{
    const struct tl_tree *tree = raw->tree;
    const struct tl_tree_source *from = &tree->sources[source];
    memcpy(out, from->data + off, n);
    if (raw->plain)
        return;
    if (raw->open < UINT32_MAX)
        cross_out(out, off, n, source == 0 ? raw->open : 0, UINT32_MAX);
    for (uint32_t i = 0; i < tree->hidden_count && i < TL_TREE_HIDDEN; i++) {
        struct tl_bytes secret = tree->hidden[i];
        uintptr_t begin = (uintptr_t)from->data, at = (uintptr_t)secret.data, end = at + secret.len;
        if (end > begin && at < begin + from->len)
            cross_out(out, off, n, at > begin ? (uint32_t)(at - begin) : 0, (uint32_t)(end - begin));
    }
}

void tl_raw_put(const struct tl_raw *raw, struct tl_buffer *b, unsigned source, uint32_t off, uint32_t len,
                char separator)
{
    uint8_t piece[PIECE];
    if (source >= raw->tree->source_count || off > raw->tree->sources[source].len)
        return;
    const struct tl_tree_source *from = &raw->tree->sources[source];
    if (len > from->len - off)
        len = from->len - off;
    if (raw->plain && len > 0) {
        tl_put_hex_bytes(b, from->data + off, len, separator);
        return;
    }
    for (uint32_t done = 0; done < len; done += PIECE) {
        uint32_t n = len - done < PIECE ? len - done : PIECE;
        tl_raw_copy(raw, piece, source, off + done, n);
        if (separator != 0 && done > 0)
            tl_put_char(b, separator);
        tl_put_hex_bytes(b, piece, n, separator);
    }
}

void tl_raw_put_bytes(const struct tl_raw *raw, struct tl_buffer *b, struct tl_bytes bytes, char separator)
{
    unsigned source;
    uint32_t off;
    if (bytes.len > 0 && tl_raw_find(raw->tree, bytes, &source, &off))
        tl_raw_put(raw, b, source, off, bytes.len, separator);
    else
        tl_put_hex_bytes(b, bytes.data, bytes.len, separator);
}

/* Has the key this name, whatever follows it to select a part? */
static bool is_of(const char *key, const char *name)
{
    size_t len = strlen(name);
    return strncmp(key, name, len) == 0 && (key[len] == '\0' || strchr("#[", key[len]) != NULL);
}

bool tl_keys_have_bytes(const char *const *keys, uint32_t count)
{
    static const char *const names[] = {
        "tcp.payload", "udp.payload", "sctp.data", "sctp.chunk_value", "sctp.cause_information", "stun.value",
        "websocket.payload.text", "websocket.payload.binary", "websocket.payload.continue",
    };
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i][0] == '@' || (strncmp(keys[i], "data.", 5) == 0 && keys[i][5] != '\0'))
            return true;
        for (unsigned n = 0; n < TL_COUNT(names); n++)
            if (is_of(keys[i], names[n]))
                return true;
    }
    return false;
}

void tl_want_all(const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    for (uint32_t p = 0; p < protocols->count; p++)
        for (uint32_t f = 0; f < protocols->items[p]->field_count; f++)
            wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
}
