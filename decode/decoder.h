/*
 * decoder.h - packets in, events out.
 *
 * A decoder owns all state between packets: flows, fragments, out-of-order bytes, data kept by parsers. It has no
 * threads, no output and no files. The events of a packet go to a listener while tl_decoder_packet() runs. Listeners
 * are the worker of the pipeline, the detail and the stream of the view, the fuzz harnesses and the tests.
 */
#ifndef TL_DECODE_DECODER_H
#define TL_DECODE_DECODER_H

#include "core/tree.h"
#include "decode/listener.h"

struct tl_decoder;

/* State after the last packet. */
struct tl_outcome {
    unsigned last_protocol; /* index of the innermost layer */
    bool malformed;
};

/* For one thread at a time. Returns NULL without memory. */
struct tl_decoder *tl_decoder_new(const struct tl_decoder_options *options);
/* Drops flows that have not ended without an event: call tl_decoder_finish() first to get them. */
void tl_decoder_free(struct tl_decoder *decoder);

/*
 * From the next packet on, collects fields into the tree: wanted[p] has a bit for each field of protocol p, or is NULL.
 * wanted NULL: no tree. The array is borrowed.
 */
void tl_decoder_show(struct tl_decoder *decoder, const uint64_t *const *wanted);
/* See tl_flows_renew(). */
void tl_decoder_renew(struct tl_decoder *decoder, const struct tl_flow_id *id);
/* Decodes a packet. Call tl_decoder_expire() first, so that flows that are due have ended. */
void tl_decoder_packet(struct tl_decoder *decoder, const struct tl_packet *packet);
/* Returns the tree of the last packet, valid until the next call. packet->bytes must stay valid as long. */
const struct tl_tree *tl_decoder_tree(const struct tl_decoder *decoder);
struct tl_outcome tl_decoder_outcome(const struct tl_decoder *decoder);
/* Returns the frame of the last packet. */
const struct tl_frame *tl_decoder_frame(const struct tl_decoder *decoder);

/* Engine time (ns) has reached now: ends the flows that are due before it, in the order of their deadlines. */
void tl_decoder_expire(struct tl_decoder *decoder, int64_t now);
/* The same for incomplete datagrams. Call it about once per block. */
void tl_decoder_expire_fragments(struct tl_decoder *decoder, int64_t now);
/*
 * Ends all flows in the order of their deadlines, at the end of the input, and expects no further ones. The decoder can
 * then take another input.
 */
void tl_decoder_finish(struct tl_decoder *decoder);
/* Drops all fragments, as for a new input. Returns false without memory; the decoder must not be used then. */
bool tl_decoder_forget_fragments(struct tl_decoder *decoder) TL_MUST_CHECK;

struct tl_decoder_counters tl_decoder_counters(const struct tl_decoder *decoder);
/*
 * Fills the id of a flow, for records. With keep the names are computed once and stored in the flow. Returns true if
 * originator and responder are already swapped in the id, but in the flow only after this packet.
 */
bool tl_decoder_identify(struct tl_decoder *decoder, struct tl_flow *flow, struct tl_flow_id *id, bool keep);
/* Returns the TCP state of a flow, with its out-of-order bytes; NULL: not a TCP flow. */
const struct tl_tcp *tl_decoder_tcp(const struct tl_decoder *decoder, const struct tl_flow *flow);
/* The services of a flow that were found so far, joined by commas; it stays until the next packet. */
struct tl_bytes tl_decoder_services(const struct tl_decoder *decoder, const struct tl_flow *flow);
/* Was something decrypted in it? */
bool tl_decoder_opened(const struct tl_decoder *decoder, const struct tl_flow *flow);
/* For callers that look ahead: when the next flow may be due, and the table for tl_table_prefetch(). */
const struct tl_expiry_clock *tl_decoder_clock(const struct tl_decoder *decoder);
const struct tl_table *tl_decoder_table(const struct tl_decoder *decoder);

#endif
