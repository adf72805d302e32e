/*
 * dsa.c - Ethernet with the tag of a switch chip, as captured on its port to the CPU: Marvell's (LINKTYPE_DSA_TAG_DSA
 * and _EDSA of libpcap), Broadcom's (LINKTYPE_DSA_TAG_BRCM and _BRCM_PREPEND).
 *
 *   DSA      addresses 12 | tag 4 | type 2
 *   EDSA     addresses 12 | 0xdada 2 | reserved 2 | tag 4 | type 2
 *   BRCM     addresses 12 | tag 4 | type 2
 *   prepend  tag 4 | addresses 12 | type 2
 *
 *   Marvell's tag    mode 2 bits, tagged 1, device 5, port 5, trunk 1, reserved 2, priority 3, reserved 1, VLAN 12
 *   Broadcom's tag   operation 3 bits, class 3, reserved 10, reason 8, reserved 3, port 5
 */
#include "dissectors/header.h"

enum { DST, SRC, TYPE, LEN, MODE, TAGGED, DEVICE, PORT, TRUNK, PRIORITY, VLAN, OPCODE, CLASS, REASON, CHIP_PORT };

static const struct tl_name modes[] = {
    { 0, "To the CPU" }, { 1, "From the CPU" }, { 2, "To a monitor" }, { 3, "Forward" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [DST] = { "eth.dst", "Destination", .type = TL_MAC, .flags = TL_DESTINATION },
    [SRC] = { "eth.src", "Source", .type = TL_MAC, .flags = TL_SOURCE },
    [TYPE] = { "eth.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [LEN] = { "eth.len", "Length", .type = TL_U16, .unit = "bytes", .help = "Of an 802.2 frame" },
    [MODE] = { "dsa.mode", "Mode", .type = TL_U32, .mask = 0xc0000000, .names = modes },
    [TAGGED] = { "dsa.tagged", "The frame had a VLAN tag", .type = TL_BOOL, .mask = 0x20000000 },
    [DEVICE] = { "dsa.device", "Device", .type = TL_U32, .mask = 0x1f000000 },
    [PORT] = { "dsa.port", "Port", .type = TL_U32, .mask = 0x00f80000 },
    [TRUNK] = { "dsa.trunk", "Trunk", .type = TL_BOOL, .mask = 0x00040000 },
    [PRIORITY] = { "dsa.priority", "Priority", .type = TL_U32, .mask = 0x0000e000 },
    [VLAN] = { "dsa.vlan", "VLAN", .type = TL_U32, .mask = 0x00000fff },
    [OPCODE] = { "dsa.brcm.opcode", "Operation", .type = TL_U32, .mask = 0xe0000000 },
    [CLASS] = { "dsa.brcm.class", "Traffic class", .type = TL_U32, .mask = 0x1c000000 },
    [REASON] = { "dsa.brcm.reason", "Reason", .type = TL_U32, .base = TL_HEX, .mask = 0x0000ff00 },
    [CHIP_PORT] = { "dsa.brcm.port", "Port", .type = TL_U32, .mask = 0x0000001f },
};

enum { IS_TAGGED = 0x20000000, VLAN_BITS = 0xfff };

static void addresses(struct tl_dissection *d)
{
    const uint8_t *dst = tl_mac(d, DST), *src = tl_mac(d, SRC);
    if (src != NULL && d->frame->l2_src == NULL) {
        d->frame->l2_src = src;
        d->frame->l2_dst = dst;
    }
}

static uint32_t tag(struct tl_dissection *d, unsigned first, unsigned last)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return 0;
    tl_add_all_bits(d, first, last, d->c.off - 4, 4, tl_load_be32(p));
    return tl_load_be32(p);
}

/* A tag of the frame itself is a part of Marvell's: it is a fact of the flow as one of 802.1Q is. */
static enum tl_status marvell(struct tl_dissection *d, uint32_t before)
{
    addresses(d);
    tl_skip(d, before);
    uint32_t whole = tag(d, MODE, VLAN);
    if ((whole & IS_TAGGED) != 0 && d->frame->vlan == 0)
        d->frame->vlan = (uint16_t)((whole & VLAN_BITS) + 1);
    return tl_next_type_or_length(d, TYPE, LEN, TYPE);
}

static enum tl_status dsa_dissect(struct tl_dissection *d)
{
    return marvell(d, 0);
}

static enum tl_status edsa_dissect(struct tl_dissection *d)
{
    return marvell(d, 4);
}

static enum tl_status dsa_brcm_dissect(struct tl_dissection *d)
{
    addresses(d);
    (void)tag(d, OPCODE, CHIP_PORT);
    return tl_next_type_or_length(d, TYPE, LEN, TYPE);
}

static enum tl_status dsa_brcm_prepend_dissect(struct tl_dissection *d)
{
    (void)tag(d, OPCODE, CHIP_PORT);
    addresses(d);
    return tl_next_type_or_length(d, TYPE, LEN, TYPE);
}

#define INFO "{eth.src} > {eth.dst}[ {dsa.mode} port {dsa.port}][ port {dsa.brcm.port}][ {eth.type}]"

const struct tl_protocol tl_protocol_dsa = {
    .name = "dsa",
    .title = "Ethernet with Marvell's tag",
    .kind = TL_KIND_LAYER,
    .info = INFO,
    .dissect = dsa_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 284 } },
};

const struct tl_protocol tl_protocol_edsa = {
    .name = "edsa",
    .title = "Ethernet with Marvell's tag and a type",
    .kind = TL_KIND_LAYER,
    .info = INFO,
    .dissect = edsa_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 285 } },
};

const struct tl_protocol tl_protocol_dsa_brcm = {
    .name = "dsa_brcm",
    .title = "Ethernet with Broadcom's tag",
    .kind = TL_KIND_LAYER,
    .info = INFO,
    .dissect = dsa_brcm_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 281 } },
};

const struct tl_protocol tl_protocol_dsa_brcm_prepend = {
    .name = "dsa_brcm_prepend",
    .title = "Broadcom's tag before Ethernet",
    .kind = TL_KIND_LAYER,
    .info = INFO,
    .dissect = dsa_brcm_prepend_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 282 } },
};
