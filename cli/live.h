/* live.h - the command's part of a live capture: notices, counters, privileges. */
#ifndef TL_CLI_LIVE_H
#define TL_CLI_LIVE_H

#include "capture/live.h"
#include "cli/opener.h"
#include "cli/options.h"
#include "cli/privileges.h"

struct tl_counters;
struct tl_engine;

/* Builds the capture options from the command line. */
struct tl_live_options tl_live_of(const struct tl_options *options);
/* For tl_engine_options.notice: prints a line on standard error. */
void tl_live_notice(void *context, const char *text);
/* Prints the interfaces. Call it when all interfaces are open and privileges are dropped. */
void tl_live_listening(const struct tl_options *options, const struct tl_engine *engine);
/* Appends the counters without a newline. live: includes the kernel's counters. */
void tl_live_put_counts(struct tl_buffer *out, const struct tl_counters *counters, bool live);
/* Prints the same line on standard error. */
void tl_live_counts(const struct tl_counters *counters, bool live);
/*
 * Chooses the user to run as. Call it before anything is opened. If that user is not root, a forked process opens all
 * further files.
 */
enum tl_failure tl_live_begin(const struct tl_options *options, struct tl_opener *opener, struct tl_identity *identity,
                              struct tl_error *error) TL_MUST_CHECK;
/* Drops root privileges. Call it when everything is open. */
enum tl_failure tl_live_settle(const struct tl_options *options, const struct tl_identity *identity,
                               struct tl_error *error) TL_MUST_CHECK;

#endif
