/* devices.h - the interfaces of this machine: names, state, addresses and traffic rates. */
#ifndef TL_CAPTURE_DEVICES_H
#define TL_CAPTURE_DEVICES_H

#include "core/buffer.h"

struct tl_device {
    char name[64];
    char description[128];      /* "" if there is none */
    struct tl_buffer addresses; /* text, separated by ", " */
    bool up, running, loopback, wireless;
    bool counted;                 /* the counters below are valid; never for "any" */
    uint64_t packets, bytes;      /* sent and received since the interface came up */
    int64_t at;                   /* when the counters were read: monotonic, ns */
    double packet_rate, bit_rate; /* per second, between the last two tl_devices_count() calls */
};

struct tl_devices {
    struct tl_device *items; /* owned */
    uint32_t count;
};

/* Lists all interfaces libpcap can capture from; those up and running come first. */
enum tl_failure tl_devices_list(struct tl_devices *devices, struct tl_error *error) TL_MUST_CHECK;
/*
 * Lists the interfaces again and sets the rates since the last call. Start with an empty list. On failure the old list
 * is kept.
 */
enum tl_failure tl_devices_refresh(struct tl_devices *devices, struct tl_error *error) TL_MUST_CHECK;
void tl_devices_fini(struct tl_devices *devices);
/* Reads the counters and sets the rates since the last call. */
void tl_devices_count(struct tl_devices *devices);
/* Appends a bit rate, such as "1.5 Mbit/s". */
void tl_device_put_bit_rate(struct tl_buffer *out, double rate);

#endif
