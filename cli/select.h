/* select.h - the display filter of -Y, the fields of -T fields, and the list of --fields. */
#ifndef TL_CLI_SELECT_H
#define TL_CLI_SELECT_H

#include "cli/column_list.h"
#include "cli/csv.h"
#include "cli/options.h"
#include "filter/predicate.h"

enum { TL_RECORD_DEFS_MOST = 256 };

struct tl_select {
    const struct tl_record_def *defs[TL_RECORD_DEFS_MOST];
    struct tl_predicate *predicate; /* owned; NULL: no -Y */
    struct tl_predicate *fields;    /* owned; NULL: no -T and no --columns */
    struct tl_predicate *files;     /* owned; NULL: no --extract-match */
    struct tl_column_list columns;  /* of --columns and -T tabs */
    struct tl_csv csv;              /* of --csv */
    bool ordered;                   /* values depend on all packets before: one worker */
};

/* Compiles the filter and looks up the fields. A refused filter is printed with a mark at the place. */
enum tl_failure tl_select_init(struct tl_select *select, const struct tl_options *options,
                               struct tl_error *error) TL_MUST_CHECK;
/* Compiles a filter on records, which the caller frees; `select` must live as long. Nothing is printed. */
enum tl_failure tl_select_records(struct tl_select *select, const char *text, struct tl_predicate **predicate,
                                  struct tl_error *error) TL_MUST_CHECK;
/* Returns an error if the filter is not on what the outputs have: records, or packets. */
enum tl_failure tl_select_check(const struct tl_predicate *predicate, const struct tl_options *options,
                                struct tl_error *error) TL_MUST_CHECK;
/* The names in filters. They are valid as long as `select`. */
struct tl_names tl_select_names(struct tl_select *select);
void tl_select_fini(struct tl_select *select);
/* Reads NAME=VALUE of -E. */
enum tl_failure tl_select_format(struct tl_fields_format *format, const char *arg, struct tl_error *error);
/* Appends the list of fields, of all protocols or of one. */
enum tl_failure tl_select_list(const char *protocol, struct tl_buffer *out, struct tl_error *error);

#endif
