/* weird.h - the fixed list of anomalies that are worth a record. */
#ifndef TL_CORE_WEIRD_H
#define TL_CORE_WEIRD_H

#include <stdint.h>

enum tl_weird_kind {
#define TL_WEIRD(id, name, help) TL_WEIRD_##id,
#include "core/weird.def"
#undef TL_WEIRD
    TL_WEIRD_KINDS
};

struct tl_weird_name {
    const char *name; /* as in the record */
    const char *help;
};

extern const struct tl_weird_name tl_weird_names[TL_WEIRD_KINDS];

#endif
