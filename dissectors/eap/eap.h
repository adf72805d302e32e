/* eap.h - EAP inside of another protocol (RADIUS). */
#ifndef TL_DISSECTORS_EAP_H
#define TL_DISSECTORS_EAP_H

#include "core/dissect.h"

/* Shows the bytes at [off, off + len) of d's source as a layer of EAP in d's layer. */
void tl_eap_show(struct tl_dissection *d, uint32_t off, uint32_t len);

#endif
