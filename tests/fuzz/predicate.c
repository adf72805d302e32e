/*
 * predicate.c - fuzzes display filters: compiles one for packets and for records, and asks it of a few packets, of
 * their headers and of their trees. Input: the filter.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "dissectors/registry.h"
#include "filter/predicate.h"
#include "pipeline/detail.h"
#include "pipeline/engine.h"

/* Ethernet, IPv4, TCP from port 80, "GET"; shorter copies are cut packets. */
static const uint8_t packet[] = {
    0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x45, 0x00, 0x00, 0x2b, 0x12,
    0x34, 0x40, 0x00, 0x40, 0x06, 0x14, 0x95, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x00, 0x50, 0x9c, 0x40,
    0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x01, 0x50, 0x18, 0x01, 0xf6, 0x00, 0x00, 0x00, 0x00, 'G',  'E',  'T',
};

enum { CUTS = 4, CUT = 19, DEFS = 8 }; /* packets of 0, 19, 38 and 57 bytes */

/*
 * Made once, because their memory is much more than that of a filter: the decoded packets, and the names. A few protocols
 * have names, so that an unknown name is not compared with thousands.
 */
static struct tl_interfaces *interfaces;
static struct cut {
    struct tl_detail *detail;
    const struct tl_tree *tree;
    struct tl_packet packet;
} cuts[CUTS];
static const struct tl_protocol *protocols[TL_PROTOCOL_COUNT];
static const struct tl_record_def *defs[256];
static struct tl_names names;

static void name_protocols(void)
{
    static const char *const few[] = { "eth", "ip", "ipv6", "tcp", "udp", "icmp", "arp", "http" };
    struct tl_protocols all = tl_protocols_all();
    for (uint32_t i = 0; i < all.count; i++) {
        protocols[i] = all.items[TL_PROTOCOL_data];
        for (size_t k = 0; k < TL_COUNT(few); k++) {
            if (strcmp(all.items[i]->name, few[k]) == 0)
                protocols[i] = all.items[i];
        }
    }
    uint32_t count = tl_engine_record_defs(defs, TL_COUNT(defs));
    names = (struct tl_names){ { protocols, all.count }, defs, count < DEFS ? count : DEFS };
}

static bool is_ready(void)
{
    const struct tl_interface ethernet = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    if (interfaces == NULL && (interfaces = tl_interfaces_new()) != NULL)
        (void)tl_interfaces_add(interfaces, &ethernet);
    const struct tl_detail_options options = { .interfaces = interfaces, .memory = 1 << 20 };
    for (uint32_t i = 0; i < CUTS && interfaces != NULL; i++) {
        struct cut *c = &cuts[i];
        if (c->detail != NULL || (c->detail = tl_detail_new(&options)) == NULL)
            continue;
        c->packet = (struct tl_packet){ .bytes = fuzz_copy(packet, i * CUT), .caplen = i * CUT, .len = sizeof packet,
                                        .linktype = 1, .number = i + 1 };
        c->tree = tl_detail_packet(c->detail, &c->packet);
    }
    if (names.record_count == 0)
        name_protocols();
    return interfaces != NULL && cuts[CUTS - 1].tree != NULL;
}

static void ask(const struct tl_predicate *predicate)
{
    struct tl_predicate_run *run = tl_predicate_run_new(predicate);
    for (uint32_t i = 0; run != NULL && i < CUTS; i++) {
        struct tl_scene scene = { .packet = &cuts[i].packet, .interface = tl_interfaces_get(interfaces, 0) };
        if (cuts[i].tree == NULL)
            continue;
        (void)tl_predicate_early(run, &scene);
        scene.tree = cuts[i].tree;
        (void)tl_predicate_packet(run, &scene);
    }
    tl_predicate_run_free(run);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    for (unsigned records = 0; is_ready() && records < 2; records++) {
        struct tl_problem problem;
        struct tl_predicate *predicate = tl_predicate_new(tl_bytes_of(data, size), &names, records != 0, &problem);
        FUZZ_CHECK((predicate == NULL) == problem.set);
        FUZZ_CHECK(predicate != NULL || (problem.text[0] != '\0' && problem.at <= size &&
                                         problem.len <= size - problem.at));
        if (predicate != NULL && !tl_predicate_takes_records(predicate))
            ask(predicate);
        tl_predicate_free(predicate);
    }
}
