/* payload.h - passes the payload of flows to channels and listeners. */
#ifndef TL_DECODE_PAYLOAD_H
#define TL_DECODE_PAYLOAD_H

#include "decode/channel.h"

/* The reader for the TCP reassembler; its context is a site. */
struct tl_tcp_reader tl_flow_reader(struct tl_site *site);
/* The value of tl_flow.protocol after the first payload of this side did not identify a protocol. */
static inline uint8_t tl_flow_tried(unsigned side)
{
    return side == TL_ORIG ? TL_FLOW_TRIED_ORIG : TL_FLOW_TRIED_RESP;
}

/* No protocol reads the datagrams that this side of the flow sends, as far as it is known by now. */
static inline bool tl_flow_is_unread(const struct tl_flow *flow, unsigned side)
{
    return flow->protocol == TL_FLOW_NOBODYS || flow->protocol == tl_flow_tried(side);
}

/* Reads a datagram's payload at d's cursor. Returns true if d->next is set (a tunnel). */
bool tl_flow_datagram(struct tl_decoder *k, struct tl_dissection *d, struct tl_flow *flow, unsigned side);
/* Passes the chunks of an SCTP packet, whose layer begins at d->start, to the channels of the association's streams. */
void tl_flow_association(struct tl_decoder *k, const struct tl_dissection *d, struct tl_flow *flow, unsigned side);
/* Its flow ends: what waits for a lost chunk is read. */
void tl_flow_association_end(const struct tl_site *site, struct tl_flow *flow);
/* Hides chunks that are not read: quoted, or of a packet that its flow (NULL: none) rejected. */
void tl_flowless_association(struct tl_decoder *k, const struct tl_dissection *layer, const struct tl_flow *flow);
/* Shows payload without a flow (quoted, or with a bad checksum) as the protocol that it looks like. */
void tl_flowless_payload(struct tl_decoder *k, struct tl_dissection *d);
/* A flow begins, with the payload at first: if it was expected it gets its protocol, or at least its parent. */
void tl_flow_expected(struct tl_decoder *k, struct tl_flow *flow, const struct tl_cursor *first);
/* The payload of the packet was processed: swaps originator and responder of flows that asked for it. */
void tl_flow_settle(struct tl_decoder *k, struct tl_flow *flow);
/* The flow ends: parsers emit their pending records. */
void tl_flow_finish(struct tl_site *site, struct tl_flow *flow);
void tl_flow_free_channel(struct tl_decoder *k, struct tl_flow *flow);

#endif
