/* datum_text.c - the values of -e as text. */
#include "export/datum_text.h"

#include "export/json.h"

void tl_put_datum(struct tl_buffer *out, const struct tl_datum *value, const struct tl_field *field,
                  const struct tl_raw *raw)
{
    if (value->type == TL_DATUM_UNSIGNED && field != NULL && field->base == TL_HEX) {
        tl_put_lit(out, "0x");
        tl_put_hex(out, value->number, value->bits / 4u);
    } else if (value->type == TL_DATUM_TEXT) {
        tl_put_safe_text(out, value->bytes.data, value->bytes.len);
    } else if (value->type == TL_DATUM_NONE || value->type == TL_DATUM_PROTOCOL) {
        tl_put_char(out, '1'); /* it is there */
    } else if (value->type == TL_DATUM_BYTES) {
        tl_raw_put_bytes(raw, out, value->bytes, 0);
    } else {
        tl_datum_put(out, value);
    }
}

void tl_put_json_datum(struct tl_buffer *out, const struct tl_datum *value, const struct tl_field *field,
                       const struct tl_raw *raw)
{
    if (value->type == TL_DATUM_TEXT) {
        tl_put_json_text(out, value->bytes.data, value->bytes.len);
        return;
    }
    tl_put_char(out, '"');
    tl_put_datum(out, value, field, raw);
    tl_put_char(out, '"');
}
