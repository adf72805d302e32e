/* runner.c - runs the command of --after-file for each finished file, in a process of its own. */
#include "cli/runner.h"

#include "cli/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
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
    sigset_t none;
    unsetenv("TAPLIGHT_PASSWORD"); /* for servers, not for commands */
    unsetenv("TAPLIGHT_TOKEN");
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    snprintf(path, sizeof path, "%s%s", name[0] == '-' ? "./" : "", name); /* a name, not an option */
    if ((size_t)snprintf(script, sizeof script, "%s \"$1\"", command) < sizeof script)
        execl("/bin/sh", "sh", "-c", script, "taplight", path, (char *)NULL);
    _exit(127);
}

/* A command that runs. */
struct command {
    pid_t process; /* 0: none */
    struct finished finished;
};

/* The state of the process that runs the commands. Files that wait for a place are in the order of their ends. */
struct server {
    const char *command;
    const struct tl_opener_file *files;
    uint32_t count;
    struct command running[AT_ONCE];
    uint32_t running_count;
    struct finished *waiting; /* owned: [first, last) wait */
    size_t first, last, capacity;
};

static bool name_of(const struct server *server, const struct finished *finished, char *name, size_t size)
{
    const struct tl_opener_file *file = finished->file < server->count ? &server->files[finished->file] : NULL;
    return file != NULL && file->name != NULL &&
           tl_file_part_name(file->name, file->dated, &finished->part, name, size);
}

/* Adds a finished file to those that wait. The array is closed up before it grows. */
static bool enqueue(struct server *server, const struct finished *finished)
{
    if (server->last == server->capacity && server->first > server->capacity / 2) {
        memmove(server->waiting, server->waiting + server->first,
                (server->last - server->first) * sizeof *server->waiting);
        server->last -= server->first;
        server->first = 0;
    }
    if (server->last == server->capacity) {
        size_t capacity = server->capacity == 0 ? 64 : server->capacity * 2;
        struct finished *grown = realloc(server->waiting, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        server->waiting = grown;
        server->capacity = capacity;
    }
    server->waiting[server->last++] = *finished;
    return true;
}

/* Starts commands for files that wait, as long as there is a place. */
static void start_commands(struct server *server)
{
    char name[PATH_MAX];
    while (server->running_count < AT_ONCE && server->first < server->last) {
        const struct finished finished = server->waiting[server->first++];
        if (!name_of(server, &finished, name, sizeof name))
            continue;
        pid_t child = fork();
        if (child == 0)
            run(server->command, name);
        if (child < 0) {
            tl_tell("--after-file '%s' %s: cannot start it: %s", server->command, name, strerror(errno));
            continue;
        }
        for (size_t i = 0; i < AT_ONCE; i++) {
            if (server->running[i].process == 0) {
                server->running[i] = (struct command){ child, finished };
                break;
            }
        }
        server->running_count++;
    }
}

static void report(const struct server *server, const struct finished *finished, int status)
{
    char name[PATH_MAX];
    if (!name_of(server, finished, name, sizeof name))
        return;
    if (WIFSIGNALED(status))
        tl_tell("--after-file '%s' %s: ended by signal %d", server->command, name, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        tl_tell("--after-file '%s' %s: exit code %d", server->command, name, WEXITSTATUS(status));
}

/* Reports the commands that ended. */
static void reap(struct server *server)
{
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < AT_ONCE; i++) {
            if (server->running[i].process != ended)
                continue;
            report(server, &server->running[i].finished, status);
            server->running[i].process = 0;
            server->running_count--;
        }
    }
}

/* Takes every file that was sent; a slow command never keeps the sender waiting. Returns false at the end. */
static bool take(struct server *server, int channel)
{
    struct finished finished;
    char name[PATH_MAX];
    ssize_t n;
    while ((n = recv(channel, &finished, sizeof finished, MSG_DONTWAIT)) == (ssize_t)sizeof finished) {
        if (!enqueue(server, &finished) && name_of(server, &finished, name, sizeof name))
            tl_tell("--after-file was not run for %s: out of memory", name);
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static _Noreturn void serve(int channel, const char *command, const struct tl_opener_file *files, uint32_t count)
{
    struct server server = { .command = command, .files = files, .count = count };
    struct signalfd_siginfo ignored;
    sigset_t child;
    bool open = true;
    signal(SIGCHLD, SIG_DFL); /* the parent of taplight may have ignored it: then no command could be waited for */
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    int ended = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    while (open || server.running_count > 0) {
        struct pollfd wait[] = { { .fd = ended, .events = POLLIN }, { .fd = open ? channel : -1, .events = POLLIN } };
        /* Without a signalfd, it looks for ended commands ten times a second. */
        if (poll(wait, TL_COUNT(wait), ended >= 0 ? -1 : 100) < 0 && errno != EINTR)
            break;
        while (ended >= 0 && read(ended, &ignored, sizeof ignored) > 0)
            ;
        reap(&server);
        if (open && wait[1].revents != 0)
            open = take(&server, channel);
        start_commands(&server);
    }
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
    ssize_t n;
    while ((n = send(runner->channel, &finished, sizeof finished, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return n == (ssize_t)sizeof finished;
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
