/*
 * exporter.c - answers GET /metrics over HTTP (RFC 9112), for monitoring.
 *
 * One thread takes one connection at a time and answers one request of it. A client has a second for its request, and
 * five for the answer.
 */
#include "cli/exporter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND   INT64_C(1000000000) /* ns */
#define ASKING   SECOND              /* for a request */
#define ANSWER   (5 * SECOND)        /* for a client to take it */

enum {
    REQUEST_MOST = 8192, /* bytes of the request line and the headers */
    DRAIN_MOST = 65536,  /* bytes that are read after the answer: a reset would take it from the client */
    QUEUE = 16,          /* connections that wait */
};

struct tl_exporter {
    int listener, stop; /* stop: an eventfd, readable when the thread has to end */
    pthread_t thread;
    bool started;
    void (*put)(void *context, struct tl_buffer *out);
    void *context;
    char url[128];
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

/* --- the address --- */

/* Reads a port: digits to the end of the text. */
static bool read_port(const char *text, in_port_t *port)
{
    unsigned long value = strtoul(text, NULL, 10);
    size_t len = strlen(text);
    *port = htons((uint16_t)value);
    return len > 0 && len <= 5 && strspn(text, "0123456789") == len && value <= 65535;
}

/* Reads an address. Returns its length, or 0. */
static socklen_t read_address(const char *text, union address *address)
{
    char host[INET6_ADDRSTRLEN + 1];
    const char *colon = strrchr(text, ':');
    memset(address, 0, sizeof *address);
    size_t len = colon != NULL ? (size_t)(colon - text) : sizeof host;
    if (len >= sizeof host)
        return 0;
    memcpy(host, text, len);
    host[len] = '\0';
    if (host[0] == '[' && len > 2 && host[len - 1] == ']') {
        host[len - 1] = '\0';
        address->v6.sin6_family = AF_INET6;
        bool good = inet_pton(AF_INET6, host + 1, &address->v6.sin6_addr) == 1;
        return good && read_port(colon + 1, &address->v6.sin6_port) ? (socklen_t)sizeof address->v6 : 0;
    }
    address->v4.sin_family = AF_INET;
    bool good = inet_pton(AF_INET, len == 0 ? "127.0.0.1" : host, &address->v4.sin_addr) == 1;
    return good && read_port(colon + 1, &address->v4.sin_port) ? (socklen_t)sizeof address->v4 : 0;
}

static void show_address(struct tl_exporter *e)
{
    union address address = { .any = { .sa_family = AF_UNSPEC } };
    char host[INET6_ADDRSTRLEN] = "";
    socklen_t len = sizeof address;
    (void)getsockname(e->listener, &address.any, &len);
    bool v6 = address.any.sa_family == AF_INET6;
    const void *ip = v6 ? (const void *)&address.v6.sin6_addr : &address.v4.sin_addr;
    inet_ntop(address.any.sa_family, ip, host, sizeof host);
    snprintf(e->url, sizeof e->url, v6 ? "http://[%s]:%u/metrics" : "http://%s:%u/metrics", host,
             ntohs(v6 ? address.v6.sin6_port : address.v4.sin_port));
}

static enum tl_failure listen_on(struct tl_exporter *e, const char *text, struct tl_error *error)
{
    union address address;
    socklen_t len = read_address(text, &address);
    if (len == 0)
        return tl_error_set(error, TL_E_USAGE, "--metrics %.60s: give IP:PORT, [IPv6]:PORT, or :PORT for 127.0.0.1",
                            text);
    e->listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    e->stop = eventfd(0, EFD_CLOEXEC);
    if (e->listener < 0 || e->stop < 0 ||
        setsockopt(e->listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) != 0 ||
        bind(e->listener, &address.any, len) != 0 || listen(e->listener, QUEUE) != 0)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                            "--metrics: cannot listen on %.60s: %s: give another address or port", text,
                            strerror(errno));
    show_address(e);
    return TL_E_NONE;
}

