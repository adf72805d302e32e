/*
 * shown.h - which packets the list shows: all, or those whose line contains a text (the display filter). Their rows are
 * gathered by an errand, and go on being gathered as packets come. A place is a packet's position in that list.
 */
#ifndef TL_UI_SHOWN_H
#define TL_UI_SHOWN_H

#include "ui/view.h"

enum { TL_SHOWN_MOST = 1 << 22 }; /* packets with a display filter: the first so many */

/* Only lines with this text from now on; len 0: all. */
void tl_shown_set(struct tl_view *view, const struct tl_needle *needle);
void tl_shown_free(struct tl_view *view);
/* Goes on with what came. true: there are more. Called by the main loop. */
bool tl_shown_look(struct tl_view *view);
/* Is only a part of the packets shown? */
bool tl_shown_is_part(const struct tl_view *view);
/* The text that lines must have; its len is 0 where all are shown. */
void tl_shown_needle(const struct tl_view *view, struct tl_needle *needle);
/* What a title says of it: "those with \"GET\", 45 %: "; nothing where all are shown. */
void tl_shown_note(const struct tl_view *view, struct tl_buffer *out);

/* Places there are: from first up to (not with) end. */
uint64_t tl_shown_first(const struct tl_view *view);
uint64_t tl_shown_end(const struct tl_view *view);
uint64_t tl_shown_row(const struct tl_view *view, uint64_t place);
/* The place of a row, or of the last one shown before it. */
uint64_t tl_shown_place(const struct tl_view *view, uint64_t row);

/* For the key &: asks for the text. */
void tl_shown_ask(struct tl_view *view, void *state);

#endif
