/* fetch.h - reads the bytes of a packet again: from its file, from the store, or from the file that -w writes. */
#ifndef TL_UI_FETCH_H
#define TL_UI_FETCH_H

#include "ui/store/source.h"

enum { TL_FETCH_AHEAD = 4 };

struct tl_fetch {
    const struct tl_store *store;
    const struct tl_interfaces *interfaces;
    const struct tl_inputs *opened;
    const struct tl_journal *journal; /* may be NULL */
    uint8_t *memory;   /* owned */
    uint8_t *bytes;    /* in it: of the last packet */
    size_t capacity;   /* of bytes */
    bool in_order;
    struct tl_fetch_ahead {
        uint8_t *bytes; /* owned; NULL: nothing was read ahead */
        uint32_t input;
        uint64_t place; /* of the bytes in the file of that input */
        size_t len;
    } ahead[TL_FETCH_AHEAD]; /* that of input i at i % TL_FETCH_AHEAD: packets of several files alternate */
};

/* false without memory. */
bool tl_fetch_init(struct tl_fetch *fetch, const struct tl_packet_source *source);
void tl_fetch_fini(struct tl_fetch *fetch);
/*
 * Packets are fetched in the order of their file from now on: more of it is read at once. Without memory nothing
 * changes.
 */
void tl_fetch_in_order(struct tl_fetch *fetch);
/*
 * Reads the packet of a row; its bytes stay until the next call. false: they are gone (the file changed, or memory was
 * short).
 */
bool tl_fetch_packet(struct tl_fetch *fetch, uint64_t index, const struct tl_row *row, struct tl_packet *packet);
/* The same, with its options (pcapng) if they can be read. */
bool tl_fetch_whole(struct tl_fetch *fetch, uint64_t index, const struct tl_row *row, struct tl_packet *packet);

#endif