struct tl_exporter *tl_exporter_open(const char *address, void (*put)(void *context, struct tl_buffer *out),
                                     void *context, struct tl_error *error)
{
    struct tl_exporter *e = calloc(1, sizeof *e);
    if (e == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    e->listener = e->stop = -1;
    e->put = put;
    e->context = context;
    if (listen_on(e, address, error) == TL_E_NONE)
        return e;
    tl_exporter_free(e);
    return NULL;
}

const char *tl_exporter_url(const struct tl_exporter *exporter)
{
    return exporter->url;
}

/* --- a client --- */

struct client {
    const struct tl_exporter *exporter;
    int socket;
    int64_t until; /* monotonic, ns */
};

/* Waits until a socket is ready. Returns false at `until` (0: never) and when the thread has to end. */
static bool wait_for(const struct tl_exporter *e, int socket, short events, int64_t until)
{
    for (;;) {
        struct pollfd polled[2] = { { socket, events, 0 }, { e->stop, POLLIN, 0 } };
        int64_t left = until != 0 ? until - now() : 0;
        if (left < 0)
            return false;
        int count = poll(polled, 2, until != 0 ? (int)(left / 1000000) + 1 : -1);
        if ((count < 0 && errno != EINTR) || (count > 0 && polled[1].revents != 0))
            return false;
        if (count > 0 && polled[0].revents != 0)
            return true;
    }
}

/* Reads at most so many bytes. Returns 0 at the end of the input, and if the client is too slow. */
static size_t read_some(const struct client *c, char *to, size_t most)
{
    while (wait_for(c->exporter, c->socket, POLLIN, c->until)) {
        ssize_t n = recv(c->socket, to, most, 0);
        if (n >= 0)
            return (size_t)n;
        if (errno != EAGAIN && errno != EINTR)
            return 0;
    }
    return 0;
}

static bool write_all(const struct client *c, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0 && wait_for(c->exporter, c->socket, POLLOUT, c->until)) {
        ssize_t n = send(c->socket, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return len == 0;
}

/*
 * Reads the head of a request, without empty lines before it (RFC 9112, section 2.2). Returns NULL if it is not
 * complete (too long, too slow, or cut), or has a zero byte.
 */
static const char *read_head(const struct client *c, char text[REQUEST_MOST + 1])
{
    size_t len = 0;
    while (len < REQUEST_MOST) {
        size_t n = read_some(c, text + len, REQUEST_MOST - len);
        if (n == 0 || memchr(text + len, '\0', n) != NULL)
            return NULL;
        len += n;
        text[len] = '\0';
        const char *head = text + strspn(text, "\r\n");
        if (strstr(head, "\n\r\n") != NULL || strstr(head, "\n\n") != NULL)
            return head;
    }
    return NULL;
}

/* Returns the path in a target, which can be a whole URL (RFC 9112, section 3.2.2). */
static const char *path_of(const char *target)
{
    static const char scheme[] = "http://";
    if (strncasecmp(target, scheme, sizeof scheme - 1) == 0) {
        target += sizeof scheme - 1;
        target += strcspn(target, "/? \r\n");
    }
    return target;
}

static bool is_method(const char *head, size_t len, const char *method)
{
    return strlen(method) == len && strncmp(head, method, len) == 0;
}

/* The status of an answer (RFC 9110, section 15). */
static const char *status_of(const char *head)
{
    size_t method = strcspn(head, " \r\n");
    const char *whole = head + method + (head[method] == ' '), *target = path_of(whole);
    size_t path = strcspn(target, " ?\r\n");
    const char *version = target + strcspn(target, " \r\n");
    if (method == 0 || version == whole || strncmp(version, " HTTP/1.", 8) != 0)
        return "400 Bad Request";
    if (path != strlen("/metrics") || strncmp(target, "/metrics", path) != 0)
        return "404 Not Found";
    if (is_method(head, method, "GET") || is_method(head, method, "HEAD"))
        return "200 OK";
    return "405 Method Not Allowed";
}

/* HEAD gets what GET does, without the body. */
static void answer(const struct client *c, const char *status, bool whole)
{
    bool good = status[0] == '2';
    struct tl_buffer body = { 0 }, head = { 0 };
    if (good)
        c->exporter->put(c->exporter->context, &body);
    else
        tl_put_format(&body, "%s\n", status + 4);
    if (body.failed) {
        status = "503 Service Unavailable";
        body.len = 0;
    }
    tl_put_format(&head, "HTTP/1.1 %s\r\nContent-Type: text/plain; %scharset=utf-8\r\nContent-Length: %zu\r\n"
                  "%sConnection: close\r\n\r\n", status, good ? "version=0.0.4; " : "", body.len,
                  strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
    if (!head.failed && write_all(c, head.data, head.len) && whole)
        (void)write_all(c, body.data, body.len); /* a client that is gone or too slow */
    tl_buffer_fini(&head);
    tl_buffer_fini(&body);
}

static void serve(const struct tl_exporter *e, int socket)
{
    struct client c = { .exporter = e, .socket = socket, .until = now() + ASKING };
    char text[REQUEST_MOST + 1];
    const char *head = read_head(&c, text);
    c.until = now() + ANSWER;
    answer(&c, head != NULL ? status_of(head) : "400 Bad Request", head == NULL || strncmp(head, "HEAD ", 5) != 0);
    shutdown(socket, SHUT_WR);
    c.until = now() + SECOND;
    for (size_t all = 0, n; all < DRAIN_MOST && (n = read_some(&c, text, REQUEST_MOST)) > 0;)
        all += n;
    close(socket);
}

/* --- the thread --- */

static void *run(void *context)
{
    const struct tl_exporter *e = context;
    while (wait_for(e, e->listener, POLLIN, 0)) {
        int socket = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket >= 0)
            serve(e, socket);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            (void)wait_for(e, e->stop, POLLIN, now() + SECOND / 2); /* the connection stays in the queue */
    }
    return NULL;
}

enum tl_failure tl_exporter_start(struct tl_exporter *e, struct tl_error *error)
{
    sigset_t all, before;
    sigfillset(&all); /* the other threads handle signals */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e->started = pthread_create(&e->thread, NULL, run, e) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e->started)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_RUNTIME, "--metrics: cannot start a thread: allow more threads");
}

void tl_exporter_free(struct tl_exporter *e)
{
    if (e == NULL)
        return;
    if (e->started) {
        if (write(e->stop, &(uint64_t){ 1 }, sizeof(uint64_t)) > 0) /* an eventfd takes it always */
            pthread_join(e->thread, NULL);
    }
    if (e->listener >= 0)
        close(e->listener);
    if (e->stop >= 0)
        close(e->stop);
    free(e);
}
