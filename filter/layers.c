/* layers.c - the layers of a tree: headers are read again from their bytes, so that no field need be gathered. */
#include "filter/layers.h"

#include "core/cursor.h"
#include "core/protocol.h"

enum { TCP_SYN = 0x02, TCP_ACK = 0x10 };

enum tl_layer_kind tl_layer_kind_of(const struct tl_protocols *protocols, const struct tl_node *node)
{
    static const struct {
        const char *name;
        enum tl_layer_kind kind;
    } kinds[] = { { "ip", TL_LAYER_IP },   { "ipv6", TL_LAYER_IPV6 }, { "tcp", TL_LAYER_TCP },
                  { "udp", TL_LAYER_UDP }, { "icmp", TL_LAYER_ICMP }, { "icmpv6", TL_LAYER_ICMP } };
    if (node->field != TL_LAYER || node->protocol >= protocols->count)
        return TL_LAYER_OTHER;
    for (size_t i = 0; i < TL_COUNT(kinds); i++) {
        if (strcmp(protocols->items[node->protocol]->name, kinds[i].name) == 0)
            return kinds[i].kind;
    }
    return TL_LAYER_OTHER;
}

/* Everything from the start of a layer to the end of its source. */
static struct tl_cursor cursor_at(const struct tl_tree *tree, const struct tl_node *node)
{
    struct tl_cursor c = tl_cursor_on((const uint8_t *)"", 0, 0);
    if (node->source < tree->source_count && node->off <= tree->sources[node->source].len) {
        const struct tl_tree_source *source = &tree->sources[node->source];
        c = tl_cursor_on(source->data, source->len, source->len);
        c.off = node->off;
    }
    return c;
}

/* Returns the index of the network layer around a layer, or TL_NO_NODE. */
static uint32_t network_of(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index)
{
    while (index-- > 0) {
        enum tl_layer_kind kind = tl_layer_kind_of(protocols, &tree->nodes[index]);
        if (kind == TL_LAYER_IP || kind == TL_LAYER_IPV6)
            return index;
    }
    return TL_NO_NODE;
}

/* Returns the offset at which the datagram around a layer ends, in the layer's source. */
static uint32_t end_of_datagram(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index)
{
    const struct tl_node *node = &tree->nodes[index];
    uint32_t network = network_of(protocols, tree, index), end = cursor_at(tree, node).end;
    if (network == TL_NO_NODE || tree->nodes[network].source != node->source)
        return end; /* reassembled: the source is the datagram */
    struct tl_cursor c = cursor_at(tree, &tree->nodes[network]);
    bool six = tl_layer_kind_of(protocols, &tree->nodes[network]) == TL_LAYER_IPV6;
    const uint8_t *length = tl_cursor_peek(&c, six ? 4 : 2, 2);
    if (length == NULL || tl_load_be16(length) == 0)
        return end;
    uint32_t last = c.off + tl_load_be16(length) + (six ? 40u : 0u);
    return last < end && last >= node->off ? last : end;
}

struct tl_bytes tl_layer_bytes(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index)
{
    const struct tl_node *node = &tree->nodes[index];
    enum tl_layer_kind kind = tl_layer_kind_of(protocols, node);
    struct tl_cursor c = cursor_at(tree, node);
    uint32_t len = node->len;
    if (kind == TL_LAYER_TCP || kind == TL_LAYER_ICMP)
        len = end_of_datagram(protocols, tree, index) - c.off;
    if (len > tl_cursor_left(&c))
        len = tl_cursor_left(&c);
    return (struct tl_bytes){ c.base + c.off, len };
}

uint32_t tl_layer_after(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index)
{
    uint32_t begin = cursor_at(tree, &tree->nodes[index]).off, end = end_of_datagram(protocols, tree, index);
    uint32_t len = tl_layer_bytes(protocols, tree, index).len;
    return end - begin > len ? end - begin - len : 0;
}

struct tl_bytes tl_layer_payload(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index)
{
    struct tl_cursor c = cursor_at(tree, &tree->nodes[index]);
    enum tl_layer_kind kind = tl_layer_kind_of(protocols, &tree->nodes[index]);
    const uint8_t *header = tl_cursor_peek(&c, 0, kind == TL_LAYER_TCP ? 20 : 8);
    if (header == NULL || (kind != TL_LAYER_TCP && kind != TL_LAYER_UDP))
        return (struct tl_bytes){ NULL, 0 };
    uint32_t begin = kind == TL_LAYER_TCP ? (header[12] >> 4) * 4u : 8u;
    uint32_t end = end_of_datagram(protocols, tree, index) - c.off;
    if (kind == TL_LAYER_UDP && tl_load_be16(header + 4) >= 8 && tl_load_be16(header + 4) < end)
        end = tl_load_be16(header + 4);
    return begin < end ? (struct tl_bytes){ c.base + c.off + begin, end - begin } : (struct tl_bytes){ NULL, 0 };
}

bool tl_layer_endpoints(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index,
                        struct tl_endpoints *e)
{
    uint32_t network = network_of(protocols, tree, index);
    bool tcp = tl_layer_kind_of(protocols, &tree->nodes[index]) == TL_LAYER_TCP;
    struct tl_cursor inner = cursor_at(tree, &tree->nodes[index]);
    const uint8_t *ports = tl_cursor_peek(&inner, 0, tcp ? 8 : 4);
    if (network == TL_NO_NODE || ports == NULL)
        return false;
    struct tl_cursor c = cursor_at(tree, &tree->nodes[network]);
    bool six = tl_layer_kind_of(protocols, &tree->nodes[network]) == TL_LAYER_IPV6;
    const uint8_t *addresses = tl_cursor_peek(&c, six ? 8 : 12, six ? 32 : 8);
    if (addresses == NULL)
        return false;
    const uint8_t *flags = tcp ? tl_cursor_peek(&inner, 13, 1) : NULL;
    *e = (struct tl_endpoints){ .version = six ? 6 : 4, .tcp = tcp, .src = addresses,
                                .dst = addresses + (six ? 16 : 4), .src_port = tl_load_be16(ports),
                                .dst_port = tl_load_be16(ports + 2), .seq = tcp ? tl_load_be32(ports + 4) : 0 };
    e->syn = flags != NULL && (*flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    return true;
}
