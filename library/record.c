/* record.c - records for callers of the library. */
#include "library/record.h"

#include "core/time.h"
#include "library/value.h"

/* Keys that are in no definition, in the order of --json. */
enum { PATH, TS, OUT_OF_RANGE, UID, ORIG_H, ORIG_P, RESP_H, RESP_P, COMMUNITY_ID, DECRYPTED, PROXY_ORIG_H,
       PROXY_ORIG_P, PROXY_RESP_H, PROXY_RESP_P, HEADS };

static const char *const head_keys[HEADS] = {
    "_path", "ts", "_ts_out_of_range", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "community_id",
    "decrypted", "proxy_orig_h", "proxy_orig_p", "proxy_resp_h", "proxy_resp_p",
};

static uint64_t known_fields(const struct tl_record_def *def)
{
    return def->field_count < 64 ? (UINT64_C(1) << def->field_count) - 1 : UINT64_MAX;
}

const char *taplight_record_kind(const struct taplight_record *record)
{
    return record->item->def->path;
}

int64_t taplight_record_time(const struct taplight_record *record)
{
    return record->record->ts;
}

unsigned taplight_record_decimals(const struct taplight_record *record)
{
    return record->item->decimals;
}

void tl_flow_of_id(const struct tl_flow_id *id, struct taplight_flow *flow)
{
    *flow = (struct taplight_flow){ .version = id->version, .protocol = id->ip_proto, .orig_port = id->orig_port,
                                    .resp_port = id->resp_port, .first_packet = id->first_pkt };
    memcpy(flow->uid, id->uid, sizeof flow->uid);
    memcpy(flow->community_id, id->community_id, sizeof flow->community_id);
    memcpy(flow->orig_address, id->orig_addr, sizeof flow->orig_address);
    memcpy(flow->resp_address, id->resp_addr, sizeof flow->resp_address);
}

bool taplight_record_flow(const struct taplight_record *record, struct taplight_flow *flow)
{
    if (record->item->flow)
        tl_flow_of_id(&record->item->id, flow);
    return record->item->flow;
}

static bool proxy_value(const struct tl_proxied *ends, unsigned head, struct taplight_value *value)
{
    if (ends->version == 0)
        return false;
    if (head == PROXY_ORIG_H || head == PROXY_RESP_H)
        *value = tl_value_of_address(ends->version, head == PROXY_ORIG_H ? ends->orig_addr : ends->resp_addr);
    else
        *value = tl_value_of_number(TAPLIGHT_UNSIGNED, head == PROXY_ORIG_P ? ends->orig_port : ends->resp_port);
    return true;
}

static bool flow_value(const struct tl_flow_id *id, unsigned head, struct taplight_value *value)
{
    switch (head) {
    case UID:
        *value = tl_value_of_word(id->uid);
        return true;
    case ORIG_H:
    case RESP_H:
        *value = tl_value_of_address(id->version, head == ORIG_H ? id->orig_addr : id->resp_addr);
        return true;
    case ORIG_P:
    case RESP_P:
        *value = tl_value_of_number(TAPLIGHT_UNSIGNED, head == ORIG_P ? id->orig_port : id->resp_port);
        return true;
    case COMMUNITY_ID:
        *value = tl_value_of_word(id->community_id);
        return id->community_id[0] != '\0';
    case DECRYPTED:
        *value = tl_value_of_number(TAPLIGHT_BOOL, 1);
        return id->decrypted;
    default:
        return proxy_value(&id->proxied, head, value);
    }
}

static bool head_value(const struct taplight_record *record, unsigned head, struct taplight_value *value)
{
    const struct tl_record_def *def = record->item->def;
    int64_t ts = record->record->ts;
    if (head == PATH) {
        *value = tl_value_of_word(def->path);
        return true;
    }
    if (head == TS || head == OUT_OF_RANGE) {
        bool fits = tl_time_fits(ts);
        *value = head == TS ? tl_value_of_number(TAPLIGHT_TIME, (uint64_t)ts)
                            : tl_value_of_word(fits ? "" : tl_time_outside(ts));
        return (def->flow || ts != 0) && fits == (head == TS);
    }
    return def->flow && record->item->flow && flow_value(&record->item->id, head, value);
}

