/*
 * statistic.h - what a statistic of -z is. A kind is a const descriptor in a file of its own and a line in kinds.c.
 *
 * Workers call note() for each packet, in any order and at the same time: it appends the few bytes that the statistic
 * needs. One thread passes these to take(), in the order of the capture. So tables are the same for any number of
 * workers, and need no lock and no merge.
 */
#ifndef TL_STATISTICS_STATISTIC_H
#define TL_STATISTICS_STATISTIC_H

#include "filter/predicate.h"
#include "statistics/report.h"

struct tl_statistic_kind;
struct tl_statistic_setup;

enum { TL_NO_FILTER = -1 };

/* First member of the state of every statistic. */
struct tl_statistic {
    const struct tl_statistic_kind *kind;
    const char *argument; /* the argument of -z, borrowed */
    const char *filter;   /* the part of it that is a filter, borrowed; "": none */
    int filter_index;     /* see tl_statistic_set_filter(); TL_NO_FILTER: all packets */
    bool as_json;         /* its result is JSON in any case */
    bool inside;          /* it takes pieces of what protocols carry */
    size_t memory;        /* bytes that its tables may use */
    const struct tl_protocols *protocols;
};

/* A packet, in a worker. */
struct tl_sight {
    const struct tl_scene *scene;
    struct tl_predicate_run *const *runs; /* of the worker, by the index of tl_statistic_set_names() */
    uint64_t passes;                      /* bit i: the packet passes filter i */
    const struct tl_flow_id *id;          /* of its innermost flow, if a kind `identifies`; NULL: unknown */
};

/* The same packet, in the thread of the tables. */
struct tl_noted {
    uint64_t number;  /* of the packet */
    uint64_t flow;    /* number of the first packet of its innermost flow; 0: no flow */
    uint64_t passes;  /* as in tl_sight */
    int64_t ts;       /* ns since the epoch */
    int64_t first_ts; /* of the first packet of all */
    uint32_t len;     /* bytes on the wire */
    uint32_t caplen;
};

/* A piece of one side of a TCP stream, or of what a protocol carries. */
struct tl_noted_piece {
    struct tl_flow_id id;
    uint64_t gap;  /* bytes missing; then there are none */
    uint32_t side; /* 0: of the originator */
    struct tl_bytes bytes;
};

struct tl_statistic_kind {
    const char *name;      /* the beginning of the argument: "conv", "io,stat" */
    const char *arguments; /* the rest, as -z help shows it: ",TYPE[,FILTER]" */
    const char *help;      /* one line */
    size_t size;           /* bytes of its state, which begins with struct tl_statistic */
    bool keeps_order;      /* a tree of counts: items are not sorted by count */
    bool identifies;       /* note() needs the ids of flows */
    /* Reads the rest of the argument. The state is zeroed except for its first member. */
    enum tl_failure (*parse)(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error);
    /* Sets the fields that note() reads: see tl_sink.want. NULL: layers suffice. */
    void (*want)(const struct tl_statistic *s, uint64_t *const wanted[]);
    /* Appends what take() needs of the packet, or nothing. NULL: take() is called for each packet, without bytes. */
    void (*note)(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight);
    void (*take)(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes);
    /* As note() and take(), for records. NULL: takes none. The bytes are those appended. */
    void (*note_record)(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_record *record, const struct tl_flow_id *id);
    void (*take_record)(struct tl_statistic *s, struct tl_bytes bytes);
    /*
     * Pieces of TCP streams, and of what the protocols in flows carry: wants_piece() in the workers; take_piece() in
     * order, before the packet that they came with. protocol NULL: the stream itself. stream: of those that the protocol
     * carries, or TL_SAID_WHOLE. NULL: takes none.
     */
    bool (*wants_piece)(const struct tl_statistic *s, const struct tl_flow_id *id, const struct tl_protocol *protocol,
                        uint64_t stream);
    void (*take_piece)(struct tl_statistic *s, const struct tl_noted_piece *piece);
    /* Writes the result: as text, and as the members of a JSON object. */
    void (*text)(struct tl_statistic *s, struct tl_report *report);
    void (*json)(struct tl_statistic *s, struct tl_report *report);
    void (*fini)(struct tl_statistic *s);
};

/* Returns the table of kinds; *count is set to its length. */
const struct tl_statistic_kind *const *tl_statistic_kinds(size_t *count);

/* --- for parse() --- */

/*
 * Compiles the display filter of the statistic; text "" or NULL: none. The filter is borrowed.
 */
enum tl_failure tl_statistic_set_filter(struct tl_statistic *s, struct tl_statistic_setup *setup, const char *text,
                                        struct tl_error *error) TL_MUST_CHECK;
/* The same for one of several filters; *index is set. */
enum tl_failure tl_statistic_add_filter(const struct tl_statistic *s, struct tl_statistic_setup *setup,
                                        const char *text, int *index, struct tl_error *error) TL_MUST_CHECK;
/*
 * Adds a field whose values note() reads with tl_predicate_values(sight->runs[*index], 0, ..). *field is NULL if it is
 * none of a dissector.
 */
enum tl_failure tl_statistic_add_field(const struct tl_statistic *s, struct tl_statistic_setup *setup, const char *name,
                                       int *index, const struct tl_field **field, enum tl_datum_type *type,
                                       struct tl_error *error) TL_MUST_CHECK;
/* Returns whether secrets may be shown. */
bool tl_statistic_shows_secrets(const struct tl_statistic_setup *setup);

/* Returns whether a packet passes the filter with this index. */
static inline bool tl_statistic_passes(uint64_t passes, int filter)
{
    return filter == TL_NO_FILTER || (passes >> filter & 1) != 0;
}

/* Returns the index of a protocol by name, or protocols->count. */
uint32_t tl_statistic_protocol(const struct tl_statistic *s, const char *name);
/* Sets the bit of a field, by its key. Returns false if this build has no such field. */
bool tl_statistic_want(const struct tl_statistic *s, const char *key, uint64_t *const wanted[]);

#endif
