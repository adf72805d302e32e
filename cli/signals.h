/* signals.h - how the program ends when it is told to. */
#ifndef TL_CLI_SIGNALS_H
#define TL_CLI_SIGNALS_H

#include "core/status.h"

#include <stdbool.h>

struct tl_engine;

/*
 * A closed pipe and a limit of size are errors of write(), not the end; interrupts end the program at once while there
 * is no engine.
 */
void tl_signals_init(void);
/*
 * From here on interrupts stop this engine (the second one ends the program). NULL: as before. SIGHUP is an interrupt,
 * but where it `reopens` and there is no terminal to be hung up: then the engine's files are begun anew.
 */
void tl_signals_for(struct tl_engine *engine, bool reopens);
/* Was SIGUSR1 sent since the last time? It asks for the counts. */
bool tl_signals_asked(void);

#endif
