/* page_files.c - keeps the beginning of the last files of a flow. */
#include "ui/tasks/page_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/charset.h"
#include "export/json.h"
#include "ui/tasks/content_text.h"

enum { FILES = 32, BYTES_MOST = 64 << 10, NAME = 255, CHARSET = 40, UTF8_MOST = 4 };

struct file {
    char fuid[TL_UID_LEN + 1]; /* "": none */
    const char *source, *mime; /* of the build; NULL: not known */
    uint8_t name[NAME];
    uint32_t name_len;
    uint64_t seen, missing;
    bool recorded, broken;     /* broken: bytes are missing, what follows is not kept */
    char charset[CHARSET + 1]; /* of text; "": not named */
    bool converted, not_converted; /* text has it in UTF-8; the set is not known */
    uint32_t level;            /* of a part of a mail */
    struct tl_buffer bytes, text, outline;
};

struct tl_page_files {
    struct file items[FILES];
    uint32_t next;
    struct tl_charsets *charsets; /* NULL: not needed yet */
};

struct tl_page_files *tl_page_files_new(void)
{
    return calloc(1, sizeof(struct tl_page_files));
}

void tl_page_files_free(struct tl_page_files *files)
{
    for (unsigned i = 0; files != NULL && i < FILES; i++) {
        tl_buffer_fini(&files->items[i].bytes);
        tl_buffer_fini(&files->items[i].text);
        tl_buffer_fini(&files->items[i].outline);
    }
    if (files != NULL)
        tl_charsets_free(files->charsets);
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
    struct tl_buffer bytes = f->bytes, text = f->text, outline = f->outline;
    bytes.len = text.len = outline.len = 0;
    *f = (struct file){ .bytes = bytes, .text = text, .outline = outline };
    memcpy(f->fuid, fuid, TL_UID_LEN);
    return f;
}

void tl_page_files_begin(struct tl_page_files *files, const char *fuid, const struct tl_body_facts *facts)
{
    if (facts->outline.len == 0 && facts->charset.len == 0 && facts->level == 0)
        return;
    struct file *f = use(files, fuid);
    f->level = facts->level;
    if (facts->charset.len <= CHARSET && facts->charset.len > 0)
        memcpy(f->charset, facts->charset.data, facts->charset.len);
    tl_put(&f->outline, facts->outline.data, facts->outline.len);
}

void tl_page_files_take(struct tl_page_files *files, const struct tl_file_piece *piece)
{
    struct file *f = use(files, piece->fuid);
    size_t room = BYTES_MOST - f->bytes.len, n = piece->bytes.len < room ? piece->bytes.len : room;
    f->broken |= piece->gap > 0;
    if (n > 0 && !f->broken)
        tl_put(&f->bytes, piece->bytes.data, n);
}

/* The text in UTF-8. */
static void convert(struct tl_page_files *files, struct file *f)
{
    uint32_t len = 0;
    if (f->charset[0] == '\0' || f->bytes.len == 0 || f->converted)
        return;
    if (files->charsets == NULL)
        files->charsets = tl_charsets_new();
    uint8_t *room = tl_buffer_room(&f->text, f->bytes.len * UTF8_MOST);
    if (room == NULL)
        return;
    const struct tl_bytes bytes = tl_bytes_of(f->bytes.data, f->bytes.len);
    f->not_converted = tl_charset_utf8(files->charsets, tl_bytes_of(f->charset, strlen(f->charset)), bytes, room,
                                       (uint32_t)(f->bytes.len * UTF8_MOST), &len) == TL_CHARSET_UNKNOWN;
    f->text.len = len;
    f->converted = !f->not_converted && (len != bytes.len || memcmp(room, bytes.data, len) != 0);
}

/* What is shown of it. *more: bytes that are not. */
static struct tl_bytes shown(const struct file *f, uint64_t *more)
{
    *more = f->seen > f->bytes.len ? f->seen - f->bytes.len : 0;
    return f->converted ? tl_bytes_of(f->text.data, f->text.len) : tl_bytes_of(f->bytes.data, f->bytes.len);
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
    convert(files, f);
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
    if (f->converted || f->not_converted) {
        tl_put_lit(out, ", ");
        tl_put_safe_text(out, (const uint8_t *)f->charset, strlen(f->charset));
        tl_puts(out, f->converted ? " shown as UTF-8" : ", which is not known");
    }
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
    uint64_t more;
    const struct tl_bytes bytes = shown(f, &more);
    tl_put_content(content, bytes, bytes.len + more, f->mime, secrets);
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
    uint64_t more;
    return f != NULL && tl_content_is_text(shown(f, &more), f->mime);
}

struct tl_bytes tl_page_files_outline(const struct tl_page_files *files, const char *fuid, unsigned *level)
{
    const struct file *f = find(files, fuid);
    *level = f != NULL ? f->level : 0;
    return f != NULL ? tl_bytes_of(f->outline.data, f->outline.len) : tl_bytes_of("", 0);
}
