/* tap.h - one interface that is captured from: opened by libpcap, read without waiting, watched. */
#ifndef TL_CAPTURE_TAP_H
#define TL_CAPTURE_TAP_H

#include <pcap/pcap.h>

#include "capture/live.h"

enum {
    TL_TAP_TIMEOUT_MS = 20, /* how long the kernel collects packets before it shows them */
    /* A packet that was on the wire so long ago is to be seen by now: two such times and what timers are late. */
    TL_TAP_BEHIND_MS = 2 * TL_TAP_TIMEOUT_MS + 10,
};

/* Where packets and their bytes are put. */
struct tl_tray {
    struct tl_packet *packets;
    uint32_t count;
    uint8_t *bytes;
    size_t used;
    size_t full; /* with the packet that passes so many bytes; there is room for one whole packet behind */
};

struct tl_tap {
    const char *name;
    const struct tl_live_options *options;
    pcap_t *pcap;       /* NULL: not open */
    int fd;             /* to be polled */
    int index;          /* the system's; 0: none, as for "any" */
    uint32_t interface; /* in the list of all; UINT32_MAX: not in it yet */
    uint16_t linktype;
    bool nanoseconds;
    bool up;
    int64_t
        gone_at; /* monotonic, ns, when it was seen to be gone; 0: it is there; -1: why it cannot be opened was said */
    struct tl_tray *tray;          /* during tl_tap_read() */
    struct tl_source_stats counts; /* of all the times it was open */
    struct pcap_stat last;         /* libpcap's counts have 32 bits */
};

void tl_tap_init(struct tl_tap *tap, const char *name, const struct tl_live_options *options);
/*
 * Opens it. TL_E_PERMISSION; TL_E_USAGE for a link type it has not; TL_E_RUNTIME where it is not there or down (*absent
 * is set then), or cannot be captured from.
 */
enum tl_failure tl_tap_open(struct tl_tap *tap, struct tl_interfaces *interfaces, bool *absent,
                            struct tl_error *error) TL_MUST_CHECK;
void tl_tap_close(struct tl_tap *tap);
/* Appends at most `most` packets that are there by now. Returns how many. A fault counts as being gone. */
uint32_t tl_tap_read(struct tl_tap *tap, struct tl_tray *tray, uint32_t most);
/* Brings tap->counts up to date. */
void tl_tap_count(struct tl_tap *tap);
/* Is it there, is it up? Gives what changed as a line, or an empty one. socket: any, for ioctl(). */
void tl_tap_watch(struct tl_tap *tap, int socket, int64_t now, char *line, size_t size);

#endif
