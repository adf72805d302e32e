/*
 * predicate.h - display filters: Wireshark's language (wireshark-filter(4), version 4.0) over the fields of this build,
 * and over the keys of records. A predicate is compiled once and read by any number of threads, each with a run.
 */
#ifndef TL_FILTER_PREDICATE_H
#define TL_FILTER_PREDICATE_H

#include "core/packet.h"
#include "core/tree.h"
#include "filter/names.h"

struct tl_predicate;

enum { TL_PREDICATE_TEXT_MOST = 64 << 10 };

/*
 * Compiles a filter. Names are looked up among those of packets and of records; where a name is both, `records`
 * decides. names and what they point to are borrowed. Returns NULL and sets the problem if the filter is refused.
 */
struct tl_predicate *tl_predicate_new(struct tl_bytes text, const struct tl_names *names, bool records,
                                      struct tl_problem *problem);
/* Makes a predicate that is not asked but read with tl_predicate_values(): of the names of packets in keys. */
struct tl_predicate *tl_predicate_of_names(const char *const *keys, uint32_t count, const struct tl_names *names,
                                           struct tl_problem *problem);
/*
 * Makes a predicate that is read with tl_predicate_record_values(): of one key of records. Returns NULL and sets the
 * problem if there is no such key.
 */
struct tl_predicate *tl_predicate_of_key(struct tl_bytes key, const struct tl_names *names, struct tl_problem *problem);
/* The kind of value that it reads. */
enum tl_datum_type tl_predicate_key_type(const struct tl_predicate *predicate);
void tl_predicate_free(struct tl_predicate *predicate);
/* Returns whether it selects records; else packets. */
bool tl_predicate_takes_records(const struct tl_predicate *predicate);
/* Returns whether it asks for the kind of a record: _path. */
bool tl_predicate_asks_path(const struct tl_predicate *predicate);
/* Returns whether it asks only for keys of this kind of record. */
bool tl_predicate_is_of_record(const struct tl_predicate *predicate, const struct tl_record_def *def);
/* Returns which fields of this kind of record it asks for: bit n is field n. */
uint64_t tl_predicate_record_fields(const struct tl_predicate *predicate, const struct tl_record_def *def);
/* Returns whether the answer for a packet depends on all packets before it: one thread must see all of them. */
bool tl_predicate_is_ordered(const struct tl_predicate *predicate);
/* Returns whether nothing that flows carry is asked for. */
bool tl_predicate_is_below_applications(const struct tl_predicate *predicate);
/* Returns whether only headers up to the transport layer are asked for: see tl_predicate_alone(). */
bool tl_predicate_is_of_headers(const struct tl_predicate *predicate);
/* Returns whether all values of its names are in such headers, or known of every packet: see tl_predicate_early_values(). */
bool tl_predicate_has_early_values(const struct tl_predicate *predicate);
/* Returns whether every packet must be decoded with a tree and passed to tl_predicate_follow(). */
bool tl_predicate_needs_all(const struct tl_predicate *predicate);
/* A message about a filter that may mean something else than it seems, and its place; NULL: none. */
const char *tl_predicate_note(const struct tl_predicate *predicate, uint32_t *at, uint32_t *len);
/* Sets the bits of the fields that must be in the trees: see tl_sink.want. */
void tl_predicate_want(const struct tl_predicate *predicate, const struct tl_protocols *protocols,
                       uint64_t *const wanted[]);

/* A packet, for a filter. */
struct tl_scene {
    const struct tl_packet *packet;
    const struct tl_interface *interface; /* NULL: unknown */
    const struct tl_tree *tree;           /* of the packet; NULL: not decoded yet */
    bool other_layers; /* a user gave types to other protocols: the headers alone do not tell the layers */
    int64_t first_ts, previous_ts;        /* ns, of the first packet and the one before this; else its own */
};

enum tl_truth { TL_TRUTH_NO, TL_TRUTH_YES, TL_TRUTH_UNKNOWN };

struct tl_predicate_run;

/* For one thread at a time. Returns NULL without memory. */
struct tl_predicate_run *tl_predicate_run_new(const struct tl_predicate *predicate);
/* The same; numbers of conversations take at most about so many bytes. */
struct tl_predicate_run *tl_predicate_run_new_within(const struct tl_predicate *predicate, size_t memory);
void tl_predicate_run_free(struct tl_predicate_run *run);
/*
 * Asks for a packet that is not decoded yet: the headers of common packets often suffice. TL_TRUTH_UNKNOWN: decode it
 * with a tree and call tl_predicate_packet().
 */
enum tl_truth tl_predicate_early(struct tl_predicate_run *run, const struct tl_scene *scene);
/*
 * After that: returns whether the packet is plain TCP. For a predicate of headers, the answer for no other packet then
 * depends on that this one is decoded: it is no fragment, and its flow tells nothing of what is in other packets.
 */
bool tl_predicate_alone(const struct tl_predicate_run *run);
/* Returns whether the packet is selected. Packets come in their order; an ordered predicate sees all of them. */
bool tl_predicate_packet(struct tl_predicate_run *run, const struct tl_scene *scene);
/* Counts the conversations of a packet that may not be selected. */
void tl_predicate_follow(struct tl_predicate_run *run, const struct tl_scene *scene);
/*
 * Begins to read the values of a packet; tl_predicate_values() then gives those of the name with this index, valid
 * until the next packet. *field is the field, or NULL.
 */
void tl_predicate_read(struct tl_predicate_run *run, const struct tl_scene *scene);
struct tl_datum *tl_predicate_values(struct tl_predicate_run *run, uint32_t index, uint32_t *count,
                                     const struct tl_field **field);
/*
 * Called before that for a packet that is not decoded yet, of a predicate that tl_predicate_has_early_values(): returns
 * whether its values are read from its headers. Else decode it. The packet is then plain TCP, as in tl_predicate_alone().
 */
bool tl_predicate_early_values(struct tl_predicate_run *run, const struct tl_scene *scene);
/* Reads the value of a node of the packet that is read. Returns false if it has none: an address that is not whole. */
bool tl_predicate_node(struct tl_predicate_run *run, const struct tl_node *node, const struct tl_field *field,
                       struct tl_datum *value) TL_MUST_CHECK;
/* What the values of the name with this index are; with fields of several types, those of the first. */
struct tl_kind_of_value tl_predicate_kind(const struct tl_predicate *predicate, uint32_t index);
/* Memory for what is made of those values; it is free again with the next packet. */
struct tl_arena *tl_predicate_arena(struct tl_predicate_run *run);
/* All values are read: the packet is shown. */
void tl_predicate_read_end(struct tl_predicate_run *run);

/* Returns the values of the key of tl_predicate_of_key() in a record, valid until the next call. */
struct tl_datum *tl_predicate_record_values(struct tl_predicate_run *run, const struct tl_record_def *def,
                                            const struct tl_record *record, const struct tl_flow_id *id,
                                            uint32_t *count);
/* Returns whether the record is selected. id is NULL for a record without a flow. */
bool tl_predicate_record(struct tl_predicate_run *run, const struct tl_record_def *def, const struct tl_record *record,
                         const struct tl_flow_id *id);

#endif
