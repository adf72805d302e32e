/* native.c - blocks of ClickHouse's format Native, which the server takes without reading each value. */
#include "sinks/native.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint8_t size; /* bytes of a value; 0: they vary */
} bases[] = {
    [TL_NATIVE_STRING] = { "String", 0 },   [TL_NATIVE_UINT8] = { "UInt8", 1 },
    [TL_NATIVE_UINT16] = { "UInt16", 2 },   [TL_NATIVE_UINT64] = { "UInt64", 8 },
    [TL_NATIVE_INT64] = { "Int64", 8 },     [TL_NATIVE_FLOAT64] = { "Float64", 8 },
    [TL_NATIVE_DECIMAL] = { "Decimal(38, 9)", 16 },
};

static const char nullable[] = "Nullable(", array[] = "Array(";

/* Whether text begins with a word and ends with a parenthesis; they are removed. */
static bool unwrap(const char *word, const char **text, size_t *len)
{
    size_t n = strlen(word);
    if (*len <= n || memcmp(*text, word, n) != 0 || (*text)[*len - 1] != ')')
        return false;
    *text += n;
    *len -= n + 1;
    return true;
}

bool tl_native_type_read(struct tl_native_type *type, const char *text, size_t len)
{
    *type = (struct tl_native_type){ 0 };
    if (unwrap(nullable, &text, &len))
        type->nullable = true;
    else if (unwrap(array, &text, &len))
        type->array = true;
    for (size_t i = 0; i < TL_COUNT(bases); i++) {
        if (strlen(bases[i].name) == len && memcmp(bases[i].name, text, len) == 0) {
            type->base = (enum tl_native_base)i;
            return true;
        }
    }
    return false;
}

/* --- values --- */

static void put_varint(struct tl_buffer *out, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        tl_put_char(out, (char)(v | 128));
    tl_put_char(out, (char)v);
}

/* Little-endian. */
static void put_fixed(struct tl_buffer *out, uint64_t v, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(v >> 8 * i);
    tl_put(out, bytes, size);
}

static int hex_of(const uint8_t *p)
{
    int v = 0;
    for (unsigned i = 0; i < 4; i++) {
        int c = p[i], lower = c | 0x20;
        int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = { 0, 0xc0, 0xe0, 0xf0 };
    out[0] = (uint8_t)(leads[more] | c >> 6 * more);
    for (size_t i = 1; i <= more; i++)
        out[i] = (uint8_t)(0x80 | (c >> 6 * (more - i) & 0x3f));
    return more + 1;
}

/* Decodes \uXXXX at p, and the second half of a pair. Returns the bytes it took, 0: none. */
static size_t decode_unicode(const uint8_t *p, const uint8_t *end, uint32_t *c)
{
    int high = end - p >= 6 ? hex_of(p + 2) : -1;
    if (high < 0)
        return 0;
    *c = (uint32_t)high;
    if (high < 0xd800 || high > 0xdbff)
        return 6;
    int low = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex_of(p + 8) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 6;
    *c = 0x10000 + (((uint32_t)high - 0xd800) << 10 | ((uint32_t)low - 0xdc00));
    return 12;
}

/* Decodes the inside of a JSON string (RFC 8259, 7). It gets no longer. Returns the length, or SIZE_MAX. */
static size_t decode_string(uint8_t *out, const uint8_t *p, const uint8_t *end)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint8_t *at = out;
    while (p < end) {
        const uint8_t *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash != NULL ? slash : end) - p);
        memcpy(at, p, plain);
        at += plain;
        p += plain;
        if (slash == NULL)
            break;
        const char *known = end - p >= 2 && p[1] != '\0' ? strchr(from, p[1]) : NULL;
        uint32_t c = 0;
        size_t taken = known != NULL ? 2 : end - p >= 2 && p[1] == 'u' ? decode_unicode(p, end, &c) : 0;
        if (taken == 0)
            return SIZE_MAX;
        if (known != NULL)
            *at++ = (uint8_t)to[known - from];
        else
            at += put_utf8(at, c);
        p += taken;
    }
    return (size_t)(at - out);
}

