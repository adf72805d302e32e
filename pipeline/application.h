/* application.h - what a flow keeps for the protocol inside it. */
#ifndef TL_PIPELINE_APPLICATION_H
#define TL_PIPELINE_APPLICATION_H

#include "core/protocol.h"
#include "core/record.h"
#include "core/stream.h"

enum {
    KEPT_MOST = 64 << 10,  /* bytes that parsers keep in one flow */
    SERVICES_MOST = 48,    /* bytes of a conn record's service */
    HANDOVERS_MOST = 16,   /* times that a flow goes from one protocol to the next; after that it is nobody's */
    VIOLATION_EARLY = 10 << 10, /* stream bytes of a protocol within which a violation takes its service back */
};

/* Bytes that a parser keeps; they follow. */
struct tl_kept_bytes {
    uint32_t next, previous; /* handles */
    uint32_t len;
    uint32_t reserved;
};

/* Owned by the flow's extension, from the slab. */
struct tl_app {
    uint16_t protocol;       /* index in the registry; TL_PROTOCOL_COUNT: undecided */
    uint8_t first_side;      /* the side whose payload came first */
    bool turn;               /* the ends are the other way round: turned once the packet is done with */
    bool settled;            /* decided, or given up */
    bool named;              /* uid and community_id stand below: a flow's records come in rows */
    char uid[TL_UID_LEN], community_id[TL_COMMUNITY_ID_LEN];
    bool tried[2];           /* this side's first payload told nothing */
    uint8_t handovers;       /* so far */
    void *slot;              /* the protocol's state */
    uint32_t slot_size;
    uint32_t kept;           /* handle of the first of a chain */
    uint32_t kept_bytes;
    uint8_t services_len;
    uint8_t services_before; /* services_len when this protocol began: what stands behind is its own */
    uint64_t began;          /* stream bytes of both sides before it */
    char services[SERVICES_MOST];
    struct tl_stream side[]; /* two for TCP, none for others */
};

#endif
