/* world.h - addresses and next hops of this host, for fields that are left out. */
#ifndef TL_INJECT_WORLD_H
#define TL_INJECT_WORLD_H

#include "inject/route.h"
#include "inject/wire.h"

enum { TL_WORLD_NEIGHBOURS = 1024 };

struct tl_world {
    const char *interface; /* packets leave here; NULL: as the route says */
    struct tl_wire *wire;  /* neighbours are asked for here; NULL: nothing is sent */
    bool guessed;          /* a MAC address was not known, and is zeros */
    /* The last route, and the neighbours that answered: */
    struct tl_address routed;
    struct tl_route route;
    struct tl_neighbour {
        struct tl_address address;
        uint8_t mac[6];
    } * neighbours; /* owned */
    uint32_t count, next;
    struct tl_arrival *arrival; /* owned */
};

void tl_world_init(struct tl_world *world, const char *interface, struct tl_wire *wire);
void tl_world_fini(struct tl_world *world);
/* The functions that fill in fields. They borrow world. */
struct tl_craft_world tl_world_functions(struct tl_world *world);
/* Finds the route to dst; the last one is remembered. */
const struct tl_route *tl_world_route(struct tl_world *world, const struct tl_address *dst, struct tl_error *error);

#endif
