/* record_names.c - the names of records: path.key, or key alone for the key of any record. */
#include "filter/names.h"

struct head_row {
    const char *key;
    enum tl_record_head head;
    enum tl_datum_type type;
    uint8_t bits;
    const char *help;
};

static const struct head_row heads[] = {
    { "_path", TL_HEAD_PATH, TL_DATUM_TEXT, 0, "Kind of the record" },
    { "ts", TL_HEAD_TS, TL_DATUM_TIME, 64, "Time of the record" },
    { "uid", TL_HEAD_UID, TL_DATUM_TEXT, 0, "Id of the flow" },
    { "id.orig_h", TL_HEAD_ORIG_H, TL_DATUM_ADDRESS, 0, "Address of the originator" },
    { "id.orig_p", TL_HEAD_ORIG_P, TL_DATUM_UNSIGNED, 16, "Port of the originator" },
    { "id.resp_h", TL_HEAD_RESP_H, TL_DATUM_ADDRESS, 0, "Address of the responder" },
    { "id.resp_p", TL_HEAD_RESP_P, TL_DATUM_UNSIGNED, 16, "Port of the responder" },
    { "community_id", TL_HEAD_COMMUNITY_ID, TL_DATUM_TEXT, 0, "Community ID of the flow" },
    { "decrypted", TL_HEAD_DECRYPTED, TL_DATUM_BOOL, 8, "The record was read from decrypted data" },
};

static struct tl_kind_of_value kind_of(enum tl_record_type type)
{
    static const struct {
        uint8_t type, bits;
    } kinds[] = {
        [TL_REC_COUNT] = { TL_DATUM_UNSIGNED, 64 }, [TL_REC_BOOL] = { TL_DATUM_BOOL, 8 },
        [TL_REC_INTERVAL] = { TL_DATUM_INTERVAL, 64 }, [TL_REC_TEXT] = { TL_DATUM_TEXT, 0 },
        [TL_REC_TOKEN] = { TL_DATUM_TEXT, 0 }, [TL_REC_MAC] = { TL_DATUM_MAC, 48 },
        [TL_REC_TEXTS] = { TL_DATUM_TEXT, 0 }, [TL_REC_INTERVALS] = { TL_DATUM_INTERVAL, 64 },
        [TL_REC_COUNTS] = { TL_DATUM_UNSIGNED, 64 }, [TL_REC_ADDR] = { TL_DATUM_ADDRESS, 0 },
        [TL_REC_TIME] = { TL_DATUM_TIME, 64 }, [TL_REC_INT] = { TL_DATUM_SIGNED, 64 },
        [TL_REC_DOUBLE] = { TL_DATUM_DOUBLE, 64 }, [TL_REC_OBJECTS] = { TL_DATUM_NONE, 0 },
    };
    return (struct tl_kind_of_value){ kinds[type].type, kinds[type].bits, NULL };
}

static bool is_called(struct tl_bytes name, const char *text)
{
    return strlen(text) == name.len && memcmp(text, name.data, name.len) == 0;
}

/* Returns what follows "prefix." in a name; empty if it does not begin so. */
static struct tl_bytes after(struct tl_bytes name, const char *prefix)
{
    size_t len = strlen(prefix);
    if (name.len <= len + 1 || memcmp(name.data, prefix, len) != 0 || name.data[len] != '.')
        return (struct tl_bytes){ NULL, 0 };
    return (struct tl_bytes){ name.data + len + 1, name.len - (uint32_t)len - 1 };
}

static const struct head_row *find_head(struct tl_bytes key)
{
    for (size_t i = 0; i < TL_COUNT(heads); i++) {
        if (is_called(key, heads[i].key))
            return &heads[i];
    }
    return NULL;
}

enum { SITES_MOST = 128 };

struct search {
    struct tl_record_site sites[SITES_MOST];
    uint32_t count;
    struct tl_kind_of_value kind;
};

static void add(struct search *s, const struct tl_record_def *def, uint32_t field, uint32_t member,
                enum tl_record_type type)
{
    struct tl_kind_of_value kind = kind_of(type);
    if (s->count == 0)
        s->kind = kind;
    if (s->count < SITES_MOST && s->kind.type == kind.type)
        s->sites[s->count++] = (struct tl_record_site){ def, (uint16_t)field, (uint16_t)member };
}

/* Adds the key, or key.member of a list of objects, of one kind of record. */
static void search_def(struct search *s, const struct tl_record_def *def, struct tl_bytes key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        const struct tl_record_field *field = &def->fields[i];
        if (field->key == NULL)
            continue;
        if (is_called(key, field->key))
            add(s, def, i, TL_NO_MEMBER, field->type);
        struct tl_bytes member = field->objects != NULL ? after(key, field->key) : (struct tl_bytes){ NULL, 0 };
        for (uint32_t k = 0; member.len > 0 && k < field->objects->field_count; k++) {
            const struct tl_record_field *inner = &field->objects->fields[k];
            if (inner->key != NULL && is_called(member, inner->key))
                add(s, def, i, k, inner->type);
        }
    }
}

bool tl_names_record(const struct tl_names *names, struct tl_bytes name, struct tl_arena *arena,
                     struct tl_reference *reference)
{
    struct search s = { .count = 0 };
    const struct head_row *head = find_head(name);
    *reference = (struct tl_reference){ .name = name };
    for (uint32_t i = 0; i < names->record_count && head == NULL; i++) {
        const struct tl_record_def *def = names->records[i];
        struct tl_bytes key = after(name, def->path);
        head = key.len > 0 && def->flow ? find_head(key) : NULL;
        reference->path = head != NULL ? def : NULL;
        if (key.len > 0 && head == NULL)
            search_def(&s, def, key);
    }
    for (uint32_t i = 0; i < names->record_count && head == NULL && s.count == 0; i++)
        search_def(&s, names->records[i], name);
    if (head != NULL) {
        reference->head = head->head;
        reference->kind = (struct tl_kind_of_value){ head->type, head->bits, NULL };
        return true;
    }
    struct tl_record_site *sites = s.count > 0 ? tl_arena_alloc(arena, s.count * sizeof *sites) : NULL;
    if (sites == NULL)
        return false;
    memcpy(sites, s.sites, s.count * sizeof *sites);
    reference->records = sites;
    reference->record_count = s.count;
    reference->kind = s.kind;
    return true;
}

void tl_names_each_record(const struct tl_names *names, tl_name_row_function *row, void *context)
{
    char name[128];
    for (uint32_t i = 0; i < names->record_count; i++) {
        const struct tl_record_def *def = names->records[i];
        for (uint32_t k = 0; k < def->field_count; k++) {
            const struct tl_record_field *field = &def->fields[k];
            if (field->key == NULL || strlen(def->path) + strlen(field->key) + 2 > sizeof name)
                continue;
            memcpy(name, def->path, strlen(def->path));
            name[strlen(def->path)] = '.';
            memcpy(name + strlen(def->path) + 1, field->key, strlen(field->key) + 1);
            row(context, &(struct tl_name_row){ name, def->path, tl_datum_type_name(kind_of(field->type).type),
                                                field->help });
        }
    }
}
