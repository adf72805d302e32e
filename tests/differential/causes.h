/* causes.h - the cause of a difference: the first rule that matches. */
#ifndef TL_TESTS_DIFFERENTIAL_CAUSES_H
#define TL_TESTS_DIFFERENTIAL_CAUSES_H

#include <stdbool.h>

/* The texts a rule is matched against, in the order of the columns after the cause's name. */
enum { CAUSE_KIND, CAUSE_FIELD, CAUSE_FILE, CAUSE_LAYERS, CAUSE_PROTOCOLS, CAUSE_OURS, CAUSE_THEIRS, CAUSE_COLUMNS };

struct causes;

/*
 * Reads rules, one per line: a name and up to CAUSE_COLUMNS shell patterns, separated by tabs. Several patterns in a
 * column are separated by `|`. A missing column or `*` matches everything. Lines starting with # are comments. NULL:
 * unreadable.
 */
struct causes *causes_new(const char *path);
/* Returns the name of the first rule that matches these texts, or "-". */
const char *causes_find(const struct causes *causes, const char *const texts[CAUSE_COLUMNS]);
void causes_free(struct causes *causes);

#endif
