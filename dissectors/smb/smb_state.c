/* smb_state.c - what a flow of SMB knows: trees, files, requests that wait; the bytes of files and pipes; records. */
#include "dissectors/smb/smb.h"

#include "core/time.h"
#include "dissectors/utf16.h"

/* --- records --- */

struct files_record {
    struct tl_record r;
    const char *action;
    struct tl_bytes path, name, prev_name;
    uint64_t size;
    int64_t modified, accessed, created, changed;
    struct tl_bytes fuid;
};

enum { R_ACTION, R_PATH, R_NAME, R_SIZE, R_PREV_NAME, R_MODIFIED, R_ACCESSED, R_CREATED, R_CHANGED, R_FUID };

#define F(index, member, key, kind, help) TL_FIELD(struct files_record, index, member, key, kind, help)
#define E(index, member, key, kind, help) TL_FIELD_ESCAPED(struct files_record, index, member, key, kind, help)
static const struct tl_record_field files_fields[] = {
    F(R_ACTION, action, "action", TL_REC_TOKEN, "SMB::FILE_OPEN, SMB::FILE_RENAME, SMB::FILE_DELETE, SMB::PRINT_OPEN"),
    E(R_PATH, path, "path", TL_REC_TEXT, "Path of the share"),
    E(R_NAME, name, "name", TL_REC_TEXT, "Name below the share"),
    F(R_SIZE, size, "size", TL_REC_COUNT, "Bytes, when it was opened"),
    E(R_PREV_NAME, prev_name, "prev_name", TL_REC_TEXT, "Name before it was renamed"),
    F(R_MODIFIED, modified, "times.modified", TL_REC_TIME, "When it was written to last"),
    F(R_ACCESSED, accessed, "times.accessed", TL_REC_TIME, "When it was read last"),
    F(R_CREATED, created, "times.created", TL_REC_TIME, "When it was created"),
    F(R_CHANGED, changed, "times.changed", TL_REC_TIME, "When it or its attributes were changed last"),
    F(R_FUID, fuid, "fuid", TL_REC_TEXT, "What was read or written of it before, in files records, where these are written"),
};
#undef F
#undef E

const struct tl_record_def tl_smb_files_record_def =
    TL_RECORD_DEF("smb_files", files_fields, "A file that is opened, renamed or deleted over SMB",
                  .summary = { "action", "path", "name", "size" });

struct mapping_record {
    struct tl_record r;
    struct tl_bytes path, service, native_file_system;
    const char *share_type;
};

enum { M_PATH, M_SERVICE, M_FILE_SYSTEM, M_TYPE };

static const struct tl_record_field mapping_fields[] = {
    TL_FIELD_ESCAPED(struct mapping_record, M_PATH, path, "path", TL_REC_TEXT, "Path of the share"),
    TL_FIELD(struct mapping_record, M_SERVICE, service, "service", TL_REC_TEXT, "SMB1: kind of service"),
    TL_FIELD(struct mapping_record, M_FILE_SYSTEM, native_file_system, "native_file_system", TL_REC_TEXT,
             "SMB1: file system of the server"),
    TL_FIELD(struct mapping_record, M_TYPE, share_type, "share_type", TL_REC_TOKEN, "DISK, PIPE or PRINT"),
};

const struct tl_record_def tl_smb_mapping_record_def =
    TL_RECORD_DEF("smb_mapping", mapping_fields, "A connection to a share of SMB", .summary = { "path", "share_type" });

static const struct tl_smb_tree *tree_of(const struct tl_smb_flow *f, uint32_t id)
{
    for (unsigned i = 0; i < SMB_TREES; i++)
        if (f->trees[i].used && f->trees[i].id == id)
            return &f->trees[i];
    return NULL;
}

