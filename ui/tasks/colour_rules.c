/* colour_rules.c - reads colour rules, and asks them for a packet. */
#include "ui/tasks/colour_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/tasks/display_filter.h"

enum { FILE_MOST = 64 << 10, BRIGHT = 8 };

/*
 * What is wrong comes first. It has a background, so that it shows on dark and light terminals; ordinary protocols
 * only change the colour of the text.
 */
static const char defaults[] =
    "TCP trouble        @ tcp.analysis.flags && !tcp.analysis.window_update && !tcp.analysis.keep_alive && "
    "!tcp.analysis.keep_alive_ack @ bright-red @ black\n"
    "ICMP error         @ icmp.type in {3..5, 11, 12} || icmpv6.type < 128 @ bright-green @ black\n"
    "TCP reset          @ tcp.flags.reset == 1 @ bright-yellow @ red\n"
    "TTL near its end   @ ip.ttl < 5 && !(ip.dst == 224.0.0.0/4) @ bright-white @ red\n"
    "ARP                @ arp @ yellow @ default\n"
    "ICMP               @ icmp || icmpv6 @ magenta @ default\n"
    "HTTP               @ http @ green @ default\n"
    "DNS                @ dns @ cyan @ default\n"
    "TCP begins or ends @ tcp.flags.syn == 1 || tcp.flags.fin == 1 @ blue @ default\n";

/* --- reading --- */

static void trim(const char **text, size_t *len)
{
    for (; *len > 0 && strchr(" \t\r", **text) != NULL; ++*text)
        --*len;
    while (*len > 0 && strchr(" \t\r", (*text)[*len - 1]) != NULL)
        --*len;
}

static bool read_colour(const char *word, size_t len, int8_t *colour)
{
    static const char *const names[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white" };
    static const char bright[] = "bright-";
    int8_t base = 0;
    trim(&word, &len);
    *colour = -1;
    if (len == strlen("default") && memcmp(word, "default", len) == 0)
        return true;
    if (len > sizeof bright - 1 && memcmp(word, bright, sizeof bright - 1) == 0) {
        base = BRIGHT;
        word += sizeof bright - 1;
        len -= sizeof bright - 1;
    }
    for (size_t i = 0; i < TL_COUNT(names); i++) {
        if (strlen(names[i]) == len && memcmp(names[i], word, len) == 0)
            *colour = (int8_t)(base + (int8_t)i);
    }
    return *colour >= 0;
}

static const char *last_at(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] != '@')
        len--;
    return len > 0 ? text + len - 1 : NULL;
}

/* The name ends at the first @, the colours begin at the last two: a filter may have others. */
static enum tl_failure read_rule(struct tl_colour_rules *rules, const char *line, size_t len, const char *name,
                                 unsigned number, struct tl_error *error)
{
    const struct tl_names names = tl_display_filter_names();
    struct tl_colour_rule *rule = &rules->items[rules->count];
    struct tl_problem problem;
    const char *first = memchr(line, '@', len), *last = last_at(line, len);
    const char *middle = last != NULL ? last_at(line, (size_t)(last - line)) : NULL;
    if (middle == NULL || middle == first)
        return tl_error_set(error, TL_E_USAGE, "%s, line %u: a rule is NAME @ DISPLAY FILTER @ COLOUR @ BACKGROUND", name,
                            number);
    if (rules->count == TL_COLOUR_RULES_MOST)
        return tl_error_set(error, TL_E_USAGE, "%s, line %u: more than %d rules: remove some", name, number,
                            TL_COLOUR_RULES_MOST);
    if (!read_colour(middle + 1, (size_t)(last - middle - 1), &rule->foreground) ||
        !read_colour(last + 1, (size_t)(line + len - last - 1), &rule->background))
        return tl_error_set(error, TL_E_USAGE,
                            "%s, line %u: unknown colour: use default black red green yellow blue magenta cyan white, or "
                            "bright-red and the like",
                            name, number);
    const char *filter = first + 1;
    size_t filter_len = (size_t)(middle - filter);
    trim(&filter, &filter_len);
    rule->predicate = tl_predicate_new(tl_bytes_of(filter, filter_len), &names, false, &problem);
    if (rule->predicate == NULL)
        return tl_error_set(error, TL_E_USAGE, "%s, line %u, column %zu: %s", name, number,
                            (size_t)(filter - line) + problem.at + 1, problem.text);
    rules->count++;
    if (tl_predicate_is_ordered(rule->predicate))
        return tl_error_set(error, TL_E_USAGE,
                            "%s, line %u: lines are coloured one by one: leave out numbers of conversations (tcp.stream, "
                            "udp.stream) and frame.time_delta_displayed",
                            name, number);
    return TL_E_NONE;
}

