/* kept.h - a growing byte buffer in flow memory (tl_keep()), with spare room at its end. */
#ifndef TL_DISSECTORS_KEPT_H
#define TL_DISSECTORS_KEPT_H

#include "core/dissect.h"

/* Must be zero at first. tl_kept_clear() frees the memory. */
struct tl_kept_text {
    uint32_t handle; /* 0: none yet */
    uint32_t len;
};

static inline void tl_kept_clear(struct tl_dissection *d, struct tl_kept_text *text)
{
    if (text->handle != 0)
        tl_forget(d, text->handle);
    *text = (struct tl_kept_text){ 0, 0 };
}

static inline struct tl_bytes tl_kept_bytes_of(const struct tl_dissection *d, const struct tl_kept_text *text)
{
    if (text->handle == 0)
        return (struct tl_bytes){ (const uint8_t *)"", 0 };
    return (struct tl_bytes){ tl_kept(d, text->handle).data, text->len };
}

/* Appends n bytes. Returns false and changes nothing if there would be more than `most` bytes, or without memory. */
static inline bool tl_kept_append(struct tl_dissection *d, struct tl_kept_text *text, const void *data, uint32_t n,
                                  uint32_t most)
{
    uint32_t room = text->handle != 0 ? tl_kept(d, text->handle).len : 0;
    if (n > most || text->len > most - n)
        return false;
    if (text->len + n > room) {
        uint32_t wish = room == 0 ? 48 : room * 2;
        wish = wish < text->len + n ? text->len + n : wish;
        uint32_t grown = tl_keep(d, NULL, wish < most ? wish : most);
        if (grown == 0)
            return false;
        if (text->handle != 0) {
            memcpy(tl_kept_mine(d, grown), tl_kept(d, text->handle).data, text->len);
            tl_forget(d, text->handle);
        }
        text->handle = grown;
    }
    if (n > 0)
        memcpy(tl_kept_mine(d, text->handle) + text->len, data, n);
    text->len += n;
    return true;
}

#endif
