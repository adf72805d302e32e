/*
 * cms.c - the certificates in signed data of the Cryptographic Message Syntax (RFC 5652 section 5.1), in DER, as Kerberos
 * carries it.
 */
#include "dissectors/x509/x509.h"

enum { SEQUENCE = 0x30, SET = 0x31, OBJECT = 6, CONTEXT_0 = 0xa0, CERTIFICATES_MOST = 16 };

struct element {
    uint8_t tag;
    struct tl_bytes value, whole;
};

/* Removes the next element from `left`. Returns false if there is none that is whole. */
static bool next(struct tl_bytes *left, struct element *e)
{
    const uint8_t *p = left->data;
    uint32_t head = 2, len;
    if (left->len < head || (p[0] & 0x1f) == 0x1f || p[1] > 0x84 || p[1] == 0x80)
        return false;
    len = p[1];
    if (p[1] > 0x80) {
        uint32_t n = p[1] & 0x7f;
        if (left->len < head + n)
            return false;
        for (len = 0; head < 2 + n; head++)
            len = len << 8 | p[head];
    }
    if (len > left->len - head)
        return false;
    *e = (struct element){ p[0], { p + head, len }, { p, head + len } };
    *left = tl_bytes_of(p + head + len, left->len - head - len);
    return true;
}

static bool expect(struct tl_bytes *left, uint8_t tag, struct tl_bytes *value)
{
    struct element e;
    if (!next(left, &e) || e.tag != tag)
        return false;
    *value = e.value;
    return true;
}

/* The certificates of a ContentInfo. Returns false if it is no signed data, or has none. */
static bool certificates(struct tl_bytes cms, struct tl_bytes *set)
{
    static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2 };
    struct tl_bytes info, type, content, data, skipped;
    struct element e;
    if (!expect(&cms, SEQUENCE, &info) || !expect(&info, OBJECT, &type) || type.len != sizeof signed_data ||
        memcmp(type.data, signed_data, sizeof signed_data) != 0 || !expect(&info, CONTEXT_0, &content) ||
        !expect(&content, SEQUENCE, &data))
        return false;
    if (!next(&data, &e) || !expect(&data, SET, &skipped) || !expect(&data, SEQUENCE, &skipped)) /* version, digests, content */
        return false;
    return expect(&data, CONTEXT_0, set);
}

void tl_x509_emit_signed(struct tl_dissection *d, struct tl_bytes cms, int64_t ts, bool client)
{
    struct tl_bytes left;
    struct element e;
    if (!d->recorded || !certificates(cms, &left))
        return;
    for (unsigned i = 0; i < CERTIFICATES_MOST && next(&left, &e); i++) {
        const struct tl_certificate *c = e.tag == SEQUENCE ? tl_x509_read(d, e.whole) : NULL;
        if (c != NULL)
            tl_x509_emit(d, c, ts, i == 0, client);
    }
}
