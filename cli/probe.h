/* probe.h - what taplight ping and trace share: options, the target, what is sent and what comes. */
#ifndef TL_CLI_PROBE_H
#define TL_CLI_PROBE_H

#include "cli/frames.h"
#include "cli/probe_records.h"
#include "cli/verb.h"

#define TL_PROBE_TIMEOUT INT64_C(2000000000) /* ns */

struct tl_probe_options {
    const char *interface, *source, *write, *user;
    uint64_t port, size, tos;
    int64_t timeout;
    bool icmp, tcp, udp, arp;
    bool v4, v6, resolve, verbose, json, quiet;
    struct tl_verb_network network;
};

/* Rows of the table of options of a verb, whose options have this struct as member `m`. */
#define TL_PROBE_AT(type, m, member) (offsetof(type, m) + offsetof(struct tl_probe_options, member))
#define TL_PROBE_ROWS_WAY(type, m)                                                                                     \
    { 0, "tcp", NULL, "TCP SYN; a SYN or a reset answers", NULL, TL_VERB_FLAG, .offset = TL_PROBE_AT(type, m, tcp) },  \
        { 0,                                                                                                           \
          "udp",                                                                                                       \
          NULL,                                                                                                        \
          "UDP; data or ICMP port unreachable answers",                                                                \
          NULL,                                                                                                        \
          TL_VERB_FLAG,                                                                                                \
          .offset = TL_PROBE_AT(type, m, udp) },                                                                       \
        { 'p',                                                                                                         \
          "port",                                                                                                      \
          "PORT",                                                                                                      \
          "port for TCP (default: 80) and UDP (default: 33434)",                                                       \
          NULL,                                                                                                        \
          TL_VERB_NUMBER,                                                                                              \
          .offset = TL_PROBE_AT(type, m, port),                                                                        \
          .least = 1,                                                                                                  \
          .most = 65535 },                                                                                             \
        { 'i',                                                                                                         \
          NULL,                                                                                                        \
          "IF",                                                                                                        \
          "send on interface IF (default: that of the route)",                                                         \
          NULL,                                                                                                        \
          TL_VERB_TEXT,                                                                                                \
          .offset = TL_PROBE_AT(type, m, interface),                                                                   \
          .device = true },                                                                                            \
        TL_VERB_ROWS_NETWORK(TL_PROBE_AT(type, m, network)),                                                           \
        { 0,                                                                                                           \
          "source",                                                                                                    \
          "ADDR",                                                                                                      \
          "send from this address (default: that of the route)",                                                       \
          NULL,                                                                                                        \
          TL_VERB_TEXT,                                                                                                \
          .offset = TL_PROBE_AT(type, m, source) },                                                                    \
        { 'W',                                                                                                         \
          "timeout",                                                                                                   \
          "SECONDS",                                                                                                   \
          "wait so long for an answer (default: 2)",                                                                   \
          NULL,                                                                                                        \
          TL_VERB_SECONDS,                                                                                             \
          .offset = TL_PROBE_AT(type, m, timeout) },                                                                   \
    {                                                                                                                  \
        'Q', "tos", "N", "DSCP and ECN, as one number (default: 0)", NULL, TL_VERB_NUMBER,                             \
            .offset = TL_PROBE_AT(type, m, tos), .most = 255                                                           \
    }

#define TL_PROBE_ROWS_OUTPUT(type, m)                                                                                  \
    { 0,                                                                                                               \
      "resolve",                                                                                                       \
      NULL,                                                                                                            \
      "look up names of addresses, and TARGET if it is a name",                                                        \
      NULL,                                                                                                            \
      TL_VERB_FLAG,                                                                                                    \
      .offset = TL_PROBE_AT(type, m, resolve) },                                                                       \
        { '4',                                                                                                         \
          NULL,                                                                                                        \
          NULL,                                                                                                        \
          "with --resolve: an IPv4 address of the name",                                                               \
          NULL,                                                                                                        \
          TL_VERB_FLAG,                                                                                                \
          .offset = TL_PROBE_AT(type, m, v4) },                                                                        \
        { '6',                                                                                                         \
          NULL,                                                                                                        \
          NULL,                                                                                                        \
          "with --resolve: an IPv6 address of the name",                                                               \
          NULL,                                                                                                        \
          TL_VERB_FLAG,                                                                                                \
          .offset = TL_PROBE_AT(type, m, v6) },                                                                        \
        { 0, "json", NULL, "print probe records", NULL, TL_VERB_FLAG, .offset = TL_PROBE_AT(type, m, json) },          \
        { 'v',                                                                                                         \
          NULL,                                                                                                        \
          NULL,                                                                                                        \
          "print each packet with all fields, sent and received",                                                      \
          NULL,                                                                                                        \
          TL_VERB_FLAG,                                                                                                \
          .offset = TL_PROBE_AT(type, m, verbose) },                                                                   \
        { 'w',                                                                                                         \
          NULL,                                                                                                        \
          "FILE",                                                                                                      \
          "write the packets sent and received to FILE",                                                               \
          NULL,                                                                                                        \
          TL_VERB_TEXT,                                                                                                \
          .offset = TL_PROBE_AT(type, m, write),                                                                       \
          .file = true },                                                                                              \
    {                                                                                                                  \
        'Z', NULL, "USER", "change to USER when started as root", NULL, TL_VERB_TEXT,                                  \
            .offset = TL_PROBE_AT(type, m, user)                                                                       \
    }

