/* header.c - functions shared by the dissectors. */
#include "dissectors/header.h"

#include <string.h>

#include "dissectors/registry.h"

static void note_place(struct tl_dissection *d, const struct tl_place *place, uint32_t start)
{
    const struct tl_field *field = &d->protocol->fields[place->field];
    tl_note(d, place->field, start + place->off, place->size, tl_place_value(field, d->c.base + start + place->off, place));
}

const uint8_t *tl_header_noted(struct tl_dissection *d, const struct tl_place *places, unsigned count, uint32_t size)
{
    uint32_t start = d->c.off, left = tl_cursor_left(&d->c), whole = 0;
    if (TL_LIKELY(left >= size)) {
        const uint64_t *wanted = d->wanted;
        bool none = d->protocol->field_count <= 64 && wanted[0] == 0; /* often: outer layers of a line */
        for (unsigned i = 0; i < count && !none; i++) {
            if (wanted[places[i].field / 64] >> (places[i].field % 64) & 1)
                note_place(d, &places[i], start);
        }
        return tl_cursor_take(&d->c, size);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct tl_place *place = &places[i];
        uint32_t end = (uint32_t)place->off + place->size;
        if (end > left) {
            tl_skip(d, whole);
            tl_skip(d, end - whole);
            return NULL;
        }
        whole = end;
        if (tl_wants(d, place->field))
            note_place(d, place, start);
    }
    return tl_cursor_take(&d->c, size);
}

void tl_prefix(struct tl_dissection *d, unsigned field, uint32_t size, uint32_t bits)
{
    uint8_t address[16] = { 0 };
    uint32_t sent = bits / 8 + (bits % 8 != 0);
    if (tl_ok(d) && sent > size)
        tl_bad(d);
    const uint8_t *p = tl_cursor_take(&d->c, sent);
    if (p == NULL || !tl_wants(d, field))
        return;
    memcpy(address, p, sent);
    if (bits % 8 != 0) /* what the last byte has beyond them says nothing (RFC 4271 section 4.3) */
        address[sent - 1] &= (uint8_t)(0xff00u >> bits % 8);
    tl_add_text(d, field, d->c.off - sent, sent, address, size);
}

enum tl_status tl_next_type_or_length(struct tl_dissection *d, unsigned type, unsigned length, unsigned neither)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return d->c.status;
    uint16_t value = tl_load_be16(p);
    uint32_t off = d->c.off - 2;
    if (TL_LIKELY(value >= 1536)) {
        tl_add(d, type, off, 2, value);
        return tl_next(d, TL_ON_ETHERTYPE, value);
    }
    if (value == 0) { /* no 802.2 frame is empty: the sender did not know the type */
        tl_add(d, type, off, 2, value);
        return tl_next_data(d);
    }
    if (value > 1500) {
        tl_add(d, neither, off, 2, value);
        return tl_next_data(d);
    }
    tl_add(d, length, off, 2, value);
    tl_limit(d, d->c.off - d->start + value, 0);
    /* Novell's raw 802.3: IPX, whose checksum field is always 0xffff. A single 0xff could be a global SAP. */
    const uint8_t *dsap = tl_cursor_peek(&d->c, 0, 1), *ssap = tl_cursor_peek(&d->c, 1, 1);
    if (dsap != NULL && dsap[0] == 0xff && (ssap == NULL || ssap[0] == 0xff))
        return tl_next_data(d);
    return tl_next_protocol(d, &tl_protocol_llc);
}

void tl_icmp_segment(struct tl_dissection *d, const struct tl_icmp_pair *pairs, uint8_t type, uint8_t code)
{
    uint32_t around = d->net->header_len + 8;
    *d->seg = (struct tl_transport){ .src_port = type, .dst_port = code, .one_way = true, .window_scale = -1 };
    d->seg->known = d->c.off >= d->start + 2;
    d->seg->payload_len = d->net->total_len > around ? d->net->total_len - around : 0;
    for (; pairs->type != pairs->counterpart; pairs++) {
        if (pairs->type == type) {
            d->seg->dst_port = pairs->counterpart;
            d->seg->one_way = false;
        }
    }
}

void tl_icmp_code(struct tl_dissection *d, unsigned field, const struct tl_name *names, uint8_t type, uint8_t code)
{
    if (TL_LIKELY(!tl_wants(d, field)) || !tl_ok(d))
        return;
    const char *name = tl_name_of(names, TL_ICMP_CODE(type, code));
    if (name != NULL)
        tl_add_text(d, field, d->c.off - 1, 1, name, (uint32_t)strlen(name));
}

