/* host_addresses.c - the addresses of this host: rtnetlink(7). */
#include "enrich/host_addresses.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Adds the address of a message of type RTM_NEWADDR. */
static void take(struct tl_host_addresses *a, struct nlmsghdr *message)
{
    struct ifaddrmsg *body = NLMSG_DATA(message);
    size_t left = message->nlmsg_len >= NLMSG_LENGTH(sizeof *body) ? message->nlmsg_len - NLMSG_LENGTH(sizeof *body) : 0;
    size_t len = body->ifa_family == AF_INET ? 4 : 16;
    const uint8_t *found = NULL;
    if (left == 0 || (body->ifa_family != AF_INET && body->ifa_family != AF_INET6))
        return;
    for (struct rtattr *at = IFA_RTA(body); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        bool local = at->rta_type == IFA_LOCAL; /* of a point-to-point link IFA_ADDRESS is the other end */
        if ((local || (at->rta_type == IFA_ADDRESS && found == NULL)) && RTA_PAYLOAD(at) == len)
            found = RTA_DATA(at);
    }
    if (found == NULL || a->count == TL_HOST_ADDRESSES)
        return;
    a->items[a->count] = (struct tl_host_address){ .version = len == 4 ? 4 : 6 };
    memcpy(a->items[a->count++].bytes, found, len);
}

/* Asks for all addresses. Notifications that come meanwhile are part of what is read. */
static bool read_all(struct tl_host_addresses *a)
{
    const struct {
        struct nlmsghdr head;
        struct ifaddrmsg body;
    } question = { { sizeof question, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 }, { .ifa_family = AF_UNSPEC } };
    union {
        struct nlmsghdr head;
        char room[32768];
    } answer;
    a->count = 0;
    if (send(a->netlink, &question, sizeof question, 0) < 0)
        return false;
    for (;;) {
        ssize_t n = recv(a->netlink, &answer, sizeof answer, 0);
        if (n < 0 && (errno == EINTR || errno == ENOBUFS))
            continue;
        if (n <= 0)
            return false;
        size_t left = (size_t)n;
        for (struct nlmsghdr *m = &answer.head; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
            if (m->nlmsg_seq != 1)
                continue;
            if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
                return m->nlmsg_type == NLMSG_DONE;
            if (m->nlmsg_type == RTM_NEWADDR)
                take(a, m);
        }
    }
}

bool tl_host_addresses_init(struct tl_host_addresses *a)
{
    const struct timeval patience = { .tv_sec = 2 };
    const struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
    pthread_rwlock_init(&a->lock, NULL);
    a->netlink = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_ROUTE);
    return a->netlink >= 0 && setsockopt(a->netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
           bind(a->netlink, (const struct sockaddr *)&name, sizeof name) == 0 && read_all(a);
}

void tl_host_addresses_fini(struct tl_host_addresses *a)
{
    if (a->netlink >= 0)
        close(a->netlink);
    pthread_rwlock_destroy(&a->lock);
}

void tl_host_addresses_update(struct tl_host_addresses *a)
{
    char notification[4096];
    while (recv(a->netlink, notification, sizeof notification, MSG_DONTWAIT) > 0)
        ;
    pthread_rwlock_wrlock(&a->lock);
    (void)read_all(a);
    pthread_rwlock_unlock(&a->lock);
}

bool tl_host_addresses_has(struct tl_host_addresses *a, uint8_t version, const uint8_t *address)
{
    bool found = version == 4 && address[0] == 127;
    pthread_rwlock_rdlock(&a->lock);
    for (uint32_t i = 0; i < a->count && !found; i++)
        found = a->items[i].version == version && memcmp(a->items[i].bytes, address, version == 4 ? 4 : 16) == 0;
    pthread_rwlock_unlock(&a->lock);
    return found;
}
