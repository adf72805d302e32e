/*
 * outbox.h - records on disk that a server has not acknowledged.
 *
 * A folder with segments and the place up to which all is acknowledged:
 *
 *   0000000000000001.seg  frames one after another: header (struct header in outbox.c), sensor, run, lines
 *   acked                 two slots of 32 bytes, written in turn: the newer one with a good checksum counts
 *
 * A frame that is cut (the program was killed) ends the segment. Each run begins a new segment. One thread may append
 * and sync while another one reads and acknowledges; the counts are for all, and wait for nothing.
 */
#ifndef TL_SINKS_OUTBOX_H
#define TL_SINKS_OUTBOX_H

#include "core/status.h"
#include "sinks/frame.h"

struct tl_outbox;

enum tl_stored {
    TL_STORED,
    TL_STORED_FULL,   /* no room: the frame was not stored, its records are not counted as lost */
    TL_STORED_FAILED, /* the disk, or a frame larger than the outbox: likewise; error says why */
};

struct tl_outbox_counts {
    uint64_t records, bytes; /* that wait */
    uint64_t dropped;        /* oldest records that were removed to make room, and not sent meanwhile */
    uint64_t damaged;        /* pieces of segments that could not be read */
};

/*
 * Opens or makes the folder `path`, which one process at a time can use. size: at most so many bytes are kept. oldest:
 * if it is full, the oldest segment is removed. Returns NULL on failure.
 */
struct tl_outbox *tl_outbox_open(const char *path, uint64_t size, bool oldest, struct tl_error *error);
/* Gives the folder and all in it to a user: root is given up later. */
void tl_outbox_give(struct tl_outbox *box, unsigned user, unsigned group);
void tl_outbox_close(struct tl_outbox *box);

enum tl_stored tl_outbox_append(struct tl_outbox *box, const struct tl_record_frame *frame, struct tl_error *error);
/*
 * Reads the oldest frames that are not acknowledged, as one: of one run, in sequence, and not more than `most` bytes if
 * there are several. Returns false if there are none, or if they cannot be read now (no memory, no descriptors): their
 * count tells. The frame is overwritten; the caller owns its lines.
 */
bool tl_outbox_next(struct tl_outbox *box, struct tl_record_frame *frame, size_t most);
/* All that tl_outbox_next() gave is acknowledged; this is on disk when it returns. */
void tl_outbox_acknowledge(struct tl_outbox *box);
/* What tl_outbox_next() gave is not sent; it stays, but for what had to make room meanwhile, which is lost. */
void tl_outbox_keep(struct tl_outbox *box);
/* Brings what was appended to the disk. */
void tl_outbox_sync(struct tl_outbox *box);
struct tl_outbox_counts tl_outbox_count(struct tl_outbox *box);
/* Appends a line to the file of refused records, while it is under 16 MiB. Returns false if it cannot be written. */
bool tl_outbox_set_aside(struct tl_outbox *box, const uint8_t *line, size_t len, struct tl_error *error);

#endif
