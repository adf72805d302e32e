/*
 * radiotap.c - radiotap, the capture information of an IEEE 802.11 frame (radiotap.org). Little-endian. Bit words say
 * which fields are present. The fields are in a fixed order, aligned to their size from the first byte of the header.
 */
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { VERSION, PAD, LENGTH, PRESENT, TIME, FLAGS, PREAMBLE, WEP, FRAGMENTED, FCS, DATA_PAD, BAD_FCS, FREQUENCY, SIGNAL };
static const struct tl_field fields[] = {
    [VERSION] = { "radiotap.version", "Version", .type = TL_U8 },
    [PAD] = { "radiotap.pad", "Padding", .type = TL_U8 },
    [LENGTH] = { "radiotap.length", "Header length", .type = TL_U16, .unit = "bytes" },
    [PRESENT] = { "radiotap.present.word", "Fields there", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [TIME] = { "radiotap.mactime", "Time of arrival", .type = TL_U64, .unit = "microseconds" },
    [FLAGS] = { "radiotap.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [PREAMBLE] = { "radiotap.flags.preamble", "Short preamble", .type = TL_BOOL, .mask = 0x02 },
    [WEP] = { "radiotap.flags.wep", "Encrypted with WEP", .type = TL_BOOL, .mask = 0x04 },
    [FRAGMENTED] = { "radiotap.flags.frag", "Fragmented", .type = TL_BOOL, .mask = 0x08 },
    [FCS] = { "radiotap.flags.fcs", "Check sequence at the end", .type = TL_BOOL, .mask = 0x10 },
    [DATA_PAD] = { "radiotap.flags.datapad", "Padding after the frame's header", .type = TL_BOOL, .mask = 0x20 },
    [BAD_FCS] = { "radiotap.flags.badfcs", "Check sequence is wrong", .type = TL_BOOL, .mask = 0x40 },
    [FREQUENCY] = { "radiotap.channel.freq", "Channel frequency", .type = TL_U32, .unit = "MHz" },
    [SIGNAL] = { "radiotap.dbm_antsignal", "Signal", .type = TL_I32, .unit = "dBm" },
};

enum { HEADER = 8, FCS_SIZE = 4, HAS_FCS = 0x10 };

/* The bits of the first word, in the order of their fields. */
enum { HAS_TIME = 0x01, HAS_FLAGS = 0x02, HAS_RATE = 0x04, HAS_CHANNEL = 0x08, HAS_HOPPING = 0x10, HAS_SIGNAL = 0x20 };
#define HAS_MORE_WORDS 0x80000000u

static void align(struct tl_dissection *d, uint32_t size)
{
    uint32_t over = (d->c.off - d->start) % size;
    if (over != 0)
        tl_skip(d, size - over);
}

static void channel(struct tl_dissection *d)
{
    align(d, 2);
    tl_le16(d, FREQUENCY);
    tl_skip(d, 2); /* flags */
}

static void signal(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add(d, SIGNAL, d->c.off - 1, 1, (uint64_t)(int64_t)(int8_t)p[0]);
}

/* Reads the fields of the first word, up to the signal. Returns the flags. */
static uint8_t first_fields(struct tl_dissection *d, uint32_t present)
{
    uint8_t flags = 0;
    if ((present & HAS_TIME) != 0) {
        align(d, 8);
        tl_le64(d, TIME);
    }
    if ((present & HAS_FLAGS) != 0) {
        flags = tl_u8(d, FLAGS);
        if (tl_ok(d))
            tl_add_all_bits(d, PREAMBLE, BAD_FCS, d->c.off - 1, 1, flags);
    }
    if ((present & HAS_RATE) != 0)
        tl_skip(d, 1);
    if ((present & HAS_CHANNEL) != 0)
        channel(d);
    if ((present & HAS_HOPPING) != 0)
        tl_skip(d, 2);
    if ((present & HAS_SIGNAL) != 0)
        signal(d);
    return flags;
}

static enum tl_status radiotap_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    tl_u8(d, PAD);
    uint32_t len = tl_le16(d, LENGTH);
    if (tl_ok(d) && len < HEADER) {
        tl_bad(d);
        return d->c.status;
    }
    struct tl_part header = tl_part_begin(d, len - (d->c.off - d->start));
    uint32_t present = tl_le32(d, PRESENT), word = present;
    while (tl_ok(d) && (word & HAS_MORE_WORDS) != 0)
        word = tl_le32(d, PRESENT);
    uint8_t flags = first_fields(d, present);
    tl_part_end(d, header);
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (tl_ok(d) && (flags & HAS_FCS) != 0 && left >= FCS_SIZE)
        tl_limit(d, d->c.off - d->start + left - FCS_SIZE, 0);
    return tl_next_protocol(d, &tl_protocol_wlan);
}

const struct tl_protocol tl_protocol_radiotap = {
    .name = "radiotap",
    .title = "Radiotap",
    .kind = TL_KIND_LAYER,
    .info = "Radiotap[ {channel.freq} MHz][ {dbm_antsignal} dBm]",
    .dissect = radiotap_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 127 } },
};
