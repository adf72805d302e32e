/* datum.c - compares values, and writes them as text. */
#include "filter/datum.h"

#include <time.h>

#include "core/values.h"

#define ORDER(a, b) ((a) < (b) ? TL_ORDER_LESS : (a) > (b) ? TL_ORDER_GREATER : TL_ORDER_EQUAL)

static double double_of(const struct tl_datum *a)
{
    if (a->type == TL_DATUM_DOUBLE)
        return tl_double_of(a->number);
    return a->type == TL_DATUM_UNSIGNED ? (double)a->number : (double)(int64_t)a->number;
}

static enum tl_order compare_numbers(const struct tl_datum *a, const struct tl_datum *b)
{
    if (a->type == TL_DATUM_DOUBLE || b->type == TL_DATUM_DOUBLE) {
        double x = double_of(a), y = double_of(b);
        return x == y ? TL_ORDER_EQUAL : x < y ? TL_ORDER_LESS : x > y ? TL_ORDER_GREATER : TL_ORDER_NONE;
    }
    bool a_negative = a->type != TL_DATUM_UNSIGNED && (int64_t)a->number < 0;
    bool b_negative = b->type != TL_DATUM_UNSIGNED && (int64_t)b->number < 0;
    if (a_negative != b_negative)
        return a_negative ? TL_ORDER_LESS : TL_ORDER_GREATER;
    return ORDER(a->number, b->number); /* of two negative numbers too: two's complement */
}

/* Bits after the shorter prefix are not compared. */
static enum tl_order compare_ipv4(const struct tl_datum *a, const struct tl_datum *b)
{
    unsigned bits = a->bits < b->bits ? a->bits : b->bits;
    uint32_t mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
    uint32_t x = (uint32_t)a->number & mask, y = (uint32_t)b->number & mask;
    return ORDER(x, y);
}

static enum tl_order compare_ipv6(const struct tl_datum *a, const struct tl_datum *b)
{
    unsigned bits = a->bits < b->bits ? a->bits : b->bits;
    if (a->bytes.len < 16 || b->bytes.len < 16)
        return TL_ORDER_NONE;
    for (unsigned i = 0; i < 16 && bits > 0; i++) {
        uint8_t mask = (uint8_t)(bits >= 8 ? 0xffu : 0xff00u >> bits);
        uint8_t x = (uint8_t)(a->bytes.data[i] & mask), y = (uint8_t)(b->bytes.data[i] & mask);
        if (x != y)
            return ORDER(x, y);
        bits -= bits >= 8 ? 8 : bits;
    }
    return TL_ORDER_EQUAL;
}

/* Of sequences of bytes the longer one is greater, as in Wireshark; text is compared as in a dictionary. */
static enum tl_order compare_bytes(struct tl_bytes a, struct tl_bytes b, bool text)
{
    if (!text && a.len != b.len)
        return ORDER(a.len, b.len);
    uint32_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;
    return order != 0 ? ORDER(order, 0) : ORDER(a.len, b.len);
}

static bool is_numeric(enum tl_datum_type type)
{
    return type >= TL_DATUM_UNSIGNED && type <= TL_DATUM_DOUBLE;
}

static bool is_string_of_bytes(enum tl_datum_type type)
{
    return type >= TL_DATUM_MAC && type <= TL_DATUM_TEXT;
}

static bool is_address(enum tl_datum_type type)
{
    return type == TL_DATUM_IPV4 || type == TL_DATUM_IPV6 || type == TL_DATUM_ADDRESS;
}

bool tl_datum_comparable(enum tl_datum_type a, enum tl_datum_type b)
{
    if (a == TL_DATUM_NONE || b == TL_DATUM_NONE)
        return false;
    if (a == TL_DATUM_ADDRESS || b == TL_DATUM_ADDRESS)
        return is_address(a) && is_address(b);
    return a == b || (is_numeric(a) && is_numeric(b)) || (is_string_of_bytes(a) && is_string_of_bytes(b));
}

enum tl_order tl_datum_compare(const struct tl_datum *a, const struct tl_datum *b)
{
    if (!tl_datum_comparable(a->type, b->type))
        return TL_ORDER_NONE;
    if (is_numeric(a->type) || a->type == TL_DATUM_TIME || a->type == TL_DATUM_INTERVAL)
        return compare_numbers(a, b);
    if (a->type == TL_DATUM_BOOL)
        return ORDER(a->number != 0, b->number != 0);
    if (a->type == TL_DATUM_IPV4)
        return compare_ipv4(a, b);
    return a->type == TL_DATUM_IPV6 ? compare_ipv6(a, b) : compare_bytes(a->bytes, b->bytes, a->type == TL_DATUM_TEXT);
}

