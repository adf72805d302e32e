/* world.c - routes, and neighbours by ARP (RFC 826) and neighbour discovery (RFC 4861). */
#include "inject/world.h"

#include "core/bytes.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRIES = 3 };
#define WAIT INT64_C(700000000) /* ns, for an answer */

void tl_world_init(struct tl_world *world, const char *interface, struct tl_wire *wire)
{
    *world = (struct tl_world){ .interface = interface, .wire = wire };
}

void tl_world_fini(struct tl_world *world)
{
    free(world->neighbours);
    free(world->arrival);
}

const struct tl_route *tl_world_route(struct tl_world *world, const struct tl_address *dst, struct tl_error *error)
{
    const char *interface = world->wire != NULL ? tl_wire_name(world->wire) : world->interface;
    if (world->routed.version != 0 && tl_address_equal(&world->routed, dst))
        return &world->route;
    world->routed.version = 0;
    if (tl_route_find(dst, interface, &world->route, error) != TL_E_NONE)
        return NULL;
    world->routed = *dst;
    return &world->route;
}

static bool source(void *context, const struct tl_address *dst, uint8_t *src, struct tl_error *error)
{
    char text[46];
    const struct tl_route *route = tl_world_route(context, dst, error);
    if (route == NULL)
        return false;
    if (route->source.version == 0) {
        tl_error_set(error, TL_E_RUNTIME, "%s has no address to send to %s from: give src", route->interface,
                     tl_address_text(dst, text));
        return false;
    }
    memcpy(src, route->source.bytes, tl_address_len(dst));
    return true;
}

static bool own(void *context, const struct tl_address *dst, uint8_t mac[6], struct tl_error *error)
{
    struct tl_world *w = context;
    struct tl_error none = { 0 };
    memset(mac, 0, 6);
    (void)error;
    if (w->wire != NULL) {
        memcpy(mac, tl_wire_mac(w->wire), 6);
    } else if (w->interface != NULL) {
        (void)tl_route_hardware(w->interface, mac);
    } else {
        const struct tl_route *route = dst != NULL              ? tl_world_route(w, dst, &none)
                                       : w->routed.version != 0 ? &w->route
                                                                : NULL;
        if (route != NULL)
            (void)tl_route_hardware(route->interface, mac);
    }
    return true;
}

static struct tl_neighbour *known(struct tl_world *w, const struct tl_address *address)
{
    for (uint32_t i = 0; i < w->count; i++)
        if (tl_address_equal(&w->neighbours[i].address, address))
            return &w->neighbours[i];
    return NULL;
}

static void remember(struct tl_world *w, const struct tl_address *address, const uint8_t mac[6])
{
    if (w->neighbours == NULL)
        w->neighbours = calloc(TL_WORLD_NEIGHBOURS, sizeof *w->neighbours);
    if (w->neighbours == NULL)
        return;
    struct tl_neighbour *n = &w->neighbours[w->next];
    n->address = *address;
    memcpy(n->mac, mac, 6);
    w->next = (w->next + 1) % TL_WORLD_NEIGHBOURS;
    if (w->count < TL_WORLD_NEIGHBOURS)
        w->count++;
}

/* Returns whether a frame tells the MAC address of `address`. */
static bool answers(const struct tl_arrival *a, const struct tl_address *address, uint8_t mac[6])
{
    const uint8_t *p = a->bytes;
    if (a->ours || a->len < 42)
        return false;
    if (address->version == 4) {
        if (tl_load_be16(p + 12) != 0x0806 || tl_load_be16(p + 20) != 2 || memcmp(p + 28, address->bytes, 4) != 0)
            return false;
        memcpy(mac, p + 22, 6);
        return true;
    }
    if (a->len < 14 + 40 + 24 || tl_load_be16(p + 12) != 0x86dd || p[20] != 58 || p[21] != 255 || p[54] != 136 ||
        memcmp(p + 62, address->bytes, 16) != 0)
        return false;
    /* A target link-layer address option, or else the sender of the frame. */
    memcpy(mac, a->len >= 86 && p[78] == 2 && p[79] == 1 ? p + 80 : p + 6, 6);
    return true;
}

/* Asks for the MAC address of a neighbour. */
static bool ask(struct tl_world *w, const struct tl_address *address, const struct tl_address *from, uint8_t mac[6],
                struct tl_error *error)
{
    char text[300], target[46], sender[46];
    struct tl_crafted frames = { 0 };
    struct tl_craft_world functions = tl_world_functions(w);
    bool found = false;
    if (w->arrival == NULL)
        w->arrival = malloc(sizeof *w->arrival);
    tl_address_text(address, target);
    tl_address_text(from, sender);
    if (address->version == 4)
        snprintf(text, sizeof text, "eth/arp(tpa=%s,spa=%s)", target, from->version == 4 ? sender : "0.0.0.0");
    else
        snprintf(text, sizeof text, "eth/ip6(src=%s)/icmp6(type=ns,target=%s)",
                 from->version == 6 ? sender : "::", target);
    struct tl_craft *craft = tl_craft_new(text, error);
    bool built =
        craft != NULL && w->arrival != NULL && tl_craft_build(craft, 0, &functions, &frames, error) == TL_E_NONE;
    for (int i = 0; built && !found && i < TRIES; i++) {
        int64_t end = tl_wire_now() + WAIT;
        if (tl_wire_send(w->wire, tl_crafted_get(&frames, 0), error) != TL_E_NONE)
            break;
        while (!found && tl_wire_receive(w->wire, end, w->arrival))
            found = answers(w->arrival, address, mac);
    }
    tl_crafted_fini(&frames);
    tl_craft_free(craft);
    if (!found)
        tl_error_set(error, TL_E_RUNTIME, "no answer from %s on %s: the next hop is not there",
                     target, tl_wire_name(w->wire));
    return found;
}

static bool hop(void *context, const struct tl_address *dst, uint8_t mac[6], struct tl_error *error)
{
    struct tl_world *w = context;
    struct tl_error none = { 0 };
    memset(mac, 0, 6);
    if (w->wire != NULL && !tl_wire_is_ethernet(w->wire))
        return true;
    if (dst == NULL) {
        w->guessed = true;
        return true;
    }
    const struct tl_route *route = tl_world_route(w, dst, w->wire != NULL ? error : &none);
    if (route == NULL) {
        w->guessed = true;
        return w->wire == NULL;
    }
    if (route->broadcast) {
        memset(mac, 0xff, 6);
        return true;
    }
    struct tl_address next = route->gateway.version != 0 ? route->gateway : *dst, from = route->source;
    struct tl_neighbour *neighbour = known(w, &next);
    if (neighbour != NULL) {
        memcpy(mac, neighbour->mac, 6);
        return true;
    }
    bool found = tl_route_neighbour(route->ifindex, &next, mac);
    if (!found && w->wire == NULL) {
        w->guessed = true;
        return true;
    }
    if (!found && !ask(w, &next, &from, mac, error))
        return false;
    remember(w, &next, mac);
    return true;
}

struct tl_craft_world tl_world_functions(struct tl_world *world)
{
    return (struct tl_craft_world){ .source = source, .hop = hop, .own = own, .context = world };
}
