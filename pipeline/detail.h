/*
 * detail.h - a packet once more, with the tree of all its fields: the same dissectors over the same bytes, in a state
 * of their own. What a packet means can hang on those of its flow before it: they are given first.
 */
#ifndef TL_PIPELINE_DETAIL_H
#define TL_PIPELINE_DETAIL_H

#include "core/packet.h"
#include "core/tree.h"

struct tl_detail;

struct tl_detail_options {
    const struct tl_interfaces *interfaces; /* stay the caller's */
    size_t memory; /* bytes of flows and reassembly */
    bool verify_checksums;
    bool secrets;
};

/* For one thread. NULL without memory. */
struct tl_detail *tl_detail_new(const struct tl_detail_options *options);
void tl_detail_free(struct tl_detail *detail);
/* Forgets all packets so far: what comes belongs to another flow, or is given anew. */
void tl_detail_begin(struct tl_detail *detail);
/* A packet that stands before the one in question; packets come in their order. */
void tl_detail_before(struct tl_detail *detail, const struct tl_packet *packet);
/* Its tree, valid until the next call; packet->bytes must be there as long. */
const struct tl_tree *tl_detail_packet(struct tl_detail *detail, const struct tl_packet *packet);

#endif
