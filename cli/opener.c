/* opener.c - opens the files of a run, in this process or in a forked one. */
#include "cli/opener.h"

#include "cli/report.h"
#include "cli/runner.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A part that was opened. */
struct opened {
    struct opened *next;
    uint32_t file;
    struct tl_file_part part;
};

struct tl_opener {
    struct tl_opener_file files[TL_OPENER_FILES];
    bool begun[TL_OPENER_FILES]; /* the first part was opened */
    int fifo[TL_OPENER_FILES];   /* FIFO opened while waiting for its reader; else -1 */
    uint32_t count;
    struct opened *opened; /* owned */
    int channel;           /* to the forked process; -1: this process opens */
    pid_t process;
    struct tl_runner *runner; /* owned: runs the command of --after-file; NULL: none */
    pthread_mutex_t lock;  /* one request at a time: sinks call from several threads */
};

enum { OPEN, REMOVE, NOTE }; /* NOTE: the capture process opened the first part of this file */

struct request {
    uint32_t file;
    uint32_t what;
    struct tl_file_part part;
};

struct answer {
    int32_t failure; /* errno */
    char name[PATH_MAX];
};

struct tl_opener *tl_opener_new(void)
{
    struct tl_opener *opener = calloc(1, sizeof(*opener));
    if (opener == NULL)
        return NULL;
    if (pthread_mutex_init(&opener->lock, NULL) != 0) {
        free(opener);
        return NULL;
    }
    opener->channel = -1;
    return opener;
}

