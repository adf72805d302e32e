/* shard.c - the shard parser finds the same outermost addresses as the dissectors, in any encapsulation. */
#include "layers_fixture.h"

#include "decode/shard.h"
#include "flows/table.h"

#define MACS "00 11 22 33 44 55 66 77 88 99 aa bb "
#define IP "45 00 00 1c 00 01 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 10 00 20 00 00 08 00 00 "
#define IP_OPTIONS "46 00 00 20 00 01 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 94 04 00 00 10 00 20 00 00 08 00 00 "
#define IPV6                                                                                                          \
    "60 00 00 00 00 08 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "                                         \
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 10 00 20 00 00 08 00 00 "
#define ZEROS_32 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "

enum { ETHERNET = 1, NULL_BSD = 0, LOOP = 108, PPP = 9, PPP_HDLC = 50, RAW = 101, RAW_OLD = 12, RAW_OPENBSD = 14,
       SLL = 113, CHDLC = 104, WLAN = 105, FRAME_RELAY = 107, RADIOTAP = 127, ARCNET = 129, PPI = 192, IPNET = 226,
       NFLOG = 239, IPOIB = 242, PKTAP = 258, ONLY_IPV4 = 228, ONLY_IPV6 = 229, SLL2 = 276, SEED = 4711, WORKERS = 7 };

enum found { NOTHING, V4, V6 };

