/* packet_columns.h - the columns of the packet list, their order and widths, as the user writes them. */
#ifndef TL_UI_PACKET_COLUMNS_H
#define TL_UI_PACKET_COLUMNS_H

#include "core/buffer.h"

enum tl_packet_column {
    TL_COLUMN_NUMBER,
    TL_COLUMN_TIME,
    TL_COLUMN_SOURCE,
    TL_COLUMN_DESTINATION,
    TL_COLUMN_PROTOCOL,
    TL_COLUMN_LENGTH,
    TL_COLUMN_CAPTURED,
    TL_COLUMN_INTERFACE,
    TL_COLUMN_FLOW,
    TL_COLUMN_INFO,
    TL_COLUMN_FIELD, /* the values of any field */
    TL_COLUMN_COUNT
};

enum { TL_PACKET_COLUMNS_MOST = 16, TL_COLUMN_KEY = 64 };

struct tl_packet_columns {
    struct {
        uint8_t which; /* enum tl_packet_column */
        uint8_t width; /* cells; 0: automatic */
        char key[TL_COLUMN_KEY]; /* TL_COLUMN_FIELD: its name */
    } shown[TL_PACKET_COLUMNS_MOST];
    unsigned count;    /* at least 1 */
};

enum { TL_COLUMNS_TEXT = 512, TL_COLUMN_WIDEST = 200 };
#define TL_COLUMNS_DEFAULT "number time source destination protocol length info"

/*
 * Parses "number time source:20 dns.qry.name info". false: an unknown or repeated column, no column or too many, or a
 * field whose values depend on all packets before.
 */
bool tl_packet_columns_parse(const char *text, struct tl_packet_columns *columns);
/* Writes the same text. */
void tl_packet_columns_put(struct tl_buffer *out, const struct tl_packet_columns *columns);
/* The title of one of them. */
const char *tl_packet_column_title(const struct tl_packet_columns *columns, unsigned column);
/* The names of the fields, in the order of their columns; returns their number. */
uint32_t tl_packet_columns_keys(const struct tl_packet_columns *columns, const char *keys[TL_PACKET_COLUMNS_MOST]);
/* For the configuration: tl_packet_columns_parse() takes this text. */
bool tl_packet_columns_fine(const char *text);
/* The names of all columns, for messages. */
extern const char tl_packet_column_words[];

#endif
