/* burst.c - sendmmsg(2) on a packet socket that receives nothing. */
#include "inject/burst.h"

#include "inject/route.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 8 << 20 };

struct tl_burst {
    int fd;
    char name[IFNAMSIZ];
    unsigned count;
    struct tl_burst_counts counts;
    struct mmsghdr messages[TL_BURST_FRAMES];
    struct iovec parts[TL_BURST_FRAMES];
};

static bool refuse(const struct tl_burst *b, struct tl_error *error)
{
    if (errno == EPERM || errno == EACCES)
        tl_error_set(error, TL_E_PERMISSION, "no permission to send on %s", b->name);
    else if (errno == ENETDOWN || errno == ENXIO)
        tl_error_set(error, TL_E_RUNTIME, "%s is down: ip link set %s up", b->name, b->name);
    else
        tl_error_set(error, TL_E_RUNTIME, "cannot send on %s: %s", b->name, strerror(errno));
    return false;
}

/* Frames are Ethernet frames: other interfaces would send their headers as data. */
static bool look(struct tl_burst *b, struct tl_error *error)
{
    struct ifreq request = { 0 };
    snprintf(request.ifr_name, IFNAMSIZ, "%s", b->name);
    if (ioctl(b->fd, SIOCGIFFLAGS, &request) != 0)
        return refuse(b, error);
    if ((request.ifr_flags & IFF_UP) == 0) {
        errno = ENETDOWN;
        return refuse(b, error);
    }
    uint8_t mac[6];
    int kind = tl_route_hardware(b->name, mac);
    if (kind < 0)
        return refuse(b, error);
    if (kind != ARPHRD_ETHER && kind != ARPHRD_LOOPBACK) {
        tl_error_set(error, TL_E_RUNTIME, "%s has no Ethernet: frames cannot be replayed there", b->name);
        return false;
    }
    return true;
}

static bool set_up(struct tl_burst *b, bool at_once, struct tl_error *error)
{
    int on = 1, size = BUFFER;
    struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(b->name) };
    b->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: it receives nothing */
    if (b->fd < 0)
        return refuse(b, error);
    if (at_once)
        (void)setsockopt(b->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    (void)setsockopt(b->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return look(b, error) && (bind(b->fd, (const struct sockaddr *)&address, sizeof address) == 0 || refuse(b, error));
}

struct tl_burst *tl_burst_open(const char *interface, bool at_once, struct tl_error *error)
{
    struct tl_burst *b = calloc(1, sizeof *b);
    if (b == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    b->fd = -1;
    snprintf(b->name, sizeof b->name, "%.15s", interface);
    for (unsigned i = 0; i < TL_BURST_FRAMES; i++) {
        b->messages[i].msg_hdr.msg_iov = &b->parts[i];
        b->messages[i].msg_hdr.msg_iovlen = 1;
    }
    if (!set_up(b, at_once, error)) {
        tl_burst_close(b);
        return NULL;
    }
    return b;
}

void tl_burst_close(struct tl_burst *b)
{
    if (b == NULL)
        return;
    if (b->fd >= 0)
        close(b->fd);
    free(b);
}

const char *tl_burst_name(const struct tl_burst *b)
{
    return b->name;
}

struct tl_burst_counts tl_burst_counts(const struct tl_burst *b)
{
    return b->counts;
}

/* Takes the frame that sendmmsg() stopped at. Returns whether it is done with. */
static bool stumble(struct tl_burst *b)
{
    struct pollfd room = { .fd = b->fd, .events = POLLOUT };
    struct timespec pause = { .tv_nsec = 50000 };
    if (errno == EMSGSIZE || errno == EINVAL) {
        b->counts.too_long += errno == EMSGSIZE;
        b->counts.too_short += errno == EINVAL;
        return true;
    }
    b->counts.waits++;
    (void)poll(&room, 1, 100);
    nanosleep(&pause, NULL);
    return false;
}

enum tl_failure tl_burst_flush(struct tl_burst *b, struct tl_error *error)
{
    unsigned at = 0;
    while (at < b->count) {
        int n = sendmmsg(b->fd, b->messages + at, b->count - at, 0);
        for (int i = 0; i < n; i++) {
            b->counts.bytes += b->parts[at + (unsigned)i].iov_len;
            b->counts.frames++;
        }
        if (n > 0) {
            at += (unsigned)n;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EMSGSIZE && errno != EINVAL && errno != ENOBUFS && errno != EAGAIN) {
            b->count = 0;
            (void)refuse(b, error);
            return error->kind;
        }
        at += stumble(b);
    }
    b->count = 0;
    return TL_E_NONE;
}

enum tl_failure tl_burst_add(struct tl_burst *b, struct tl_bytes frame, struct tl_error *error)
{
    b->parts[b->count] = (struct iovec){ (void *)(uintptr_t)frame.data, frame.len };
    return ++b->count == TL_BURST_FRAMES ? tl_burst_flush(b, error) : TL_E_NONE;
}
