/*
 * shown.h - which packets the list shows: all, or a part of them. Its rows are gathered by a task, and go on being
 * gathered as packets come. A place is a packet's position in the list.
 */
#ifndef TL_UI_SHOWN_H
#define TL_UI_SHOWN_H

#include "ui/tasks/subset.h"
#include "ui/view/view.h"

enum { TL_SHOWN_MOST = 1 << 22 }; /* packets of a part: the first so many */

/* The list shows this part alone, and is turned to. row: is chosen of it; TL_STORE_NONE: its first. */
void tl_shown_open(struct tl_view *view, const struct tl_subset *subset, uint64_t row);
/* What was shown before it; where that was opened from is not turned to. false: all are shown. */
bool tl_shown_close(struct tl_view *view);
/* The same, and back to the page where it was opened. */
void tl_shown_back(struct tl_view *view);
void tl_shown_free(struct tl_view *view);
/* Goes on with what came. true: there are more. Called by the main loop. */
bool tl_shown_look(struct tl_view *view);
/* Is it still being looked for? */
bool tl_shown_gathers(const struct tl_view *view);
/* What is shown. */
const struct tl_subset *tl_shown_subset(const struct tl_view *view);
/* What a title says of it: "those with "GET", 45 %: "; nothing where all are shown. */
void tl_shown_note(const struct tl_view *view, struct tl_buffer *out);

/* Places there are: from first up to (not with) end. */
uint64_t tl_shown_first(const struct tl_view *view);
uint64_t tl_shown_end(const struct tl_view *view);
uint64_t tl_shown_row(const struct tl_view *view, uint64_t place);
/* The place of a row, or of the last one shown before it. */
uint64_t tl_shown_place(const struct tl_view *view, uint64_t row);
/* Is it shown, or may it still turn out to be? */
bool tl_shown_has(const struct tl_view *view, uint64_t row);

/* For the key &: asks for the text. */
void tl_shown_ask(struct tl_view *view, void *state);

#endif
