/*
 * slarp.c - Serial Line Address Resolution Protocol, in Cisco's HDLC: addresses and keepalives.
 *
 *   type 4 | address 4, netmask 4                                     types 0 and 1
 *   type 4 | own sequence 4, sequence last received 4, 0xffff 2       type 2
 */
#include "dissectors/header.h"

enum { PTYPE, ADDRESS, NETMASK, MINE, YOURS, RELIABILITY };
enum { REQUEST, REPLY, KEEPALIVE };

static const struct tl_name types[] = {
    { REQUEST, "Request" }, { REPLY, "Reply" }, { KEEPALIVE, "Line keepalive" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [PTYPE] = { "slarp.ptype", "Packet type", .type = TL_U32, .names = types },
    [ADDRESS] = { "slarp.address", "Address", .type = TL_IPV4 },
    [NETMASK] = { "slarp.netmask", "Netmask", .type = TL_IPV4 },
    [MINE] = { "slarp.mysequence", "Sequence number of the sender", .type = TL_U32 },
    [YOURS] = { "slarp.yoursequence", "Last sequence number received", .type = TL_U32 },
    [RELIABILITY] = { "slarp.reliability", "Reliability", .type = TL_U16, .base = TL_HEX },
};

static enum tl_status slarp_dissect(struct tl_dissection *d)
{
    uint32_t type = tl_u32(d, PTYPE);
    if (type == REQUEST || type == REPLY) {
        tl_ipv4(d, ADDRESS);
        tl_ipv4(d, NETMASK);
    } else if (type == KEEPALIVE) {
        tl_u32(d, MINE);
        tl_u32(d, YOURS);
        tl_u16(d, RELIABILITY);
    }
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_slarp = {
    .name = "slarp",
    .title = "Cisco SLARP",
    .kind = TL_KIND_LAYER,
    .info = "SLARP {ptype}[ {address}][ Seq={mysequence}][ Received={yoursequence}]",
    .dissect = slarp_dissect,
    TL_TABLE(fields),
};
