/* predicate.c - compiles a filter, and asks it. */
#include "filter/predicate.h"

#include <stdlib.h>

#include "core/protocol.h"
#include "filter/layers.h"
#include "filter/run.h"

/* Bytes: of any predicate, of an entry of its lists; of one evaluation, touched only as far as it is used. */
#ifdef TAPLIGHT_FUZZ /* the sanitizer writes to its shadow of all memory of a predicate */
enum { ARENA_LEAST = 16 << 10, ARENA_ENTRY = 640, RUN_ARENA = 32 << 10 };
#else
enum { ARENA_LEAST = 64 << 10, ARENA_ENTRY = 2 << 10, RUN_ARENA = 4 << 20 };
#endif

/* --- compiling --- */

/* Compiles for packets or for records; on failure for the other, if only names were unknown. */
static bool compile(struct tl_predicate *p, const struct tl_syntax *syntax, bool records, struct tl_problem *problem)
{
    struct tl_problem first = { .set = false }, second = { .set = false };
    size_t mark = p->arena.used;
    p->program.records = records;
    if (tl_program_compile(&p->program, syntax, &p->names, &p->arena, &first))
        return true;
    tl_program_fini(&p->program);
    p->arena.used = mark;
    p->program.records = !records;
    bool other = first.unknown && p->names.record_count > 0;
    if (other && tl_program_compile(&p->program, syntax, &p->names, &p->arena, &second))
        return true;
    *problem = other && !second.unknown ? second : first;
    return false;
}

/* Does the name only stand for another network or transport protocol than those of filter/headers.h? */
static bool is_not_in_tcp(const struct tl_names *names, const struct tl_reference *reference)
{
    static const char *const known[] = { "ip", "ipv6", "tcp" };
    for (uint32_t i = 0; i < reference->site_count; i++) {
        const struct tl_protocol *protocol = names->protocols.items[reference->sites[i].protocol];
        if (protocol->kind != TL_KIND_NETWORK && protocol->kind != TL_KIND_TRANSPORT)
            return false;
        for (unsigned k = 0; k < TL_COUNT(known); k++) {
            if (strcmp(protocol->name, known[k]) == 0)
                return false;
        }
    }
    return reference->special == TL_SPECIAL_NONE && reference->site_count > 0 && reference->site_count < TL_SITES_MOST;
}

/* Are its values known without a tree, where the headers are known? */
static bool is_of_headers(const struct tl_reference *reference)
{
    switch (reference->special) {
    case TL_SPECIAL_NONE:
        return reference->not_in_tcp || (reference->early_count > 0 && !reference->raw && reference->layer_count == 0);
    case TL_SPECIAL_PROTOCOLS:
    case TL_SPECIAL_MALFORMED:
    case TL_SPECIAL_TCP_STREAM:
    case TL_SPECIAL_UDP_STREAM:
    case TL_SPECIAL_TCP_PAYLOAD:
    case TL_SPECIAL_UDP_PAYLOAD:
        return false;
    default:
        return true;
    }
}

/*
 * Do its values need no parser of what flows carry? Bytes do: a parser hides the secrets in them.
 */
static bool is_below_applications(const struct tl_names *names, const struct tl_reference *reference)
{
    if (reference->special != TL_SPECIAL_NONE)
        return is_of_headers(reference) || reference->special == TL_SPECIAL_TCP_STREAM ||
               reference->special == TL_SPECIAL_UDP_STREAM;
    for (uint32_t i = 0; i < reference->site_count; i++) {
        const struct tl_protocol *protocol = names->protocols.items[reference->sites[i].protocol];
        uint16_t field = reference->sites[i].field;
        if (protocol->kind == TL_KIND_APPLICATION || (field != TL_LAYER && protocol->fields[field].type == TL_BYTES))
            return false;
    }
    return reference->site_count > 0 && reference->site_count < TL_SITES_MOST && !reference->raw &&
           reference->kind.type != TL_DATUM_PROTOCOL;
}

bool tl_predicate_is_below_applications(const struct tl_predicate *p)
{
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        const struct tl_reference *reference = &p->program.references[i];
        if (!is_below_applications(&p->names, reference) && !is_of_headers(reference))
            return false;
    }
    return !p->program.records;
}

bool tl_predicate_is_of_headers(const struct tl_predicate *p)
{
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        if (!is_of_headers(&p->program.references[i]))
            return false;
    }
    return !p->program.records;
}

