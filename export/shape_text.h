/* shape_text.h - writes the layers of a shape as JSON, as documents of Elasticsearch (EK), and as PDML. */
#ifndef TL_EXPORT_SHAPE_TEXT_H
#define TL_EXPORT_SHAPE_TEXT_H

#include "export/shape.h"

/* The members of "layers", indented. raw: each with its bytes, as jsonraw has them. Links the shape. */
void tl_put_shape_json(struct tl_buffer *out, struct tl_shape *shape, bool raw);
/* The members of "layers" on one line. Links the shape. */
void tl_put_shape_ek(struct tl_buffer *out, struct tl_shape *shape);
/* The elements <proto>, indented. */
void tl_put_shape_pdml(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_protocols *protocols,
                       const struct tl_scene *scene);

/* PDML: the element with the packet's number, lengths and time. */
void tl_put_pdml_packet(struct tl_buffer *out, const struct tl_scene *scene);
/* Puts text, of which each byte must be allowed in a terminal, into an attribute. data may be NULL if len is 0. */
void tl_put_xml_text(struct tl_buffer *out, const uint8_t *data, size_t len);

/* `"index":{"_index":"packets-2026-11-21","_type":"doc"`: the name of the index, by the local date. */
void tl_put_index_name(struct tl_buffer *out, int64_t ts);

#endif