static uint64_t hash(uint64_t h, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* The same action, file, size and times, but for that of access, were written within three minutes. */
static bool is_again(const struct tl_dissection *d, struct tl_smb_flow *f, const struct files_record *r)
{
    const int64_t times[] = { r->created, r->modified, r->changed };
    if (r->created == 0)
        return false;
    uint64_t h = hash(hash(hash(hash(UINT64_C(0xcbf29ce484222325), r->action, strlen(r->action)), r->name.data, r->name.len),
                           &r->size, sizeof r->size), times, sizeof times);
    for (unsigned i = 0; i < SMB_WRITTEN; i++)
        if (f->written[i].hash == h && tl_time_between(f->written[i].ts, d->frame->ts) < INT64_C(180000000000))
            return true;
    unsigned at = f->next_written++ % SMB_WRITTEN;
    f->written[at].hash = h;
    f->written[at].ts = d->frame->ts;
    return false;
}

void tl_smb_emit_file(struct tl_dissection *d, struct tl_smb_flow *f, const char *action, const struct tl_smb_file *file,
                      struct tl_bytes name, struct tl_bytes previous)
{
    const struct tl_smb_tree *tree = tree_of(f, file->tree);
    struct files_record r = { .r.ts = file->ts, .action = action, .size = file->size, .name = name, .prev_name = previous };
    char fuid[20];
    tl_record_set(&r.r, R_ACTION);
    if (r.name.len == 0)
        r.name = tl_bytes_of("<share_root>", 12);
    tl_record_set(&r.r, R_NAME);
    tl_record_set(&r.r, R_SIZE);
    if (tree != NULL && tree->path != 0) {
        r.path = tl_kept(d, tree->path);
        tl_record_set(&r.r, R_PATH);
    }
    if (previous.len > 0)
        tl_record_set(&r.r, R_PREV_NAME);
    if (file->has_times) {
        r.created = file->times[0];
        r.accessed = file->times[1];
        r.modified = file->times[2];
        r.changed = file->times[3];
        for (unsigned i = R_MODIFIED; i <= R_CHANGED; i++)
            tl_record_set(&r.r, i);
    }
    for (unsigned which = 0; which < 2 && r.fuid.len == 0; which++) {
        uint32_t number = file->begun[which] ? tl_body_file(&file->body[which]) : 0;
        if (number != 0)
            r.fuid = tl_file_fuid(d, which == 0 ? f->server : f->server ^ 1u, number, fuid);
    }
    if (r.fuid.len > 0)
        tl_record_set(&r.r, R_FUID);
    if (!is_again(d, f, &r))
        tl_emit(d, &tl_smb_files_record_def, &r.r);
}

void tl_smb_emit_mapping(struct tl_dissection *d, int64_t ts, uint32_t path, uint8_t type, struct tl_bytes service,
                         struct tl_bytes file_system)
{
    struct mapping_record r = { .r.ts = ts, .share_type = type == SMB_PIPE ? "PIPE" : type == SMB_PRINT ? "PRINT" : "DISK",
                                .service = service, .native_file_system = file_system };
    tl_record_set(&r.r, M_TYPE);
    if (path != 0) {
        r.path = tl_kept(d, path);
        tl_record_set(&r.r, M_PATH);
    }
    if (service.len > 0)
        tl_record_set(&r.r, M_SERVICE);
    if (file_system.len > 0)
        tl_record_set(&r.r, M_FILE_SYSTEM);
    tl_emit(d, &tl_smb_mapping_record_def, &r.r);
}

/* --- texts and times --- */

uint32_t tl_smb_keep(struct tl_dissection *d, struct tl_bytes text, bool unicode)
{
    uint8_t room[SMB_PATH];
    uint32_t n = text.len < sizeof room ? text.len : (uint32_t)sizeof room;
    if (n == 0)
        return 0;
    if (unicode)
        n = tl_utf16le(text, room, sizeof room);
    else
        memcpy(room, text.data, n);
    return n > 0 ? tl_keep(d, room, n) : 0;
}

int64_t tl_smb_time(uint64_t filetime)
{
    const int64_t epoch = INT64_C(11644473600);
    int64_t seconds = (int64_t)(filetime / 10000000) - epoch, ns;
    if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &ns))
        return INT64_MAX;
    int64_t part = (int64_t)(filetime % 10000000) * 100;
    return ns > INT64_MAX - part ? INT64_MAX : ns + part;
}

