/* follow.h - the bytes of one conversation, as follow collects them. Private to follow.c and follow_text.c. */
#ifndef TL_STATISTICS_FOLLOW_H
#define TL_STATISTICS_FOLLOW_H

#include "statistics/addresses.h"
#include "statistics/rows.h"

enum tl_follow_mode { TL_FOLLOW_ASCII, TL_FOLLOW_HEX, TL_FOLLOW_RAW, TL_FOLLOW_JSON };

struct tl_follow_part {
    size_t at, len;  /* in the bytes */
    uint64_t gap;    /* bytes missing, before them */
    uint64_t number; /* of the packet with which it came; 0: none */
    uint64_t place;  /* bytes of this side before it */
    uint32_t side;   /* 0: node 0 */
};

struct tl_follow_secret {
    size_t at, len;
};

struct tl_following {
    struct tl_statistic base;
    enum tl_address_type type; /* TCP or UDP */
    const char *inside;        /* name of the protocol whose content is followed; NULL: that of TCP or UDP */
    bool by_stream;            /* one of the streams that it carries */
    uint64_t stream;           /* its number; or TL_SAID_WHOLE */
    enum tl_follow_mode mode;
    bool secrets; /* are shown */
    /* What is followed: a number, two ends, or the uid of a flow. */
    bool by_number, by_uid;
    uint32_t number;
    struct tl_address ends[2];
    const char *uid; /* borrowed */
    char *named;     /* owned: the argument without the number of the stream; NULL: it had none */
    /* What was found. */
    struct tl_streams *streams; /* owned: of a number */
    struct tl_rows flows;       /* by number of the first packet: TCP flows of the conversation */
    struct tl_address nodes[2];
    bool found;
    uint64_t last_number; /* of the last packet that was taken */
    uint8_t *bytes;       /* owned */
    size_t len, room;
    struct tl_follow_part *parts; /* owned */
    uint32_t count, capacity;
    size_t memory_of_parts;
    uint64_t places[2];
    uint64_t left_out; /* bytes */
    /* Of the packet that is being taken. */
    size_t packet_at;     /* its first byte */
    uint32_t packet_part; /* its first part */
    size_t pending_at;    /* bytes of a flow that begins with it, which may be another */
    uint32_t pending_part;
    uint64_t pending_flow;           /* number of its first packet; 0: none */
    struct tl_follow_secret *hidden; /* owned */
    uint32_t hidden_count, hidden_capacity;
    bool hides;
};

void tl_follow_text(struct tl_statistic *s, struct tl_report *report);
void tl_follow_json(struct tl_statistic *s, struct tl_report *report);

#endif
