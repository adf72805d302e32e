/* wire.c - sends with libnet, receives with packet(7). */
#include "inject/wire.h"

#include "inject/ip.h"
#include "inject/route.h"

#include <libnet.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 4 << 20 };
#define NS   INT64_C(1000000000)
#define LATE (NS / 10)

struct tl_wire {
    char name[IFNAMSIZ];
    const char *shorten;
    int index;
    bool ethernet; /* whole frames are sent */
    bool headed;   /* frames that are received have Ethernet headers */
    uint8_t mac[6];
    libnet_t *link;        /* Ethernet */
    libnet_t *raw4, *raw6; /* else; NULL: not possible */
    libnet_t *own6;        /* to addresses of this host: not bound to the interface */
    int receiver;
};

int64_t tl_wire_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS + now.tv_nsec;
}

const char *tl_wire_name(const struct tl_wire *wire)
{
    return wire->name;
}

int tl_wire_index(const struct tl_wire *wire)
{
    return wire->index;
}

bool tl_wire_is_ethernet(const struct tl_wire *wire)
{
    return wire->ethernet;
}

const uint8_t *tl_wire_mac(const struct tl_wire *wire)
{
    return wire->mac;
}

/* Reads what kind of interface it is. */
static bool look(struct tl_wire *w, struct tl_error *error)
{
    struct ifreq request = { 0 };
    snprintf(request.ifr_name, IFNAMSIZ, "%s", w->name);
    w->index = (int)if_nametoindex(w->name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (w->index == 0 || fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
        tl_error_set(error, TL_E_RUNTIME, "no interface '%s': taplight -D lists them", w->name);
    } else if ((request.ifr_flags & IFF_UP) == 0) {
        tl_error_set(error, TL_E_RUNTIME, "%s is down: ip link set %s up", w->name, w->name);
    } else {
        int kind = tl_route_hardware(w->name, w->mac);
        w->ethernet = kind == ARPHRD_ETHER;
        w->headed = w->ethernet || kind == ARPHRD_LOOPBACK;
    }
    if (fd >= 0)
        close(fd);
    return error->kind == TL_E_NONE;
}

/* libnet's packet socket is open for all packets; it reads none, so the kernel must not queue any. */
static void deafen(int fd)
{
    struct sock_filter none[] = { { BPF_RET | BPF_K, 0, 0, 0 } };
    struct sock_fprog program = { 1, none };
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static bool refuse(struct tl_wire *w, const char *why, struct tl_error *error)
{
    size_t len = strcspn(why, "\n");
    bool permission = strstr(why, "CAP_NET_RAW") != NULL || strstr(why, strerror(EPERM)) != NULL || errno == EPERM || errno == EACCES;
    if (permission)
        tl_error_set(error, TL_E_PERMISSION, "no permission to send on %s", w->name);
    else
        tl_error_set(error, TL_E_RUNTIME, "cannot send on %s: %.*s", w->name, (int)len, why);
    return false;
}

static libnet_t *open_raw(struct tl_wire *w, int kind, char why[LIBNET_ERRBUF_SIZE])
{
    libnet_t *net = libnet_init(kind, w->name, why);
    if (net != NULL)
        (void)setsockopt(libnet_getfd(net), SOL_SOCKET, SO_BINDTODEVICE, w->name, (socklen_t)strlen(w->name) + 1);
    return net;
}

static bool open_sender(struct tl_wire *w, struct tl_error *error)
{
    char why[LIBNET_ERRBUF_SIZE] = "";
    errno = 0;
    if (!w->ethernet) {
        w->raw4 = open_raw(w, LIBNET_RAW4_ADV, why);
        w->raw6 = open_raw(w, LIBNET_RAW6_ADV, why);
        if (w->raw6 != NULL)
            w->own6 = libnet_init(LIBNET_RAW6_ADV, NULL, why); /* libnet binds to a name */
        return w->raw4 != NULL || w->raw6 != NULL || refuse(w, why, error);
    }
    w->link = libnet_init(LIBNET_LINK_ADV, w->name, why);
    if (w->link == NULL)
        return refuse(w, why, error);
    deafen(libnet_getfd(w->link));
    return true;
}

static bool open_receiver(struct tl_wire *w, struct tl_error *error)
{
    int on = 1, size = BUFFER;
    struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(0x0003), .sll_ifindex = w->index };
    w->receiver = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (w->receiver < 0)
        return refuse(w, strerror(errno), error);
    (void)setsockopt(w->receiver, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(w->receiver, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    (void)setsockopt(w->receiver, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
    if (bind(w->receiver, (const struct sockaddr *)&address, sizeof address) != 0)
        return refuse(w, strerror(errno), error);
    return true;
}

struct tl_wire *tl_wire_open(const char *interface, const char *shorten, struct tl_error *error)
{
    struct tl_wire *w = calloc(1, sizeof *w);
    if (w == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    w->receiver = -1;
    w->shorten = shorten;
    if (strlen(interface) >= IFNAMSIZ)
        tl_error_set(error, TL_E_RUNTIME, "no interface '%.32s': taplight -D lists them", interface);
    else
        snprintf(w->name, sizeof w->name, "%s", interface);
    if (error->kind != TL_E_NONE || !look(w, error) || !open_sender(w, error) || !open_receiver(w, error)) {
        tl_wire_close(w);
        return NULL;
    }
    return w;
}

void tl_wire_close(struct tl_wire *w)
{
    if (w == NULL)
        return;
    if (w->link != NULL)
        libnet_destroy(w->link);
    if (w->raw4 != NULL)
        libnet_destroy(w->raw4);
    if (w->raw6 != NULL)
        libnet_destroy(w->raw6);
    if (w->own6 != NULL)
        libnet_destroy(w->own6);
    if (w->receiver >= 0)
        close(w->receiver);
    free(w);
}

/* Waits for room in the queue of the interface. */
static bool wait_for_room(int fd)
{
    struct pollfd room = { .fd = fd, .events = POLLOUT };
    struct timespec pause = { .tv_nsec = 50000 };
    if (errno == EINTR)
        return true;
    if (errno != ENOBUFS && errno != EAGAIN)
        return false;
    (void)poll(&room, 1, 100);
    nanosleep(&pause, NULL);
    return true;
}

/* A packet to an IPv6 address of this host, which the kernel does not route to lo from a socket that is bound to lo. */
static int write_own(struct tl_wire *w, const uint8_t *packet, uint32_t len)
{
    struct tl_address to = { .version = 6 };
    if (errno != ENETUNREACH || w->own6 == NULL || len < 40)
        return -1;
    memcpy(to.bytes, packet + 24, 16);
    if (tl_route_is_own(&to, w->index))
        return libnet_write_raw_ipv6(w->own6, packet, len);
    errno = ENETUNREACH;
    return -1;
}

static int write_raw(struct tl_wire *w, struct tl_bytes frame, int *fd)
{
    uint16_t type = frame.len > TL_ETHERNET_HEADER ? tl_load_be16(frame.data + 12) : 0;
    libnet_t *net = type == 0x0800 ? w->raw4 : type == 0x86dd ? w->raw6 : NULL;
    errno = EPROTONOSUPPORT;
    if (net == NULL)
        return -1;
    errno = 0;
    *fd = libnet_getfd(net);
    const uint8_t *packet = frame.data + TL_ETHERNET_HEADER;
    uint32_t len = frame.len - TL_ETHERNET_HEADER;
    if (type == 0x0800)
        return libnet_adv_write_raw_ipv4(net, packet, len);
    int n = libnet_write_raw_ipv6(net, packet, len);
    return n >= 0 ? n : write_own(w, packet, len);
}

enum tl_failure tl_wire_send(struct tl_wire *w, struct tl_bytes frame, struct tl_error *error)
{
    int fd = -1;
    for (;;) {
        errno = 0;
        int n = -1;
        if (w->ethernet) {
            fd = libnet_getfd(w->link);
            n = libnet_adv_write_link(w->link, frame.data, frame.len);
        } else {
            n = write_raw(w, frame, &fd);
        }
        if (n >= 0)
            return TL_E_NONE;
        if (!wait_for_room(fd))
            break;
    }
    if (errno == ENETDOWN || errno == ENXIO)
        return tl_error_set(error, TL_E_RUNTIME, "%s is down: ip link set %s up", w->name, w->name);
    if (errno == EMSGSIZE)
        return tl_error_set(error, TL_E_RUNTIME,
                            "%s: a frame of %u bytes is longer than the MTU: %s", w->name, frame.len, w->shorten);
    if (errno == EINVAL && frame.len < TL_ETHERNET_HEADER)
        return tl_error_set(error, TL_E_RUNTIME, "%s: a frame of %u bytes is too short for Ethernet", w->name, frame.len);
    if (errno == EPROTONOSUPPORT)
        return tl_error_set(error, TL_E_RUNTIME, "%s has no Ethernet: it takes IP packets only", w->name);
    return tl_error_set(error, TL_E_RUNTIME, "cannot send on %s: %s", w->name, strerror(errno));
}

/* Takes the time and the VLAN tag that the kernel removed out of the control messages. */
static void read_control(struct msghdr *message, struct tl_arrival *a)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec ts;
            memcpy(&ts, CMSG_DATA(c), sizeof ts);
            a->ts = ts.tv_sec * NS + ts.tv_nsec;
        } else if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
            struct tpacket_auxdata aux;
            memcpy(&aux, CMSG_DATA(c), sizeof aux);
            a->unsummed = (aux.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
            if ((aux.tp_status & TP_STATUS_VLAN_VALID) == 0 || a->len < 12 || a->len + 4 > sizeof a->bytes)
                continue;
            uint16_t tag[2] = { htons((aux.tp_status & TP_STATUS_VLAN_TPID_VALID) ? aux.tp_vlan_tpid : 0x8100),
                                htons(aux.tp_vlan_tci) };
            memmove(a->bytes + 16, a->bytes + 12, a->len - 12);
            memcpy(a->bytes + 12, tag, 4);
            a->len += 4;
        }
    }
}

/* Reads one frame that waits. Returns false if none does. */
static bool take(struct tl_wire *w, struct tl_arrival *a)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[256];
    } control;
    struct sockaddr_ll from = { 0 };
    size_t skip = w->headed ? 0 : TL_ETHERNET_HEADER;
    struct iovec data = { a->bytes + skip, sizeof a->bytes - TL_ETHERNET_HEADER - 4 };
    struct msghdr message = { .msg_name = &from,
                              .msg_namelen = sizeof from,
                              .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof control };
    ssize_t n = recvmsg(w->receiver, &message, 0);
    if (n < 0)
        return false;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    a->ts = now.tv_sec * NS + now.tv_nsec;
    a->ours = from.sll_pkttype == PACKET_OUTGOING;
    a->unsummed = false;
    a->len = (uint32_t)(n + (ssize_t)skip);
    if (skip > 0) {
        memset(a->bytes, 0, 12);
        memcpy(a->bytes + 12, &from.sll_protocol, 2);
    }
    read_control(&message, a);
    return true;
}

void tl_wire_filter(struct tl_wire *w, struct sock_filter *program, size_t len)
{
    struct sock_fprog attached = { (unsigned short)len, program };
    if (w->headed)
        (void)setsockopt(w->receiver, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
}

/* What came before the deadline may wait in the queue; others may fill it faster than it is read. */
bool tl_wire_receive(struct tl_wire *w, int64_t deadline, struct tl_arrival *arrival)
{
    for (;;) {
        struct pollfd ready = { .fd = w->receiver, .events = POLLIN };
        int64_t left = deadline - tl_wire_now();
        if (left > -LATE && take(w, arrival))
            return true;
        if (left <= 0)
            return false;
        struct timespec timeout = { left / NS, left % NS };
        if (ppoll(&ready, 1, &timeout, NULL) <= 0)
            return false;
    }
}
