/* sides.h - which frames the client of a connection sent, and which the server, to replay them on two interfaces. */
#ifndef TL_INJECT_SIDES_H
#define TL_INJECT_SIDES_H

#include "core/bytes.h"

struct tl_sides;

/* Returns NULL without memory. */
struct tl_sides *tl_sides_new(void);
void tl_sides_free(struct tl_sides *sides);
/*
 * Returns true if the server sent this Ethernet frame. Frames must come in order: who sends first is the client, and
 * who answers a SYN is the server. Other frames than IP: as the last IP packet from that MAC address.
 */
bool tl_sides_is_server(struct tl_sides *sides, struct tl_bytes frame);

#endif
