/* rare_samples.c - link layers of other media: Prism, AVS, ATM, SLIP, 802.15.4, Juniper's, MTP2, MS/TP. */
#include "frames.h"

#define WLAN_V4 "08 01 00 00 " B A AP "10 00 " SNAP_V4
#define PRISM_LITTLE "77 6c 61 6e 30 00 00 00 00 00 00 00 00 00 00 00 "
/* A value in each byte order: its number is n << 16 | 0x44 or n << 12 | 0x41. */
#define L44(n, status, v) "44 00 0" n " 00 " status " 00 04 00 " v
#define B41(n, status, v) "00 00 " n "0 41 00 " status " 00 04 " v

static const struct link prism = { 119, {
    { "44 00 00 00 90 00 00 00 " PRISM_LITTLE
      L44("1", "00", "e8 03 00 00 ") L44("2", "00", "d0 07 00 00 ") L44("3", "00", "06 00 00 00 ")
      L44("4", "00", "d8 ff ff ff ") L44("5", "01", "5a 00 00 00 ") L44("6", "00", "c4 ff ff ff ")
      L44("7", "00", "a0 ff ff ff ") L44("8", "00", "16 00 00 00 ") L44("9", "00", "00 00 00 00 ")
      L44("a", "00", "64 00 00 00 ") WLAN_V4, V4 },
    { "00 00 00 41 00 00 00 90 " PRISM_LITTLE
      B41("1", "00", "00 00 03 e8 ") B41("2", "00", "00 00 07 d0 ") B41("3", "00", "00 00 00 0b ")
      B41("4", "00", "ff ff ff d8 ") B41("5", "01", "00 00 00 00 ") B41("6", "00", "ff ff ff c4 ")
      B41("7", "00", "ff ff ff a0 ") B41("8", "00", "00 00 00 04 ") B41("f", "00", "00 00 00 01 ")
      "00 00 a0 41 00 00 00 04 00 00 00 64 " WLAN_V4, V4 },
    { "44 00 00 00 90 00 00 00 " PRISM_LITTLE L44("1", "00", "e8 03 00 00 ") "44 00 02", NOTHING }, /* cut */
    { "80 21 10 01 00 00 00 40 00 00 00 00 00 00 03 e8 00 00 00 00 00 00 07 d0 00 00 00 04 00 00 00 06 00 00 00 6e "
      "00 00 00 01 00 00 00 02 00 00 00 02 ff ff ff d8 ff ff ff a1 00 00 00 01 00 00 00 01 " WLAN_V4, V4 },
    { NULL, END },
} };

#define AVS_TIMES "00 00 00 00 00 00 03 e8 00 00 00 00 00 00 07 d0 "
#define AVS_DBM "00 00 00 01 00 00 00 02 00 00 00 02 ff ff ff d8 ff ff ff a1 00 00 00 01 00 00 00 01 "

static const struct link avs = { 163, {
    { "80 21 10 01 00 00 00 40 " AVS_TIMES "00 00 00 04 00 00 00 06 00 00 00 6e " AVS_DBM WLAN_V4, V4 },
    { "80 21 10 02 00 00 00 50 " AVS_TIMES "00 00 00 06 00 00 09 6c 03 37 f9 80 " AVS_DBM "00 00 00 07 00 00 00 08 " AP
      "00 00 " WLAN_V4, V4 },
    { "80 21 10 01 00 00 00 40 " AVS_TIMES "00 00 00 01 01 02 03 00 00 00 00 14 00 00 00 01 00 00 00 02 00 00 00 01 "
      "00 00 00 32 00 00 00 0a 00 00 00 01 00 00 00 01 " WLAN_V4, V4 }, /* a radio that hops, normalized signal */
    { "80 21 10 01 00 00 00 40 " AVS_TIMES "00 00 00 08 00 00 00 24 00 00 02 1c 00 00 00 01 00 00 00 02 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 03 " WLAN_V4, V4 }, /* no signal */
    { "80 21 10 01 00 00 00 20 " AVS_TIMES, NOTHING },                  /* too short */
    { "80 21 10 01 00 00 01 00 " AVS_TIMES "00 00 00 04", NOTHING },    /* longer than the packet */
    { NULL, END },
} };

