/* live.h - interfaces as a packet source, with libpcap. */
#ifndef TL_CAPTURE_LIVE_H
#define TL_CAPTURE_LIVE_H

#include "capture/filter.h"
#include "capture/source.h"
#include "core/buffer.h"

enum {
    TL_LIVE_MOST = 64,         /* interfaces */
    TL_LIVE_THREADS = 32,      /* of an interface */
    TL_LIVE_SNAPLEN = 262144,  /* default, bytes */
    TL_LIVE_BUFFER = 16 << 20, /* default size of the kernel buffer of an interface, bytes */
    TL_LIVE_BUFFER_LEAST = 1 << 20,
};

enum tl_direction { TL_DIRECTION_BOTH, TL_DIRECTION_IN, TL_DIRECTION_OUT };

struct tl_live_options {
    const char *const *names; /* interface names, or "any"; borrowed for the life of the source */
    uint32_t count;           /* 1 to TL_LIVE_MOST */
    uint32_t snaplen;         /* maximum bytes of a packet; 0: TL_LIVE_SNAPLEN */
    size_t buffer;            /* bytes; 0: TL_LIVE_BUFFER */
    enum tl_direction direction;
    const char *linktype;     /* libpcap's name, such as "EN10MB"; NULL: the interface's default */
    bool no_promiscuous;
    uint32_t threads; /* that read each interface, each with a kernel buffer of its own; 0 or 1: that which calls next() */
    bool immediate; /* deliver each packet at once: more work per packet, more drops */
    bool wait;      /* wait for interfaces that do not exist yet or disappear */
    bool elsewhere; /* another network namespace: /sys, where libpcap reads drops of the interface, has not that of this name */
    int64_t duration; /* ns after the first call of next() at which the source stops by itself; 0: never */
    size_t memory;  /* bytes for blocks in flight */
    /* Reports one line for the user, without newline. Called by next() and by tl_live_open(). May be NULL. */
    void (*notice)(void *context, const char *text);
    void *notice_context;
};

/*
 * Opens the interfaces as one source that merges packets by time, and adds them to `interfaces`. Returns NULL and sets
 * error if an interface does not exist, is down or lacks the link type, or without permission (TL_E_PERMISSION). After
 * stop(), next() gives the packets that were on the wire before it, then *end.
 */
struct tl_source *tl_live_open(const struct tl_live_options *options, struct tl_interfaces *interfaces,
                               struct tl_error *error);
/*
 * Returns the number of blocks for this memory and the bytes of each. A block is full when its packets exceed that
 * size.
 */
uint32_t tl_live_blocks(size_t memory);

/* Appends the link types of an interface, one per line, as "EN10MB (Ethernet)"; the default one comes first. */
enum tl_failure tl_live_linktypes(const char *name, struct tl_buffer *out, struct tl_error *error) TL_MUST_CHECK;
/* Appends the program that the kernel would run for packets of the first interface. */
enum tl_failure tl_live_program(const struct tl_live_options *options, const struct tl_filter *filter,
                                enum tl_program form, struct tl_buffer *out, struct tl_error *error) TL_MUST_CHECK;

#endif
