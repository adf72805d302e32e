/* signals.h - how the program ends when it is told to. */
#ifndef TL_CLI_SIGNALS_H
#define TL_CLI_SIGNALS_H

#include "core/status.h"

struct tl_engine;

/* A closed pipe is an error of write(), not the end; interrupts end the program at once while there is no engine. */
void tl_signals_init(void);
/* From here on interrupts stop this engine (the second one ends the program). NULL: as before. */
void tl_signals_for(struct tl_engine *engine);

#endif
