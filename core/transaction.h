/*
 * transaction.h - records that wait for what completes them: a request for its response.
 *
 * A pending record lives in the flow's kept bytes (tl_keep) in one encoding that does not depend on the record's
 * struct: its definition, which fields are set or cut, and the values in the order in which they came. It can be walked
 * by key and type. The protocol's state holds a list of them, oldest first.
 *
 * Each transaction may have `extra` bytes of the protocol's own. Setters can move a transaction: they take the handle by
 * its address. A setter that finds no room marks the field as cut and returns false; the record goes on without.
 */
#ifndef TL_CORE_TRANSACTION_H
#define TL_CORE_TRANSACTION_H

#include "core/dissect.h"

enum { TL_TRANSACTION_ITEM = 4 }; /* bytes of room that a value takes beside its own; a number has 8 */

/* Zeroed at its beginning. Handles are kept bytes; 0: none. */
struct tl_transactions {
    uint32_t first, last;
    uint32_t count;
};

/*
 * Appends a pending record. key is what tl_transaction_find() looks for; ts (ns) becomes the record's. `extra` zeroed
 * bytes of the protocol's own come with it, and room for `room` bytes of values at first. 0 without memory.
 */
uint32_t tl_transaction_begin(struct tl_dissection *d, struct tl_transactions *list, const struct tl_record_def *def,
                              uint64_t key, int64_t ts, uint32_t extra, uint32_t room);
/* The protocol's own bytes: valid until the next setter. Aligned to 8. */
void *tl_transaction_extra(const struct tl_dissection *d, uint32_t t);

/* The oldest with this key, or 0. */
uint32_t tl_transaction_find(const struct tl_dissection *d, const struct tl_transactions *list, uint64_t key);
/* The next one after t with t's key, or 0. */
uint32_t tl_transaction_again(const struct tl_dissection *d, uint32_t t);
/* The one after t, or 0. */
uint32_t tl_transaction_next(const struct tl_dissection *d, uint32_t t);
uint64_t tl_transaction_key(const struct tl_dissection *d, uint32_t t);
int64_t tl_transaction_ts(const struct tl_dissection *d, uint32_t t);
/* Is the field set? */
bool tl_transaction_has(const struct tl_dissection *d, uint32_t t, unsigned field);

/*
 * Numbers, booleans, times, intervals (ns), the bits of a double: as the field's type holds them. Set once for each
 * field. A list of objects cannot wait: the protocol adds it to the struct when it emits the record.
 */
bool tl_transaction_number(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                           uint64_t value);
bool tl_transaction_addr(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                         const struct tl_addr *addr);
/* One of our own words: the pointer is kept. */
bool tl_transaction_token(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                          const char *token);
/* Text or bytes of at most `most` bytes; what is longer is cut, and marked. Set once for each field. */
bool tl_transaction_text(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                         struct tl_bytes text, uint32_t most);
/* One more item of a list of texts, numbers or intervals. */
bool tl_transaction_add_text(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                             struct tl_bytes text, uint32_t most);
bool tl_transaction_add_number(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                               uint64_t value);
/* The field (or a part of it) was left out for want of room. */
void tl_transaction_cut(const struct tl_dissection *d, uint32_t t, unsigned field);

/*
 * Fills the struct that the definition describes: ts, set, cut, and the fields that are set. Texts point into kept
 * bytes and are valid until the transaction is changed or dropped, lists into scratch memory. A list that finds no
 * scratch memory is cut. The protocol may add fields before it emits the struct.
 */
void tl_transaction_load(const struct tl_dissection *d, uint32_t t, struct tl_record *record);
/* Takes it off the list and gives its bytes back. t may be 0. */
void tl_transaction_drop(struct tl_dissection *d, struct tl_transactions *list, uint32_t t);
/* Writes the record as it is, and drops it. */
void tl_transaction_emit(struct tl_dissection *d, struct tl_transactions *list, uint32_t t);

/* A walk over the values by key and type, for consumers that do not know the struct. */
struct tl_transaction_value {
    unsigned field;        /* index in the definition; a list comes as one value for each item */
    uint64_t number;       /* numbers, booleans, times */
    struct tl_bytes bytes; /* texts; a token's characters */
};
struct tl_transaction_walk {
    struct tl_bytes left;
};
/* Valid until the transaction is changed. */
struct tl_transaction_walk tl_transaction_walk(const struct tl_dissection *d, uint32_t t);
/* false: there are no more. def is the transaction's: see tl_transaction_def(). */
bool tl_transaction_walk_next(struct tl_transaction_walk *walk, const struct tl_record_def *def,
                              struct tl_transaction_value *value);
const struct tl_record_def *tl_transaction_def(const struct tl_dissection *d, uint32_t t);

#endif
