/* signals.c - signals stop the engine in an orderly way. */
#include "cli/signals.h"

#include "pipeline/engine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };
#define ONE_SIGNAL_NS INT64_C(1000000000) /* the same signal again within this time is the same request */

/* Static because a signal handler gets no context. */
static _Atomic(struct tl_engine *) running;
static atomic_bool asked; /* SIGUSR1: print the counters */
static atomic_bool hung_up; /* SIGHUP without a terminal */
static atomic_bool had_terminal;
static atomic_bool noting;          /* an interrupt is only noted: tl_signals_note() */
static atomic_bool interrupted;
static atomic_int first;            /* the signal that stopped the engine; 0: none */
static _Atomic int64_t first_at;    /* its time, monotonic ns */

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* timeout(1) signals a process and then its group, which the process is in: the same signal comes twice. */
static bool is_repeated(int number)
{
    int none = 0;
    int64_t at = now();
    if (atomic_load(&first) == number)
        return at - atomic_load(&first_at) < ONE_SIGNAL_NS;
    if (atomic_load(&first) == 0) {
        atomic_store(&first_at, at); /* before `first`: a handler in another thread must not see an old time */
        if (!atomic_compare_exchange_strong(&first, &none, number))
            return none == number;
    }
    return false;
}

static void on_interrupt(int number)
{
    struct tl_engine *engine = atomic_load(&running);
    if (is_repeated(number))
        return;
    if (engine == NULL && atomic_load(&noting) && !atomic_exchange(&interrupted, true))
        return;
    if (engine == NULL)
        _exit(TL_E_NONE);
    if (number != SIGHUP && tl_engine_is_stopping(engine)) { /* a later signal: end at once */
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
    atomic_store(&hung_up, true);
}

static void interrupted_by(int number)
{
    struct sigaction old, new = { .sa_handler = on_interrupt };
    sigemptyset(&new.sa_mask);
    sigaddset(&new.sa_mask, SIGINT);
    sigaddset(&new.sa_mask, SIGTERM);
    /*
     * SIGHUP ignored at start (nohup) stays ignored. A shell without job control ignores SIGINT in its background jobs
     * so that Ctrl-C spares them: kill -INT must end a capture in the background nevertheless.
     */
    if (number == SIGHUP && sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
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

bool tl_signals_hung_up(void)
{
    return atomic_exchange(&hung_up, false);
}

void tl_signals_note(void)
{
    atomic_store(&noting, true);
}

bool tl_signals_interrupted(void)
{
    return atomic_load(&interrupted);
}
