/* signals.h - signal handling. */
#ifndef TL_CLI_SIGNALS_H
#define TL_CLI_SIGNALS_H

#include "core/status.h"

#include <stdbool.h>

struct tl_engine;

/*
 * Makes a closed pipe and the file size limit errors of write(). Interrupts end the program at once until
 * tl_signals_for() sets an engine.
 */
void tl_signals_init(void);
/*
 * Interrupts now stop this engine; another one, or the same more than a second later, ends the program. NULL: as
 * before. SIGHUP is an interrupt too, unless `reopens` is set and there is no controlling terminal: then the engine
 * reopens its files.
 */
void tl_signals_for(struct tl_engine *engine, bool reopens);
/* Returns true if SIGUSR1 (print the counters) arrived since the last call. */
bool tl_signals_asked(void);
/* Returns true if SIGHUP, as a request to reopen, arrived since the last call. */
bool tl_signals_hung_up(void);
/* From now on the first interrupt is only noted, and ends a sleep or a wait. For verbs, which have no engine. */
void tl_signals_note(void);
/* Returns whether there was one. */
bool tl_signals_interrupted(void);

#endif
