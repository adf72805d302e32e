/* hold.h - what a reader or a decoder shares with its packets: names that were looked up, interfaces. */
#ifndef TL_LIBRARY_HOLD_H
#define TL_LIBRARY_HOLD_H

#include <stdatomic.h>

#include "export/columns.h"
#include "export/sinks.h"
#include "filter/predicate.h"
#include "include/taplight/taplight.h"
#include "library/item.h"

enum { TL_HOLD_DEFS = 256, TL_HOLD_NAMES = 1024 /* that one object looks up */ };

/* A name of a packet's values. */
struct tl_held_name {
    char *key;                      /* owned */
    uint32_t row;                   /* in the values that a worker stored; UINT32_MAX: none */
    struct tl_predicate *predicate; /* owned; NULL: it is only known from the row */
    struct tl_predicate_run *run;   /* owned */
};

struct tl_hold {
    _Atomic uint32_t refs;
    const struct tl_record_def *defs[TL_HOLD_DEFS];
    struct tl_names names;
    struct tl_interfaces *interfaces;
    bool secrets;
    struct tl_held_name *held; /* open addressing, TL_HOLD_NAMES * 2 places; NULL: none yet */
    uint32_t held_count;
    /* The packet that is looked at. */
    uint64_t serials, viewed;
    struct tl_tree tree;
    struct tl_packet packet;
    struct tl_scene scene;
    struct tl_arena crossed; /* bytes of it that are crossed out */
    struct tl_buffer text;
    struct tl_columns *columns; /* NULL: not needed yet */
    struct tl_sink *json_packets, *json_records; /* the same: only what formats them is used */
};

struct taplight_packet {
    struct tl_hold *hold;
    uint64_t serial;                  /* of this packet in the hold */
    const struct tl_packet_item *item;
    struct tl_packet_item *owned;     /* a copy; NULL: none */
    size_t room;
};

/* Returns NULL without memory. */
struct tl_hold *tl_hold_new(bool secrets);
void tl_hold_release(struct tl_hold *hold);

/* Finds a name, or looks it up. Returns NULL and sets the error if there is none. */
struct tl_held_name *tl_hold_name(struct tl_hold *hold, const char *key, struct taplight_error *error);
/* Enters a name whose values the workers store. Returns false without memory. */
bool tl_hold_row(struct tl_hold *hold, const char *key, uint32_t row) TL_MUST_CHECK;

/* Ends hold->text, which has a line, with a NUL in place of the line's end. Returns it, or NULL without memory. */
const char *tl_hold_line(struct tl_hold *hold, size_t *len);

/* The packet is another one now. */
void tl_packet_set(struct taplight_packet *packet, struct tl_hold *hold, const struct tl_packet_item *item);
/* Returns the scene of the packet, with its tree. */
const struct tl_scene *tl_packet_scene(struct taplight_packet *packet);

/* Sets an error for callers of the library; kinds are the same. */
void tl_set_failure(struct taplight_error *error, enum tl_failure kind, const char *format, ...) TL_PRINTF(3, 4);
/* The value of a datum: field may be NULL. */
struct taplight_value tl_value_of_datum(const struct tl_datum *datum, const struct tl_field *field);

#endif
