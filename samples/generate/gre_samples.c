/* gre_samples.c - what GRE carries of vendors: mirrored frames (ERSPAN), 802.11 frames of Aruba. */
#include "frames.h"

/* From 192.168.0.1 to 192.168.0.2: the length of the payload and 20. */
#define IN_GRE(length) ON_ETHERNET "08 00 45 00 00 " length " 00 01 00 00 40 2f 00 00 c0 a8 00 01 c0 a8 00 02 "
#define QOS_TO_AP "88 01 2c 00 " AP A B "10 00 00 00 "

static const struct link erspan = { 1, {
    { IN_GRE("5d") "00 00 88 be ", ETHERNET },
    { IN_GRE("69") "10 00 88 be 00 00 00 01 10 64 00 0b 00 00 00 02 ", ETHERNET },
    { IN_GRE("81") "10 00 88 be 00 00 00 02 10 65 18 0b 00 00 00 02 " B A "81 00 00 65 86 dd ", V6 }, /* with its tag */
    { IN_GRE("6d") "10 00 22 eb 00 00 00 03 20 66 00 0c 11 22 33 44 00 05 80 00 ", ETHERNET },
    { IN_GRE("75") "10 00 22 eb 00 00 00 04 20 67 00 0c 11 22 33 44 00 05 80 01 01 02 03 04 05 06 07 08 ", ETHERNET },
    { IN_GRE("1e") "10 00 88 be 00 00 00 05 10 64", NOTHING },
    { NULL, END },
} };

static const struct link aruba = { 1, {
    { IN_GRE("71") "00 00 82 00 " QOS_TO_AP SNAP_V4, V4 },
    { IN_GRE("85") "00 00 83 70 " QOS_TO_AP SNAP_V6, V6 },
    { IN_GRE("71") "00 00 90 00 " QOS_TO_AP SNAP_V4, V4 },
    { IN_GRE("1e") "00 00 90 00 00 00 01 00 00 00", NOTHING }, /* Ethernet's loopback test */
    { NULL, END },
} };

const struct sample gre_samples[] = {
    { "tunnel/erspan.pcap", "ERSPAN I, II and III: with VLAN, with the frame's own tag, a platform header, cut", write_frames,
      &erspan },
    { "tunnel/aruba.pcap", "802.11 in GRE as Aruba's access points send it", write_frames, &aruba },
    { NULL, NULL, NULL, NULL },
};
