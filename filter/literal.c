/* literal.c - constants of a filter, read as values of a field's type. */
#include "filter/literal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { WORD = 128 };

struct reader {
    const struct tl_syntax *node;
    const struct tl_kind_of_value *kind;
    struct tl_arena *arena;
    struct tl_datum *value;
    char *reason;
    char word[WORD]; /* the text with a zero byte; "" if it is too long for any number or address */
};

static bool refuse(struct reader *r, const char *why)
{
    snprintf(r->reason, TL_REASON, "%s", why);
    return false;
}

/* --- numbers --- */

/* Decimal, 0x hexadecimal, 0b binary, 0 octal, as in C. Returns false for other text, and above 64 bits. */
static bool read_integer(const char *p, uint64_t *value)
{
    unsigned base = 10, digits = 0;
    if (p[0] == '0' && (p[1] | 0x20) == 'x')
        base = 16;
    else if (p[0] == '0' && (p[1] | 0x20) == 'b')
        base = 2;
    else if (p[0] == '0' && p[1] != '\0')
        base = 8;
    p += base == 16 || base == 2 ? 2 : 0;
    for (*value = 0; *p != '\0'; p++, digits++) {
        unsigned digit = *p >= '0' && *p <= '9' ? (unsigned)(*p - '0')
                         : (*p | 0x20) >= 'a' && (*p | 0x20) <= 'f' ? (unsigned)((*p | 0x20) - 'a') + 10 : 99;
        if (digit >= base || __builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, (uint64_t)digit, value))
            return false;
    }
    return digits > 0;
}

/* Names are compared without case. */
static bool read_name(struct reader *r)
{
    struct tl_bytes text = r->node->text;
    for (const struct tl_name *name = r->kind->names; name != NULL && name->name != NULL; name++) {
        if (strlen(name->name) != text.len || strncasecmp(name->name, (const char *)text.data, text.len) != 0)
            continue;
        r->value->number = name->value;
        return true;
    }
    return false;
}

static bool read_boolean(struct reader *r)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = { { "True", true }, { "TRUE", true }, { "False", false }, { "FALSE", false } };
    uint64_t number;
    r->value->bits = 8;
    for (size_t i = 0; i < TL_COUNT(words); i++) {
        r->value->number = words[i].value;
        if (r->node->kind == TL_SYNTAX_WORD && strcmp(r->word, words[i].word) == 0)
            return true;
    }
    if (strcasecmp(r->word, "Set") == 0 || strcasecmp(r->word, "Not set") == 0) {
        r->value->number = (r->word[0] | 0x20) == 's';
        return true;
    }
    if (r->node->kind == TL_SYNTAX_WORD && read_integer(r->word, &number)) {
        r->value->number = number != 0;
        return true;
    }
    return read_name(r) || refuse(r, "is no boolean: write True, False, 1 or 0");
}

static bool read_number(struct reader *r)
{
    uint8_t bits = r->kind->bits;
    bool is_signed = r->kind->type == TL_DATUM_SIGNED;
    uint64_t most = is_signed ? UINT64_MAX >> (65 - bits) : UINT64_MAX >> (64 - bits);
    if (r->node->kind == TL_SYNTAX_CHAR) {
        r->value->number = r->node->text.data[0];
        return true;
    }
    if (r->node->kind == TL_SYNTAX_WORD && read_integer(r->word, &r->value->number)) {
        if (r->value->number <= most)
            return true;
        snprintf(r->reason, TL_REASON, "is too big for this field: it holds at most %llu", (unsigned long long)most);
        return false;
    }
    if (read_name(r))
        return true;
    if (r->node->kind == TL_SYNTAX_STRING)
        return refuse(r, r->kind->names != NULL ? "is no name of a value of this field"
                                                : "is a string, the field is a number: write it without quotes");
    return refuse(r, r->kind->names != NULL ? "is neither a number nor a name of a value of this field"
                                            : "is no number");
}

static bool read_double(struct reader *r)
{
    char *end;
    double number = strtod(r->word, &end);
    memcpy(&r->value->number, &number, sizeof number);
    r->value->bits = 64;
    return (r->node->kind == TL_SYNTAX_WORD && end != r->word && *end == '\0') || refuse(r, "is no number");
}

