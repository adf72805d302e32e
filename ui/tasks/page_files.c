/* page_files.c - keeps the beginning of the last files of a flow. */
#include "ui/tasks/page_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/json.h"
#include "ui/tasks/content_text.h"

enum { FILES = 32, BYTES_MOST = 64 << 10, NAME = 255 };

struct file {
    char fuid[TL_UID_LEN + 1]; /* "": none */
    const char *source, *mime; /* of the build; NULL: not known */
    uint8_t name[NAME];
    uint32_t name_len;
    uint64_t seen, missing;
    bool recorded, broken;     /* broken: bytes are missing, what follows is not kept */
    struct tl_buffer bytes;
};

struct tl_page_files {
    struct file items[FILES];
    uint32_t next;
};

struct tl_page_files *tl_page_files_new(void)
{
    return calloc(1, sizeof(struct tl_page_files));
}

void tl_page_files_free(struct tl_page_files *files)
{
    for (unsigned i = 0; files != NULL && i < FILES; i++)
        tl_buffer_fini(&files->items[i].bytes);
    free(files);
}

static const struct file *find(const struct tl_page_files *files, const char *fuid)
{
    for (unsigned i = 0; i < FILES; i++)
        if (strcmp(files->items[i].fuid, fuid) == 0)
            return &files->items[i];
    return NULL;
}

/* The file, or the place of the oldest one for it. */
static struct file *use(struct tl_page_files *files, const char *fuid)
{
    const struct file *known = find(files, fuid);
    if (known != NULL)
        return &files->items[known - files->items];
    struct file *f = &files->items[files->next++ % FILES];
    struct tl_buffer bytes = f->bytes;
    bytes.len = 0;
    *f = (struct file){ .bytes = bytes };
    memcpy(f->fuid, fuid, TL_UID_LEN);
    return f;
}

void tl_page_files_take(struct tl_page_files *files, const struct tl_file_piece *piece)
{
    struct file *f = use(files, piece->fuid);
    size_t room = BYTES_MOST - f->bytes.len, n = piece->bytes.len < room ? piece->bytes.len : room;
    f->broken |= piece->gap > 0;
    if (n > 0 && !f->broken)
        tl_put(&f->bytes, piece->bytes.data, n);
}

static const void *value_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++)
        if (strcmp(def->fields[i].key, key) == 0)
            return record->set >> i & 1 ? (const uint8_t *)record + def->fields[i].offset : NULL;
    return NULL;
}

void tl_page_files_record(struct tl_page_files *files, const struct tl_record_def *def, const struct tl_record *record)
{
    const struct tl_bytes *fuid = def == &tl_files_record_def ? value_of(def, record, "fuid") : NULL;
    char text[TL_UID_LEN + 1] = "";
    if (fuid == NULL || fuid->len != TL_UID_LEN)
        return;
    memcpy(text, fuid->data, TL_UID_LEN);
    struct file *f = use(files, text);
    const char *const *source = value_of(def, record, "source"), *const *mime = value_of(def, record, "mime_type");
    const struct tl_bytes *name = value_of(def, record, "filename");
    const uint64_t *seen = value_of(def, record, "seen_bytes"), *missing = value_of(def, record, "missing_bytes");
    f->recorded = true;
    f->source = source != NULL ? *source : NULL;
    f->mime = mime != NULL ? *mime : NULL;
    f->seen = seen != NULL ? *seen : 0;
    f->missing = missing != NULL ? *missing : 0;
    f->name_len = name != NULL ? (name->len < NAME ? name->len : NAME) : 0;
    if (f->name_len > 0)
        memcpy(f->name, name->data, f->name_len);
}

static void add(struct tl_page_fuids *fuids, const struct tl_bytes *fuid)
{
    if (fuid == NULL || fuid->len != TL_UID_LEN || fuids->count == TL_PAGE_FILES_NAMED)
        return;
    memcpy(fuids->text[fuids->count], fuid->data, TL_UID_LEN);
    fuids->text[fuids->count++][TL_UID_LEN] = '\0';
}

void tl_page_files_named(struct tl_page_fuids *fuids, const struct tl_record_def *def, const struct tl_record *record)
{
    static const char *const lists[] = { "resp_fuids", "orig_fuids", "fuids" };
    fuids->count = 0;
    add(fuids, value_of(def, record, "fuid"));
    for (size_t i = 0; i < TL_COUNT(lists); i++) {
        const struct tl_text_list *list = value_of(def, record, lists[i]);
        if (i == 1)
            fuids->requests = fuids->count;
        for (uint32_t k = 0; list != NULL && k < list->count; k++)
            add(fuids, &list->items[k]);
    }
}

static void put_facts(const struct file *f, struct tl_buffer *out)
{
    tl_put_format(out, "%s  %s, %" PRIu64 " bytes", f->source != NULL ? f->source : "File",
                  f->mime != NULL ? f->mime : "of an unknown kind", f->seen);
    if (f->missing > 0)
        tl_put_format(out, ", %" PRIu64 " bytes are missing", f->missing);
    if (f->name_len > 0) {
        tl_put_lit(out, "  ");
        tl_put_safe_text(out, f->name, f->name_len);
    }
}

/* The file, if all is known of it. */
static const struct file *recorded(const struct tl_page_files *files, const char *fuid)
{
    const struct file *f = find(files, fuid);
    return f != NULL && f->recorded ? f : NULL;
}

bool tl_page_files_put_facts(const struct tl_page_files *files, const char *fuid, struct tl_buffer *out)
{
    const struct file *f = recorded(files, fuid);
    if (f != NULL)
        put_facts(f, out);
    return f != NULL;
}

bool tl_page_files_put(const struct tl_page_files *files, const char *fuid, bool secrets, struct tl_buffer *head,
                       struct tl_buffer *content)
{
    const struct file *f = recorded(files, fuid);
    if (f == NULL)
        return false;
    put_facts(f, head);
    tl_put_content(content, tl_bytes_of(f->bytes.data, f->bytes.len), f->seen, f->mime, secrets);
    return true;
}

bool tl_page_files_put_bytes(const struct tl_page_files *files, const char *fuid, bool secrets, struct tl_buffer *head,
                             struct tl_buffer *content)
{
    const struct file *f = recorded(files, fuid);
    if (f == NULL)
        return false;
    put_facts(f, head);
    tl_put_content_bytes(content, tl_bytes_of(f->bytes.data, f->bytes.len), f->seen, secrets);
    return true;
}

bool tl_page_files_is_text(const struct tl_page_files *files, const char *fuid)
{
    const struct file *f = recorded(files, fuid);
    return f != NULL && tl_content_is_text(tl_bytes_of(f->bytes.data, f->bytes.len), f->mime);
}
