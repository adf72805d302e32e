/* run.h - what one thread needs to evaluate a predicate. Private to filter/. */
#ifndef TL_FILTER_RUN_H
#define TL_FILTER_RUN_H

#include "filter/calculate.h"
#include "filter/headers.h"
#include "filter/predicate.h"
#include "filter/streams.h"

/* A register: the values of one operand. */
struct tl_values {
    struct tl_datum *items;
    uint32_t count, capacity;
    bool unknown;   /* not known before the packet is decoded */
    bool part;      /* known to be there, but not what it is */
    uint64_t stamp; /* of the evaluation that filled it */
};

struct tl_predicate {
    struct tl_arena arena;
    struct tl_names names;
    struct tl_program program;
    bool ordered;
    bool streams; /* tcp.stream or udp.stream is named */
};

struct tl_predicate_run {
    const struct tl_predicate *predicate;
    struct tl_arena arena;      /* of the current evaluation */
    struct tl_values *registers;
    uint64_t stamp;             /* of the current evaluation */
    struct tl_regex_run *regex; /* NULL: no patterns */
    struct tl_streams *streams; /* NULL: not needed */
    int64_t displayed_ts;       /* of the last packet selected */
    bool displayed;             /* there was one */
    const struct tl_scene *scene;
    struct tl_headers headers;  /* before the packet is decoded */
    bool early;                 /* values of this packet are read from them */
    const struct tl_record_def *def;
    const struct tl_record *record;
    const struct tl_flow_id *id;
};

/* Appends a value. Values that find no memory are left out. */
void tl_values_add(struct tl_predicate_run *run, struct tl_values *values, const struct tl_datum *value);
/* Fill a register with the values of a name: of the decoded packet, of its headers, of the record. */
void tl_gather_packet(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values);
void tl_gather_early(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values);
void tl_gather_record(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values);
/* Those of the frame, which need no tree; with a tree also the protocols. Returns false for other names. */
bool tl_gather_frame(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values);
/* Asks the whole question of the names that are gathered by `gather`. */
typedef void tl_gather_function(struct tl_predicate_run *run, const struct tl_reference *reference,
                                struct tl_values *values);
/* Does an order answer a comparison? */
bool tl_order_holds(enum tl_token_kind op, enum tl_order order);

/* quick.c: marks the test if it can be asked of headers without a list of values; asks it. */
void tl_quick_prepare(struct tl_program *program, struct tl_test *test);
enum tl_truth tl_quick_ask(const struct tl_headers *headers, const struct tl_test *test);

/* The header that a field is in; NULL: the packet has none. */
static inline const uint8_t *tl_early_layer(const struct tl_headers *headers, const struct tl_early_field *field)
{
    const uint8_t *layer;
    memcpy(&layer, (const uint8_t *)headers + field->layer, sizeof layer);
    return layer;
}

static inline uint64_t tl_early_number(const struct tl_reference *reference, const struct tl_early_field *field,
                                       const uint8_t *layer)
{
    const uint8_t *p = layer + (field->offset == UINT8_MAX ? 0 : field->offset);
    unsigned bytes = field->mask != 0 ? 2 : reference->kind.bits / 8u;
    return tl_masked_value(field->mask, bytes == 1 ? p[0] : bytes == 2 ? tl_load_be16(p) : tl_load_be32(p));
}

enum tl_truth tl_evaluate(struct tl_predicate_run *run, tl_gather_function *gather);

#endif
