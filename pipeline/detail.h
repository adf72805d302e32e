/*
 * detail.h - decodes a packet again, with a tree of all fields, in a decoder of its own. The meaning of a packet can
 * depend on earlier packets of its flow: pass these first.
 */
#ifndef TL_PIPELINE_DETAIL_H
#define TL_PIPELINE_DETAIL_H

#include "core/packet.h"
#include "core/record.h"
#include "core/tree.h"

struct tl_detail;
struct tl_file_piece; /* decode/listener.h */
struct tl_keylog;
struct tl_body_facts;
struct tl_predicate;

struct tl_detail_options {
    const struct tl_interfaces *interfaces; /* borrowed */
    size_t memory; /* bytes of flows and reassembly */
    enum tl_checksums checksums;
    const struct tl_decode_as_list *decode_as; /* borrowed; NULL: none */
    bool secrets;
    struct tl_keylog *keylog; /* borrowed: secrets of TLS sessions; NULL: none */
    /* Called for each record, as tl_listener.record; NULL: records are not made. */
    void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                   const struct tl_flow_id *id);
    /* Called for each piece of a file, as tl_listener.file; there are records of files, too. NULL: neither. */
    void (*file)(void *context, const struct tl_file_piece *piece);
    /* As tl_listener.file_begins; NULL: not called. */
    void (*file_begins)(void *context, const char *fuid, const struct tl_body_facts *facts);
    void *context;
};

/* For one thread at a time. Returns NULL without memory. */
struct tl_detail *tl_detail_new(const struct tl_detail_options *options);
void tl_detail_free(struct tl_detail *detail);
/* From now on only the fields that a display filter reads are in the trees. It stays the caller's. */
void tl_detail_narrow(struct tl_detail *detail, const struct tl_predicate *predicate);
/* Drops all state: the next packets belong to another flow, or are passed again. */
void tl_detail_begin(struct tl_detail *detail);
/*
 * The next packet is the first of this flow. An earlier flow with the same addresses and ports may have ended in a way
 * that its packets do not tell, as by a timeout. Only addresses, ports and protocol of the id are used.
 */
void tl_detail_flow_begins(struct tl_detail *detail, const struct tl_flow_id *id);
/* An earlier packet. Packets must come in capture order. */
void tl_detail_before(struct tl_detail *detail, const struct tl_packet *packet);
/* Returns the tree of a packet, valid until the next call. packet->bytes must stay valid as long. */
const struct tl_tree *tl_detail_packet(struct tl_detail *detail, const struct tl_packet *packet);

#endif
