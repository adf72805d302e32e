/* ipnet.c - Solaris IP observability (LINKTYPE_IPNET): dl_ipnetinfo_t before an IP packet, in network order. */
#include "dissectors/header.h"

enum { VERSION, FAMILY, HOOK, LENGTH, INTERFACE, GROUP, ZONE_SRC, ZONE_DST };

enum { FAMILY_INET = 2, FAMILY_INET6 = 26 };
static const struct tl_name families[] = { { FAMILY_INET, "IPv4" }, { FAMILY_INET6, "IPv6" }, { 0, NULL } };
static const struct tl_name hooks[] = { { 0, "Inbound" }, { 1, "Outbound" }, { 2, "Local" }, { 0, NULL } };

static const struct tl_field fields[] = {
    [VERSION] = { "ipnet.version", "Header version", .type = TL_U8 },
    [FAMILY] = { "ipnet.family", "Address family", .type = TL_U8, .names = families },
    [HOOK] = { "ipnet.htype", "Hook type", .type = TL_U16, .names = hooks },
    [LENGTH] = { "ipnet.pktlen", "Data length", .type = TL_U32, .unit = "bytes" },
    [INTERFACE] = { "ipnet.ifindex", "Interface", .type = TL_U32 },
    [GROUP] = { "ipnet.grifindex", "Group interface", .type = TL_U32 },
    [ZONE_SRC] = { "ipnet.zsrc", "Source zone", .type = TL_U32 },
    [ZONE_DST] = { "ipnet.zdst", "Destination zone", .type = TL_U32 },
};

static enum tl_status ipnet_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    uint8_t family = tl_u8(d, FAMILY);
    tl_u16(d, HOOK);
    tl_u32(d, LENGTH);
    tl_u32(d, INTERFACE);
    tl_u32(d, GROUP);
    tl_u32(d, ZONE_SRC);
    tl_u32(d, ZONE_DST);
    if (family == FAMILY_INET)
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    return family == FAMILY_INET6 ? tl_next(d, TL_ON_ETHERTYPE, 0x86dd) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_ipnet = {
    .name = "ipnet",
    .title = "Solaris IPNET",
    .kind = TL_KIND_LAYER,
    .info = "IPNET[ {htype}][ on interface {ifindex}]",
    .dissect = ipnet_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 226 } },
};
