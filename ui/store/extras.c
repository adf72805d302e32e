/* extras.c - one after the other, and never moved. */
#include "ui/store/extras.h"

#include <string.h>
#include <sys/mman.h>

enum { ALIGNED = 8 };

struct head {
    uint64_t row;
    uint32_t type, section, len;
    bool big_endian;
};

static void add(struct tl_extras *extras, const struct tl_extra *extra)
{
    size_t at = atomic_load_explicit(&extras->len, memory_order_relaxed);
    size_t size = (sizeof(struct head) + extra->block.len + ALIGNED - 1) & ~(size_t)(ALIGNED - 1);
    struct head head = { .row = extras->rows + extra->before,
                         .type = extra->type,
                         .section = extra->section,
                         .len = extra->block.len,
                         .big_endian = extra->big_endian };
    if (size > extras->size - at) {
        atomic_fetch_add_explicit(&extras->left_out, 1, memory_order_relaxed);
        return;
    }
    memcpy(extras->bytes + at, &head, sizeof head);
    memcpy(extras->bytes + at + sizeof head, extra->block.data, extra->block.len);
    atomic_store_explicit(&extras->len, at + size, memory_order_release);
}

static enum tl_failure take_block(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error)
{
    struct tl_extras *extras = (struct tl_extras *)sink;
    (void)error;
    for (uint32_t i = 0; i < block->extra_count; i++)
        add(extras, &block->extras[i]);
    if (!block->skipped)
        extras->rows += block->count;
    return TL_E_NONE;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void free_sink(struct tl_sink *sink)
{
    (void)sink; /* owned by the store */
}

bool tl_extras_init(struct tl_extras *extras, size_t memory)
{
    void *p = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *extras = (struct tl_extras){ .sink = { .block = take_block, .close = close_sink, .free = free_sink },
                                  .bytes = p != MAP_FAILED ? p : NULL,
                                  .size = memory };
    return extras->bytes != NULL;
}

void tl_extras_fini(struct tl_extras *extras)
{
    if (extras->bytes != NULL)
        munmap(extras->bytes, extras->size);
    extras->bytes = NULL;
}

bool tl_extras_next(const struct tl_extras *extras, size_t *at, struct tl_extra *extra, uint64_t *row)
{
    struct head head;
    if (*at >= atomic_load_explicit(&extras->len, memory_order_acquire))
        return false;
    memcpy(&head, extras->bytes + *at, sizeof head);
    *row = head.row;
    *extra = (struct tl_extra){ .type = head.type,
                                .section = head.section,
                                .big_endian = head.big_endian,
                                .block = { extras->bytes + *at + sizeof head, head.len } };
    *at += (sizeof head + head.len + ALIGNED - 1) & ~(size_t)(ALIGNED - 1);
    return true;
}
