/* runner.c - runs the command of --after-file for each finished file, in a process of its own. */
#include "cli/runner.h"

#include "cli/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 8 }; /* commands that run at the same time */

struct tl_runner {
    int channel;
    pid_t process;
};

struct finished {
    uint32_t file;
    struct tl_file_part part;
};

/* The child process of one command. Its output goes to standard error, because standard output has the results. */
static _Noreturn void run(const char *command, const char *name)
{
    char script[PATH_MAX], path[PATH_MAX + 2];
    int null = open("/dev/null", O_RDONLY);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    snprintf(path, sizeof path, "%s%s", name[0] == '-' ? "./" : "", name); /* a name, not an option */
    if ((size_t)snprintf(script, sizeof script, "%s \"$1\"", command) < sizeof script)
        execl("/bin/sh", "sh", "-c", script, "taplight", path, (char *)NULL);
    _exit(127);
}

/* Waits for one command and reports its failure. Returns false if there is none. */
static bool reap(const char *command)
{
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, 0)) < 0 && errno == EINTR)
        ;
    if (ended < 0)
        return false;
    if (WIFSIGNALED(status))
        tl_tell("--after-file '%s': ended by signal %d", command, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        tl_tell("--after-file '%s': exit code %d", command, WEXITSTATUS(status));
    return true;
}

static _Noreturn void serve(int channel, const char *command, const struct tl_opener_file *files, uint32_t count)
{
    struct finished finished;
    char name[PATH_MAX];
    uint32_t running = 0;
    ssize_t n;
    for (;;) {
        n = recv(channel, &finished, sizeof finished, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof finished)
            break;
        const struct tl_opener_file *file = finished.file < count ? &files[finished.file] : NULL;
        if (file == NULL || file->name == NULL ||
            !tl_file_part_name(file->name, file->dated, &finished.part, name, sizeof name))
            continue;
        if (running == AT_ONCE)
            running -= reap(command);
        pid_t child = fork();
        if (child == 0)
            run(command, name);
        running += child > 0;
        if (child < 0)
            tl_tell("--after-file '%s' %s: cannot start it: %s", command, name, strerror(errno));
    }
    while (reap(command))
        ;
    _exit(0);
}

/* Ctrl-C ends the capture, not the commands for its last files: they are in a session of their own. */
static void live_apart(int channel)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < TL_COUNT(ignored); i++)
        signal(ignored[i], SIG_IGN);
    setsid();
    prctl(PR_SET_NAME, "taplight-runner");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (null >= 0) { /* else the reader of a pipe would not see its end */
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    if (channel > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)channel - 1, 0);
    close_range((unsigned)channel + 1, UINT_MAX, 0);
}

struct tl_runner *tl_runner_start(const char *command, const struct tl_opener_file *files, uint32_t count,
                                  const struct tl_identity *identity, struct tl_error *error)
{
    int ends[2];
    struct tl_runner *runner = calloc(1, sizeof *runner);
    struct tl_error why = { .kind = TL_E_NONE };
    if (runner != NULL && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
        runner->process = fork();
        if (runner->process == 0) {
            live_apart(ends[1]);
            if (tl_privileges_drop(identity, false, &why) != TL_E_NONE)
                _exit(TL_E_RUNTIME);
            serve(ends[1], command, files, count);
        }
        close(ends[1]);
        runner->channel = ends[0];
        if (runner->process > 0)
            return runner;
        close(ends[0]);
    }
    free(runner);
    tl_error_set(error, TL_E_RUNTIME, "cannot start the process of --after-file: %s", strerror(errno));
    return NULL;
}

bool tl_runner_finished(struct tl_runner *runner, uint32_t file, const struct tl_file_part *part)
{
    const struct finished finished = { file, *part };
    return send(runner->channel, &finished, sizeof finished, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof finished;
}

void tl_runner_free(struct tl_runner *runner)
{
    if (runner == NULL)
        return;
    close(runner->channel);
    while (waitpid(runner->process, NULL, 0) < 0 && errno == EINTR)
        ;
    free(runner);
}