/* Seconds, with at most nine decimals, as 1.5 or 1.5s. */
static bool read_interval(struct reader *r)
{
    const char *p = r->word;
    int64_t seconds = 0, ns = 0, unit = 100000000;
    unsigned digits = 0;
    bool overflow = false;
    for (; *p >= '0' && *p <= '9'; p++, digits++)
        overflow |= __builtin_mul_overflow(seconds, (int64_t)10, &seconds) ||
                    __builtin_add_overflow(seconds, (int64_t)(*p - '0'), &seconds);
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
            ns += unit * (*p - '0');
    }
    p += *p == 's';
    overflow |= __builtin_mul_overflow(seconds, INT64_C(1000000000), &seconds) ||
                __builtin_add_overflow(seconds, ns, &ns);
    r->value->number = (uint64_t)ns;
    if (r->node->kind != TL_SYNTAX_WORD || digits == 0 || *p != '\0')
        return refuse(r, "is no interval: write seconds, such as 0.5");
    return !overflow || refuse(r, "is too long an interval");
}

static bool read_time(struct reader *r)
{
    int64_t ns;
    if (!tl_literal_time(r->node->text, &ns))
        return refuse(r, "is no time: write \"2024-01-31 12:34:56\", or with Z or UTC at its end");
    r->value->number = (uint64_t)ns;
    return true;
}

/* --- addresses --- */

/* Cuts "/bits" off the word. */
static bool read_prefix(struct reader *r, unsigned most)
{
    char *slash = strchr(r->word, '/');
    uint64_t bits = most;
    if (slash != NULL) {
        *slash = '\0';
        if (!read_integer(slash[1] == '0' && slash[2] != '\0' ? "x" : slash + 1, &bits) || bits > most) {
            snprintf(r->reason, TL_REASON, "has a bad prefix length: it is 0 to %u", most);
            return false;
        }
    }
    r->value->bits = (uint8_t)bits;
    return true;
}

static bool read_ipv4(struct reader *r)
{
    uint8_t bytes[4];
    if (r->node->kind != TL_SYNTAX_WORD)
        return refuse(r, "is a string, the field is an address: write it without quotes");
    if (!read_prefix(r, 32))
        return false;
    if (inet_pton(AF_INET, r->word, bytes) != 1)
        return refuse(r, "is no IPv4 address");
    r->value->number = tl_load_be32(bytes);
    return true;
}

static bool read_ipv6(struct reader *r)
{
    uint8_t *bytes = tl_arena_alloc(r->arena, 16);
    if (r->node->kind != TL_SYNTAX_WORD)
        return refuse(r, "is a string, the field is an address: write it without quotes");
    if (!read_prefix(r, 128))
        return false;
    if (bytes == NULL || inet_pton(AF_INET6, r->word, bytes) != 1)
        return refuse(r, "is no IPv6 address");
    r->value->bytes = tl_bytes_of(bytes, 16);
    return true;
}

/* --- bytes --- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Groups of hexadecimal digits, with : - or . between them; an odd first digit is a byte of its own. */
static bool read_hex(struct reader *r, struct tl_bytes text)
{
    uint8_t *out = tl_arena_alloc(r->arena, text.len + 1);
    uint32_t n = 0, i = 0;
    if (out == NULL)
        return refuse(r, "is too long");
    while (i < text.len) {
        uint32_t begin = i;
        while (i < text.len && hex_digit(text.data[i]) >= 0)
            i++;
        if (i == begin)
            return refuse(r, "is no sequence of bytes: write them in hexadecimal as 00:1a, or text in quotes");
        if ((i - begin) % 2 != 0)
            out[n++] = (uint8_t)hex_digit(text.data[begin++]);
        for (; begin < i; begin += 2)
            out[n++] = (uint8_t)(hex_digit(text.data[begin]) << 4 | hex_digit(text.data[begin + 1]));
        if (i < text.len && strchr(":-.", text.data[i++]) == NULL)
            return refuse(r, "is no sequence of bytes: write them in hexadecimal as 00:1a, or text in quotes");
    }
    r->value->bytes = tl_bytes_of(out, n);
    return true;
}

