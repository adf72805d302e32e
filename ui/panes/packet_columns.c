/* packet_columns.c - the names of the columns. */
#include "ui/panes/packet_columns.h"

#include <stdlib.h>
#include <string.h>

#include "ui/tasks/display_filter.h"

static const struct {
    const char *word, *title;
} names[] = {
    [TL_COLUMN_NUMBER] = { "number", "#" },
    [TL_COLUMN_TIME] = { "time", "Time" },
    [TL_COLUMN_SOURCE] = { "source", "Source" },
    [TL_COLUMN_DESTINATION] = { "destination", "Destination" },
    [TL_COLUMN_PROTOCOL] = { "protocol", "Protocol" },
    [TL_COLUMN_LENGTH] = { "length", "Length" },
    [TL_COLUMN_CAPTURED] = { "captured", "Captured" },
    [TL_COLUMN_INTERFACE] = { "interface", "Interface" },
    [TL_COLUMN_FLOW] = { "flow", "Flow" },
    [TL_COLUMN_INFO] = { "info", "Info" },
};

const char tl_packet_column_words[] =
    "number time source destination protocol length captured interface flow info, and names of fields";

const char *tl_packet_column_title(const struct tl_packet_columns *columns, unsigned column)
{
    unsigned which = columns->shown[column].which;
    return which == TL_COLUMN_FIELD ? columns->shown[column].key : names[which].title;
}

uint32_t tl_packet_columns_keys(const struct tl_packet_columns *columns, const char *keys[TL_PACKET_COLUMNS_MOST])
{
    uint32_t count = 0;
    for (unsigned i = 0; i < columns->count; i++) {
        if (columns->shown[i].which == TL_COLUMN_FIELD)
            keys[count++] = columns->shown[i].key;
    }
    return count;
}

static bool have(const struct tl_packet_columns *columns, unsigned which, const char *key)
{
    for (unsigned i = 0; i < columns->count; i++) {
        if (columns->shown[i].which == which && strcmp(columns->shown[i].key, key) == 0)
            return true;
    }
    return false;
}

/* The name of a field whose values are known from the packet and its flow. */
static bool is_field(const char *key)
{
    const struct tl_names all = tl_display_filter_names();
    struct tl_problem problem;
    struct tl_predicate *field = tl_predicate_of_names(&key, 1, &all, &problem);
    bool fine = field != NULL && !tl_predicate_is_ordered(field);
    tl_predicate_free(field);
    return fine;
}

static unsigned find(const char *word, size_t len)
{
    unsigned i = 0;
    while (i < TL_COLUMN_FIELD && (strlen(names[i].word) != len || memcmp(names[i].word, word, len) != 0))
        i++;
    return i;
}

static bool add(struct tl_packet_columns *columns, const char *word, size_t len)
{
    const char *colon = memchr(word, ':', len);
    size_t name_len = colon != NULL ? (size_t)(colon - word) : len;
    unsigned long width = 0;
    char *end = NULL;
    if (colon != NULL)
        width = strtoul(colon + 1, &end, 10);
    if (colon != NULL && (end != word + len || colon[1] < '1' || colon[1] > '9' || width > TL_COLUMN_WIDEST))
        return false;
    unsigned which = find(word, name_len);
    char key[TL_COLUMN_KEY] = "";
    if (columns->count == TL_PACKET_COLUMNS_MOST || name_len >= sizeof key)
        return false;
    if (which == TL_COLUMN_FIELD)
        memcpy(key, word, name_len);
    if (have(columns, which, key) || (which == TL_COLUMN_FIELD && !is_field(key)))
        return false;
    columns->shown[columns->count].which = (uint8_t)which;
    columns->shown[columns->count].width = (uint8_t)width;
    memcpy(columns->shown[columns->count++].key, key, sizeof key);
    return true;
}

bool tl_packet_columns_parse(const char *text, struct tl_packet_columns *columns)
{
    struct tl_packet_columns found = { .count = 0 };
    while (*(text += strspn(text, " ,")) != '\0') {
        size_t len = strcspn(text, " ,");
        if (!add(&found, text, len))
            return false;
        text += len;
    }
    if (found.count == 0)
        return false;
    *columns = found;
    return true;
}

bool tl_packet_columns_fine(const char *text)
{
    struct tl_packet_columns columns;
    return strlen(text) < TL_COLUMNS_TEXT && tl_packet_columns_parse(text, &columns);
}

void tl_packet_columns_put(struct tl_buffer *out, const struct tl_packet_columns *columns)
{
    for (unsigned i = 0; i < columns->count; i++) {
        if (i > 0)
            tl_put_char(out, ' ');
        bool field = columns->shown[i].which == TL_COLUMN_FIELD;
        tl_puts(out, field ? columns->shown[i].key : names[columns->shown[i].which].word);
        if (columns->shown[i].width > 0)
            tl_put_format(out, ":%u", columns->shown[i].width);
    }
}
