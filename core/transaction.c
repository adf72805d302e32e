/*
 * transaction.c - pending records.
 *
 *     head | extra, padded to 8 | items ... | room
 *
 * An item is a field index (1 byte), a length (3 bytes, little-endian in a word) and that many bytes: a text, or 8
 * bytes of a number or of a token's address. A list has one item for each member.
 */
#include "core/transaction.h"

enum { ITEM_HEAD = TL_TRANSACTION_ITEM, ITEM_MOST = 1 << 20, NUMBER = 8 };

struct tl_values {
    const struct tl_record_def *def;
    uint64_t key, set, cut;
    int64_t ts;               /* ns */
    uint32_t next, previous;  /* handles of kept bytes; 0: none */
    uint32_t values;          /* offset of the items */
    uint32_t used;            /* bytes, to the end of the items */
};

static struct tl_values *head_of(const struct tl_dissection *d, uint32_t t)
{
    return (struct tl_values *)(void *)tl_kept_mine(d, t);
}

static uint32_t padded(uint32_t n)
{
    return (n + 7) & ~7u;
}

uint32_t tl_transaction_begin(struct tl_dissection *d, struct tl_transactions *list, const struct tl_record_def *def,
                              uint64_t key, int64_t ts, uint32_t extra, uint32_t room)
{
    uint32_t values = (uint32_t)sizeof(struct tl_values) + padded(extra);
    uint32_t t = tl_keep(d, NULL, values + room);
    if (t == 0)
        return 0;
    *head_of(d, t) = (struct tl_values){ .def = def, .key = key, .ts = ts, .values = values, .used = values };
    tl_transaction_append(d, list, t);
    return t;
}

void tl_transaction_append(struct tl_dissection *d, struct tl_transactions *list, uint32_t t)
{
    struct tl_values *h = head_of(d, t);
    h->previous = list->last;
    h->next = 0;
    if (list->last != 0)
        head_of(d, list->last)->next = t;
    else
        list->first = t;
    list->last = t;
    list->count++;
}

void tl_transaction_take(struct tl_dissection *d, struct tl_transactions *list, uint32_t t)
{
    struct tl_values *h = head_of(d, t);
    if (h->previous != 0)
        head_of(d, h->previous)->next = h->next;
    else
        list->first = h->next;
    if (h->next != 0)
        head_of(d, h->next)->previous = h->previous;
    else
        list->last = h->previous;
    h->previous = h->next = 0; /* its neighbours may end before it grows */
    list->count--;
}

void *tl_transaction_extra(const struct tl_dissection *d, uint32_t t)
{
    return head_of(d, t) + 1;
}

/* --- look-up --- */

static uint32_t find_from(const struct tl_dissection *d, uint32_t t, uint64_t key)
{
    while (t != 0 && head_of(d, t)->key != key)
        t = head_of(d, t)->next;
    return t;
}

uint32_t tl_transaction_find(const struct tl_dissection *d, const struct tl_transactions *list, uint64_t key)
{
    return find_from(d, list->first, key);
}

uint32_t tl_transaction_again(const struct tl_dissection *d, uint32_t t)
{
    const struct tl_values *h = head_of(d, t);
    return find_from(d, h->next, h->key);
}

uint32_t tl_transaction_next(const struct tl_dissection *d, uint32_t t)
{
    return head_of(d, t)->next;
}

uint64_t tl_transaction_key(const struct tl_dissection *d, uint32_t t)
{
    return head_of(d, t)->key;
}

int64_t tl_transaction_ts(const struct tl_dissection *d, uint32_t t)
{
    return head_of(d, t)->ts;
}

bool tl_transaction_has(const struct tl_dissection *d, uint32_t t, unsigned field)
{
    return head_of(d, t)->set >> field & 1;
}

const struct tl_record_def *tl_transaction_def(const struct tl_dissection *d, uint32_t t)
{
    return head_of(d, t)->def;
}

/* --- setters --- */

