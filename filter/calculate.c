/* calculate.c - arithmetic on values, slices and functions of one value. */
#include "filter/calculate.h"

#include "core/values.h"

/* Differences of unsigned numbers may be negative: results are signed, as in Wireshark, except of 64 bits and of &. */
static bool becomes_signed(enum tl_token_kind sign, const struct tl_datum *a)
{
    return sign != TL_TOKEN_BITS_AND && a->type == TL_DATUM_UNSIGNED && a->bits <= 32;
}

static uint64_t wrap(const struct tl_datum *a, uint64_t number)
{
    if (a->bits > 32 || a->type == TL_DATUM_INTERVAL || a->type == TL_DATUM_TIME)
        return number;
    return a->type == TL_DATUM_SIGNED ? (uint64_t)(int64_t)(int32_t)(uint32_t)number : (uint32_t)number;
}

static bool combine_bytes(const struct tl_datum *a, const struct tl_datum *b, struct tl_arena *arena,
                          struct tl_datum *result)
{
    uint32_t len = a->bytes.len < b->bytes.len ? a->bytes.len : b->bytes.len;
    uint8_t *out = tl_arena_alloc(arena, len + 1u);
    if (out == NULL)
        return false;
    for (uint32_t i = 0; i < len; i++)
        out[i] = a->bytes.data[i] & b->bytes.data[i];
    result->bytes = tl_bytes_of(out, len);
    return true;
}

static bool divide(enum tl_token_kind sign, const struct tl_datum *a, const struct tl_datum *b, uint64_t *result)
{
    if (b->number == 0)
        return false;
    if (a->type == TL_DATUM_UNSIGNED) {
        *result = sign == TL_TOKEN_DIVIDE ? a->number / b->number : a->number % b->number;
        return true;
    }
    int64_t x = (int64_t)a->number, y = (int64_t)b->number;
    if (y == -1) { /* INT64_MIN / -1 has no result in C */
        *result = sign == TL_TOKEN_DIVIDE ? 0 - a->number : 0;
        return true;
    }
    *result = (uint64_t)(sign == TL_TOKEN_DIVIDE ? x / y : x % y);
    return true;
}

static bool calculate_doubles(enum tl_token_kind sign, const struct tl_datum *a, const struct tl_datum *b,
                              struct tl_datum *result)
{
    double x = tl_double_of(a->number), y = tl_double_of(b->number), v;
    if (sign == TL_TOKEN_DIVIDE && y == 0)
        return false;
    v = sign == TL_TOKEN_PLUS ? x + y : sign == TL_TOKEN_MINUS ? x - y : sign == TL_TOKEN_TIMES ? x * y : x / y;
    memcpy(&result->number, &v, sizeof v);
    return true;
}

bool tl_calculate(enum tl_token_kind sign, const struct tl_datum *a, const struct tl_datum *b, struct tl_arena *arena,
                  struct tl_datum *result)
{
    *result = *a;
    result->after = 0;
    if (a->type == TL_DATUM_IPV4 && b->type == TL_DATUM_IPV4) {
        result->number = a->number & b->number;
        return true;
    }
    if (tl_datum_is_bytes(a->type))
        return tl_datum_is_bytes(b->type) && combine_bytes(a, b, arena, result);
    if (a->type == TL_DATUM_DOUBLE)
        return b->type == TL_DATUM_DOUBLE && calculate_doubles(sign, a, b, result);
    if (tl_datum_is_number(a->type) && result->bits < b->bits)
        result->bits = b->bits;
    if (becomes_signed(sign, a)) {
        result->type = TL_DATUM_SIGNED;
        result->bits = 64;
    }
    switch (sign) {
    case TL_TOKEN_PLUS:
        result->number = a->number + b->number;
        break;
    case TL_TOKEN_MINUS:
        result->number = a->number - b->number;
        break;
    case TL_TOKEN_TIMES:
        result->number = a->number * b->number;
        break;
    case TL_TOKEN_BITS_AND:
        result->number = a->number & b->number;
        break;
    default:
        if (!divide(sign, a, b, &result->number))
            return false;
        break;
    }
    result->number = wrap(result, result->number);
    return true;
}

bool tl_calculate_negative(const struct tl_datum *a, struct tl_datum *result)
{
    *result = *a;
    if (becomes_signed(TL_TOKEN_MINUS, a)) {
        result->type = TL_DATUM_SIGNED;
        result->bits = 64;
        result->number = 0 - a->number;
    } else if (a->type == TL_DATUM_DOUBLE) {
        result->number = a->number ^ (UINT64_C(1) << 63);
    } else {
        result->number = wrap(a, 0 - a->number);
    }
    return tl_datum_is_number(a->type) || a->type == TL_DATUM_DOUBLE || a->type == TL_DATUM_INTERVAL;
}

/* --- slices --- */

