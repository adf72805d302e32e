/* tag_samples.c - layers between Ethernet and its payload: MACsec, FabricPath, 802.1ah. */
#include "frames.h"

#define SCI "02 00 00 00 00 01 00 64 "

static const struct link macsec = { 1, {
    { ON_ETHERNET "88 e5 20 00 00 00 00 42 " SCI "08 00", SEALED },
    { ON_ETHERNET "88 e5 00 00 00 00 00 43 08 00", SEALED },              /* without a channel identifier */
    { ON_ETHERNET "81 00 00 07 88 e5 21 00 00 00 00 44 " SCI "08 00", SEALED },
    { ON_ETHERNET "88 e5 20 00 00 00 00 45 " SCI "81 00 00 09 08 00", SEALED },
    { ON_ETHERNET "88 e5 2c 00 00 00 00 46 " SCI "7d 1e", SEALED },       /* encrypted */
    { ON_ETHERNET "88 e5 24 00 00 00 00 47 " SCI "08 00", SEALED },       /* changed, not encrypted */
    { ON_ETHERNET "88 e5 20 1e 00 00 00 48 " SCI "08 00 45 00 00 1c 00 01 00 00 40 11 00 00 0a 01 00 01 0a 01 00 02 "
      "10 00 20 00 00 08 00 00 " "30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f 00 00 00 00", NOTHING }, /* short */
    { ON_ETHERNET "88 e5 20 3f 00 00 00 49 " SCI "08 00", NOTHING },      /* a length beyond the frame */
    { ON_ETHERNET "88 e5 20 00 00 00", NOTHING },
    { NULL, END },
} };

#define SWITCHES "02 0b b8 00 00 00 02 00 71 03 01 71 "

static const struct link fabricpath = { 1, {
    { SWITCHES "89 03 00 60 " B A "08 00", V4 },
    { SWITCHES "89 03 00 60 " B A "81 00 00 07 86 dd", V6 },
    { SWITCHES "89 03 00 5f " B A "00 3f " SNAP_V4, V4 },
    { "01 00 5e 00 00 05 02 00 71 03 01 71 89 03 ff ff 01 00 5e 00 00 05 " A "08 00", V4 }, /* to a group */
    { SWITCHES "89 03 00", NOTHING },
    { NULL, END },
} };

static const struct link backbone = { 1, {
    { "02 00 00 00 00 0b 02 00 00 00 00 0a 88 e7 b0 00 07 d1 " B A "08 00", V4 },
    { "02 00 00 00 00 0b 02 00 00 00 00 0a 88 a8 00 05 88 e7 00 00 07 d1 " B A "86 dd", V6 },   /* with a B-tag */
    { "02 00 00 00 00 0b 02 00 00 00 00 0a 88 e7 00 00 07 d1 " B A "81 00 00 09 08 00", V4 },   /* a VLAN inside */
    { "02 00 00 00 00 0b 02 00 00 00 00 0a 88 e7 08 00 07 d1 " B A "00 3f " SNAP_V4, V4 },
    { "02 00 00 00 00 0b 02 00 00 00 00 0a 88 e7 00 00 07 d1 " B, NOTHING },
    { NULL, END },
} };

static const struct link dsa = { 284, {
    { ON_ETHERNET "c1 28 60 05 08 00", V4 },
    { ON_ETHERNET "e1 28 60 05 86 dd", V6 }, /* the frame had a VLAN tag */
    { ON_ETHERNET "41 28 60 05 00 3f " SNAP_V4, V4 },
    { ON_ETHERNET "c1 28", NOTHING },
    { NULL, END },
} };

static const struct link edsa = { 285, {
    { ON_ETHERNET "da da 00 00 c1 28 60 05 08 00", V4 },
    { ON_ETHERNET "da da 00 00 e1 28 60 05 86 dd", V6 },
    { ON_ETHERNET "da da 00", NOTHING },
    { NULL, END },
} };

static const struct link brcm = { 281, {
    { ON_ETHERNET "00 00 00 03 08 00", V4 },
    { ON_ETHERNET "24 00 00 03 86 dd", V6 },
    { ON_ETHERNET "00 00", NOTHING },
    { NULL, END },
} };

static const struct link brcm_prepend = { 282, {
    { "00 00 02 03 " ON_ETHERNET "08 00", V4 },
    { "24 00 02 03 " ON_ETHERNET "81 00 00 09 86 dd", V6 },
    { "00 00 02 03 " B, NOTHING },
    { NULL, END },
} };

const struct sample tag_samples[] = {
    { "link/macsec.pcap", "MACsec: with and without identifier, VLAN tags before and inside, encrypted, short, wrong length",
      write_frames, &macsec },
    { "link/fabricpath.pcap", "Cisco FabricPath with IPv4, a VLAN tag, SNAP, to a group, cut", write_frames, &fabricpath },
    { "link/backbone.pcap", "802.1ah: I-tags without and with a B-tag, a VLAN tag inside, SNAP, cut", write_frames, &backbone },
    { "link/dsa.pcap", "Marvell's DSA tags: a frame with and without VLAN tag, SNAP, cut", write_frames, &dsa },
    { "link/edsa.pcap", "Marvell's tags with a type of their own", write_frames, &edsa },
    { "link/brcm.pcap", "Broadcom's tags after the addresses", write_frames, &brcm },
    { "link/brcm-prepend.pcap", "Broadcom's tags before the addresses, a VLAN tag, cut", write_frames, &brcm_prepend },
    { NULL, NULL, NULL, NULL },
};
