/*
 * rewrite.h - changes addresses, ports, VLAN and TTL of frames that were captured. Checksums are changed by what
 * changed (RFC 1624): right ones stay right and wrong ones wrong, also in packets that were not captured whole.
 */
#ifndef TL_INJECT_REWRITE_H
#define TL_INJECT_REWRITE_H

#include "inject/craft.h"

enum { TL_REWRITE_MAPS = 32, TL_REWRITE_ROOM = 4 /* bytes before and after a frame, for a VLAN tag */ };

struct tl_rewrite {
    struct tl_rewrite_map {
        struct tl_address from, to;
        uint8_t from_bits, to_bits; /* of the prefixes; bits after them are kept */
    } maps[TL_REWRITE_MAPS];
    unsigned map_count;
    struct tl_rewrite_mac {
        uint8_t from[6], to[6];
        bool any_source, any_destination; /* from is not used */
    } macs[TL_REWRITE_MAPS];
    unsigned mac_count;
    struct {
        uint16_t from, to;
    } ports[TL_REWRITE_MAPS];
    unsigned port_count;
    int vlan; /* an identifier; -1: remove tags; TL_VLAN_KEEP */
    int ttl;  /* with ttl_relative it is added; else set, 0: left */
    bool ttl_relative;
    bool checksums; /* set right ones, also in place of wrong ones, where the packet is whole */
};
enum { TL_VLAN_KEEP = -2 };

/* Parse lists: "10.0.0.0/8=192.0.2.0/24,...", "dst=02:00:00:00:00:01,...", "80=8080,...". false and error. */
bool tl_rewrite_parse_maps(struct tl_rewrite *r, const char *text, struct tl_error *error);
bool tl_rewrite_parse_macs(struct tl_rewrite *r, const char *text, struct tl_error *error);
bool tl_rewrite_parse_ports(struct tl_rewrite *r, const char *text, struct tl_error *error);
/* A number, "none", or of the TTL also +N and -N. */
bool tl_rewrite_parse_vlan(struct tl_rewrite *r, const char *text, struct tl_error *error);
bool tl_rewrite_parse_ttl(struct tl_rewrite *r, const char *text, struct tl_error *error);

/*
 * Changes an Ethernet frame in `room`, at room + TL_REWRITE_ROOM. Returns where it is now. whole: no byte is missing.
 */
struct tl_bytes tl_rewrite_frame(const struct tl_rewrite *r, uint8_t *room, uint32_t len, bool whole);

/*
 * Computes the checksums of the IP packet at `at`: of its header, and of the transport layer if its protocol is still that
 * of the packet as captured. Checksums are at the places that they had there. Both have `len` bytes.
 */
void tl_rewrite_mend(uint8_t *frame, uint8_t *captured, uint32_t at, uint32_t len);

#endif
