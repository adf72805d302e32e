/*
 * lacp.c - Link Aggregation Control Protocol (IEEE 802.1AX clause 6.4.2): entries about the sender, its partner and its
 * collector, each with a type and a length, at fixed places.
 */
#include "core/part.h"
#include "dissectors/header.h"

enum {
    VERSION, TYPE, LENGTH, A_SYS_PRIORITY, A_SYS, A_KEY, A_PORT_PRIORITY, A_PORT, A_STATE, A_ACTIVITY, A_TIMEOUT,
    A_AGGREGATION,
    A_SYNC, A_COLLECTING, A_DISTRIBUTING, A_DEFAULTED, A_EXPIRED, A_RESERVED, P_SYS_PRIORITY, P_SYS, P_KEY,
    P_PORT_PRIORITY,
    P_PORT, P_STATE, P_ACTIVITY, P_TIMEOUT, P_AGGREGATION, P_SYNC, P_COLLECTING, P_DISTRIBUTING, P_DEFAULTED, P_EXPIRED,
    P_RESERVED, MAX_DELAY, C_RESERVED, PAD, A_FLAGS, P_FLAGS, FIELDS
};

enum { TERMINATOR, ACTOR, PARTNER, COLLECTOR };
static const struct tl_name types[] = {
    { TERMINATOR, "Terminator" }, { ACTOR, "Actor information" }, { PARTNER, "Partner information" },
    { COLLECTOR, "Collector information" }, { 0, NULL },
};

#define STATE(who_, prefix_, first_) \
    [first_] = { prefix_ ".sys_priority", who_ " system priority", .type = TL_U16 }, \
    [first_ + 1] = { prefix_ ".sysid", who_ " system", .type = TL_MAC }, \
    [first_ + 2] = { prefix_ ".key", who_ " key", .type = TL_U16 }, \
    [first_ + 3] = { prefix_ ".port_priority", who_ " port priority", .type = TL_U16 }, \
    [first_ + 4] = { prefix_ ".port", who_ " port", .type = TL_U16 }, \
    [first_ + 5] = { prefix_ ".state", who_ " state", .type = TL_U8, .base = TL_HEX }, \
    [first_ + 6] = { prefix_ ".state.activity", "Active", .type = TL_BOOL, .mask = 0x01 }, \
    [first_ + 7] = { prefix_ ".state.timeout", "Short timeout", .type = TL_BOOL, .mask = 0x02 }, \
    [first_ + 8] = { prefix_ ".state.aggregation", "Aggregatable", .type = TL_BOOL, .mask = 0x04 }, \
    [first_ + 9] = { prefix_ ".state.synchronization", "In sync", .type = TL_BOOL, .mask = 0x08 }, \
    [first_ + 10] = { prefix_ ".state.collecting", "Collecting", .type = TL_BOOL, .mask = 0x10 }, \
    [first_ + 11] = { prefix_ ".state.distributing", "Distributing", .type = TL_BOOL, .mask = 0x20 }, \
    [first_ + 12] = { prefix_ ".state.defaulted", "Defaulted", .type = TL_BOOL, .mask = 0x40 }, \
    [first_ + 13] = { prefix_ ".state.expired", "Expired", .type = TL_BOOL, .mask = 0x80 }, \
    [first_ + 14] = { prefix_ ".reserved", "Reserved", .type = TL_BYTES }

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "lacp.version", "Version", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "lacp.tlv_type", "Entry", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS, .names = types },
    [LENGTH] = { "lacp.tlv_length", "Length", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    STATE("Actor", "lacp.actor", A_SYS_PRIORITY),
    STATE("Partner", "lacp.partner", P_SYS_PRIORITY),
    [MAX_DELAY] = { "lacp.collector.max_delay", "Collector maximum delay", .type = TL_U16, .unit = "10 us" },
    [C_RESERVED] = { "lacp.coll_reserved", "Reserved", .type = TL_BYTES },
    [PAD] = { "lacp.pad", "Pad", .type = TL_BYTES },
    [A_FLAGS] = { "lacp.actor.state_str", "Actor state", .type = TL_TEXT, .flags = TL_DERIVED,
                  .help = "A letter for each bit that is set, the highest first" },
    [P_FLAGS] = { "lacp.partner.state_str", "Partner state", .type = TL_TEXT, .flags = TL_DERIVED },
};

enum { STATE_AT = 5, RESERVED_AT = 14 };

/* "**DCSGSA": expired, defaulted, distributing, collecting, in sync, aggregatable, short timeout, active. */
static void put_state(struct tl_dissection *d, unsigned field, uint8_t state)
{
    static const char letters[] = "EFDCSGSA";
    char shown[8];
    for (unsigned i = 0; i < sizeof shown; i++)
        shown[i] = (state & (0x80 >> i)) != 0 ? letters[i] : '*';
    tl_add_text(d, field, d->c.off - 1, 1, shown, sizeof shown);
}

static void system_entry(struct tl_dissection *d, unsigned first, unsigned text)
{
    tl_u16(d, first);
    tl_mac(d, first + 1);
    tl_u16(d, first + 2);
    tl_u16(d, first + 3);
    tl_u16(d, first + 4);
    uint8_t state = tl_u8(d, first + STATE_AT);
    if (tl_ok(d)) {
        tl_add_all_bits(d, first + STATE_AT + 1, first + RESERVED_AT - 1, d->c.off - 1, 1, state);
        if (tl_wants(d, text))
            put_state(d, text, state);
    }
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, first + RESERVED_AT, tl_cursor_wire_left(&d->c));
}

static void entry(struct tl_dissection *d, uint8_t type)
{
    if (type == ACTOR) {
        system_entry(d, A_SYS_PRIORITY, A_FLAGS);
    } else if (type == PARTNER) {
        system_entry(d, P_SYS_PRIORITY, P_FLAGS);
    } else if (type == COLLECTOR) {
        tl_u16(d, MAX_DELAY);
        if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_run(d, C_RESERVED, tl_cursor_wire_left(&d->c));
    }
}

static enum tl_status lacp_dissect(struct tl_dissection *d)
{
    uint8_t type = ACTOR;
    tl_u8(d, VERSION);
    while (tl_ok(d) && type != TERMINATOR && tl_cursor_wire_left(&d->c) > 0) {
        type = tl_u8(d, TYPE);
        uint8_t len = tl_u8(d, LENGTH);
        if (tl_ok(d) && type != TERMINATOR && len < 2)
            tl_bad(d);
        if (!tl_ok(d) || type == TERMINATOR)
            break;
        struct tl_part part = tl_part_enter(d, len - 2u);
        entry(d, type);
        tl_part_leave(d, part);
    }
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, PAD, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_lacp = {
    .name = "lacp",
    .title = "Link Aggregation Control Protocol",
    .kind = TL_KIND_LAYER,
    .info = "v{version}[ ACTOR {actor.sysid} P: {actor.port} K: {actor.key} {actor.state_str}]"
            "[ PARTNER {partner.sysid} P: {partner.port} K: {partner.key} {partner.state_str}]",
    .dissect = lacp_dissect,
    TL_TABLE(fields),
};
