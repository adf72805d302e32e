/* icmp_error.c - reads errors of ICMP and ICMPv6 (RFC 792, RFC 1191, RFC 1812, RFC 4443). */
#include "explain/icmp_error.h"

/* Which error it is; -1: none. mtu: of "too big". */
static int error_of(const uint8_t *icmp, bool v6, uint32_t *mtu)
{
    if (!v6 && icmp[0] == 3) {
        *mtu = tl_load_be16(icmp + 6);
        switch (icmp[1]) {
        case 0:
        case 6:
        case 11:
            return TL_ICMP_NET;
        case 3:
            return TL_ICMP_PORT;
        case 4:
            return TL_ICMP_BIG;
        case 9:
        case 10:
        case 13:
            return TL_ICMP_ADMIN;
        default:
            return TL_ICMP_HOST;
        }
    }
    if (!v6)
        return icmp[0] == 11 && icmp[1] == 0 ? TL_ICMP_TTL : -1;
    *mtu = tl_load_be32(icmp + 4);
    if (icmp[0] == 1)
        return icmp[1] == 0 ? TL_ICMP_NET : icmp[1] == 4 ? TL_ICMP_PORT : icmp[1] == 3 ? TL_ICMP_HOST : TL_ICMP_ADMIN;
    return icmp[0] == 2 ? TL_ICMP_BIG : icmp[0] == 3 && icmp[1] == 0 ? TL_ICMP_TTL : -1;
}

bool tl_icmp_error_read(const struct tl_frame *frame, struct tl_icmp_error *error)
{
    enum { ICMP_HEADER = 8, PORTS = 4 };
    const struct tl_packet *packet = frame->packet;
    bool v6 = frame->net.version == 6;
    unsigned header = v6 ? 40 : 20, len = v6 ? 16 : 4;
    uint32_t mtu = 0;
    if (packet == NULL || frame->net.src == NULL || frame->net.fragment)
        return false;
    uintptr_t from = (uintptr_t)packet->bytes, ip = (uintptr_t)frame->net.src - (v6 ? 8 : 12);
    if (ip < from || ip - from > packet->caplen)
        return false;
    size_t at = ip - from + frame->net.header_len;
    if (at + ICMP_HEADER + header + PORTS > packet->caplen)
        return false;
    const uint8_t *icmp = packet->bytes + at, *quoted = icmp + ICMP_HEADER;
    int kind = error_of(icmp, v6, &mtu);
    size_t ports = v6 ? header : (size_t)(quoted[0] & 15) * 4;
    uint8_t proto = v6 ? quoted[6] : quoted[9];
    if (kind < 0 || (proto != 6 && proto != 17) || ports < header || at + ICMP_HEADER + ports + PORTS > packet->caplen)
        return false;
    const uint8_t *src = quoted + (v6 ? 8 : 12);
    *error = (struct tl_icmp_error){
        .kind = (enum tl_icmp_kind)kind, .mtu = mtu, .src = src, .dst = src + len, .len = len, .proto = proto,
        .src_port = tl_load_be16(quoted + ports), .dst_port = tl_load_be16(quoted + ports + 2),
    };
    return true;
}
