/* paint.h - colours of a packet's text on a terminal. */
#ifndef TL_EXPORT_PAINT_H
#define TL_EXPORT_PAINT_H

#include "export/columns.h"

/*
 * Returns the escape sequence (ECMA-48, SGR) that begins a packet's line: by the innermost protocol that has a colour,
 * and red for a malformed packet. "" for none; TL_PAINT_END ends it.
 */
const char *tl_paint_of(const struct tl_protocols *protocols, const struct tl_tree *tree, const struct tl_line *line);

#define TL_PAINT_HEADING "\x1b[1m"
#define TL_PAINT_END     "\x1b[0m"

#endif
