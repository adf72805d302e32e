/*
 * sctp_relay.c - passes what comes over TCP on over SCTP, and back, for samples of protocols whose programs speak TCP. SCTP
 * is the stack in the program (usrsctp), for the kernel need not have it. Each piece that TCP gives is one message.
 *
 * sctp_relay enter PORT HOST: accepts TCP on 127.0.0.1, connects to HOST over SCTP, both with this port.
 * sctp_relay leave PORT: accepts SCTP, connects to 127.0.0.1 over TCP.
 * Build: cc -pthread sctp_relay.c -lusrsctp
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <usrsctp.h>

struct pair {
    int tcp;
    struct socket *sctp;
};

static struct sockaddr_in at(const char *host, int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    inet_pton(AF_INET, host, &a.sin_addr);
    return a;
}

static void *to_sctp(void *context)
{
    struct pair *p = context;
    char bytes[4000];
    ssize_t n;
    while ((n = read(p->tcp, bytes, sizeof bytes)) > 0)
        usrsctp_sendv(p->sctp, bytes, (size_t)n, NULL, 0, NULL, 0, SCTP_SENDV_NOINFO, 0);
    usrsctp_shutdown(p->sctp, SHUT_WR);
    return NULL;
}

static void to_tcp(struct pair *p)
{
    char bytes[8192];
    for (;;) {
        struct sctp_rcvinfo info;
        struct sockaddr_storage from;
        socklen_t from_len = sizeof from, info_len = sizeof info;
        unsigned type;
        int flags = 0;
        ssize_t n = usrsctp_recvv(p->sctp, bytes, sizeof bytes, (struct sockaddr *)&from, &from_len, &info, &info_len, &type, &flags);
        if (n <= 0 || write(p->tcp, bytes, (size_t)n) != n)
            break;
    }
    shutdown(p->tcp, SHUT_WR);
}

int main(int argc, char **argv)
{
    int enters = argc > 3 && strcmp(argv[1], "enter") == 0, port = argc > 2 ? atoi(argv[2]) : 0, on = 1;
    struct sockaddr_in here = at("127.0.0.1", port), any = at("0.0.0.0", port);
    struct pair p;
    if (argc < 3)
        return 2;
    usrsctp_init(0, NULL, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    p.sctp = usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    p.tcp = socket(AF_INET, SOCK_STREAM, 0);
    if (enters) {
        struct sockaddr_in there = at(argv[3], port);
        setsockopt(p.tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(p.tcp, (struct sockaddr *)&here, sizeof here) != 0 || listen(p.tcp, 1) != 0)
            return 1;
        p.tcp = accept(p.tcp, NULL, NULL);
        if (usrsctp_connect(p.sctp, (struct sockaddr *)&there, sizeof there) != 0)
            return 1;
    } else {
        if (usrsctp_bind(p.sctp, (struct sockaddr *)&any, sizeof any) != 0 || usrsctp_listen(p.sctp, 1) != 0)
            return 1;
        p.sctp = usrsctp_accept(p.sctp, NULL, NULL);
        if (p.sctp == NULL || connect(p.tcp, (struct sockaddr *)&here, sizeof here) != 0)
            return 1;
    }
    pthread_t thread;
    pthread_create(&thread, NULL, to_sctp, &p);
    to_tcp(&p);
    pthread_join(thread, NULL);
    sleep(1); /* the end of the association is acknowledged */
    usrsctp_close(p.sctp);
    return 0;
}