const struct tl_name tl_ethertype_names[] = {
    { 0x0800, "IPv4" },
    { 0x0806, "ARP" },
    { 0x0842, "Wake-on-LAN" },
    { 0x2000, "CDP" },
    { 0x22eb, "ERSPAN III" },
    { 0x22f0, "AVTP" },
    { 0x22f3, "TRILL" },
    { 0x22f4, "IS-IS" },
    { 0x6002, "DEC MOP" },
    { 0x6003, "DECnet" },
    { 0x6558, "Transparent Ethernet bridging" },
    { 0x8035, "RARP" },
    { 0x809b, "AppleTalk" },
    { 0x80f3, "AARP" },
    { 0x8100, "802.1Q VLAN" },
    { 0x8137, "IPX" },
    { 0x814c, "SNMP" },
    { 0x86dd, "IPv6" },
    { 0x8808, "Ethernet flow control" },
    { 0x8809, "Slow protocols" },
    { 0x880b, "PPP" },
    { 0x8847, "MPLS" },
    { 0x8848, "MPLS multicast" },
    { 0x8863, "PPPoE discovery" },
    { 0x8864, "PPPoE session" },
    { 0x887b, "HomePlug 1.0" },
    { 0x888e, "802.1X" },
    { 0x8892, "PROFINET" },
    { 0x889a, "HyperSCSI" },
    { 0x88a2, "ATA over Ethernet" },
    { 0x88a4, "EtherCAT" },
    { 0x88a8, "802.1ad service VLAN" },
    { 0x88ab, "Ethernet Powerlink" },
    { 0x88b8, "GOOSE" },
    { 0x88ba, "Sampled values" },
    { 0x88be, "ERSPAN" },
    { 0x88cc, "LLDP" },
    { 0x88cd, "SERCOS III" },
    { 0x88e1, "HomePlug AV" },
    { 0x88e3, "MRP" },
    { 0x88e5, "MACsec" },
    { 0x88e7, "Provider backbone bridging" },
    { 0x88f5, "MVRP" },
    { 0x88f6, "MMRP" },
    { 0x88f7, "PTP" },
    { 0x8902, "CFM" },
    { 0x8906, "FCoE" },
    { 0x8914, "FCoE initialization" },
    { 0x8915, "RoCE" },
    { 0x8926, "VN-Tag" },
    { 0x892f, "HSR" },
    { 0x893f, "802.1BR E-Tag" },
    { 0x8947, "GeoNetworking" },
    { 0x894f, "NSH" },
    { 0x9000, "Loopback" },
    { 0x9100, "Q-in-Q VLAN" },
    { 0, NULL },
};

const struct tl_name tl_ip_proto_names[] = {
    { 0, "IPv6 hop-by-hop options" },
    { 1, "ICMP" },
    { 2, "IGMP" },
    { 3, "GGP" },
    { 4, "IPv4" },
    { 5, "ST" },
    { 6, "TCP" },
    { 8, "EGP" },
    { 9, "IGP" },
    { 12, "PUP" },
    { 17, "UDP" },
    { 27, "RDP" },
    { 29, "ISO TP4" },
    { 33, "DCCP" },
    { 41, "IPv6" },
    { 43, "IPv6 routing header" },
    { 44, "IPv6 fragment header" },
    { 46, "RSVP" },
    { 47, "GRE" },
    { 50, "ESP" },
    { 51, "AH" },
    { 55, "MOBILE" },
    { 58, "ICMPv6" },
    { 59, "No next header" },
    { 60, "IPv6 destination options" },
    { 80, "ISO-IP" },
    { 88, "EIGRP" },
    { 89, "OSPF" },
    { 94, "IPIP" },
    { 97, "EtherIP" },
    { 98, "ENCAP" },
    { 103, "PIM" },
    { 108, "IPComp" },
    { 112, "VRRP" },
    { 113, "PGM" },
    { 115, "L2TP" },
    { 132, "SCTP" },
    { 133, "FC" },
    { 135, "Mobility header" },
    { 136, "UDP-Lite" },
    { 137, "MPLS-in-IP" },
    { 138, "MANET" },
    { 139, "HIP" },
    { 140, "Shim6" },
    { 143, "Ethernet" },
    { 0, NULL },
};

const struct tl_name tl_hardware_names[] = {
    { 1, "Ethernet" },
    { 6, "IEEE 802" },
    { 7, "ARCNET" },
    { 15, "Frame Relay" },
    { 16, "ATM" },
    { 17, "HDLC" },
    { 18, "Fibre Channel" },
    { 19, "ATM" },
    { 20, "Serial line" },
    { 24, "IEEE 1394" },
    { 27, "EUI-64" },
    { 32, "InfiniBand" },
    { 256, "SLIP" },
    { 280, "CAN" },
    { 512, "PPP" },
    { 513, "Cisco HDLC" },
    { 768, "IP tunnel" },
    { 769, "IPv6 tunnel" },
    { 772, "Loopback" },
    { 776, "SIT tunnel" },
    { 778, "GRE tunnel" },
    { 783, "IrDA" },
    { 801, "IEEE 802.11" },
    { 802, "IEEE 802.11 with Prism header" },
    { 803, "IEEE 802.11 with radiotap header" },
    { 804, "IEEE 802.15.4" },
    { 823, "GRE over IPv6 tunnel" },
    { 824, "Netlink" },
    { 826, "Vsock monitor" },
    { 65534, "None" },
    { 0, NULL },
};

const struct tl_name tl_packet_type_names[] = {
    { 0, "To us" },   { 1, "Broadcast" }, { 2, "Multicast" }, { 3, "To another host" },
    { 4, "From us" }, { 5, "Loopback" },  { 0, NULL },
};
