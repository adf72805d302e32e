/* sql.h - statements of databases without the values in them. */
#ifndef TL_CORE_SQL_H
#define TL_CORE_SQL_H

#include "core/arena.h"
#include "core/bytes.h"

/*
 * Sets *shown to the statement in scratch memory with `?` in place of each literal: quoted text, dollar-quoted text,
 * numbers. Comments are left out, as they may hold anything. With `mysql`, text in double quotes is a literal, a
 * backslash escapes in each, and # begins a comment. A literal without an end goes to the end, and so does one of which
 * the end is not known: with a backslash before a quote that may be escaped or not. Returns false without memory.
 */
bool tl_sql_without_literals(struct tl_bytes text, bool mysql, struct tl_arena *scratch, struct tl_bytes *shown);

/* The same of the text of an error: what it quotes, what stands behind =( and long numbers may be of the statement. */
bool tl_sql_error_without_values(struct tl_bytes text, struct tl_arena *scratch, struct tl_bytes *shown);

#endif
