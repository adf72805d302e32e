/*
 * wlancap.c - AVS, the capture information of an IEEE 802.11 frame in drivers of linux-wlan-ng (LINKTYPE
 * IEEE802_11_AVS). Big-endian; two revisions.
 */
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { MAGIC, VERSION, LENGTH, MAC_TIME, HOST_TIME, PHY, HOP_SET, HOP_PATTERN, HOP_INDEX, CHANNEL, FREQUENCY, RATE,
       ANTENNA, PRIORITY, SSI, NORM_SIGNAL, DBM_SIGNAL, RAW_SIGNAL, NORM_NOISE, DBM_NOISE, RAW_NOISE, PREAMBLE,
       ENCODING, SEQUENCE, DROPS, RECEIVER, PADDING };

static const struct tl_name phys[] = {
    { 1, "FHSS" },    { 2, "FHSS" },         { 3, "DSSS" },    { 4, "DSSS 802.11b" },     { 5, "PBCC 802.11b" },
    { 6, "802.11g" }, { 7, "PBCC 802.11g" }, { 8, "802.11a" }, { 9, "802.11a, turbo" }, { 0, NULL },
};
enum { NORMALIZED = 1, DBM, RAW };
static const struct tl_name ssis[] = {
    { 0, "None" }, { NORMALIZED, "Normalized" }, { DBM, "dBm" }, { RAW, "Raw" }, { 0, NULL },
};
static const struct tl_name preambles[] = { { 1, "Short" }, { 2, "Long" }, { 0, NULL } };
static const struct tl_name encodings[] = {
    { 1, "CCK" }, { 2, "PBCC" }, { 3, "OFDM" }, { 4, "DSSS-OFDM" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [MAGIC] = { "wlancap.magic", "Magic number", .type = TL_U32, .base = TL_HEX, .mask = 0xfffffff0 },
    [VERSION] = { "wlancap.version", "Revision", .type = TL_U32, .mask = 0x0000000f },
    [LENGTH] = { "wlancap.length", "Header length", .type = TL_U32, .unit = "bytes" },
    [MAC_TIME] = { "wlancap.mactime", "Time of arrival", .type = TL_U64, .unit = "microseconds" },
    [HOST_TIME] = { "wlancap.hosttime", "Time of the host", .type = TL_U64 },
    [PHY] = { "wlancap.phytype", "Physical layer", .type = TL_U32, .names = phys },
    [HOP_SET] = { "wlancap.fhss.hop_set", "Hop set", .type = TL_U8, .base = TL_HEX },
    [HOP_PATTERN] = { "wlancap.fhss.hop_pattern", "Hop pattern", .type = TL_U8, .base = TL_HEX },
    [HOP_INDEX] = { "wlancap.fhss.hop_index", "Hop index", .type = TL_U8, .base = TL_HEX },
    [CHANNEL] = { "wlancap.channel", "Channel", .type = TL_U8 },
    [FREQUENCY] = { "wlancap.channel_frequency", "Channel frequency", .type = TL_U32,
                    .help = "In MHz; in kHz if it is above 10,000" },
    [RATE] = { "wlancap.data_rate", "Data rate", .type = TL_U64, .unit = "bit/s" },
    [ANTENNA] = { "wlancap.antenna", "Antenna", .type = TL_U32 },
    [PRIORITY] = { "wlancap.priority", "Priority", .type = TL_U32 },
    [SSI] = { "wlancap.ssi_type", "Unit of the signal", .type = TL_U32, .names = ssis },
    [NORM_SIGNAL] = { "wlancap.normrssi_antsignal", "Signal, normalized", .type = TL_U32 },
    [DBM_SIGNAL] = { "wlancap.dbm_antsignal", "Signal", .type = TL_I32, .unit = "dBm" },
    [RAW_SIGNAL] = { "wlancap.rawrssi_antsignal", "Signal, raw", .type = TL_U32 },
    [NORM_NOISE] = { "wlancap.normrssi_antnoise", "Noise, normalized", .type = TL_U32 },
    [DBM_NOISE] = { "wlancap.dbm_antnoise", "Noise", .type = TL_I32, .unit = "dBm" },
    [RAW_NOISE] = { "wlancap.rawrssi_antnoise", "Noise, raw", .type = TL_U32 },
    [PREAMBLE] = { "wlancap.preamble", "Preamble", .type = TL_U32, .names = preambles },
    [ENCODING] = { "wlancap.encoding", "Encoding", .type = TL_U32, .names = encodings },
    [SEQUENCE] = { "wlancap.sequence", "Number of the frame", .type = TL_U32 },
    [DROPS] = { "wlancap.drops", "Dropped frames", .type = TL_U32 },
    [RECEIVER] = { "wlancap.receiver_addr", "Receiver", .type = TL_MAC },
    [PADDING] = { "wlancap.padding", "Padding", .type = TL_BYTES },
};

enum { PHY_FHSS_97 = 1, PHY_FHSS = 2, CHANNEL_MAX = 255, BIT_RATE_MIN = 100000, UNIT = 100000, SECOND_REVISION = 2 };
enum { HEADER = 64, BEFORE = 8 /* magic number and length */ };

/* A channel, a frequency, or where a radio that hops is: set, pattern, index, each a byte. */
static void channel(struct tl_dissection *d, uint32_t phy)
{
    if (phy == PHY_FHSS || phy == PHY_FHSS_97) {
        tl_u8(d, HOP_SET);
        tl_u8(d, HOP_PATTERN);
        tl_u8(d, HOP_INDEX);
        tl_skip(d, 1);
        return;
    }
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL)
        tl_add(d, tl_load_be32(p) > CHANNEL_MAX ? FREQUENCY : CHANNEL, d->c.off - 4, 4, tl_load_be32(p));
}