/* Moves the transaction to memory with room for n more bytes. Returns false, and changes nothing, without memory. */
static bool grow(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, uint32_t n)
{
    const struct tl_values *old = head_of(d, *t);
    uint32_t moved = tl_keep(d, NULL, old->used + (n < old->used / 2 ? old->used / 2 : n));
    if (moved == 0)
        return false;
    struct tl_values *h = head_of(d, moved);
    memcpy(h, old, old->used);
    if (h->previous != 0)
        head_of(d, h->previous)->next = moved;
    else
        list->first = moved;
    if (h->next != 0)
        head_of(d, h->next)->previous = moved;
    else
        list->last = moved;
    tl_forget(d, *t);
    *t = moved;
    return true;
}

void tl_transaction_cut(const struct tl_dissection *d, uint32_t t, unsigned field)
{
    head_of(d, t)->cut |= UINT64_C(1) << field;
}

static bool put(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field, const void *data,
                uint32_t n)
{
    struct tl_bytes room = tl_kept(d, *t);
    if (n > ITEM_MOST || (room.len - head_of(d, *t)->used < n + ITEM_HEAD && !grow(d, list, t, n + ITEM_HEAD))) {
        tl_transaction_cut(d, *t, field);
        return false;
    }
    struct tl_values *h = head_of(d, *t);
    uint8_t *at = (uint8_t *)h + h->used;
    uint32_t word = field | n << 8;
    memcpy(at, &word, ITEM_HEAD);
    if (n > 0)
        memcpy(at + ITEM_HEAD, data, n);
    h->used += n + ITEM_HEAD;
    h->set |= UINT64_C(1) << field;
    return true;
}

bool tl_transaction_number(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                           uint64_t value)
{
    return put(d, list, t, field, &value, NUMBER);
}

bool tl_transaction_addr(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                         const struct tl_addr *addr)
{
    return put(d, list, t, field, addr, sizeof *addr);
}

bool tl_transaction_token(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                          const char *token)
{
    return put(d, list, t, field, &token, sizeof token);
}

bool tl_transaction_text(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                         struct tl_bytes text, uint32_t most)
{
    bool cut = text.len > most;
    if (!put(d, list, t, field, text.data, cut ? most : text.len))
        return false;
    if (cut)
        tl_transaction_cut(d, *t, field);
    return true;
}

bool tl_transaction_add_text(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                             struct tl_bytes text, uint32_t most)
{
    return tl_transaction_text(d, list, t, field, text, most);
}

bool tl_transaction_add_number(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t, unsigned field,
                               uint64_t value)
{
    return tl_transaction_number(d, list, t, field, value);
}

/* --- loading --- */

struct item {
    unsigned field;
    struct tl_bytes bytes;
};

static bool next_item(struct tl_bytes *left, struct item *item)
{
    uint32_t word;
    if (left->len < ITEM_HEAD)
        return false;
    memcpy(&word, left->data, ITEM_HEAD);
    item->field = word & 0xff;
    item->bytes = (struct tl_bytes){ left->data + ITEM_HEAD, word >> 8 };
    left->data += ITEM_HEAD + item->bytes.len;
    left->len -= ITEM_HEAD + item->bytes.len;
    return true;
}

static struct tl_bytes items_of(const struct tl_values *h)
{
    return (struct tl_bytes){ (const uint8_t *)h + h->values, h->used - h->values };
}

static uint64_t number_of(struct tl_bytes bytes)
{
    uint64_t value = 0;
    memcpy(&value, bytes.data, bytes.len < NUMBER ? bytes.len : NUMBER);
    return value;
}

/* Collects the members of a list, from `left` on, in scratch memory. Returns their number; *none: memory ran out. */
static uint32_t collect(const struct tl_dissection *d, struct tl_bytes left, unsigned field, size_t size, void **items)
{
    struct tl_bytes again = left;
    struct item item;
    uint32_t count = 0, n = 0;
    while (next_item(&again, &item))
        count += item.field == field;
    *items = tl_arena_alloc(d->scratch, count * size);
    while (*items != NULL && n < count && next_item(&left, &item)) {
        uint64_t number = number_of(item.bytes);
        if (item.field == field)
            memcpy((uint8_t *)*items + n++ * size, size == NUMBER ? (const void *)&number : &item.bytes, size);
    }
    return *items != NULL ? count : 0;
}

