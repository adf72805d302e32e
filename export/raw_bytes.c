/* raw_bytes.c - bytes of a packet without its secrets. */
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

/* Are all secrets of the packet known, and in this source? */
static bool has_all_secrets(const struct tl_tree *tree, unsigned source)
{
    if (tree->hidden_count > TL_TREE_HIDDEN)
        return false;
    for (uint32_t i = 0; i < tree->hidden_count; i++) {
        if (offset_in(&tree->sources[source], tree->hidden[i]) == UINT32_MAX)
            return false;
    }
    return true;
}

/* Layers come in the order of their bytes; those of a packet with several messages follow each other. */
static void look_at_layers(struct tl_raw *raw, const struct tl_protocols *protocols)
{
    const struct tl_tree *tree = raw->tree;
    bool safe = has_all_secrets(tree, 0);
    for (uint32_t i = 0; i < tree->count; i = tl_tree_after(tree, i)) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->source != 0 || node->field != TL_LAYER || node->protocol >= protocols->count || node->len == 0)
            continue;
        uint32_t end = node->off + node->len;
        if (protocols->items[node->protocol]->kind != TL_KIND_APPLICATION) {
            raw->open = end > raw->open ? end : raw->open;
            continue;
        }
        struct tl_raw_range *last = raw->shown_count > 0 ? &raw->shown[raw->shown_count - 1] : NULL;
        if (last != NULL && node->off >= last->from && node->off <= last->to)
            last->to = end > last->to ? end : last->to;
        else if (safe && raw->shown_count < TL_RAW_RANGES)
            raw->shown[raw->shown_count++] = (struct tl_raw_range){ node->off, end };
    }
}

void tl_raw_init(struct tl_raw *raw, const struct tl_protocols *protocols, const struct tl_tree *tree, bool secrets)
{
    *raw = (struct tl_raw){ .tree = tree, .plain = secrets };
    if (secrets)
        return;
    look_at_layers(raw, protocols);
    uint32_t end = raw->open;
    for (uint32_t i = 0; i < raw->shown_count && raw->shown[i].from <= end; i++)
        end = raw->shown[i].to > end ? raw->shown[i].to : end;
    raw->plain = tree->hidden_count == 0 && end >= tree->sources[0].len;
}

/* Copies what is common to [off, off + PIECE) and [from, to) into a piece that begins at off. */
static void copy(uint8_t *piece, const uint8_t *data, uint32_t off, uint32_t n, uint32_t from, uint32_t to)
{
    from = from < off ? off : from;
    to = to > off + n ? off + n : to;
    if (from < to)
        memcpy(piece + (from - off), data + from, to - from);
}

static void clear(uint8_t *piece, uint32_t off, uint32_t n, uint32_t from, uint32_t to)
{
    from = from < off ? off : from;
    to = to > off + n ? off + n : to;
    if (from < to)
        memset(piece + (from - off), 0, to - from);
}

static void fill(const struct tl_raw *raw, uint8_t *piece, unsigned source, uint32_t off, uint32_t n)
{
    const struct tl_tree *tree = raw->tree;
    const struct tl_tree_source *from = &tree->sources[source];
    memset(piece, 0, n);
    if (source == 0) {
        copy(piece, from->data, off, n, 0, raw->open);
        for (uint32_t i = 0; i < raw->shown_count; i++)
            copy(piece, from->data, off, n, raw->shown[i].from, raw->shown[i].to);
    } else if (has_all_secrets(tree, source)) {
        copy(piece, from->data, off, n, 0, from->len);
    }
    for (uint32_t i = 0; i < tree->hidden_count && i < TL_TREE_HIDDEN; i++) {
        uint32_t at = offset_in(from, tree->hidden[i]);
        if (at != UINT32_MAX)
            clear(piece, off, n, at, at + tree->hidden[i].len);
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
        fill(raw, piece, source, off + done, n);
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

bool tl_keys_have_bytes(const char *const *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t len = strlen(keys[i]);
        if (keys[i][0] == '@' || strncmp(keys[i], "tcp.payload", 11) == 0 || strncmp(keys[i], "udp.payload", 11) == 0 ||
            (len > 5 && strncmp(keys[i], "data.", 5) == 0))
            return true;
    }
    return false;
}

void tl_want_secrets(const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    for (uint32_t p = 0; p < protocols->count; p++)
        for (uint32_t f = 0; f < protocols->items[p]->field_count; f++)
            wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
}
