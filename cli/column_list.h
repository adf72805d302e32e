/* column_list.h - the columns of --columns and -T tabs. */
#ifndef TL_CLI_COLUMN_LIST_H
#define TL_CLI_COLUMN_LIST_H

#include "cli/options.h"

enum { TL_COLUMNS_MOST = 64 };

struct tl_column_list {
    struct tl_column columns[TL_COLUMNS_MOST];
    uint32_t count;
    const char *keys[TL_COLUMNS_MOST + 1]; /* of fields; the first one is that of the time */
    uint32_t key_count;
    char text[2048]; /* the keys */
};

/* Reads NAME[:TITLE[:WIDTH]],..; without --columns the columns of a line. */
enum tl_failure tl_column_list_read(struct tl_column_list *list, const struct tl_options *options,
                                    struct tl_error *error) TL_MUST_CHECK;

#endif
