/*
 * resumed.c - master secrets of sessions that later flows may resume (RFC 5246 section 7.3, RFC 5077), by a hash of the
 * session's id or ticket and of the addresses. Only packets of one outermost address pair always reach the same worker, so
 * a session is found again between the same addresses only. There are two tables: if the newer one is full, the older one
 * is dropped.
 */
#include "decode/resumed.h"

#include "decode/state.h"

enum { TABLE = 1 << 20 /* bytes */, ADDRESS = 16, NAME_MOST = 2 * ADDRESS + 8 };

/* Returns false without hashes, or if the flow is not known. */
static bool name_of(const struct tl_dissection *d, struct tl_bytes id, uint8_t name[TL_KEYLOG_RANDOM])
{
    const uint32_t n = d->flow.version == 4 ? 4 : 16;
    uint8_t place[NAME_MOST] = { 0 }, memory[TL_HASH_STATE] __attribute__((aligned(8)));
    if (d->crypto == NULL || d->of == NULL || d->flow.orig_addr == NULL || id.len == 0)
        return false;
    memcpy(place, d->flow.orig_addr, n);
    memcpy(place + ADDRESS, d->flow.resp_addr, n);
    const uint64_t outer = tl_flow_outer(d->of);
    memcpy(place + (size_t)2 * ADDRESS, &outer, sizeof outer);
    d->crypto->hash_begin(TL_HASH_SHA256, memory);
    d->crypto->hash_add(TL_HASH_SHA256, memory, tl_bytes_of(place, sizeof place));
    d->crypto->hash_add(TL_HASH_SHA256, memory, id);
    d->crypto->hash_end(TL_HASH_SHA256, memory, name);
    return true;
}

void tl_resumed_remember(const struct tl_dissection *d, struct tl_bytes id, const uint8_t master[TL_PREMASTER])
{
    struct tl_decoder *k = d->host_data;
    uint8_t name[TL_KEYLOG_RANDOM];
    if (!name_of(d, id, name))
        return;
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        if (k->resumed[0] == NULL)
            k->resumed[0] = tl_keylog_new(TABLE);
        if (k->resumed[0] == NULL ||
            tl_keylog_put(k->resumed[0], TL_KEYLOG_MASTER, name, master, TL_PREMASTER, 0) != TL_KEYLOG_FULL)
            return;
        tl_keylog_free(k->resumed[1]);
        k->resumed[1] = k->resumed[0];
        k->resumed[0] = NULL;
    }
}

bool tl_resumed_recall(const struct tl_dissection *d, struct tl_bytes id, uint8_t master[TL_PREMASTER])
{
    const struct tl_decoder *k = d->host_data;
    uint8_t name[TL_KEYLOG_RANDOM], secret[TL_KEYLOG_SECRET];
    bool found = false;
    if ((k->resumed[0] == NULL && k->resumed[1] == NULL) || !name_of(d, id, name))
        return false;
    for (unsigned i = 0; i < 2 && !found; i++)
        found = k->resumed[i] != NULL &&
                tl_keylog_find(k->resumed[i], TL_KEYLOG_MASTER, name, UINT64_MAX, secret) == TL_PREMASTER;
    if (found)
        memcpy(master, secret, TL_PREMASTER);
    tl_wipe(secret, sizeof secret);
    return found;
}

void tl_resumed_share(const struct tl_dissection *d, const uint8_t random[TL_KEYLOG_RANDOM],
                      const uint8_t master[TL_PREMASTER])
{
    const struct tl_decoder *k = d->host_data;
    if (k->options.keylog != NULL)
        (void)tl_keylog_put(k->options.keylog, TL_KEYLOG_MASTER, random, master, TL_PREMASTER, d->frame->number);
}
