/* variants_fixture.h - for the tests of layers: a table of packets with the layers and one value that each must give. */
#ifndef TL_TESTS_VARIANTS_FIXTURE_H
#define TL_TESTS_VARIANTS_FIXTURE_H

#include "layers_fixture.h"

#define A "00 11 22 33 44 55 "
#define B "66 77 88 99 aa bb "
#define MACS A B
/* UDP without a payload, in IPv4 and in IPv6: 28 and 48 bytes. */
#define IP "45 00 00 1c 00 01 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 10 00 20 00 00 08 00 00 "
#define IPV6                                                                                                          \
    "60 00 00 00 00 08 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "                                         \
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 10 00 20 00 00 08 00 00 "
#define SNAP_IP "aa aa 03 00 00 00 08 00 " IP

struct variant {
    const char *first; /* protocol of the first layer */
    const char *hex;
    const char *layers; /* as for assert_layers() */
    const char *key;    /* a field; NULL: none is checked */
    uint64_t value;
    const char *bytes;  /* not NULL: of the field, instead of the value */
};

/* decode() runs every prefix of each packet too. */
static inline void check_variants(struct fixture *f, const struct variant *variants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct variant *v = &variants[i];
        decode(f, v->first, v->hex);
        assert_layers(f, v->layers);
        if (v->key != NULL && v->bytes != NULL)
            assert_bytes(f, v->key, v->bytes);
        else if (v->key != NULL && value(f, v->key) != v->value)
            fail_msg("variant %zu: %s is %llu", i, v->key, (unsigned long long)value(f, v->key));
    }
}

#define CHECK(variants) check_variants(*state, variants, TL_COUNT(variants))

#endif
