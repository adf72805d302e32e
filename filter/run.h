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
enum tl_truth tl_evaluate(struct tl_predicate_run *run, tl_gather_function *gather);

#endif
