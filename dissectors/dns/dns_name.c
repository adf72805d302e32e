/* dns_name.c - domain names and their compression (RFC 1035 sections 3.1 and 4.1.4). */
#include "dissectors/dns/dns.h"

enum { JUMPS_MAX = 128 }; /* a name has at most 127 labels */

static void put_labels(struct tl_dns_name *out, const uint8_t *base, uint32_t from, uint32_t to)
{
    memcpy(out->labels + out->len, base + from, to - from);
    out->len += to - from;
}

enum tl_status tl_dns_name_walk(const uint8_t *base, uint32_t start, uint32_t off, uint32_t limit, uint32_t *after,
                                struct tl_dns_name *out)
{
    uint32_t begin = off, at = off, wire = 1;
    unsigned jumps = 0;
    if (out != NULL)
        out->len = 0;
    for (;;) {
        uint32_t need = at + 1;
        if (at < limit) {
            uint8_t n = base[at];
            if (n == 0)
                break;
            if (n < 0x40) {
                wire += n + 1u;
                need = at + 1 + n;
                if (wire > TL_DNS_NAME)
                    return TL_BAD;
            } else if (n >= 0xc0) {
                need = at + 2;
            } else {
                return TL_BAD;
            }
        }
        if (need > limit) {
            *after = need;
            return jumps == 0 ? TL_MORE : TL_BAD;
        }
        if (base[at] < 0x40) {
            at = need;
            continue;
        }
        uint32_t target = start + (tl_load_be16(base + at) & 0x3fff);
        if (target >= begin || jumps == JUMPS_MAX)
            return TL_BAD;
        if (out != NULL)
            put_labels(out, base, begin, at);
        if (jumps++ == 0)
            *after = need;
        limit = begin; /* the target name must end before the name that points to it */
        begin = at = target;
    }
    if (jumps == 0)
        *after = at + 1;
    if (out != NULL)
        put_labels(out, base, begin, at);
    return TL_OK;
}

void tl_dns_name(struct tl_dissection *d, const struct tl_dns_message *m, unsigned field, struct tl_dns_name *out)
{
    if (!tl_ok(d)) {
        if (out != NULL)
            out->len = 0;
        return;
    }
    bool wanted = tl_wants(d, field);
    if (out == NULL && !wanted && m->asked > 0 && tl_cursor_left(&d->c) >= 2 &&
        tl_load_be16(d->c.base + d->c.off) == (0xc000 | (m->questions - m->start))) {
        d->c.off += 2; /* the name of the first question, which was followed before */
        return;
    }
    struct tl_dns_name local;
    struct tl_dns_name *name = out != NULL ? out : wanted ? &local : NULL;
    uint32_t after = d->c.off;
    enum tl_status status = tl_dns_name_walk(d->c.base, m->start, d->c.off, d->c.end, &after, name);
    if (TL_UNLIKELY(status != TL_OK)) {
        if (name != NULL)
            name->len = 0;
        tl_cursor_fail(&d->c, status == TL_MORE && after <= d->c.wire_end ? TL_SHORT : TL_BAD);
        return;
    }
    uint32_t off = d->c.off;
    d->c.off = after;
    if (TL_UNLIKELY(wanted)) {
        uint8_t text[TL_DNS_NAME_TEXT];
        uint32_t len = tl_dns_name_text(name->labels, name->len, text);
        tl_add_text(d, field, off, after - off, len == 0 ? (const void *)"<Root>" : text, len == 0 ? 6 : len);
    }
}

/* Sets bit 5 of the bytes of a word that are upper-case letters. */
static uint64_t lower_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t low = word & ~high;
    uint64_t from_a = low + ones * (0x80 - 'A'), past_z = low + ones * (0x80 - 'Z' - 1);
    return word | (from_a & ~past_z & ~word & high) >> 2;
}

/* Length bytes are less than any letter. Bytes after the name, up to whole words, do not matter. */
void tl_dns_lower(struct tl_dns_name *name)
{
    _Static_assert(sizeof name->labels % 8 == 0, "whole words");
    for (uint32_t i = 0; i < name->len; i += 8) {
        uint64_t word;
        memcpy(&word, name->labels + i, 8);
        word = lower_word(word);
        memcpy(name->labels + i, &word, 8);
    }
}

