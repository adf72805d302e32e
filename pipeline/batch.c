/* batch.c - output with sort keys. */
#include "pipeline/batch.h"

#include <stdlib.h>

#include "core/time.h"

enum { KEEP_BYTES = TL_BATCH_BYTES * 2 }; /* bytes of a batch's buffer that are kept from block to block */

void tl_batch_reset(struct tl_batch *batch)
{
    if (batch->bytes.capacity > KEEP_BYTES)
        tl_buffer_fini(&batch->bytes);
    batch->bytes.len = 0;
    batch->bytes.failed = false;
    batch->count = 0;
    batch->records = 0;
    batch->more = false;
    batch->failed = false;
}

void tl_batch_fini(struct tl_batch *batch)
{
    tl_buffer_fini(&batch->bytes);
    free(batch->pieces);
    *batch = (struct tl_batch){ 0 };
}

void tl_batch_note(struct tl_batch *batch, struct tl_key key, uint32_t sink, size_t len)
{
    if (batch->count == batch->capacity) {
        uint32_t capacity = batch->capacity ? batch->capacity * 2 : 1024;
        struct tl_piece *pieces = realloc(batch->pieces, capacity * sizeof *pieces);
        if (pieces == NULL) {
            batch->bytes.len -= len;
            batch->failed = true;
            return;
        }
        batch->pieces = pieces;
        batch->capacity = capacity;
    }
    batch->pieces[batch->count++] = (struct tl_piece){ key, sink, (uint32_t)len };
}

bool tl_key_before(const struct tl_key *a, const struct tl_key *b)
{
    if (a->number != b->number)
        return a->number < b->number;
    if (a->own != b->own)
        return b->own;
    if (a->deadline != b->deadline)
        return tl_etime_before(a->deadline, b->deadline);
    return a->first_pkt < b->first_pkt;
}
