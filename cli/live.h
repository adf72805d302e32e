/* live.h - what the command does around a capture from interfaces: notices, counts, privileges. */
#ifndef TL_CLI_LIVE_H
#define TL_CLI_LIVE_H

#include "capture/live.h"
#include "cli/opener.h"
#include "cli/options.h"
#include "cli/privileges.h"

struct tl_counters;
struct tl_engine;

/* From the command line. */
struct tl_live_options tl_live_of(const struct tl_options *options);
/* For tl_engine_options.notice: a line on standard error. */
void tl_live_notice(void *context, const char *text);
/* Says what is captured from, once all is open and given up. */
void tl_live_listening(const struct tl_options *options, const struct tl_engine *engine);
/* The counts, without an end of line. live: with what the kernel says. */
void tl_live_put_counts(struct tl_buffer *out, const struct tl_counters *counters, bool live);
/* The same, as a line on standard error. */
void tl_live_counts(const struct tl_counters *counters, bool live);
/*
 * Before anything is opened: who goes on later. Where that is not root any more, files are opened by a process of their
 * own from here on.
 */
enum tl_failure tl_live_begin(const struct tl_options *options, struct tl_opener *opener, struct tl_identity *identity,
                              struct tl_error *error) TL_MUST_CHECK;
/* Everything is open: gives up what root can do. */
enum tl_failure tl_live_settle(const struct tl_options *options, const struct tl_identity *identity,
                               struct tl_error *error) TL_MUST_CHECK;

#endif
