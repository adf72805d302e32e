/* causes.h - why a difference is there: rules, the first that fits. */
#ifndef TL_TESTS_DIFFERENTIAL_CAUSES_H
#define TL_TESTS_DIFFERENTIAL_CAUSES_H

#include <stdbool.h>

/* What a rule is held against, in the order of the columns behind the cause's name. */
enum { CAUSE_KIND, CAUSE_FIELD, CAUSE_FILE, CAUSE_LAYERS, CAUSE_PROTOCOLS, CAUSE_OURS, CAUSE_THEIRS, CAUSE_COLUMNS };

struct causes;

/*
 * Reads rules: a line each, its name and up to CAUSE_COLUMNS shell patterns between tabs; a pattern may be several, with
 * `|` between them; a column that is left out or `*` fits all. Lines that begin with # are comments. NULL: unreadable.
 */
struct causes *causes_new(const char *path);
/* The name of the first rule that fits these texts, or "-". */
const char *causes_find(const struct causes *causes, const char *const texts[CAUSE_COLUMNS]);
void causes_free(struct causes *causes);

#endif
