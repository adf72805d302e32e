/* netbios_name.h - names of NetBIOS as in RFC 1001 section 14: shared by the name and the datagram service. */
#ifndef TL_DISSECTORS_NETBIOS_NAME_H
#define TL_DISSECTORS_NETBIOS_NAME_H

#include "core/dissect.h"

enum { TL_NETBIOS_NAME = 16, TL_NETBIOS_TEXT = 320 }; /* bytes of a name; of its text, with a scope */

struct tl_netbios_name {
    uint8_t name[TL_NETBIOS_NAME]; /* decoded; the last byte says what has the name */
    uint32_t len;                  /* of the text */
    char text[TL_NETBIOS_TEXT];    /* "WORKGROUP<1d>", with the scope after it */
};

/* What the last byte of a name stands for, for a unique name. */
extern const struct tl_name tl_netbios_services[];

/* Writes 16 bytes as text: "WORKGROUP<1d>". Returns its length. */
uint32_t tl_netbios_text(const uint8_t name[TL_NETBIOS_NAME], char text[TL_NETBIOS_TEXT]);
/*
 * Decodes the encoded name at `off` of base; bytes up to `limit` may be read. `start` is where the message begins: a
 * pointer
 * counts from there. *after is the offset after it. Returns TL_OK, TL_MORE if bytes are missing, or TL_BAD.
 */
enum tl_status tl_netbios_name(const uint8_t *base, uint32_t start, uint32_t off, uint32_t limit, uint32_t *after,
                               struct tl_netbios_name *name);

#endif