static const struct link rfc1483 = { 100, {
    { SNAP_V4, V4 },
    { SNAP_V6, V6 },
    { "aa aa 03 00 80 c2 00 07 00 00 ", ETHERNET }, /* bridged, without and with check sequence */
    { "aa aa 03 00 80 c2 00 01 00 00 ", ETHERNET },
    { "fe fe 03 cc ", V4 }, /* network layer protocol identifiers */
    { "fe fe 03 8e ", V6 },
    { "fe fe 03 cf 00 21 ", V4 },
    { "fe fe 03 80 00 00 00 08 00 ", V4 },
    { "fe fe 03 80 00 00 0c 20 00 ", NOTHING },
    { "fe fe 03 83 1b 01 00 14 01 00 00", NOTHING }, /* IS-IS */
    { "aa aa 03 00 80 c2 00 07 00", NOTHING },       /* cut */
    { NULL, END },
} };

static const struct link sunatm = { 123, {
    { "02 00 00 21 " SNAP_V4, V4 },
    { "82 05 00 21 " SNAP_V6, V6 }, /* sent */
    { "02 00 00 21 aa aa 03 00 80 c2 00 07 00 00 ", ETHERNET },
    { "01 00 00 22 00 01 ", ETHERNET },                                          /* LAN Emulation: data, control */
    { "81 00 00 22 ff 00 01 01 00 02 00 00 00 00 00 01 00 00 00 00", NOTHING },
    { "05 00 00 10 30 10 02 01 00", NOTHING },                                   /* ILMI, signalling */
    { "06 00 00 05 01 02 03 04", NOTHING },
    { "00 01 00 64 ", V4 }, /* one protocol to a circuit */
    { "00 01 00 64 ", V6 },
    { "00 01 00 64 ff", NOTHING },
    { "02 00 00", NOTHING },
    { NULL, END },
} };

static const struct link slip = { 8, {
    { "00 45 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ", V4 },
    { "01 75 03 00 00 00 00 00 00 00 00 00 00 00 00 00 ", V4 },
    { "01 c0 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ", V4 },
    { "00 60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ", V6 },
    { "02 45 00 00 00 00 00 00 00 00 00 00 00 00 00 00 11", NOTHING },
    { "00 45 00 00", NOTHING },
    { NULL, END },
} };

static const struct link ppp_pppd = { 166, {
    { "00 03 00 21 ", V4 },
    { "01 03 00 57 ", V6 },
    { "ff 03 00 21 ", V4 },
    { "01", NOTHING },
    { NULL, END },
} };

static const struct link ppp_with_dir = { 204, {
    { "00 ff 03 00 21 ", V4 },
    { "01 00 57 ", V6 },
    { "01 ff 03 c0 21 01 01 00 04", NOTHING },
    { NULL, END },
} };

static const struct link ppp_ether = { 51, {
    { "11 00 00 01 00 3d 00 21 ", V4 },
    { "11 09 00 00 00 04 01 01 00 00", NOTHING },
    { NULL, END },
} };

