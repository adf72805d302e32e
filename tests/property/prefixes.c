/*
 * prefixes.c - decodes every prefix of every packet of the samples, cut as by a snaplen and placed directly before an
 * inaccessible page: no fault, and every field wholly inside the prefix has the same value as in the whole packet.
 *
 * A prefix may lack:
 * - computed fields, and fields of reassembled buffers (a cut fragment is not reassembled);
 * - data after a TCP header or chunks of SCTP: a message is decoded when it is complete;
 * - an application's fields and payload, if the prefix is too short to detect the protocol: then it has no fields;
 * - the same of a frame after MPLS labels, which do not name it: its type, or its LLC header, tells that it is one;
 * - the types of an NSEC bitmap, which is read window by window;
 * - what needs bytes behind it: bits of QUIC headers that these bytes encrypt, the first byte of PTP,
 *   whose version follows, a padded name, a text that a NUL ends (syslog), a line of SIP, an element of WS-Discovery,
 *   an HMAC and packet id of OpenVPN, which the time behind them tells.
 * Fields of fixed headers are the same read from their places (core/place.h) as collected by the dissector.
 * Checksums are not verified where values are compared: that needs all bytes, and a wrong checksum ends the decoding.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "core/place.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "tests/property/samples.h"

enum { ROOM = 1 << 18, SEEN = 1 << 16, DENSE = 256, STRIDE = 17, HEADERS = 160, WRONG_SHOWN = 20 };
enum { FRAME_LOOK = 4 + 14 + 3 }; /* bytes after MPLS labels that tell a frame: control word, Ethernet, LLC */

struct run {
    struct tl_decoder *verifying, *plain; /* checksums are verified, or not */
    struct tl_decoder *decoder;           /* one of them */
    struct tl_protocols protocols;
    uint64_t *wanted[TL_PROTOCOL_COUNT]; /* everything; owned */
    struct tl_registry *registry;
    struct tl_interfaces *interfaces;
    uint8_t *guard;          /* the inaccessible page; ROOM bytes are before it */
    struct tl_tree whole;    /* tree of the whole packet */
    const char *path;
    uint64_t seen[SEEN];     /* hashes of packets already tried */
    uint64_t packets, prefixes, fields, places, wrong;
};

static struct run run;

static struct tl_decoder *new_decoder(bool verify)
{
    const struct tl_decoder_options options = { .registry = run.registry, .interfaces = run.interfaces,
                                                .crypto = &tl_crypto_libcrypto, .memory = 4 << 20, .seed = 1,
                                                .checksums = verify ? TL_CHECKSUMS_AUTO : TL_CHECKSUMS_OFF };
    struct tl_decoder *decoder = tl_decoder_new(&options);
    if (decoder == NULL)
        give_up("out of memory");
    tl_decoder_show(decoder, (const uint64_t *const *)run.wanted);
    return decoder;
}

static void start(void)
{
    run.interfaces = tl_interfaces_new();
    run.registry = tl_registry_new();
    run.protocols = tl_protocols_all();
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        size_t words = run.protocols.items[i]->field_count / 64 + 1;
        run.wanted[i] = malloc(words * sizeof(uint64_t));
        if (run.wanted[i] == NULL)
            give_up("out of memory");
        memset(run.wanted[i], 0xff, words * sizeof(uint64_t));
    }
    if (run.interfaces == NULL || run.registry == NULL)
        give_up("out of memory");
    run.verifying = new_decoder(true);
    run.plain = new_decoder(false);
}

/* A decoder that knows of nothing before: flows end after each packet. */
static void use(struct tl_decoder *decoder)
{
    run.decoder = decoder;
    if (!tl_decoder_forget_fragments(decoder))
        give_up("out of memory");
}

/* Decodes the first caplen bytes; no flow is left of what came before. */
static void decode(const struct tl_packet *packet, uint32_t caplen)
{
    struct tl_packet cut = *packet;
    uint8_t *at = run.guard - caplen;
    memcpy(at, packet->bytes, caplen);
    cut.bytes = at;
    cut.caplen = caplen;
    cut.hash = 0;
    cut.etime = 1;
    tl_decoder_packet(run.decoder, &cut);
    tl_decoder_finish(run.decoder);
}

static bool holds_bytes(const struct tl_field *field)
{
    return field->type >= TL_MAC && field->type <= TL_UTF16BE;
}