/* A link layer with UDP from port 4096 to 8192 between the addresses above. */
static const struct sample {
    uint16_t linktype;
    enum found found;
    const char *hex;
} samples[] = {
    { ETHERNET, V4, MACS "08 00" IP },
    { ETHERNET, V4, MACS "08 00" IP_OPTIONS },
    { ETHERNET, V6, MACS "86 dd" IPV6 },
    { ETHERNET, NOTHING, MACS "08 06" IP },
    { ETHERNET, V4, MACS "81 00 00 01 08 00" IP },
    { ETHERNET, V6, MACS "88 a8 70 64 91 00 00 02 81 00 00 c8 86 dd" IPV6 },
    { ETHERNET, NOTHING, MACS "05 dd aa aa 03 00 00 00 08 00" IP }, /* 1501: neither a type nor a length */
    { ETHERNET, NOTHING, MACS "05 ff aa aa 03 00 00 00 08 00" IP },
    { ETHERNET, NOTHING, MACS "00 00 aa aa 03 00 00 00 08 00" IP },
    { ETHERNET, V4, MACS "00 24 aa aa 03 00 00 00 08 00" IP },
    { ETHERNET, V4, MACS "00 24 aa ab 03 00 00 f8 08 00" IP },
    { ETHERNET, V4, MACS "00 24 aa 00 13 00 00 00 08 00" IP },
    { ETHERNET, NOTHING, MACS "00 25 aa aa 00 03 00 00 00 08 00" IP },
    { ETHERNET, NOTHING, MACS "00 24 aa aa 03 00 00 0c 08 00" IP },
    { ETHERNET, V4, MACS "00 1f 06 06 03" IP },
    { ETHERNET, V4, MACS "00 1f 06 07 13" IP },
    { ETHERNET, NOTHING, MACS "00 1f 06 06 af" IP },
    { ETHERNET, V4, MACS "00 32 aa aa 03 00 80 c2 00 01" MACS "08 00" IP },
    { ETHERNET, V6, MACS "00 46 aa aa 03 00 80 c2 00 07" MACS "86 dd" IPV6 },
    { ETHERNET, NOTHING, MACS "00 32 aa aa 03 00 80 c2 00 02" MACS "08 00" IP },
    { ETHERNET, V4, MACS "81 00 00 01 00 24 aa aa 03 00 00 00 08 00" IP },
    { ETHERNET, V4, MACS "65 58" MACS "08 00" IP },
    { ETHERNET, V4, MACS "88 0b ff 03 00 21" IP },
    { ETHERNET, V6, MACS "88 0b 57" IPV6 },
    { NULL_BSD, V4, "00 00 00 02" IP },
    { NULL_BSD, V4, "02 00 00 00" IP },
    { NULL_BSD, V6, "1e 00 00 00" IPV6 },
    { LOOP, V6, "00 00 00 18" IPV6 },
    { NULL_BSD, V4, "00 00 08 00" IP }, /* an Ethernet type instead of a family, in any of three ways */
    { NULL_BSD, V6, "dd 86 00 00" IPV6 },
    { LOOP, V4, "12 34 08 00" IP },
    { NULL_BSD, NOTHING, "00 00 00 07" IP },
    { PPP, V4, "ff 03 00 21" IP },
    { PPP, V4, "ff 00 21" IP },
    { PPP, V6, "00 57" IPV6 },
    { PPP_HDLC, V4, "21" IP },
    { PPP_HDLC, NOTHING, "ff 03 c0 21" IP },
    { RAW, V4, IP },
    { RAW_OLD, V4, IP },
    { RAW_OPENBSD, V6, IPV6 },
    { RAW, NOTHING, "50" IP },
    { ONLY_IPV4, V4, IP },
    { ONLY_IPV6, V6, IPV6 },
    { SLL, V4, "00 00 00 01 00 06 00 11 22 33 44 55 00 00 08 00" IP },
    { SLL, V4, "00 00 00 01 00 06 00 11 22 33 44 55 00 00 00 04 aa aa 03 00 00 00 08 00" IP },
    { SLL, NOTHING, "00 00 00 01 00 06 00 11 22 33 44 55 00 00 00 0c aa aa 03 00 00 00 08 00" IP },
    { SLL, NOTHING, "00 00 03 0a 00 04 0a 00 00 01 00 00 00 00 00 04 aa aa 03 00 00 00 08 00" IP }, /* GRE: a type */
    { SLL, V6, "00 00 03 0a 00 04 0a 00 00 01 00 00 00 00 86 dd" IPV6 },
    { SLL2, V6, "86 dd 00 00 00 00 00 02 00 01 00 06 00 11 22 33 44 55 00 00" IPV6 },
    { SLL2, V4, "00 04 00 00 00 00 00 02 00 01 00 06 00 11 22 33 44 55 00 00 06 06 03" IP },
    { SLL2, NOTHING, "00 04 00 00 00 00 00 02 03 0a 00 06 00 11 22 33 44 55 00 00 06 06 03" IP },
    { SLL2, V4, "08 00 00 00 00 00 00 02 03 0a 00 06 00 11 22 33 44 55 00 00" IP },
    { ETHERNET, V4, MACS "89 26 00 00 00 00 81 00 00 0b 08 00" IP },
    { ETHERNET, V6, MACS "89 3f 10 00 00 d3 00 00 86 dd" IPV6 },
    { ETHERNET, NOTHING, MACS "89 3f 10 00 00 d3 00 00 00 00" IPV6 },
    { CHDLC, V4, "0f 00 08 00" IP },
    { CHDLC, V6, "8f 00 86 dd" IPV6 },
    { CHDLC, NOTHING, "8f 00 80 35" IP }, /* SLARP */
    { FRAME_RELAY, V4, "18 61 08 00" IP },
    { FRAME_RELAY, V6, "18 60 61 86 dd" IPV6 },
    { FRAME_RELAY, V4, "18 60 60 61 03 cc" IP },
    { FRAME_RELAY, V6, "18 61 03 00 8e" IPV6 },
    { FRAME_RELAY, V4, "18 61 03 00 80 00 00 00 08 00" IP },
    { FRAME_RELAY, V4, "18 61 03 00 80 00 80 c2 00 07" MACS "08 00" IP },
    { FRAME_RELAY, NOTHING, "18 61 03 00 80 00 80 c2 00 06" IP },
    { FRAME_RELAY, V4, "18 61 03 cf ff 03 00 21" IP },
    { FRAME_RELAY, NOTHING, "19 61 08 00" IP },
    { FRAME_RELAY, NOTHING, "18 60 60 60 08 00" IP },
    { ARCNET, V4, "be 01 00 00 d4 00 00 01" IP },
    { ARCNET, V4, "be 01 00 00 d4 ff ff ff d4 00 00 01" IP },
    { ARCNET, NOTHING, "be 01 00 00 d4 01 00 01" IP }, /* the first fragment of two */
    { ARCNET, V6, "be 01 00 00 c4 00 00 01" IPV6 },
    { ARCNET, V4, "be 01 00 00 f0" IP },
    { ARCNET, V4, "be 01 00 00 cd 06 06 03" IP },
    { IPOIB, V4, "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 80 00 05 50 fe 80 00 00 00 00 00 00 00 10 "
                 "e0 00 66 4a b4 51 08 00 00 00" IP },
    { IPNET, V4, "01 02 00 00 00 00 00 1c 00 00 00 02 00 00 00 00 ff ff ff ff 00 00 00 00" IP },
    { IPNET, V6, "01 1a 00 00 00 00 00 30 00 00 00 02 00 00 00 00 ff ff ff ff 00 00 00 00" IPV6 },
    { NFLOG, V4, "02 00 00 28 08 00 01 00 00 00 03 00 05 00 0a 00 00 00 00 00 20 00 09 00" IP },
    { NFLOG, V6, "0a 00 00 28 00 08 00 05 00 00 00 02 00 34 00 09" IPV6 },
    { NFLOG, NOTHING, "07 00 00 28 20 00 09 00" IP }, /* a bridge's */
    { WLAN, V4, "08 01 00 00" MACS "00 11 22 33 44 66 10 00 aa aa 03 00 00 00 08 00" IP },
    { WLAN, V6, "88 03 00 00" MACS "00 11 22 33 44 66 10 00 00 11 22 33 44 77 00 00 aa aa 03 00 00 00 86 dd" IPV6 },
    { WLAN, V4, "88 81 00 00" MACS "00 11 22 33 44 66 10 00 00 00 01 02 03 04 aa aa 03 00 00 00 08 00" IP },
    { WLAN, V4, "88 01 00 00" MACS "00 11 22 33 44 66 10 00 00 00 00 00 aa aa 03 00 00 00 08 00" IP }, /* aligned */
    { WLAN, NOTHING, "88 01 00 00" MACS "00 11 22 33 44 66 10 00 80 00 aa aa 03 00 00 00 08 00" IP }, /* several */
    { WLAN, NOTHING, "08 41 00 00" MACS "00 11 22 33 44 66 10 00 aa aa 03 00 00 00 08 00" IP }, /* encrypted */
    { WLAN, NOTHING, "08 05 00 00" MACS "00 11 22 33 44 66 10 00 aa aa 03 00 00 00 08 00" IP }, /* fragments */
    { WLAN, NOTHING, "08 01 00 00" MACS "00 11 22 33 44 66 11 00 aa aa 03 00 00 00 08 00" IP },
    { WLAN, NOTHING, "80 00 00 00" MACS "00 11 22 33 44 66 10 00 aa aa 03 00 00 00 08 00" IP }, /* a beacon */
    { RADIOTAP, V4, "00 00 09 00 02 00 00 00 00 08 01 00 00" MACS "00 11 22 33 44 66 10 00 aa aa 03 00 00 00 08 00" IP },
    { PPI, V4, "00 00 08 00 69 00 00 00 08 01 00 00" MACS "00 11 22 33 44 66 10 00 aa aa 03 00 00 00 08 00" IP },
    { PPI, V4, "00 00 0c 00 01 00 00 00 07 00 00 00" MACS "08 00" IP },
    { PKTAP, V4, "6c 00 00 00 01 00 00 00 01 00 00 00" ZEROS_32 ZEROS_32 ZEROS_32 MACS "08 00" IP },
    { PKTAP, V4, "70 00 00 00 01 00 00 00 65 00 00 00" ZEROS_32 ZEROS_32 ZEROS_32 "00 00 00 00" IP },
    { PKTAP, NOTHING, "6c 00 00 00 02 00 00 00 01 00 00 00" ZEROS_32 ZEROS_32 ZEROS_32 MACS "08 00" IP },
    { 147, NOTHING, IP },
};