enum tl_failure tl_colour_rules_read(struct tl_colour_rules *rules, const char *text, size_t len, const char *name,
                                     struct tl_error *error)
{
    *rules = (struct tl_colour_rules){ .text = malloc(len + 1) };
    if (rules->text == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    memcpy(rules->text, text, len);
    rules->text[len] = '\0';
    const char *end = rules->text + len;
    unsigned number = 1;
    for (const char *line = rules->text, *next; line < end; line = next, number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *rest = line;
        size_t left = (size_t)((newline != NULL ? newline : end) - line), whole = left;
        next = newline != NULL ? newline + 1 : end;
        trim(&rest, &left);
        if (left == 0 || *rest == '#')
            continue;
        enum tl_failure failure = read_rule(rules, line, whole, name, number, error);
        if (failure != TL_E_NONE)
            return failure;
    }
    return TL_E_NONE;
}

enum tl_failure tl_colour_rules_load(struct tl_colour_rules *rules, const char *path, struct tl_error *error)
{
    *rules = (struct tl_colour_rules){ .count = 0 };
    if (strcmp(path, "none") == 0)
        return TL_E_NONE;
    if (path[0] == '\0' || strcmp(path, "default") == 0)
        return tl_colour_rules_read(rules, defaults, sizeof defaults - 1, "default colours", error);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "cannot read %s: %s", path, strerror(errno));
    char *text = malloc(FILE_MOST);
    size_t len = text != NULL ? fread(text, 1, FILE_MOST, file) : 0;
    bool whole = text != NULL && !ferror(file) && len < FILE_MOST;
    fclose(file);
    enum tl_failure failure =
        whole ? tl_colour_rules_read(rules, text, len, path, error)
              : tl_error_set(error, TL_E_RUNTIME, "cannot read %s: it cannot be read, or has 64 KiB or more", path);
    free(text);
    return failure;
}

void tl_colour_rules_free(struct tl_colour_rules *rules)
{
    for (uint32_t i = 0; i < rules->count; i++)
        tl_predicate_free(rules->items[i].predicate);
    free(rules->text);
    *rules = (struct tl_colour_rules){ .count = 0 };
}

/* --- asking --- */

bool tl_colour_run_init(struct tl_colour_run *run, const struct tl_colour_rules *rules)
{
    *run = (struct tl_colour_run){ .rules = rules };
    bool made = true;
    for (uint32_t i = 0; rules != NULL && i < rules->count && made; i++) {
        run->asked[i] = tl_predicate_run_new(rules->items[i].predicate);
        made = run->asked[i] != NULL;
    }
    return made;
}

void tl_colour_run_fini(struct tl_colour_run *run)
{
    for (uint32_t i = 0; i < TL_COLOUR_RULES_MOST; i++)
        tl_predicate_run_free(run->asked[i]);
}

uint8_t tl_colour_run_ask(struct tl_colour_run *run, const struct tl_scene *scene)
{
    for (uint32_t i = 0; run->rules != NULL && i < run->rules->count; i++) {
        if (tl_predicate_packet(run->asked[i], scene))
            return (uint8_t)(i + 1);
    }
    return 0;
}
