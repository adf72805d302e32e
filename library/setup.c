/* setup.c - the options of a caller as those of an engine. */
#include "library/setup.h"

#include <sched.h>
#include <stdlib.h>

#include "capture/keylog_file.h"
#include "core/crypto.h"
#include "export/raw_bytes.h"
#include "pipeline/summary.h"

enum { MEMORY_DEFAULT = 1 << 30, MEMORY_LEAST = 16 << 20, FIELDS_MOST = 256, WORKERS_MOST = 64 };

const char *taplight_version(void)
{
    return TAPLIGHT_VERSION;
}

void taplight_options_init(struct taplight_options *options)
{
    *options = (struct taplight_options){ .size = sizeof *options };
}

void tl_setup_take_options(struct taplight_options *to, const struct taplight_options *from)
{
    size_t n = from != NULL && from->size < sizeof *to ? from->size : sizeof *to;
    memset(to, 0, sizeof *to);
    if (from != NULL)
        memcpy(to, from, n);
}

/* --- copies --- */

/* Returns a copy that the setup owns, or NULL. text NULL: NULL. */
static const char *copy_of(struct tl_setup *setup, const char *text, bool *fine)
{
    if (text == NULL)
        return NULL;
    if (setup->string_count == setup->string_room) {
        uint32_t room = setup->string_room * 2 + 16;
        char **more = realloc(setup->strings, room * sizeof *more);
        *fine &= more != NULL;
        if (more == NULL)
            return NULL;
        setup->strings = more;
        setup->string_room = room;
    }
    char *copy = strdup(text);
    *fine &= copy != NULL;
    if (copy != NULL)
        setup->strings[setup->string_count++] = copy;
    return copy;
}

static const char **copies_of(struct tl_setup *setup, const char *const *texts, size_t count, bool *fine)
{
    const char **copies = calloc(count + 1, sizeof *copies);
    *fine &= copies != NULL;
    for (size_t i = 0; i < count && copies != NULL; i++)
        copies[i] = copy_of(setup, texts[i], fine);
    return copies;
}

static bool copy_options(struct tl_setup *setup, const struct taplight_options *options)
{
    struct taplight_options *o = &setup->options;
    bool fine = true;
    tl_setup_take_options(o, options);
    setup->files = copies_of(setup, o->files, o->file_count, &fine);
    setup->interfaces = copies_of(setup, o->interfaces, o->interface_count, &fine);
    setup->fields = copies_of(setup, o->fields, o->field_count, &fine);
    setup->kinds = copies_of(setup, o->kinds, o->kind_count, &fine);
    o->files = setup->files;
    o->interfaces = setup->interfaces;
    o->fields = o->fields != NULL ? setup->fields : NULL;
    o->kinds = setup->kinds;
    o->capture_filter = copy_of(setup, o->capture_filter, &fine);
    o->filter = copy_of(setup, o->filter, &fine);
    o->stream = copy_of(setup, o->stream, &fine);
    o->keylog = copy_of(setup, o->keylog, &fine);
    return fine;
}

/* --- checks --- */

static bool check(struct tl_setup *setup, struct taplight_error *error)
{
    struct taplight_options *o = &setup->options;
    const char *wrong = NULL;
    if (o->take == 0)
        o->take = o->stream != NULL ? TAPLIGHT_STREAMS : TAPLIGHT_PACKETS;
    if (o->memory == 0)
        o->memory = MEMORY_DEFAULT;
    if (o->file_count == 0 && o->interface_count == 0)
        wrong = "there is nothing to read: name files or interfaces";
    else if (o->file_count > 0 && o->interface_count > 0)
        wrong = "files and interfaces are both named: name files or interfaces";
    else if (o->interface_count > TL_LIVE_MOST)
        wrong = "too many interfaces: at most 64 are captured at one time";
    else if (o->memory < MEMORY_LEAST)
        wrong = "too little memory: give at least 16 MiB";
    else if (o->field_count > FIELDS_MOST)
        wrong = "too many fields: at most 256 are read at one time";
    else if (o->workers < TAPLIGHT_NO_WORKERS || o->workers > WORKERS_MOST)
        wrong = "bad number of workers: give 0 to 64, or TAPLIGHT_NO_WORKERS";
    else if (o->values_only && o->field_count == 0)
        wrong = "values only, of no fields: name some";
    else if (o->stream != NULL && o->take != TAPLIGHT_STREAMS)
        wrong = "a stream is named, and packets or records are to be taken: take streams only";
    if (wrong != NULL)
        tl_set_failure(error, TL_E_USAGE, "%s", wrong);
    return wrong == NULL;
}