bool tl_predicate_has_early_values(const struct tl_predicate *p)
{
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        const struct tl_reference *reference = &p->program.references[i];
        bool layer = reference->special == TL_SPECIAL_NONE && reference->kind.type == TL_DATUM_PROTOCOL;
        if (layer || !is_of_headers(reference)) /* of a layer headers tell that it is there, not all its bytes */
            return false;
    }
    return !p->program.records;
}

static void look_at_names(struct tl_predicate *p)
{
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        struct tl_reference *reference = &p->program.references[i];
        bool stream = reference->special == TL_SPECIAL_TCP_STREAM || reference->special == TL_SPECIAL_UDP_STREAM;
        p->streams |= stream;
        p->ordered |= stream || reference->special == TL_SPECIAL_TIME_DELTA_DISPLAYED;
        if (!p->program.records)
            reference->early_count = tl_early_find(reference->name, reference->early);
        reference->not_in_tcp = !p->program.records && is_not_in_tcp(&p->names, reference);
    }
    for (uint32_t i = 0; i < p->program.test_count; i++)
        tl_quick_prepare(&p->program, &p->program.tests[i]);
}

/* Each entry of the program's lists comes from a letter or more of the text: a short filter needs short lists. */
static bool make_room(struct tl_predicate *p, size_t letters)
{
    p->program.most = letters < TL_PROGRAM_MOST / 4 ? 4 * (uint32_t)letters + 32 : TL_PROGRAM_MOST;
    return tl_arena_init(&p->arena, ARENA_LEAST + (size_t)p->program.most * ARENA_ENTRY);
}

struct tl_predicate *tl_predicate_new(struct tl_bytes text, const struct tl_names *names, bool records,
                                      struct tl_problem *problem)
{
    struct tl_predicate *p = calloc(1, sizeof *p);
    *problem = (struct tl_problem){ .set = false };
    if (p == NULL || text.len > TL_PREDICATE_TEXT_MOST || !make_room(p, text.len)) {
        tl_problem_set(problem, 0, 0, p == NULL || text.len <= TL_PREDICATE_TEXT_MOST ? "out of memory"
                                                                                     : "the filter is too long");
        free(p);
        return NULL;
    }
    p->names = *names;
    uint8_t *copy = tl_arena_alloc(&p->arena, text.len + 1u); /* constants and names point into it */
    if (copy != NULL && text.len > 0)
        memcpy(copy, text.data, text.len);
    struct tl_syntax *syntax = NULL;
    if (copy != NULL)
        syntax = tl_syntax_parse((struct tl_bytes){ copy, text.len }, &p->arena, problem);
    if (syntax != NULL && compile(p, syntax, records, problem)) {
        look_at_names(p);
        return p;
    }
    tl_problem_set(problem, 0, 0, "out of memory"); /* keeps an earlier problem */
    tl_predicate_free(p);
    return NULL;
}

struct tl_predicate *tl_predicate_of_names(const char *const *keys, uint32_t count, const struct tl_names *names,
                                           struct tl_problem *problem)
{
    char near[176];
    struct tl_predicate *p = calloc(1, sizeof *p);
    *problem = (struct tl_problem){ .set = false };
    if (p == NULL || count > TL_PROGRAM_MOST || !make_room(p, TL_PROGRAM_MOST)) {
        tl_problem_set(problem, 0, 0, "out of memory");
        free(p);
        return NULL;
    }
    p->names = *names;
    p->program.registers = count;
    p->program.references = tl_arena_alloc(&p->arena, count * sizeof *p->program.references + 1);
    for (uint32_t i = 0; i < count && p->program.references != NULL; i++) {
        struct tl_bytes key = tl_bytes_of(keys[i], strlen(keys[i]));
        if (!tl_names_packet(names, key, &p->program.references[i])) {
            tl_problem_set(problem, 0, 0, "there is no field '%.80s'%s", keys[i],
                           tl_names_hint(names, key, near, sizeof near));
            tl_predicate_free(p);
            return NULL;
        }
        p->program.references[i].to = (uint16_t)i;
        p->program.reference_count++;
    }
    look_at_names(p);
    return p;
}

