/* signals.c - interrupts stop the engine in good order; a fault in a mapping that was cut is the engine's to mend. */
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

static void on_fault(int number, siginfo_t *info, void *context)
{
    struct tl_engine *engine = atomic_load(&running);
    (void)context;
    if (engine != NULL && info->si_code > 0 && tl_engine_fault(engine, info->si_addr))
        return;
    signal(number, SIG_DFL);
    raise(number);
}

static void on(int number, int flags, void (*handler)(int), void (*with_info)(int, siginfo_t *, void *))
{
    struct sigaction old, new = { .sa_flags = flags };
    sigemptyset(&new.sa_mask);
    if (with_info != NULL)
        new.sa_sigaction = with_info;
    else
        new.sa_handler = handler;
    /* nohup and a shell's background jobs have some ignored: that stays. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN && with_info == NULL)
        return;
    sigaction(number, &new, NULL);
}

void tl_signals_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    on(SIGINT, (int)SA_RESETHAND, on_interrupt, NULL);
    on(SIGTERM, (int)SA_RESETHAND, on_interrupt, NULL);
    on(SIGHUP, (int)SA_RESETHAND, on_interrupt, NULL);
    on(SIGBUS, SA_SIGINFO, NULL, on_fault);
}

void tl_signals_for(struct tl_engine *engine)
{
    atomic_store(&running, engine);
}
