/* packet_columns.h - which columns the list of packets has, in which order, and how wide: as the user writes it. */
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
    TL_COLUMN_COUNT
};

struct tl_packet_columns {
    struct {
        uint8_t which; /* enum tl_packet_column */
        uint8_t width; /* cells; 0: as is fit */
    } shown[TL_COLUMN_COUNT];
    unsigned count;    /* at least 1 */
};

enum { TL_COLUMNS_TEXT = 160, TL_COLUMN_WIDEST = 200 };
#define TL_COLUMNS_DEFAULT "number time source destination protocol length info"

/* "number time source:20 info". false: a word is not a column, or stands there twice, or there is none at all. */
bool tl_packet_columns_parse(const char *text, struct tl_packet_columns *columns);
/* The same text again. */
void tl_packet_columns_put(struct tl_buffer *out, const struct tl_packet_columns *columns);
const char *tl_packet_column_title(unsigned which);
/* Is it shown? */
bool tl_packet_columns_have(const struct tl_packet_columns *columns, unsigned which);
/* false for a text that tl_packet_columns_parse() does not take: for the configuration. */
bool tl_packet_columns_fine(const char *text);
/* The words there are, for messages. */
extern const char tl_packet_column_words[];

#endif
