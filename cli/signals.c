/* signals.c - interrupts stop the engine in good order. */
#include "cli/signals.h"

#include "pipeline/engine.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* A handler is given no context: this is the one piece of state that cannot hang off anything. */
static _Atomic(struct tl_engine *) running;

static void on_interrupt(int number)
{
    struct tl_engine *engine = atomic_load(&running);
    (void)number;
    if (engine == NULL)
        _exit(TL_E_NONE);
    tl_engine_stop(engine);
}

static void interrupted_by(int number)
{
    struct sigaction old, new = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&new.sa_mask);
    /* nohup and a shell's background jobs have some ignored: that stays. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return;
    sigaction(number, &new, NULL);
}

void tl_signals_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    interrupted_by(SIGINT);
    interrupted_by(SIGTERM);
    interrupted_by(SIGHUP);
}

void tl_signals_for(struct tl_engine *engine)
{
    atomic_store(&running, engine);
}
