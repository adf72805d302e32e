/*
 * extract.c - finds the packets of flows. A pass over the inputs makes an index, a temporary one unless --index keeps
 * it; then the run reads only the packets that it names. Where there is an index already, the pass is needed only for a
 * filter that asks more than conn records say.
 */
#include "cli/extract.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "decode/listener.h"
#include "export/flow_set.h"
#include "flows/conn.h"
#include "dissectors/registry.h"
#include "pipeline/engine.h"

enum { INDEX_SHARE = 8, SET_SHARE = 16, PLACES_SHARE = 16 }; /* fractions of the memory limit */

/* --- what is asked for --- */

static bool is_all_of(const char *text, const char *letters)
{
    return text[strspn(text, letters)] == '\0';
}

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static bool is_uid(const char *text)
{
    return strlen(text) == TL_UID_LEN && text[0] == 'C' && is_all_of(text, DIGITS LETTERS);
}

static bool is_community_id(const char *text)
{
    return strlen(text) == TL_COMMUNITY_ID_LEN && memcmp(text, "1:", 2) == 0 &&
           is_all_of(text + 2, DIGITS LETTERS "+/=");
}

/* A filter with names of conn records alone is asked of these; any other is asked of all records of a flow. */
static enum tl_failure compile(struct tl_extract *x, const char *text, struct tl_select *select, struct tl_error *error)
{
    const struct tl_record_def *conn = &tl_conn_record_def;
    const struct tl_names all = tl_select_names(select), few = { .records = &conn, .record_count = 1 };
    struct tl_bytes bytes = tl_bytes_of(text, strlen(text));
    struct tl_problem problem;
    x->predicate = tl_predicate_new(bytes, &few, true, &problem);
    x->conn = x->predicate != NULL && tl_predicate_takes_records(x->predicate) && !tl_predicate_asks_path(x->predicate);
    if (x->conn)
        return TL_E_NONE;
    tl_predicate_free(x->predicate);
    x->predicate = tl_predicate_new(bytes, &all, true, &problem);
    if (x->predicate == NULL) {
        tl_tell_place(text, problem.at, problem.len);
        return tl_error_set(error, TL_E_USAGE, "--extract: %s", problem.text);
    }
    if (tl_predicate_takes_records(x->predicate))
        return TL_E_NONE;
    return tl_error_set(error, TL_E_USAGE,
                        "--extract takes a uid, a Community ID or a filter on records (id.resp_h == 10.0.0.1): -Y "
                        "selects packets");
}

enum tl_failure tl_extract_init(struct tl_extract *x, const struct tl_options *o, struct tl_select *select,
                                struct tl_error *error)
{
    *x = (struct tl_extract){ .conn = false };
    if (o->extract == NULL)
        return TL_E_NONE;
    if (is_uid(o->extract))
        memcpy(x->uid, o->extract, TL_UID_LEN);
    else if (is_community_id(o->extract))
        memcpy(x->community_id, o->extract, TL_COMMUNITY_ID_LEN);
    else
        return compile(x, o->extract, select, error);
    return TL_E_NONE;
}

void tl_extract_fini(struct tl_extract *x)
{
    tl_predicate_free(x->predicate);
    tl_index_free(x->index);
    free((void *)(uintptr_t)x->chosen.bits);
    free(x->places.items);
    *x = (struct tl_extract){ .conn = false };
}

/* --- the index of a file --- */

/* What decides which packets are in a flow, and what its conn record says. */
static uint64_t hash_of_options(const struct tl_options *o)
{
    XXH3_state_t *state = XXH3_createState();
    enum tl_checksums checksums = tl_options_checksums(o);
    if (state == NULL)
        return 0;
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, TAPLIGHT_VERSION, sizeof TAPLIGHT_VERSION);
    XXH3_64bits_update(state, &o->timeouts, sizeof o->timeouts);
    XXH3_64bits_update(state, &checksums, sizeof checksums);
    for (uint32_t i = 0; i < o->decode_as->count; i++) {
        const struct tl_decode_as *rule = &o->decode_as->items[i];
        const uint32_t numbers[] = { rule->table, rule->from, rule->to };
        XXH3_64bits_update(state, numbers, sizeof numbers);
        XXH3_64bits_update(state, rule->protocol->name, strlen(rule->protocol->name));
    }
    uint64_t hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return hash;
}

static void tell_state(const struct tl_options *o, const char *name, enum tl_index_state state)
{
    const char *why = state == TL_INDEX_STALE   ? "the capture file changed since"
                      : state == TL_INDEX_OTHER ? "it was made with other options or by another version"
                                                : "it is damaged";
    if (state != TL_INDEX_FINE && state != TL_INDEX_NONE && !o->quiet && !o->index)
        tl_tell("%s is not used: %s: --index makes it again", name, why);
}

