/* members.h - reads the members of a record as the records sink wrote it: a JSON object on a line, without spaces. */
#ifndef TL_SINKS_MEMBERS_H
#define TL_SINKS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

struct tl_member {
    const uint8_t *key; /* without quotes; keys have no escapes */
    size_t key_len;
    const uint8_t *value; /* as written: a string has its quotes */
    size_t len;
};

/* Reads the member at *p, which is behind `{` or `,`, and advances *p behind the comma or brace after it. */
bool tl_member_next(const uint8_t **p, const uint8_t *end, struct tl_member *member);
/* Finds a member of a line. */
bool tl_member_find(const uint8_t *line, size_t len, const char *key, struct tl_member *member);
/* Returns the value of `_path`, which is the first member, or false. */
bool tl_member_kind(const uint8_t *line, size_t len, const uint8_t **kind, size_t *kind_len);
/*
 * Appends seconds since 1970, as written, as a date and time in UTC: "2026-11-30 08:15:00.123456" with quotes. between:
 * the date and the time. Returns false, without doing so, before 1970 and after 2262.
 */
bool tl_member_put_date(struct tl_buffer *out, const struct tl_member *member, char between, const char *after);
/* Appends JSON as a JSON string. */
void tl_put_nested(struct tl_buffer *out, const uint8_t *json, size_t len);
bool tl_member_is(const struct tl_member *member, const char *key);

#endif