/* Appends a JSON string, or other JSON as it is. */
static bool put_string(struct tl_buffer *out, const uint8_t *json, size_t len)
{
    bool quoted = len >= 2 && json[0] == '"';
    const uint8_t *p = quoted ? json + 1 : json, *end = quoted ? json + len - 1 : json + len;
    size_t most = (size_t)(end - p);
    if (!quoted || memchr(p, '\\', most) == NULL) {
        put_varint(out, most);
        tl_put(out, p, most);
        return true;
    }
    size_t before = out->len;
    uint8_t *room = tl_buffer_room(out, most + 10);
    if (room == NULL)
        return true;
    size_t n = decode_string(room + 10, p, end);
    if (n == SIZE_MAX)
        return false;
    put_varint(out, n); /* at most 10 bytes */
    memmove(out->data + out->len, out->data + before + 10, n);
    out->len += n;
    return true;
}

struct decimal {
    bool negative;
    uint64_t digits;  /* without the point */
    unsigned places;  /* after the point */
};

/* Reads digits with a point, without an exponent. Returns false if it is nothing such, or has more than 19 digits. */
static bool read_decimal(struct decimal *d, const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    bool point = false;
    unsigned count = 0;
    *d = (struct decimal){ .negative = len > 0 && *p == '-' };
    p += d->negative;
    for (; p < end; p++) {
        if (*p == '.' && !point && count > 0) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9' || ++count > 19)
            return false;
        d->digits = 10 * d->digits + (uint64_t)(*p - '0');
        d->places += point;
    }
    return count > 0;
}

static const uint64_t tens[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
};

static bool put_decimal(struct tl_buffer *out, const uint8_t *json, size_t len)
{
    struct decimal d;
    if (!read_decimal(&d, json, len) || d.places > 9)
        return false;
    unsigned __int128 value = (unsigned __int128)d.digits * tens[9 - d.places];
    value = d.negative ? -value : value;
    put_fixed(out, (uint64_t)value, 8);
    put_fixed(out, (uint64_t)(value >> 64), 8);
    return true;
}