/* Opens the index of the one input, if it is of use. A BPF filter changes what is a flow. */
static void open_index(struct tl_extract *x, const struct tl_options *o, const char *name,
                       const struct tl_index_origin *origin)
{
    if (o->input_count == 1 && o->filter == NULL)
        tell_state(o, name, tl_index_open(name, &tl_conn_record_def, origin, &x->index));
}

/* All inputs are files, which can be read twice. */
static enum tl_failure check_inputs(const struct tl_options *o, struct tl_index_origin *origin, struct tl_error *error)
{
    for (uint32_t i = o->input_count; i-- > 0;) {
        if (strcmp(o->inputs[i], "-") == 0)
            return tl_error_set(error, TL_E_USAGE,
                                "standard input cannot be read twice, as %s does: save it to a file first",
                                o->extract != NULL ? "--extract" : "--index");
        if (tl_index_origin_of(o->inputs[i], origin, error) != TL_E_NONE)
            return error->kind;
    }
    origin->options = hash_of_options(o);
    return TL_E_NONE;
}

/* --- the pass --- */

struct pass {
    struct tl_engine *engine;
    struct tl_progress progress;
};

static void on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets)
{
    struct pass *pass = context;
    (void)tl_signals_asked();
    tl_progress_show(&pass->progress, done, total, packets);
}

static enum tl_failure run_pass(struct tl_extract *x, const struct tl_options *o, struct tl_sink *const *sinks,
                                uint32_t count, struct tl_places *noted, uint64_t *packets, struct tl_error *error)
{
    struct pass pass = { .engine = NULL };
    const struct tl_engine_options options = {
        .inputs = o->inputs,
        .input_count = o->input_count,
        .filter = o->filter,
        .exact_filter = o->exact_filter,
        .noted = noted,
        .workers = o->workers,
        .memory = o->memory - o->memory / INDEX_SHARE - o->memory / SET_SHARE,
        .decode = true,
        .checksums = tl_options_checksums(o),
        .decode_as = o->decode_as,
        .timeouts = o->timeouts,
        .progress = on_progress,
        .progress_context = &pass,
    };
    pass.engine = tl_engine_new(&options, error);
    if (pass.engine == NULL)
        return error->kind;
    tl_engine_set_sinks(pass.engine, sinks, count);
    tl_signals_for(pass.engine, false);
    tl_progress_init(&pass.progress, !o->quiet);
    enum tl_failure failure = tl_engine_run(pass.engine, error);
    tl_progress_clear(&pass.progress);
    tl_signals_for(NULL, false);
    struct tl_counters counters;
    tl_engine_counters(pass.engine, &counters);
    *packets = counters.packets;
    x->stopped = tl_engine_is_stopping(pass.engine);
    tl_engine_free(pass.engine);
    return failure;
}

/* Completes the index, and opens it. */
static enum tl_failure finish(struct tl_extract *x, const struct tl_options *o, struct tl_index_writer *writer,
                              const struct tl_index_origin *origin, uint64_t packets, const struct tl_places *noted,
                              struct tl_error *error)
{
    struct tl_index_origin now = *origin;
    enum tl_failure failure = tl_index_writer_finish(writer, origin, packets, noted, error);
    if (failure != TL_E_NONE)
        return failure;
    int fd = tl_index_writer_take(writer);
    enum tl_index_state state = tl_index_take(fd, &tl_conn_record_def, origin, &x->index);
    if (state != TL_INDEX_FINE)
        return tl_error_set(error, TL_E_RUNTIME, "the index cannot be read again: is the disk full?");
    if (o->input_count == 1 && (tl_index_origin_of(o->inputs[0], &now, error) != TL_E_NONE ||
                                now.size != origin->size || now.mtime != origin->mtime))
        return tl_error_set(error, TL_E_RUNTIME, "%s: the file changed while it was read", o->inputs[0]);
    return TL_E_NONE;
}