struct tl_predicate *tl_predicate_of_key(struct tl_bytes key, const struct tl_names *names, struct tl_problem *problem)
{
    char near[160];
    struct tl_predicate *p = calloc(1, sizeof *p);
    *problem = (struct tl_problem){ .set = false };
    if (p == NULL || !make_room(p, key.len)) {
        tl_problem_set(problem, 0, 0, "out of memory");
        free(p);
        return NULL;
    }
    p->names = *names;
    p->program.registers = 1;
    p->program.records = true;
    p->program.references = tl_arena_alloc(&p->arena, sizeof *p->program.references);
    if (p->program.references != NULL && tl_names_record(names, key, &p->arena, &p->program.references[0])) {
        p->program.reference_count = 1;
        return p;
    }
    tl_names_near(names, key, near, sizeof near);
    tl_problem_set(problem, 0, 0, "there is no key '%.*s'%s%s", (int)(key.len < 80 ? key.len : 80), key.data,
                   near[0] != '\0' ? ": did you mean " : ": see taplight --fields", near);
    tl_predicate_free(p);
    return NULL;
}

enum tl_datum_type tl_predicate_key_type(const struct tl_predicate *p)
{
    return p->program.references[0].kind.type;
}

void tl_predicate_free(struct tl_predicate *p)
{
    if (p == NULL)
        return;
    tl_program_fini(&p->program);
    tl_arena_fini(&p->arena);
    free(p);
}

bool tl_predicate_takes_records(const struct tl_predicate *p)
{
    return p->program.records;
}

bool tl_predicate_asks_path(const struct tl_predicate *p)
{
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        if (p->program.references[i].head == TL_HEAD_PATH)
            return true;
    }
    return false;
}

bool tl_predicate_is_of_record(const struct tl_predicate *p, const struct tl_record_def *def)
{
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        const struct tl_reference *reference = &p->program.references[i];
        bool all = reference->head != TL_HEAD_NONE ? reference->path == def : reference->record_count > 0;
        for (uint32_t k = 0; k < reference->record_count; k++)
            all &= reference->records[k].def == def;
        if (!all)
            return false;
    }
    return p->program.records;
}

uint64_t tl_predicate_record_fields(const struct tl_predicate *p, const struct tl_record_def *def)
{
    uint64_t fields = 0;
    for (uint32_t i = 0; i < p->program.reference_count; i++) {
        const struct tl_reference *reference = &p->program.references[i];
        for (uint32_t k = 0; k < reference->record_count; k++) {
            if (reference->records[k].def == def)
                fields |= UINT64_C(1) << reference->records[k].field;
        }
    }
    return fields;
}

bool tl_predicate_is_ordered(const struct tl_predicate *p)
{
    return p->ordered;
}

bool tl_predicate_needs_all(const struct tl_predicate *p)
{
    return p->streams;
}

const char *tl_predicate_note(const struct tl_predicate *p, uint32_t *at, uint32_t *len)
{
    *at = p->program.note_at;
    *len = p->program.note_len;
    return p->program.note;
}

void tl_predicate_want(const struct tl_predicate *p, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    for (uint32_t i = 0; i < p->program.reference_count; i++)
        tl_reference_want(&p->program.references[i], protocols, wanted);
}

/* --- asking --- */

struct tl_predicate_run *tl_predicate_run_new(const struct tl_predicate *p)
{
    return tl_predicate_run_new_within(p, SIZE_MAX);
}

struct tl_predicate_run *tl_predicate_run_new_within(const struct tl_predicate *p, size_t memory)
{
    struct tl_predicate_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return NULL;
    run->predicate = p;
    run->registers = calloc(p->program.registers + 1u, sizeof *run->registers);
    bool made = run->registers != NULL && tl_arena_init(&run->arena, RUN_ARENA);
    if (made && p->program.regex_count > 0)
        made = (run->regex = tl_regex_run_new()) != NULL;
    if (made && p->streams)
        made = (run->streams = tl_streams_new_within(memory)) != NULL;
    if (!made) {
        tl_predicate_run_free(run);
        return NULL;
    }
    for (uint32_t i = 0; i < p->program.constant_count; i++) {
        struct tl_constant *constant = &p->program.constants[i];
        run->registers[constant->to] = (struct tl_values){ .items = &constant->value, .count = 1, .capacity = 1 };
    }
    return run;
}

void tl_predicate_run_free(struct tl_predicate_run *run)
{
    if (run == NULL)
        return;
    tl_regex_run_free(run->regex);
    tl_streams_free(run->streams);
    tl_arena_fini(&run->arena);
    free(run->registers);
    free(run);
}

