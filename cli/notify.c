/* notify.c - tells the service manager how a run is: sd_notify(3), without its library. */
#include "cli/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Reads a positive number from the environment; 0: there is none, or it is no number. */
static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    char *end = NULL;
    errno = 0;
    long long value = text != NULL ? strtoll(text, &end, 10) : 0;
    return end != text && end != NULL && *end == '\0' && errno == 0 && value > 0 ? value : 0;
}

/* Reads the address: a path, or a name in the abstract namespace after an at sign (unix(7)). */
static bool read_address(struct tl_notify *n, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    if (len < 2 || len >= sizeof n->to.sun_path || (text[0] != '/' && text[0] != '@'))
        return false;
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, text, len);
    if (text[0] == '@')
        n->to.sun_path[0] = '\0';
    n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

void tl_notify_init(struct tl_notify *n)
{
    *n = (struct tl_notify){ .socket = -1 };
    int64_t watchdog = number_of("WATCHDOG_USEC"), process = number_of("WATCHDOG_PID");
    if (read_address(n, getenv("NOTIFY_SOCKET")))
        n->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (watchdog < INT64_MAX / 1000 && (process == 0 || process == getpid()))
        n->interval = watchdog * 1000 / 2; /* as sd_watchdog_enabled(3) recommends */
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

/* Returns whether the manager has it: it is lost while its socket is full. */
static bool tell(const struct tl_notify *n, const char *text)
{
    size_t len = strlen(text);
    return n->socket >= 0 &&
           sendto(n->socket, text, len, MSG_NOSIGNAL, (const struct sockaddr *)&n->to, n->len) == (ssize_t)len;
}

void tl_notify_alive(struct tl_notify *n, bool stopping)
{
    if (n->socket < 0)
        return;
    if (!n->ready && !stopping)
        n->ready = tell(n, "READY=1");
    if (!n->stopping && stopping)
        n->stopping = tell(n, "STOPPING=1");
    if (n->interval > 0 && now() >= n->next && tell(n, "WATCHDOG=1"))
        n->next = now() + n->interval;
}

void tl_notify_reloading(struct tl_notify *n)
{
    char text[64];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now() / 1000);
    (void)tell(n, text);
}

void tl_notify_reloaded(struct tl_notify *n)
{
    n->ready = tell(n, "READY=1");
}

void tl_notify_fini(struct tl_notify *n)
{
    if (n->socket >= 0)
        close(n->socket);
    n->socket = -1;
}
