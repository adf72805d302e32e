/* devices.h - the interfaces of this machine: what they are called, whether they are up, how much passes. */
#ifndef TL_CAPTURE_DEVICES_H
#define TL_CAPTURE_DEVICES_H

#include "core/buffer.h"

struct tl_device {
    char name[64];
    char description[128];      /* or "" */
    struct tl_buffer addresses; /* text, ", " between them */
    bool up, running, loopback, wireless;
    bool counted;                 /* the counts below are there: not for "any" and what is no network interface */
    uint64_t packets, bytes;      /* both ways, since it came up */
    int64_t at;                   /* when they were counted: monotonic, ns */
    double packet_rate, bit_rate; /* a second, between the last two tl_devices_count() */
};

struct tl_devices {
    struct tl_device *items; /* owned */
    uint32_t count;
};

/* All that libpcap can capture from, those first that are up and running. */
enum tl_failure tl_devices_list(struct tl_devices *devices, struct tl_error *error) TL_MUST_CHECK;
/* Lists them anew, with the rates since the last time; begins with an empty list. On failure the old list stays. */
enum tl_failure tl_devices_refresh(struct tl_devices *devices, struct tl_error *error) TL_MUST_CHECK;
void tl_devices_fini(struct tl_devices *devices);
/* Reads the counts anew, and the rates since the last time. */
void tl_devices_count(struct tl_devices *devices);
/* Bits a second, as "1.5 Mbit/s". */
void tl_device_put_bit_rate(struct tl_buffer *out, double rate);

#endif
