/* near.c - suggestions for mistyped options, by edit distance with transpositions (Damerau, 1964). */
#include "cli/near.h"

#include "cli/options.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum { LONGEST = 32 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][LONGEST + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned change = last[j - 1] + !is_same(a[i - 1], b[j - 1]);
            row[j] = least(change, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_len];
}

/* Allows errors in about a third of the name. */
static unsigned most_wrong(size_t len)
{
    return (unsigned)(len / 3 + 1);
}

unsigned tl_edits(const char *name, const char *typed, size_t len)
{
    size_t name_len = strlen(name);
    if (len == 0 || len > LONGEST || name_len > LONGEST)
        return UINT_MAX;
    unsigned edits = distance(typed, len, name, name_len);
    return edits <= most_wrong(len) ? edits : UINT_MAX;
}

const char *tl_near_option(const char *typed, size_t len)
{
    const char *best = NULL;
    unsigned best_distance = most_wrong(len);
    size_t count;
    const struct tl_option *table = tl_option_table(&count);
    if (len < 2 || len > LONGEST)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name = table[i].name;
        if (name == NULL || table[i].kind == TL_OPT_HIDDEN || strlen(name) > LONGEST)
            continue;
        unsigned d = strncmp(name, typed, len) == 0 ? 1 : distance(typed, len, name, strlen(name));
        if (d < best_distance || (d == best_distance && best == NULL)) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

const char *tl_near_known(const char *typed, size_t len)
{
    static const struct {
        const char *name, *advice;
    } known[] = {
        { "absolute-tcp-sequence-numbers", "did you mean '-S'?" },
        { "autostop", "did you mean '-a COND'?" },
        { "buffer-size", "did you mean '-B SIZE'?" },
        { "direction", "did you mean '-Q WAY'?" },
        { "dont-verify-checksums", "did you mean '-K'?" },
        { "immediate-mode", "did you mean '--immediate'?" },
        { "interface", "did you mean '-i IF'?" },
        { "linktype", "did you mean '-y TYPE'?" },
        { "list-data-link-types", "did you mean '-L'?" },
        { "list-interfaces", "did you mean '-D'?" },
        { "no-promiscuous-mode", "did you mean '-p'?" },
        { "packet-count", "did you mean '-c N'?" },
        { "read-file", "did you mean '-r FILE'?" },
        { "relinquish-privileges", "did you mean '-Z USER'?" },
        { "ring-buffer", "did you mean '-b COND'?" },
        { "snapshot-length", "did you mean '-s BYTES'?" },
        { "colour", "did you mean '--color'?" },
        { "P", "did you mean '--print'?" },
        { "g", "the files of -w are readable for others as umask(2) says: leave it out" },
        { "I", "monitor mode is set outside: iw dev IF set type monitor" },
        { "monitor-mode", "monitor mode is set outside: iw dev IF set type monitor" },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == len && strncmp(known[i].name, typed, len) == 0)
            return known[i].advice;
    return NULL;
}
