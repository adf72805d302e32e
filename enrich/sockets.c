/* sockets.c - asks the kernel who has a socket: sock_diag(7), one socket a request. */
#include "enrich/sockets.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct question {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

int tl_sockets_open(void)
{
    const struct timeval patience = { .tv_sec = 1 };
    int netlink = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink >= 0)
        (void)setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return netlink;
}

/* Returns whether there is a socket; *inode is 0 if no process has it. */
static bool ask(int netlink, const struct question *question, uint16_t local_port, uint64_t *inode)
{
    union {
        struct nlmsghdr head;
        char room[4096];
    } answer;
    const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    ssize_t n;
    if (sendto(netlink, question, sizeof *question, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0)
        return false;
    do
        n = recv(netlink, &answer, sizeof answer, 0);
    while ((n < 0 && errno == EINTR) || (n >= (ssize_t)sizeof answer.head && answer.head.nlmsg_seq != question->head.nlmsg_seq));
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg)) || answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return false;
    const struct inet_diag_msg *found = NLMSG_DATA(&answer.head);
    *inode = found->idiag_inode;
    return ntohs(found->id.idiag_sport) == local_port;
}

uint64_t tl_sockets_find(int netlink, const struct tl_socket_ends *e)
{
    static uint32_t number;
    size_t len = e->version == 4 ? 4 : 16;
    uint64_t inode = 0;
    struct question q = { .head = { .nlmsg_len = sizeof q, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST },
                          .body = { .sdiag_family = e->version == 4 ? AF_INET : AF_INET6,
                                    .sdiag_protocol = e->ip_proto,
                                    .idiag_states = UINT32_MAX } };
    /* For UDP the kernel takes the source for the remote end (net/ipv4/udp_diag.c: "for historical reasons"). */
    bool swapped = e->ip_proto == IPPROTO_UDP;
    __be32 *local = swapped ? q.body.id.idiag_dst : q.body.id.idiag_src;
    __be32 *remote = swapped ? q.body.id.idiag_src : q.body.id.idiag_dst;
    *(swapped ? &q.body.id.idiag_dport : &q.body.id.idiag_sport) = htons(e->local_port);
    *(swapped ? &q.body.id.idiag_sport : &q.body.id.idiag_dport) = htons(e->remote_port);
    memcpy(local, e->local, len);
    memcpy(remote, e->remote, len);
    q.body.id.idiag_cookie[0] = q.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    q.head.nlmsg_seq = ++number;
    if (ask(netlink, &q, e->local_port, &inode) && inode != 0)
        return inode;
    /* Without the remote end: the socket that listens. */
    memset(remote, 0, len);
    *(swapped ? &q.body.id.idiag_sport : &q.body.id.idiag_dport) = 0;
    q.head.nlmsg_seq = ++number;
    return ask(netlink, &q, e->local_port, &inode) ? inode : 0;
}
