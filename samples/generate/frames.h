/* frames.h - samples of packets whose headers are written in hex, followed by a DNS message. */
#ifndef SAMPLES_GENERATE_FRAMES_H
#define SAMPLES_GENERATE_FRAMES_H

#include "gen.h"

/* The content of a frame after its header. */
enum inner { NOTHING, V4, V6, ETHERNET, CHECKED /* IPv4 and a check sequence */, SEALED /* IPv4 and 16 bytes */, ARP, END };

struct frame {
    const char *header; /* hex; other characters separate */
    enum inner inner;
};

/* Frames of a link type. The last one has no header. */
struct link {
    uint32_t type;
    struct frame frames[16];
};

/* Frames in datagrams to a UDP port, in IPv4 and IPv6 by turns, on Ethernet. */
struct datagrams {
    uint16_t port;
    struct frame frames[16];
};

void write_frames(struct capture *c, const void *link);
void write_datagrams(struct capture *c, const void *datagrams);

#define A "02 00 00 00 00 01 "
#define B "02 00 00 00 00 02 "
#define AP "02 00 00 00 00 ff "
#define RELAY "02 00 00 00 00 fe "
#define ON_ETHERNET B A
#define SNAP_V4 "aa aa 03 00 00 00 08 00 "
#define SNAP_V6 "aa aa 03 00 00 00 86 dd "
#define TO_AP "08 01 2c 00 " AP A B "10 00 "
#define ZEROS_16 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "

#endif