static void set_problem(struct taplight_error *error, const struct tl_problem *problem)
{
    tl_set_failure(error, TL_E_USAGE, "%s", problem->text);
    if (error != NULL) {
        error->at = problem->at;
        error->len = problem->len;
    }
}

static bool read_filter(struct tl_setup *setup, struct taplight_error *error)
{
    const struct taplight_options *o = &setup->options;
    struct tl_problem problem;
    if (o->filter == NULL)
        return true;
    bool records = (o->take & TAPLIGHT_PACKETS) == 0 && (o->take & TAPLIGHT_RECORDS) != 0;
    setup->filter = tl_predicate_new(tl_bytes_of(o->filter, strlen(o->filter)), &setup->hold->names, records, &problem);
    if (setup->filter == NULL) {
        set_problem(error, &problem);
        return false;
    }
    bool takes = tl_predicate_takes_records(setup->filter);
    if (takes && (o->take & TAPLIGHT_RECORDS) == 0)
        tl_set_failure(error, TL_E_USAGE, "the filter names keys of records: take records, or name fields of packets");
    else if (!takes && (o->take & TAPLIGHT_PACKETS) == 0)
        tl_set_failure(error, TL_E_USAGE, "the filter names fields of packets: take packets, or name keys of records, "
                                          "such as conn.duration");
    else
        return true;
    return false;
}

static bool read_fields(struct tl_setup *setup, bool columns, struct taplight_error *error)
{
    const struct taplight_options *o = &setup->options;
    struct tl_problem problem;
    if (columns && o->field_count == 0) {
        tl_set_failure(error, TL_E_USAGE, "columns of no fields: name some");
        return false;
    }
    setup->names = tl_predicate_of_names(setup->fields, (uint32_t)o->field_count, &setup->hold->names, &problem);
    if (setup->names == NULL) {
        set_problem(error, &problem);
        return false;
    }
    bool fine = true;
    for (uint32_t i = 0; i < o->field_count && !columns; i++)
        fine &= tl_hold_row(setup->hold, setup->fields[i], i);
    if (!fine)
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
    return fine;
}

static bool read_kinds(struct tl_setup *setup, struct taplight_error *error)
{
    const struct taplight_options *o = &setup->options;
    for (size_t i = 0; i < o->kind_count; i++) {
        uint32_t before = setup->def_count;
        for (uint32_t k = 0; k < setup->hold->names.record_count && setup->def_count < TL_HOLD_DEFS; k++) {
            if (strcmp(setup->hold->defs[k]->path, setup->kinds[i]) == 0)
                setup->defs[setup->def_count++] = setup->hold->defs[k];
        }
        if (setup->def_count == before) {
            tl_set_failure(error, TL_E_USAGE, "there are no records of the kind '%.40s': taplight --fields lists keys "
                                              "of all kinds", setup->kinds[i]);
            return false;
        }
    }
    return true;
}

static bool read_keylog(struct tl_setup *setup, struct taplight_error *error)
{
    const struct taplight_options *o = &setup->options;
    struct tl_error reason = { .kind = TL_E_NONE };
    if (o->keylog == NULL)
        return true;
    setup->keylog = tl_keylog_new(o->memory / TL_KEYLOG_SHARE);
    if (setup->keylog == NULL)
        tl_error_set(&reason, TL_E_RUNTIME, "out of memory");
    else
        setup->keylog_file = tl_keylog_file_open(o->keylog, &reason);
    bool all = o->interface_count == 0 && !o->follow;
    if (setup->keylog_file != NULL &&
        tl_keylog_file_read(setup->keylog_file, setup->keylog, all, &reason) != TL_E_NONE)
        tl_error_set(&reason, TL_E_RUNTIME, "cannot read the key log %s", o->keylog); /* keeps an earlier error */
    if (reason.kind == TL_E_NONE)
        return true;
    tl_set_failure(error, reason.kind, "%s", reason.text);
    return false;
}

