/* secret.h - how much of a secret is shown. The one place where fields are redacted: see enum tl_secret. */
#ifndef TL_CORE_SECRET_H
#define TL_CORE_SECRET_H

#include "core/arena.h"
#include "core/field.h"

/*
 * What may be shown of value: a part of it, or (TL_SECRET_COOKIES) text in scratch memory. false: nothing, not even that
 * it was there. Empty: that it was there.
 */
bool tl_secret_shown(enum tl_secret kind, struct tl_bytes value, struct tl_arena *scratch, struct tl_bytes *shown);

#endif