/* The nodes of the decoder's tree, with the values that lie in the packet copied into whole. */
static void keep_whole(void)
{
    const struct tl_tree *tree = tl_decoder_tree(run.decoder);
    tl_tree_reset(&run.whole, tree->sources[0].data, tree->sources[0].len);
    for (uint32_t i = 0; i < tree->count; i++) {
        struct tl_node node = tree->nodes[i];
        struct tl_bytes bytes = tl_node_bytes(tree, &node);
        bool text = node.source == 0 && node.field != TL_LAYER &&
                    holds_bytes(&run.protocols.items[node.protocol]->fields[node.field]);
        if (text && tl_tree_add_text(&run.whole, node, bytes.data, bytes.len) == TL_NO_NODE)
            give_up("out of memory");
        if (!text && tl_tree_add(&run.whole, node) == TL_NO_NODE)
            give_up("out of memory");
    }
}

static bool same(const struct tl_node *a, const struct tl_node *b, const struct tl_field *field)
{
    if (a->protocol != b->protocol || a->field != b->field || a->off != b->off || a->len != b->len ||
        a->depth != b->depth || b->source != 0)
        return false;
    if (!holds_bytes(field))
        return a->value == b->value;
    struct tl_bytes x = tl_node_bytes(&run.whole, a), y = tl_node_bytes(tl_decoder_tree(run.decoder), b);
    return x.len == y.len && (x.len == 0 || memcmp(x.data, y.data, x.len) == 0);
}

/* Returns the number of layers of this protocol among the first nodes. */
static unsigned layers_of(const struct tl_tree *tree, uint32_t nodes, unsigned protocol)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < nodes; i++)
        count += tree->nodes[i].field == TL_LAYER && tree->nodes[i].protocol == protocol;
    return count;
}

/* Returns true if the prefix may be too short to tell that node i of the whole packet is a layer of its protocol. */
static bool may_lack(uint32_t i, uint32_t caplen)
{
    const struct tl_node *node = &run.whole.nodes[i];
    unsigned before = i > 0 ? run.whole.nodes[i - 1].protocol : TL_PROTOCOL_COUNT;
    if (run.protocols.items[node->protocol]->kind == TL_KIND_APPLICATION)
        return true;
    return (before == TL_PROTOCOL_mpls || before == TL_PROTOCOL_mpls_udp) && caplen < node->off + FRAME_LOOK;
}

static void complain(const struct tl_packet *packet, uint32_t caplen, const struct tl_node *node,
                     const struct tl_field *field)
{
    if (++run.wrong <= WRONG_SHOWN)
        printf("%s, packet %llu cut at %u: %s of bytes %u to %u differs from the whole packet\n", run.path,
               (unsigned long long)packet->number, caplen, field->key, node->off, node->off + node->len);
}

/* Do bytes behind the field tell what it is? Then they are not in the prefix, or may not be. */
static bool needs_more(const struct tl_packet *packet, uint32_t caplen, const struct tl_node *node,
                       const struct tl_field *field)
{
    static const char *const needing[] = { "quic.packet_number", "quic.packet_number_length", "quic.long.reserved",
                                             "quic.short.reserved", "quic.key_phase", "quic.long.packet_type",
                                             "quic.long.packet_type_v2", "ptp.v2.messagetype",
                                             "ptp.v2.majorsdoid", "mstp.config_name", "dns.nsec.type",
                                             "syslog.msg", "openvpn.hmac", "openvpn.pid" };
    for (size_t i = 0; i < TL_COUNT(needing); i++) {
        if (strcmp(field->key, needing[i]) == 0)
            return true;
    }
    uint32_t end = node->off + node->len;
    if (node->protocol == TL_PROTOCOL_wsd)
        return true;
    return (node->protocol == TL_PROTOCOL_sip || node->protocol == TL_PROTOCOL_sdp) &&
           memchr(packet->bytes + end, '\n', caplen - end) == NULL;
}

static void compare(const struct tl_packet *packet, uint32_t caplen)
{
    const struct tl_tree *whole = &run.whole, *tree = tl_decoder_tree(run.decoder);
    uint32_t at = 0;
    for (uint32_t i = 0; i < whole->count; i++) {
        const struct tl_node *node = &whole->nodes[i];
        const struct tl_protocol *protocol = run.protocols.items[node->protocol];
        if (node->field == TL_LAYER) {
            unsigned around = i > 0 ? whole->nodes[i - 1].protocol : TL_PROTOCOL_COUNT;
            bool of_stream = protocol->kind == TL_KIND_APPLICATION && (around == TL_PROTOCOL_tcp || around == TL_PROTOCOL_sctp);
            bool lacks = layers_of(tree, tree->count, node->protocol) < layers_of(whole, i + 1, node->protocol);
            if (of_stream || (lacks && may_lack(i, caplen)))
                return;
            continue;
        }
        const struct tl_field *field = &protocol->fields[node->field];
        if (node->source != 0 || node->len == 0 || field->flags & TL_DERIVED || node->off + node->len > caplen ||
            needs_more(packet, caplen, node, field))
            continue;
        uint32_t found = at;
        while (found < tree->count && (tree->nodes[found].field == TL_LAYER ||
                                       !same(node, &tree->nodes[found], field)))
            found++;
        run.fields++;
        if (found == tree->count)
            complain(packet, caplen, node, field);
        else
            at = found + 1; /* they are in the same order */
    }
}

