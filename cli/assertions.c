/* assertions.c - reads the assertions of --assert, and says which do not hold. */
#include "cli/assertions.h"

#include "cli/report.h"

#include <unistd.h>

/* Is the figure one of files records? These are written on request only. */
static bool is_of_files(const char *text)
{
    const char *kind = strchr(text, '(');
    if (kind == NULL)
        return false;
    kind += 1 + strspn(kind + 1, " ");
    return strncmp(kind, "files", 5) == 0 && strchr(" .)", kind[5]) != NULL;
}

enum tl_failure tl_assertions_of(const struct tl_options *o, struct tl_select *select,
                                 struct tl_assertions **assertions, struct tl_error *error)
{
    const struct tl_names names = tl_select_names(select);
    struct tl_problem problem;
    uint32_t which;
    *assertions = NULL;
    if (o->assertion_count == 0)
        return TL_E_NONE;
    for (uint32_t i = 0; i < o->assertion_count; i++) {
        if (is_of_files(o->assertions[i]) && o->hash == NULL && o->files == NULL)
            return tl_error_set(error, TL_E_USAGE, "--assert: there are no files records without --hash or --extract-files");
    }
    *assertions = tl_assertions_new(o->assertions, o->assertion_count, &names, &which, &problem);
    if (*assertions != NULL)
        return TL_E_NONE;
    tl_tell_place(o->assertions[which], problem.at, problem.len);
    return tl_error_set(error, TL_E_USAGE, "--assert: %s", problem.text);
}

static void put_more(struct tl_buffer *text, uint64_t more)
{
    tl_put_lit(text, "taplight: and ");
    tl_put_u64(text, more);
    tl_puts(text, more == 1 ? " more record\n" : " more records\n");
}

enum tl_failure tl_assertions_tell(const struct tl_assertions *assertions, enum tl_failure failure,
                                   struct tl_error *error)
{
    uint32_t failed = 0;
    if (failure != TL_E_NONE && failure != TL_E_DAMAGED)
        return failure; /* the figures mean nothing */
    for (uint32_t i = 0; i < tl_assertions_count(assertions); i++) {
        struct tl_buffer text = { 0 };
        uint64_t more;
        if (tl_assertions_hold(assertions, i))
            continue;
        failed++;
        tl_assertions_describe(assertions, i, &text);
        tl_put_char(&text, '\0');
        if (!text.failed)
            tl_tell("assertion failed: %s", (const char *)text.data);
        text.len = 0;
        struct tl_bytes records = tl_assertions_records(assertions, i, &more);
        if (records.len > 0)
            tl_put(&text, records.data, records.len);
        if (more > 0)
            put_more(&text, more);
        for (size_t at = 0; at < text.len && !text.failed;) {
            ssize_t n = write(STDERR_FILENO, text.data + at, text.len - at);
            if (n <= 0)
                break; /* standard error is closed: nowhere to report it */
            at += (size_t)n;
        }
        tl_buffer_fini(&text);
    }
    if (failed == 0)
        return failure;
    if (failure == TL_E_DAMAGED)
        tl_tell("%s", error->text);
    error->kind = TL_E_NONE;
    return tl_error_set(error, TL_E_ASSERTION, "%u of %u assertions failed", failed, tl_assertions_count(assertions));
}
