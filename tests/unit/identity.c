/* identity.c - Community ID with the test vectors of its specification; uids are stable and distinct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "crypto/libcrypto.h"
#include "flows/identity.h"

static struct tl_flow *make(uint8_t ip_proto, const char *src, uint16_t src_port, const char *dst, uint16_t dst_port,
                            bool one_way)
{
    bool v6 = strchr(src, ':') != NULL;
    struct tl_flow *flow = calloc(1, tl_flow_size(v6 ? TL_FLOW_V6 : 0));
    assert_non_null(flow);
    flow->ip_proto = ip_proto;
    flow->port[0] = src_port;
    flow->port[1] = dst_port;
    flow->flags = (uint8_t)((v6 ? TL_FLOW_V6 : 0) | (one_way ? TL_FLOW_ONE_WAY : 0));
    assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, src, flow->addr), 1);
    assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, dst, flow->addr + tl_flow_addr_len(flow)), 1);
    return flow;
}

struct vector {
    const char *id;
    uint8_t ip_proto;
    const char *src;
    uint16_t src_port;
    const char *dst;
    uint16_t dst_port;
    bool one_way;
};

static const struct vector vectors[] = {
    { "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", 6, "128.232.110.120", 34855, "66.35.250.204", 80, false },
    { "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", 17, "192.168.1.52", 54585, "8.8.8.8", 53, false },
    { "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", 46, "10.1.12.1", 0, "10.1.12.2", 0, false },
    { "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", 132, "192.168.170.8", 7, "192.168.170.56", 80, false },
    { "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", 1, "192.168.0.89", 8, "192.168.0.1", 0, false },
    { "1:tz/fHIDUHs19NkixVVoOZywde+I=", 1, "192.168.0.89", 20, "192.168.0.1", 1, true },
    { "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=", 1, "192.168.0.89", 20, "192.168.0.1", 0, true },
    { "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", 58, "fe80::200:86ff:fe05:80da", 135, "fe80::260:97ff:fe07:69ea", 136, false },
};

static void test_community_id(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        char there[32], back[32];
        struct tl_flow *flow = make(v->ip_proto, v->src, v->src_port, v->dst, v->dst_port, v->one_way);
        struct tl_flow *reply = make(v->ip_proto, v->dst, v->dst_port, v->src, v->src_port, v->one_way);
        tl_community_id(flow, &tl_crypto_libcrypto, there);
        tl_community_id(reply, &tl_crypto_libcrypto, back);
        assert_string_equal(there, v->id);
        if (v->one_way)
            assert_string_not_equal(back, v->id);
        else
            assert_string_equal(back, v->id);
        flow->flags |= TL_FLOW_TURNED; /* who began does not matter */
        tl_community_id(flow, &tl_crypto_libcrypto, back);
        assert_string_equal(back, v->id);
        free(flow);
        free(reply);
    }
}

/* Same addresses: the smaller port comes first. */
static void test_community_id_ports(void **state)
{
    static const uint8_t in[] = { 0, 0, 10, 0, 0, 1, 10, 0, 0, 1, 6, 0, 0, 7, 0, 80 };
    uint8_t digest[EVP_MAX_MD_SIZE], expected[EVP_MAX_MD_SIZE * 2] = "1:";
    char a[32], b[32];
    (void)state;
    assert_int_equal(EVP_Digest(in, sizeof in, digest, NULL, EVP_sha1(), NULL), 1);
    EVP_EncodeBlock(expected + 2, digest, 20);
    struct tl_flow *flow = make(6, "10.0.0.1", 7, "10.0.0.1", 80, false);
    struct tl_flow *reply = make(6, "10.0.0.1", 80, "10.0.0.1", 7, false);
    tl_community_id(flow, &tl_crypto_libcrypto, a);
    tl_community_id(reply, &tl_crypto_libcrypto, b);
    assert_string_equal(a, (const char *)expected);
    assert_string_equal(b, (const char *)expected);
    reply->port[0] = 81;
    tl_community_id(reply, &tl_crypto_libcrypto, b);
    assert_string_not_equal(a, b);
    free(flow);
    free(reply);
}

