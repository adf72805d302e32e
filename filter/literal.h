/* literal.h - constants of a filter, read as values of a field's type. */
#ifndef TL_FILTER_LITERAL_H
#define TL_FILTER_LITERAL_H

#include "core/field.h"
#include "filter/datum.h"
#include "filter/syntax.h"

/* What a constant is read as. */
struct tl_kind_of_value {
    enum tl_datum_type type;
    uint8_t bits;                /* numbers: their width on the wire */
    const struct tl_name *names; /* names of values; NULL: none */
};

enum { TL_REASON = 200 };

/*
 * Reads the constant of a word, string or character node as a value. Bytes are in the arena. Returns false and a
 * reason, which continues the text "'..' ", if it is none.
 */
bool tl_literal_read(const struct tl_syntax *node, const struct tl_kind_of_value *kind, struct tl_arena *arena,
                     struct tl_datum *value, char reason[TL_REASON]) TL_MUST_CHECK;
/* Reads an absolute time: "2024-01-01 12:00:00", "Jan 1, 2024 12:00:00.5"; local unless Z, UTC or +hh:mm follows. */
bool tl_literal_time(struct tl_bytes text, int64_t *ns) TL_MUST_CHECK;

#endif
