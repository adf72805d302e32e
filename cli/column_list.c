/* column_list.c - reads the list of --columns. */
#include "cli/column_list.h"

#include "export/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MOST = 1000 };

static const struct {
    const char *name;
    enum tl_column_kind kind;
    uint32_t width;
} known[] = {
    { "no", TL_SHOW_NUMBER, 5 },       { "time", TL_SHOW_TIME, 15 },
    { "src", TL_SHOW_SOURCE, 15 },     { "dst", TL_SHOW_DESTINATION, 15 },
    { "proto", TL_SHOW_PROTOCOL, 8 },  { "len", TL_SHOW_LENGTH, 5 },
    { "info", TL_SHOW_INFO, 40 },
};

enum { FIELD_WIDTH = 20 };

static enum tl_failure read_one(struct tl_column_list *list, const char *text, size_t len, size_t *used,
                                struct tl_error *error)
{
    size_t n = len;
    const char *colon = memchr(text, ':', len);
    if (colon != NULL)
        n = (size_t)(colon - text);
    if (n == 0 || list->count == TL_COLUMNS_MOST || *used + n + 1 > sizeof list->text)
        return tl_error_set(error, TL_E_USAGE,
                            "--columns: bad list at '%.*s': give NAME[:TITLE[:WIDTH]],.. (at most %d)",
                            (int)(len < 40 ? len : 40), text, TL_COLUMNS_MOST);
    struct tl_column *column = &list->columns[list->count++];
    *column = (struct tl_column){ .kind = TL_SHOW_FIELD, .width = FIELD_WIDTH };
    for (size_t i = 0; i < TL_COUNT(known); i++)
        if (strlen(known[i].name) == n && memcmp(known[i].name, text, n) == 0) {
            column->kind = known[i].kind;
            column->width = known[i].width;
        }
    memcpy(list->text + *used, text, n);
    list->text[*used + n] = '\0';
    snprintf(column->title, sizeof column->title, "%s", list->text + *used);
    if (column->kind == TL_SHOW_FIELD) {
        column->index = list->key_count;
        list->keys[list->key_count++] = list->text + *used;
        *used += n + 1;
    }
    if (colon == NULL)
        return TL_E_NONE;
    const char *title = colon + 1, *end = text + len, *second = memchr(title, ':', (size_t)(end - title));
    size_t m = (size_t)((second != NULL ? second : end) - title);
    if (m > 0) {
        int most = (int)(m < sizeof column->title ? m : sizeof column->title - 1);
        snprintf(column->title, sizeof column->title, "%.*s", most, title);
        column->titled = true;
    }
    if (second == NULL)
        return TL_E_NONE;
    unsigned width = 0;
    for (const char *p = second + 1; p < end && *p >= '0' && *p <= '9' && width <= WIDTH_MOST; p++)
        width = width * 10 + (unsigned)(*p - '0');
    if (width == 0 || width > WIDTH_MOST)
        return tl_error_set(error, TL_E_USAGE, "--columns: bad width in '%.*s': give 1 to %d",
                            (int)(len < 60 ? len : 60), text, WIDTH_MOST);
    column->width = width;
    return TL_E_NONE;
}

enum tl_failure tl_column_list_read(struct tl_column_list *list, const struct tl_options *o, struct tl_error *error)
{
    const char *text = o->columns != NULL ? o->columns : "no,time,src,dst,proto,len,info";
    bool first = o->stamp == TL_STAMP_FIRST || o->stamp == TL_STAMP_FIRST_CLOCK;
    size_t used = 0;
    enum tl_failure failure = TL_E_NONE;
    list->count = 0;
    list->key_count = 1;
    list->keys[0] = !tl_stamp_is_difference(o->stamp) ? "frame.number"
                    : first                           ? "frame.time_relative"
                                                      : "frame.time_delta_displayed";
    while (failure == TL_E_NONE) {
        size_t len = strcspn(text, ",");
        failure = read_one(list, text, len, &used, error);
        if (text[len] == '\0')
            break;
        text += len + 1;
    }
    return failure;
}
