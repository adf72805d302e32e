/* hold.c - what a reader or a decoder shares with its packets. */
#include "library/hold.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dissectors/registry.h"
#include "pipeline/engine.h"

enum { CROSSED = 1 << 20 /* bytes of a packet that are crossed out at one time */ };

void tl_set_failure(struct taplight_error *error, enum tl_failure kind, const char *format, ...)
{
    va_list args;
    if (error == NULL)
        return;
    *error = (struct taplight_error){ .kind = (enum taplight_failure)kind };
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
}

struct tl_hold *tl_hold_new(bool secrets)
{
    struct tl_hold *hold = calloc(1, sizeof *hold);
    if (hold == NULL)
        return NULL;
    atomic_init(&hold->refs, 1);
    hold->secrets = secrets;
    hold->names = (struct tl_names){ .protocols = tl_protocols_all(), .records = hold->defs,
                                     .record_count = tl_engine_record_defs(hold->defs, TL_HOLD_DEFS) };
    hold->interfaces = tl_interfaces_new();
    if (hold->interfaces == NULL) {
        tl_hold_release(hold);
        return NULL;
    }
    return hold;
}

static void free_names(struct tl_hold *hold)
{
    for (uint32_t i = 0; hold->held != NULL && i < TL_HOLD_NAMES * 2; i++) {
        tl_predicate_run_free(hold->held[i].run);
        tl_predicate_free(hold->held[i].predicate);
        free(hold->held[i].key);
    }
    free(hold->held);
}

void tl_hold_release(struct tl_hold *hold)
{
    if (atomic_fetch_sub(&hold->refs, 1) > 1)
        return;
    free_names(hold);
    tl_columns_free(hold->columns);
    if (hold->json_packets != NULL)
        hold->json_packets->free(hold->json_packets);
    if (hold->json_records != NULL)
        hold->json_records->free(hold->json_records);
    tl_arena_fini(&hold->crossed);
    tl_buffer_fini(&hold->text);
    tl_interfaces_free(hold->interfaces);
    free(hold);
}

const char *tl_hold_line(struct tl_hold *hold, size_t *len)
{
    struct tl_buffer *text = &hold->text;
    if (text->len > 0 && text->data[text->len - 1] == '\n')
        text->len--;
    *len = text->len;
    tl_put_char(text, '\0');
    if (!text->failed)
        return (const char *)text->data;
    tl_buffer_fini(text);
    *text = (struct tl_buffer){ 0 };
    return NULL;
}

/* --- names --- */

/* Returns the place of a key, or the free place that it would have. */
static struct tl_held_name *place_of(struct tl_hold *hold, const char *key)
{
    uint32_t hash = 2166136261u;
    for (const char *p = key; *p != '\0'; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    uint32_t i = hash % (TL_HOLD_NAMES * 2);
    while (hold->held[i].key != NULL && strcmp(hold->held[i].key, key) != 0)
        i = (i + 1) % (TL_HOLD_NAMES * 2);
    return &hold->held[i];
}

static struct tl_held_name *enter(struct tl_hold *hold, const char *key)
{
    if (hold->held == NULL)
        hold->held = calloc(TL_HOLD_NAMES * 2, sizeof *hold->held);
    if (hold->held == NULL || hold->held_count == TL_HOLD_NAMES)
        return NULL;
    struct tl_held_name *name = place_of(hold, key);
    if (name->key == NULL && (name->key = strdup(key)) != NULL) {
        name->row = UINT32_MAX;
        hold->held_count++;
    }
    return name->key != NULL ? name : NULL;
}

bool tl_hold_row(struct tl_hold *hold, const char *key, uint32_t row)
{
    struct tl_held_name *name = enter(hold, key);
    if (name != NULL && name->row == UINT32_MAX)
        name->row = row;
    return name != NULL;
}

struct tl_held_name *tl_hold_name(struct tl_hold *hold, const char *key, struct taplight_error *error)
{
    struct tl_problem problem;
    struct tl_held_name *name = hold->held != NULL ? place_of(hold, key) : NULL;
    if (name != NULL && name->key != NULL)
        return name;
    struct tl_predicate *predicate = tl_predicate_of_names(&key, 1, &hold->names, &problem);
    if (predicate == NULL || tl_predicate_is_ordered(predicate)) {
        if (predicate != NULL)
            tl_set_failure(error, TL_E_USAGE, "'%.80s' depends on all packets before: name it in the fields", key);
        else
            tl_set_failure(error, TL_E_USAGE, "%s", problem.text);
        tl_predicate_free(predicate);
        return NULL;
    }
    struct tl_predicate_run *run = tl_predicate_run_new(predicate);
    name = run != NULL ? enter(hold, key) : NULL;
    if (name == NULL) {
        tl_predicate_run_free(run);
        tl_predicate_free(predicate);
        tl_set_failure(error, TL_E_RUNTIME, run != NULL ? "too many names" : "out of memory");
        return NULL;
    }
    name->predicate = predicate;
    name->run = run;
    return name;
}

/* --- the packet that is looked at --- */

void tl_packet_set(struct taplight_packet *packet, struct tl_hold *hold, const struct tl_packet_item *item)
{
    packet->hold = hold;
    packet->item = item;
    packet->serial = ++hold->serials;
}

const struct tl_scene *tl_packet_scene(struct taplight_packet *packet)
{
    struct tl_hold *hold = packet->hold;
    if (hold->viewed == packet->serial)
        return &hold->scene;
    const struct tl_packet_item *item = packet->item;
    hold->viewed = packet->serial;
    hold->crossed.used = 0;
    hold->packet = item->packet;
    hold->packet.bytes = (const uint8_t *)item + item->bytes_at;
    tl_item_tree(item, &hold->tree);
    hold->scene = (struct tl_scene){ .packet = &hold->packet,
                                     .interface = tl_interfaces_get(hold->interfaces, item->packet.interface),
                                     .tree = &hold->tree,
                                     .first_ts = item->first_ts,
                                     .previous_ts = item->previous_ts };
    if (hold->tree.hidden_count > 0 && hold->crossed.base == NULL && !tl_arena_init(&hold->crossed, CROSSED))
        hold->crossed = (struct tl_arena){ NULL, 0, 0 }; /* values that would be crossed out are empty */
    return &hold->scene;
}
