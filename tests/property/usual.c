/*
 * usual.c - the headers of the usual stacks, read at once (decode/usual.h) and by the dissectors, layer by layer: for all
 * samples and for copies of their packets that are cut and changed in a few bytes, both say the same of the network and
 * transport layer, of the place of the payload and of the checksums. What is not read at once is left as it is.
 *
 * usual SAMPLES [CORPUS [CHANGED]]: CHANGED is the number of copies of each packet, 12 without it.
 */
#include "decode/shard.h"
#include "decode/usual.h"
#include "tests/property/samples.h"

enum { HEADERS = 14 + 8 + 40 + 60, COPIES = 12, ROOM = 1 << 18, LAYERS = 6, WRONG_SHOWN = 20, SEED = 7 };

static struct {
    struct tl_registry *registry;
    struct tl_protocols protocols;
    uint8_t *bytes; /* ROOM of them: the copy */
    const char *path;
    unsigned copies;
    uint64_t random, packets, usual, left, wrong;
} run;

struct result {
    struct tl_frame frame;
    struct tl_dissection d;
};

static void begin(struct result *r, const struct tl_packet *packet, unsigned checksums)
{
    *r = (struct result){ .frame = { .packet = packet } };
    r->d = (struct tl_dissection){ .c = tl_cursor_on(packet->bytes, packet->caplen, packet->len), .layer = TL_NO_NODE,
                                   .verify = checksums != TL_CHECKSUMS_OFF, .strict = checksums == TL_CHECKSUMS_STRICT,
                                   .frame = &r->frame, .net = &r->frame.net, .seg = &r->frame.seg };
}

/* Returns whether the dissectors reach the end of a TCP or UDP header without an error. */
static bool dissect(struct result *r)
{
    unsigned index = tl_registry_find(run.registry, TL_ON_LINKTYPE, r->frame.packet->linktype);
    for (unsigned i = 0; i < LAYERS && index < TL_PROTOCOL_COUNT; i++) {
        const struct tl_protocol *protocol = run.protocols.items[index];
        r->d.protocol = protocol;
        r->d.start = r->d.c.off;
        r->d.next.kind = TL_NEXT_NONE;
        if (protocol->dissect(&r->d) != TL_OK)
            return false;
        if (protocol->kind == TL_KIND_TRANSPORT)
            return protocol == &tl_protocol_tcp || protocol == &tl_protocol_udp;
        if (r->d.next.kind != TL_NEXT_TABLE)
            return false;
        index = tl_registry_find(run.registry, r->d.next.table, r->d.next.value);
    }
    return false;
}

static bool same_network(const struct tl_network *a, const struct tl_network *b)
{
    return a->version == b->version && a->protocol == b->protocol && a->fragment == b->fragment &&
           a->more_fragments == b->more_fragments && a->checksum == b->checksum && a->src == b->src && a->dst == b->dst &&
           a->route_dst == b->route_dst && a->total_len == b->total_len && a->header_len == b->header_len &&
           a->frag_offset == b->frag_offset && a->frag_id == b->frag_id;
}

static bool same_transport(const struct tl_transport *a, const struct tl_transport *b)
{
    return a->src_port == b->src_port && a->dst_port == b->dst_port && a->one_way == b->one_way &&
           a->checksum == b->checksum && a->known == b->known && a->bare == b->bare && a->flags == b->flags &&
           a->window == b->window && a->window_scale == b->window_scale && a->mss == b->mss && a->seq == b->seq &&
           a->ack == b->ack && a->payload_len == b->payload_len && a->line_seq == b->line_seq &&
           a->line_ack == b->line_ack;
}

static bool same(const struct result *a, const struct result *b)
{
    return a->frame.vlan == b->frame.vlan && a->frame.inner_vlan == b->frame.inner_vlan &&
           a->frame.l2_src == b->frame.l2_src && a->frame.l2_dst == b->frame.l2_dst &&
           a->frame.quoted == b->frame.quoted && same_network(&a->frame.net, &b->frame.net) &&
           same_transport(&a->frame.seg, &b->frame.seg) && a->d.start == b->d.start && a->d.c.base == b->d.c.base &&
           a->d.c.off == b->d.c.off && a->d.c.end == b->d.c.end && a->d.c.wire_end == b->d.c.wire_end &&
           a->d.c.status == b->d.c.status && a->d.length_clipped == b->d.length_clipped &&
           a->d.next.kind == b->d.next.kind && a->d.next.table == b->d.next.table &&
           a->d.next.src_port == b->d.next.src_port && a->d.next.dst_port == b->d.next.dst_port;
}

