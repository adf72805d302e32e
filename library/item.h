/*
 * item.h - packets, records and pieces of streams on their way from the threads of an engine to the caller: bytes
 * without pointers, which may be moved. Every item begins at a multiple of 8 bytes.
 */
#ifndef TL_LIBRARY_ITEM_H
#define TL_LIBRARY_ITEM_H

#include "core/buffer.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/sink.h"
#include "filter/predicate.h"

enum tl_item_kind { TL_ITEM_PACKET, TL_ITEM_RECORD, TL_ITEM_PIECE };

struct tl_item {
    uint32_t kind; /* enum tl_item_kind */
    uint32_t size; /* of the whole item */
};

/* Offsets are from the item. */
struct tl_packet_item {
    struct tl_item head;
    struct tl_packet packet; /* bytes is not set */
    int64_t first_ts, previous_ts;
    uint32_t bytes_at;
    uint32_t nodes_at, node_count;
    uint32_t sources_at, source_count;
    uint32_t hidden_at, hidden_count;
    bool hides_all; /* there are more secrets than a tree remembers */
    uint32_t text_at, text_len;
    uint32_t row_at, row_count;
};

struct tl_item_source {
    const char *label; /* a constant of the program */
    uint32_t at, len;
};

/* Values of a name in a row, and one of them. */
struct tl_item_values {
    uint32_t at, count;
};

struct tl_item_value {
    const struct tl_field *field; /* NULL: none */
    uint64_t number;
    uint32_t at, len;
    uint8_t type, bits;
};

struct tl_record_item {
    struct tl_item head;
    const struct tl_record_def *def;
    struct tl_flow_id id;
    uint32_t record_at;
    uint8_t decimals;
    bool flow; /* id is set */
};

struct tl_piece_item {
    struct tl_item head;
    struct tl_flow_id id;
    uint64_t gap;
    uint32_t side, bytes_at, len;
    bool end;
};

/*
 * Appends a packet with its tree and with the values of `names` names of the run, in which bytes that the tree hides are
 * crossed out. bare: without its bytes and its tree.
 */
void tl_item_put_packet(struct tl_buffer *out, const struct tl_scene *scene, const struct tl_protocols *protocols,
                        struct tl_predicate_run *run, uint32_t names, bool bare);
void tl_item_put_record(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                        const struct tl_flow_id *id, unsigned decimals);
void tl_item_put_piece(struct tl_buffer *out, const struct tl_stream_piece *piece);

/* Makes the offsets in a record pointers. Call it once, in the record's last place. */
const struct tl_record *tl_item_record(struct tl_record_item *item);
/* Fills tree, which keeps nothing from before; valid as long as the item. */
void tl_item_tree(const struct tl_packet_item *item, struct tl_tree *tree);
/* Returns the datum of a value in a row. */
struct tl_datum tl_item_datum(const struct tl_packet_item *item, const struct tl_item_value *value);

/* Crosses out what the tree hides: returns bytes, or a copy in the arena. Without memory returns no bytes. */
struct tl_bytes tl_item_shown(const struct tl_tree *tree, const struct tl_protocols *protocols, struct tl_bytes bytes,
                              struct tl_arena *arena);

/* --- for item.c and record_item.c --- */

struct tl_item_hidden {
    uint32_t source, off, len;
};

/*
 * Appends n bytes, or room for them (data NULL: it is zeroed), and fills up to a multiple of 8. Returns their offset in
 * the item.
 */
static inline uint32_t tl_item_append(struct tl_buffer *out, size_t begin, const void *data, size_t n)
{
    size_t padded = (n + 7) & ~(size_t)7;
    uint8_t *p = tl_buffer_room(out, padded);
    if (p == NULL)
        return 0;
    if (data == NULL) {
        memset(p, 0, padded);
    } else {
        if (n > 0)
            memcpy(p, data, n);
        memset(p + n, 0, padded - n);
    }
    out->len += padded;
    return (uint32_t)(out->len - padded - begin);
}

/* Names of flows end with a NUL in items. */
static inline void tl_item_end_names(struct tl_flow_id *id)
{
    id->uid[TL_UID_LEN] = '\0';
    id->community_id[TL_COMMUNITY_ID_LEN] = '\0';
}

/* Writes the head of an item, of which `head` is the first member, into its place. */
static inline void tl_item_end(struct tl_buffer *out, size_t begin, enum tl_item_kind kind, struct tl_item *head,
                               size_t size)
{
    *head = (struct tl_item){ (uint32_t)kind, (uint32_t)(out->len - begin) };
    if (!out->failed)
        memcpy(out->data + begin, head, size);
}

#endif
