/*
 * finder.c - finds the process of a socket.
 *
 * sock_diag gives the inode of a socket, and a link in /proc/PID/fd names it. Places where sockets were seen are tried first,
 * then the processes that had the last ones; last all processes are read, for all questions that wait.
 */
#include "enrich/finder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000) /* ns */

enum {
    WAITING = 1024, /* questions */
    PLACES = 16384, /* descriptors where sockets were seen */
    HOT = 32,       /* processes */
    SHARE = 9,      /* pauses between readings of all processes are at least so many times as long as these */
    TRIES = 2,      /* readings of all processes for a question */
};
#define PAUSE_LEAST (10 * MS)
#define FRESH       (1000 * MS) /* what is known of a process counts so long */

struct question {
    struct tl_finder_question from;
    uint64_t inode;
    unsigned tries;
};

/* Where a socket was seen. */
struct place {
    uint64_t inode;
    uint32_t pid, fd;
};

/* What is known of a process. */
struct known {
    int64_t read_at; /* 0: empty */
    uint64_t begun;  /* when it began: its number may be used again */
    struct tl_finder_answer about;
};

struct finder {
    int channel, netlink;
    struct question waiting[WAITING];
    size_t waiting_count;
    struct place places[PLACES];
    struct known hot[HOT]; /* the last first */
    int64_t next_reading, next_hot; /* not before these times */
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* --- a process --- */

static bool read_text(uint32_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* The file name of the program; if that is not shown, of the first word of the command line. */
static void read_command(uint32_t pid, char command[TL_PROCESS_COMMAND])
{
    static const char deleted[] = " (deleted)";
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%u/exe", pid);
    ssize_t n = readlink(path, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    if (n <= 0 && !read_text(pid, "cmdline", text, sizeof text))
        return;
    size_t len = strlen(text), end = sizeof deleted - 1;
    if (n > 0 && len > end && strcmp(text + len - end, deleted) == 0) /* a program that was replaced while it runs */
        text[len - end] = '\0';
    const char *slash = strrchr(text, '/');
    snprintf(command, TL_PROCESS_COMMAND, "%.*s", TL_PROCESS_COMMAND - 1, slash != NULL ? slash + 1 : text);
}

/* Returns whether the process is still there. */
static bool read_process(uint32_t pid, struct tl_finder_answer *about)
{
    char text[4096];
    unsigned uid = 0;
    *about = (struct tl_finder_answer){ .pid = pid };
    if (!read_text(pid, "status", text, sizeof text))
        return false;
    const char *line = strstr(text, "\nUid:");
    if (line != NULL && sscanf(line, "\nUid: %*u %u", &uid) == 1)
        about->uid = uid;
    if (read_text(pid, "comm", text, sizeof text)) {
        text[strcspn(text, "\n")] = '\0';
        snprintf(about->process, sizeof about->process, "%.15s", text);
    }
    read_command(pid, about->command);
    if (read_text(pid, "cgroup", text, sizeof text))
        (void)tl_cgroup_container(text, about->container);
    return true;
}

/* Returns when a process began, in ticks after the boot: proc_pid_stat(5), field 22; 0: it has ended. */
static uint64_t begun_at(uint32_t pid)
{
    char text[1024];
    unsigned long long begun = 0;
    if (!read_text(pid, "stat", text, sizeof text))
        return 0;
    const char *p = strrchr(text, ')'); /* the name before it may have anything */
    for (unsigned field = 2; p != NULL && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p != NULL && sscanf(p, " %llu", &begun) == 1 ? begun : 0;
}

/* Moves what is known of a process to the front of the list. */
static const struct known *know(struct finder *f, uint32_t pid)
{
    size_t i = 0;
    struct known found = { .read_at = 0 };
    while (i < HOT - 1 && (f->hot[i].read_at == 0 || f->hot[i].about.pid != pid))
        i++;
    if (f->hot[i].about.pid == pid)
        found = f->hot[i];
    uint64_t begun = begun_at(pid);
    if (found.read_at == 0 || begun != found.begun || now() - found.read_at > FRESH) {
        if (begun == 0 || !read_process(pid, &found.about))
            return NULL;
        found.read_at = now();
        found.begun = begun;
    }
    memmove(&f->hot[1], &f->hot[0], i * sizeof f->hot[0]);
    f->hot[0] = found;
    return &f->hot[0];
}

/* --- descriptors --- */

static struct place *place_of(struct finder *f, uint64_t inode)
{
    return &f->places[(inode * UINT64_C(0x9e3779b97f4a7c15) >> 32) % PLACES];
}

static uint64_t inode_of_link(int folder, const char *name)
{
    char text[64];
    unsigned long long inode;
    ssize_t n = readlinkat(folder, name, text, sizeof text - 1);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return sscanf(text, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

static bool is_there(const struct place *place)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/fd/%u", place->pid, place->fd);
    return inode_of_link(AT_FDCWD, path) == place->inode;
}

static void answer(const struct finder *f, const struct tl_finder_question *question, const struct known *known)
{
    struct tl_finder_answer a = known->about;
    a.flow = question->flow;
    a.depth = question->depth;
    a.ends = question->ends;
    (void)send(f->channel, &a, sizeof a, MSG_NOSIGNAL);
}

/* Answers all that wait for this socket. */
static void answer_waiting(struct finder *f, const struct place *place)
{
    for (size_t i = 0; i < f->waiting_count;) {
        const struct known *known;
        if (f->waiting[i].inode != place->inode || (known = know(f, place->pid)) == NULL) {
            i++;
            continue;
        }
        answer(f, &f->waiting[i].from, known);
        f->waiting[i] = f->waiting[--f->waiting_count];
    }
}

/* Notes the sockets of a process. */
static void read_descriptors(struct finder *f, uint32_t pid)
{
    char path[64];
    const struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%u/fd", pid);
    DIR *folder = opendir(path);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        uint64_t inode = inode_of_link(dirfd(folder), entry->d_name);
        if (inode == 0)
            continue;
        struct place *place = place_of(f, inode);
        if (place->inode == inode && place->pid != pid && is_there(place)) /* the first process that has it counts */
            continue;
        *place = (struct place){ inode, pid, (uint32_t)strtoul(entry->d_name, NULL, 10) };
        answer_waiting(f, place);
    }
    if (folder != NULL)
        closedir(folder);
}

static void read_all(struct finder *f)
{
    const struct dirent *entry;
    int64_t begin = now();
    DIR *folder = opendir("/proc");
    while (folder != NULL && f->waiting_count > 0 && (entry = readdir(folder)) != NULL) {
        unsigned long pid = strtoul(entry->d_name, NULL, 10);
        if (pid > 0)
            read_descriptors(f, (uint32_t)pid);
    }
    if (folder != NULL)
        closedir(folder);
    for (size_t i = 0; i < f->waiting_count;) {
        if (++f->waiting[i].tries < TRIES)
            i++;
        else
            f->waiting[i] = f->waiting[--f->waiting_count];
    }
    int64_t pause = SHARE * (now() - begin);
    f->next_reading = now() + (pause > PAUSE_LEAST ? pause : PAUSE_LEAST);
}

/* The processes that had the last sockets, until one question is answered. */
static void read_hot(struct finder *f)
{
    uint32_t pids[HOT];
    int64_t begin = now();
    for (size_t i = 0; i < HOT; i++)
        pids[i] = f->hot[i].read_at != 0 ? f->hot[i].about.pid : 0;
    for (size_t i = 0, count = f->waiting_count; i < HOT && pids[i] != 0 && f->waiting_count == count; i++)
        read_descriptors(f, pids[i]);
    f->next_hot = now() + SHARE * (now() - begin);
}

/* --- questions --- */

static void take(struct finder *f, const struct tl_finder_question *question)
{
    uint64_t inode = tl_sockets_find(f->netlink, &question->ends);
    const struct place *place = place_of(f, inode);
    const struct known *known;
    if (inode == 0)
        return;
    if (place->inode == inode && is_there(place) && (known = know(f, place->pid)) != NULL) {
        answer(f, question, known);
        return;
    }
    if (f->waiting_count == WAITING) /* the oldest has waited longest, and may be gone */
        f->waiting[0] = f->waiting[--f->waiting_count];
    f->waiting[f->waiting_count++] = (struct question){ *question, inode, 0 };
    if (f->next_hot <= now())
        read_hot(f);
}

void tl_finder_serve(int channel, int netlink)
{
    static struct finder finder;
    struct tl_finder_question question;
    finder.channel = channel;
    finder.netlink = netlink;
    for (;;) {
        int64_t left = finder.next_reading - now();
        bool due = finder.waiting_count > 0 && left <= 0;
        struct pollfd wait = { .fd = channel, .events = POLLIN };
        int timeout = finder.waiting_count == 0 ? -1 : due ? 0 : (int)((left + MS - 1) / MS);
        int ready = poll(&wait, 1, timeout);
        if (ready < 0 && errno != EINTR)
            return;
        if (ready <= 0) {
            if (due)
                read_all(&finder);
            continue;
        }
        ssize_t n = recv(channel, &question, sizeof question, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return;
        if (n == (ssize_t)sizeof question)
            take(&finder, &question);
        if (finder.waiting_count > 0 && finder.next_reading <= now())
            read_all(&finder);
    }
}
