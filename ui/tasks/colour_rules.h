/*
 * colour_rules.h - colours of the lines of the list: each rule has a display filter, and the first one that selects a
 * packet gives its line the colours. Read once, then shared by threads, each with a run of its own.
 *
 * A rule is a line of a text, `NAME @ DISPLAY FILTER @ COLOUR @ BACKGROUND`; empty lines and lines that begin with #
 * are skipped.
 */
#ifndef TL_UI_COLOUR_RULES_H
#define TL_UI_COLOUR_RULES_H

#include "core/status.h"
#include "filter/predicate.h"

/* 8-colour terminals have 64 pairs of colours; the styles of the view take the others. */
enum { TL_COLOUR_RULES_MOST = 40 };

struct tl_colour_rule {
    struct tl_predicate *predicate;  /* owned */
    int8_t foreground, background;   /* 0 to 7 as in ECMA-48, 8 to 15: bright; -1: the terminal's own */
};

/* Zeroed: no rules. */
struct tl_colour_rules {
    struct tl_colour_rule items[TL_COLOUR_RULES_MOST];
    uint32_t count;
    char *text; /* owned: the filters point into it */
};

/* The rules of a file; "" or "default": the built-in ones; "none": none. Free them on failure, too. */
enum tl_failure tl_colour_rules_load(struct tl_colour_rules *rules, const char *path, struct tl_error *error);
/* The rules of a text, which is called `name` in messages. */
enum tl_failure tl_colour_rules_read(struct tl_colour_rules *rules, const char *text, size_t len, const char *name,
                                     struct tl_error *error);
void tl_colour_rules_free(struct tl_colour_rules *rules);

/* For one thread at a time. */
struct tl_colour_run {
    const struct tl_colour_rules *rules; /* borrowed; NULL: none */
    struct tl_predicate_run *asked[TL_COLOUR_RULES_MOST];
};

/* Returns false without memory; call tl_colour_run_fini() all the same. rules may be NULL. */
bool tl_colour_run_init(struct tl_colour_run *run, const struct tl_colour_rules *rules);
void tl_colour_run_fini(struct tl_colour_run *run);
/* The rule of a packet, counted from 1; 0: none selects it. The packet has its whole tree. */
uint8_t tl_colour_run_ask(struct tl_colour_run *run, const struct tl_scene *scene);

#endif