static bool read_bytes(struct reader *r)
{
    struct tl_bytes text = r->node->text;
    r->value->bytes = text;
    if (r->node->kind != TL_SYNTAX_WORD)
        return true;
    if (text.len > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x')
        text = (struct tl_bytes){ text.data + 2, text.len - 2 };
    return read_hex(r, text);
}

static bool read_mac(struct reader *r)
{
    if (r->node->kind != TL_SYNTAX_WORD)
        return refuse(r, "is a string, the field is an address: write it without quotes");
    if (!read_hex(r, r->node->text))
        return refuse(r, "is no MAC address");
    return r->value->bytes.len == 6 || refuse(r, "is no MAC address: it has 6 bytes; a part of it is eth.src[0:3]");
}

static bool read_guid(struct reader *r)
{
    return (read_hex(r, r->node->text) && r->value->bytes.len == 16) || refuse(r, "is no GUID");
}

/* 1.2.840.113549 as the contents of an OBJECT IDENTIFIER (X.690 section 8.19). */
static bool read_oid(struct reader *r)
{
    uint8_t *out = tl_arena_alloc(r->arena, WORD * 2);
    uint32_t n = 0, arcs = 0;
    uint64_t first = 0;
    for (const char *p = r->word; out != NULL && *p != '\0'; arcs++) {
        uint64_t arc = 0;
        const char *begin = p;
        for (; *p >= '0' && *p <= '9' && arc < UINT32_MAX; p++)
            arc = arc * 10 + (uint64_t)(*p - '0');
        if (p == begin || (*p != '\0' && *p++ != '.') || (arcs == 0 && arc > 2) || arc > UINT32_MAX)
            return refuse(r, "is no object identifier");
        if (arcs == 0) {
            first = arc;
            continue;
        }
        arc += arcs == 1 ? first * 40 : 0;
        for (int shift = 35; shift >= 0; shift -= 7) {
            if (shift == 0 || arc >> shift != 0)
                out[n++] = (uint8_t)((arc >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
        }
    }
    if (arcs < 2)
        return refuse(r, "is no object identifier");
    r->value->bytes = tl_bytes_of(out, n);
    return true;
}

static bool read_value(struct reader *r)
{
    switch (r->kind->type) {
    case TL_DATUM_NONE:
        return refuse(r, "is compared with a field that has no value");
    case TL_DATUM_BOOL:
        return read_boolean(r);
    case TL_DATUM_UNSIGNED:
    case TL_DATUM_SIGNED:
        return read_number(r);
    case TL_DATUM_DOUBLE:
        return read_double(r);
    case TL_DATUM_TIME:
        return read_time(r);
    case TL_DATUM_INTERVAL:
        return read_interval(r);
    case TL_DATUM_IPV4:
        return read_ipv4(r);
    case TL_DATUM_IPV6:
        return read_ipv6(r);
    case TL_DATUM_ADDRESS:
        r->value->type = strchr(r->word, ':') != NULL ? TL_DATUM_IPV6 : TL_DATUM_IPV4;
        return r->value->type == TL_DATUM_IPV6 ? read_ipv6(r) : read_ipv4(r);
    case TL_DATUM_MAC:
        return read_mac(r);
    case TL_DATUM_GUID:
        return read_guid(r);
    case TL_DATUM_OID:
        return read_oid(r);
    case TL_DATUM_BYTES:
    case TL_DATUM_PROTOCOL:
        return read_bytes(r);
    case TL_DATUM_TEXT:
        r->value->bytes = r->node->text;
        return true;
    }
    return false;
}

bool tl_literal_read(const struct tl_syntax *node, const struct tl_kind_of_value *kind, struct tl_arena *arena,
                     struct tl_datum *value, char reason[TL_REASON])
{
    struct reader r = { .node = node, .kind = kind, .arena = arena, .value = value, .reason = reason };
    if (node->text.len < sizeof r.word && memchr(node->text.data, 0, node->text.len) == NULL)
        memcpy(r.word, node->text.data, node->text.len);
    *value = (struct tl_datum){ .type = (uint8_t)kind->type, .bits = kind->bits };
    return read_value(&r);
}
