/* source.h - where the bytes of the store's packets are read again, and with which options they are decoded. */
#ifndef TL_UI_SOURCE_H
#define TL_UI_SOURCE_H

#include "export/journal.h"
#include "ui/store/inputs.h"
#include "ui/store/memory.h"
#include "ui/store/store.h"

struct tl_packet_source {
    const struct tl_store *store;
    const struct tl_interfaces *interfaces;
    const char *const *inputs; /* the engine's */
    uint32_t input_count;
    const struct tl_inputs *opened;
    const struct tl_journal *journal; /* of the file of -w, or NULL: has packets that the store no longer keeps */
    enum tl_checksums checksums;
    const struct tl_decode_as_list *decode_as; /* NULL: none */
    bool secrets;
    struct tl_keylog *keylog; /* borrowed: secrets of TLS sessions; NULL: none */
    size_t decode_memory;      /* bytes for each decoder: the reader, a search, a file that is saved */
    struct tl_memory *memory;  /* for the results of tasks */
};

#endif
