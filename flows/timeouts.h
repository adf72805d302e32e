/* timeouts.h - timeouts of flows, in packet time. */
#ifndef TL_FLOWS_TIMEOUTS_H
#define TL_FLOWS_TIMEOUTS_H

#include <stdint.h>

/* All in ns. */
struct tl_timeouts {
    int64_t tcp_attempt; /* since the first SYN, while the responder is silent */
    int64_t tcp_closed;  /* after both FINs or an RST */
    int64_t tcp;         /* idle */
    int64_t tcp_login;   /* idle: ports 21, 22, 23 and 513, or SSH or FTP was found */
    int64_t udp;         /* idle */
    int64_t icmp;        /* idle: ICMP and all other protocols */
    int64_t dns;         /* UDP flow of DNS: since the last message */
};

#define TL_TIMEOUTS_DEFAULT                                                                                        \
    ((struct tl_timeouts){ .tcp_attempt = 5000000000, .tcp_closed = 5000000000, .tcp = 300000000000,             \
                           .tcp_login = 3600000000000, .udp = 60000000000, .icmp = 60000000000, .dns = 10000000000 })

#endif
