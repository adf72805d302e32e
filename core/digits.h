/*
 * digits.h - numbers, times and addresses as text, written into room that the caller provides. Each function returns
 * the address after the last byte written. Always as in the C locale. tl_put_*() of buffer.h make the room themselves.
 */
#ifndef TL_CORE_DIGITS_H
#define TL_CORE_DIGITS_H

#include "core/bytes.h"

enum { /* bytes of room that each function needs at most */
    TL_ROOM_U64 = 20,
    TL_ROOM_SECONDS = 32,
    TL_ROOM_IPV4 = 16,
    TL_ROOM_IPV6 = 40,
    TL_ROOM_MAC = 18,
};

uint8_t *tl_write_u64(uint8_t *p, uint64_t v);
/* Nanoseconds as seconds with `decimals` (0 to 9) decimals. Further digits are cut off, not rounded. */
uint8_t *tl_write_seconds(uint8_t *p, int64_t ns, unsigned decimals);
uint8_t *tl_write_ipv4(uint8_t *p, const uint8_t addr[4]);
uint8_t *tl_write_ipv6(uint8_t *p, const uint8_t addr[16]); /* RFC 5952 */
uint8_t *tl_write_mac(uint8_t *p, const uint8_t addr[6]);

#endif
