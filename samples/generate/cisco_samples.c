/* cisco_samples.c - layers of Cisco's own: SLARP, CDP, HDLC on a link of PPP. */
#include "frames.h"

#define CDP "02 b4 5c 21 00 01 00 08 53 77 69 31 00 03 00 09 47 69 30 2f 31 00 04 00 08 00 00 00 28 00 0a 00 06 00 63 "

static const struct link ppp = { 9, {
    { "0f 00 08 00", V4 },
    { "8f 00 86 dd", V6 },
    { "8f 00 80 35 00 00 00 00 0a 01 00 01 ff ff ff 00", NOTHING }, /* SLARP request, reply, keepalive, cut */
    { "8f 00 80 35 00 00 00 01 0a 01 00 02 ff ff ff 00", NOTHING },
    { "8f 00 80 35 00 00 00 02 00 00 00 05 00 00 00 04 ff ff", NOTHING },
    { "8f 00 80 35 00 00 00 02 00 00 00 05 00 00", NOTHING },
    { "8f 00 20 00 " CDP, NOTHING },
    { "ff 03 02 07 " CDP, NOTHING },
    { "ff 03 00 21", V4 },
    { NULL, END },
} };

static const struct link cdp = { 1, {
    { "01 00 0c cc cc cc " A "00 2b aa aa 03 00 00 0c 20 00 " CDP, NOTHING },
    { "01 00 0c cc cc cc " A "81 00 00 05 00 2b aa aa 03 00 00 0c 20 00 " CDP, NOTHING },
    { "01 00 0c cc cc cc " A "00 12 aa aa 03 00 00 0c 20 00 02 b4 00 00 00 01 00 03 53 77", NOTHING }, /* too short */
    { "01 00 0c cc cc cc " A "00 12 aa aa 03 00 00 0c 20 00 02 b4 00 00 00 01 00 40 53 77", NOTHING }, /* too long */
    { "01 00 0c cc cc cc " A "00 0c aa aa 03 00 00 0c 01 11 21 00 00 00", NOTHING },                   /* UDLD */
    { NULL, END },
} };

const struct sample cisco_samples[] = {
    { "link/ppp-cisco.pcap", "link type PPP with Cisco HDLC, SLARP and CDP; CDP in PPP", write_frames, &ppp },
    { "link/cdp.pcap", "CDP on Ethernet and in a VLAN, wrong lengths of entries; UDLD", write_frames, &cdp },
    { NULL, NULL, NULL, NULL },
};
