/* process_finder.h - starts the process that --process asks (enrich/finder.h). */
#ifndef TL_CLI_PROCESS_FINDER_H
#define TL_CLI_PROCESS_FINDER_H

#include "cli/privileges.h"

/*
 * Forks it. It changes to the user of `identity` and keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, as far as this process has
 * them. Call it before threads are created, in the network namespace whose sockets are meant. *lacking (of 64 bytes) names
 * those that it does not have; "": none. Returns a socket: when it
 * is closed *process ends, for which the caller waits. Returns -1 on failure.
 */
int tl_process_finder_start(const struct tl_identity *identity, pid_t *process, char lacking[64], struct tl_error *error);

#endif
