/* gather_record.c - the values of a key in a record. */
#include "filter/run.h"

static void add(struct tl_predicate_run *run, struct tl_values *values, enum tl_datum_type type, uint8_t bits,
                uint64_t number)
{
    tl_values_add(run, values, &(struct tl_datum){ .type = (uint8_t)type, .bits = bits, .number = number });
}

static void add_bytes(struct tl_predicate_run *run, struct tl_values *values, enum tl_datum_type type,
                      struct tl_bytes bytes)
{
    tl_values_add(run, values, &(struct tl_datum){ .type = (uint8_t)type, .bytes = bytes });
}

static void add_address(struct tl_predicate_run *run, struct tl_values *values, uint8_t version, const uint8_t *bytes)
{
    if (version == 4)
        add(run, values, TL_DATUM_IPV4, 32, tl_load_be32(bytes));
    else
        tl_values_add(run, values, &(struct tl_datum){ .type = TL_DATUM_IPV6, .bits = 128, .bytes = { bytes, 16 } });
}

static void add_word(struct tl_predicate_run *run, struct tl_values *values, const char *word)
{
    if (word != NULL && word[0] != '\0')
        add_bytes(run, values, TL_DATUM_TEXT, tl_bytes_of(word, strlen(word)));
}

static void add_lists(struct tl_predicate_run *run, struct tl_values *values, enum tl_record_type type, const void *at)
{
    const struct tl_text_list *texts = at;
    const struct tl_interval_list *intervals = at;
    const struct tl_count_list *counts = at;
    if (type == TL_REC_TEXTS) {
        for (uint32_t i = 0; i < texts->count; i++)
            add_bytes(run, values, TL_DATUM_TEXT, texts->items[i]);
    } else if (type == TL_REC_INTERVALS) {
        for (uint32_t i = 0; i < intervals->count; i++)
            add(run, values, TL_DATUM_INTERVAL, 64, (uint64_t)intervals->items[i]);
    } else {
        for (uint32_t i = 0; i < counts->count; i++)
            add(run, values, TL_DATUM_UNSIGNED, 64, counts->items[i]);
    }
}

static void add_field(struct tl_predicate_run *run, struct tl_values *values, const struct tl_record_field *field,
                      const void *record)
{
    const void *at = (const uint8_t *)record + field->offset;
    const struct tl_addr *address = at;
    switch (field->type) {
    case TL_REC_COUNT:
        add(run, values, TL_DATUM_UNSIGNED, 64, *(const uint64_t *)at);
        break;
    case TL_REC_BOOL:
        add(run, values, TL_DATUM_BOOL, 8, *(const bool *)at);
        break;
    case TL_REC_INTERVAL:
        add(run, values, TL_DATUM_INTERVAL, 64, (uint64_t)*(const int64_t *)at);
        break;
    case TL_REC_TIME:
        add(run, values, TL_DATUM_TIME, 64, (uint64_t)*(const int64_t *)at);
        break;
    case TL_REC_INT:
        add(run, values, TL_DATUM_SIGNED, 64, (uint64_t)*(const int64_t *)at);
        break;
    case TL_REC_DOUBLE:
        add(run, values, TL_DATUM_DOUBLE, 64, *(const uint64_t *)at); /* the bits */
        break;
    case TL_REC_TEXT:
        add_bytes(run, values, TL_DATUM_TEXT, *(const struct tl_bytes *)at);
        break;
    case TL_REC_TOKEN:
        add_word(run, values, *(const char *const *)at);
        break;
    case TL_REC_MAC:
        add_bytes(run, values, TL_DATUM_MAC, tl_bytes_of(at, 6));
        break;
    case TL_REC_ADDR:
        add_address(run, values, address->version, address->bytes);
        break;
    case TL_REC_OBJECTS:
        tl_values_add(run, values, &(struct tl_datum){ .type = TL_DATUM_NONE });
        break;
    case TL_REC_TEXTS:
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
        add_lists(run, values, field->type, at);
        break;
    }
}

static void add_site(struct tl_predicate_run *run, struct tl_values *values, const struct tl_record_site *site)
{
    const struct tl_record_field *field = &site->def->fields[site->field];
    if ((run->record->set >> site->field & 1) == 0)
        return;
    if (site->member == TL_NO_MEMBER) {
        add_field(run, values, field, run->record);
        return;
    }
    const struct tl_object_list *list = (const void *)((const uint8_t *)run->record + field->offset);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct tl_record *item = (const void *)((const uint8_t *)list->items + (size_t)i * list->size);
        if ((item->set >> site->member & 1) != 0)
            add_field(run, values, &field->objects->fields[site->member], item);
    }
}

static void gather_head(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    const struct tl_flow_id *id = run->id;
    if (reference->path != NULL && reference->path != run->def)
        return;
    if (reference->head == TL_HEAD_PATH)
        add_word(run, values, run->def->path);
    else if (reference->head == TL_HEAD_TS)
        add(run, values, TL_DATUM_TIME, 64, (uint64_t)run->record->ts);
    if (id == NULL)
        return;
    if (reference->head == TL_HEAD_UID)
        add_word(run, values, id->uid);
    else if (reference->head == TL_HEAD_COMMUNITY_ID)
        add_word(run, values, id->community_id);
    else if (reference->head == TL_HEAD_DECRYPTED && id->decrypted)
        add(run, values, TL_DATUM_BOOL, 8, 1);
    else if (reference->head == TL_HEAD_ORIG_H)
        add_address(run, values, id->version, id->orig_addr);
    else if (reference->head == TL_HEAD_RESP_H)
        add_address(run, values, id->version, id->resp_addr);
    else if (reference->head == TL_HEAD_ORIG_P || reference->head == TL_HEAD_RESP_P)
        add(run, values, TL_DATUM_UNSIGNED, 16, reference->head == TL_HEAD_ORIG_P ? id->orig_port : id->resp_port);
}

void tl_gather_record(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    if (reference->head != TL_HEAD_NONE) {
        gather_head(run, reference, values);
        return;
    }
    for (uint32_t i = 0; i < reference->record_count; i++) {
        if (reference->records[i].def == run->def)
            add_site(run, values, &reference->records[i]);
    }
}