/* Both numbers of a quotient are exact, so it is the nearest one. */
static bool read_float(double *value, const uint8_t *json, size_t len)
{
    struct decimal d;
    char text[64], *end;
    if (read_decimal(&d, json, len) && d.digits < UINT64_C(1) << 53 && d.places <= 9) {
        *value = (double)d.digits / (double)tens[d.places];
        *value = d.negative ? -*value : *value;
        return true;
    }
    if (len == 0 || len >= sizeof text || (json[0] != '-' && (json[0] < '0' || json[0] > '9')))
        return false;
    memcpy(text, json, len);
    text[len] = '\0';
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

static bool put_integer(struct tl_buffer *out, enum tl_native_base base, const uint8_t *json, size_t len)
{
    struct decimal d;
    uint64_t most = base == TL_NATIVE_UINT8    ? UINT8_MAX
                    : base == TL_NATIVE_UINT16 ? UINT16_MAX
                    : base == TL_NATIVE_INT64  ? INT64_MAX
                                               : UINT64_MAX;
    if (len > 0 && (json[0] == 't' || json[0] == 'f')) {
        d = (struct decimal){ .digits = json[0] == 't' };
    } else if (len == 20 && base == TL_NATIVE_UINT64 && read_decimal(&d, json, 19) && d.places == 0 && !d.negative) {
        uint64_t last = (uint64_t)(json[19] - '0'); /* twenty digits */
        if (last > 9 || d.digits > (UINT64_MAX - last) / 10)
            return false;
        d.digits = 10 * d.digits + last;
    } else if (!read_decimal(&d, json, len) || d.places > 0) {
        return false;
    }
    if (d.digits > most || (d.negative && base != TL_NATIVE_INT64))
        return false;
    put_fixed(out, d.negative ? 0 - d.digits : d.digits, bases[base].size);
    return true;
}

static bool put_value(struct tl_buffer *out, enum tl_native_base base, const uint8_t *json, size_t len)
{
    double real;
    uint64_t bits;
    switch (base) {
    case TL_NATIVE_STRING:
        return put_string(out, json, len);
    case TL_NATIVE_DECIMAL:
        return put_decimal(out, json, len);
    case TL_NATIVE_FLOAT64:
        if (!read_float(&real, json, len))
            return false;
        memcpy(&bits, &real, sizeof bits);
        put_fixed(out, bits, sizeof bits);
        return true;
    default:
        return put_integer(out, base, json, len);
    }
}

/* Returns the end of the element of an array at p. */
static const uint8_t *element_end(const uint8_t *p, const uint8_t *end)
{
    for (bool inside = false; p < end; p++) {
        if (inside && *p == '\\' && p + 1 < end)
            p++;
        else if (*p == '"')
            inside = !inside;
        else if (!inside && *p == ',')
            break;
    }
    return p;
}

/* --- rows --- */

static void begin_row(struct tl_native_column *c)
{
    c->values_before = c->values.len;
    c->shape_before = c->shape.len;
    c->elements_before = c->elements;
    c->rows++;
}

void tl_native_take_back(struct tl_native_column *c)
{
    c->values.len = c->values_before;
    c->shape.len = c->shape_before;
    c->elements = c->elements_before;
    c->rows--;
}

static bool put_array(struct tl_native_column *c, const uint8_t *json, size_t len)
{
    if (len < 2 || json[0] != '[' || json[len - 1] != ']')
        return false;
    const uint8_t *end = json + len - 1;
    for (const uint8_t *p = json + 1; p < end;) {
        const uint8_t *behind = element_end(p, end);
        if (!put_value(&c->values, c->type.base, p, (size_t)(behind - p)))
            return false;
        c->elements++;
        p = behind + 1;
    }
    put_fixed(&c->shape, c->elements, 8);
    return true;
}

bool tl_native_put(struct tl_native_column *c, const uint8_t *json, size_t len)
{
    if (len == 4 && memcmp(json, "null", 4) == 0) {
        tl_native_put_default(c);
        return true;
    }
    begin_row(c);
    bool good = c->type.array ? put_array(c, json, len) : put_value(&c->values, c->type.base, json, len);
    if (c->type.nullable)
        tl_put_char(&c->shape, 0);
    if (!good)
        tl_native_take_back(c);
    return good;
}

void tl_native_put_default(struct tl_native_column *c)
{
    static const uint8_t zeros[16];
    begin_row(c);
    if (c->type.nullable)
        tl_put_char(&c->shape, 1);
    if (c->type.array)
        put_fixed(&c->shape, c->elements, 8);
    else
        tl_put(&c->values, zeros, c->type.base == TL_NATIVE_STRING ? 1 : bases[c->type.base].size);
}

void tl_native_put_text(struct tl_native_column *c, const char *text, size_t len)
{
    begin_row(c);
    put_varint(&c->values, len);
    tl_put(&c->values, text, len);
}

void tl_native_put_number(struct tl_native_column *c, uint64_t number)
{
    begin_row(c);
    put_fixed(&c->values, number, 8);
}

void tl_native_clear(struct tl_native_column *c)
{
    c->values.len = c->shape.len = c->rows = 0;
    c->values.failed = c->shape.failed = false;
    c->elements = 0;
}

void tl_native_fini(struct tl_native_column *c)
{
    tl_buffer_fini(&c->values);
    tl_buffer_fini(&c->shape);
}

bool tl_native_failed(const struct tl_native_column *c)
{
    return c->values.failed || c->shape.failed;
}

/* --- blocks --- */

void tl_native_begin(struct tl_buffer *out, size_t columns, size_t rows)
{
    put_varint(out, columns);
    put_varint(out, rows);
}

void tl_native_put_column(struct tl_buffer *out, const struct tl_native_column *c, const char *name)
{
    char type[64];
    int n = snprintf(type, sizeof type, "%s%s%s", c->type.nullable ? nullable : c->type.array ? array : "",
                     bases[c->type.base].name, c->type.nullable || c->type.array ? ")" : "");
    put_varint(out, strlen(name));
    tl_puts(out, name);
    put_varint(out, (uint64_t)n);
    tl_put(out, type, (size_t)n);
    if (c->shape.len > 0)
        tl_put(out, c->shape.data, c->shape.len);
    if (c->values.len > 0)
        tl_put(out, c->values.data, c->values.len);
}