/* The shard parser, which has a way of its own for the commonest stack, gives the hash of the same key. */
static void hold_hash(const struct tl_packet *packet, const struct tl_flow_key *key)
{
    const struct tl_shard shard = { .seed = SEED, .registry = run.registry };
    struct tl_packet copy = *packet;
    tl_shard_packets(&shard, &copy, 1, 1);
    if (copy.hash == (key != NULL ? tl_flow_hash(key, SEED) : 0) && (key != NULL || !tl_usual_is_ipv4(packet)))
        return;
    if (run.wrong++ < WRONG_SHOWN)
        printf("%s, packet %llu: the hash is of another key\n", run.path, (unsigned long long)packet->number);
}

static void hold(const struct tl_packet *packet)
{
    struct tl_flow_key key;
    bool usual = tl_usual_key(packet, &key);
    hold_hash(packet, usual ? &key : NULL);
    if (!usual)
        return;
    for (unsigned checksums = TL_CHECKSUMS_OFF; checksums <= TL_CHECKSUMS_STRICT; checksums++) {
        struct result at_once, layers;
        begin(&at_once, packet, checksums);
        if (!tl_usual_headers(&at_once.d)) {
            run.left++;
            continue;
        }
        run.usual++;
        begin(&layers, packet, checksums);
        if (dissect(&layers) && same(&at_once, &layers))
            continue;
        if (run.wrong++ < WRONG_SHOWN)
            printf("%s, packet %llu, %u of %u bytes: the dissectors say otherwise\n", run.path,
                   (unsigned long long)packet->number, packet->caplen, packet->len);
    }
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(next_random(&run.random) % n);
}

static void try_packet(void *context, const struct tl_packet *packet)
{
    (void)context;
    run.packets++;
    hold(packet);
    if (packet->caplen == 0 || packet->caplen > ROOM)
        return;
    struct tl_packet copy = *packet;
    uint32_t front = packet->caplen < HEADERS ? packet->caplen : HEADERS;
    for (unsigned i = 0; i < run.copies; i++) {
        memcpy(run.bytes, packet->bytes, packet->caplen);
        copy.caplen = below(3) == 0 ? 1 + below(front) : packet->caplen;
        copy.bytes = run.bytes + ROOM - copy.caplen; /* at the end: the address sanitizer sees a read beyond it */
        memmove(run.bytes + ROOM - copy.caplen, run.bytes, copy.caplen);
        for (unsigned changes = below(4); changes > 0; changes--)
            run.bytes[ROOM - copy.caplen + below(copy.caplen < front ? copy.caplen : front)] = (uint8_t)next_random(&run.random);
        copy.len = below(8) == 0 ? copy.caplen : packet->len;
        hold(&copy);
    }
}

static void try_file(void *context, const char *path)
{
    run.path = path;
    each_packet(path, try_packet, context);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        give_up("usage: usual SAMPLES [CORPUS [CHANGED]]");
    run.registry = tl_registry_new();
    run.protocols = tl_protocols_all();
    run.bytes = malloc(ROOM);
    run.copies = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : COPIES;
    if (run.registry == NULL || run.bytes == NULL)
        give_up("out of memory");
    each_sample(argv[1], try_file, NULL);
    if (argc > 3)
        each_sample(argv[2], try_file, NULL);
    printf("%llu packets; of them and their copies %llu headers were read at once, %llu left to the dissectors; %llu differ\n",
           (unsigned long long)run.packets, (unsigned long long)run.usual, (unsigned long long)run.left,
           (unsigned long long)run.wrong);
    free(run.bytes);
    tl_registry_free(run.registry);
    return run.wrong > 0 || run.usual < run.packets;
}
