/*
 * protocol.c - fuzzes one protocol at a time through the layer loop, with the tree on and every packet formatted.
 *
 * Input: the protocol's index (or TAPLIGHT_FUZZ_PROTOCOL in the environment names one), which of its places to use, a
 * byte of options; then packets: a byte that selects anomalies, a length of two bytes, and the protocol's data. The
 * layers below are generated: link, network, transport with ports, sequence numbers and a handshake.
 */
#include "harness.h"

#include "core/buffer.h"
#include "core/sink.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "decode/shard.h"
#include "export/sinks.h"

enum { OPTION_VERIFY = 1, OPTION_SECRETS = 2, OPTION_SCARCE = 4, OPTION_V6 = 8, OPTION_WITHOUT = 16,
       ODD_BACK = 1, ODD_CUT = 2, ODD_LATER = 4, ODD_LOST = 8, ODD_AGAIN = 16, ODD_FIN = 32,
       PACKETS_MOST = 64, PACKET_MOST = 4096, BELOW_MOST = 128, SINKS = 3, WORDS = 16, SEED = 1 };

struct run {
    const struct tl_where *where; /* NULL: under the SLL number for 802.2 */
    bool v6;
    uint32_t seq[2];
    uint8_t *bytes[PACKETS_MOST]; /* owned */
    struct tl_packet packets[PACKETS_MOST];
    uint32_t count;
    int64_t ts;
};

/* What comes of the packets, in the form of each output. */
struct formatter {
    struct tl_sink *sinks[SINKS];
    uint32_t sink_count;
    const struct tl_interfaces *interfaces;
    struct tl_buffer out; /* of the last record or packet */
};

static void put16(struct tl_buffer *b, unsigned v)
{
    uint8_t *p = tl_buffer_room(b, 2);
    if (p != NULL) {
        tl_store_be16(p, (uint16_t)v);
        b->len += 2;
    }
}

static void put32(struct tl_buffer *b, uint32_t v)
{
    put16(b, v >> 16);
    put16(b, v & 0xffff);
}

static void put_ip(struct tl_buffer *b, bool v6, bool back, unsigned protocol, uint32_t payload)
{
    static const uint8_t ends[2][16] = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } };
    if (v6) {
        put32(b, 0x60000000);
        put16(b, payload);
        put16(b, protocol << 8 | 64);
        tl_put(b, ends[back], 16);
        tl_put(b, ends[!back], 16);
        return;
    }
    put16(b, 0x4500);
    put16(b, 20 + payload);
    put32(b, 0);
    put16(b, 64 << 8 | protocol);
    put16(b, 0);
    put32(b, 0x0a000001u + back);
    put32(b, 0x0a000002u - back);
}

static void put_tcp(struct run *r, struct tl_buffer *b, bool back, unsigned flags, uint32_t payload)
{
    unsigned ports[2] = { 40000, r->where->value };
    put_ip(b, r->v6, back, 6, 20 + payload);
    put16(b, ports[back]);
    put16(b, ports[!back]);
    put32(b, r->seq[back]);
    put32(b, flags & TL_ACK ? r->seq[!back] : 0);
    put16(b, 0x5000 | flags);
    put16(b, 0xffff);
    put32(b, 0);
    r->seq[back] += payload + ((flags & (TL_SYN | TL_FIN)) != 0);
}

