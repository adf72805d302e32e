/* route.c - asks the kernel for a route and for a neighbour. */
#include "inject/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    struct nlmsghdr header;
    union {
        struct rtmsg route;
        struct ndmsg neighbour;
    };
    uint8_t attributes[64];
};

const char *tl_address_text(const struct tl_address *address, char text[46])
{
    if (address->version == 0 ||
        inet_ntop(address->version == 6 ? AF_INET6 : AF_INET, address->bytes, text, 46) == NULL)
        snprintf(text, 46, "-");
    return text;
}

bool tl_address_parse(const char *text, struct tl_address *out)
{
    *out = (struct tl_address){ .version = 4 };
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        return true;
    out->version = 6;
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

bool tl_address_equal(const struct tl_address *a, const struct tl_address *b)
{
    return a->version == b->version && memcmp(a->bytes, b->bytes, tl_address_len(a)) == 0;
}

static void attribute(struct question *q, uint16_t type, const void *data, size_t len)
{
    struct rtattr *a = (struct rtattr *)(void *)((uint8_t *)q + NLMSG_ALIGN(q->header.nlmsg_len));
    a->rta_type = type;
    a->rta_len = (uint16_t)RTA_LENGTH(len);
    memcpy(RTA_DATA(a), data, len);
    q->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

/* Returns the bytes of the answer, or -1 and errno. */
static ssize_t ask(const struct question *q, void *answer, size_t size)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    ssize_t n = fd < 0 ? -1 : send(fd, q, q->header.nlmsg_len, 0);
    if (n >= 0)
        n = recv(fd, answer, size, 0);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    struct nlmsghdr *h = answer; /* not const: NLMSG_DATA() casts it away */
    if (n >= (ssize_t)NLMSG_LENGTH(sizeof(int)) && h->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *e = NLMSG_DATA(h);
        saved = -e->error;
        n = -1;
    }
    errno = saved;
    return n;
}

/* Returns the attribute at `at`, or NULL at the end. */
static struct rtattr *attribute_at(uint8_t *at, const uint8_t *end)
{
    struct rtattr *a = (struct rtattr *)(void *)at;
    return end - at >= (ptrdiff_t)sizeof *a && a->rta_len >= sizeof *a && end - at >= a->rta_len ? a : NULL;
}

static struct rtattr *attribute_after(struct rtattr *a, const uint8_t *end)
{
    return attribute_at((uint8_t *)a + RTA_ALIGN(a->rta_len), end);
}

static uint32_t metric_mtu(struct rtattr *a)
{
    uint32_t mtu = 0;
    const uint8_t *end = (uint8_t *)a + a->rta_len;
    for (struct rtattr *m = attribute_at(RTA_DATA(a), end); m != NULL; m = attribute_after(m, end))
        if (m->rta_type == RTAX_MTU)
            memcpy(&mtu, RTA_DATA(m), 4);
    return mtu;
}

static uint32_t interface_mtu(const char *name)
{
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    uint32_t mtu = fd >= 0 && ioctl(fd, SIOCGIFMTU, &request) == 0 ? (uint32_t)request.ifr_mtu : 1500;
    if (fd >= 0)
        close(fd);
    return mtu;
}

int tl_route_hardware(const char *interface, uint8_t mac[6])
{
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
    memset(mac, 0, 6);
    int kind = fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0 ? request.ifr_hwaddr.sa_family : -1;
    int saved = errno;
    if (kind == ARPHRD_ETHER)
        memcpy(mac, request.ifr_hwaddr.sa_data, 6);
    if (fd >= 0)
        close(fd);
    errno = saved;
    return kind;
}

static void read_route(struct nlmsghdr *h, ssize_t n, const struct tl_address *dst, struct tl_route *route)
{
    struct rtmsg *r = NLMSG_DATA(h);
    const uint8_t *end = (uint8_t *)h + n;
    size_t bytes = tl_address_len(dst);
    route->broadcast = r->rtm_type == RTN_BROADCAST;
    route->local = r->rtm_type == RTN_LOCAL;
    for (struct rtattr *a = attribute_at((uint8_t *)r + NLMSG_ALIGN(sizeof *r), end); a != NULL;
         a = attribute_after(a, end)) {
        if (a->rta_type == RTA_OIF) {
            memcpy(&route->ifindex, RTA_DATA(a), sizeof route->ifindex);
        } else if (a->rta_type == RTA_PREFSRC && RTA_PAYLOAD(a) == bytes) {
            route->source.version = dst->version;
            memcpy(route->source.bytes, RTA_DATA(a), bytes);
        } else if (a->rta_type == RTA_GATEWAY && RTA_PAYLOAD(a) == bytes) {
            route->gateway.version = dst->version;
            memcpy(route->gateway.bytes, RTA_DATA(a), bytes);
        } else if (a->rta_type == RTA_METRICS) {
            route->mtu = metric_mtu(a);
        }
    }
}

bool tl_route_is_own(const struct tl_address *dst, int index)
{
    struct tl_route route;
    struct tl_error none = { 0 };
    int saved = errno;
    bool own = tl_route_find(dst, NULL, &route, &none) == TL_E_NONE && route.local && route.ifindex == index;
    errno = saved;
    return own;
}

enum tl_failure tl_route_find(const struct tl_address *dst, const char *interface, struct tl_route *route,
                              struct tl_error *error)
{
    union {
        struct nlmsghdr header;
        uint8_t bytes[4096];
    } answer;
    char text[46];
    struct question q = {
        .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                    .nlmsg_type = RTM_GETROUTE,
                    .nlmsg_flags = NLM_F_REQUEST },
        .route = { .rtm_family = dst->version == 6 ? AF_INET6 : AF_INET, .rtm_dst_len = dst->version == 6 ? 128 : 32 },
    };
    *route = (struct tl_route){ .ifindex = 0 };
    attribute(&q, RTA_DST, dst->bytes, tl_address_len(dst));
    int index = interface != NULL ? (int)if_nametoindex(interface) : 0;
    if (index != 0)
        attribute(&q, RTA_OIF, &index, sizeof index);
    ssize_t n = ask(&q, &answer, sizeof answer);
    if (n < 0 && index != 0 && tl_route_is_own(dst, index))
        return tl_route_find(dst, NULL, route, error);
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct rtmsg)) || answer.header.nlmsg_type != RTM_NEWROUTE)
        return tl_error_set(error, TL_E_RUNTIME, "no route to %s%s%s: %s", tl_address_text(dst, text),
                            interface != NULL ? " on " : "", interface != NULL ? interface : "",
                            n < 0 ? strerror(errno) : "give another address or interface");
    read_route(&answer.header, n, dst, route);
    if (if_indextoname((unsigned)route->ifindex, route->interface) == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "no route to %s: its interface is gone", tl_address_text(dst, text));
    route->link_mtu = interface_mtu(route->interface);
    if (route->mtu == 0)
        route->mtu = route->link_mtu;
    return TL_E_NONE;
}