/* Sets one member of the struct. `rest` begins with the item; a list is collected from there. */
static bool load_item(const struct tl_dissection *d, const struct tl_record_field *field, const struct item *item,
                      struct tl_bytes rest, uint8_t *to)
{
    uint64_t number = number_of(item->bytes);
    void *items = NULL;
    switch (field->type) {
    case TL_REC_COUNT:
    case TL_REC_INTERVAL:
    case TL_REC_TIME:
    case TL_REC_INT:
    case TL_REC_DOUBLE:
        memcpy(to, &number, sizeof number);
        return true;
    case TL_REC_ADDR:
        memcpy(to, item->bytes.data, sizeof(struct tl_addr));
        return true;
    case TL_REC_OBJECTS: /* cannot be pending */
        return false;
    case TL_REC_BOOL:
        *(bool *)(void *)to = number != 0;
        return true;
    case TL_REC_TEXT:
        memcpy(to, &item->bytes, sizeof item->bytes);
        return true;
    case TL_REC_TOKEN:
        memcpy(to, item->bytes.data, sizeof(const char *));
        return true;
    case TL_REC_MAC:
        memcpy(to, item->bytes.data, 6);
        return true;
    case TL_REC_TEXTS: {
        uint32_t n = collect(d, rest, item->field, sizeof(struct tl_bytes), &items);
        *(struct tl_text_list *)(void *)to = (struct tl_text_list){ items, n };
        return items != NULL;
    }
    case TL_REC_INTERVALS: {
        uint32_t n = collect(d, rest, item->field, NUMBER, &items);
        *(struct tl_interval_list *)(void *)to = (struct tl_interval_list){ items, n };
        return items != NULL;
    }
    case TL_REC_COUNTS: {
        uint32_t n = collect(d, rest, item->field, NUMBER, &items);
        *(struct tl_count_list *)(void *)to = (struct tl_count_list){ items, n };
        return items != NULL;
    }
    }
    return false;
}

static bool is_list(enum tl_record_type type)
{
    return type == TL_REC_TEXTS || type == TL_REC_INTERVALS || type == TL_REC_COUNTS;
}

void tl_transaction_merge(const struct tl_dissection *d, const struct tl_values *values, struct tl_record *record)
{
    struct tl_bytes left = items_of(values), rest = left;
    struct item item;
    uint64_t lists = 0;
    record->set |= values->set;
    record->cut = (record->cut & ~values->set) | values->cut;
    for (; next_item(&left, &item); rest = left) {
        const struct tl_record_field *field = &values->def->fields[item.field];
        uint64_t bit = UINT64_C(1) << item.field;
        if (is_list(field->type) && (lists & bit) != 0)
            continue;
        lists |= bit;
        if (!load_item(d, field, &item, rest, (uint8_t *)record + field->offset)) {
            record->set &= ~bit;
            record->cut |= bit;
        }
    }
}

void tl_transaction_load(const struct tl_dissection *d, uint32_t t, struct tl_record *record)
{
    const struct tl_values *h = head_of(d, t);
    record->ts = h->ts;
    record->set = record->cut = record->open = record->masked = 0;
    tl_transaction_merge(d, h, record);
}

void tl_transaction_drop(struct tl_dissection *d, struct tl_transactions *list, uint32_t t)
{
    if (t == 0)
        return;
    tl_transaction_take(d, list, t);
    tl_forget(d, t);
}

void tl_transaction_emit(struct tl_dissection *d, struct tl_transactions *list, uint32_t t)
{
    union {
        struct tl_record record;
        uint8_t room[TL_RECORD_SIZE];
    } r;
    const struct tl_record_def *def = head_of(d, t)->def;
    tl_transaction_load(d, t, &r.record);
    tl_emit(d, def, &r.record);
    tl_transaction_drop(d, list, t);
}

