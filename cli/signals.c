/* signals.c - interrupts stop the engine in good order. */
#include "cli/signals.h"

#include "pipeline/engine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };

/* A handler is given no context: this is the one piece of state that cannot hang off anything. */
static _Atomic(struct tl_engine *) running;
static atomic_bool asked; /* for the counts */
static atomic_bool had_terminal;

static void on_interrupt(int number)
{
    struct tl_engine *engine = atomic_load(&running);
    if (engine == NULL)
        _exit(TL_E_NONE);
    if (number != SIGHUP && tl_engine_is_stopping(engine)) { /* it is waited for already: whoever asks means now */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    tl_engine_stop(engine);
    if (number == SIGHUP && atomic_load(&had_terminal))
        alarm(PATIENCE_S); /* it is gone: nobody could interrupt what waits for the reader of an output */
}

static void on_alarm(int number)
{
    static const char text[] = "taplight: the terminal is gone and an output still waits: its rest is left\n";
    (void)number;
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* it may have gone to that terminal */
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
    /* Asked again, it ends at once; but a terminal that dies may say so twice: by the shell, and by the system. */
    struct sigaction old, new = { .sa_handler = on_interrupt, .sa_flags = number == SIGHUP ? 0 : (int)SA_RESETHAND };
    sigemptyset(&new.sa_mask);
    /* nohup and a shell's background jobs have some ignored: that stays. */
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
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may grow no more (ulimit -f) */
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
