/* rows.h - what the store has of a packet, a flow and a transaction, and searches in sorted arrays of packets. */
#ifndef TL_UI_ROWS_H
#define TL_UI_ROWS_H

#include "core/sink.h"

enum { TL_STORE_NONE = UINT32_MAX }; /* no flow, no packet */

/* A packet. Packets that passed the filter are counted from 0 in capture order. */
struct tl_row {
    int64_t ts;          /* ns */
    uint64_t place;      /* of its bytes: in the input of its interface, or in the store's memory */
    uint32_t flow;       /* counted from 0; TL_STORE_NONE: none */
    uint32_t previous;   /* the packet before it in that flow; TL_STORE_NONE: none, or overwritten */
    uint32_t len;        /* bytes on the wire */
    uint32_t caplen;
    uint16_t interface;
    uint16_t stack;      /* of the protocols that the engine found: tl_store_stack() */
    uint8_t protocol;    /* the innermost of them, as tl_node.protocol */
    uint8_t side;        /* of its flow that sent it: 0: the side that sent the flow's first packet */
    bool malformed;
    bool commented;      /* pcapng: it has a comment */
    bool untimed;        /* pcapng: it has no time; ts is 0 */
    bool kept;           /* the store has its bytes, not a file */
};

/* The protocols of a packet, the outermost first, as tl_node.protocol. */
struct tl_stack {
    uint8_t layers[TL_GLANCE_LAYERS];
    uint8_t count;
};
/* Different stacks that are kept; of later ones only the innermost protocol is known. */
enum { TL_STORE_STACKS = 512 };

/* What the client of a TLS session said of itself, in TCP or in QUIC. */
struct tl_flow_hello {
    char server_name[64]; /* "": none. Escaped, and cut at the size */
    char ja4[40];
};

/* A flow, so far. */
struct tl_flow_row {
    struct tl_flow_id id;     /* uid and Community ID once it has ended, or had a transaction */
    int64_t first_ts, last_ts;
    uint64_t packets[2];      /* a side: 0 the originator */
    uint64_t bytes[2];        /* on the wire */
    uint32_t first_row, last_row;
    uint8_t orig_side;        /* tl_row.side of what the originator sent */
    uint8_t protocol;         /* of its last packet, as tl_row.protocol */
    char service[24];         /* "" where none was found */
    int64_t rtt;              /* ns; -1: not known */
    bool opened;              /* something in it was decrypted */
    uint32_t hello;           /* for tl_store_hello(); TL_STORE_NONE: none */
    bool ended;               /* the fields below are known */
    char state[8];            /* conn_state of its record */
    uint64_t retransmissions; /* both sides */
};

enum { TL_TRANSACTION_TEXT = 160 };

/* An HTTP, DNS or SMTP transaction, or an anomaly. */
struct tl_transaction {
    int64_t ts;
    int64_t latency;          /* ns; -1: not known */
    const char *path;         /* "http", "dns", "smtp", "weird" */
    uint32_t flow;            /* TL_STORE_NONE: none, or gone */
    uint32_t row;             /* a packet of that flow, near its end; TL_STORE_NONE: none */
    char text[TL_TRANSACTION_TEXT]; /* escaped, and cut at the size */
};

/* Index of the first of these sorted packets that is not before `row`, or count. */
static inline uint32_t tl_rows_find(const uint32_t *rows, uint32_t count, uint64_t row)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