static enum tl_truth note_displayed(struct tl_predicate_run *run, enum tl_truth truth)
{
    if (truth == TL_TRUTH_YES) {
        run->displayed = true;
        run->displayed_ts = run->scene->packet->ts;
    }
    return truth;
}

enum tl_truth tl_predicate_early(struct tl_predicate_run *run, const struct tl_scene *scene)
{
    if (run->streams != NULL || scene->other_layers) /* every packet is counted, or must be decoded */
        return TL_TRUTH_UNKNOWN;
    run->scene = scene;
    tl_headers_read(scene->packet, &run->headers);
    return note_displayed(run, tl_evaluate(run, tl_gather_early));
}

bool tl_predicate_alone(const struct tl_predicate_run *run)
{
    return run->streams == NULL && run->headers.known;
}

/* Gives every conversation its number, whether or not the tests come to ask for it. */
static void count_streams(struct tl_predicate_run *run)
{
    const struct tl_protocols *protocols = &run->predicate->names.protocols;
    const struct tl_tree *tree = run->scene->tree;
    struct tl_endpoints endpoints;
    uint32_t number;
    for (uint32_t i = 0; i < tree->count; i++) {
        enum tl_layer_kind kind = tl_layer_kind_of(protocols, &tree->nodes[i]);
        if ((kind == TL_LAYER_TCP || kind == TL_LAYER_UDP) && tl_layer_endpoints(protocols, tree, i, &endpoints))
            (void)tl_streams_find(run->streams, &endpoints, &number);
    }
}

void tl_predicate_follow(struct tl_predicate_run *run, const struct tl_scene *scene)
{
    run->scene = scene;
    if (run->streams != NULL)
        count_streams(run);
}

void tl_predicate_read(struct tl_predicate_run *run, const struct tl_scene *scene)
{
    tl_predicate_follow(run, scene);
    run->stamp++;
    tl_arena_reset(&run->arena);
}

bool tl_predicate_early_values(struct tl_predicate_run *run, const struct tl_scene *scene)
{
    run->early = false;
    if (run->streams != NULL || scene->other_layers)
        return false;
    tl_headers_read(scene->packet, &run->headers);
    run->early = run->headers.known;
    return run->early;
}

struct tl_datum *tl_predicate_values(struct tl_predicate_run *run, uint32_t index, uint32_t *count,
                                     const struct tl_field **field)
{
    const struct tl_reference *reference = &run->predicate->program.references[index];
    struct tl_values *values = &run->registers[reference->to];
    *values = (struct tl_values){ .stamp = run->stamp };
    if (run->early)
        tl_gather_early(run, reference, values);
    else
        tl_gather_packet(run, reference, values);
    *count = values->count;
    *field = reference->as_text ? NULL : reference->field;
    return values->items;
}

struct tl_kind_of_value tl_predicate_kind(const struct tl_predicate *p, uint32_t index)
{
    return p->program.references[index].kind;
}

struct tl_arena *tl_predicate_arena(struct tl_predicate_run *run)
{
    return &run->arena;
}

void tl_predicate_read_end(struct tl_predicate_run *run)
{
    (void)note_displayed(run, TL_TRUTH_YES);
    run->early = false;
}

bool tl_predicate_packet(struct tl_predicate_run *run, const struct tl_scene *scene)
{
    run->scene = scene;
    if (run->streams != NULL)
        count_streams(run);
    return note_displayed(run, tl_evaluate(run, tl_gather_packet)) == TL_TRUTH_YES;
}

struct tl_datum *tl_predicate_record_values(struct tl_predicate_run *run, const struct tl_record_def *def,
                                            const struct tl_record *record, const struct tl_flow_id *id,
                                            uint32_t *count)
{
    struct tl_values *values = &run->registers[0];
    run->def = def;
    run->record = record;
    run->id = id;
    tl_arena_reset(&run->arena);
    *values = (struct tl_values){ .stamp = ++run->stamp };
    tl_gather_record(run, &run->predicate->program.references[0], values);
    *count = values->count;
    return values->items;
}

bool tl_predicate_record(struct tl_predicate_run *run, const struct tl_record_def *def, const struct tl_record *record,
                         const struct tl_flow_id *id)
{
    run->def = def;
    run->record = record;
    run->id = id;
    return tl_evaluate(run, tl_gather_record) == TL_TRUTH_YES;
}
