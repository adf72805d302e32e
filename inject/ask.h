/* ask.h - a question to a server over UDP or TCP, through sockets of the kernel: no privilege is needed. */
#ifndef TL_INJECT_ASK_H
#define TL_INJECT_ASK_H

#include "inject/craft.h"

struct tl_asking {
    int fd; /* -1: closed */
    bool tcp;
    struct tl_address server, local;
    uint32_t scope; /* of the server: an interface index; 0: any */
    uint16_t port, local_port;
};

/* Connects to the server: asking->tcp, server and port are set. deadline: ns, monotonic. */
enum tl_failure tl_asking_open(struct tl_asking *asking, int64_t deadline, struct tl_error *error) TL_MUST_CHECK;
void tl_asking_close(struct tl_asking *asking);
/* Sends a message; over TCP after its length in two bytes (RFC 1035 section 4.2.2). */
enum tl_failure tl_asking_send(struct tl_asking *asking, struct tl_bytes message, int64_t deadline,
                               struct tl_error *error) TL_MUST_CHECK;
/*
 * Receives a message of at most 65,535 bytes. Returns its length; 0: none came in time, or the connection ended; -1 and
 * error: it failed.
 */
int32_t tl_asking_receive(struct tl_asking *asking, uint8_t message[65535], int64_t deadline, struct tl_error *error);

#endif