/* Finds the bytes of a span in `len`. Returns false if they are not all there. */
static bool place(const struct tl_span *span, uint32_t len, uint32_t *begin, uint32_t *end)
{
    int64_t first = span->start < 0 ? (int64_t)len + span->start : span->start, after = len;
    if (span->length && !span->open)
        after = first + span->end;
    else if (!span->open)
        after = (span->end < 0 ? (int64_t)len + span->end : span->end) + 1;
    *begin = (uint32_t)first;
    *end = (uint32_t)after;
    return first >= 0 && after > first && after <= len;
}

bool tl_spans_have(const struct tl_span *spans, uint32_t count, uint32_t index, uint32_t items)
{
    for (uint32_t i = 0; i < count; i++) {
        struct tl_span span = spans[i];
        int64_t first = span.start < 0 ? (int64_t)items + span.start : span.start;
        int64_t last = span.open ? INT32_MAX : span.length ? first + span.end - 1
                       : span.end < 0 ? (int64_t)items + span.end : span.end;
        if (index >= first && index <= last)
            return true;
    }
    return false;
}

static bool bytes_of(const struct tl_datum *a, struct tl_arena *arena, struct tl_bytes *bytes)
{
    *bytes = a->bytes;
    if (a->type != TL_DATUM_IPV4)
        return tl_datum_is_bytes(a->type);
    uint8_t *copy = tl_arena_alloc(arena, 4);
    if (copy == NULL)
        return false;
    tl_store_be32(copy, (uint32_t)a->number);
    *bytes = tl_bytes_of(copy, 4);
    return true;
}

bool tl_calculate_slice(const struct tl_datum *a, const struct tl_span *spans, uint32_t count, struct tl_arena *arena,
                        struct tl_datum *result)
{
    struct tl_bytes all;
    uint32_t begin, end, n = 0;
    uint8_t *joined = NULL;
    *result = (struct tl_datum){ .type = TL_DATUM_BYTES };
    if (!bytes_of(a, arena, &all))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!place(&spans[i], all.len, &begin, &end))
            return false;
        n += end - begin;
    }
    if (count == 1 && place(&spans[0], all.len, &begin, &end)) {
        result->bytes = (struct tl_bytes){ all.data + begin, end - begin };
        return true;
    }
    joined = tl_arena_alloc(arena, n);
    if (joined == NULL)
        return false;
    result->bytes = tl_bytes_of(joined, n);
    for (uint32_t i = 0; i < count && place(&spans[i], all.len, &begin, &end); i++) {
        memcpy(joined, all.data + begin, end - begin);
        joined += end - begin;
    }
    return true;
}

/* --- functions --- */

static bool change_case(bool upper, const struct tl_datum *a, struct tl_arena *arena, struct tl_datum *result)
{
    uint8_t *out = tl_arena_alloc(arena, a->bytes.len + 1u);
    if (out == NULL)
        return false;
    for (uint32_t i = 0; i < a->bytes.len; i++) {
        uint8_t c = a->bytes.data[i], first = upper ? 'a' : 'A';
        out[i] = c >= first && c <= first + 25 ? c ^ 0x20 : c;
    }
    result->bytes = tl_bytes_of(out, a->bytes.len);
    return true;
}

static bool to_text(const struct tl_datum *a, struct tl_arena *arena, struct tl_datum *result)
{
    struct tl_buffer b = { 0 };
    tl_datum_put(&b, a);
    uint8_t *out = b.failed ? NULL : tl_arena_alloc(arena, b.len + 1);
    if (out != NULL && b.len > 0)
        memcpy(out, b.data, b.len);
    *result = (struct tl_datum){ .type = TL_DATUM_TEXT, .bytes = { out, (uint32_t)b.len } };
    tl_buffer_fini(&b);
    return out != NULL;
}

bool tl_calculate_function(enum tl_operation function, const struct tl_datum *a, struct tl_arena *arena,
                           struct tl_datum *result)
{
    *result = *a;
    switch (function) {
    case TL_OPERATION_LEN:
        *result = (struct tl_datum){ .type = TL_DATUM_UNSIGNED, .bits = 32 };
        result->number = tl_datum_is_bytes(a->type) ? a->bytes.len : a->bits / 8u;
        return true;
    case TL_OPERATION_LOWER:
    case TL_OPERATION_UPPER:
        return change_case(function == TL_OPERATION_UPPER, a, arena, result);
    case TL_OPERATION_STRING:
        return to_text(a, arena, result);
    case TL_OPERATION_ABS:
        if (a->type == TL_DATUM_DOUBLE)
            result->number = a->number & (UINT64_MAX >> 1);
        else if (a->type != TL_DATUM_UNSIGNED && (int64_t)a->number < 0)
            result->number = 0 - a->number;
        return true;
    default:
        return false;
    }
}
