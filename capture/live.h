/* live.h - interfaces as a source of packets, by libpcap. */
#ifndef TL_CAPTURE_LIVE_H
#define TL_CAPTURE_LIVE_H

#include "capture/source.h"
#include "core/buffer.h"

enum {
    TL_LIVE_MOST = 64,         /* interfaces */
    TL_LIVE_SNAPLEN = 262144,  /* bytes, unless said otherwise */
    TL_LIVE_BUFFER = 16 << 20, /* bytes of kernel memory for each interface, unless said otherwise */
    TL_LIVE_BUFFER_LEAST = 1 << 20,
};

struct tl_live_options {
    const char *const *names; /* of interfaces, or "any"; must live as long as the source */
    uint32_t count;           /* 1 to TL_LIVE_MOST */
    uint32_t snaplen;         /* bytes of a packet at most; 0: TL_LIVE_SNAPLEN */
    size_t buffer;            /* bytes; 0: TL_LIVE_BUFFER */
    const char *linktype;     /* a name of libpcap's, such as "EN10MB"; NULL: what the interface has */
    bool no_promiscuous;
    bool immediate; /* each packet at once: more work for each, and more drops */
    bool wait;      /* for interfaces that are not there yet, or not any more */
    size_t memory;  /* bytes for blocks in flight */
    /* What a person should know, in one line without its end. Called by next() and by tl_live_open(). May be NULL. */
    void (*notice)(void *context, const char *text);
    void *notice_context;
};

/*
 * Opens the interfaces for capture: one source for all, packets merged by time. Interfaces are added to `interfaces`
 * once they are open. NULL and error on failure: no such interface, one that is down, a link type it does not have; no
 * permission (TL_E_PERMISSION). After stop() next() gives what was on the wire before, then *end.
 */
struct tl_source *tl_live_open(const struct tl_live_options *options, struct tl_interfaces *interfaces,
                               struct tl_error *error);
/* How many blocks the memory is for, and bytes of each: a block is full with the packet that passes so many. */
uint32_t tl_live_blocks(size_t memory);

/* The link types of an interface, as "EN10MB (Ethernet)", a line each, the one used first. */
enum tl_failure tl_live_linktypes(const char *name, struct tl_buffer *out, struct tl_error *error) TL_MUST_CHECK;

#endif
