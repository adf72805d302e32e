/* sockets.h - asks the kernel who has a socket: sock_diag(7). */
#ifndef TL_ENRICH_SOCKETS_H
#define TL_ENRICH_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/* A socket, or the ends of a connection. */
struct tl_socket_ends {
    uint8_t version;  /* 4 or 6 */
    uint8_t ip_proto; /* 6 or 17 */
    uint16_t local_port, remote_port;
    uint8_t local[16], remote[16]; /* version 4 uses 4 bytes */
};

/* Opens a socket for tl_sockets_find(), in the network namespace of the thread. Returns -1 with errno on failure. */
int tl_sockets_open(void);
/*
 * Finds the socket of a connection on this host. If the connection waits to be accepted, or is of no socket, it is the one that
 * listens. Returns its inode; 0: there is none.
 */
uint64_t tl_sockets_find(int netlink, const struct tl_socket_ends *ends);

#endif