/* Old drivers count 100 kbit/s, later ones bit/s. */
static void rate(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return;
    uint64_t value = tl_load_be32(p);
    tl_add(d, RATE, d->c.off - 4, 4, value < BIT_RATE_MIN ? value * UNIT : value);
}

static void level(struct tl_dissection *d, uint32_t unit, unsigned first)
{
    if (unit < NORMALIZED || unit > RAW) {
        tl_skip(d, 4);
        return;
    }
    tl_u32(d, first + (unit - NORMALIZED));
}

static void body(struct tl_dissection *d, uint32_t version)
{
    tl_u64(d, MAC_TIME);
    tl_u64(d, HOST_TIME);
    channel(d, tl_u32(d, PHY));
    rate(d);
    tl_u32(d, ANTENNA);
    tl_u32(d, PRIORITY);
    uint32_t unit = tl_u32(d, SSI);
    level(d, unit, NORM_SIGNAL);
    level(d, unit, NORM_NOISE);
    tl_u32(d, PREAMBLE);
    tl_u32(d, ENCODING);
    if (version < SECOND_REVISION)
        return;
    tl_u32(d, SEQUENCE);
    tl_u32(d, DROPS);
    tl_mac(d, RECEIVER);
    tl_run(d, PADDING, 2);
}

static enum tl_status wlancap_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    uint32_t version = p != NULL ? tl_load_be32(p) & 0xf : 0;
    if (p != NULL)
        tl_add_all_bits(d, MAGIC, VERSION, d->c.off - 4, 4, tl_load_be32(p));
    uint32_t len = tl_u32(d, LENGTH);
    if (tl_ok(d) && len < HEADER)
        tl_bad(d);
    struct tl_part header = tl_part_enter(d, tl_ok(d) ? len - BEFORE : 0);
    if (header.open)
        body(d, version);
    tl_part_leave(d, header);
    return tl_next_protocol(d, &tl_protocol_wlan);
}

const struct tl_protocol tl_protocol_wlancap = {
    .name = "wlancap",
    .title = "AVS capture information",
    .kind = TL_KIND_LAYER,
    .info = "AVS[ channel {channel}][ {channel_frequency} MHz][ {dbm_antsignal} dBm]",
    .dissect = wlancap_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 163 } },
};
