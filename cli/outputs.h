/* outputs.h - what a run writes, as the options say. */
#ifndef TL_CLI_OUTPUTS_H
#define TL_CLI_OUTPUTS_H

#include "cli/opener.h"
#include "cli/options.h"
#include "export/journal.h"
#include "export/sinks.h"

enum { TL_OUTPUTS_MOST = 3 };

struct tl_outputs {
    const struct tl_options *options;
    const struct tl_interfaces *interfaces; /* the engine's */
    struct tl_protocols protocols;
    struct tl_opener *opener;    /* of the files that sinks begin anew */
    struct tl_rotation rotation; /* of -w */
    struct tl_journal *journal;  /* owned: of the file of -w, where there is one that stays; NULL: none is kept */
    size_t queue;                /* bytes of lines that wait for their reader; 0: the run waits */
    void (*notice)(void *context, const char *text); /* is told of those */
    void *notice_context;
    uint32_t file_index[2];      /* for the opener: of -o, of -w */
    struct tl_sink *sinks[TL_OUTPUTS_MOST + 1]; /* NULL behind the last */
    const struct tl_output *files[TL_OUTPUTS_MOST]; /* the sinks', NULL: writes files of its own */
    uint32_t sink_count;
};

/* Nothing is opened yet; the opener may be forked. The options are borrowed. */
enum tl_failure tl_outputs_init(struct tl_outputs *outputs, const struct tl_options *options,
                                struct tl_error *error) TL_MUST_CHECK;
/*
 * They stand beside the view, which waits for none of them and wants packets from the file of -w. Before they are
 * opened. memory: of the whole program; returns what they take of it, bytes. notice: as tl_queued_sink()'s.
 */
size_t tl_outputs_beside(struct tl_outputs *outputs, size_t memory, void (*notice)(void *context, const char *text),
                         void *context);
/* Opens them. The interfaces are the engine's: it is freed after tl_outputs_close(). */
enum tl_failure tl_outputs_open(struct tl_outputs *outputs, const struct tl_interfaces *interfaces,
                                struct tl_error *error) TL_MUST_CHECK;
/* Whoever read the results has left, all of them. */
bool tl_outputs_gone(const struct tl_outputs *outputs);
/* Frees the sinks. */
void tl_outputs_close(struct tl_outputs *outputs);
void tl_outputs_fini(struct tl_outputs *outputs);

#endif
