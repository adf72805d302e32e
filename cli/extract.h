/* extract.h - the packets of chosen flows (--extract), and the index of a capture file (--index). */
#ifndef TL_CLI_EXTRACT_H
#define TL_CLI_EXTRACT_H

#include "cli/options.h"
#include "cli/select.h"
#include "export/index.h"
#include "pipeline/options.h"

struct tl_extract {
    char uid[TL_UID_LEN + 1], community_id[TL_COMMUNITY_ID_LEN + 1]; /* "": another way of choosing */
    struct tl_predicate *predicate; /* owned: a filter on records; NULL: none */
    bool conn;                      /* it names keys of conn records only */
    struct tl_index *index;         /* owned */
    struct tl_chosen chosen;        /* bits owned */
    struct tl_places places;        /* items owned */
    struct tl_error damage;         /* of the input, found before */
    bool stopped;                   /* by a signal: nothing more is to be done */
    bool answers;                   /* the records that -Y asks for are all in the index */
};

/* Reads the argument of --extract. A filter that is refused is printed with a mark at the place. */
enum tl_failure tl_extract_init(struct tl_extract *extract, const struct tl_options *options, struct tl_select *select,
                                struct tl_error *error) TL_MUST_CHECK;
/*
 * Makes the index that --index asks for, and finds the packets that --extract asks for, in an index or in a pass over
 * the inputs. Without these options, looks whether there is an index with all that `select`, the filter of -Y, selects.
 */
enum tl_failure tl_extract_find(struct tl_extract *extract, const struct tl_options *options,
                                const struct tl_predicate *select, struct tl_error *error) TL_MUST_CHECK;
/* Of a struct tl_extract that answers: see `answer` of the engine's options. */
void tl_extract_answer(void *context, tl_emit_record *emit, void *emit_context);
void tl_extract_fini(struct tl_extract *extract);

#endif