static void uid_of(const struct tl_flow *flow, const struct tl_flow_ext *ext, char text[20])
{
    memset(text, 'x', 20);
    tl_uid_text(tl_flow_uid(flow, ext), text);
    assert_int_equal(strlen(text), TL_UID_LEN);
    assert_int_equal(text[0], 'C');
    for (unsigned i = 1; i < TL_UID_LEN; i++)
        assert_true((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'A' && text[i] <= 'Z') ||
                    (text[i] >= 'a' && text[i] <= 'z'));
}

static void test_uid(void **state)
{
    char uid[20], other[20];
    (void)state;
    struct tl_flow *flow = make(6, "10.1.0.1", 40001, "10.1.0.2", 9000, false);
    flow->first_ns = INT64_C(1700000000010000000);
    flow->first_pkt = 1;
    uid_of(flow, NULL, uid);
    assert_string_equal(uid, "Csl4H7kW3WT1oalzpE"); /* equal in every version: samples/tcp/state-SF.pcap */
    flow->last_ns = 7; /* later changes do not matter */
    flow->last_pkt = 9;
    flow->pkts[0] = 9;
    flow->flags |= TL_FLOW_TURNED;
    uid_of(flow, NULL, other);
    assert_string_equal(uid, other);
    struct tl_flow_ext ext = { .bad_checksums = { 1, 2 } };
    uid_of(flow, &ext, other);
    assert_string_equal(uid, other);

    ext.parent_count = 1;
    uid_of(flow, &ext, other);
    assert_string_not_equal(uid, other);
    flow->first_pkt++;
    uid_of(flow, NULL, other);
    assert_string_not_equal(uid, other);
    flow->first_pkt--;
    flow->first_ns++;
    uid_of(flow, NULL, other);
    assert_string_not_equal(uid, other);
    flow->first_ns--;
    flow->port[1]++;
    uid_of(flow, NULL, other);
    assert_string_not_equal(uid, other);
    flow->port[1]--;
    flow->ip_proto++;
    uid_of(flow, NULL, other);
    assert_string_not_equal(uid, other);
    flow->ip_proto--;
    flow->addr[7]++;
    uid_of(flow, NULL, other);
    assert_string_not_equal(uid, other);
    free(flow);
}

/* A turned flow shows its other endpoint as originator. */
static void test_describe(void **state)
{
    struct tl_flow_id id = { 0 };
    uint8_t addr[16];
    (void)state;
    struct tl_flow *flow = make(17, "10.0.0.53", 53, "10.0.0.9", 4000, false);
    tl_flow_describe(flow, &id);
    assert_int_equal(id.version, 4);
    assert_int_equal(id.ip_proto, 17);
    assert_int_equal(id.decimals, 6);
    assert_int_equal(id.orig_port, 53);
    assert_int_equal(id.resp_port, 4000);
    assert_int_equal(id.orig_addr[3], 53);
    flow->flags |= TL_FLOW_TURNED | TL_FLOW_NANO;
    tl_flow_describe(flow, &id);
    assert_int_equal(id.decimals, 9);
    assert_int_equal(id.orig_port, 4000);
    assert_int_equal(id.resp_port, 53);
    assert_int_equal(id.orig_addr[3], 9);
    assert_int_equal(id.resp_addr[3], 53);
    free(flow);
    flow = make(6, "fd00::1", 1, "fd00::2", 2, false);
    tl_flow_describe(flow, &id);
    assert_int_equal(id.version, 6);
    inet_pton(AF_INET6, "fd00::2", addr);
    assert_memory_equal(id.resp_addr, addr, 16);
    free(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_community_id),
        cmocka_unit_test(test_community_id_ports),
        cmocka_unit_test(test_uid),
        cmocka_unit_test(test_describe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
