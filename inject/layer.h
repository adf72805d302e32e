/* layer.h - what a layer of a description is, and what its builder is given. Private to inject/. */
#ifndef TL_INJECT_LAYER_H
#define TL_INJECT_LAYER_H

#include "core/field.h"
#include "inject/craft.h"
#include "inject/header.h"

enum { TL_CRAFT_FIELDS = 20, TL_FIELD_ELEMENTS = 4096 };

enum tl_craft_type {
    TL_CRAFT_NUMBER,
    TL_CRAFT_FOURS,    /* a number of bytes that is sent as one of units of 4 bytes */
    TL_CRAFT_EIGHTS,   /* the same of 8 bytes */
    TL_CRAFT_CHECKSUM, /* a number, or `bad`: the right one plus one */
    TL_CRAFT_FLAGS,    /* a number, or names joined by + */
    TL_CRAFT_IPV4,
    TL_CRAFT_IPV6,
    TL_CRAFT_MAC,
    TL_CRAFT_TEXT, /* text, "text in quotes", or @file: its contents */
    TL_CRAFT_NAME, /* text: a name of labels (RFC 1035); escapes as in zone files: \. and \DDD */
    TL_CRAFT_OID,  /* text: an object identifier, numbers separated by dots */
    TL_CRAFT_HEX,  /* pairs of hexadecimal digits */
};

struct tl_craft_field {
    const char *name;
    const char *key; /* the name of the field in trees and filters */
    enum tl_craft_type type;
    uint64_t most; /* of a number */
    const struct tl_name *names;
    const char *help;
};

/* A value, or a range of values: number to last in steps of the field's unit. */
struct tl_craft_value {
    uint64_t number, last;
    uint8_t address[16]; /* IPv6; the number is its last 8 bytes */
    const uint8_t *data; /* text and bytes, names and identifiers as they are sent; borrowed */
    size_t len;
    bool bad; /* TL_CRAFT_CHECKSUM */
};

struct tl_building;

struct tl_layer_type {
    const char *name, *title;
    int ethertype, ip_proto; /* how outer layers call it; -1: they have no number for it */
    uint16_t port;           /* of UDP or TCP below it; 0: none */
    const struct tl_craft_field *fields;
    unsigned field_count;
    /* Puts the layer before, or for data after, what was built so far. Returns false and sets b->error. */
    bool (*build)(struct tl_building *b);
};

struct tl_layer {
    const struct tl_layer_type *type;
    struct tl_craft_setting {
        struct tl_craft_value *items; /* owned */
        uint32_t count;
        uint64_t total; /* values, with those of ranges */
    } settings[TL_CRAFT_FIELDS];
    struct tl_craft_value now[TL_CRAFT_FIELDS]; /* of the packet that is built */
};

struct tl_craft {
    struct tl_layer layers[TL_CRAFT_LAYERS];
    unsigned layer_count;
    struct {
        uint8_t layer, field;
    } * order; /* owned: settings as they are written */
    unsigned order_count;
    uint64_t count;
    void **files; /* owned: texts, and contents of @file */
    unsigned file_count;
    libnet_t *net; /* builds headers; opens nothing */
};

/* A checksum that covers a pseudo-header: the layer of the addresses fills it in. */
struct tl_awaited {
    bool wanted;
    bool bad, zero_is_ones; /* UDP: 0 means that there is none */
    uint8_t proto;
    size_t span; /* bytes covered, up to the end of the packet */
    size_t at;   /* of the checksum in them */
};

struct tl_building {
    struct tl_craft *craft;
    unsigned index;  /* of the layer */
    uint64_t number; /* of the packet in the series */
    struct tl_layer *layer;
    const struct tl_layer_type *inner; /* the layer inside; NULL: none */
    const struct tl_craft_world *world;
    struct tl_crafted *frames;
    struct tl_awaited awaited;
    uint8_t final[16]; /* IPv6: the last destination of a routing header */
    bool has_final;
    uint8_t group[16]; /* ICMPv6 of a link: the destination, unless IPv6 has one */
    bool has_group;
    uint8_t hop_limit; /* the same; 0: the usual one */
    struct tl_error *error;
};

/* Returns whether a field of the layer is given. */
static inline bool tl_craft_has(const struct tl_building *b, unsigned field)
{
    return b->layer->settings[field].count > 0;
}

static inline uint64_t tl_craft_number(const struct tl_building *b, unsigned field, uint64_t otherwise)
{
    return tl_craft_has(b, field) ? b->layer->now[field].number : otherwise;
}

