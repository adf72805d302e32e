/*
 * host_names.h - names of addresses in text (-N): from hosts(5) files, and from DNS answers in the capture. Nothing is
 * looked up. Workers put marks into the text, and the thread that writes puts names in their place: so a name is shown
 * from the packet on that told it, for any number of workers.
 */
#ifndef TL_EXPORT_HOST_NAMES_H
#define TL_EXPORT_HOST_NAMES_H

#include "core/buffer.h"
#include "core/record.h"
#include "core/status.h"

struct tl_host_names;

/* memory: bytes for names; what finds no room has none. answers: DNS answers give names. NULL: out of memory. */
struct tl_host_names *tl_host_names_new(size_t memory, bool answers);
void tl_host_names_free(struct tl_host_names *names);
/* Reads a hosts(5) file: an address and its names in each line; the first is shown. It comes before DNS answers. */
enum tl_failure tl_host_names_read(struct tl_host_names *names, const char *path, struct tl_error *error) TL_MUST_CHECK;

/* In a worker: marks an address, of 4 or 16 bytes. width: the text is padded to it. both: name (address). */
void tl_host_names_mark(struct tl_buffer *out, const uint8_t *address, bool v6, uint32_t width, bool both);
/* In a worker: appends what a record of DNS says of names; nothing if it is another record. */
void tl_host_names_note(const struct tl_host_names *names, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_record *record);
/* In the thread that writes: appends the text with names to `out`, and learns those that were noted. */
void tl_host_names_fill(struct tl_host_names *names, struct tl_buffer *out, const uint8_t *text, size_t len);

#endif
