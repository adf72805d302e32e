/* process_finder.h - starts the process that --process asks (enrich/finder.h). */
#ifndef TL_CLI_PROCESS_FINDER_H
#define TL_CLI_PROCESS_FINDER_H

#include "cli/privileges.h"

/*
 * Forks it. It changes to the user of `identity` and keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, as far as this process has
 * them. Call it before threads are created, in the network namespace whose sockets are meant. *lacking (of 64 bytes) names
 * those that it does not have; "": none. Returns a socket: when it
 * is closed *process ends, for which tl_process_finder_end() waits. Returns -1 on failure.
 */
int tl_process_finder_start(const struct tl_identity *identity, pid_t *process, char lacking[64], struct tl_error *error);
/* Waits until it has ended. One that does not end is killed, so that the end of a capture is not kept waiting. */
void tl_process_finder_end(pid_t process);

#endif