/* Text and bytes; empty if the field is not given. */
static inline struct tl_bytes tl_craft_bytes(const struct tl_building *b, unsigned field)
{
    const struct tl_craft_value *v = &b->layer->now[field];
    return tl_craft_has(b, field) ? (struct tl_bytes){ v->data, (uint32_t)v->len } : (struct tl_bytes){ NULL, 0 };
}

/* Bytes of an address, if it is given. */
bool tl_craft_address_of(const struct tl_layer *layer, unsigned field, uint8_t *out);
static inline bool tl_craft_address(const struct tl_building *b, unsigned field, uint8_t *out)
{
    return tl_craft_address_of(b->layer, field, out);
}
/* The bytes of frame 0, which is the only one inside the IP layer. */
static inline struct tl_frame_bytes *tl_craft_whole(struct tl_building *b)
{
    return &b->frames->items[0];
}
static inline size_t tl_craft_len(struct tl_building *b)
{
    return tl_craft_whole(b)->end - tl_craft_whole(b)->at;
}
/* Puts bytes before a frame. Returns false and sets b->error without memory. */
bool tl_craft_prepend(struct tl_building *b, struct tl_frame_bytes *frame, const void *data, size_t len);
/* The same with a header. */
bool tl_craft_put(struct tl_building *b, struct tl_frame_bytes *frame, struct tl_header header);
/* Puts it before every frame. */
bool tl_craft_put_all(struct tl_building *b, struct tl_header header);
/* The same with what libnet has built as `tag`. */
bool tl_craft_take(struct tl_building *b, struct tl_frame_bytes *frame, libnet_ptag_t tag);
/* Adds a frame of its own. */
struct tl_frame_bytes *tl_crafted_add(struct tl_crafted *frames, size_t room);
/* Lets the layer of the addresses compute the checksum at `at` of the whole, unless `field` says another. */
void tl_craft_await(struct tl_building *b, unsigned field, uint8_t proto, size_t at);
/* Fills in the awaited checksum. address_len: 4 or 16. */
void tl_craft_settle(struct tl_building *b, const uint8_t *src, const uint8_t *dst, size_t address_len);
/* Computes the checksum of the first `span` bytes of the whole, which is at `at`, unless `field` says another. */
void tl_craft_checksum(struct tl_building *b, unsigned field, size_t span, size_t at);
bool tl_craft_fail(struct tl_building *b, const char *format, ...) TL_PRINTF(2, 3);
/* Sets the values of packet `index`: the setting that is written last changes first. */
void tl_craft_choose(struct tl_craft *craft, uint64_t index);
/* Whether layer `index` is IPv4 to all around DHCP: of a client that has no address yet (RFC 2131 section 4.1). */
bool tl_craft_is_for_all(const struct tl_craft *craft, unsigned index);
/* The number by which the enclosing layer calls the one inside. */
int tl_craft_ethertype(const struct tl_building *b);

/* What the numbers of a field are multiples of. */
static inline uint64_t tl_craft_unit(const struct tl_craft_field *f)
{
    return f->type == TL_CRAFT_FOURS ? 4 : f->type == TL_CRAFT_EIGHTS ? 8 : 1;
}

/* Whether the values of a field are bytes, not numbers or addresses. */
static inline bool tl_craft_is_bytes(const struct tl_craft_field *f)
{
    return f->type >= TL_CRAFT_TEXT;
}

/* Copies bytes, and a 0 after them. They are the description's. Returns NULL without memory. */
const uint8_t *tl_craft_keep(struct tl_craft *craft, const void *data, size_t len);
enum { TL_CRAFT_NAME_MOST = 256 };
/* Encodes a name, or an object identifier. Returns its length, 0 if the text is none. */
size_t tl_craft_encode_name(const char *text, uint8_t out[TL_CRAFT_NAME_MOST]);
size_t tl_craft_encode_oid(const char *text, uint8_t out[TL_CRAFT_NAME_MOST]);

extern const struct tl_layer_type tl_craft_layer_eth, tl_craft_layer_vlan, tl_craft_layer_arp, tl_craft_layer_mpls,
    tl_craft_layer_ip, tl_craft_layer_ip6, tl_craft_layer_hopopts, tl_craft_layer_dstopts, tl_craft_layer_routing,
    tl_craft_layer_icmp, tl_craft_layer_icmp6, tl_craft_layer_tcp, tl_craft_layer_udp, tl_craft_layer_gre,
    tl_craft_layer_vxlan, tl_craft_layer_dns, tl_craft_layer_dhcp, tl_craft_layer_ntp, tl_craft_layer_snmp,
    tl_craft_layer_tftp, tl_craft_layer_raw, tl_craft_layer_payload;
/* All of them, NULL after the last. */
extern const struct tl_layer_type *const tl_craft_layer_types[];

#endif
