/*
 * runner.h - runs the command of --after-file for each finished file, in a process forked before any packet is read.
 * That process has no interface, changes to the user of -Z, and runs the command only for the names of the run's files.
 */
#ifndef TL_CLI_RUNNER_H
#define TL_CLI_RUNNER_H

#include "cli/opener.h"
#include "cli/privileges.h"

struct tl_runner;

/*
 * Forks the process. files: borrowed array of `count`, as given to tl_opener_add(). Call it before threads are created.
 * Returns NULL and sets error on failure.
 */
struct tl_runner *tl_runner_start(const char *command, const struct tl_opener_file *files, uint32_t count,
                                  const struct tl_identity *identity, struct tl_error *error);
/*
 * Runs the command for this part as soon as fewer than eight commands run. Does not wait for commands. Returns false
 * if the process has ended.
 */
bool tl_runner_finished(struct tl_runner *runner, uint32_t file, const struct tl_file_part *part);
/* Waits for all commands. NULL is allowed. */
void tl_runner_free(struct tl_runner *runner);

#endif