/* Frames without the check sequence: it is the last two bytes of them under link type 195. */
#define WPAN_FRAMES(fcs) {                                                                                           \
    { "41 88 01 cd ab ff ff 01 00 7a 33 3a" fcs, NOTHING },                                      /* data, one PAN */ \
    { "61 cc 05 cd ab 08 00 00 00 00 00 00 01 09 00 00 00 00 00 00 01 7a 33" fcs, NOTHING },     /* long addresses */ \
    { "02 00 07" fcs, NOTHING },                                                                                     \
    { "00 80 09 cd ab 01 00 cf 00 00 00" fcs, NOTHING },                                         /* a beacon */      \
    { "23 c8 02 cd ab 02 00 ff ff 01 00 00 00 00 00 00 09 01 8a" fcs, NOTHING },                 /* a command */     \
    { "49 98 03 cd ab ff ff 01 00 0d 05 00 00 00 01 aa bb cc dd" fcs, NOTHING },                 /* secured */       \
    { "49 98 04 cd ab ff ff 01 00 1d 06 00 00 00 11 12 13 14 15 16 17 18 02 aa bb cc dd" fcs, NOTHING },             \
    { "41 a8 01 cd ab ff ff 01 00 01" fcs, NOTHING },                                            /* edition of 2015 */ \
    { "01 a8 01 cd ab ff ff ce ab 01 00 01" fcs, NOTHING },                                                          \
    { "01 a1 cd ab ff ff 33" fcs, NOTHING },                                                     /* no sequence */   \
    { "01 ec 02 cd ab 08 00 00 00 00 00 00 01 09 00 00 00 00 00 00 01 33" fcs, NOTHING },                            \
    { "05 00 11 22 33" fcs, NOTHING },                                                           /* multipurpose */  \
    { "01 84 01 cd ab" fcs, NOTHING },                                                           /* no such mode */  \
    { "41 88 01 cd" fcs, NOTHING },                                                              /* too short */     \
    { "41", NOTHING },                                                                                               \
    { NULL, END },                                                                                                   \
}

static const struct link wpan = { 195, WPAN_FRAMES(" 12 34") };
static const struct link wpan_nofcs = { 230, WPAN_FRAMES("") };

#define OUT "4d 47 43 00 "
#define IN "4d 47 43 01 "

static const struct link juniper_ether = { 178, {
    { OUT, ETHERNET },
    { "4d 47 43 81 00 10 03 01 01 06 01 0e 01 02 8c 00 04 04 4b 01 00 00 ", ETHERNET }, /* extensions */
    { "4d 47 43 80 00 16 02 04 67 65 2d 30 05 01 07 07 01 04 08 01 11 81 02 aa bb 05 01 08 ", ETHERNET },
    { "4d 47 43 82 00 03 05 01 07 02 00 00 00 ", V4 }, /* no link layer */
    { "4d 47 43 03 06 00 00 00 ", V6 },
    { "4d 47 43 02 05 00 00 00 00 01 01 40 ", V4 },
    { "4d 47 43 80 00 04 01 05 ", NOTHING }, /* lengths beyond the packet and beyond the extensions */
    { "4d 47 43 80 00 04 01 05 aa bb ", ETHERNET },
    { "4d 47 44 00 ", ETHERNET }, /* another magic number */
    { NULL, END },
} };

static const struct link juniper_mlppp = { 130, {
    { OUT "00 01 00 21 ", V4 },
    { OUT "54 01 00 00 00 57 ", V6 },
    { OUT "47 00 00 00 00 00 00 08 ", V4 },
    { OUT "47 00 00 00 00 10 00 08 ", V6 },
    { OUT "47 00 00 00 00 20 00 08 00 01 01 40 ", V4 },
    { OUT "47 00 00 00 00 30 00 08 83 1b 01", NOTHING },
    { IN "47 00 00 00 0c 00 00 08 00 23 83 1b", NOTHING },
    { IN "ff 03 00 21 ", V4 },
    { IN "00 21 ", V4 },
    { IN "47 00 00", NOTHING },
    { NULL, END },
} };

static const struct link juniper_mlfr = { 131, {
    { OUT "01 00 03 cc ", V4 },
    { OUT "54 01 00 00 03 8e ", V6 },
    { OUT "47 00 00 00 00 00 00 08 ", V4 },
    { OUT "01 00 04 cc", NOTHING },
    { NULL, END },
} };

