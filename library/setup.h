/* setup.h - the options of a caller as those of an engine. Private to library/. */
#ifndef TL_LIBRARY_SETUP_H
#define TL_LIBRARY_SETUP_H

#include "capture/live.h"
#include "library/hold.h"
#include "pipeline/engine.h"

/* Owns copies of all that the engine borrows. */
struct tl_setup {
    struct taplight_options options; /* what the caller gave, as long as this library knows it; strings are copies */
    char **strings;                  /* owned, all of them */
    uint32_t string_count, string_room;
    const char **files, **interfaces, **fields, **kinds; /* owned */
    struct tl_hold *hold;
    struct tl_predicate *filter;     /* NULL: none */
    struct tl_predicate *names;      /* of the fields, may be of none */
    struct tl_keylog *keylog;
    struct tl_keylog_file *keylog_file;
    struct tl_live_options live;
    struct tl_engine_options engine;
    const struct tl_record_def *defs[TL_HOLD_DEFS]; /* kinds of records that are wanted */
    uint32_t def_count;              /* 0: all but meta and stats */
};

/* Returns false and sets the error on failure; free it in either case. columns: no packets or records are delivered. */
bool tl_setup_init(struct tl_setup *setup, const struct taplight_options *options, bool columns,
                   struct taplight_error *error) TL_MUST_CHECK;
void tl_setup_fini(struct tl_setup *setup);
/* Returns an engine with this sink, or NULL and sets the error. */
struct tl_engine *tl_setup_engine(struct tl_setup *setup, struct tl_sink **sink, struct taplight_error *error);
/* Copies what callers of this size of the struct gave. */
void tl_setup_take_options(struct taplight_options *to, const struct taplight_options *from);

#endif
