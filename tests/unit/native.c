/* native.c - blocks of ClickHouse's format Native: the bytes of each type, and values that a column cannot hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sinks/native.h"

static struct tl_native_column column_of(const char *type)
{
    struct tl_native_column column = { 0 };
    if (!tl_native_type_read(&column.type, type, strlen(type)))
        fail_msg("%s is not known", type);
    return column;
}

static bool put(struct tl_native_column *column, const char *json)
{
    /* flush before the end of its memory: the sanitizer sees a step too far */
    size_t len = strlen(json);
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, json, len);
    bool good = tl_native_put(column, copy, len);
    free(copy);
    return good;
}

static void bytes_are(const struct tl_buffer *b, const char *hex)
{
    struct tl_buffer text = { 0 };
    tl_put_hex_bytes(&text, b->data, b->len, 0);
    tl_put_char(&text, '\0');
    assert_string_equal((const char *)text.data, hex);
    tl_buffer_fini(&text);
}

/* One value of a type; hex is NULL for one that it cannot hold. */
static void value(const char *type, const char *json, const char *hex)
{
    struct tl_native_column column = column_of(type);
    bool good = put(&column, json);
    if (good != (hex != NULL))
        fail_msg("%s: %s", type, json);
    if (good)
        bytes_are(&column.values, hex);
    assert_int_equal(column.rows, good);
    assert_false(tl_native_failed(&column));
    tl_native_fini(&column);
}

static void types(void **state)
{
    static const char *const others[] = { "", "string", "String)", "Nullable(String", "Nullable()", "UInt32", "Array(",
                                          "Array(Nullable(String))", "Decimal(38,9)", "LowCardinality(String)" };
    struct tl_native_type type;
    (void)state;
    assert_true(tl_native_type_read(&type, "Nullable(Decimal(38, 9))", strlen("Nullable(Decimal(38, 9))")));
    assert_true(type.nullable && !type.array && type.base == TL_NATIVE_DECIMAL);
    assert_true(tl_native_type_read(&type, "Array(String)", strlen("Array(String)")));
    assert_true(!type.nullable && type.array && type.base == TL_NATIVE_STRING);
    for (size_t i = 0; i < TL_COUNT(others); i++)
        assert_false(tl_native_type_read(&type, others[i], strlen(others[i])));
}

static void numbers(void **state)
{
    (void)state;
    value("UInt8", "255", "ff");
    value("UInt8", "256", NULL);
    value("UInt8", "true", "01");
    value("UInt8", "false", "00");
    value("UInt16", "65535", "ffff");
    value("UInt16", "65536", NULL);
    value("UInt16", "-1", NULL);
    value("UInt16", "1.5", NULL);
    value("UInt16", "", NULL);
    value("UInt16", "\"1\"", NULL);
    value("UInt64", "18446744073709551615", "ffffffffffffffff");
    value("UInt64", "18446744073709551616", NULL);
    value("UInt64", "99999999999999999999", NULL);
    value("UInt64", "184467440737095516150", NULL);
    value("UInt64", "1844674407370955161x", NULL);
    value("Int64", "-1", "ffffffffffffffff");
    value("Int64", "9223372036854775807", "ffffffffffffff7f");
    value("Int64", "9223372036854775808", NULL);
    value("Float64", "1.5", "000000000000f83f");
    value("Float64", "-0.1", "9a9999999999b9bf");
    value("Float64", "1e300", "9c7500883ce4377e");
    value("Float64", "12345678901234567890", "e1639d31956ae543");
    value("Float64", "\"NaN\"", NULL);
    value("Float64", "nan", NULL);
    value("Float64", "1e999", NULL);
    value("Decimal(38, 9)", "1.5", "002f6859000000000000000000000000");
    value("Decimal(38, 9)", "-0.000000001", "ffffffffffffffffffffffffffffffff");
    value("Decimal(38, 9)", "0.0000000001", NULL);
    value("Decimal(38, 9)", "9999999999999999999", "003665d46002253e5ece4f2000000000");
}

static void strings(void **state)
{
    (void)state;
    value("String", "\"\"", "00");
    value("String", "\"a\"", "0161");
    value("String", "\"a\\\"\\\\\\n\\/\"", "0561225c0a2f");
    value("String", "\"\\u0000\\u00fc\\u20ac\\ud83d\\ude00\"", "0a00c3bce282acf09f9880");
    value("String", "\"\\ud83d\"", "03eda0bd"); /* half a pair */
    value("String", "\"\\x\"", NULL);
    value("String", "\"\\u12\"", NULL);
    value("String", "\"\\\"", NULL);
    value("String", "[{\"a\":1}]", "095b7b2261223a317d5d");
}

static void arrays(void **state)
{
    (void)state;
    struct tl_native_column column = column_of("Array(String)");
    assert_true(put(&column, "[]"));
    assert_true(put(&column, "[\"a\",\"b,\\\"]\"]"));
    assert_true(put(&column, "null"));
    assert_false(put(&column, "[\"a\",\"\\x\"]"));
    assert_false(put(&column, "\"a\""));
    assert_false(put(&column, "["));
    assert_true(put(&column, "[\"c\"]"));
    bytes_are(&column.values, "016104622c225d0163");
    bytes_are(&column.shape, "0000000000000000020000000000000002000000000000000300000000000000");
    tl_native_take_back(&column);
    tl_native_put_default(&column);
    assert_int_equal(column.rows, 4);
    bytes_are(&column.values, "016104622c225d");
    tl_native_clear(&column);
    assert_int_equal(column.rows, 0);
    tl_native_fini(&column);
    value("Array(UInt64)", "[1,2]", "01000000000000000200000000000000");
    value("Array(UInt64)", "[1,]", "0100000000000000");
    value("Array(UInt64)", "[1,-2]", NULL);
}

static void nulls(void **state)
{
    (void)state;
    struct tl_native_column column = column_of("Nullable(UInt16)");
    assert_true(put(&column, "1"));
    assert_true(put(&column, "null"));
    assert_false(put(&column, "70000"));
    tl_native_put_default(&column);
    bytes_are(&column.shape, "000101");
    bytes_are(&column.values, "010000000000");
    tl_native_fini(&column);
    column = column_of("String");
    assert_true(put(&column, "null"));
    bytes_are(&column.values, "00");
    tl_native_fini(&column);
}

static void block(void **state)
{
    (void)state;
    struct tl_buffer out = { 0 };
    struct tl_native_column a = column_of("Nullable(UInt8)"), b = column_of("String");
    assert_true(put(&a, "7"));
    tl_native_put_text(&b, "xy", 2);
    tl_native_begin(&out, 2, 1);
    tl_native_put_column(&out, &a, "a");
    tl_native_put_column(&out, &b, "b");
    bytes_are(&out, "0201" "0161" "0f" "4e756c6c61626c652855496e743829" "00" "07" "0162" "06" "537472696e67" "027879");
    tl_native_fini(&a);
    tl_native_fini(&b);
    tl_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),  cmocka_unit_test(numbers), cmocka_unit_test(strings),
        cmocka_unit_test(arrays), cmocka_unit_test(nulls),   cmocka_unit_test(block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
