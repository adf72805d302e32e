/* weird.c - the names of anomalies. */
#include "core/weird.h"

const struct tl_weird_name tl_weird_names[TL_WEIRD_KINDS] = {
#define TL_WEIRD(id, name, help) { name, help },
#include "core/weird.def"
#undef TL_WEIRD
};

_Static_assert(TL_WEIRD_KINDS <= 64, "a flow has one bit a kind");
