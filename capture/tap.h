/* tap.h - one interface to capture from: opened with libpcap, read without blocking, monitored. */
#ifndef TL_CAPTURE_TAP_H
#define TL_CAPTURE_TAP_H

#include <pcap/pcap.h>

#include "capture/live.h"

enum {
    TL_TAP_TIMEOUT_MS = 20, /* how long the kernel collects packets before it delivers them */
    /* A packet is visible at most this long after it was on the wire: two timeouts plus timer delay. */
    TL_TAP_BEHIND_MS = 2 * TL_TAP_TIMEOUT_MS + 10,
};

/* Destination of packets and their bytes. */
struct tl_tray {
    struct tl_packet *packets;
    uint32_t count;
    uint8_t *bytes;
    size_t used;
    size_t full; /* the packet that exceeds so many bytes is the last; one whole packet fits after them */
};

struct tl_tap {
    const char *name;
    const struct tl_live_options *options;
    pcap_t *pcap;       /* NULL: not open */
    int fd;             /* to be polled */
    int index;          /* kernel's index; 0: none, as for "any" */
    uint16_t group;     /* of taps that share the interface's packets; the kernel's number */
    uint32_t interface; /* in the list of all interfaces; UINT32_MAX: not yet added */
    uint16_t linktype;
    uint32_t netmask;   /* host byte order; 0: it has no IPv4 address; PCAP_NETMASK_UNKNOWN: it is "any" */
    struct tl_filter *check; /* packets are tested with it too; borrowed; NULL: the kernel's filter is enough */
    struct tl_filter *check_merged; /* the same, where a thread of its own reads the tap: filters are for one thread */
    int64_t joined;          /* time of day, ns: earlier packets came to other taps of its group too; 0: alone */
    uint32_t seen;           /* packets of one tl_tap_read() */
    bool nanoseconds;
    bool up;
    int64_t
        gone_at; /* when it disappeared, monotonic ns; 0: present; -1: the reason it cannot be opened was reported */
    struct tl_tray *tray;          /* set during tl_tap_read() */
    struct tl_source_stats counts; /* summed over all times it was open */
    struct pcap_stat last;         /* libpcap's counters have 32 bits */
};

void tl_tap_init(struct tl_tap *tap, const char *name, const struct tl_live_options *options);
/*
 * Opens the interface. Returns TL_E_PERMISSION; TL_E_USAGE for an unsupported link type; TL_E_RUNTIME if it does not
 * exist or is down (*absent is set), or cannot be captured from.
 */
enum tl_failure tl_tap_open(struct tl_tap *tap, struct tl_interfaces *interfaces, bool *absent,
                            struct tl_error *error) TL_MUST_CHECK;
/*
 * The interface's packets are shared out among its taps by flow (PACKET_FANOUT_HASH, packet(7)); what one has no room for
 * goes to another one. other: an open tap of the interface, NULL: there is none yet. On failure the tap stays open.
 */
enum tl_failure tl_tap_share(struct tl_tap *tap, const struct tl_tap *other, struct tl_error *error) TL_MUST_CHECK;
void tl_tap_close(struct tl_tap *tap);
/*
 * Reads at most `most` available packets, appends those that pass tap->check, and returns how many it read. After an
 * error the interface counts as gone.
 */
uint32_t tl_tap_read(struct tl_tap *tap, struct tl_tray *tray, uint32_t most);
/* Updates tap->counts. */
void tl_tap_count(struct tl_tap *tap);
/*
 * Checks whether the interface exists and is up. Writes the change as a line, or an empty one. socket: any, for
 * ioctl().
 */
void tl_tap_watch(struct tl_tap *tap, int socket, int64_t now, char *line, size_t size);

#endif
