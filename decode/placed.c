/* placed.c - puts bytes in the order of their places. */
#include "decode/placed.h"

#include <string.h>

enum { ROOM = 4096 }; /* least bytes of a piece, so that many short ones that follow each other share one */

struct tl_placed_piece {
    struct tl_placed_piece *next;
    uint64_t place;
    uint32_t len, room; /* bytes that follow */
};

static uint8_t *bytes_of(struct tl_placed_piece *piece)
{
    return (uint8_t *)(piece + 1);
}

static void drop_first(struct tl_placed *p, const struct tl_placed_to *to)
{
    struct tl_placed_piece *piece = p->first;
    p->first = piece->next;
    p->held -= piece->room;
    tl_slab_put(to->slab, piece, sizeof *piece + piece->room);
}

/* Passes on bytes that reach beyond p->next, and begin there or before. */
static void pass_on(struct tl_placed *p, const struct tl_placed_to *to, uint64_t place, struct tl_bytes bytes)
{
    uint64_t again = p->next - place;
    if (again >= bytes.len)
        return;
    p->next = place + bytes.len;
    to->bytes(to->context, tl_bytes_of(bytes.data + again, bytes.len - (size_t)again));
}

/* Passes on what waited for what was passed on. */
static void go_on(struct tl_placed *p, const struct tl_placed_to *to)
{
    while (p->first != NULL && p->first->place <= p->next) {
        pass_on(p, to, p->first->place, tl_bytes_of(bytes_of(p->first), p->first->len));
        drop_first(p, to);
    }
}

/* The bytes up to this place will not come in time. */
static void give_up(struct tl_placed *p, const struct tl_placed_to *to, uint64_t place)
{
    if (place <= p->next)
        return;
    p->holes[p->hole].from = p->next;
    p->holes[p->hole].to = place;
    p->hole = (p->hole + 1) % TL_PLACED_HOLES;
    to->gap(to->context, place - p->next);
    p->next = place;
}

/* Bytes of a hole that was given up come: they count once. */
static void come_late(struct tl_placed *p, uint64_t place, uint64_t end)
{
    for (unsigned i = 0; i < TL_PLACED_HOLES; i++) {
        uint64_t from = place > p->holes[i].from ? place : p->holes[i].from, to = end < p->holes[i].to ? end : p->holes[i].to;
        if (from >= to)
            continue;
        p->overflow += to - from;
        if (from == p->holes[i].from)
            p->holes[i].from = to;
        else /* what is left of the hole beyond is not counted again */
            p->holes[i].to = from;
    }
}

/* Returns the place in the list after all pieces that begin before `place`. *last: the one before it; NULL: none. */
static struct tl_placed_piece **find(struct tl_placed *p, uint64_t place, struct tl_placed_piece **last)
{
    struct tl_placed_piece **at = &p->first;
    *last = NULL;
    while (*at != NULL && (*at)->place <= place) {
        *last = *at;
        at = &(*at)->next;
    }
    return at;
}

/* Returns false without memory, or if too much waits. */
static bool hold(struct tl_placed *p, const struct tl_placed_to *to, uint64_t place, struct tl_bytes bytes)
{
    struct tl_placed_piece *before, **at = find(p, place, &before);
    if (before != NULL && place - before->place + bytes.len <= before->len)
        return true; /* it is there */
    if (before != NULL && place - before->place == before->len && bytes.len <= before->room - before->len) {
        memcpy(bytes_of(before) + before->len, bytes.data, bytes.len);
        before->len += bytes.len;
        return true;
    }
    uint32_t room = bytes.len > ROOM ? bytes.len : ROOM;
    if (room > TL_PLACED_MOST - p->held || room > TL_SLAB_MAX - sizeof *before)
        return false;
    struct tl_placed_piece *piece = tl_slab_get(to->slab, sizeof *piece + room);
    if (piece == NULL)
        return false;
    *piece = (struct tl_placed_piece){ .next = *at, .place = place, .len = bytes.len, .room = room };
    memcpy(bytes_of(piece), bytes.data, bytes.len);
    p->held += room;
    *at = piece;
    return true;
}

void tl_placed_put(struct tl_placed *p, const struct tl_placed_to *to, uint64_t place, struct tl_bytes bytes)
{
    if (place > UINT64_MAX - bytes.len)
        return;
    uint64_t end = place + bytes.len;
    if (end > p->end)
        p->end = end;
    if (bytes.data == NULL || bytes.len == 0)
        return;
    if (place < p->next)
        come_late(p, place, end < p->next ? end : p->next);
    while (place > p->next) {
        if (hold(p, to, place, bytes))
            return;
        give_up(p, to, p->first != NULL && p->first->place < place ? p->first->place : place);
        go_on(p, to);
    }
    pass_on(p, to, place, bytes);
    go_on(p, to);
}

void tl_placed_end(struct tl_placed *p, const struct tl_placed_to *to)
{
    while (p->first != NULL) {
        give_up(p, to, p->first->place);
        go_on(p, to);
    }
    give_up(p, to, p->end);
}
