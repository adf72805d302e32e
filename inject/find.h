/* find.h - addresses that users give: numbers, with a zone for those of a link (RFC 4007 section 11), or names. */
#ifndef TL_INJECT_FIND_H
#define TL_INJECT_FIND_H

#include "inject/craft.h"

#include <net/if.h>

/* Parses an address, which may have a zone: fe80::1%eth0 or fe80::1%2. zone is then an interface's name, else empty. */
bool tl_address_parse_zone(const char *text, struct tl_address *out, char zone[IF_NAMESIZE]);
/*
 * The same, or looks a name up. version: 4 or 6, of addresses that are wanted; 0: any. what: what has the name, for
 * messages. Returns TL_E_RUNTIME if the name has no such address.
 */
enum tl_failure tl_address_find(const char *text, unsigned version, const char *what, struct tl_address *out,
                                char zone[IF_NAMESIZE], struct tl_error *error) TL_MUST_CHECK;

#endif
