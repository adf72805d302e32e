/* hide.h - payload that may have secrets that no dissector found. */
#ifndef TL_DECODE_HIDE_H
#define TL_DECODE_HIDE_H

#include "decode/state.h"

/* Hides bytes of d's source if protocol `index` may have secrets in them, and secrets are not shown. */
void tl_hide_of(struct tl_decoder *k, const struct tl_dissection *d, struct tl_cursor c, unsigned index);
/*
 * The same where no protocol reads the payload: quoted, damaged, without a flow, not recognised. Its ports tell what it
 * may hold.
 */
void tl_hide_by_ports(struct tl_decoder *k, const struct tl_dissection *d);
/* Is something hidden outside of these bytes: a secret in what was put together from several packets? */
bool tl_hide_reaches_beyond(const struct tl_tree *tree, struct tl_bytes bytes);
/* Empties fields with TL_CARRIER that have in them what is hidden by a protocol further in. */
void tl_hide_values(struct tl_decoder *k);

#endif
