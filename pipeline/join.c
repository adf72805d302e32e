/* join.c - the joiners of a run, and parts on their way to them. */
#include "pipeline/join.h"

#include <stdalign.h>

enum { PART_MOST = 4096 }; /* bytes of the longest part */

void tl_joins_take(struct tl_joins *joins, const struct tl_joiner *joiner, const void *part, const struct tl_flow_id *id,
                   const struct tl_joined *to)
{
    uint32_t i = 0;
    while (i < joins->count && joins->items[i].joiner != joiner)
        i++;
    if (i == TL_JOINS_MOST)
        return;
    if (i == joins->count) {
        joins->items[i].joiner = joiner;
        joins->items[i].state = joiner->make(joins->seed);
        joins->count++;
    }
    if (joins->items[i].state != NULL)
        joiner->take(joins->items[i].state, part, id, to);
}

void tl_joins_end(struct tl_joins *joins, const struct tl_joined *to)
{
    for (uint32_t i = 0; i < joins->count; i++)
        if (joins->items[i].state != NULL)
            joins->items[i].joiner->end(joins->items[i].state, to);
}

void tl_joins_fini(struct tl_joins *joins)
{
    for (uint32_t i = 0; i < joins->count; i++)
        if (joins->items[i].state != NULL)
            joins->items[i].joiner->drop(joins->items[i].state);
    joins->count = 0;
}

void tl_joins_pack(struct tl_buffer *out, const struct tl_joiner *joiner, const void *part, const struct tl_flow_id *id)
{
    size_t len = sizeof(const struct tl_joiner *) + sizeof *id + joiner->part_size;
    uint8_t *p = tl_buffer_room(out, len);
    if (p == NULL || joiner->part_size > PART_MOST)
        return;
    memcpy(p, &joiner, sizeof(const struct tl_joiner *));
    if (id != NULL)
        memcpy(p + sizeof(const struct tl_joiner *), id, sizeof *id);
    else
        memset(p + sizeof(const struct tl_joiner *), 0, sizeof *id);
    memcpy(p + sizeof(const struct tl_joiner *) + sizeof *id, part, joiner->part_size);
    out->len += len;
}

void tl_joins_unpack(struct tl_joins *joins, const uint8_t *bytes, const struct tl_joined *to)
{
    const struct tl_joiner *joiner;
    struct tl_flow_id id;
    alignas(max_align_t) uint8_t part[PART_MOST]; /* in a batch it is not aligned */
    memcpy(&joiner, bytes, sizeof(const struct tl_joiner *));
    memcpy(&id, bytes + sizeof(const struct tl_joiner *), sizeof id);
    memcpy(part, bytes + sizeof(const struct tl_joiner *) + sizeof id, joiner->part_size);
    tl_joins_take(joins, joiner, part, id.uid[0] != 0 ? &id : NULL, to);
}
