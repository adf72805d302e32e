/* addresses.c - the two ends of a layer of a packet. */
#include "statistics/addresses.h"

#include "core/protocol.h"
#include "filter/layers.h"

const struct tl_address_type_of tl_address_types[TL_ADDRESS_TYPES] = {
    [TL_ADDRESS_ETH] = { "eth", "Ethernet", false }, [TL_ADDRESS_IP] = { "ip", "IPv4", false },
    [TL_ADDRESS_IPV6] = { "ipv6", "IPv6", false },   [TL_ADDRESS_TCP] = { "tcp", "TCP", true },
    [TL_ADDRESS_UDP] = { "udp", "UDP", true },       [TL_ADDRESS_SCTP] = { "sctp", "SCTP", true },
};

static bool has(const struct tl_statistic *s, enum tl_address_type type)
{
    return tl_statistic_protocol(s, tl_address_types[type].name) < s->protocols->count;
}

enum tl_failure tl_address_type_read(const struct tl_statistic *s, const char *rest, enum tl_address_type *type,
                                     const char **filter, struct tl_error *error)
{
    size_t len = strcspn(rest, ",");
    char known[64] = "";
    *filter = rest[len] == ',' ? rest + len + 1 : NULL;
    for (unsigned i = 0; i < TL_ADDRESS_TYPES; i++) {
        const char *name = tl_address_types[i].name;
        if (!has(s, (enum tl_address_type)i))
            continue;
        if (strlen(name) == len && strncmp(rest, name, len) == 0) {
            *type = (enum tl_address_type)i;
            return TL_E_NONE;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "", name);
    }
    return tl_error_set(error, TL_E_USAGE, "-z %s: TYPE is '%.*s': give one of %s", s->kind->name,
                        (int)(len < 40 ? len : 40), rest, known);
}

static const uint8_t *bytes_of(const struct tl_tree *tree, const struct tl_node *node, uint32_t at, uint32_t len)
{
    if (node->source >= tree->source_count)
        return NULL;
    const struct tl_tree_source *source = &tree->sources[node->source];
    return node->off <= source->len && source->len - node->off >= at + len ? source->data + node->off + at : NULL;
}

static struct tl_address address_of(const uint8_t *bytes, unsigned len, uint8_t version, uint16_t port)
{
    struct tl_address address = { .port = port, .version = version };
    memcpy(address.bytes, bytes, len);
    return address;
}

static bool read_pair(const struct tl_statistic *s, enum tl_address_type type, const struct tl_tree *tree,
                      uint32_t index, struct tl_address_pair *pair)
{
    struct tl_endpoints e;
    const struct tl_node *node = &tree->nodes[index];
    const uint8_t *p;
    memset(pair, 0, sizeof *pair);
    switch (type) {
    case TL_ADDRESS_ETH:
        p = bytes_of(tree, node, 0, 14);
        if (p != NULL) {
            pair->dst = address_of(p, 6, 0, 0);
            pair->src = address_of(p + 6, 6, 0, 0);
        }
        return p != NULL;
    case TL_ADDRESS_IP:
        p = bytes_of(tree, node, 0, 20);
        if (p != NULL) {
            pair->src = address_of(p + 12, 4, 4, 0);
            pair->dst = address_of(p + 16, 4, 4, 0);
        }
        return p != NULL;
    case TL_ADDRESS_IPV6:
        p = bytes_of(tree, node, 0, 40);
        if (p != NULL) {
            pair->src = address_of(p + 8, 16, 6, 0);
            pair->dst = address_of(p + 24, 16, 6, 0);
        }
        return p != NULL;
    default:
        /* the whole header, as in tshark */
        if (bytes_of(tree, node, 0, type == TL_ADDRESS_TCP ? 20 : type == TL_ADDRESS_UDP ? 8 : 12) == NULL ||
            !tl_layer_endpoints(s->protocols, tree, index, &e))
            return false;
        pair->src = address_of(e.src, e.version == 6 ? 16 : 4, e.version, e.src_port);
        pair->dst = address_of(e.dst, e.version == 6 ? 16 : 4, e.version, e.dst_port);
        pair->seq = e.seq;
        pair->syn = e.syn;
        return true;
    }
}

void tl_address_note(const struct tl_statistic *s, enum tl_address_type type, struct tl_buffer *out,
                     const struct tl_tree *tree)
{
    uint32_t protocol = tl_statistic_protocol(s, tl_address_types[type].name);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        struct tl_address_pair pair;
        if (node->field == TL_LAYER && (node->flags & TL_NODE_QUOTED) != 0)
            return; /* what follows is quoted, too */
        if (node->field == TL_LAYER && node->protocol == protocol && read_pair(s, type, tree, i, &pair))
            tl_put(out, &pair, sizeof pair);
    }
}

struct tl_endpoints tl_address_endpoints(const struct tl_address_pair *pair, bool tcp)
{
    return (struct tl_endpoints){ .version = pair->src.version,
                                  .tcp = tcp,
                                  .syn = pair->syn != 0,
                                  .src = pair->src.bytes,
                                  .dst = pair->dst.bytes,
                                  .src_port = pair->src.port,
                                  .dst_port = pair->dst.port,
                                  .seq = pair->seq };
}

void tl_address_put(struct tl_buffer *out, const struct tl_address *address, bool ports)
{
    bool brackets = ports && address->version == 6;
    if (brackets)
        tl_put_char(out, '[');
    if (address->version == 4)
        tl_put_ipv4(out, address->bytes);
    else if (address->version == 6)
        tl_put_ipv6(out, address->bytes);
    else
        tl_put_mac(out, address->bytes);
    if (brackets)
        tl_put_char(out, ']');
    if (ports)
        tl_put_format(out, ":%u", address->port);
}

void tl_address_json(struct tl_report *report, const char *prefix, const struct tl_address *address, bool ports)
{
    char key[32];
    const char *under = prefix[0] != '\0' ? "_" : "";
    snprintf(key, sizeof key, "%s%saddr", prefix, under);
    tl_report_key(report, key);
    tl_put_char(&report->text, '"');
    tl_address_put(&report->text, address, false);
    tl_put_char(&report->text, '"');
    snprintf(key, sizeof key, "%s%sport", prefix, under);
    if (ports)
        tl_report_number(report, key, address->port);
}

bool tl_address_is_equal(const struct tl_address *a, const struct tl_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
