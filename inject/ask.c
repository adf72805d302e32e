/* ask.c - messages over UDP and TCP with time limits. */
#include "inject/ask.h"

#include "inject/route.h"
#include "inject/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS INT64_C(1000000000)

union endpoint {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t endpoint_of(const struct tl_address *address, uint32_t scope, uint16_t port, union endpoint *out)
{
    memset(out, 0, sizeof *out);
    if (address->version == 6) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        out->v6.sin6_scope_id = scope;
        memcpy(&out->v6.sin6_addr, address->bytes, 16);
        return sizeof out->v6;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    memcpy(&out->v4.sin_addr, address->bytes, 4);
    return sizeof out->v4;
}

/* Waits until the socket can be read or written. Returns false in the end, and after a signal. */
static bool wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd ready = { .fd = fd, .events = events };
    int64_t left = deadline - tl_wire_now();
    struct timespec timeout = { left > 0 ? left / NS : 0, left > 0 ? left % NS : 0 };
    return ppoll(&ready, 1, &timeout, NULL) > 0;
}

static enum tl_failure refuse(const struct tl_asking *a, int code, struct tl_error *error)
{
    char text[46];
    const char *why = code == ECONNREFUSED ? "nothing listens there" : code == ETIMEDOUT ? "no answer" : strerror(code);
    return tl_error_set(error, TL_E_RUNTIME, "%s port %u over %s: %s", tl_address_text(&a->server, text), a->port,
                        a->tcp ? "TCP" : "UDP",
                        code == EINVAL && a->server.version == 6 && a->scope == 0 ? "an address of a link needs its "
                                                                                    "interface: fe80::1%eth0"
                                                                                  : why);
}

enum tl_failure tl_asking_open(struct tl_asking *a, int64_t deadline, struct tl_error *error)
{
    union endpoint to, from = { .any.sa_family = 0 };
    socklen_t len = endpoint_of(&a->server, a->scope, a->port, &to), from_len = sizeof from;
    int code = 0;
    socklen_t code_len = sizeof code;
    a->fd = socket(to.any.sa_family, (a->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (a->fd < 0)
        return refuse(a, errno, error);
    if (connect(a->fd, &to.any, len) != 0) {
        if (errno != EINPROGRESS)
            return refuse(a, errno, error);
        if (!wait_for(a->fd, POLLOUT, deadline))
            return refuse(a, ETIMEDOUT, error);
        (void)getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &code, &code_len);
        if (code != 0)
            return refuse(a, code, error);
    }
    if (getsockname(a->fd, &from.any, &from_len) != 0)
        return refuse(a, errno, error);
    a->local.version = a->server.version;
    a->local_port = ntohs(from.v4.sin_port); /* in the same place in both families */
    if (a->local.version == 6)
        memcpy(a->local.bytes, &from.v6.sin6_addr, 16);
    else
        memcpy(a->local.bytes, &from.v4.sin_addr, 4);
    return TL_E_NONE;
}

void tl_asking_close(struct tl_asking *a)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
}

enum tl_failure tl_asking_send(struct tl_asking *a, struct tl_bytes message, int64_t deadline, struct tl_error *error)
{
    uint8_t length[2] = { (uint8_t)(message.len >> 8), (uint8_t)message.len };
    struct iovec parts[2] = { { length, a->tcp ? sizeof length : 0 },
                              { (void *)(uintptr_t)message.data, message.len } };
    size_t left = parts[0].iov_len + parts[1].iov_len;
    while (left > 0) {
        struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
        ssize_t n = sendmsg(a->fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN && wait_for(a->fd, POLLOUT, deadline))
            continue;
        if (n < 0)
            return refuse(a, errno == EAGAIN ? ETIMEDOUT : errno, error);
        left -= (size_t)n;
        for (unsigned i = 0; i < 2; i++) {
            size_t used = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
            parts[i].iov_base = (uint8_t *)parts[i].iov_base + used;
            parts[i].iov_len -= used;
            n -= (ssize_t)used;
        }
    }
    return TL_E_NONE;
}

/* Reads `len` bytes, or of UDP a whole message. Returns the bytes read. */
static ssize_t take(struct tl_asking *a, uint8_t *out, size_t len, int64_t deadline)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n = recv(a->fd, out + have, len - have, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(a->fd, POLLIN, deadline))
                return (ssize_t)have;
            continue;
        }
        if (n < 0)
            return -1;
        have += (size_t)n;
        if (n == 0 || !a->tcp)
            break;
    }
    return (ssize_t)have;
}

int32_t tl_asking_receive(struct tl_asking *a, uint8_t message[65535], int64_t deadline, struct tl_error *error)
{
    uint8_t length[2];
    size_t len = 65535;
    ssize_t n;
    if (a->tcp) {
        n = take(a, length, sizeof length, deadline);
        if (n < 0)
            (void)refuse(a, errno, error);
        if (n < (ssize_t)sizeof length)
            return n < 0 ? -1 : 0;
        len = (size_t)(length[0] << 8 | length[1]);
    }
    n = take(a, message, len, deadline);
    if (n < 0)
        (void)refuse(a, errno, error);
    return n < 0 ? -1 : a->tcp && (size_t)n < len ? 0 : (int32_t)n;
}