struct tl_bytes tl_datum_haystack(const struct tl_datum *a)
{
    return (struct tl_bytes){ a->bytes.data, a->bytes.len + a->after };
}

bool tl_datum_contains(const struct tl_datum *a, const struct tl_datum *b)
{
    struct tl_bytes in = tl_datum_haystack(a);
    return b->bytes.len > 0 && in.len >= b->bytes.len &&
           memmem(in.data, in.len, b->bytes.data, b->bytes.len) != NULL;
}

bool tl_datum_is_set(const struct tl_datum *a)
{
    if (a->type == TL_DATUM_DOUBLE)
        return tl_double_of(a->number) != 0;
    if (!tl_datum_is_bytes(a->type))
        return a->number != 0;
    for (uint32_t i = 0; i < a->bytes.len; i++) {
        if (a->bytes.data[i] != 0)
            return true;
    }
    return false;
}

/* Jan  1, 2024 00:00:00.000000000 UTC, in local time, with the zone's name. */
static void put_time(struct tl_buffer *b, int64_t ns)
{
    int64_t seconds = ns / 1000000000 - (ns % 1000000000 < 0);
    char text[64];
    struct tm tm;
    time_t t = (time_t)seconds;
    if (localtime_r(&t, &tm) == NULL)
        return;
    if (strftime(text, sizeof text, "%b %e, %Y %H:%M:%S", &tm) > 0)
        tl_puts(b, text);
    tl_put_format(b, ".%09d %s", (int)(ns - seconds * 1000000000), tm.tm_zone);
}

void tl_datum_put(struct tl_buffer *b, const struct tl_datum *a)
{
    switch ((enum tl_datum_type)a->type) {
    case TL_DATUM_NONE:
    case TL_DATUM_ADDRESS:
        break;
    case TL_DATUM_BOOL:
        tl_put_char(b, a->number != 0 ? '1' : '0');
        break;
    case TL_DATUM_UNSIGNED:
        tl_put_u64(b, a->number);
        break;
    case TL_DATUM_SIGNED:
        tl_put_i64(b, (int64_t)a->number);
        break;
    case TL_DATUM_DOUBLE:
        tl_put_double(b, tl_double_of(a->number));
        break;
    case TL_DATUM_TIME:
        put_time(b, (int64_t)a->number);
        break;
    case TL_DATUM_INTERVAL:
        tl_put_seconds(b, (int64_t)a->number, 9);
        break;
    case TL_DATUM_IPV4:
        tl_put_ipv4(b, (const uint8_t[4]){ (uint8_t)(a->number >> 24), (uint8_t)(a->number >> 16),
                                           (uint8_t)(a->number >> 8), (uint8_t)a->number });
        break;
    case TL_DATUM_IPV6:
        tl_put_ipv6(b, a->bytes.data);
        break;
    case TL_DATUM_MAC:
        tl_put_mac(b, a->bytes.data);
        break;
    case TL_DATUM_GUID:
        tl_put_guid(b, a->bytes.data, false);
        break;
    case TL_DATUM_OID:
        if (!tl_put_oid(b, a->bytes))
            tl_put_hex_bytes(b, a->bytes.data, a->bytes.len, 0);
        break;
    case TL_DATUM_BYTES:
    case TL_DATUM_PROTOCOL:
        tl_put_hex_bytes(b, a->bytes.data, a->bytes.len, 0);
        break;
    case TL_DATUM_TEXT:
        tl_put(b, a->bytes.data, a->bytes.len);
        break;
    }
}

const char *tl_datum_type_name(enum tl_datum_type type)
{
    static const char *const names[] = {
        [TL_DATUM_NONE] = "without a value",  [TL_DATUM_BOOL] = "a boolean",      [TL_DATUM_UNSIGNED] = "a number",
        [TL_DATUM_SIGNED] = "a signed number", [TL_DATUM_DOUBLE] = "a fraction",  [TL_DATUM_TIME] = "a time",
        [TL_DATUM_INTERVAL] = "an interval",  [TL_DATUM_IPV4] = "an IPv4 address", [TL_DATUM_IPV6] = "an IPv6 address",
        [TL_DATUM_MAC] = "a MAC address",     [TL_DATUM_GUID] = "a GUID",
        [TL_DATUM_OID] = "an object identifier",
        [TL_DATUM_BYTES] = "bytes",           [TL_DATUM_PROTOCOL] = "a protocol", [TL_DATUM_TEXT] = "text",
        [TL_DATUM_ADDRESS] = "an address",
    };
    return names[type];
}
