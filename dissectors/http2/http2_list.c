/* http2_list.c - the decoded fields of a header block. */
#include "core/slab.h"
#include "dissectors/http2/http2.h"

enum { HEAD = 8, ROOM_FIRST = 4096 };

struct tl_http2_walk tl_http2_walk(const struct tl_http2_list *list)
{
    return (struct tl_http2_walk){ list->data, list->data != NULL ? list->data + list->len : NULL };
}

bool tl_http2_walk_next(struct tl_http2_walk *walk, struct tl_header_field *field)
{
    uint32_t name, value;
    if (walk->p == walk->end)
        return false;
    memcpy(&name, walk->p, sizeof name);
    memcpy(&value, walk->p + 4, sizeof value);
    field->name = tl_bytes_of(walk->p + HEAD, name);
    field->value = tl_bytes_of(walk->p + HEAD + name, value);
    walk->p += HEAD + name + value;
    return true;
}

struct tl_bytes tl_http2_value(const struct tl_http2_list *list, const char *name)
{
    struct tl_http2_walk walk = tl_http2_walk(list);
    struct tl_header_field field;
    const size_t len = strlen(name);
    while (tl_http2_walk_next(&walk, &field)) {
        if (field.name.len == len && memcmp(field.name.data, name, len) == 0)
            return field.value;
    }
    return (struct tl_bytes){ NULL, 0 };
}

void tl_http2_list_begin(struct tl_dissection *d, struct tl_http2_list *list, bool goes_on)
{
    const uint32_t room = goes_on ? ROOM_FIRST : HTTP2_LIST_MOST;
    *list = (struct tl_http2_list){ .owned = goes_on };
    if (!goes_on)
        list->data = tl_arena_alloc(d->scratch, room);
    else if (d->slab != NULL)
        list->data = tl_slab_get(d->slab, room);
    list->room = list->data != NULL ? room : 0;
}

/* Returns false without memory. */
static bool grow(struct tl_dissection *d, struct tl_http2_list *list, uint32_t need)
{
    uint32_t room = list->room;
    if (need <= room)
        return true;
    while (list->owned && room > 0 && room < need)
        room *= 2;
    uint8_t *grown = room >= need ? tl_slab_get(d->slab, room) : NULL;
    if (grown == NULL) {
        tl_truncated(d, need - list->len);
        return false;
    }
    memcpy(grown, list->data, list->len);
    tl_slab_put(d->slab, list->data, list->room);
    list->data = grown;
    list->room = room;
    return true;
}

void tl_http2_list_add(struct tl_dissection *d, struct tl_http2_list *list, const struct tl_header_field *field)
{
    const uint32_t name = field->name.len, value = field->value.len, size = HEAD + name + value;
    list->counted += name + value + HTTP2_FIELD_EXTRA;
    list->count++;
    if (list->cut)
        return;
    list->cut = list->counted > HTTP2_LIST_MOST || !grow(d, list, list->len + size);
    if (list->cut)
        return;
    uint8_t *p = list->data + list->len;
    memcpy(p, &name, sizeof name);
    memcpy(p + 4, &value, sizeof value);
    if (name > 0)
        memcpy(p + HEAD, field->name.data, name);
    if (value > 0)
        memcpy(p + HEAD + name, field->value.data, value);
    list->len += size;
}

void tl_http2_list_fini(struct tl_dissection *d, struct tl_http2_list *list)
{
    if (list->owned)
        tl_slab_put(d->slab, list->data, list->room);
    *list = (struct tl_http2_list){ .data = NULL };
}
