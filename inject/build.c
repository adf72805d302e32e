/* build.c - builds the packets of a description from the inside out. */
#include "inject/layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADROOM = 256 };

void tl_crafted_fini(struct tl_crafted *frames)
{
    for (uint32_t i = 0; i < frames->room; i++)
        free(frames->items[i].memory);
    free(frames->items);
    *frames = (struct tl_crafted){ 0 };
}

struct tl_frame_bytes *tl_crafted_add(struct tl_crafted *frames, size_t room)
{
    if (frames->count == frames->room) {
        struct tl_frame_bytes *items = realloc(frames->items, (frames->room + 1) * sizeof *items);
        if (items == NULL)
            return NULL;
        frames->items = items;
        frames->items[frames->room++] = (struct tl_frame_bytes){ 0 };
    }
    struct tl_frame_bytes *f = &frames->items[frames->count];
    if (f->capacity < room + HEADROOM) {
        uint8_t *memory = realloc(f->memory, room + HEADROOM);
        if (memory == NULL)
            return NULL;
        f->memory = memory;
        f->capacity = room + HEADROOM;
    }
    f->at = f->end = f->capacity;
    frames->count++;
    return f;
}

bool tl_craft_fail(struct tl_building *b, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tl_error_set(b->error, TL_E_USAGE, "%s", text);
    return false;
}

bool tl_craft_prepend(struct tl_building *b, struct tl_frame_bytes *f, const void *data, size_t len)
{
    if (f->end - f->at + len > TL_FRAME_MOST)
        return tl_craft_fail(b, "the packet is longer than %d bytes", TL_FRAME_MOST);
    if (len > f->at) {
        size_t more = len + HEADROOM;
        uint8_t *memory = malloc(f->capacity + more);
        if (memory == NULL) {
            tl_error_set(b->error, TL_E_RUNTIME, "out of memory");
            return false;
        }
        memcpy(memory + f->at + more, f->memory + f->at, f->end - f->at);
        free(f->memory);
        f->memory = memory;
        f->capacity += more;
        f->at += more;
        f->end += more;
    }
    f->at -= len;
    if (len > 0)
        memcpy(f->memory + f->at, data, len);
    return true;
}

bool tl_craft_take(struct tl_building *b, struct tl_frame_bytes *frame, libnet_ptag_t tag)
{
    libnet_t *net = b->craft->net;
    if (tag < 0)
        return tl_craft_fail(b, "%s: %s", b->layer->type->name, libnet_geterror(net));
    bool fine = tl_craft_prepend(b, frame, libnet_getpbuf(net, tag), libnet_getpbuf_size(net, tag));
    libnet_clear_packet(net);
    return fine;
}

bool tl_craft_put(struct tl_building *b, struct tl_frame_bytes *frame, struct tl_header header)
{
    if (header.len == 0)
        return tl_craft_fail(b, "%s: %s", b->layer->type->name, libnet_geterror(b->craft->net));
    return tl_craft_prepend(b, frame, header.bytes, header.len);
}

bool tl_craft_put_all(struct tl_building *b, struct tl_header header)
{
    for (uint32_t i = 0; i < b->frames->count; i++)
        if (!tl_craft_put(b, &b->frames->items[i], header))
            return false;
    return true;
}

bool tl_craft_address_of(const struct tl_layer *layer, unsigned field, uint8_t *out)
{
    const struct tl_craft_value *v = &layer->now[field];
    uint8_t bytes[8];
    if (layer->settings[field].count == 0)
        return false;
    tl_store32(bytes, v->number >> 32);
    tl_store32(bytes + 4, v->number);
    switch (layer->type->fields[field].type) {
    case TL_CRAFT_IPV6:
        memcpy(out, v->address, 8);
        memcpy(out + 8, bytes, 8);
        break;
    case TL_CRAFT_MAC:
        memcpy(out, bytes + 2, 6);
        break;
    default:
        memcpy(out, bytes + 4, 4);
    }
    return true;
}

int tl_craft_ethertype(const struct tl_building *b)
{
    return b->inner != NULL && b->inner->ethertype >= 0 ? b->inner->ethertype : 0x88b5; /* local experimental */
}

/* Not 0, which is the same as 0xffff, or means that there is none. */
static uint16_t wrong(uint16_t checksum)
{
    return checksum == 0xffff ? 1 : (uint16_t)(checksum + 1);
}

