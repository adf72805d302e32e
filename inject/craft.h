/*
 * craft.h - packets from a description: 'eth/ip(dst=192.0.2.1,ttl=1..3)/udp(dport=53)/dns(qname=example.test)'. Layers
 * are named from the outside in. Fields that are left out are filled in. Lists {a,b} and ranges a..b make a series of
 * packets, in which the last field changes first.
 */
#ifndef TL_INJECT_CRAFT_H
#define TL_INJECT_CRAFT_H

#include "core/buffer.h"
#include "core/field.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { TL_CRAFT_LAYERS = 24, TL_FRAME_MOST = 65535 + 64 };

/* An address of version 4 (4 bytes) or 6. version 0: none. */
struct tl_address {
    uint8_t version;
    uint8_t bytes[16];
};

/* Where fields that are left out come from. Each function sets error and returns false on failure. */
struct tl_craft_world {
    /* The source address of packets to dst. */
    bool (*source)(void *context, const struct tl_address *dst, uint8_t *src, struct tl_error *error);
    /* The MAC address of the next hop to dst. dst NULL: not asked for. */
    bool (*hop)(void *context, const struct tl_address *dst, uint8_t mac[6], struct tl_error *error);
    /* The MAC address of the interface on the way to dst; dst NULL: of the interface in use. */
    bool (*own)(void *context, const struct tl_address *dst, uint8_t mac[6], struct tl_error *error);
    void *context;
};

/* The frames of one packet: several if it is sent in fragments. */
struct tl_crafted {
    struct tl_frame_bytes {
        uint8_t *memory;          /* owned */
        size_t capacity, at, end; /* the bytes are at..end */
    } * items;                    /* owned */
    uint32_t count, room;
};
void tl_crafted_fini(struct tl_crafted *frames);
static inline struct tl_bytes tl_crafted_get(const struct tl_crafted *frames, uint32_t index)
{
    const struct tl_frame_bytes *f = &frames->items[index];
    return (struct tl_bytes){ f->memory + f->at, (uint32_t)(f->end - f->at) };
}

struct tl_craft;

/* Parses a description. Returns NULL and sets error, TL_E_USAGE for a description that is wrong. */
struct tl_craft *tl_craft_new(const char *text, struct tl_error *error);
void tl_craft_free(struct tl_craft *craft);
/* Returns how many packets the series has. */
uint64_t tl_craft_count(const struct tl_craft *craft);
/*
 * Builds packet `index` of the series, which begins again after its last packet; what counts by default goes on counting.
 * frames: is emptied first.
 */
enum tl_failure tl_craft_build(struct tl_craft *craft, uint64_t index, const struct tl_craft_world *world,
                               struct tl_crafted *frames, struct tl_error *error) TL_MUST_CHECK;
/* Returns the first destination of the outermost IP or ARP layer in packet 0; version 0: there is none. */
struct tl_address tl_craft_destination(struct tl_craft *craft);
/* What the first layer is: a frame, such as Ethernet; what Ethernet carries; another one. */
enum tl_craft_first { TL_CRAFT_IS_FRAME, TL_CRAFT_FOLLOWS_ETHERNET, TL_CRAFT_IS_OTHER };
enum tl_craft_first tl_craft_first(const struct tl_craft *craft);

/*
 * Lets a field, named as ip.ttl or by its name in trees, take its edge values: 0, the most, around powers of two and
 * around the value given, and some at random, which the seed decides.
 */
enum tl_failure tl_craft_fuzz(struct tl_craft *craft, const char *field, uint64_t seed,
                              struct tl_error *error) TL_MUST_CHECK;

/* A field that a description gives. */
struct tl_craft_change {
    const char *layer, *field, *key; /* key: NULL if trees have no such field */
    unsigned occurrence;             /* of the layer: 0 the outermost */
    bool is_number;                  /* or an address: number, of IPv6 its last 8 bytes */
    bool is_checksum, bad;
    uint64_t number;
    uint8_t prefix[8];
    struct tl_bytes data; /* text and bytes, as they are sent */
};
/* Calls visit for each field that is given, with its value in packet `index`; ends when it returns false. */
bool tl_craft_visit(struct tl_craft *craft, uint64_t index, bool (*visit)(void *, const struct tl_craft_change *),
                    void *context);

/* Types of DNS records, by name. */
extern const struct tl_name tl_craft_dns_types[];
/* Returns the name and version of the library that builds headers. */
const char *tl_craft_library(void);
/* Appends the layers with their fields. only: the name of one layer; NULL: all. Returns false if there is none. */
bool tl_craft_list(struct tl_buffer *out, const char *only);

#endif
