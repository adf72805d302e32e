/*
 * notices.c - each notice takes a number and so a slot of its own. If all other slots are used while it is written, the
 * later notice of the same slot is lost.
 */
#include "ui/store/notices.h"

#include <stdio.h>
#include <time.h>

#include "ui/store/cells.h"

static struct tl_notice_slot *slot_of(const struct tl_notices *notices, uint32_t index)
{
    return (struct tl_notice_slot *)(uintptr_t)&notices->kept[index % TL_NOTICES_KEPT];
}

static uint64_t version_of(uint32_t index)
{
    return 2 * (uint64_t)index + 2;
}

void tl_notices_add(void *context, const char *text)
{
    struct tl_notices *notices = context;
    struct tl_notice notice = { 0 };
    struct timespec now;
    if (atomic_load(&notices->aloud)) {
        (void)fprintf(stderr, "taplight: %s\n", text);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    notice.ts = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    snprintf(notice.text, sizeof notice.text, "%s", text);
    uint32_t index = atomic_fetch_add(&notices->count, 1);
    struct tl_notice_slot *slot = slot_of(notices, index);
    uint64_t before = atomic_load_explicit(&slot->version, memory_order_relaxed);
    if (before % 2 != 0 || before > version_of(index) ||
        !atomic_compare_exchange_strong_explicit(&slot->version, &before, version_of(index) - 1, memory_order_acquire,
                                                 memory_order_relaxed))
        return;
    atomic_thread_fence(memory_order_release);
    tl_words_store(slot->words, &notice, sizeof notice);
    atomic_store_explicit(&slot->version, version_of(index), memory_order_release);
}

bool tl_notices_get(const struct tl_notices *notices, uint32_t index, struct tl_notice *notice)
{
    const struct tl_notice_slot *slot = slot_of(notices, index);
    if (atomic_load_explicit(&slot->version, memory_order_acquire) != version_of(index))
        return false;
    tl_words_load(slot->words, notice, sizeof *notice);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&slot->version, memory_order_relaxed) == version_of(index);
}
