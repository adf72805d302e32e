/*
 * sender.c - sends UDP frames on an interface at a steady rate, for the live rows of scripts/bench:
 * sender INTERFACE FRAMES_PER_SECOND MILLISECONDS BYTES. Prints the number of frames sent and the microseconds it took.
 */
#include "frames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FLOWS = 1024, BATCH = 64, LEAST = 60 };

static uint8_t frames[FLOWS][FRAME_MOST];

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void store16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static unsigned sum16(const uint8_t *p, size_t n, unsigned sum)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (unsigned)p[i] << 8 | p[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* 10.9.1.x to 10.9.2.y, UDP without a checksum. */
static void build(uint8_t *f, unsigned flow, unsigned size)
{
    static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };
    memcpy(f, head, sizeof head);
    store16(f + IP_AT + 2, size - IP_AT);
    f[IP_AT + 8] = 64;
    f[IP_AT + 9] = 17;
    memcpy(f + IP_AT + 12, (const uint8_t[]){ 10, 9, 1, (uint8_t)flow, 10, 9, 2, (uint8_t)(flow >> 8) }, 8);
    store16(f + IP_AT + 10, ~sum16(f + IP_AT, L4_AT - IP_AT, 0) & 0xffff);
    store16(f + L4_AT, 20000 + flow);
    store16(f + L4_AT + 2, 40000);
    store16(f + L4_AT + 4, size - L4_AT);
}

static int open_socket(const char *name)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name) };
    int bypass = 1, fd = socket(AF_PACKET, SOCK_RAW, 0); /* protocol 0: receive nothing */
    if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return -1;
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
    return fd;
}

static uint64_t send_batch(int fd, uint64_t first, unsigned count, unsigned size)
{
    struct mmsghdr messages[BATCH];
    struct iovec bytes[BATCH];
    memset(messages, 0, sizeof messages);
    for (unsigned i = 0; i < count; i++) {
        bytes[i] = (struct iovec){ frames[(first + i) % FLOWS], size };
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &bytes[i], .msg_iovlen = 1 };
    }
    int sent = sendmmsg(fd, messages, count, 0);
    return sent > 0 ? (uint64_t)sent : 0;
}

int main(int argc, char *argv[])
{
    if (argc != 5) {
        fputs("usage: sender INTERFACE FRAMES_PER_SECOND MILLISECONDS BYTES\n", stderr);
        return 2;
    }
    double rate = strtod(argv[2], NULL);
    int64_t length = strtoll(argv[3], NULL, 10) * 1000000;
    unsigned size = (unsigned)strtoul(argv[4], NULL, 10);
    int fd = open_socket(argv[1]);
    if (fd < 0 || size < LEAST || size > FRAME_MOST || rate <= 0) {
        fprintf(stderr, "sender: cannot send on %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    for (unsigned i = 0; i < FLOWS; i++)
        build(frames[i], i, size);
    uint64_t sent = 0;
    int64_t begin = now_ns(), now;
    while ((now = now_ns() - begin) < length) {
        double due = rate * (double)now / 1e9 - (double)sent;
        if (due >= 1)
            sent += send_batch(fd, sent, due < BATCH ? (unsigned)due : BATCH, size);
        else if (due < -100)
            usleep(50);
    }
    printf("%" PRIu64 " %" PRId64 "\n", sent, (now_ns() - begin) / 1000);
    close(fd);
    return 0;
}
