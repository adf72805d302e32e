/* Tests descriptions of packets: series, and that no description makes the parser or a builder leave its bounds. */
#include "inject/craft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const descriptions[] = {
    "eth/arp(tpa=192.0.2.1,spa=192.0.2.2)",
    "eth/vlan(7,priority=3)/mpls(100)/ip(192.0.2.1,record=3,alert=1)/icmp/payload(size=56)",
    "eth/ip(192.0.2.1)/icmp(type=unreachable,code=4,mtu=1400)/ip(192.0.2.9)/udp",
    "eth/ip6(src=2001:db8::2)/icmp6(type=ns,target=2001:db8::1)",
    "eth/ip6(2001:db8::1,flow=5,frag=64)/hopopts(alert=0,options=0104)/routing(2001:db8::9)/udp/payload(size=300)",
    "eth/ip(192.0.2.1..192.0.2.9,frag=64,id={1,5..7})/udp(dport=1..65535)/payload(\"some text\",size=200)",
    "eth/ip(192.0.2.1)/tcp(mss=1460,wscale=7,sack=1,tsval=5,flags=syn+ece,options=0101)",
    "eth/ip(192.0.2.1)/gre(key=5,seq=6,checksum=bad)/eth/ip(10.0.0.1)/udp/vxlan(3)/eth/ip(10.0.0.1)/tcp/dns",
    "eth/ip(192.0.2.1)/udp/dns(a\\.b.\\065.example.test,qtype={A,MX,TXT},edns=1232,do=1)",
    "eth/ip/udp/dhcp(type=discover,host=probe,requested=192.0.2.3,options=3701)",
    "eth/ip(192.0.2.1)/udp/snmp(version={1,2c},oid=1.3.6.1.4294967295,community=c)",
    "eth/ip(192.0.2.1)/udp/tftp(boot.img,op={rrq,data,error})",
    "raw(ffff)/payload(abc)/ntp(xmt=0x1234567812345678)",
};

static bool source(void *context, const struct tl_address *dst, uint8_t *src, struct tl_error *error)
{
    (void)context;
    (void)error;
    memset(src, 1, dst->version == 6 ? 16 : 4);
    return true;
}

static bool mac_of(void *context, const struct tl_address *dst, uint8_t mac[6], struct tl_error *error)
{
    (void)context;
    (void)dst;
    (void)error;
    memset(mac, 2, 6);
    return true;
}

static const struct tl_craft_world world = { .source = source, .hop = mac_of, .own = mac_of };

/* Returns how many of the packets were built; parsed: whether the description is one. */
static unsigned try(const char *text, bool *parsed)
{
    struct tl_error error = { 0 };
    struct tl_crafted frames = { 0 };
    struct tl_craft *craft = tl_craft_new(text, &error);
    unsigned built = 0;
    *parsed = craft != NULL;
    assert_true(craft != NULL || error.kind == TL_E_USAGE || error.kind == TL_E_RUNTIME);
    for (unsigned i = 0; craft != NULL && i < 4; i++) {
        struct tl_error why = { 0 };
        uint64_t count = tl_craft_count(craft), index = i < 3 ? i % count : count - 1;
        assert_true(count > 0);
        if (tl_craft_build(craft, index, &world, &frames, &why) != TL_E_NONE) {
            assert_true(why.text[0] != '\0');
            continue;
        }
        built++;
        for (uint32_t k = 0; k < frames.count; k++)
            assert_true(tl_crafted_get(&frames, k).len <= TL_FRAME_MOST);
    }
    if (craft != NULL)
        (void)tl_craft_destination(craft);
    tl_crafted_fini(&frames);
    tl_craft_free(craft);
    return built;
}

static void every_description_builds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(descriptions); i++) {
        bool parsed;
        unsigned built = try(descriptions[i], &parsed);
        if (built != 4)
            print_error("%s\n", descriptions[i]);
        assert_int_equal(built, 4);
    }
}

static uint32_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Bytes changed, removed, doubled, and parts of other descriptions put in. */
static void changed_descriptions_are_safe(void **state)
{
    static const char some[] = "(){}.,=/\"\\@:+-x0123456789fade_ \x01\xff";
    uint64_t seed = 7;
    unsigned built = 0, refused = 0;
    (void)state;
    for (unsigned round = 0; round < 4000; round++) {
        char text[512];
        const char *from = descriptions[next(&seed) % TL_COUNT(descriptions)];
        const char *other = descriptions[next(&seed) % TL_COUNT(descriptions)];
        size_t len = strlen(from);
        memcpy(text, from, len + 1);
        for (unsigned changes = next(&seed) % 3 + 1; changes > 0; changes--) {
            size_t at = next(&seed) % (len + 1);
            uint32_t kind = next(&seed) % 4;
            size_t part = strlen(other) > 12 ? next(&seed) % 12 : 0;
            if (kind == 0 && at < len) {
                text[at] = some[next(&seed) % (sizeof some - 1)];
            } else if (kind == 1 && at < len) {
                memmove(text + at, text + at + 1, len - at);
                len--;
            } else if (kind == 2) {
                memmove(text + at + 1, text + at, len - at + 1);
                text[at] = some[next(&seed) % (sizeof some - 1)];
                len++;
            } else if (len + part < sizeof text) {
                memmove(text + at + part, text + at, len - at + 1);
                memcpy(text + at, other + next(&seed) % (strlen(other) - part), part);
                len += part;
            }
        }
        if (strchr(text, '@') != NULL)
            continue; /* no files are read */
        bool parsed;
        built += try(text, &parsed) > 0;
        refused += !parsed;
    }
    assert_in_range(built, 200, 4000);
    assert_in_range(refused, 200, 4000);
}

/* Packet n has the values of combination n, whatever was built before. */
static void series(void **state)
{
    struct tl_error error = { 0 };
    struct tl_crafted frames = { 0 };
    struct tl_craft *craft = tl_craft_new("eth/ip(192.0.2.1,ttl={9,3..4})/udp(dport=65535,sport=1..65535)", &error);
    (void)state;
    assert_non_null(craft);
    assert_int_equal(tl_craft_count(craft), 3 * 65535);
    static const struct {
        uint64_t index;
        uint8_t ttl;
        uint16_t sport;
    } due[] = { { 3 * 65535 - 1, 4, 65535 }, { 0, 9, 1 }, { 65534, 9, 65535 }, { 65535, 3, 1 }, { 65536, 3, 2 } };
    for (unsigned i = 0; i < TL_COUNT(due); i++) {
        assert_int_equal(tl_craft_build(craft, due[i].index, &world, &frames, &error), TL_E_NONE);
        struct tl_bytes f = tl_crafted_get(&frames, 0);
        assert_int_equal(f.len, 42);
        assert_int_equal(f.data[22], due[i].ttl);
        assert_int_equal(tl_load_be16(f.data + 34), due[i].sport);
        assert_int_equal(tl_load_be16(f.data + 36), 65535);
    }
    tl_crafted_fini(&frames);
    tl_craft_free(craft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_description_builds),
        cmocka_unit_test(changed_descriptions_are_safe),
        cmocka_unit_test(series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
