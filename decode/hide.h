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

#endif
