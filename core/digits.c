/* digits.c - numbers, times and addresses as text. */
#include "core/digits.h"

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051"
                            "525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
static const char hex[] = "0123456789abcdef";
static const char hex_pairs[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
                                "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
                                "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
                                "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
                                "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
                                "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

static inline uint8_t *pair(uint8_t *p, unsigned v)
{
    memcpy(p, pairs + v * 2, 2);
    return p + 2;
}

static inline uint8_t *four(uint8_t *p, unsigned v)
{
    return pair(pair(p, v / 100), v % 100);
}

static inline uint8_t *eight(uint8_t *p, unsigned v)
{
    return four(four(p, v / 10000), v % 10000);
}

/* Writes v < 10^8 without leading zeros. */
static uint8_t *short_number(uint8_t *p, unsigned v)
{
    if (v < 10) {
        *p = (uint8_t)('0' + v);
        return p + 1;
    }
    if (v < 100)
        return pair(p, v);
    if (v < 1000) {
        *p = (uint8_t)('0' + v / 100);
        return pair(p + 1, v % 100);
    }
    if (v < 10000)
        return four(p, v);
    return four(short_number(p, v / 10000), v % 10000);
}

uint8_t *tl_write_u64(uint8_t *p, uint64_t v)
{
    if (v < 100000000)
        return short_number(p, (unsigned)v);
    return eight(tl_write_u64(p, v / 100000000), (unsigned)(v % 100000000));
}

/* Writes `decimals` digits of a fraction of 10^9. */
static uint8_t *fraction(uint8_t *p, uint32_t v, unsigned decimals)
{
    if (decimals == 6) {
        v /= 1000;
        return four(pair(p, v / 10000), v % 10000);
    }
    uint8_t digits[9];
    digits[0] = (uint8_t)('0' + v / 100000000);
    eight(digits + 1, v % 100000000);
    memcpy(p, digits, decimals);
    return p + decimals;
}

uint8_t *tl_write_seconds(uint8_t *p, int64_t ns, unsigned decimals)
{
    uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        *p++ = '-';
    p = tl_write_u64(p, v / 1000000000);
    if (decimals == 0)
        return p;
    *p++ = '.';
    return fraction(p, (uint32_t)(v % 1000000000), decimals);
}

static inline uint8_t *octet(uint8_t *p, unsigned v)
{
    if (v >= 100) {
        *p = (uint8_t)('0' + v / 100);
        return pair(p + 1, v % 100);
    }
    if (v >= 10)
        return pair(p, v);
    *p = (uint8_t)('0' + v);
    return p + 1;
}

uint8_t *tl_write_ipv4(uint8_t *p, const uint8_t addr[4])
{
    p = octet(p, addr[0]);
    *p++ = '.';
    p = octet(p, addr[1]);
    *p++ = '.';
    p = octet(p, addr[2]);
    *p++ = '.';
    return octet(p, addr[3]);
}

static inline uint8_t *group16(uint8_t *p, unsigned v)
{
    if (v >= 0x1000)
        *p++ = (uint8_t)hex[v >> 12];
    if (v >= 0x100)
        *p++ = (uint8_t)hex[v >> 8 & 15];
    if (v >= 0x10)
        *p++ = (uint8_t)hex[v >> 4 & 15];
    *p++ = (uint8_t)hex[v & 15];
    return p;
}

/*
 * Finds the longest run of two or more zero groups (RFC 5952 section 4.2). Returns its index, or 8; its length is *len.
 */
static unsigned zero_run(const uint16_t group[8], unsigned *len)
{
    unsigned best = 8;
    *len = 1;
    for (unsigned i = 0; i < 8;) {
        unsigned n = 0;
        while (i + n < 8 && group[i + n] == 0)
            n++;
        if (n > *len) {
            best = i;
            *len = n;
        }
        i += n + 1;
    }
    return best;
}

uint8_t *tl_write_ipv6(uint8_t *p, const uint8_t addr[16])
{
    uint16_t group[8];
    for (unsigned i = 0; i < 8; i++)
        group[i] = tl_load_be16(addr + i * 2);
    if (tl_load_be64(addr) == 0 && group[4] == 0 && group[5] == 0xffff) { /* RFC 5952 section 5 */
        memcpy(p, "::ffff:", 7);
        return tl_write_ipv4(p + 7, addr + 12);
    }
    unsigned run_len, run = zero_run(group, &run_len);
    for (unsigned i = 0; i < 8; i++) {
        if (i == run) {
            *p++ = ':';
            *p++ = ':';
            i += run_len - 1;
            continue;
        }
        if (i > 0 && i != run + run_len)
            *p++ = ':';
        p = group16(p, group[i]);
    }
    return p;
}

uint8_t *tl_write_mac(uint8_t *p, const uint8_t addr[6])
{
    for (unsigned i = 0; i < 6; i++) {
        memcpy(p + (size_t)i * 3, hex_pairs + (size_t)addr[i] * 2, 2);
        if (i < 5)
            p[i * 3 + 2] = ':';
    }
    return p + 17;
}
