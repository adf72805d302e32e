/* payload.h - the payload of flows: to channels and listeners. */
#ifndef TL_DECODE_PAYLOAD_H
#define TL_DECODE_PAYLOAD_H

#include "decode/channel.h"

/* For the TCP reassembler, of a site. */
struct tl_tcp_reader tl_flow_reader(struct tl_site *site);
/* A datagram's payload is at d's cursor. true: d->next tells what it carries (a tunnel). */
bool tl_flow_datagram(struct tl_decoder *k, struct tl_dissection *d, struct tl_flow *flow, unsigned side);
/* Payload outside any flow (quoted, or its checksum is wrong): shown as what it looks like. */
void tl_flowless_payload(struct tl_decoder *k, struct tl_dissection *d);
/* The flow begins: if it was expected, it has a protocol or at least a parent. */
void tl_flow_expected(struct tl_decoder *k, struct tl_flow *flow);
/* The packet's payload is done with: ends that turned out to be the other way round are turned. */
void tl_flow_settle(struct tl_decoder *k, struct tl_flow *flow);
/* The flow ends: parsers write what they have left. */
void tl_flow_finish(struct tl_site *site, struct tl_flow *flow);
void tl_flow_free_channel(struct tl_decoder *k, struct tl_flow *flow);

#endif
