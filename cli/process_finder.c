/* process_finder.c - starts the process that --process asks. It never sees a packet. */
#include "cli/process_finder.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "enrich/finder.h"

enum { END_STEP = 2, END_LIMIT = 2000 }; /* ms */

static const struct {
    unsigned number;
    const char *name;
} wanted[] = { { CAP_SYS_PTRACE, "CAP_SYS_PTRACE" }, { CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH" } };

/*
 * Moves what it needs to the first descriptors, and closes the others: the reader of a pipe must see its end. Else it may
 * have the other end of its own channel, and would never see that closed.
 */
static bool close_others(int *channel, int *netlink)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int kept[2] = { fcntl(*channel, F_DUPFD_CLOEXEC, STDERR_FILENO + 8), fcntl(*netlink, F_DUPFD_CLOEXEC, STDERR_FILENO + 8) };
    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    *channel = dup3(kept[0], STDERR_FILENO + 1, O_CLOEXEC);
    *netlink = dup3(kept[1], STDERR_FILENO + 2, O_CLOEXEC);
    close_range(STDERR_FILENO + 3, UINT_MAX, 0);
    return null >= 0 && kept[0] >= 0 && kept[1] >= 0 && *channel >= 0 && *netlink >= 0;
}

/* Gives up all that it does not need. */
static bool live_apart(const struct tl_identity *identity)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 };
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    prctl(PR_SET_NAME, "taplight-finder");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    bool had[2] = { false, false };
    for (size_t i = 0; i < 2; i++)
        had[i] = capng_have_capability(CAPNG_PERMITTED, wanted[i].number) == 1;
    capng_clear(CAPNG_SELECT_ALL);
    for (size_t i = 0; i < 2; i++)
        if (had[i] && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, wanted[i].number) != 0)
            return false;
    bool bounds = prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0) == 1;
    if (!identity->changes)
        return capng_apply(CAPNG_SELECT_CAPS) == 0;
    return capng_change_id((int)identity->uid, (int)identity->gid,
                           (capng_flags_t)(CAPNG_DROP_SUPP_GRP | (bounds ? CAPNG_CLEAR_BOUNDING : 0))) == 0;
}

int tl_process_finder_start(const struct tl_identity *identity, pid_t *process, char lacking[64], struct tl_error *error)
{
    int ends[2] = { -1, -1 }, netlink = tl_sockets_open();
    lacking[0] = '\0';
    capng_get_caps_process();
    for (size_t i = 0; i < 2; i++)
        if (capng_have_capability(CAPNG_PERMITTED, wanted[i].number) != 1)
            snprintf(lacking + strlen(lacking), 64 - strlen(lacking), "%s%s", lacking[0] != '\0' ? " and " : "",
                     wanted[i].name);
    if (netlink < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        tl_error_set(error, TL_E_RUNTIME, "--process: cannot ask the kernel for sockets: %s", strerror(errno));
        if (netlink >= 0)
            close(netlink);
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        if (!close_others(&ends[1], &netlink) || !live_apart(identity))
            _exit(1);
        tl_finder_serve(ends[1], netlink);
        _exit(0);
    }
    if (child < 0)
        tl_error_set(error, TL_E_RUNTIME, "--process: cannot start a process: %s", strerror(errno));
    close(ends[1]);
    close(netlink);
    if (child > 0) {
        *process = child;
        return ends[0];
    }
    close(ends[0]);
    return -1;
}

void tl_process_finder_end(pid_t process)
{
    const struct timespec step = { .tv_nsec = END_STEP * 1000000L };
    for (int waited = 0; waited < END_LIMIT; waited += END_STEP) {
        if (waitpid(process, NULL, WNOHANG) != 0)
            return;
        nanosleep(&step, NULL);
    }
    if (kill(process, SIGKILL) != 0) /* it is of another user: better no wait than one without end */
        return;
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
        ;
}