static struct tl_packet parse(const struct fixture *f, uint16_t linktype, uint32_t captured, uint32_t wire)
{
    const struct tl_shard shard = { .seed = SEED, .registry = f->registry, .unusual = false };
    struct tl_packet packet = { .bytes = f->page + FIXTURE_ROOM - captured, .caplen = captured, .len = wire,
                                .linktype = linktype, .hash = 1, .shard = WORKERS };
    memcpy(f->page + FIXTURE_ROOM - captured, f->packet, captured);
    tl_shard_packets(&shard, &packet, 1, WORKERS);
    assert_true(packet.shard < WORKERS);
    return packet;
}

/* The shard parser finds the addresses that the dissectors find, and the ports directly after them. */
static bool agree(struct fixture *f, uint16_t linktype, uint32_t captured, uint32_t wire)
{
    struct tl_packet packet = parse(f, linktype, captured, wire);
    unsigned index = tl_registry_find(f->registry, TL_ON_LINKTYPE, linktype);
    fixture_run(f, index, captured, wire, false);
    if (f->net.version == 0)
        return false;
    bool v6 = f->net.version == 6;
    assert_int_equal(packet.shard, tl_shard_of(f->net.src, f->net.dst, v6, SEED, WORKERS));
    unsigned last = f->count - 1;
    if (packet.hash == 0 || last == 0 || f->statuses[last] != TL_OK ||
        tl_protocols_all().items[f->protocols[last - 1]]->kind != TL_KIND_NETWORK || f->frame.net.src != f->net.src ||
        (f->protocols[last] != TL_PROTOCOL_tcp && f->protocols[last] != TL_PROTOCOL_udp))
        return true;
    struct tl_flow_key key = { .src = f->net.src, .dst = f->net.dst, .src_port = f->frame.seg.src_port,
                               .dst_port = f->frame.seg.dst_port, .ip_proto = f->net.protocol, .v6 = v6 };
    assert_true(packet.hash == tl_flow_hash(&key, SEED));
    return true;
}

