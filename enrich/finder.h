/*
 * finder.h - finds the process of a socket. It looks into other processes, so it runs in a process of its own, which sees no
 * packets: questions and answers are structs of fixed size on a socket of type SOCK_SEQPACKET.
 */
#ifndef TL_ENRICH_FINDER_H
#define TL_ENRICH_FINDER_H

#include "enrich/cgroup.h"
#include "enrich/sockets.h"

enum { TL_PROCESS_NAME = 16, TL_PROCESS_COMMAND = 64 };

/* The process of one end of a flow. */
struct tl_finder_question {
    uint64_t flow; /* number of its first packet */
    uint8_t depth; /* enclosing tunnels */
    struct tl_socket_ends ends; /* the process of the local one */
};

struct tl_finder_answer {
    uint64_t flow;
    uint8_t depth;
    struct tl_socket_ends ends; /* of the question */
    uint32_t pid, uid;
    char process[TL_PROCESS_NAME], command[TL_PROCESS_COMMAND], container[TL_CONTAINER_ID]; /* with a NUL */
};

/*
 * Answers questions until the other end of `channel` is closed. netlink: of tl_sockets_open(). A question about a process that is
 * not found has no answer. Looking through descriptors of processes takes at most a fifth of the time.
 */
void tl_finder_serve(int channel, int netlink);

#endif
