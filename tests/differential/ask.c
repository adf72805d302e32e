/*
 * ask.c - asks many display filters of a capture at once: ask FILTERS CAPTURE. FILTERS has one a line. Writes "n NUMBER"
 * for each packet that the nth filter selects, and "n refused REASON" for a filter that is none. Checksums are not verified,
 * as by tshark.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/registry.h"
#include "filter/predicate.h"
#include "pipeline/engine.h"

enum { AT_ONCE = 128, DEFS_MOST = 256 };

struct asker {
    struct tl_sink sink;
    struct tl_predicate *predicates[AT_ONCE];
    uint32_t numbers[AT_ONCE]; /* of the filters, from 1 */
    uint32_t count;
};

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct asker *a = (const struct asker *)sink;
    for (uint32_t i = 0; i < a->count; i++)
        tl_predicate_want(a->predicates[i], protocols, wanted);
}

static void note(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *const *runs,
                 const struct tl_scene *scene, uint64_t flow, const struct tl_flow_id *id)
{
    const struct asker *a = (const struct asker *)sink;
    (void)flow;
    (void)id;
    for (uint32_t i = 0; i < a->count; i++) {
        if (tl_predicate_packet(runs[i], scene))
            tl_put_format(out, "%u\t%" PRIu64 "\n", (unsigned)a->numbers[i], scene->packet->number);
    }
}

static enum tl_failure write_out(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return fwrite(data, 1, len, stdout) == len ? TL_E_NONE : TL_E_RUNTIME;
}

static enum tl_failure end(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void leave(struct tl_sink *sink)
{
    (void)sink;
}

/* Runs the filters that wait, and forgets them. Returns false on failure. */
static bool ask(struct asker *a, const char *capture)
{
    struct tl_error error = { 0 };
    struct tl_sink *sinks[] = { &a->sink };
    const struct tl_engine_options options = { .inputs = &capture, .input_count = 1, .ordered = true, .decode = true,
                                               .memory = 1 << 30, .checksums = TL_CHECKSUMS_OFF,
                                               .timeouts = TL_TIMEOUTS_DEFAULT, .sinks = sinks, .sink_count = 1 };
    a->sink = (struct tl_sink){ .want = want, .note = note, .write = write_out, .close = end, .free = leave,
                                .predicates = (const struct tl_predicate *const *)a->predicates,
                                .predicate_count = a->count };
    struct tl_engine *engine = a->count > 0 ? tl_engine_new(&options, &error) : NULL;
    if (engine != NULL)
        (void)tl_engine_run(engine, &error); /* a damaged capture: what could be read was */
    tl_engine_free(engine);
    for (uint32_t i = 0; i < a->count; i++)
        tl_predicate_free(a->predicates[i]);
    if (a->count > 0 && engine == NULL)
        fprintf(stderr, "%s\n", error.text);
    bool fine = a->count == 0 || engine != NULL;
    a->count = 0;
    return fine;
}

int main(int argc, char **argv)
{
    static struct asker a;
    static const struct tl_record_def *defs[DEFS_MOST];
    const struct tl_names names = { tl_protocols_all(), defs, tl_engine_record_defs(defs, DEFS_MOST) };
    FILE *filters = argc == 3 ? fopen(argv[1], "r") : NULL;
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    bool fine = filters != NULL;
    for (uint32_t n = 1; fine && (len = getline(&line, &size, filters)) > 0; n++) {
        struct tl_problem problem;
        len -= line[len - 1] == '\n';
        struct tl_predicate *p = tl_predicate_new(tl_bytes_of(line, (size_t)len), &names, false, &problem);
        if (p == NULL || tl_predicate_takes_records(p)) {
            printf("%u\trefused\t%s\n", (unsigned)n, p == NULL ? problem.text : "names keys of records");
            tl_predicate_free(p);
            continue;
        }
        a.numbers[a.count] = n;
        a.predicates[a.count++] = p;
        if (a.count == AT_ONCE)
            fine = ask(&a, argv[2]);
    }
    fine = fine && ask(&a, argv[2]);
    free(line);
    if (filters != NULL)
        fclose(filters);
    return fine ? 0 : 1;
}
