/* shard_link.c - passes link layers, to what may be IP; the dissectors of the same names say what the bytes are. */
#include "pipeline/shard_link.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, PPP = 0x880b, ETHERNET = 0x6558, TYPE_FIRST = 1536, SLARP = 0x8035 };

static uint16_t be16(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 2);
    return p != NULL ? tl_load_be16(p) : 0;
}

/* A type of which Cisco's encapsulations say something else than Ethernet. */
static uint16_t cisco_type(struct tl_cursor *c)
{
    uint16_t type = be16(c);
    return type >= TYPE_FIRST && type != SLARP ? type : TL_SHARD_NOTHING;
}

static uint16_t chdlc(struct tl_cursor *c)
{
    (void)be16(c);
    return cisco_type(c);
}

static uint16_t frame_relay_snap(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 5);
    if (p == NULL)
        return TL_SHARD_NOTHING;
    uint16_t type = tl_load_be16(p + 3);
    if (tl_load_be24(p) == 0)
        return type;
    return tl_load_be24(p) == 0x0080c2 && (type == 1 || type == 7) ? ETHERNET : TL_SHARD_NOTHING;
}

static uint16_t frame_relay(struct tl_cursor *c)
{
    const uint8_t *p;
    unsigned count = 0;
    do {
        p = tl_cursor_take(c, 1);
        count++;
    } while (p != NULL && (p[0] & 1) == 0 && count < 4);
    if (p == NULL || (p[0] & 1) == 0 || count < 2)
        return TL_SHARD_NOTHING;
    p = tl_cursor_peek(c, 0, 1);
    if (p == NULL || p[0] != 3)
        return cisco_type(c);
    (void)tl_cursor_take(c, 1);
    p = tl_cursor_take(c, 1);
    if (p != NULL && p[0] == 0)
        p = tl_cursor_take(c, 1);
    switch (p != NULL ? p[0] : 0) {
    case 0x80:
        return frame_relay_snap(c);
    case 0x8e:
        return IPV6;
    case 0xcc:
        return IPV4;
    case 0xcf:
        return PPP;
    default:
        return TL_SHARD_NOTHING;
    }
}

/* RFC 1201: only a packet that is whole is followed. */
static uint16_t arcnet_whole(struct tl_cursor *c, uint16_t type)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 1);
    if (p != NULL && p[0] == 0xff)
        (void)tl_cursor_take(c, 4);
    p = tl_cursor_take(c, 3);
    return p != NULL && p[0] == 0 ? type : TL_SHARD_NOTHING;
}

static uint16_t arcnet(struct tl_cursor *c)
{
    (void)tl_cursor_take(c, 4); /* addresses and an offset */
    const uint8_t *p = tl_cursor_take(c, 1);
    switch (p != NULL ? p[0] : 0) {
    case 0xc4:
        return arcnet_whole(c, IPV6);
    case 0xcd:
        return TL_SHARD_LLC;
    case 0xd4:
        return arcnet_whole(c, IPV4);
    case 0xf0:
        return IPV4;
    default:
        return TL_SHARD_NOTHING;
    }
}

static uint16_t ipoib(struct tl_cursor *c)
{
    (void)tl_cursor_take(c, 40);
    uint16_t type = be16(c);
    (void)be16(c);
    return type;
}

static uint16_t ipnet(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 24);
    return p == NULL ? TL_SHARD_NOTHING : p[1] == 2 ? IPV4 : p[1] == 26 ? IPV6 : TL_SHARD_NOTHING;
}

static uint16_t nflog(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 4);
    uint8_t family = p != NULL ? p[0] : 0;
    const uint8_t *first = tl_cursor_peek(c, 0, 2);
    bool big_endian = first != NULL && first[0] == 0;
    while ((p = tl_cursor_take(c, 4)) != NULL) {
        uint32_t len = big_endian ? tl_load_be16(p) : tl_load_le16(p);
        uint32_t type = big_endian ? tl_load_be16(p + 2) : tl_load_le16(p + 2);
        if (len < 4)
            break;
        if ((type & 0x7fff) == 9)
            return family == 2 ? IPV4 : family == 10 ? IPV6 : TL_SHARD_NOTHING;
        (void)tl_cursor_take(c, (len - 4 + 3) & ~3u);
    }
    return TL_SHARD_NOTHING;
}

static uint16_t pktap(struct tl_cursor *c, uint16_t *linktype)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 12);
    if (p == NULL || tl_load_le32(p) < 108 || tl_load_le32(p + 4) != 1 || tl_load_le32(p + 8) > UINT16_MAX)
        return TL_SHARD_NOTHING;
    *linktype = (uint16_t)tl_load_le32(p + 8);
    (void)tl_cursor_take(c, tl_load_le32(p));
    return TL_SHARD_LINK;
}

static uint16_t ppi(struct tl_cursor *c, uint16_t *linktype)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 8);
    if (p == NULL || tl_load_le16(p + 2) < 8 || tl_load_le32(p + 4) > UINT16_MAX)
        return TL_SHARD_NOTHING;
    *linktype = (uint16_t)tl_load_le32(p + 4);
    (void)tl_cursor_take(c, tl_load_le16(p + 2));
    return TL_SHARD_LINK;
}

/* Data frames that are whole, not encrypted and have one packet. */
static uint16_t wlan(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 24);
    if (p == NULL || (p[0] >> 2 & 3) != 2 || (p[0] & 0x40) != 0 || (p[1] & 0x44) != 0 || (p[22] & 0x0f) != 0)
        return TL_SHARD_NOTHING;
    uint32_t size = (p[1] & 3) == 3 ? 30 : 24;
    (void)tl_cursor_take(c, size - 24);
    if ((p[0] & 0x80) != 0) {
        const uint8_t *qos = tl_cursor_take(c, 2);
        if (qos == NULL || (qos[0] & 0x80) != 0)
            return TL_SHARD_NOTHING;
        size += 2;
        if ((p[1] & 0x80) != 0)
            (void)tl_cursor_take(c, 4);
    }
    p = tl_cursor_peek(c, 0, 1);
    if (p != NULL && size % 4 == 2 && p[0] == 0)
        (void)tl_cursor_take(c, 2);
    return TL_SHARD_LLC;
}

static uint16_t radiotap(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 4);
    if (p == NULL || tl_load_le16(p + 2) < 8)
        return TL_SHARD_NOTHING;
    (void)tl_cursor_take(c, tl_load_le16(p + 2));
    return wlan(c);
}

uint16_t tl_shard_link(struct tl_cursor *c, uint16_t *linktype)
{
    switch (*linktype) {
    case 104:
        return chdlc(c);
    case 105:
        return wlan(c);
    case 107:
        return frame_relay(c);
    case 127:
        return radiotap(c);
    case 129:
        return arcnet(c);
    case 192:
        return ppi(c, linktype);
    case 226:
        return ipnet(c);
    case 239:
        return nflog(c);
    case 242:
        return ipoib(c);
    case 258:
        return pktap(c, linktype);
    default:
        return TL_SHARD_NOTHING;
    }
}
