/* causes.c - the cause of a difference: the first rule that matches. */
#include "tests/differential/causes.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RULES_MOST = 256, PATTERN_MOST = 256 };

struct rule {
    char *line; /* owned; the pointers below point into it */
    const char *name;
    const char *patterns[CAUSE_COLUMNS]; /* NULL: matches everything */
};

struct causes {
    struct rule rules[RULES_MOST];
    unsigned count;
};

static void split(struct rule *rule, char *line)
{
    rule->line = line;
    line[strcspn(line, "\n")] = '\0';
    rule->name = strsep(&line, "\t");
    for (unsigned i = 0; i < CAUSE_COLUMNS && line != NULL; i++) {
        const char *pattern = strsep(&line, "\t");
        rule->patterns[i] = strcmp(pattern, "*") == 0 || *pattern == '\0' ? NULL : pattern;
    }
}

struct causes *causes_new(const char *path)
{
    struct causes *causes = calloc(1, sizeof *causes);
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    while (causes != NULL && file != NULL && causes->count < RULES_MOST && getline(&line, &room, file) > 0) {
        if (line[0] != '#' && line[0] != '\n') {
            split(&causes->rules[causes->count++], line);
            line = NULL;
            room = 0;
        }
    }
    free(line);
    if (file != NULL) {
        fclose(file);
        return causes;
    }
    free(causes);
    return NULL;
}

static bool fits(const char *patterns, const char *text)
{
    char one[PATTERN_MOST];
    for (const char *p = patterns; p != NULL; ) {
        const char *end = strchrnul(p, '|');
        int len = snprintf(one, sizeof one, "%.*s", (int)(end - p), p);
        if (len < PATTERN_MOST && fnmatch(one, text, 0) == 0)
            return true;
        p = *end == '|' ? end + 1 : NULL;
    }
    return false;
}

const char *causes_find(const struct causes *causes, const char *const texts[CAUSE_COLUMNS])
{
    for (unsigned r = 0; r < causes->count; r++) {
        const struct rule *rule = &causes->rules[r];
        bool all = true;
        for (unsigned i = 0; i < CAUSE_COLUMNS && all; i++)
            all = rule->patterns[i] == NULL || fits(rule->patterns[i], texts[i]);
        if (all)
            return rule->name;
    }
    return "-";
}

void causes_free(struct causes *causes)
{
    for (unsigned r = 0; r < causes->count; r++)
        free(causes->rules[r].line);
    free(causes);
}
