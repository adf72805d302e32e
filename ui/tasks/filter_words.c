/* filter_words.c - looks back from the cursor: a word, or a value after "FIELD ==". */
#include "ui/tasks/filter_words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/tasks/display_filter.h"

enum { CANDIDATES_MOST = 512 };

/* What the candidates are compared with, and what they have in common. */
struct search {
    const char *typed;
    size_t typed_len;
    bool values;           /* names of values: their case is ignored, they are put in quotes */
    char common[TL_WORD_MOST];
    size_t common_len;
    unsigned matches;
    struct {
        char text[64];
    } shown[CANDIDATES_MOST]; /* as they are listed: names up to their next dot */
    unsigned shown_count;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

static void show(struct search *s, const char *name, size_t len)
{
    for (unsigned i = 0; i < s->shown_count; i++) {
        if (strlen(s->shown[i].text) == len && memcmp(s->shown[i].text, name, len) == 0)
            return;
    }
    if (s->shown_count < CANDIDATES_MOST && len < sizeof s->shown[0].text)
        snprintf(s->shown[s->shown_count++].text, sizeof s->shown[0].text, "%.*s", (int)len, name);
}

static void consider(struct search *s, const char *name)
{
    size_t len = strlen(name), n = 0;
    if (len >= sizeof s->common || len < s->typed_len ||
        (s->values ? strncasecmp : strncmp)(name, s->typed, s->typed_len) != 0)
        return;
    if (s->matches++ == 0) {
        memcpy(s->common, name, len);
        s->common_len = len;
    }
    while (n < s->common_len && s->common[n] == name[n])
        n++;
    s->common_len = n;
}

/* After all were considered. */
static void list(struct search *s, const char *name)
{
    size_t len = strlen(name), common = s->common_len;
    if (s->matches == 0 || len < common || strncmp(name, s->common, common) != 0)
        return;
    const char *dot = s->values || len == common ? NULL : strchr(name + common + 1, '.');
    show(s, name, dot != NULL ? (size_t)(dot - name) + 1 : len);
}

static void consider_row(void *context, const struct tl_name_row *row)
{
    consider(context, row->name);
}

static void list_row(void *context, const struct tl_name_row *row)
{
    list(context, row->name);
}

static void each_value(struct search *s, const struct tl_name *names, void (*what)(struct search *s, const char *name))
{
    for (; names->name != NULL; names++)
        what(s, names->name);
}

/* --- the place in the filter --- */

/* The string that the cursor is in begins after this offset; at: it is in none. */
static size_t string_before(const char *text, size_t at)
{
    size_t begin = at;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\\' && begin < at)
            i++;
        else if (text[i] == '"')
            begin = begin < at ? at : i;
    }
    return begin;
}

static size_t skip_blanks(const char *text, size_t at)
{
    while (at > 0 && text[at - 1] == ' ')
        at--;
    return at;
}

static size_t skip_word(const char *text, size_t at)
{
    while (at > 0 && is_word(text[at - 1]))
        at--;
    return at;
}

/* Removes an operator that compares, from the end of the text; at: there is none. */
static size_t skip_comparison(const char *text, size_t at)
{
    static const char *const words[] = { "eq", "ne", "any_eq", "all_eq", "any_ne", "all_ne", "in" };
    size_t begin = at;
    while (begin > 0 && strchr("=!", text[begin - 1]) != NULL)
        begin--;
    if (begin < at)
        return begin;
    begin = skip_word(text, at);
    for (size_t i = 0; i < TL_COUNT(words); i++) {
        if (strlen(words[i]) == at - begin && memcmp(words[i], text + begin, at - begin) == 0)
            return begin;
    }
    return at;
}

/* The names of the values that are expected from this offset on; NULL: none are. */
static const struct tl_name *names_expected(const char *text, size_t at)
{
    const struct tl_names names = tl_display_filter_names();
    struct tl_reference reference;
    at = skip_blanks(text, at);
    if (at > 0 && strchr("{,", text[at - 1]) != NULL) { /* in a set */
        while (at > 0 && text[at - 1] != '{')
            at--;
        at = skip_blanks(text, at > 0 ? at - 1 : 0);
    }
    size_t field = skip_comparison(text, at);
    if (field == at)
        return NULL;
    at = skip_blanks(text, field);
    field = skip_word(text, at);
    struct tl_bytes name = tl_bytes_of(text + field, at - field);
    return name.len > 0 && tl_names_packet(&names, name, &reference) ? reference.kind.names : NULL;
}

/* --- the whole --- */

static void put_candidates(const struct search *s, struct tl_completed_word *done)
{
    enum { MORE = 24 };
    size_t len = 0, n;
    unsigned i = 0;
    for (; i < s->shown_count; i++, len += n) {
        n = strlen(s->shown[i].text) + (i > 0 ? 2 : 0);
        if (len + n + MORE >= sizeof done->note)
            break;
        memcpy(done->note + len, "  ", i > 0 ? 2 : 0);
        memcpy(done->note + len + (i > 0 ? 2 : 0), s->shown[i].text, n - (i > 0 ? 2 : 0));
        done->note[len + n] = '\0';
    }
    if (i < s->shown_count)
        snprintf(done->note + len, sizeof done->note - len, "  and %u more", s->shown_count - i);
}

/* The common part, and where it is all of the only candidate, the quote at its end. */
static void put_common(const struct search *s, bool quoted, struct tl_completed_word *done)
{
    size_t n = 0;
    if (s->values && !quoted)
        done->text[n++] = '"';
    for (size_t i = 0; i < s->common_len && n + 4 < sizeof done->text; i++) {
        if (s->values && (s->common[i] == '"' || s->common[i] == '\\'))
            done->text[n++] = '\\';
        done->text[n++] = s->common[i];
    }
    if (s->values && s->matches == 1)
        done->text[n++] = '"';
    done->text[n] = '\0';
}

void tl_filter_complete(const char *text, size_t at, struct tl_completed_word *done)
{
    const struct tl_names names = tl_display_filter_names();
    size_t quote = string_before(text, at), begin = quote < at ? quote : skip_word(text, at);
    const struct tl_name *values = names_expected(text, begin);
    bool quoted = quote < at;
    struct search s = { .typed = text + begin + quoted, .typed_len = at - begin - quoted, .values = values != NULL };
    *done = (struct tl_completed_word){ .gone = 0 };
    if (values != NULL) {
        each_value(&s, values, consider);
        each_value(&s, values, list);
    } else if (!quoted) {
        tl_names_each(&names, consider_row, &s);
        tl_names_each(&names, list_row, &s);
    }
    if (s.matches == 0) {
        snprintf(done->note, sizeof done->note, "%s",
                 values != NULL ? "no value of this field has a name like this" : "no field begins like this");
    } else if (s.common_len >= s.typed_len) {
        done->gone = s.typed_len;
        put_common(&s, quoted, done);
    }
    if (s.shown_count > 1)
        put_candidates(&s, done);
}