void tl_craft_settle(struct tl_building *b, const uint8_t *src, const uint8_t *dst, size_t address_len)
{
    struct tl_frame_bytes *f = tl_craft_whole(b);
    struct tl_awaited *a = &b->awaited;
    uint32_t sum = tl_header_pseudo(src, dst, address_len, a->proto, a->span);
    if (a->wanted && f->end - f->at >= a->span) {
        uint8_t *data = f->memory + f->end - a->span;
        tl_store16(data + a->at, 0);
        uint16_t value = tl_header_checksum(sum, data, a->span);
        if (value == 0 && a->zero_is_ones)
            value = 0xffff;
        tl_store16(data + a->at, a->bad ? wrong(value) : value);
    }
    a->wanted = false;
}

void tl_craft_await(struct tl_building *b, unsigned field, uint8_t proto, size_t at)
{
    if (tl_craft_has(b, field) && !b->layer->now[field].bad) {
        tl_store16(tl_craft_whole(b)->memory + tl_craft_whole(b)->at + at, b->layer->now[field].number);
        b->awaited.wanted = false;
        return;
    }
    b->awaited = (struct tl_awaited){ .wanted = true,
                                      .bad = tl_craft_has(b, field),
                                      .zero_is_ones = proto == 17,
                                      .proto = proto,
                                      .span = tl_craft_len(b),
                                      .at = at };
}

void tl_craft_checksum(struct tl_building *b, unsigned field, size_t span, size_t at)
{
    uint8_t *data = tl_craft_whole(b)->memory + tl_craft_whole(b)->at;
    bool given = tl_craft_has(b, field);
    if (given && !b->layer->now[field].bad) {
        tl_store16(data + at, b->layer->now[field].number);
        return;
    }
    tl_store16(data + at, 0);
    uint16_t value = tl_header_checksum(0, data, span);
    tl_store16(data + at, given ? wrong(value) : value);
}

uint64_t tl_craft_count(const struct tl_craft *craft)
{
    return craft->count;
}

static struct tl_craft_value value_at(const struct tl_craft_setting *s, uint64_t index, uint64_t unit)
{
    uint32_t i = 0;
    while (index > (s->items[i].last - s->items[i].number) / unit)
        index -= (s->items[i].last - s->items[i].number) / unit + 1, i++;
    struct tl_craft_value value = s->items[i];
    value.number += index * unit;
    return value;
}

void tl_craft_choose(struct tl_craft *craft, uint64_t index)
{
    index %= craft->count;
    for (unsigned i = craft->order_count; i-- > 0;) {
        struct tl_layer *layer = &craft->layers[craft->order[i].layer];
        unsigned field = craft->order[i].field;
        const struct tl_craft_setting *s = &layer->settings[field];
        layer->now[field] = value_at(s, index % s->total, tl_craft_unit(&layer->type->fields[field]));
        index /= s->total;
    }
}

enum tl_failure tl_craft_build(struct tl_craft *craft, uint64_t index, const struct tl_craft_world *world,
                               struct tl_crafted *frames, struct tl_error *error)
{
    struct tl_building b = { .craft = craft, .number = index, .world = world, .frames = frames, .error = error };
    frames->count = 0;
    if (tl_crafted_add(frames, 2048) == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_craft_choose(craft, index);
    for (unsigned i = craft->layer_count; i-- > 0;) {
        b.index = i;
        b.layer = &craft->layers[i];
        b.inner = i + 1 < craft->layer_count ? craft->layers[i + 1].type : NULL;
        if (!b.layer->type->build(&b))
            return error->kind != TL_E_NONE ? error->kind : tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    return TL_E_NONE;
}

enum tl_craft_first tl_craft_first(const struct tl_craft *craft)
{
    const struct tl_layer_type *type = craft->layers[0].type;
    if (type == &tl_craft_layer_eth || type == &tl_craft_layer_raw || type == &tl_craft_layer_payload)
        return TL_CRAFT_IS_FRAME;
    return type->ethertype >= 0 ? TL_CRAFT_FOLLOWS_ETHERNET : TL_CRAFT_IS_OTHER;
}

const char *tl_craft_library(void)
{
    return libnet_version();
}
