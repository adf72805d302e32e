/* signals.c - signals stop the engine in an orderly way. */
#include "cli/signals.h"

#include "pipeline/engine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };

/* Static because a signal handler gets no context. */
static _Atomic(struct tl_engine *) running;
static atomic_bool asked; /* SIGUSR1: print the counters */
static atomic_bool had_terminal;

static void on_interrupt(int number)
{
    struct tl_engine *engine = atomic_load(&running);
    if (engine == NULL)
        _exit(TL_E_NONE);
    if (number != SIGHUP && tl_engine_is_stopping(engine)) { /* second signal: end at once */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    tl_engine_stop(engine);
    if (number == SIGHUP && atomic_load(&had_terminal))
        alarm(PATIENCE_S); /* no terminal left to interrupt an output that waits for its reader */
}

static void on_alarm(int number)
{
    static const char text[] = "taplight: terminal closed, an output still waits for its reader: output is cut\n";
    (void)number;
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* may fail: standard error may be that terminal */
    _exit(TL_E_RUNTIME);
}

static void on_question(int number)
{
    (void)number;
    atomic_store(&asked, true);
}

static void on_hangup(int number)
{
    struct tl_engine *engine = atomic_load(&running);
    (void)number;
    if (engine != NULL)
        tl_engine_reopen(engine);
}

static void interrupted_by(int number)
{
    /* The second signal ends the process. Not for SIGHUP: a closing terminal may send it twice (shell and kernel). */
    struct sigaction old, new = { .sa_handler = on_interrupt, .sa_flags = number == SIGHUP ? 0 : (int)SA_RESETHAND };
    sigemptyset(&new.sa_mask);
    /* Signals ignored at start (nohup, background jobs of a shell) stay ignored. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return;
    sigaction(number, &new, NULL);
}

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void tl_signals_init(void)
{
    atomic_store(&had_terminal, has_terminal());
    signal(SIGALRM, on_alarm);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* write() then fails with EFBIG at the file size limit (ulimit -f) */
    interrupted_by(SIGINT);
    interrupted_by(SIGTERM);
    interrupted_by(SIGHUP);
    struct sigaction question = { .sa_handler = on_question, .sa_flags = SA_RESTART };
    sigemptyset(&question.sa_mask);
    sigaction(SIGUSR1, &question, NULL);
}

void tl_signals_for(struct tl_engine *engine, bool reopens)
{
    atomic_store(&running, engine);
    if (engine == NULL || !reopens || atomic_load(&had_terminal))
        return;
    struct sigaction hangup = { .sa_handler = on_hangup, .sa_flags = SA_RESTART };
    sigemptyset(&hangup.sa_mask);
    sigaction(SIGHUP, &hangup, NULL);
}

bool tl_signals_asked(void)
{
    return atomic_exchange(&asked, false);
}
