/*
 * predicate.c - fuzzes display filters: compiles one for packets and for records, and asks it of a few packets, before
 * and after they are decoded. Input: the filter.
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

/* Made once, because its memory is much more than that of a filter. */
static struct tl_interfaces *interfaces;
static struct tl_detail *detail;

static bool is_ready(void)
{
    const struct tl_interface ethernet = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
    if (interfaces == NULL && (interfaces = tl_interfaces_new()) != NULL)
        (void)tl_interfaces_add(interfaces, &ethernet);
    const struct tl_detail_options options = { .interfaces = interfaces, .memory = 1 << 20 };
    if (interfaces != NULL && detail == NULL)
        detail = tl_detail_new(&options);
    return detail != NULL;
}

static void ask(const struct tl_predicate *predicate)
{
    struct tl_predicate_run *run = tl_predicate_run_new(predicate);
    tl_detail_begin(detail);
    for (uint32_t n = 0; run != NULL && n <= sizeof packet; n += 19) {
        uint8_t *bytes = fuzz_copy(packet, n);
        struct tl_packet p = { .bytes = bytes, .caplen = n, .len = sizeof packet, .linktype = 1, .number = n + 1 };
        struct tl_scene scene = { .packet = &p, .interface = tl_interfaces_get(interfaces, 0) };
        (void)tl_predicate_early(run, &scene);
        scene.tree = tl_detail_packet(detail, &p);
        (void)tl_predicate_packet(run, &scene);
        fuzz_free(bytes);
    }
    tl_predicate_run_free(run);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const struct tl_record_def *defs[256];
    const struct tl_names names = { tl_protocols_all(), defs, tl_engine_record_defs(defs, 256) };
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