static const struct link juniper_mfr = { 134, {
    { OUT "00 00 00 01 03 cc ", V4 },
    { OUT "54 01 00 00 00 00 fe fe 03 cc ", V4 },
    { OUT "47 00 00 00 00 10 00 08 ", V6 },
    { IN "c0 03 00 01", NOTHING },
    { NULL, END },
} };

static const struct link juniper_es = { 132, {
    { OUT "00 01 40 05 00 00 10 00 0a 01 00 01 0a 01 00 02 ", V4 },
    { IN "00 01 40 09 01 02", NOTHING },
    { IN "00 01 40 04 00 00 10 00 0a", NOTHING },
    { NULL, END },
} };

static const struct link juniper_ggsn = { 133, {
    { OUT "01 00 02 00 00 05 00 00 ", V4 },
    { OUT "01 00 06 00 00 05 00 00 ", V6 },
    { OUT "01 00 09 00 00 05 00 00 ff", NOTHING },
    { NULL, END },
} };

static const struct link juniper_atm2 = { 135, {
    { OUT "00 00 00 00 00 00 00 00 " SNAP_V4, V4 },
    { OUT "00 00 00 00 00 00 00 00 aa aa 03 00 80 c2 00 07 00 00 ", ETHERNET },
    { OUT "00 00 00 00 00 00 00 00 fe fe 03 cc ", V4 },
    { OUT "00 00 00 00 00 00 00 00 03 cc ", V4 },
    { OUT "00 00 00 00 00 00 00 00 00 21 ", V4 },
    { OUT "00 00 00 00 00 00 00 00 ", V6 },
    { OUT "00 00 00 01 00 00 00 00 ", ETHERNET },
    { IN "00 00 00 01 00 00 00 00 ", V4 },
    { IN "00 00 00 00 00 00 00 10 18 01 6a 6a", NOTHING }, /* operation and maintenance */
    { NULL, END },
} };

static const struct link juniper_atm1 = { 137, {
    { OUT "00 00 00 01 " SNAP_V4, V4 },
    { OUT "00 00 00 01 fe fe 03 8e ", V6 },
    { OUT "00 00 00 01 03 cc ", V4 },
    { OUT "00 00 00 01 ", V4 },
    { IN "80 00 00 01 18 01 6a 6a", NOTHING },
    { IN "00 00", NOTHING },
    { NULL, END },
} };

static const struct link juniper_services = { 136, {
    { OUT "01 02 00 03 00 00 00 04 ", V4 },
    { OUT "01 02 00 03 00 00 00 04 ", V6 },
    { NULL, END },
} };
static const struct link juniper_monitor = { 164, { { OUT "01 00 00 02 00 00 00 03 ", V4 }, { NULL, END } } };
static const struct link juniper_pppoe = { 167, { { OUT, ETHERNET }, { NULL, END } } };
static const struct link juniper_pppoe_atm = { 168, { { OUT "88 64 11 00 00 01 00 3d 00 21 ", V4 }, { NULL, END } } };
static const struct link juniper_ppp = { 179, { { OUT "ff 03 00 21 ", V4 }, { NULL, END } } };
static const struct link juniper_frelay = { 180, { { OUT "18 41 03 cc ", V4 }, { NULL, END } } };
static const struct link juniper_chdlc = { 181, { { OUT "0f 00 08 00 ", V4 }, { NULL, END } } };
static const struct link juniper_vp = { 183, { { OUT ZEROS_16 "00 00 ", V4 }, { NULL, END } } };

static const struct link mtp2 = { 140, {
    { "9d 9d 20 85 02 40 00 90 0e 01", NOTHING },
    { "8a 0b 00", NOTHING },
    { "8a 8b 01 01", NOTHING },
    { "8a 8b", NOTHING },
    { NULL, END },
} };

