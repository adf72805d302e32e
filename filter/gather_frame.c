/* gather_frame.c - values of a packet as a whole: frame.*. */
#include "filter/run.h"

#include "core/pcapng_options.h"
#include "core/protocol.h"
#include "core/time.h"

enum { OPTION_COMMENT = 1 }; /* pcapng section 3.5 */

static void add_number(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values,
                       uint64_t number)
{
    tl_values_add(run, values, &(struct tl_datum){ .type = (uint8_t)reference->kind.type, .bits = reference->kind.bits,
                                                   .number = number });
}

static void add_text(struct tl_predicate_run *run, struct tl_values *values, struct tl_bytes text)
{
    tl_values_add(run, values, &(struct tl_datum){ .type = TL_DATUM_TEXT, .bytes = text });
}

/* Options are a code, a length, and a value padded to four bytes. */
static void add_comments(struct tl_predicate_run *run, struct tl_values *values)
{
    const struct tl_packet *packet = run->scene->packet;
    const struct tl_interface *interface = run->scene->interface;
    if (packet->options_len == 0 || interface == NULL)
        return;
    const uint8_t *p = packet->bytes + ((packet->caplen + 3u) & ~3u);
    for (uint32_t left = packet->options_len; left >= 4;) {
        uint16_t code = interface->big_endian ? tl_load_be16(p) : tl_load_le16(p);
        uint16_t len = interface->big_endian ? tl_load_be16(p + 2) : tl_load_le16(p + 2);
        uint32_t size = 4 + ((len + 3u) & ~3u);
        if (code == 0 || size > left)
            return;
        if (code == OPTION_COMMENT)
            add_text(run, values, tl_bytes_of(p + 4, len));
        p += size;
        left -= size;
    }
}

/* Wireshark counts the look-up of an Ethernet type as a layer. */
static bool looks_up_ethertype(const char *name, const char *next)
{
    static const char *const names[] = { "eth", "vlan", "sll" };
    for (size_t i = 0; i < TL_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return next != NULL && strcmp(next, "llc") != 0;
    }
    return false;
}

static void add_protocols(struct tl_predicate_run *run, struct tl_values *values)
{
    const struct tl_tree *tree = run->scene->tree;
    const struct tl_protocols *protocols = &run->predicate->names.protocols;
    const char *last = NULL;
    char *out = (char *)run->arena.base + run->arena.used;
    size_t room = run->arena.capacity - run->arena.used, n = 0;
    for (uint32_t i = 0; i <= tree->count; i++) {
        bool end = i == tree->count;
        if (!end && (tree->nodes[i].field != TL_LAYER || tree->nodes[i].protocol >= protocols->count))
            continue;
        const char *name = end ? NULL : protocols->items[tree->nodes[i].protocol]->name;
        const char *parts[] = { last, last != NULL && looks_up_ethertype(last, name) ? "ethertype" : NULL };
        for (unsigned k = 0; k < TL_COUNT(parts) && parts[k] != NULL; k++) {
            size_t len = strlen(parts[k]);
            if (n + len + 1 >= room)
                return;
            if (n > 0)
                out[n++] = ':';
            memcpy(out + n, parts[k], len);
            n += len;
        }
        last = name;
    }
    if (n == 0 || tl_arena_alloc(&run->arena, n) == NULL)
        return;
    add_text(run, values, tl_bytes_of(out, n));
}

static bool gather_time(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    const struct tl_scene *scene = run->scene;
    int64_t ts = scene->packet->ts;
    switch (reference->special) {
    case TL_SPECIAL_TIME:
    case TL_SPECIAL_TIME_EPOCH:
        break;
    case TL_SPECIAL_TIME_DELTA:
        ts = tl_time_between(scene->previous_ts, ts);
        break;
    case TL_SPECIAL_TIME_DELTA_DISPLAYED:
        ts = run->displayed ? tl_time_between(run->displayed_ts, ts) : 0;
        break;
    case TL_SPECIAL_TIME_RELATIVE:
        ts = tl_time_between(scene->first_ts, ts);
        break;
    default:
        return false;
    }
    add_number(run, reference, values, (uint64_t)ts);
    return true;
}

/* The options of an Interface Description Block follow its type, length, link type, two reserved bytes and snaplen. */
static void add_description(struct tl_predicate_run *run, const struct tl_interface *interface,
                            struct tl_values *values)
{
    enum { OPTIONS_AT = 16, END = 4, OPTION_DESCRIPTION = 3 };
    const struct tl_bytes block = interface->block;
    if (block.len < OPTIONS_AT + END)
        return;
    const uint8_t *p = block.data + OPTIONS_AT, *end = block.data + block.len - END;
    struct tl_bytes text;
    uint16_t code;
    bool bad = false;
    while (tl_pcapng_option(&p, end, interface->big_endian, &code, &text, &bad)) {
        if (code != OPTION_DESCRIPTION)
            continue;
        if (text.len > 0)
            add_text(run, values, text);
        return;
    }
}

static void gather_interface(struct tl_predicate_run *run, const struct tl_reference *reference,
                             struct tl_values *values)
{
    const struct tl_interface *interface = run->scene->interface;
    if (interface == NULL)
        return;
    size_t len = strnlen(interface->name, sizeof interface->name);
    bool known = interface->section != UINT32_MAX || len > 0; /* a pcap file has no interfaces */
    if (reference->special == TL_SPECIAL_INTERFACE_ID && known)
        add_number(run, reference, values, interface->section != UINT32_MAX ? interface->id
                                                                            : run->scene->packet->interface);
    else if (reference->special == TL_SPECIAL_INTERFACE_NAME && len > 0)
        add_text(run, values, tl_bytes_of(interface->name, len));
    else if (reference->special == TL_SPECIAL_INTERFACE_DESCRIPTION)
        add_description(run, interface, values);
}

bool tl_gather_frame(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    const struct tl_packet *packet = run->scene->packet;
    switch (reference->special) {
    case TL_SPECIAL_FRAME:
        tl_values_add(run, values, &(struct tl_datum){ .type = TL_DATUM_PROTOCOL,
                                                       .bytes = { packet->bytes, packet->caplen } });
        return true;
    case TL_SPECIAL_NUMBER:
        add_number(run, reference, values, packet->number);
        return true;
    case TL_SPECIAL_LEN:
        add_number(run, reference, values, packet->len);
        return true;
    case TL_SPECIAL_CAP_LEN:
        add_number(run, reference, values, packet->caplen);
        return true;
    case TL_SPECIAL_COMMENT:
        add_comments(run, values);
        return true;
    case TL_SPECIAL_INTERFACE_ID:
    case TL_SPECIAL_INTERFACE_NAME:
    case TL_SPECIAL_INTERFACE_DESCRIPTION:
        gather_interface(run, reference, values);
        return true;
    case TL_SPECIAL_PROTOCOLS:
        if (run->scene->tree != NULL)
            add_protocols(run, values);
        return run->scene->tree != NULL;
    default:
        return gather_time(run, reference, values);
    }
}
