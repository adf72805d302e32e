/* servers.c - the servers of --to. */
#include "cli/servers.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "cli/live.h"
#include "pipeline/engine.h"
#include "sinks/delivery.h"

enum { MEMORY_SHARE = 32, DEFS_MOST = 256 };
#define SPOOL_SIZE (UINT64_C(1) << 30)
#define PATIENCE   (10 * INT64_C(1000000000)) /* ns */

size_t tl_servers_share(const struct tl_options *o)
{
    return o->server_count * (o->memory / MEMORY_SHARE);
}

/* Options that change no record. */
static bool is_aside(const struct tl_option *option)
{
    static const char *const names[] = { "workers", "mem", "options" };
    for (size_t i = 0; i < TL_COUNT(names); i++)
        if (option->name != NULL && strcmp(option->name, names[i]) == 0)
            return true;
    return option->group == TL_GROUP_OUTPUT || option->group == TL_GROUP_TEXT || option->group == TL_GROUP_SERVERS;
}

/* Adds what tells one input from another. Returns false for what cannot be read twice. */
static bool add_input(XXH3_state_t *hash, const char *path, bool grows)
{
    struct stat st;
    char real[PATH_MAX];
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || realpath(path, real) == NULL)
        return false;
    XXH3_64bits_update(hash, real, strlen(real) + 1);
    if (grows)
        return XXH3_64bits_update(hash, &st.st_ino, sizeof st.st_ino) == XXH_OK;
    XXH3_64bits_update(hash, &st.st_size, sizeof st.st_size);
    return XXH3_64bits_update(hash, &st.st_mtim, sizeof st.st_mtim) == XXH_OK;
}

/*
 * The name of the run. Files that are read again with the same options give the same records with the same numbers, so
 * the name is the same, too. A capture has the time of its begin.
 */
static void name_run(const struct tl_options *o, char *name, size_t size)
{
    XXH3_state_t *hash = XXH3_createState();
    struct timespec t;
    struct tm date;
    bool same = hash != NULL && o->interface_count == 0 && XXH3_64bits_reset(hash) == XXH_OK;
    for (uint32_t i = 0; same && i < o->input_count; i++)
        same = add_input(hash, o->inputs[i], o->follow);
    for (uint32_t i = 0; same && i < o->given_count; i++) {
        const struct tl_given *given = &o->given[i];
        char text[16];
        if (is_aside(given->option))
            continue;
        int n = snprintf(text, sizeof text, "%td", given->option - tl_option_table(&(size_t){ 0 }));
        XXH3_64bits_update(hash, text, (size_t)n + 1);
        if (given->argument != NULL)
            XXH3_64bits_update(hash, given->argument, strlen(given->argument) + 1);
        if (given->argument != NULL && given->option->file) /* secrets, filters: what they say changes records */
            (void)add_input(hash, given->argument, o->follow);
    }
    if (same && o->filter != NULL)
        XXH3_64bits_update(hash, o->filter, strlen(o->filter));
    if (same)
        XXH3_64bits_update(hash, TAPLIGHT_VERSION, sizeof TAPLIGHT_VERSION);
    clock_gettime(CLOCK_REALTIME, &t);
    if (same)
        snprintf(name, size, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(hash));
    else if (gmtime_r(&t.tv_sec, &date) != NULL && strftime(name, size, "%Y%m%dT%H%M%S", &date) > 0)
        snprintf(name + strlen(name), size - strlen(name), ".%09ld", t.tv_nsec);
    XXH3_freeState(hash);
}

/* The name of this machine, with what a name may not have replaced. */
static void name_machine(char *name, size_t size)
{
    if (gethostname(name, size) != 0)
        snprintf(name, size, "sensor");
    name[size - 1] = '\0';
    for (char *p = name; *p != '\0'; p++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", *p) == NULL)
            *p = '_';
}

static bool is_stopping(const void *engine)
{
    return engine != NULL && tl_engine_is_stopping(engine);
}

struct tl_sink *tl_servers_sink(const struct tl_options *o, uint32_t index, const struct tl_engine *engine,
                                const struct tl_identity *owner, struct tl_error *error)
{
    static const struct tl_record_def *defs[DEFS_MOST]; /* the same for all sinks */
    char machine[64], run[32] = "";
    name_machine(machine, sizeof machine);
    name_run(o, run, sizeof run);
    const struct tl_delivery_options options = {
        .url = o->servers[index],
        .sensor = o->sensor != NULL ? o->sensor : machine,
        .run = run,
        .separator = o->separator_given,
        .spool = o->spool,
        .spool_size = o->spool_size > 0 ? o->spool_size : SPOOL_SIZE,
        .spool_oldest = o->spool_full != NULL && strcmp(o->spool_full, "oldest") == 0,
        .spool_newest = o->spool_full != NULL && strcmp(o->spool_full, "newest") == 0,
        .memory = o->memory / MEMORY_SHARE,
        .patience = o->server_wait > 0 ? o->server_wait : PATIENCE,
        .live = o->interface_count > 0,
        .defs = defs,
        .def_count = tl_engine_record_defs(defs, DEFS_MOST),
        .stopping = is_stopping,
        .stopping_context = engine,
        .notice = tl_live_notice,
        .owner_changes = owner->changes,
        .owner = owner->uid,
        .group = owner->gid,
    };
    return tl_delivery_sink(&options, error);
}
