/*
 * decoder.h - packets in, events out.
 *
 * A decoder has all the state that packets leave behind: flows, fragments, what is out of order, what parsers keep. It
 * knows no threads, no output and no files. What comes of a packet goes to a listener while tl_decoder_packet() runs.
 * The worker of the pipeline, the view's detail, follow stream, the fuzz harnesses and the tests are listeners.
 */
#ifndef TL_DECODE_DECODER_H
#define TL_DECODE_DECODER_H

#include "core/tree.h"
#include "decode/listener.h"

struct tl_decoder;

/* What is known of the last packet. */
struct tl_outcome {
    unsigned last_protocol; /* index of the innermost layer */
    bool malformed;
};

/* For one thread at a time. NULL without memory. */
struct tl_decoder *tl_decoder_new(const struct tl_decoder_options *options);
/* Flows that have not ended are dropped without an event: call tl_decoder_finish() first to have them. */
void tl_decoder_free(struct tl_decoder *decoder);

/*
 * From the next packet on, fields are gathered into the tree: wanted[p] has the bits of the fields of protocol p, or
 * is NULL. wanted NULL: no tree. The array stays the caller's.
 */
void tl_decoder_show(struct tl_decoder *decoder, const uint64_t *const *wanted);
/* Decodes a packet. Flows that were due must have been ended before: tl_decoder_expire(). */
void tl_decoder_packet(struct tl_decoder *decoder, const struct tl_packet *packet);
/* The last packet's tree, valid until the next call; packet->bytes must be there as long. */
const struct tl_tree *tl_decoder_tree(const struct tl_decoder *decoder);
struct tl_outcome tl_decoder_outcome(const struct tl_decoder *decoder);
/* What the layers of the last packet said. */
const struct tl_frame *tl_decoder_frame(const struct tl_decoder *decoder);

/* Engine time (ns) has come so far: ends the flows that are due before it, in the order of their deadlines. */
void tl_decoder_expire(struct tl_decoder *decoder, int64_t now);
/* The same for fragments that wait: once a block, or so. */
void tl_decoder_expire_fragments(struct tl_decoder *decoder, int64_t now);
/* The input has ended: ends all flows, in the order of their deadlines. The decoder can go on with another input. */
void tl_decoder_finish(struct tl_decoder *decoder);
/* Forgets fragments, as for a new input. false without memory: decode no more packets then. */
bool tl_decoder_forget_fragments(struct tl_decoder *decoder) TL_MUST_CHECK;

struct tl_decoder_counters tl_decoder_counters(const struct tl_decoder *decoder);
/*
 * Everything of a flow's id, for records. Where the flow keeps names (keep), they are worked out once. true: the ends
 * are turned in the id, and will be in the flow once this packet is done with.
 */
bool tl_decoder_identify(struct tl_decoder *decoder, struct tl_flow *flow, struct tl_flow_id *id, bool keep);
/* TCP's state of a flow, with what is out of order; NULL: it is no TCP flow. */
const struct tl_tcp *tl_decoder_tcp(const struct tl_decoder *decoder, const struct tl_flow *flow);
/* Fetches what looking up a flow with this hash will touch; the flow itself. */
void tl_decoder_prefetch(const struct tl_decoder *decoder, uint64_t hash);
void tl_decoder_prefetch_flow(const struct tl_decoder *decoder, uint64_t hash);

#endif
