/* dns_name.c - domain names and their compression (RFC 1035 sections 3.1 and 4.1.4). */
#include "dissectors/dns/dns.h"

enum { JUMPS_MAX = 128 }; /* a name has at most 127 labels */

/* Appends the labels at [from, to) to the text, each with a dot. */
static void put_labels(struct tl_dns_name *out, const uint8_t *base, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    uint8_t *text = out->text + out->len;
    memcpy(text, base + from + 1, to - from - 1);
    for (uint32_t at = from + base[from] + 1; at < to; at += base[at] + 1u)
        text[at - from - 1] = '.';
    text[to - from - 1] = '.';
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
    if (out != NULL) {
        put_labels(out, base, begin, at);
        if (out->len > 0)
            out->len--;
    }
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
        bool root = name->len == 0;
        tl_add_text(d, field, off, after - off, root ? (const void *)"<Root>" : name->text, root ? 6 : name->len);
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

void tl_dns_lower(struct tl_dns_name *name)
{
    uint32_t i = 0;
    for (; i + 8 <= name->len; i += 8) {
        uint64_t word;
        memcpy(&word, name->text + i, 8);
        word = lower_word(word);
        memcpy(name->text + i, &word, 8);
    }
    for (; i < name->len; i++) {
        uint8_t c = name->text[i];
        name->text[i] = (uint8_t)(c + ((uint8_t)(c - 'A') < 26 ? 32 : 0));
    }
}
