/* outputs.h - the outputs of a run. */
#ifndef TL_CLI_OUTPUTS_H
#define TL_CLI_OUTPUTS_H

#include "cli/column_list.h"
#include "cli/csv.h"
#include "cli/opener.h"
#include "cli/options.h"
#include "cli/privileges.h"
#include "export/assertions.h"
#include "export/journal.h"
#include "export/sinks.h"
#include "statistics/set.h"

enum { TL_OUTPUTS_MOST = 7 + TL_SERVERS_GIVEN };

struct tl_outputs {
    const struct tl_options *options;
    const struct tl_interfaces *interfaces; /* owned by the engine */
    struct tl_protocols protocols;
    const struct tl_predicate *fields;    /* of -T fields; borrowed; NULL: none */
    const struct tl_column_list *columns; /* of --columns and -T tabs; borrowed */
    const struct tl_csv *csv;             /* of --csv; borrowed; NULL: none */
    struct tl_statistics *statistics;     /* of -z; borrowed; NULL: none */
    struct tl_bytes secrets;              /* of --inject-secrets; borrowed; empty: none */
    struct tl_host_names *hosts;          /* of -N and --hosts; borrowed; NULL: none */
    struct tl_assertions *assertions;     /* of --assert; borrowed; NULL: none */
    bool *only;                  /* owned: -O, by protocol index; NULL: all */
    struct tl_opener *opener;    /* opens the files that sinks reopen */
    struct tl_rotation rotation; /* for -w */
    struct tl_journal *journal;  /* owned: packet index of the file of -w; NULL: none, or the file is rotated */
    size_t queue;                /* bytes of lines queued for slow readers; 0: no queue, the run waits */
    void (*notice)(void *context, const char *text); /* reports lost lines */
    void *notice_context;
    void (*ended)(void *context); /* the last file of -w is full; called in the thread that writes; NULL: none */
    void *ended_context;
    const struct tl_engine *engine; /* for the sinks of servers; borrowed; NULL: there are none */
    bool rotates[2];             /* -o, -w: a sequence of files */
    uint32_t file_index[2];      /* indices in the opener: -o, -w */
    struct tl_sink *sinks[TL_OUTPUTS_MOST + 1]; /* NULL after the last */
    struct tl_output *printed; /* what text, JSON and statistics are written to, once it is open; owned by a sink */
    const struct tl_output *files[TL_OUTPUTS_MOST]; /* of the sinks; NULL: the sink opens its own files */
    uint32_t sink_count;
    const struct tl_sink *servers[TL_SERVERS_GIVEN]; /* of `sinks`: those of --to */
    uint32_t server_count;
};

/* Opens nothing; the opener may be forked. The options are borrowed. */
enum tl_failure tl_outputs_init(struct tl_outputs *outputs, const struct tl_options *options,
                                struct tl_error *error) TL_MUST_CHECK;
/*
 * Prepares outputs that run together with the view: the view never waits for them and reads packets from the file of
 * -w. Call it before tl_outputs_open(). memory: limit of the whole program, bytes. Returns the bytes these outputs use.
 * notice: as in tl_queued_sink().
 */
size_t tl_outputs_beside(struct tl_outputs *outputs, size_t memory, void (*notice)(void *context, const char *text),
                         void *context);
/*
 * Opens the outputs. interfaces belongs to the engine: free the engine after tl_outputs_close(). owner: the user that
 * the process changes to; new folders are made for this user.
 */
enum tl_failure tl_outputs_open(struct tl_outputs *outputs, const struct tl_interfaces *interfaces,
                                const struct tl_identity *owner, struct tl_error *error) TL_MUST_CHECK;
/* Returns true if all readers of the results closed their pipes. */
bool tl_outputs_gone(const struct tl_outputs *outputs);
/* Frees the sinks. */
void tl_outputs_close(struct tl_outputs *outputs);
void tl_outputs_fini(struct tl_outputs *outputs);

/* Is a file of -w with this name written as pcapng? */
bool tl_outputs_is_pcapng(const char *name);

#endif