/* Returns the first node of a field of the layer; NULL: there is none. */
static const struct tl_node *collected(const struct tl_tree *tree, uint32_t layer, unsigned field)
{
    uint32_t after = tl_tree_after(tree, layer);
    for (uint32_t i = layer + 1; i < after; i++) {
        if (tree->nodes[i].protocol == tree->nodes[layer].protocol && tree->nodes[i].field == field)
            return &tree->nodes[i];
    }
    return NULL;
}

/* A header with wrong lengths may have fields that were added before that was known: a line does not show them. */
static void hold_places(const struct tl_packet *packet, uint32_t caplen)
{
    const struct tl_tree *tree = tl_decoder_tree(run.decoder);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *layer = &tree->nodes[i];
        const struct tl_protocol *protocol = run.protocols.items[layer->protocol];
        for (uint32_t p = 0; layer->field == TL_LAYER && p < protocol->header_count; p++) {
            const struct tl_field *field = &protocol->fields[protocol->header[p].field];
            const struct tl_node *node = collected(tree, i, protocol->header[p].field);
            struct tl_node read;
            bool there = tl_place_node(&protocol->header[p], protocol, tree, layer, &read);
            bool fits = there ? node != NULL && read.off == node->off && read.len == node->len &&
                                    read.source == node->source && read.value == node->value
                              : node == NULL || (layer->flags & TL_NODE_BAD) != 0;
            run.places++;
            if (!fits)
                complain(packet, caplen, there ? &read : node, field);
        }
    }
}

static bool tried_before(const struct tl_packet *packet)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ packet->linktype ^ (uint64_t)packet->len << 16;
    for (uint32_t i = 0; i < packet->caplen; i++)
        hash = (hash ^ packet->bytes[i]) * UINT64_C(0x100000001b3);
    for (uint64_t i = hash;; i++) {
        uint64_t *place = &run.seen[i % SEEN];
        if (*place == hash)
            return true;
        if (*place == 0) {
            *place = hash;
            return false;
        }
    }
}

static void try_packet(void *context, const struct tl_packet *packet)
{
    (void)context;
    if (packet->caplen > ROOM || tried_before(packet))
        return;
    if (++run.packets >= SEEN / 2)
        give_up("more packets than there is room for");
    use(run.verifying);
    decode(packet, packet->caplen);
    use(run.plain);
    decode(packet, packet->caplen);
    keep_whole();
    hold_places(packet, packet->caplen);
    for (uint32_t caplen = 0; caplen < packet->caplen; caplen++) {
        if (caplen > DENSE && caplen + DENSE / 4 < packet->caplen && caplen % STRIDE != 0)
            continue; /* the middle of a long packet is more of the same */
        decode(packet, caplen);
        compare(packet, caplen);
        if (caplen < HEADERS)
            hold_places(packet, caplen);
        run.prefixes++;
    }
}

static void try_sample(void *context, const char *path)
{
    run.path = path;
    each_packet(path, try_packet, context);
}

int main(int argc, char **argv)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (argc < 2)
        give_up("usage: property_prefixes SAMPLES");
    uint8_t *room = mmap(NULL, ROOM + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || mprotect(room + ROOM, page, PROT_NONE) != 0)
        give_up("no memory with a guard page");
    run.guard = room + ROOM;
    tl_tree_init(&run.whole);
    start();
    unsigned samples = each_sample(argv[1], try_sample, NULL);
    printf("%u samples, %llu packets, %llu prefixes, %llu fields, %llu places, %llu wrong\n", samples,
           (unsigned long long)run.packets, (unsigned long long)run.prefixes, (unsigned long long)run.fields,
           (unsigned long long)run.places, (unsigned long long)run.wrong);
    tl_decoder_free(run.verifying);
    tl_decoder_free(run.plain);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        free(run.wanted[i]);
    tl_registry_free(run.registry);
    tl_interfaces_free(run.interfaces);
    tl_tree_fini(&run.whole);
    munmap(room, ROOM + page);
    return samples == 0 || run.fields == 0 || run.places == 0 || run.wrong > 0;
}
