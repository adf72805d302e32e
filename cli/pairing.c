/* pairing.c - facts of requests and answers, out of their trees. */
#include "cli/pairing.h"

#include "dissectors/registry.h"
#include "export/value.h"

#include <string.h>

enum { FROM, TO, ACK, FIRST, TFTP = 69 };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_ACK = 16 };

/* What a field of the request is in its answer. Only if addresses are the same, other values tell that it is none. */
static const struct {
    const char *request, *answer;
    unsigned fact;
} rows[] = {
    { "ip.dst", "ip.src", FROM },
    { "ipv6.dst", "ipv6.src", FROM },
    { "ip.src", "ip.dst", TO },
    { "ipv6.src", "ipv6.dst", TO },
    { "udp.dstport", "udp.srcport", FIRST },
    { "udp.srcport", "udp.dstport", FIRST + 1 },
    { "tcp.dstport", "tcp.srcport", FIRST + 2 },
    { "tcp.srcport", "tcp.dstport", FIRST + 3 },
    { "icmp.ident", "icmp.ident", FIRST + 4 },
    { "icmp.seq", "icmp.seq", FIRST + 5 },
    { "icmpv6.echo.identifier", "icmpv6.echo.identifier", FIRST + 6 },
    { "icmpv6.echo.sequence_number", "icmpv6.echo.sequence_number", FIRST + 7 },
    { "dns.id", "dns.id", FIRST + 8 },
    { "dhcp.id", "dhcp.id", FIRST + 9 },
    { "ntp.xmt", "ntp.org", FIRST + 10 },
    { "snmp.request_id", "snmp.request_id", FIRST + 11 },
    { "arp.dst.proto_ipv4", "arp.src.proto_ipv4", FIRST + 12 },
    { "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", FIRST + 13 },
};

static uint64_t value_of(const struct tl_tree *tree, const struct tl_node *node, const struct tl_field *field)
{
    uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
    if (tl_value_is_number(field->type))
        return node->value;
    struct tl_bytes bytes = tl_node_bytes(tree, node);
    for (uint32_t i = 0; i < bytes.len; i++)
        value = (value ^ bytes.data[i]) * UINT64_C(1099511628211);
    return value;
}

static void put(struct tl_pairing *p, unsigned fact, uint64_t value)
{
    p->set |= UINT32_C(1) << fact;
    p->values[fact] = value;
}

/*
 * Answers do not come from an address of many that was asked, and do not go to the unspecified one of a host that has
 * none yet.
 */
static bool is_of_none(const struct tl_tree *tree, const struct tl_node *node)
{
    static const uint8_t unspecified[16];
    struct tl_bytes address = tl_node_bytes(tree, node);
    bool many = (address.len == 4 && address.data[0] >= 224) || (address.len == 16 && address.data[0] == 0xff);
    return many || (address.len <= 16 && memcmp(address.data, unspecified, address.len) == 0);
}

/* TCP: the acknowledgment that a segment expects, or that it has. */
struct segment {
    uint64_t seq, ack, len, flags;
    bool there;
};

static void note_segment(struct segment *s, const char *key, uint64_t value)
{
    s->there = s->there || strcmp(key, "tcp.seq_raw") == 0;
    if (strcmp(key, "tcp.seq_raw") == 0)
        s->seq = value;
    else if (strcmp(key, "tcp.ack_raw") == 0)
        s->ack = value;
    else if (strcmp(key, "tcp.len") == 0)
        s->len = value;
    else if (strcmp(key, "tcp.flags") == 0)
        s->flags = value;
}

/* Walks the layers that an ICMP error quotes, or those that are not quoted. Those inside a tunnel replace the outer. */
static void walk(struct tl_pairing *p, const struct tl_tree *tree, bool answer, bool quoted)
{
    struct tl_protocols all = tl_protocols_all();
    struct segment segment = { .there = false };
    bool inside = false;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER) {
            inside = inside || (node->flags & TL_NODE_QUOTED) != 0;
            continue;
        }
        if (inside != quoted)
            continue;
        const struct tl_field *field = &all.items[node->protocol]->fields[node->field];
        note_segment(&segment, field->key, node->value);
        for (unsigned k = 0; k < TL_COUNT(rows); k++) {
            if (strcmp(answer ? rows[k].answer : rows[k].request, field->key) != 0)
                continue;
            if (!answer && rows[k].fact <= TO && is_of_none(tree, node))
                continue;
            if (!answer && strcmp(field->key, "udp.dstport") == 0 && node->value == TFTP)
                continue; /* the answer comes from a port of its own: RFC 1350 section 4 */
            put(p, rows[k].fact, value_of(tree, node, field));
        }
    }
    uint64_t uses = segment.len + ((segment.flags & FLAG_SYN) != 0) + ((segment.flags & FLAG_FIN) != 0);
    if (segment.there && !answer)
        put(p, ACK, (uint32_t)(segment.seq + uses));
    else if (segment.there && (segment.flags & FLAG_ACK) != 0)
        put(p, ACK, segment.ack);
}

void tl_pairing_request(struct tl_pairing *pairing, const struct tl_tree *tree)
{
    walk(pairing, tree, false, false);
}

struct tl_pairing tl_pairing_answer(const struct tl_tree *tree)
{
    struct tl_pairing quoted = { 0 }, answer = { 0 };
    walk(&quoted, tree, false, true); /* a quoted packet is as it was sent */
    if ((quoted.set & ~(UINT32_C(1) << ACK)) != 0)
        return quoted;
    walk(&answer, tree, true, false);
    return answer;
}

int tl_pairing_compare(const struct tl_pairing *request, const struct tl_pairing *answer)
{
    uint32_t both = request->set & answer->set;
    int same = 0, others = 0, addresses = 0, other_addresses = 0;
    for (unsigned i = 0; i < TL_PAIRING_FACTS; i++) {
        if ((both >> i & 1) == 0)
            continue;
        bool equal = request->values[i] == answer->values[i];
        if (i == FROM || i == TO) {
            addresses += equal;
            other_addresses += !equal;
        } else if (i == ACK) {
            same += equal; /* what was sent before or after may be acknowledged too */
        } else {
            same += equal;
            others += !equal;
        }
    }
    if (others > 0)
        return other_addresses > 0 ? 0 : -1;
    return other_addresses > 0 && same == 0 ? 0 : same + addresses;
}