bool tl_value_of_cut(const struct taplight_value *list, uint32_t index, struct taplight_value *item)
{
    const struct tl_record_def *def = list->inner[1];
    uint64_t cut = list->number;
    for (uint32_t i = 0; i < index; i++)
        cut &= cut - 1;
    if (cut != 0)
        *item = tl_value_of_word(def->fields[__builtin_ctzll(cut)].key);
    return cut != 0;
}

/* The fields of a record or an object from *cursor on, and then _trunc. */
static bool next_field(const struct tl_record_def *def, const struct tl_record *record, uint32_t *cursor,
                       const char **key, struct taplight_value *value)
{
    uint64_t set = record->set & known_fields(def);
    while (*cursor < def->field_count) {
        unsigned i = (*cursor)++;
        const struct tl_record_field *field = &def->fields[i];
        if ((set >> i & 1) == 0)
            continue;
        *key = field->key;
        *value = tl_value_of_record(field, (const uint8_t *)record + field->offset);
        bool time = field->type == TL_REC_INTERVAL || field->type == TL_REC_TIME;
        if (!time || tl_time_fits(value->integer))
            return true;
    }
    uint64_t cut = record->cut & set;
    if (cut == 0 || *cursor > def->field_count)
        return false;
    (*cursor)++;
    *key = "_trunc";
    *value = (struct taplight_value){ .type = TAPLIGHT_LIST, .count = (uint32_t)__builtin_popcountll(cut), .number = cut,
                                      .inner = { NULL, def } };
    return true;
}

bool taplight_record_next(const struct taplight_record *record, uint32_t *cursor, const char **key,
                          struct taplight_value *value)
{
    while (*cursor < HEADS) {
        unsigned head = (*cursor)++;
        *key = head_keys[head];
        if (head_value(record, head, value))
            return true;
    }
    uint32_t field = *cursor - HEADS;
    bool found = next_field(record->item->def, record->record, &field, key, value);
    *cursor = field + HEADS;
    return found;
}

bool taplight_record_get(const struct taplight_record *record, const char *key, struct taplight_value *value)
{
    const struct tl_record_def *def = record->item->def;
    for (unsigned i = 0; i < HEADS; i++) {
        if (strcmp(head_keys[i], key) == 0)
            return head_value(record, i, value);
    }
    for (uint32_t i = 0; i < def->field_count; i++) {
        if (strcmp(def->fields[i].key, key) != 0)
            continue;
        const char *same;
        uint32_t cursor = i;
        return (record->record->set >> i & 1) != 0 && next_field(def, record->record, &cursor, &same, value) &&
               same == def->fields[i].key;
    }
    return false;
}

bool taplight_value_object(const struct taplight_value *objects, uint32_t index, uint32_t *cursor, const char **key,
                           struct taplight_value *value)
{
    const struct tl_record_field *field = objects->inner[0];
    const struct tl_object_list *list = objects->inner[1];
    if (objects->type != TAPLIGHT_OBJECTS || index >= objects->count)
        return false;
    const void *object = (const uint8_t *)list->items + (size_t)index * list->size;
    return next_field(field->objects, object, cursor, key, value);
}

const char *taplight_record_json(struct taplight_record *record, size_t *len)
{
    struct tl_hold *hold = record->hold;
    if (hold->json_records == NULL && (hold->json_records = tl_records_sink(NULL, ".")) == NULL)
        return NULL;
    hold->text.len = 0;
    const struct tl_flow_id *id = record->item->flow ? &record->item->id : NULL;
    hold->json_records->record(hold->json_records, &hold->text, record->item->def, record->record, id,
                               record->item->decimals);
    return tl_hold_line(hold, len);
}
