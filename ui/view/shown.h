/* shown.h - which packets the list shows: all, or a subset. */
#ifndef TL_UI_SHOWN_H
#define TL_UI_SHOWN_H

#include <stdbool.h>
#include <stdint.h>

struct tl_display_filter;
struct tl_subset_rows;
struct tl_view;

void tl_shown_free(struct tl_view *view);
/* Gathers the packets of the subset that came since. true: there are more. */
bool tl_shown_look(struct tl_view *view);
/* The packets of the subset; NULL: all packets are shown. */
const struct tl_subset_rows *tl_shown_rows(const struct tl_view *view);
/* Packets are being gathered. */
bool tl_shown_gathers(const struct tl_view *view);
/* The packet is shown, or was not looked at yet. */
bool tl_shown_has(const struct tl_view *view, uint64_t row);
/*
 * Stops gathering packets that are decoded for it; those found so far are shown. false: there is nothing to stop.
 */
bool tl_shown_stop(struct tl_view *view);
/* Shows what this filter selects (NULL: none does), of the flow, host or protocol that is shown. */
void tl_shown_filter(struct tl_view *view, const struct tl_display_filter *filter);
/* For the key &: asks for the text. */
void tl_shown_ask(struct tl_view *view, void *state);

#endif
