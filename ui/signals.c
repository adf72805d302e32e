/* signals.c - signalfd(2). */
#include "ui/signals.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum tl_failure tl_view_signals_begin(struct tl_view_signals *signals, struct tl_error *error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
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
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void tl_view_signals_end(struct tl_view_signals *signals)
{
    close(signals->fd);
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}

bool tl_view_signals_take(const struct tl_view_signals *signals, struct tl_screen *screen)
{
    struct signalfd_siginfo info;
    bool end = false;
    while (read(signals->fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            tl_screen_resize(screen);
        else
            end = true;
    }
    return end;
}
