/*
 * measure.c - runs a command and prints its cost: measure OUT COMMAND [ARGUMENT...]
 * The command's standard output goes to the file OUT; if OUT is "-", to a pipe that is read at once.
 * Prints one line: user ns, system ns, wall clock ns, highest anonymous memory in KiB (sampled), highest resident
 * memory in KiB (the kernel's ru_maxrss, with mapped files), ns to the first byte of output (0 without "-"), exit code
 * (128 + signal). SIGALRM ends a command that runs for longer than three minutes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLE_MS = 5, NOT_STARTED = 127, LIMIT_S = 180 };

struct run {
    pid_t pid;
    int pipe; /* read end; -1: none, or closed */
    int64_t began_ns, first_ns;
    long anon_kib;
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t ns_of(struct timeval t)
{
    return ((int64_t)t.tv_sec * 1000000 + t.tv_usec) * 1000;
}

static void sample(struct run *run)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)run->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0)
        return;
    text[got] = '\0';
    const char *at = strstr(text, "RssAnon:");
    long kib = at == NULL ? 0 : strtol(at + strlen("RssAnon:"), NULL, 10);
    if (kib > run->anon_kib)
        run->anon_kib = kib;
}

/* Reads from the pipe once; closes it at its end. */
static void drain(struct run *run)
{
    static char bytes[1 << 18];
    ssize_t got = read(run->pipe, bytes, sizeof bytes);
    if (got > 0 && run->first_ns == 0)
        run->first_ns = now() - run->began_ns;
    if (got == 0 || (got < 0 && errno != EINTR)) {
        close(run->pipe);
        run->pipe = -1;
    }
}

static void start(struct run *run, int out, char **command, const sigset_t *signals)
{
    run->began_ns = now();
    run->pid = fork();
    if (run->pid != 0)
        return;
    sigprocmask(SIG_UNBLOCK, signals, NULL);
    int null = open("/dev/null", O_RDONLY);
    alarm(LIMIT_S); /* outlives exec */
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execvp(command[0], command);
    perror(command[0]);
    _exit(NOT_STARTED);
}

/* Samples until the command has ended. */
static void watch(struct run *run, const sigset_t *signals, struct rusage *usage, int *status)
{
    const struct timespec pause = { .tv_nsec = SAMPLE_MS * 1000000 };
    int64_t next = 0;
    for (;;) {
        if (now() >= next) {
            sample(run);
            next = now() + pause.tv_nsec;
        }
        if (run->pipe >= 0) {
            struct pollfd fd = { .fd = run->pipe, .events = POLLIN };
            if (poll(&fd, 1, SAMPLE_MS) > 0)
                drain(run);
            continue;
        }
        if (wait4(run->pid, status, WNOHANG, usage) == run->pid)
            return;
        sigtimedwait(signals, NULL, &pause);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: measure OUT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    int ends[2] = { -1, -1 };
    if (strcmp(argv[1], "-") == 0) {
        if (pipe2(ends, O_CLOEXEC) != 0) {
            perror("measure: pipe");
            return 1;
        }
    } else {
        ends[1] = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (ends[1] < 0) {
            perror(argv[1]);
            return 1;
        }
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    struct run run = { .pipe = ends[0] };
    start(&run, ends[1], argv + 2, &signals);
    close(ends[1]);
    if (run.pid < 0) {
        perror("measure: fork");
        return 1;
    }
    struct rusage usage = { 0 };
    int status = 0;
    watch(&run, &signals, &usage, &status);
    int64_t wall = now() - run.began_ns;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    printf("%" PRId64 " %" PRId64 " %" PRId64 " %ld %ld %" PRId64 " %d\n", ns_of(usage.ru_utime), ns_of(usage.ru_stime),
           wall, run.anon_kib, usage.ru_maxrss, run.first_ns, code);
    return 0;
}
