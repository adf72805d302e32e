/*
 * transaction.h - pending records: a request that waits for its response.
 *
 * A pending record is stored in the flow's kept bytes (tl_keep) in a neutral encoding that does not depend on the
 * record's struct: the definition, the bits of set and cut fields, and the values in the order they were set. It can be
 * walked by key and type. The protocol's state holds a list of pending records, oldest first.
 *
 * A transaction may have `extra` bytes for the protocol itself. Setters can move a transaction, so they take the
 * address of the handle. A setter without room marks the field as cut and returns false; the record stays usable.
 *
 * A protocol that knows all values at once builds them in scratch memory (struct tl_draft), which costs one allocation
 * of kept bytes, or none if the record is complete in the same packet.
 */
#ifndef TL_CORE_TRANSACTION_H
#define TL_CORE_TRANSACTION_H

#include "core/dissect.h"

enum { TL_TRANSACTION_ITEM = 4 }; /* bytes of overhead per value; a number takes 8 bytes */

struct tl_values;

/* Must be zero at first. Handles name kept bytes; 0: none. */
struct tl_transactions {
    uint32_t first, last;
    uint32_t count;
};

/*
 * Appends a pending record. tl_transaction_find() looks for key; ts (ns) is the time of the record. The transaction
 * gets `extra` zeroed bytes for the protocol and initial room for `room` bytes of values. Returns 0 without memory.
 */
uint32_t tl_transaction_begin(struct tl_dissection *d, struct tl_transactions *list, const struct tl_record_def *def,
                              uint64_t key, int64_t ts, uint32_t extra, uint32_t room);
/* Returns the protocol's own bytes, aligned to 8. Valid until the next setter. */
void *tl_transaction_extra(const struct tl_dissection *d, uint32_t t);

/* Removes t from the list and keeps it. */
void tl_transaction_take(struct tl_dissection *d, struct tl_transactions *list, uint32_t t);
/* Appends a transaction that is in no list. */
void tl_transaction_append(struct tl_dissection *d, struct tl_transactions *list, uint32_t t);

/* Returns the oldest transaction with this key, or 0. */
uint32_t tl_transaction_find(const struct tl_dissection *d, const struct tl_transactions *list, uint64_t key);
/* Returns the next transaction after t with the same key, or 0. */
uint32_t tl_transaction_again(const struct tl_dissection *d, uint32_t t);
/* Returns the transaction after t, or 0. */
uint32_t tl_transaction_next(const struct tl_dissection *d, uint32_t t);
uint64_t tl_transaction_key(const struct tl_dissection *d, uint32_t t);
int64_t tl_transaction_ts(const struct tl_dissection *d, uint32_t t);
/* Returns whether the field is set. */
bool tl_transaction_has(const struct tl_dissection *d, uint32_t t, unsigned field);

/*
 * Sets a number, boolean, time, interval (ns) or the bits of a double, as the field's type stores it. Set each field
 * once. A list of objects cannot be pending: the protocol adds it to the struct when it emits the record.
 */
bool tl_transaction_number(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                           uint64_t value);
bool tl_transaction_addr(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                         const struct tl_addr *addr);
/* Sets one of Taplight's own words. Only the pointer is stored. */
bool tl_transaction_token(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                          const char *token);
/* Sets text or bytes. More than `most` bytes are cut, and the field is marked as cut. Set each field once. */
bool tl_transaction_text(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                         struct tl_bytes text, uint32_t most);
/* Append one item to a list of texts, numbers or intervals. */
bool tl_transaction_add_text(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                             struct tl_bytes text, uint32_t most);
bool tl_transaction_add_number(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                               uint64_t value);
/* Marks the field as cut: all or part of it did not fit. */
void tl_transaction_cut(const struct tl_dissection *d, uint32_t t, unsigned field);

/*
 * Fills the struct that the definition describes: ts, set, cut, and the fields that are set. Texts point into kept
 * bytes and are valid until the transaction changes or is dropped. Lists are in scratch memory; a list that finds no
 * scratch memory is marked as cut. The protocol may add fields before it emits the struct.
 */
void tl_transaction_load(const struct tl_dissection *d, uint32_t t, struct tl_record *record);
/*
 * Fills the struct, which may hold fields already, with the fields of a transaction (a draft, or kept: see
 * tl_transaction_values()). A field that both have is replaced. ts is left as it is.
 */
void tl_transaction_merge(const struct tl_dissection *d, const struct tl_values *values, struct tl_record *record);
/* Removes t from the list and frees it. t may be 0. */
void tl_transaction_drop(struct tl_dissection *d, struct tl_transactions *list, uint32_t t);
/* Emits the record as it is and drops it. */
void tl_transaction_emit(struct tl_dissection *d, struct tl_transactions *list, uint32_t t);

/* --- drafts --- */

/* A transaction in scratch memory. Nothing else may take scratch memory between _begin() and _done(). */
struct tl_draft {
    struct tl_values *values; /* NULL: there was no memory */
    uint8_t *end;             /* of the room for values */
};

/* As tl_transaction_begin(), in scratch memory. There may be less room than was asked for. */
struct tl_draft tl_draft_begin(const struct tl_dissection *d, const struct tl_record_def *def, int64_t ts,
                               uint32_t extra, uint32_t room);
/* Returns room for an item of n bytes, which the caller fills. Without room returns NULL and marks the field as cut. */
uint8_t *tl_draft_item(struct tl_draft *draft, unsigned field, uint32_t n);
/* Returns the protocol's own bytes, aligned to 8. */
void *tl_draft_extra(const struct tl_draft *draft);
bool tl_draft_number(struct tl_draft *draft, unsigned field, uint64_t value);
void tl_draft_cut(struct tl_draft *draft, unsigned field);
/* The draft is complete: reserves its memory. Returns what to set scratch->used to when the draft is not needed. */
size_t tl_draft_done(const struct tl_dissection *d, const struct tl_draft *draft);
/* Keeps a copy, in no list. Returns 0 without memory. */
uint32_t tl_draft_keep(struct tl_dissection *d, const struct tl_draft *draft);

/* The values of a draft, and of a kept transaction: valid until it changes. */
const struct tl_values *tl_transaction_values(const struct tl_dissection *d, uint32_t t);
/* Returns a bit set of the fields that are set or cut. */
uint64_t tl_values_fields(const struct tl_values *values);

/* A walk over the values by key and type, for consumers that do not know the struct. */
struct tl_transaction_value {
    unsigned field;        /* index in the definition; each item of a list is a value of its own */
    uint64_t number;       /* numbers, booleans, times */
    struct tl_bytes bytes; /* texts; the characters of a token */
};
struct tl_transaction_walk {
    struct tl_bytes left;
};
/* Begins a walk. It is valid until the transaction changes. */
struct tl_transaction_walk tl_transaction_walk(const struct tl_dissection *d, uint32_t t);
/* Returns false at the end. def is the transaction's definition: see tl_transaction_def(). */
bool tl_transaction_walk_next(struct tl_transaction_walk *walk, const struct tl_record_def *def,
                              struct tl_transaction_value *value);
const struct tl_record_def *tl_transaction_def(const struct tl_dissection *d, uint32_t t);

#endif