/* Puts the layers below the protocol. Returns the link type. */
static uint16_t put_below(struct run *r, struct tl_buffer *b, unsigned odd, uint32_t len)
{
    static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
    bool back = (odd & ODD_BACK) != 0;
    switch (r->where != NULL ? r->where->table : TL_ON_NOTHING) {
    case TL_ON_LINKTYPE:
        return (uint16_t)r->where->value;
    case TL_ON_ETHERTYPE:
        tl_put(b, macs, sizeof macs);
        put16(b, r->where->value);
        return 1;
    case TL_ON_LLC_SAP:
        tl_put(b, macs, sizeof macs);
        put16(b, len < 1490 ? len + 3 : 1500);
        put16(b, r->where->value << 8 | r->where->value);
        tl_put_char(b, 3);
        return 1;
    case TL_ON_PPP:
        put32(b, 0xff030000 | r->where->value);
        return 9;
    case TL_ON_IP_PROTO:
        put_ip(b, r->v6, back, r->where->value, len);
        return 101;
    case TL_ON_UDP_PORT:
        put_ip(b, r->v6, back, 17, len + 8);
        put16(b, back ? r->where->value : 40000);
        put16(b, back ? 40000 : r->where->value);
        put16(b, len + 8);
        put16(b, 0);
        return 101;
    case TL_ON_TCP_PORT:
        put_tcp(r, b, back, TL_ACK | (odd & ODD_FIN ? TL_FIN : 0u), len);
        return 101;
    default:
        tl_put(b, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\0\4", 16);
        return 113;
    }
}

static void add_packet(struct run *r, const struct tl_buffer *whole, uint16_t linktype, unsigned odd)
{
    uint32_t len = (uint32_t)whole->len, caplen = odd & ODD_CUT ? len - len / 4 : len;
    if (r->count == PACKETS_MOST || whole->failed)
        return;
    r->ts += odd & ODD_LATER ? INT64_C(100000000000) : 1000000;
    r->bytes[r->count] = fuzz_copy(whole->data, caplen);
    struct tl_packet *packet = &r->packets[r->count];
    *packet = (struct tl_packet){ .ts = r->ts, .etime = r->ts, .number = r->count + 1, .bytes = r->bytes[r->count],
                                  .caplen = caplen, .len = len, .linktype = linktype };
    r->count++;
}

static void add_segment(struct run *r, bool back, unsigned flags)
{
    struct tl_buffer b = { 0 };
    put_tcp(r, &b, back, flags, 0);
    add_packet(r, &b, 101, 0);
    tl_buffer_fini(&b);
}

static void add_packets(struct run *r, struct fuzz_input *in)
{
    if (r->where != NULL && r->where->table == TL_ON_TCP_PORT) {
        add_segment(r, false, TL_SYN);
        add_segment(r, true, TL_SYN | TL_ACK);
        add_segment(r, false, TL_ACK);
    }
    while (in->at < in->end && r->count < PACKETS_MOST) {
        struct tl_buffer b = { 0 };
        unsigned odd = fuzz_u8(in), back = (odd & ODD_BACK) != 0;
        struct tl_bytes given = fuzz_bytes(in, fuzz_u16(in) % PACKET_MOST);
        uint32_t seq = r->seq[back];
        uint16_t linktype = put_below(r, &b, odd, given.len);
        tl_put(&b, given.data, given.len);
        if (!(odd & ODD_LOST))
            add_packet(r, &b, linktype, odd);
        if (odd & ODD_AGAIN)
            r->seq[back] = seq + given.len / 2;
        tl_buffer_fini(&b);
    }
}

static struct tl_sink *make_sink(unsigned kind, const struct tl_protocols *protocols)
{
    static const struct tl_text_options all = { .tree = true, .dump = TL_DUMP_ALL };
    struct tl_output *output = tl_output_open("/dev/null", NULL);
    if (output == NULL)
        return NULL;
    return kind == 0   ? tl_text_sink(output, protocols, &all)
           : kind == 1 ? tl_packets_sink(output, protocols)
                       : tl_records_sink(output, ".");
}

/* Gives the sinks that the options select. Each is made once, which takes longer than most inputs, and again if its
   memory was denied. */
static uint32_t choose_sinks(struct tl_sink *sinks[SINKS], const struct tl_protocols *protocols, unsigned options)
{
    static struct tl_sink *made[SINKS];
    uint32_t count = 0;
    for (unsigned kind = 0; kind < SINKS; kind++) {
        if (options & (unsigned)OPTION_WITHOUT << kind)
            continue;
        if (made[kind] == NULL)
            made[kind] = make_sink(kind, protocols);
        if (made[kind] != NULL)
            sinks[count++] = made[kind];
    }
    return count;
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct formatter *f = context;
    for (uint32_t i = 0; i < f->sink_count; i++) {
        f->out.len = 0;
        if (f->sinks[i]->record != NULL)
            f->sinks[i]->record(f->sinks[i], &f->out, def, record, id, id != NULL ? id->decimals : 6);
    }
}

static void format(struct formatter *f, const struct tl_packet *packet, const struct tl_tree *tree)
{
    const struct tl_interface *interface = tl_interfaces_get(f->interfaces, packet->interface);
    for (uint32_t i = 0; i < f->sink_count; i++) {
        f->out.len = 0;
        if (f->sinks[i]->packet != NULL)
            f->sinks[i]->packet(f->sinks[i], &f->out, packet, interface, tree);
    }
}

static void work(struct run *r, struct formatter *f, struct tl_decoder_options *options,
                 const uint64_t *const *wanted, bool stream)
{
    const struct tl_shard shard = { SEED, options->registry };
    struct tl_decoder *decoder = tl_decoder_new(options);
    if (decoder == NULL)
        return;
    uint64_t used = tl_decoder_counters(decoder).memory_used;
    tl_decoder_show(decoder, wanted);
    for (uint32_t i = 0; i < r->count; i++) {
        tl_shard_packets(&shard, &r->packets[i], 1, 1);
        tl_decoder_expire(decoder, r->packets[i].etime);
        tl_decoder_packet(decoder, &r->packets[i]);
        format(f, &r->packets[i], tl_decoder_tree(decoder));
    }
    tl_decoder_finish(decoder);
    FUZZ_CHECK(tl_decoder_counters(decoder).flows_active == 0);
    FUZZ_CHECK(!stream || tl_decoder_counters(decoder).memory_used == used);
    tl_decoder_free(decoder);
}

static void decode(struct run *r, unsigned options, bool stream)
{
    static const uint64_t every[WORDS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                           UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                           UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    static const struct tl_interface interface = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    const struct tl_protocols protocols = tl_protocols_all();
    const uint64_t *wanted[TL_PROTOCOL_COUNT];
    struct tl_registry *registry = fuzz_registry();
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct formatter f = { .interfaces = interfaces };
    struct tl_decoder_options o = { .registry = registry, .interfaces = interfaces, .crypto = &tl_crypto_libcrypto,
                                     .seed = SEED,
                                    .memory = options & OPTION_SCARCE ? 1 << 18 : 1 << 23,
                                    .checksums = options & OPTION_VERIFY ? TL_CHECKSUMS_AUTO : TL_CHECKSUMS_OFF,
                                    .secrets = (options & OPTION_SECRETS) != 0,
                                    .listener = { .record = on_record, .context = &f } };
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        FUZZ_CHECK(protocols.items[i]->field_count <= WORDS * 64);
        wanted[i] = every;
    }
    f.sink_count = choose_sinks(f.sinks, &protocols, options);
    if (registry != NULL && interfaces != NULL && tl_interfaces_add(interfaces, &interface) == 0)
        work(r, &f, &o, wanted, stream);
    tl_buffer_fini(&f.out);
    if (interfaces != NULL)
        tl_interfaces_free(interfaces);
}

/* Neither at a place of its own nor found by content: its bytes would reach nothing. */
static bool is_carried(const struct tl_protocol *protocol)
{
    return protocol->on[0].table == TL_ON_NOTHING && (protocol->stream == NULL || protocol->probe == NULL);
}

static const struct tl_protocol *chosen(unsigned index)
{
    const char *name = getenv("TAPLIGHT_FUZZ_PROTOCOL");
    if (name == NULL)
        return tl_protocols_all().items[index % TL_PROTOCOL_COUNT];
    const struct tl_protocol *protocol = tl_protocol_by_name(name);
    const char *wrong = protocol == NULL ? "no protocol" : is_carried(protocol) ? "only others carry" : NULL;
    if (wrong != NULL) {
        fprintf(stderr, "TAPLIGHT_FUZZ_PROTOCOL: %s %s\n", wrong, name);
        exit(2);
    }
    return protocol;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    struct run r = { .seq = { 1000, 70000 }, .ts = INT64_C(1700000000000000000) };
    const struct tl_protocol *protocol = chosen(fuzz_u8(&in));
    unsigned place = fuzz_u8(&in), options = fuzz_u8(&in), places = 0;
    while (places < TL_WHERE_MAX && protocol->on[places].table != TL_ON_NOTHING)
        places++;
    /* A protocol that is found by content alone. */
    static const struct tl_where any_port = { TL_ON_TCP_PORT, 9999 };
    const struct tl_where *elsewhere = is_carried(protocol) ? NULL : &any_port;
    r.where = places > 0 ? &protocol->on[place % places] : elsewhere;
    r.v6 = (options & OPTION_V6) != 0;
    add_packets(&r, &in);
    decode(&r, options, r.where != NULL && r.where->table == TL_ON_TCP_PORT);
    for (uint32_t i = 0; i < r.count; i++)
        fuzz_free(r.bytes[i]);
}
