/* signals.c - signalfd(2). */
#include "ui/screen/signals.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* All that would end a program without a handler: the terminal is restored first. */
static const int ending[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGALRM, SIGVTALRM,
                              SIGPROF, SIGUSR2, SIGIO,   SIGPWR,  SIGXCPU };

enum tl_failure tl_view_signals_begin(struct tl_view_signals *signals, struct tl_error *error)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < TL_COUNT(ending); i++)
        sigaddset(&set, ending[i]);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGWINCH);
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot wait for signals: %s", strerror(errno));
    pthread_sigmask(SIG_BLOCK, &set, &signals->before);
    return TL_E_NONE;
}

void tl_view_signals_release(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < TL_COUNT(ending); i++) {
        if (ending[i] != SIGHUP)
            sigaddset(&set, ending[i]);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void tl_view_signals_end(struct tl_view_signals *signals)
{
    close(signals->fd);
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}

enum tl_signalled tl_view_signals_take(const struct tl_view_signals *signals, struct tl_screen *screen)
{
    struct signalfd_siginfo info;
    enum tl_signalled came = TL_SIGNALLED_NOTHING;
    while (read(signals->fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            tl_screen_resize(screen);
        else if (info.ssi_signo != SIGUSR1)
            came = TL_SIGNALLED_END;
        else if (came == TL_SIGNALLED_NOTHING)
            came = TL_SIGNALLED_QUESTION;
    }
    return came;
}