static const struct link mstp = { 165, {
    { "55 ff 00 00 7e 00 00 a7", NOTHING },
    { "55 ff 01 01 00 00 00 73", NOTHING },
    { "55 ff 05 01 02 00 04 11 01 04 00 05 aa bb", NOTHING },
    { "55 ff 80 01 02 00 04 11 00 05 01 02 aa bb", NOTHING }, /* of a vendor */
    { "55 ff 06 ff 01 00 09 04 01 00", NOTHING },             /* shorter than its length */
    { "55 ff 80 01 02 00 01 11 00 aa bb", NOTHING },          /* no room for a vendor */
    { "55 ff 06", NOTHING },
    { NULL, END },
} };

const struct sample rare_samples[] = {
    { "link/prism.pcap", "Prism headers in both byte orders, cut; AVS under the same link type", write_frames, &prism },
    { "link/avs.pcap", "AVS: both revisions, hopping radio, units of the signal; wrong lengths", write_frames, &avs },
    { "link/atm-rfc1483.pcap", "RFC 1483: SNAP, bridged Ethernet, network layer identifiers, cut", write_frames,
      &rfc1483 },
    { "link/sunatm.pcap", "SunATM: LLC, LAN Emulation, ILMI, signalling, plain IP, cut", write_frames, &sunatm },
    { "link/slip.pcap", "SLIP: plain, uncompressed and compressed on the line, cut", write_frames, &slip },
    { "link/ppp-pppd.pcap", "PPP with the direction in place of the address", write_frames, &ppp_pppd },
    { "link/ppp-dir.pcap", "PPP with the direction before it", write_frames, &ppp_with_dir },
    { "link/ppp-ether.pcap", "PPPoE without Ethernet", write_frames, &ppp_ether },
    { "link/wpan.pcap", "802.15.4: frames of each type, addresses, security, editions, wrong", write_frames, &wpan },
    { "link/wpan-nofcs.pcap", "the same without check sequences", write_frames, &wpan_nofcs },
    { "link/juniper-ether.pcap", "Juniper: extensions, no link layer, wrong lengths", write_frames, &juniper_ether },
    { "link/juniper-mlppp.pcap", "Juniper: multilink PPP, cookies of each kind", write_frames, &juniper_mlppp },
    { "link/juniper-mlfr.pcap", "Juniper: multilink Frame Relay", write_frames, &juniper_mlfr },
    { "link/juniper-mfr.pcap", "Juniper: multilink Frame Relay of FRF.16", write_frames, &juniper_mfr },
    { "link/juniper-es.pcap", "Juniper: encryption services", write_frames, &juniper_es },
    { "link/juniper-ggsn.pcap", "Juniper: GGSN", write_frames, &juniper_ggsn },
    { "link/juniper-atm1.pcap", "Juniper: the first ATM card", write_frames, &juniper_atm1 },
    { "link/juniper-atm2.pcap", "Juniper: the second ATM card", write_frames, &juniper_atm2 },
    { "link/juniper-services.pcap", "Juniper: adaptive services", write_frames, &juniper_services },
    { "link/juniper-monitor.pcap", "Juniper: monitoring services", write_frames, &juniper_monitor },
    { "link/juniper-pppoe.pcap", "Juniper: PPPoE", write_frames, &juniper_pppoe },
    { "link/juniper-pppoe-atm.pcap", "Juniper: PPPoE over ATM", write_frames, &juniper_pppoe_atm },
    { "link/juniper-ppp.pcap", "Juniper: PPP", write_frames, &juniper_ppp },
    { "link/juniper-frelay.pcap", "Juniper: Frame Relay", write_frames, &juniper_frelay },
    { "link/juniper-chdlc.pcap", "Juniper: Cisco HDLC", write_frames, &juniper_chdlc },
    { "link/juniper-vp.pcap", "Juniper: voice services", write_frames, &juniper_vp },
    { "link/mtp2.pcap", "MTP2: a message, a fill-in unit, a status unit, cut", write_frames, &mtp2 },
    { "link/mstp.pcap", "BACnet MS/TP: token, data, of a vendor, wrong lengths", write_frames, &mstp },
    { NULL, NULL, NULL, NULL },
};
