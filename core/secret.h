/* secret.h - how much of a secret is shown. Fields are redacted only here: see enum tl_secret. */
#ifndef TL_CORE_SECRET_H
#define TL_CORE_SECRET_H

#include "core/arena.h"
#include "core/field.h"
#include "core/record.h"

/*
 * Sets *shown to the part of value that may be shown: a range of value, or (TL_SECRET_COOKIES) text in scratch memory.
 * Empty: only the presence of the value is shown. Returns false when not even that may be shown.
 */
bool tl_secret_shown(enum tl_secret kind, struct tl_bytes value, struct tl_arena *scratch, struct tl_bytes *shown);

/* Replaces the masked fields of a record that is emitted without secrets: see struct tl_record. */
void tl_secret_mask(const struct tl_record_def *def, struct tl_record *record);

#endif
