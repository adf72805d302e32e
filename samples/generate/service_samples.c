/* service_samples.c - layers between networks: NSH (RFC 8300). */
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

const struct sample service_samples[] = {
    { "tunnel/nsh.pcap", "NSH: both types of metadata, IPv4, IPv6, Ethernet, NSH and MPLS inside, wrong lengths", write_frames,
      &nsh },
    { NULL, NULL, NULL, NULL },
};
