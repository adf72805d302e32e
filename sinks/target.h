/* target.h - a server that takes records: what each scheme of --to implements. */
#ifndef TL_SINKS_TARGET_H
#define TL_SINKS_TARGET_H

#include <stdatomic.h>

#include "core/record.h"
#include "core/status.h"
#include "sinks/frame.h"
#include "sinks/url.h"

/* What a target may use. Borrowed for its life. */
struct tl_target_options {
    const struct tl_url *url;
    struct tl_credentials credentials;
    const struct tl_record_def *const *defs; /* of all records */
    uint32_t def_count;
    const atomic_bool *stop;                 /* set: give up what waits for the server */
    /* A record that the server refuses: it is not sent again. */
    void (*set_aside)(void *context, const uint8_t *line, size_t len, const char *why);
    /* A part of a frame is done: at the end of the run the server has so much time again. */
    void (*progress)(void *context);
    /* A sentence for the user, said once by the target. */
    void (*notice)(void *context, const char *text);
    void *context;
};

enum { TL_REASON = 320 };

struct tl_receiver {
    /*
     * Sends a frame. Returns true if the server has all of its records, or refused them for good (set_aside). Else
     * `why` says what is wrong, and the same frame is given again later, with the same lines at the same place: what
     * was sent may be acknowledged meanwhile. Calls come from one thread.
     */
    bool (*send)(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON]);
    void (*free)(struct tl_receiver *target);
};

struct tl_scheme {
    const char *name;      /* of the URL */
    bool tls;
    uint16_t port;         /* default */
    const char *separator; /* of keys */
    const char *queries;   /* keys of the URL, separated by spaces */
    bool several;          /* the URL may name several hosts */
    /* Returns NULL on failure. Connects to nothing. NULL: this build has no such scheme. */
    struct tl_receiver *(*open)(const struct tl_target_options *options, const struct tl_scheme *scheme,
                                struct tl_error *error);
    const char *needs;     /* the library, for a build without it */
};

/* Returns the scheme of a URL, if the URL is right for it. */
const struct tl_scheme *tl_scheme_of(const struct tl_url *url, struct tl_error *error);

struct tl_receiver *tl_clickhouse_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);
struct tl_receiver *tl_bulk_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);
struct tl_receiver *tl_loki_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);
struct tl_receiver *tl_redis_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);
struct tl_receiver *tl_kafka_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);
struct tl_receiver *tl_record_file_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);
struct tl_receiver *tl_nats_open(const struct tl_target_options *, const struct tl_scheme *, struct tl_error *);

/* Appends a line without its brace, and the members _sensor, _run and _seq, which name a record for good. */
void tl_frame_put_line(struct tl_buffer *out, const struct tl_record_frame *frame, const uint8_t *line, size_t len,
                       uint64_t seq);
/* Appends a name with the kind of the record in place of {kind}. */
void tl_frame_put_name(struct tl_buffer *out, const char *name, const uint8_t *line, size_t len);

#endif