enum tl_probe_state {
    TL_PROBE_FREE,
    TL_PROBE_WAITS,
    TL_PROBE_TOLD, /* an ICMP error came; the target may still answer */
    TL_PROBE_LOST, /* its time is over */
    TL_PROBE_ENDED,
};

/* A probe that was sent. */
struct tl_probe_sent {
    uint8_t state, ttl;
    bool df;
    uint32_t size;        /* from the IP header on */
    int64_t at, deadline; /* ns since 1970; monotonic */
};

struct tl_probe_run {
    const struct tl_probe_options *options;
    const char *verb;
    struct tl_wire *wire;
    struct tl_world world;
    struct tl_prober prober;
    struct tl_frame_log log;
    struct tl_arrival *arrival; /* owned */
    struct tl_probe_sent *sent; /* owned: by sequence number */
    uint16_t next, oldest;      /* sequence numbers; of the next probe, of the oldest that may wait */
    uint32_t waiting;
    char text[64]; /* the target */
};

/*
 * Opens the interface on the way to `target`, and the outputs, then gives up root. On failure tl_probe_close() frees
 * what there is.
 */
enum tl_failure tl_probe_open(struct tl_probe_run *run, const struct tl_probe_options *options, const char *verb,
                              const char *target, struct tl_error *error) TL_MUST_CHECK;
enum tl_failure tl_probe_close(struct tl_probe_run *run, struct tl_error *error);
/* Sends the next probe, and sets *seq. */
enum tl_failure tl_probe_send(struct tl_probe_run *run, struct tl_probe_packet *probe,
                              struct tl_error *error) TL_MUST_CHECK;

/* An answer, or that none came. */
struct tl_probe_event {
    const struct tl_probe_sent *probe; /* NULL: nothing happened until the given time */
    uint16_t seq;
    const char *outcome; /* as in the record */
    bool first;          /* the first answer, in time; after an ICMP error, also the first of the target */
    bool told;           /* ..after an ICMP error */
    bool late, again;    /* the first answer, after the timeout; one more answer */
    int64_t ts, rtt;
    struct tl_answer answer;
};
/*
 * Waits for the next event until `until` (ns, monotonic). event->probe is NULL if there was none by then, and after an
 * interrupt.
 */
enum tl_failure tl_probe_wait(struct tl_probe_run *run, int64_t until, struct tl_probe_event *event,
                              struct tl_error *error) TL_MUST_CHECK;
/* Prints the record of an event. name: of the address that answered, or NULL. */
enum tl_failure tl_probe_record(struct tl_probe_run *run, const struct tl_probe_event *event, const char *name,
                                struct tl_error *error);
/* Readies a summary with what is known of the run. */
struct tl_probe_summary_record tl_probe_summary(const struct tl_probe_run *run);
/* What is wrong with a damaged answer, as in the record; NULL: nothing. */
const char *tl_probe_damage(const struct tl_answer *answer);
const char *tl_probe_proto(const struct tl_probe_run *run);
/* Says in words why the target cannot be reached: "network unreachable". */
const char *tl_probe_why(const struct tl_probe_run *run, const struct tl_answer *answer);
/* The name of an address, by DNS; NULL: none, or --resolve was not given. */
const char *tl_probe_name(const struct tl_probe_run *run, const struct tl_address *address, char name[256]);

#endif
