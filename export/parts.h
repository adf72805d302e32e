/* parts.h - the sequence of files that one output writes: which part comes when, and which are removed. */
#ifndef TL_EXPORT_PARTS_H
#define TL_EXPORT_PARTS_H

#include "export/output.h"

struct tl_parts {
    struct tl_rotation rotation;
    struct tl_file_part part;  /* the part being written */
    int64_t period;            /* start of its period, seconds since the epoch */
    uint32_t count;            /* parts begun */
    struct tl_file_part *kept; /* the last parts, a ring of rotation.keep; owned */
    uint32_t oldest, kept_count;
    void (*notice)(void *context, const char *text); /* NULL: none */
    void *notice_context;
};

/* Begins with tl_rotation_first(). Returns false if out of memory. A zeroed struct: the output is one file. */
bool tl_parts_init(struct tl_parts *parts, const struct tl_rotation *rotation) TL_MUST_CHECK;
void tl_parts_fini(struct tl_parts *parts);

static inline bool tl_parts_rotates(const struct tl_parts *parts)
{
    return parts->rotation.bytes > 0 || parts->rotation.seconds > 0 || parts->rotation.packets > 0;
}

/*
 * Returns true if what comes next, `size` bytes at time `seconds`, goes into the next part. have: bytes in this part;
 * packets: packets in it, 0 if it may not be left yet for its size. *time is the start of the next part.
 */
bool tl_parts_is_over(const struct tl_parts *parts, int64_t seconds, uint64_t have, uint64_t packets, size_t size,
                      int64_t *time);
/* Returns true if no part follows this one: the output is complete. */
bool tl_parts_is_last(const struct tl_parts *parts);
/* Continues in the part that begins at `time`; removes the oldest one if needed. */
enum tl_failure tl_parts_next(struct tl_parts *parts, struct tl_output *output, int64_t time, struct tl_error *error);

#endif