bool tl_route_neighbour(int ifindex, const struct tl_address *address, uint8_t mac[6])
{
    union {
        struct nlmsghdr header;
        uint8_t bytes[4096];
    } answer;
    struct question q = {
        .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg)),
                    .nlmsg_type = RTM_GETNEIGH,
                    .nlmsg_flags = NLM_F_REQUEST },
        .neighbour = { .ndm_family = address->version == 6 ? AF_INET6 : AF_INET, .ndm_ifindex = ifindex },
    };
    bool found = false;
    attribute(&q, NDA_DST, address->bytes, tl_address_len(address));
    ssize_t n = ask(&q, &answer, sizeof answer);
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct ndmsg)) || answer.header.nlmsg_type != RTM_NEWNEIGH)
        return false;
    struct ndmsg *m = NLMSG_DATA(&answer.header);
    if ((m->ndm_state & (NUD_PERMANENT | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)) == 0)
        return false;
    const uint8_t *end = answer.bytes + n;
    for (struct rtattr *a = attribute_at((uint8_t *)m + NLMSG_ALIGN(sizeof *m), end); a != NULL;
         a = attribute_after(a, end)) {
        if (a->rta_type == NDA_LLADDR && RTA_PAYLOAD(a) == 6) {
            memcpy(mac, RTA_DATA(a), 6);
            found = true;
        }
    }
    return found;
}