static bool same_word(const uint8_t *wire, const uint8_t *lower)
{
    uint64_t a, b;
    memcpy(&a, wire, 8);
    memcpy(&b, lower, 8);
    return lower_word(a) == b;
}

bool tl_dns_same_name(const uint8_t *wire, const uint8_t *lower, uint32_t len)
{
    uint32_t i = 0;
    for (; i + 8 <= len; i += 8) {
        if (!same_word(wire + i, lower + i))
            return false;
    }
    if (len >= 8) /* the last word overlaps */
        return same_word(wire + len - 8, lower + len - 8) && wire[len] == 0;
    for (; i < len; i++) {
        uint8_t c = wire[i];
        if ((uint8_t)(c + ((uint8_t)(c - 'A') < 26 ? 32 : 0)) != lower[i])
            return false;
    }
    return wire[len] == 0;
}

/* Bits of the printable bytes that are escaped, by the upper bit of 7. Zone files give each another meaning. */
#define BIT(c) (UINT64_C(1) << ((c) & 63))
static const uint64_t special[2] = {
    BIT('"') | BIT('$') | BIT('(') | BIT(')') | BIT('.') | BIT(';'),
    BIT('@') | BIT('\\'),
};

static bool is_printable(uint8_t c)
{
    return c > ' ' && c < 0x7f;
}

static uint8_t *put_escape(uint8_t *to, uint8_t c)
{
    *to++ = '\\';
    if (!is_printable(c)) {
        *to++ = (uint8_t)('0' + c / 100);
        *to++ = (uint8_t)('0' + c / 10 % 10);
        c = (uint8_t)('0' + c % 10);
    }
    *to++ = c;
    return to;
}

/* Returns a bit in each byte of a word that is no letter, digit or hyphen. */
static uint64_t odd_bytes(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t low = word & ~high, folded = low | ones << 5;
    uint64_t letter = (folded + ones * (0x80 - 'a')) & ~(folded + ones * (0x80 - 'z' - 1));
    uint64_t digit = (low + ones * (0x80 - '0')) & ~(low + ones * (0x80 - '9' - 1));
    uint64_t not_hyphen = (low ^ ones * '-') + ones * 0x7f;
    return ((~(letter | digit) & not_hyphen) | word) & high;
}

/* Are all bytes of a text letters, digits and hyphens, but for `dots` others? Up to 7 bytes after it are written. */
static bool is_plain(uint8_t *text, uint32_t len, uint32_t dots)
{
    uint64_t count = 0;
    memset(text + len, 'a', 8);
    for (uint32_t i = 0; i < len; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, 8);
        count += odd_bytes(word) >> 7; /* at most 32 words: a byte does not overflow */
    }
    return count * UINT64_C(0x0101010101010101) >> 56 == dots;
}

/* Most names need no escapes: returns false if this one does. */
static bool plain_text(const uint8_t *labels, uint32_t len, uint8_t *text)
{
    uint32_t dots = 0;
    memcpy(text, labels + 1, len - 1);
    for (uint32_t at = labels[0] + 1u; at < len; at += labels[at] + 1u, dots++)
        text[at - 1] = '.';
    return is_plain(text, len - 1, dots);
}

uint32_t tl_dns_name_text(const uint8_t *labels, uint32_t len, uint8_t text[TL_DNS_NAME_TEXT])
{
    if (len == 0)
        return 0;
    if (TL_LIKELY(plain_text(labels, len, text)))
        return len - 1;
    uint8_t *to = text;
    for (uint32_t at = 0; at < len;) {
        uint32_t end = at + 1 + labels[at];
        while (++at < end) {
            uint8_t c = labels[at];
            if (TL_LIKELY(is_printable(c) && (special[c >> 6] >> (c & 63) & 1) == 0))
                *to++ = c;
            else
                to = put_escape(to, c);
        }
        if (at < len)
            *to++ = '.';
    }
    return (uint32_t)(to - text);
}

void tl_dns_put_name(struct tl_buffer *text, struct tl_dns_name *name, const char *root)
{
    uint8_t out[TL_DNS_NAME_TEXT];
    tl_dns_lower(name);
    if (name->len == 0)
        tl_puts(text, root);
    else
        tl_put(text, out, tl_dns_name_text(name->labels, name->len, out));
}