/* --- trees --- */

struct tl_smb_tree *tl_smb_tree_find(struct tl_smb_flow *f, uint32_t id, uint32_t session)
{
    for (unsigned i = 0; i < SMB_TREES; i++)
        if (f->trees[i].used && f->trees[i].id == id && f->trees[i].session == session)
            return &f->trees[i];
    return NULL;
}

static void drop_tree(struct tl_dissection *d, struct tl_smb_tree *tree)
{
    if (tree->path != 0)
        tl_forget(d, tree->path);
    *tree = (struct tl_smb_tree){ .used = false };
}

void tl_smb_tree_add(struct tl_dissection *d, struct tl_smb_flow *f, uint32_t id, uint32_t session, uint32_t path,
                     uint8_t type)
{
    struct tl_smb_tree *tree = tl_smb_tree_find(f, id, session);
    if (tree == NULL)
        tree = &f->trees[f->next_tree++ % SMB_TREES];
    drop_tree(d, tree);
    *tree = (struct tl_smb_tree){ .used = true, .id = id, .session = session, .path = path, .type = type };
}

void tl_smb_tree_drop(struct tl_dissection *d, struct tl_smb_flow *f, uint32_t id, uint32_t session)
{
    struct tl_smb_tree *tree = tl_smb_tree_find(f, id, session);
    if (tree != NULL)
        drop_tree(d, tree);
}

/* --- requests that wait --- */

void tl_smb_pending_drop(struct tl_dissection *d, struct tl_smb_pending *p)
{
    if (p->name != 0)
        tl_forget(d, p->name);
    *p = (struct tl_smb_pending){ .used = false };
}

struct tl_smb_pending *tl_smb_pending_add(struct tl_dissection *d, struct tl_smb_flow *f, uint64_t id, uint16_t command)
{
    struct tl_smb_pending *p = NULL;
    for (unsigned i = 0; i < SMB_PENDING && p == NULL; i++)
        if (!f->pending[i].used)
            p = &f->pending[i];
    if (p == NULL)
        p = &f->pending[f->next_pending++ % SMB_PENDING];
    tl_smb_pending_drop(d, p);
    *p = (struct tl_smb_pending){ .used = true, .id = id, .command = command, .ts = d->frame->ts };
    return p;
}

struct tl_smb_pending *tl_smb_pending_find(struct tl_smb_flow *f, uint64_t id, uint16_t command)
{
    for (unsigned i = 0; i < SMB_PENDING; i++)
        if (f->pending[i].used && f->pending[i].id == id && f->pending[i].command == command)
            return &f->pending[i];
    return NULL;
}

/* --- files --- */

struct tl_smb_file *tl_smb_file_find(struct tl_smb_flow *f, const uint8_t *id, uint32_t len)
{
    for (unsigned i = 0; i < SMB_FILES; i++)
        if (f->files[i].used && memcmp(f->files[i].id, id, len) == 0)
            return &f->files[i];
    return NULL;
}

void tl_smb_file_close(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file)
{
    for (unsigned which = 0; which < 2; which++) {
        if (file->begun[which])
            tl_body_end(d, &file->body[which]);
        if (f->rest[which ^ f->server].file == (uint32_t)(file - f->files) + 1)
            f->rest[which ^ f->server].file = 0;
    }
    if (file->pipe)
        tl_channel_close(d, tl_channel_find(d, file->number));
    if (file->name != 0)
        tl_forget(d, file->name);
    *file = (struct tl_smb_file){ .used = false };
}