/* --- drafts --- */

struct tl_draft tl_draft_begin(const struct tl_dissection *d, const struct tl_record_def *def, int64_t ts,
                               uint32_t extra, uint32_t room)
{
    const struct tl_arena *scratch = d->scratch;
    uint32_t values = (uint32_t)sizeof(struct tl_values) + padded(extra);
    size_t at = (scratch->used + 7) & ~(size_t)7, left = at < scratch->capacity ? scratch->capacity - at : 0;
    if (left < values)
        return (struct tl_draft){ NULL, NULL };
    struct tl_values *h = (struct tl_values *)(void *)(scratch->base + at);
    *h = (struct tl_values){ .def = def, .ts = ts, .values = values, .used = values };
    memset(h + 1, 0, values - sizeof *h);
    return (struct tl_draft){ h, (uint8_t *)h + (left - values < room ? left : values + room) };
}

void *tl_draft_extra(const struct tl_draft *draft)
{
    return draft->values + 1;
}

void tl_draft_cut(struct tl_draft *draft, unsigned field)
{
    draft->values->cut |= UINT64_C(1) << field;
}

uint8_t *tl_draft_item(struct tl_draft *draft, unsigned field, uint32_t n)
{
    struct tl_values *h = draft->values;
    uint8_t *at = (uint8_t *)h + h->used;
    if (n > ITEM_MOST || (size_t)(draft->end - at) < n + ITEM_HEAD) {
        tl_draft_cut(draft, field);
        return NULL;
    }
    uint32_t word = field | n << 8;
    memcpy(at, &word, ITEM_HEAD);
    h->used += n + ITEM_HEAD;
    h->set |= UINT64_C(1) << field;
    return at + ITEM_HEAD;
}

bool tl_draft_number(struct tl_draft *draft, unsigned field, uint64_t value)
{
    uint8_t *item = tl_draft_item(draft, field, NUMBER);
    if (item != NULL)
        memcpy(item, &value, NUMBER);
    return item != NULL;
}

size_t tl_draft_done(const struct tl_dissection *d, const struct tl_draft *draft)
{
    size_t before = d->scratch->used;
    if (draft->values != NULL)
        d->scratch->used = (size_t)((uint8_t *)draft->values - d->scratch->base) + draft->values->used;
    return before;
}

uint32_t tl_draft_keep(struct tl_dissection *d, const struct tl_draft *draft)
{
    return draft->values != NULL ? tl_keep(d, draft->values, draft->values->used) : 0;
}

const struct tl_values *tl_transaction_values(const struct tl_dissection *d, uint32_t t)
{
    return head_of(d, t);
}

uint64_t tl_values_fields(const struct tl_values *values)
{
    return values->set | values->cut;
}

/* --- walking --- */

struct tl_transaction_walk tl_transaction_walk(const struct tl_dissection *d, uint32_t t)
{
    return (struct tl_transaction_walk){ items_of(head_of(d, t)) };
}

bool tl_transaction_walk_next(struct tl_transaction_walk *walk, const struct tl_record_def *def,
                              struct tl_transaction_value *value)
{
    struct item item;
    if (!next_item(&walk->left, &item))
        return false;
    *value = (struct tl_transaction_value){ .field = item.field, .bytes = item.bytes };
    switch (def->fields[item.field].type) {
    case TL_REC_TOKEN: {
        const char *token;
        memcpy(&token, item.bytes.data, sizeof token);
        value->bytes = tl_bytes_of(token, strlen(token));
        break;
    }
    case TL_REC_COUNT:
    case TL_REC_BOOL:
    case TL_REC_INTERVAL:
    case TL_REC_TIME:
    case TL_REC_INT:
    case TL_REC_DOUBLE:
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
        value->number = number_of(item.bytes);
        break;
    case TL_REC_TEXT:
    case TL_REC_ADDR:
    case TL_REC_MAC:
    case TL_REC_OBJECTS:
    case TL_REC_TEXTS:
        break;
    }
    return true;
}
