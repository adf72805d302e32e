/* delivery.h - a sink that sends records to a server and never waits for it in a capture. */
#ifndef TL_SINKS_DELIVERY_H
#define TL_SINKS_DELIVERY_H

#include "core/sink.h"

struct tl_delivery_options {
    const char *url;
    const char *sensor;      /* name of this machine in the records */
    const char *run;         /* name of this run in the records */
    const char *separator;   /* of keys; NULL: that of the scheme */
    const char *spool;       /* folder of the outbox; NULL: none, what waits is in memory only */
    uint64_t spool_size;     /* bytes */
    bool spool_oldest;       /* a full outbox loses its oldest records, else the newest */
    bool spool_newest;
    size_t memory;           /* bytes of records that wait in memory */
    int64_t patience;        /* ns: at the end, how long a server that does not answer is waited for */
    bool live;               /* never wait for the server: what has no room is lost and counted */
    const struct tl_record_def *const *defs; /* of all records; borrowed */
    uint32_t def_count;
    bool (*stopping)(const void *context);    /* the run was interrupted */
    const void *stopping_context;
    void (*notice)(void *context, const char *text);
    void *notice_context;
    bool owner_changes;      /* new folders are made for this user */
    unsigned owner, group;
};

/* What a sink did so far. */
struct tl_delivery_counts {
    const char *url;         /* without the query; valid for the life of the sink */
    uint64_t sent;           /* records that the server has, or refused */
    uint64_t waiting;        /* records in memory and in the outbox */
    uint64_t lost;
    uint64_t refused;        /* of those sent */
    uint64_t batches, batches_failed; /* requests of records, with those that are sent again */
    uint64_t outbox_bytes;
    bool has_outbox;
    bool works;              /* the last batch was not refused as a whole */
    int64_t lag;             /* ns since the oldest record that waits came, at most since the start; 0: none */
};

/* Opens nothing but files. Strings are copied. Returns NULL on failure. */
struct tl_sink *tl_delivery_sink(const struct tl_delivery_options *options, struct tl_error *error);
/* Of a sink that tl_delivery_sink() returned. Any thread, until the sink is freed; waits for no server and no disk. */
void tl_delivery_counts(const struct tl_sink *sink, struct tl_delivery_counts *counts);

#endif