/* Reads the inputs: makes an index unless there is one, and asks the filter. */
static enum tl_failure pass_over(struct tl_extract *x, const struct tl_options *o, const char *name,
                                 const struct tl_index_origin *origin, struct tl_flow_set *set, struct tl_error *error)
{
    struct tl_sink *sinks[2];
    struct tl_places noted = { .count = 0 };
    uint64_t packets = 0;
    uint32_t count = 0;
    struct tl_index_writer *writer = NULL;
    bool asks = x->predicate != NULL && !x->conn, one = o->input_count == 1;
    enum tl_failure failure = TL_E_NONE;
    if (x->index == NULL) {
        const struct tl_index_writer_options options = { .path = o->index ? name : NULL,
                                                         .memory = o->memory / INDEX_SHARE,
                                                         .places = one };
        writer = tl_index_writer_new(&options, error);
        if (writer == NULL)
            return error->kind;
        sinks[count++] = tl_index_sink(writer);
    }
    if (asks)
        sinks[count++] = tl_flow_set_sink(set, x->predicate);
    for (uint32_t i = 0; i < count; i++) {
        if (sinks[i] == NULL)
            failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    if (failure == TL_E_NONE)
        failure = run_pass(x, o, sinks, count, one && writer != NULL ? &noted : NULL, &packets, error);
    if (failure == TL_E_DAMAGED && (o->extract != NULL || !o->index)) {
        x->damage = *error;
        *error = (struct tl_error){ .kind = TL_E_NONE };
        failure = TL_E_NONE;
    }
    bool keep = failure == TL_E_NONE && !x->stopped && (x->damage.kind == TL_E_NONE || !o->index);
    if (keep && writer != NULL)
        failure = finish(x, o, writer, origin, packets, &noted, error);
    else if (failure == TL_E_NONE && writer != NULL && !x->stopped)
        failure = tl_error_set(error, TL_E_DAMAGED, "no index is made of a damaged file: %.400s", x->damage.text);
    for (uint32_t i = 0; i < count; i++) {
        if (sinks[i] != NULL)
            sinks[i]->free(sinks[i]);
    }
    tl_index_writer_free(writer);
    free(noted.items);
    return failure;
}

/* --- the packets --- */

struct choice {
    struct tl_extract *x;
    uint64_t *bits;
    size_t most; /* places */
};

static void choose_packet(void *context, struct tl_carrier packet)
{
    struct choice *c = context;
    struct tl_places *places = &c->x->places;
    uint64_t bit = UINT64_C(1) << ((packet.number - 1) % 64), *word = &c->bits[(packet.number - 1) / 64];
    if ((*word & bit) != 0)
        return; /* of another flow too */
    *word |= bit;
    if (places->failed)
        return;
    if (places->count == places->room) {
        size_t room = places->room > 0 ? places->room * 2 : 1024;
        uint64_t *grown = room <= c->most ? realloc(places->items, room * sizeof *grown) : NULL;
        places->failed = grown == NULL;
        if (grown == NULL)
            return;
        places->items = grown;
        places->room = room;
    }
    places->items[places->count++] = packet.place;
}

static int by_place(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_chosen(const struct tl_extract *x, const struct tl_flow_set *set, struct tl_predicate_run *run,
                      const struct tl_indexed_flow *flow)
{
    if (x->uid[0] != '\0')
        return strcmp(flow->id->uid, x->uid) == 0;
    if (x->community_id[0] != '\0')
        return strcmp(flow->id->community_id, x->community_id) == 0;
    if (x->conn)
        return tl_predicate_record(run, &tl_conn_record_def, flow->record, flow->id);
    return tl_flow_set_has(set, flow->id->first_pkt, flow->id->depth);
}

/* Goes through the flows of the index. */
static enum tl_failure choose(struct tl_extract *x, const struct tl_options *o, const struct tl_flow_set *set,
                              struct tl_error *error)
{
    uint64_t packets = tl_index_packets(x->index), flows = 0;
    struct choice c = { .x = x, .most = o->memory / PLACES_SHARE / sizeof(uint64_t) };
    struct tl_indexed_flow flow;
    struct tl_predicate_run *run = x->conn ? tl_predicate_run_new(x->predicate) : NULL;
    bool fine = true;
    if (packets / 8 > o->memory) {
        tl_predicate_run_free(run);
        return tl_error_set(error, TL_E_RUNTIME, "the index names %" PRIu64 " packets, more than --mem has room for: "
                            "raise it, or remove the index if that cannot be", packets);
    }
    c.bits = calloc(packets / 64 + 1, sizeof *c.bits);
    x->chosen = (struct tl_chosen){ .bits = c.bits, .packets = packets };
    x->places.failed = !tl_index_has_places(x->index);
    if (c.bits == NULL || (x->conn && run == NULL)) {
        tl_predicate_run_free(run);
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    while (fine && tl_index_next(x->index, &flow)) {
        if (!is_chosen(x, set, run, &flow))
            continue;
        flows++;
        fine = tl_index_each_packet(x->index, &flow, choose_packet, &c);
    }
    tl_predicate_run_free(run);
    if (tl_index_is_damaged(x->index))
        return TL_E_DAMAGED;
    if (flows == 0 && !o->quiet)
        tl_tell("--extract: no flow of the input is selected");
    if (!x->places.failed && x->places.count > 0)
        qsort(x->places.items, x->places.count, sizeof *x->places.items, by_place);
    x->chosen.listed = !x->places.failed;
    return TL_E_NONE;
}

static void forget(struct tl_extract *x)
{
    tl_index_free(x->index);
    free((void *)(uintptr_t)x->chosen.bits);
    x->index = NULL;
    x->chosen = (struct tl_chosen){ .bits = NULL };
    x->places.count = 0;
}

static enum tl_failure find(struct tl_extract *x, const struct tl_options *o, const char *name,
                            const struct tl_index_origin *origin, struct tl_flow_set *set, struct tl_error *error)
{
    bool asks = x->predicate != NULL && !x->conn;
    enum tl_failure failure = TL_E_NONE;
    if (x->index != NULL && o->index && !o->quiet)
        tl_tell("%s is up to date", name);
    if (x->index == NULL || asks)
        failure = pass_over(x, o, name, origin, set, error);
    if (failure != TL_E_NONE || x->stopped || o->extract == NULL)
        return failure;
    failure = choose(x, o, set, error);
    if (failure != TL_E_DAMAGED)
        return failure;
    tell_state(o, name, TL_INDEX_DAMAGED); /* damaged inside: made again, for this run */
    forget(x);
    failure = pass_over(x, o, name, origin, set, error);
    if (failure == TL_E_NONE && !x->stopped)
        failure = choose(x, o, set, error);
    if (failure == TL_E_DAMAGED)
        return tl_error_set(error, TL_E_RUNTIME, "the temporary index is damaged: is the disk full?");
    return failure;
}

/* --- records that are in the index --- */

/* Does it select conn records, and no others? Its keys are those of conn records: of all others it says the same. */
static bool selects_conn(const struct tl_predicate *predicate)
{
    static const struct tl_record nothing = { .set = 0 };
    const struct tl_flow_id id = { .version = 4 };
    if (predicate == NULL || !tl_predicate_is_of_record(predicate, &tl_conn_record_def))
        return false;
    struct tl_predicate_run *run = tl_predicate_run_new(predicate);
    bool others = run == NULL || tl_predicate_record(run, &tl_weird_record_def, &nothing, &id);
    tl_predicate_run_free(run);
    return !others;
}

/* Are records all that is wanted of one file? */
static bool wants_records(const struct tl_options *o)
{
    bool more = o->text || o->write != NULL || o->count || o->streams != NULL || o->files != NULL || o->split != NULL || o->server_count > 0 ||
                o->statistic_count > 0 || o->assertion_count > 0 || o->beside || o->index || o->follow ||
                o->most > 0 || o->names != NULL || o->hosts != NULL;
    return o->json == TL_JSON_FLOWS && !more && o->input_count == 1 && o->filter == NULL && o->keylog == NULL && o->rsa_key_count == 0 &&
           strcmp(o->inputs[0], "-") != 0;
}

/* Reads all of the index once: what is damaged answers nothing. */
static void look_for_answer(struct tl_extract *x, const struct tl_options *o)
{
    char name[PATH_MAX];
    struct tl_index_origin origin;
    struct tl_error ignored = { .kind = TL_E_NONE };
    struct tl_indexed_flow flow;
    if (!tl_index_name(o->inputs[0], name, sizeof name) || access(name, R_OK) != 0 ||
        check_inputs(o, &origin, &ignored) != TL_E_NONE)
        return;
    open_index(x, o, name, &origin);
    while (x->index != NULL && tl_index_next(x->index, &flow))
        continue;
    if (x->index != NULL && tl_index_is_damaged(x->index)) {
        tell_state(o, name, TL_INDEX_DAMAGED);
        forget(x);
    }
    x->answers = x->index != NULL;
}

void tl_extract_answer(void *context, tl_emit_record *emit, void *emit_context)
{
    struct tl_extract *x = context;
    struct tl_indexed_flow flow;
    tl_index_rewind(x->index);
    while (tl_index_next(x->index, &flow))
        emit(emit_context, &tl_conn_record_def, flow.record, flow.id);
}

enum tl_failure tl_extract_find(struct tl_extract *x, const struct tl_options *o,
                                const struct tl_predicate *select, struct tl_error *error)
{
    char name[PATH_MAX];
    struct tl_index_origin origin;
    if (o->extract == NULL && !o->index) {
        if (wants_records(o) && selects_conn(select))
            look_for_answer(x, o);
        return TL_E_NONE;
    }
    if (check_inputs(o, &origin, error) != TL_E_NONE)
        return error->kind;
    if (!tl_index_name(o->inputs[0], name, sizeof name))
        return tl_error_set(error, TL_E_RUNTIME, "%s: the name is too long for an index", o->inputs[0]);
    struct tl_flow_set *set = tl_flow_set_new(o->memory / SET_SHARE);
    if (set == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    open_index(x, o, name, &origin);
    enum tl_failure failure = find(x, o, name, &origin, set, error);
    tl_flow_set_free(set);
    bool compressed = failure == TL_E_NONE && o->index && x->index != NULL && !tl_index_has_places(x->index);
    if (compressed && !o->quiet)
        tl_tell("%s: the file is compressed: with this index nothing is decoded again, but the whole file is read",
                name);
    return failure;
}
