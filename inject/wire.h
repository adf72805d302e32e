/*
 * wire.h - an interface that packets are sent on and received from. On Ethernet libnet writes whole frames. Elsewhere,
 * as on lo, libnet hands the IP packet to the kernel, which routes it, and sets the length and the checksum of the IPv4
 * header. Packets are received with packet(7), because libnet does not receive.
 */
#ifndef TL_INJECT_WIRE_H
#define TL_INJECT_WIRE_H

#include "inject/craft.h"

struct tl_wire;

/*
 * Opens an interface, with the privileges that needs; later calls need none. shorten: what to do about frames that are
 * longer than the MTU, for messages. Returns NULL and sets error: TL_E_PERMISSION, or TL_E_RUNTIME for an interface that
 * is not there or down.
 */
struct tl_wire *tl_wire_open(const char *interface, const char *shorten, struct tl_error *error);
void tl_wire_close(struct tl_wire *wire);
const char *tl_wire_name(const struct tl_wire *wire);
int tl_wire_index(const struct tl_wire *wire);
/* Whether frames go out as they are, with their Ethernet headers. */
bool tl_wire_is_ethernet(const struct tl_wire *wire);
const uint8_t *tl_wire_mac(const struct tl_wire *wire);
/* Sends one Ethernet frame. Waits while the queue of the interface is full. */
enum tl_failure tl_wire_send(struct tl_wire *wire, struct tl_bytes frame, struct tl_error *error) TL_MUST_CHECK;

struct tl_arrival {
    int64_t ts; /* ns since 1970 */
    bool ours;  /* this host sent it */
    bool unsummed; /* its checksum was left to an interface that it never passed */
    uint32_t len;
    uint8_t bytes[TL_FRAME_MOST]; /* a frame with its Ethernet header */
};
/*
 * Waits for the next frame until `deadline` (ns, monotonic). Returns false if none came, and after a signal.
 */
bool tl_wire_receive(struct tl_wire *wire, int64_t deadline, struct tl_arrival *arrival);
struct sock_filter;
/* From now on only frames that the program accepts are received. It sees them as they are on Ethernet. */
void tl_wire_filter(struct tl_wire *wire, struct sock_filter *program, size_t len);
/* ns of the monotonic clock. */
int64_t tl_wire_now(void);

#endif