/* --- the engine --- */

static uint32_t cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > WORKERS_MOST ? WORKERS_MOST : (uint32_t)count;
}

static bool wants(const struct tl_setup *setup, const struct tl_record_def *def)
{
    for (uint32_t i = 0; i < setup->def_count; i++) {
        if (setup->defs[i] == def)
            return true;
    }
    return false;
}

static void set_engine(struct tl_setup *setup)
{
    const struct taplight_options *o = &setup->options;
    bool live = o->interface_count > 0, files = false;
    for (uint32_t i = 0; i < setup->def_count; i++)
        files |= strcmp(setup->defs[i]->path, "files") == 0;
    setup->live = (struct tl_live_options){ .names = setup->interfaces, .count = (uint32_t)o->interface_count,
                                            .snaplen = o->snaplen, .no_promiscuous = o->no_promiscuous,
                                            .immediate = o->immediate };
    setup->engine = (struct tl_engine_options){
        .inputs = setup->files,
        .input_count = (uint32_t)o->file_count,
        .follow = o->follow,
        .live = live ? &setup->live : NULL,
        .interfaces = setup->hold->interfaces,
        .filter = o->capture_filter,
        .ordered = tl_predicate_is_ordered(setup->names),
        .predicate = setup->filter,
        .most = o->most,
        .workers = o->workers == TAPLIGHT_NO_WORKERS ? 0 : o->workers == 0 ? cores() : (uint32_t)o->workers,
        .memory = o->memory,
        .decode = true,
        .checksums = TL_CHECKSUMS_AUTO,
        .meta = wants(setup, &tl_meta_record_def) || wants(setup, &tl_stats_record_def),
        .secrets = o->secrets,
        .hashes = files ? 1u << TL_HASH_SHA256 : 0,
        .keylog = setup->keylog,
        .keylog_file = setup->keylog_file,
        .timeouts = TL_TIMEOUTS_DEFAULT,
        .notice = o->notice,
        .notice_context = o->notice_context,
    };
}

bool tl_setup_init(struct tl_setup *setup, const struct taplight_options *options, bool columns,
                   struct taplight_error *error)
{
    *setup = (struct tl_setup){ .def_count = 0 };
    if (!copy_options(setup, options)) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    if (columns)
        setup->options.take = TAPLIGHT_PACKETS;
    if (!check(setup, error))
        return false;
    setup->hold = tl_hold_new(setup->options.secrets);
    if (setup->hold == NULL) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    if (!read_filter(setup, error) || !read_fields(setup, columns, error) || !read_kinds(setup, error) ||
        !read_keylog(setup, error))
        return false;
    set_engine(setup);
    return true;
}

void tl_setup_fini(struct tl_setup *setup)
{
    tl_predicate_free(setup->filter);
    tl_predicate_free(setup->names);
    tl_keylog_file_close(setup->keylog_file);
    tl_keylog_free(setup->keylog);
    if (setup->hold != NULL)
        tl_hold_release(setup->hold);
    for (uint32_t i = 0; i < setup->string_count; i++)
        free(setup->strings[i]);
    free(setup->strings);
    free(setup->files);
    free(setup->interfaces);
    free(setup->fields);
    free(setup->kinds);
}

struct tl_engine *tl_setup_engine(struct tl_setup *setup, struct tl_sink **sink, struct taplight_error *error)
{
    struct tl_error reason = { .kind = TL_E_NONE };
    struct tl_engine *engine = tl_engine_new(&setup->engine, &reason);
    if (engine == NULL)
        tl_set_failure(error, reason.kind, "%s", reason.text);
    else
        tl_engine_set_sinks(engine, sink, 1);
    return engine;
}
