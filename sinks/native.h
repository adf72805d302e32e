/*
 * native.h - blocks of ClickHouse's format Native: the columns of a table, filled from the values of JSON.
 *
 *   varint columns, varint rows, then for each column: string name, string type, its values
 *   String              varint length and bytes, for each row
 *   numbers             little-endian, one after another; Decimal(38, 9): 16 bytes
 *   Nullable(T)         a byte for each row (1: NULL), then the values of T
 *   Array(T)            64-bit ends of the rows' elements, then the elements
 */
#ifndef TL_SINKS_NATIVE_H
#define TL_SINKS_NATIVE_H

#include <stdbool.h>

#include "core/buffer.h"

enum tl_native_base {
    TL_NATIVE_STRING,
    TL_NATIVE_UINT8,
    TL_NATIVE_UINT16,
    TL_NATIVE_UINT64,
    TL_NATIVE_INT64,
    TL_NATIVE_FLOAT64,
    TL_NATIVE_DECIMAL, /* Decimal(38, 9) */
};

struct tl_native_type {
    enum tl_native_base base;
    bool nullable, array;
};

struct tl_native_column {
    struct tl_native_type type;
    struct tl_buffer values;
    struct tl_buffer shape;             /* Nullable: a byte for each row; Array: 64-bit ends */
    uint64_t elements;                  /* Array: of all rows */
    size_t rows;
    size_t values_before, shape_before; /* before the last row */
    uint64_t elements_before;
};

/* Reads the text of a type. Returns false for types that are not made here. */
bool tl_native_type_read(struct tl_native_type *type, const char *text, size_t len);

/*
 * Appends a row with a JSON value. Returns false, and appends nothing, if the type cannot hold the value: only NULL of
 * a column that is not Nullable becomes the default.
 */
bool tl_native_put(struct tl_native_column *column, const uint8_t *json, size_t len);
/* Appends NULL, or the default: 0, an empty text, an empty array. */
void tl_native_put_default(struct tl_native_column *column);
/* Appends a string. The column is a String. */
void tl_native_put_text(struct tl_native_column *column, const char *text, size_t len);
/* Appends a number. The column is an UInt64. */
void tl_native_put_number(struct tl_native_column *column, uint64_t number);
/* Removes the last row. */
void tl_native_take_back(struct tl_native_column *column);
void tl_native_clear(struct tl_native_column *column);
void tl_native_fini(struct tl_native_column *column);
bool tl_native_failed(const struct tl_native_column *column);

/* Appends the begin of a block, and a column of it. */
void tl_native_begin(struct tl_buffer *out, size_t columns, size_t rows);
void tl_native_put_column(struct tl_buffer *out, const struct tl_native_column *column, const char *name);

#endif
