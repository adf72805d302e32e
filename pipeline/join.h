/* join.h - the joiners of a run, and parts on their way to them. */
#ifndef TL_PIPELINE_JOIN_H
#define TL_PIPELINE_JOIN_H

#include "core/buffer.h"
#include "core/join.h"

enum { TL_JOINS_MOST = 4 };

/* Zero at first but for the seed. */
struct tl_joins {
    uint64_t seed;       /* of the joiners' hashes */
    struct {
        const struct tl_joiner *joiner;
        void *state; /* NULL: there was no memory */
    } items[TL_JOINS_MOST];
    uint32_t count;
};

void tl_joins_take(struct tl_joins *joins, const struct tl_joiner *joiner, const void *part, const struct tl_flow_id *id,
                   const struct tl_joined *to);
/* No part follows: the joiners emit what they have. */
void tl_joins_end(struct tl_joins *joins, const struct tl_joined *to);
void tl_joins_fini(struct tl_joins *joins);

/* Appends a part as bytes, for tl_joins_unpack(). */
void tl_joins_pack(struct tl_buffer *out, const struct tl_joiner *joiner, const void *part, const struct tl_flow_id *id);
void tl_joins_unpack(struct tl_joins *joins, const uint8_t *bytes, const struct tl_joined *to);

#endif