struct tl_smb_file *tl_smb_file_add(struct tl_dissection *d, struct tl_smb_flow *f, const uint8_t *id, uint32_t len,
                                    struct tl_smb_pending *p)
{
    struct tl_smb_file *file = tl_smb_file_find(f, id, len);
    for (unsigned i = 0; i < SMB_FILES && file == NULL; i++)
        if (!f->files[i].used)
            file = &f->files[i];
    if (file == NULL)
        file = &f->files[f->next_file++ % SMB_FILES];
    if (file->used)
        tl_smb_file_close(d, f, file);
    *file = (struct tl_smb_file){ .used = true, .tree = p->tree, .name = p->name, .ts = p->ts,
                                  .number = ++f->file_number };
    memcpy(file->id, id, len);
    p->name = 0;
    return file;
}

static void begin_body(struct tl_dissection *d, struct tl_smb_file *file, unsigned which)
{
    struct tl_body_facts facts = { .source = "SMB", .total = which == 0 && file->size > 0 ? file->size : UINT64_MAX,
                                   .side = d->flow.side };
    if (file->name != 0) { /* the last part of the name */
        struct tl_bytes name = tl_kept(d, file->name);
        for (uint32_t i = name.len; i > 0; i--) {
            if (name.data[i - 1] == '\\') {
                name = tl_bytes_of(name.data + i, name.len - i);
                break;
            }
        }
        facts.name = name;
    }
    file->begun[which] = true;
    tl_body_begin(d, &file->body[which], &facts);
}

void tl_smb_data(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file, unsigned which, uint64_t offset,
                 struct tl_bytes there, uint32_t len)
{
    if (offset > UINT64_MAX - len || len == 0)
        return;
    if (!file->begun[which])
        begin_body(d, file, which);
    if (there.len > 0)
        tl_body_at(d, &file->body[which], offset, there);
    if (there.len < len) {
        f->rest[d->flow.side].file = (uint32_t)(file - f->files) + 1;
        f->rest[d->flow.side].which = (uint8_t)which;
        f->rest[d->flow.side].offset = offset + there.len;
        f->rest[d->flow.side].data = len - there.len;
    }
}

void tl_smb_rest(struct tl_dissection *d, struct tl_smb_flow *f, const uint8_t *p, uint64_t n)
{
    if (f->rest[d->flow.side].file == 0)
        return;
    struct tl_smb_file *file = &f->files[f->rest[d->flow.side].file - 1];
    unsigned which = f->rest[d->flow.side].which;
    uint64_t offset = f->rest[d->flow.side].offset;
    uint64_t mine = n < f->rest[d->flow.side].data ? n : f->rest[d->flow.side].data;
    f->rest[d->flow.side].offset += mine;
    f->rest[d->flow.side].data -= mine;
    if (!file->begun[which])
        return;
    if (p != NULL)
        tl_body_at(d, &file->body[which], offset, tl_bytes_of(p, (size_t)mine));
    else
        tl_body_lost_at(d, &file->body[which], offset, (uint32_t)mine);
}

void tl_smb_pipe(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb_file *file, bool from_client,
                 struct tl_bytes bytes)
{
    struct tl_channel *child = tl_channel_find(d, file->number);
    (void)f;
    if (bytes.len == 0)
        return;
    if (child == NULL) {
        child = tl_channel_open(d, TL_CHANNEL_STREAM, file->number, NULL);
        if (child != NULL && file->name != 0)
            (void)tl_channel_tell(d, child, tl_kept(d, file->name));
    }
    tl_channel_push(d, child, from_client ? f->server ^ 1u : f->server, bytes);
}

void tl_smb_finish(struct tl_dissection *d, struct tl_smb_flow *f)
{
    tl_gss_end(d, &f->gss, TL_GSS_UNKNOWN);
    for (unsigned i = 0; i < SMB_FILES; i++)
        for (unsigned which = 0; which < 2 && f->files[i].used; which++)
            if (f->files[i].begun[which])
                tl_body_end(d, &f->files[i].body[which]);
}
