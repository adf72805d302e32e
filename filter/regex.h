/* regex.h - regular expressions of `matches`: PCRE2, without case, with limits of time and memory. */
#ifndef TL_FILTER_REGEX_H
#define TL_FILTER_REGEX_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_regex;

/* Compiles a pattern. Returns NULL and writes the reason into text. */
struct tl_regex *tl_regex_new(struct tl_bytes pattern, char *text, size_t size);
void tl_regex_free(struct tl_regex *regex);

/* What one thread needs to match; NULL without memory. */
struct tl_regex_run;
struct tl_regex_run *tl_regex_run_new(void);
void tl_regex_run_free(struct tl_regex_run *run);
/* Returns whether the pattern matches somewhere in the subject. A match that needs too many steps counts as none. */
bool tl_regex_matches(const struct tl_regex *regex, struct tl_regex_run *run, struct tl_bytes subject);

#endif
