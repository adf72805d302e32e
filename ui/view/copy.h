/*
 * copy.h - text for other programs: to the terminal (OSC 52), and to the command that the configuration names, at its
 * standard input.
 */
#ifndef TL_UI_COPY_H
#define TL_UI_COPY_H

#include "ui/view/view.h"

enum { TL_COPY_MOST = 48 << 10 }; /* bytes: what terminals take, and what fits into a pipe at once */

/* Copies it, cut at TL_COPY_MOST; what: "line", "field", .. for the message. */
void tl_copy(struct tl_view *view, const char *what, const char *text, size_t len);
/* Bytes as hexadecimal digits, blanks between. */
void tl_copy_hex(struct tl_view *view, const char *what, const uint8_t *bytes, size_t len);

#endif
