/* service_samples.c - layers between networks: NSH (RFC 8300), MPLS pseudowires (RFC 4448). */
#include "frames.h"

#define PATH "00 00 05 07 "
#define CONTEXT "00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04 "

static const struct link nsh = { 1, {
    { ON_ETHERNET "89 4f 0f c6 01 01 " PATH CONTEXT, V4 },
    { ON_ETHERNET "81 00 00 05 89 4f 0f c6 01 02 " PATH CONTEXT, V6 },
    { ON_ETHERNET "89 4f 0f c6 01 03 " PATH CONTEXT, ETHERNET },
    { ON_ETHERNET "89 4f 3f c6 02 01 " PATH "00 01 02 05 61 62 63 64 65 00 00 00 00 02 03 00 ", V4 }, /* of any length */
    { ON_ETHERNET "89 4f 0f c2 02 04 " PATH "0f 82 02 05 " PATH "00 01 01 40 ", V4 }, /* NSH and MPLS inside */
    { ON_ETHERNET "89 4f 0f c1 02 01 " PATH, V4 },                                    /* wrong lengths */
    { ON_ETHERNET "89 4f 0f ff 01 01 " PATH CONTEXT, NOTHING },
    { ON_ETHERNET "89 4f 0f c4 02 01 " PATH "00 01 02 20 61 62 63 64", V4 },
    { NULL, END },
} };

#define LABEL ON_ETHERNET "88 47 00 01 01 40 " /* 16 */
static const struct link pseudowire = { 1, {
    { LABEL "00 00 00 07 ", ETHERNET },
    { ON_ETHERNET "88 47 00 02 00 40 00 01 01 40 00 00 00 08 " B A "81 00 00 05 86 dd", V6 },
    { LABEL "00 00 00 09 " B A "00 3f " SNAP_V4, V4 },
    { LABEL, ETHERNET },                                         /* no control word */
    { LABEL "a2 00 00 00 00 02 " A "86 dd", V6 },
    { LABEL "10 00 00 21 ", V4 },                                /* associated channels */
    { ON_ETHERNET "88 47 00 01 00 40 00 00 d1 40 10 00 00 57 ", V6 },
    { ON_ETHERNET "88 47 00 00 d1 40 10 00 00 07 20 40 03 18", NOTHING },
    { LABEL "00 00 00 07 00", NOTHING },
    { NULL, END },
} };

const struct sample service_samples[] = {
    { "tunnel/nsh.pcap", "NSH: both types of metadata, IPv4, IPv6, Ethernet, NSH and MPLS inside, wrong lengths", write_frames,
      &nsh },
    { "tunnel/pseudowire.pcap", "MPLS pseudowires with and without control word, associated channels, cut", write_frames,
      &pseudowire },
    { NULL, NULL, NULL, NULL },
};
