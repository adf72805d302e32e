/*
 * prism.c - the header of Prism's monitor mode before an IEEE 802.11 frame (LINKTYPE_IEEE802_11_PRISM): 144 bytes in
 * the byte order of the host that captured. Each value has a number, a status and a length. Some drivers write the
 * header of AVS instead, also under this link type.
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { CODE, LENGTH, DEVICE, DID, TYPE, STATUS, SIZE, HOST_TIME, MAC_TIME, CHANNEL, RSSI, QUALITY, SIGNAL, NOISE, RATE,
       SENT, FRAME_LENGTH, UNKNOWN };

static const struct tl_name statuses[] = { { 0, "Supplied" }, { 1, "Not supplied" }, { 0, NULL } };

static const struct tl_field fields[] = {
    [CODE] = { "prism.msgcode", "Message code", .type = TL_U32, .base = TL_HEX },
    [LENGTH] = { "prism.msglen", "Message length", .type = TL_U32, .unit = "bytes" },
    [DEVICE] = { "prism.devname", "Device", .type = TL_TEXT },
    [DID] = { "prism.did", "Value", .type = TL_GROUP, .flags = TL_REPEATS },
    [TYPE] = { "prism.did.type", "Number", .type = TL_U32, .base = TL_HEX },
    [STATUS] = { "prism.did.status", "Status", .type = TL_U16, .names = statuses },
    [SIZE] = { "prism.did.length", "Length", .type = TL_U16, .unit = "bytes" },
    [HOST_TIME] = { "prism.did.hosttime", "Time of the host", .type = TL_U32 },
    [MAC_TIME] = { "prism.did.mactime", "Time of arrival", .type = TL_U32 },
    [CHANNEL] = { "prism.did.channel", "Channel", .type = TL_U32 },
    [RSSI] = { "prism.did.rssi", "Received signal strength", .type = TL_I32 },
    [QUALITY] = { "prism.did.sq", "Signal quality", .type = TL_U32 },
    [SIGNAL] = { "prism.did.signal", "Signal", .type = TL_I32 },
    [NOISE] = { "prism.did.noise", "Noise", .type = TL_I32 },
    [RATE] = { "prism.did.rate", "Data rate", .type = TL_U32, .unit = "x 500 kbit/s" },
    [SENT] = { "prism.did.istx", "Sent", .type = TL_U32, .base = TL_HEX },
    [FRAME_LENGTH] = { "prism.did.frmlen", "Frame length", .type = TL_U32, .unit = "bytes" },
    [UNKNOWN] = { "prism.did.unknown", "Unknown", .type = TL_U32, .base = TL_HEX },
};

/*
 * A number is one of 1 to 10, in the order of the fields above, and a code for the driver: 0x00010044 of one kind of
 * driver is 0x1041 of another.
 */
enum { CODE_SHIFTED_12 = 0x41, CODE_SHIFTED_16 = 0x44, VALUES = 10, NAME = 16, NUMBERS_MASK = 0xfff };

#define AVS_MAGIC 0x80211000u

static unsigned field_of(uint32_t number)
{
    uint32_t n = 0;
    if ((number & 0xffff) == CODE_SHIFTED_16)
        n = number >> 16;
    else if ((number & NUMBERS_MASK) == CODE_SHIFTED_12)
        n = number >> 12;
    return n >= 1 && n <= VALUES ? HOST_TIME + n - 1 : UNKNOWN;
}

static uint32_t word(struct tl_dissection *d, bool big, unsigned field)
{
    return big ? tl_u32(d, field) : tl_le32(d, field);
}

static uint16_t half(struct tl_dissection *d, bool big, unsigned field)
{
    return big ? tl_u16(d, field) : tl_le16(d, field);
}

static void value(struct tl_dissection *d, bool big)
{
    uint32_t group = tl_group(d, DID);
    unsigned field = field_of(word(d, big, TYPE));
    bool supplied = half(d, big, STATUS) == 0;
    half(d, big, SIZE);
    if (supplied)
        word(d, big, field);
    else
        tl_skip(d, 4);
    tl_group_end(d, group);
}

static void device(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, NAME);
    if (p == NULL)
        return;
    const uint8_t *zero = memchr(p, 0, NAME);
    tl_add_text(d, DEVICE, d->c.off - NAME, NAME, p, zero != NULL ? (uint32_t)(zero - p) : NAME);
}

static enum tl_status prism_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    uint32_t code = p != NULL ? tl_load_be32(p) : 0;
    if ((code & 0xfffff000u) == AVS_MAGIC)
        return tl_next_protocol(d, &tl_protocol_wlancap);
    bool big = code == CODE_SHIFTED_12 || code == CODE_SHIFTED_16;
    word(d, big, CODE);
    word(d, big, LENGTH);
    device(d);
    for (unsigned i = 0; i < VALUES && tl_ok(d); i++)
        value(d, big);
    return tl_next_protocol(d, &tl_protocol_wlan);
}

const struct tl_protocol tl_protocol_prism = {
    .name = "prism",
    .title = "Prism capture header",
    .kind = TL_KIND_LAYER,
    .info = "Prism[ channel {did.channel}][ RSSI {did.rssi}]",
    .dissect = prism_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 119 } },
};