void tl_opener_free(struct tl_opener *opener)
{
    if (opener == NULL)
        return;
    if (opener->channel >= 0) {
        close(opener->channel);
        while (waitpid(opener->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    tl_runner_free(opener->runner);
    for (uint32_t i = 0; i < opener->count; i++) {
        if (opener->fifo[i] >= 0)
            close(opener->fifo[i]);
    }
    while (opener->opened != NULL) {
        struct opened *next = opener->opened->next;
        free(opener->opened);
        opener->opened = next;
    }
    pthread_mutex_destroy(&opener->lock);
    free(opener);
}

uint32_t tl_opener_add(struct tl_opener *opener, const struct tl_opener_file *file)
{
    opener->files[opener->count] = *file;
    opener->fifo[opener->count] = -1;
    return opener->count++;
}

/* Both processes: open and remove files. */

static struct opened **find(struct tl_opener *opener, const struct request *r)
{
    struct opened **at = &opener->opened;
    while (*at != NULL &&
           ((*at)->file != r->file || (*at)->part.time != r->part.time || (*at)->part.number != r->part.number))
        at = &(*at)->next;
    return at;
}

/* Only files opened here can be removed later. */
static void remember(struct tl_opener *opener, const struct request *r)
{
    struct opened **place = find(opener, r);
    opener->begun[r->file] = true;
    if (opener->files[r->file].removable && *place == NULL && (*place = calloc(1, sizeof(**place))) != NULL)
        **place = (struct opened){ NULL, r->file, r->part };
}

static int remove_file(struct tl_opener *opener, const struct request *r, const char *name)
{
    struct opened **place = find(opener, r), *gone = *place;
    if (gone == NULL)
        return EPERM;
    *place = gone->next;
    free(gone);
    return unlink(name) != 0 ? errno : 0;
}

static int open_without_waiting(const struct tl_opener_file *file, const char *name)
{
    const int flags = O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (file->append ? O_APPEND : 0);
    struct stat st;
    bool readable = file->readable && (stat(name, &st) != 0 || S_ISREG(st.st_mode));
    int fd = open(name, (readable ? O_RDWR : O_WRONLY) | flags, 0666);
    if (fd < 0 && readable && errno == EACCES)
        fd = open(name, O_WRONLY | flags, 0666);
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

static int open_file(struct tl_opener *opener, uint32_t file, const char *name)
{
    int fd = opener->fifo[file];
    opener->fifo[file] = -1;
    return fd >= 0 ? fd : open_without_waiting(&opener->files[file], name);
}

/* Returns true if the file is a FIFO without a reader: open() fails with ENXIO. */
static bool lacks_reader(struct tl_opener *opener, uint32_t file)
{
    const char *name = opener->files[file].name;
    struct stat st;
    if (name == NULL || opener->fifo[file] >= 0 || stat(name, &st) != 0 || !S_ISFIFO(st.st_mode))
        return false;
    opener->fifo[file] = open_without_waiting(&opener->files[file], name);
    return opener->fifo[file] < 0 && errno == ENXIO; /* the later open reports other errors */
}

void tl_opener_await_readers(struct tl_opener *opener)
{
    const struct timespec pause = { .tv_nsec = 50000000 };
    bool said[TL_OPENER_FILES] = { false };
    for (bool lacks = true; lacks;) { /* polls all FIFOs: the reader may open them in any order */
        lacks = false;
        for (uint32_t i = 0; i < opener->count; i++) {
            if (!lacks_reader(opener, i))
                continue;
            lacks = true;
            if (!said[i])
                tl_tell("waiting for a reader of FIFO %s", opener->files[i].name);
            said[i] = true;
        }
        if (lacks)
            nanosleep(&pause, NULL);
    }
}

/* Returns a descriptor, or -1 with answer->failure set. */
static int serve(struct tl_opener *opener, const struct request *r, struct answer *answer)
{
    *answer = (struct answer){ .failure = EINVAL };
    if (r->file >= opener->count || !tl_file_part_name(opener->files[r->file].name, opener->files[r->file].dated,
                                                       &r->part, answer->name, sizeof(answer->name)))
        return -1;
    bool first = !opener->begun[r->file];
    int fd = -1;
    if (r->what == OPEN && (fd = open_file(opener, r->file, answer->name)) < 0) {
        answer->failure = errno;
        return -1;
    }
    answer->failure = r->what == REMOVE ? remove_file(opener, r, answer->name) : r->what == NOTE && !first ? EPERM : 0;
    if (r->what == OPEN || (r->what == NOTE && first))
        remember(opener, r);
    return fd;
}

/* The forked process. */

union control { /* the alignment of a control message */
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
};

static bool send_answer(int channel, const struct answer *answer, int fd)
{
    union control control = { 0 };
    struct iovec bytes = { (void *)(uintptr_t)answer, sizeof(*answer) };
    struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
        control.head = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    }
    return sendmsg(channel, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*answer);
}

static int receive_answer(int channel, struct answer *answer)
{
    union control control = { 0 };
    struct iovec bytes = { answer, sizeof(*answer) };
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
    };
    ssize_t n;
    while ((n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    int fd = -1;
    if (n != (ssize_t)sizeof(*answer))
        *answer = (struct answer){ .failure = EPIPE };
    else if (message.msg_controllen > 0 && control.head.cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
    return fd;
}

/* Keeps only the capabilities to open files of other users. Terminal signals are left to the capture process. */
static void live_apart(struct tl_opener *opener, int channel)
{
    struct request request;
    struct answer answer;
    for (uint32_t i = 0; i < opener->count; i++)
        opener->fifo[i] = -1; /* owned by the capture process */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    prctl(PR_SET_NAME, "taplight-opener");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    capng_clear(CAPNG_SELECT_CAPS);
    capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE, CAP_FOWNER, -1);
    capng_apply(CAPNG_SELECT_CAPS);
    for (;;) {
        ssize_t n = recv(channel, &request, sizeof(request), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof(request))
            break;
        int fd = serve(opener, &request, &answer);
        bool sent = send_answer(channel, &answer, fd);
        if (fd >= 0)
            close(fd);
        if (!sent)
            break;
    }
    _exit(0);
}

/* Closes inherited descriptors: the reader of a pipe must see end of file when the capture process ends. */
static void close_others(int channel)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    if (channel > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)channel - 1, 0);
    close_range((unsigned)channel + 1, UINT_MAX, 0);
}

enum tl_failure tl_opener_fork(struct tl_opener *opener, struct tl_error *error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot start the file opener process: %s", strerror(errno));
    opener->process = fork();
    if (opener->process == 0) {
        close_others(ends[1]);
        live_apart(opener, ends[1]);
    }
    close(ends[1]);
    if (opener->process < 0) {
        close(ends[0]);
        return tl_error_set(error, TL_E_RUNTIME, "cannot start the file opener process: %s", strerror(errno));
    }
    opener->channel = ends[0];
    return TL_E_NONE;
}

/* The capture process: sends a request to the forked process, or serves it itself. */

static int ask_there(const struct tl_opener *opener, const struct request *request, struct answer *answer)
{
    if (send(opener->channel, request, sizeof(*request), MSG_NOSIGNAL) == (ssize_t)sizeof(*request))
        return receive_answer(opener->channel, answer);
    *answer = (struct answer){ .failure = EPIPE };
    return -1;
}

static int ask(struct tl_opener *opener, const struct request *request, struct answer *answer)
{
    struct answer noted;
    int fd = -1;
    pthread_mutex_lock(&opener->lock);
    bool apart = opener->channel >= 0, first = !opener->begun[request->file];
    if (!apart || first)
        fd = serve(opener, request, answer);
    else
        fd = ask_there(opener, request, answer);
    if (apart && first && fd >= 0)
        ask_there(opener, &(struct request){ request->file, NOTE, request->part }, &noted);
    pthread_mutex_unlock(&opener->lock);
    errno = answer->failure;
    return fd;
}

static int open_part(void *context, uint32_t file, const struct tl_file_part *part, char *name, size_t size)
{
    struct answer answer;
    int fd = ask(context, &(struct request){ file, OPEN, *part }, &answer);
    snprintf(name, size, "%s", answer.name);
    return fd;
}

static int remove_part(void *context, uint32_t file, const struct tl_file_part *part)
{
    struct answer answer;
    ask(context, &(struct request){ file, REMOVE, *part }, &answer);
    return answer.failure == 0 ? 0 : -1;
}

static void part_finished(void *context, uint32_t file, const struct tl_file_part *part)
{
    struct tl_opener *opener = context;
    char name[PATH_MAX];
    if (!tl_runner_finished(opener->runner, file, part) &&
        tl_file_part_name(opener->files[file].name, opener->files[file].dated, part, name, sizeof name))
        tl_tell("--after-file was not run for %s: its process has ended", name);
}

enum tl_failure tl_opener_run_after(struct tl_opener *opener, const char *command, const struct tl_identity *identity,
                                    struct tl_error *error)
{
    opener->runner = tl_runner_start(command, opener->files, opener->count, identity, error);
    return opener->runner != NULL ? TL_E_NONE : error->kind;
}

struct tl_opening tl_opener_opening(struct tl_opener *opener, uint32_t file)
{
    return (struct tl_opening){ open_part, remove_part, opener->runner != NULL ? part_finished : NULL, opener, file };
}
