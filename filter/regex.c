/* regex.c - regular expressions of `matches` (pcre2api(3)). */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "filter/regex.h"

#include <pcre2.h>
#include <stdlib.h>

enum {
    PATTERN_MOST = 4096,   /* bytes */
    NESTING_MOST = 64,     /* parentheses */
    STEPS_MOST = 200000,   /* a few milliseconds */
    DEPTH_MOST = 2000,     /* of backtracking */
    HEAP_MOST = 4096,      /* KiB for one match */
};

struct tl_regex {
    pcre2_code *code;
};

struct tl_regex_run {
    pcre2_match_context *limits;
    pcre2_match_data *data;
};

struct tl_regex *tl_regex_new(struct tl_bytes pattern, char *text, size_t size)
{
    struct tl_regex *regex = calloc(1, sizeof *regex);
    pcre2_compile_context *limits = pcre2_compile_context_create(NULL);
    int error = PCRE2_ERROR_NOMEMORY;
    size_t at;
    if (regex != NULL && limits != NULL) {
        pcre2_set_max_pattern_length(limits, PATTERN_MOST);
        pcre2_set_parens_nest_limit(limits, NESTING_MOST);
        const uint32_t flags = PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C;
        regex->code = pcre2_compile(pattern.data, pattern.len, flags, &error, &at, limits);
    }
    pcre2_compile_context_free(limits);
    if (regex != NULL && regex->code != NULL)
        return regex;
    if (pcre2_get_error_message(error, (PCRE2_UCHAR *)text, size) < 0 && size > 0)
        text[size - 1] = '\0';
    free(regex);
    return NULL;
}

void tl_regex_free(struct tl_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

struct tl_regex_run *tl_regex_run_new(void)
{
    struct tl_regex_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return NULL;
    run->limits = pcre2_match_context_create(NULL);
    run->data = pcre2_match_data_create(1, NULL);
    if (run->limits == NULL || run->data == NULL) {
        tl_regex_run_free(run);
        return NULL;
    }
    pcre2_set_match_limit(run->limits, STEPS_MOST);
    pcre2_set_depth_limit(run->limits, DEPTH_MOST);
    pcre2_set_heap_limit(run->limits, HEAP_MOST);
    return run;
}

void tl_regex_run_free(struct tl_regex_run *run)
{
    if (run == NULL)
        return;
    pcre2_match_data_free(run->data);
    pcre2_match_context_free(run->limits);
    free(run);
}

bool tl_regex_matches(const struct tl_regex *regex, struct tl_regex_run *run, struct tl_bytes subject)
{
    const uint8_t *data = subject.data != NULL ? subject.data : (const uint8_t *)"";
    return pcre2_match(regex->code, data, subject.len, 0, 0, run->data, run->limits) >= 0;
}
