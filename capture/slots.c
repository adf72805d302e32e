/* slots.c - the size of the kernel's buffer, and of a packet in it. */
#include "capture/slots.h"

enum {
    HEAD = 128,                    /* bytes of a slot before the packet: header, address, space for a VLAN tag */
    BUFFER_CHOSEN = 128 << 20,     /* slots of 16 KiB: jumbo frames are whole */
    BUFFERS_CHOSEN = 512 << 20,    /* of all interfaces, and of one with a chosen snapshot length */
};

/* libpcap puts as many slots as fit into a block of pages, whose size is a power of two: others waste memory. */
static size_t slot_of(uint32_t snaplen)
{
    size_t slot = 4 * HEAD;
    while (slot < (size_t)snaplen + HEAD)
        slot *= 2;
    return slot;
}

static uint32_t snaplen_of(size_t buffer)
{
    size_t slot = 4 * HEAD;
    while (slot * 2 * TL_SLOTS_LEAST <= buffer && slot * 2 <= TL_LIVE_SNAPLEN)
        slot *= 2;
    return (uint32_t)(slot - HEAD);
}

struct tl_slots tl_slots_of(const struct tl_live_options *o)
{
    struct tl_slots slots = { o->snaplen != 0 ? o->snaplen : TL_LIVE_SNAPLEN,
                              o->buffer != 0 ? o->buffer : TL_LIVE_BUFFER };
    if (!o->immediate || (o->snaplen != 0 && o->buffer != 0))
        return slots;
    if (o->buffer == 0 && o->snaplen != 0) {
        slots.buffer = slot_of(o->snaplen) * TL_SLOTS_LEAST;
        if (slots.buffer < TL_LIVE_BUFFER)
            slots.buffer = TL_LIVE_BUFFER;
        if (slots.buffer <= BUFFERS_CHOSEN)
            return slots;
        slots.buffer = BUFFERS_CHOSEN;
    } else if (o->buffer == 0) {
        size_t taps = (size_t)(o->count > 0 ? o->count : 1) * (o->threads > 1 ? o->threads : 1);
        size_t share = BUFFERS_CHOSEN / taps;
        slots.buffer = BUFFER_CHOSEN;
        while (slots.buffer > share && slots.buffer > TL_LIVE_BUFFER)
            slots.buffer /= 2;
    }
    slots.snaplen = snaplen_of(slots.buffer);
    return slots;
}

size_t tl_slots_count(const struct tl_slots *slots)
{
    return slots->buffer / slot_of(slots->snaplen);
}