/* Of the usual stacks the flow's hash is known at once; of others it is found with the flow. */
static bool is_usual(size_t sample)
{
    static const char *const usual[] = { MACS "08 00" IP, MACS "86 dd" IPV6, MACS "81 00 00 01 08 00" IP };
    for (size_t i = 0; i < TL_COUNT(usual); i++) {
        if (samples[sample].linktype == ETHERNET && strcmp(samples[sample].hex, usual[i]) == 0)
            return true;
    }
    return false;
}

static void finds_what_is_there(void **state)
{
    struct fixture *f = *state;
    static const uint8_t v4[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
    static const uint8_t v6[2][16] = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } };
    for (size_t i = 0; i < TL_COUNT(samples); i++) {
        f->len = hex_bytes(f->packet, sizeof f->packet, samples[i].hex);
        struct tl_packet packet = parse(f, samples[i].linktype, f->len, f->len);
        if (agree(f, samples[i].linktype, f->len, f->len) != (samples[i].found != NOTHING))
            fail_msg("sample %zu: the dissectors say otherwise", i);
        if (samples[i].found == NOTHING) {
            assert_true(packet.hash == 0 && packet.shard == 0);
            continue;
        }
        bool six = samples[i].found == V6;
        struct tl_flow_key key = { .src = six ? v6[0] : v4[0], .dst = six ? v6[1] : v4[1], .src_port = 4096,
                                   .dst_port = 8192, .ip_proto = 17, .v6 = six };
        if (packet.hash != (is_usual(i) ? tl_flow_hash(&key, SEED) : 0) ||
            packet.shard != tl_shard_of(key.src, key.dst, six, SEED, WORKERS))
            fail_msg("sample %zu: not found", i);
    }
}

/* Sets each byte in turn to each value, and tries each link type on each packet. */
static void agrees_with_the_dissectors(void **state)
{
    struct fixture *f = *state;
    unsigned found = 0;
    for (size_t i = 0; i < TL_COUNT(samples); i++) {
        f->len = hex_bytes(f->packet, sizeof f->packet, samples[i].hex);
        for (uint32_t n = 0; n <= f->len; n++) {
            found += agree(f, samples[i].linktype, n, f->len);
            found += agree(f, samples[i].linktype, n, n);
        }
        for (size_t k = 0; k < TL_COUNT(samples); k++)
            found += agree(f, samples[k].linktype, f->len, f->len);
        for (uint32_t at = 0; at < f->len; at++) {
            uint8_t was = f->packet[at];
            for (unsigned value = 0; value < 256; value++) {
                f->packet[at] = (uint8_t)value;
                found += agree(f, samples[i].linktype, f->len, f->len);
            }
            f->packet[at] = was;
        }
    }
    assert_true(found > 100000);
}

static void both_ways_are_one(void **state)
{
    struct fixture *f = *state;
    f->len = hex_bytes(f->packet, sizeof f->packet, MACS "08 00" IP);
    struct tl_packet there = parse(f, ETHERNET, f->len, f->len);
    f->len = hex_bytes(f->packet, sizeof f->packet,
                       MACS "08 00 45 00 00 1c 00 01 00 00 40 11 00 00 0a 00 00 02 0a 00 00 01"
                            "20 00 10 00 00 08 00 00");
    struct tl_packet back = parse(f, ETHERNET, f->len, f->len);
    assert_true(there.hash == back.hash && there.shard == back.shard);
}

/* A fragment has no ports of its own; one worker needs no choice, so nothing is looked for then. */
static void plain_only(void **state)
{
    struct fixture *f = *state;
    f->len = hex_bytes(f->packet, sizeof f->packet,
                       MACS "08 00 45 00 00 1c 00 01 20 00 40 11 00 00 0a 00 00 01 0a 00 00 02"
                            "20 00 10 00 00 08 00 00");
    struct tl_packet packet = parse(f, ETHERNET, f->len, f->len);
    assert_true(packet.hash == 0);
    assert_true(agree(f, ETHERNET, f->len, f->len));
    const struct tl_shard shard = { .seed = SEED, .registry = f->registry, .unusual = false };
    f->len = hex_bytes(f->packet, sizeof f->packet, MACS "08 00" IP);
    packet = parse(f, ETHERNET, f->len, f->len);
    tl_shard_packets(&shard, &packet, 1, 1);
    assert_true(packet.hash != 0 && packet.shard == 0);
    f->len = hex_bytes(f->packet, sizeof f->packet, MACS "08 00" IP_OPTIONS);
    packet = parse(f, ETHERNET, f->len, f->len);
    tl_shard_packets(&shard, &packet, 1, 1);
    assert_true(packet.hash == 0 && packet.shard == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_what_is_there, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(agrees_with_the_dissectors, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(both_ways_are_one, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(plain_only, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
