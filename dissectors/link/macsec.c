/*
 * macsec.c - the security tag of MACsec (IEEE 802.1AE, clause 9), and what it protects when that is not encrypted.
 *
 *   V ES SC SCB E C 6 bits, AN 2 | short length 1 | packet number 4 | SCI: MAC 6, port 2, if SC | data | ICV
 */
#include "dissectors/header.h"

enum { TCI, VERSION, ES, SC, SCB, ENCRYPTED, CHANGED, AN, SHORT_LENGTH, NUMBER, SYSTEM, PORT, TYPE, ICV };
static const struct tl_field fields[] = {
    [TCI] = { "macsec.TCI", "Control", .type = TL_U8, .base = TL_HEX, .mask = 0xfc },
    [VERSION] = { "macsec.TCI.V", "Version", .type = TL_U8, .base = TL_HEX, .mask = 0x80 },
    [ES] = { "macsec.TCI.ES", "End station", .type = TL_BOOL, .mask = 0x40 },
    [SC] = { "macsec.TCI.SC", "Channel identifier is present", .type = TL_BOOL, .mask = 0x20 },
    [SCB] = { "macsec.TCI.SCB", "Single copy broadcast", .type = TL_BOOL, .mask = 0x10 },
    [ENCRYPTED] = { "macsec.TCI.E", "Encrypted", .type = TL_BOOL, .mask = 0x08 },
    [CHANGED] = { "macsec.TCI.C", "Changed text", .type = TL_BOOL, .mask = 0x04 },
    [AN] = { "macsec.AN", "Association number", .type = TL_U8, .base = TL_HEX, .mask = 0x03 },
    [SHORT_LENGTH] = { "macsec.SL", "Short length", .type = TL_U8, .unit = "bytes",
                       .help = "Of the data, if there are fewer than 48 bytes" },
    [NUMBER] = { "macsec.PN", "Packet number", .type = TL_U32 },
    [SYSTEM] = { "macsec.SCI.system_identifier", "System identifier", .type = TL_MAC },
    [PORT] = { "macsec.SCI.port_identifier", "Port identifier", .type = TL_U16 },
    [TYPE] = { "macsec.etype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [ICV] = { "macsec.ICV", "Integrity check value", .type = TL_BYTES },
};

/* The length of the ICV is that of the default cipher suite (clause 14.5). */
enum { HAS_VERSION = 0x80, HAS_SCI = 0x20, IS_ENCRYPTED = 0x08, IS_CHANGED = 0x04, ICV_LENGTH = 16, TYPE_LENGTH = 2 };

/* Reads the ICV `ahead` bytes from the cursor, which does not move. A cut ICV is not shown. */
static void check_value(struct tl_dissection *d, uint32_t ahead, uint32_t len)
{
    struct tl_cursor at = d->c;
    tl_skip(d, ahead);
    if (len > 0)
        tl_run(d, ICV, len);
    d->c = at;
}

static enum tl_status macsec_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t tci = p != NULL ? p[0] : 0;
    if (p != NULL)
        tl_add_all_bits(d, TCI, AN, d->c.off - 1, 1, tci);
    uint32_t len = tl_u8(d, SHORT_LENGTH);
    tl_u32(d, NUMBER);
    if ((tci & HAS_SCI) != 0) {
        tl_mac(d, SYSTEM);
        tl_u16(d, PORT);
    }
    if (!tl_ok(d) || (tci & HAS_VERSION) != 0)
        return tl_next_data(d);
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (len == 0)
        len = left > ICV_LENGTH ? left - ICV_LENGTH : left;
    else if (len > left) {
        tl_bad(d);
        return d->c.status;
    }
    check_value(d, len, left - len < ICV_LENGTH ? left - len : ICV_LENGTH);
    tl_limit(d, d->c.off - d->start + len, 0);
    if ((tci & (IS_ENCRYPTED | IS_CHANGED)) != 0 || len < TYPE_LENGTH)
        return tl_next_data(d);
    return tl_next_type_or_length(d, TYPE, TYPE, TYPE);
}

const struct tl_protocol tl_protocol_macsec = {
    .name = "macsec",
    .title = "MACsec",
    .kind = TL_KIND_LAYER,
    .info = "MACsec packet {PN} AN {AN}[ {SCI.system_identifier}][ {etype}]",
    .dissect = macsec_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x88e5 } },
};
