/*
 * burst.h - many frames onto an interface, without a queue in between. Beside libnet, which sends one frame a call:
 * sendmmsg(2) was measured four times as fast on a veth pair, and a fifth faster than a TX ring of packet(7).
 */
#ifndef TL_INJECT_BURST_H
#define TL_INJECT_BURST_H

#include "core/bytes.h"
#include "core/status.h"

enum { TL_BURST_FRAMES = 64 };

struct tl_burst;

/* Opens an interface. at_once: frames go to the driver, not through the queueing discipline. NULL and error: as
 * tl_wire_open(). */
struct tl_burst *tl_burst_open(const char *interface, bool at_once, struct tl_error *error);
void tl_burst_close(struct tl_burst *burst);
const char *tl_burst_name(const struct tl_burst *burst);
/* Adds a frame, which must stay where it is until it is sent. The frames are sent when there are TL_BURST_FRAMES. */
enum tl_failure tl_burst_add(struct tl_burst *burst, struct tl_bytes frame, struct tl_error *error) TL_MUST_CHECK;
/*
 * Sends what was added. Waits while the interface takes no more. Frames that are too long or too short are counted, no
 * failure.
 */
enum tl_failure tl_burst_flush(struct tl_burst *burst, struct tl_error *error) TL_MUST_CHECK;

struct tl_burst_counts {
    uint64_t frames, bytes; /* sent */
    uint64_t too_long;      /* longer than the MTU */
    uint64_t too_short;     /* shorter than an Ethernet header */
    uint64_t waits;         /* the interface took no more for a while */
};
struct tl_burst_counts tl_burst_counts(const struct tl_burst *burst);

#endif
