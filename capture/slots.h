/* slots.h - the kernel's buffer in immediate mode: slots of equal size, one packet in each. */
#ifndef TL_CAPTURE_SLOTS_H
#define TL_CAPTURE_SLOTS_H

#include "capture/live.h"

enum { TL_SLOTS_LEAST = 8192 };

struct tl_slots {
    uint32_t snaplen; /* bytes */
    size_t buffer;    /* bytes of each interface */
};

/*
 * Chooses snapshot length and buffer. In immediate mode libpcap uses TPACKET_V2 (packet(7)), where a packet takes a
 * slot of the snapshot length, however short it is: what the user did not choose is chosen so that TL_SLOTS_LEAST
 * packets fit, and both are the user's if both are given.
 */
struct tl_slots tl_slots_of(const struct tl_live_options *options);
/* Returns how many packets fit. */
size_t tl_slots_count(const struct tl_slots *slots);

#endif
