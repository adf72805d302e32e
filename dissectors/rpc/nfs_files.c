/*
 * nfs_files.c - the files that NFS reads and writes, as bodies. Calls name a file by its handle, a server's word; names are
 * those by which a handle was looked up. Before version 4 there is no open and no close: a file ends when it is cut, when
 * it was idle for two minutes, when another needs its place, or with the flow.
 */
#include "dissectors/rpc/rpc.h"

#include "core/time.h"

enum { ASKED = 64, NAMES = 128, FILES = 16, NAME_MOST = 255 };
#define IDLE INT64_C(120000000000)

struct tl_nfs_asked {
    uint32_t xid;
    uint32_t name;    /* kept: its handle comes with the reply; 0: none */
    uint64_t file;    /* that is read; 0: none */
    uint64_t offset;
    uint64_t closed;  /* that is closed; 0: none */
};

struct file {
    uint64_t handle;  /* 0: free */
    int64_t ts;       /* of its last bytes */
    struct tl_body body[2]; /* read, written */
    bool begun[2];
};

struct tl_nfs_files {
    struct tl_nfs_asked asked[ASKED];
    struct {
        uint64_t handle;
        uint32_t name; /* kept */
    } names[NAMES];
    struct file files[FILES];
    struct {
        uint32_t file;  /* index + 1; 0: none */
        unsigned which;
        uint64_t place, left;
    } rest[2];          /* of the message that each side sends */
    uint32_t next_asked, next_name;
};

uint64_t tl_nfs_handle(struct tl_bytes handle)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < handle.len; i++)
        h = (h ^ handle.data[i]) * UINT64_C(0x100000001b3);
    return h | 1;
}

static struct tl_nfs_files *files_of(const struct tl_dissection *d, uint32_t kept)
{
    return kept != 0 ? (struct tl_nfs_files *)(void *)tl_kept_mine(d, kept) : NULL;
}

static struct tl_nfs_asked *ask(struct tl_dissection *d, struct tl_nfs_files *f, uint32_t xid)
{
    struct tl_nfs_asked *a = &f->asked[f->next_asked++ % ASKED];
    if (a->name != 0)
        tl_forget(d, a->name);
    *a = (struct tl_nfs_asked){ .xid = xid };
    return a;
}

void tl_nfs_begin(struct tl_dissection *d, struct tl_nfs *n, uint32_t *kept, uint32_t xid, bool reply)
{
    *n = (struct tl_nfs){ .files = NULL };
    if (kept == NULL || !d->bodies || d->channel == NULL || d->frame->quoted)
        return;
    if (*kept == 0)
        *kept = tl_keep(d, NULL, sizeof(struct tl_nfs_files));
    struct tl_nfs_files *f = files_of(d, *kept);
    if (f == NULL)
        return;
    n->files = f;
    if (!reply) {
        n->asked = ask(d, f, xid);
        return;
    }
    for (unsigned i = 0; i < ASKED && n->asked == NULL; i++) /* the newest of equal ones */
        if (f->asked[(f->next_asked - 1 - i) % ASKED].xid == xid)
            n->asked = &f->asked[(f->next_asked - 1 - i) % ASKED];
}

/* --- names --- */

void tl_nfs_asks_name(struct tl_dissection *d, struct tl_nfs *n, struct tl_bytes name)
{
    if (n->asked == NULL || name.len == 0 || name.len > NAME_MOST)
        return;
    if (n->asked->name != 0)
        tl_forget(d, n->asked->name);
    n->asked->name = tl_keep(d, name.data, name.len);
}

void tl_nfs_named(struct tl_dissection *d, struct tl_nfs *n, struct tl_bytes handle)
{
    if (n->asked == NULL || n->asked->name == 0 || handle.len == 0)
        return;
    struct tl_nfs_files *f = n->files;
    uint64_t h = tl_nfs_handle(handle);
    unsigned at = 0;
    while (at < NAMES && f->names[at].handle != h)
        at++;
    if (at == NAMES)
        at = f->next_name++ % NAMES;
    if (f->names[at].name != 0)
        tl_forget(d, f->names[at].name);
    f->names[at].handle = h;
    f->names[at].name = n->asked->name;
    n->asked->name = 0;
}

static struct tl_bytes name_of(const struct tl_dissection *d, const struct tl_nfs_files *f, uint64_t handle)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (f->names[i].handle == handle && f->names[i].name != 0)
            return tl_kept(d, f->names[i].name);
    return (struct tl_bytes){ NULL, 0 };
}

/* --- files --- */

static void end(struct tl_dissection *d, struct tl_nfs_files *f, struct file *file, unsigned which)
{
    if (file->begun[which])
        tl_body_end(d, &file->body[which]);
    file->begun[which] = false;
    for (unsigned side = 0; side < 2; side++)
        if (f->rest[side].file == (uint32_t)(file - f->files) + 1 && f->rest[side].which == which)
            f->rest[side].file = 0;
}

static void drop(struct tl_dissection *d, struct tl_nfs_files *f, struct file *file)
{
    end(d, f, file, 0);
    end(d, f, file, 1);
    file->handle = 0;
}

static struct file *find(struct tl_nfs_files *f, uint64_t handle)
{
    for (unsigned i = 0; i < FILES; i++)
        if (f->files[i].handle == handle)
            return &f->files[i];
    return NULL;
}

/* Returns the file, which may be new. Others that were idle end. */
static struct file *use(struct tl_dissection *d, struct tl_nfs_files *f, uint64_t handle)
{
    struct file *oldest = &f->files[0], *found = find(f, handle);
    for (unsigned i = 0; i < FILES; i++) {
        struct file *file = &f->files[i];
        if (file->handle != 0 && file != found && tl_time_between(file->ts, d->frame->ts) > IDLE)
            drop(d, f, file);
        if (file->handle == 0 || (oldest->handle != 0 && file->ts < oldest->ts))
            oldest = file;
    }
    if (found == NULL) {
        found = oldest;
        if (found->handle != 0)
            drop(d, f, found);
        *found = (struct file){ .handle = handle };
    }
    found->ts = d->frame->ts;
    return found;
}

static void pass(struct tl_dissection *d, const struct tl_nfs *n, uint64_t handle, unsigned which, uint64_t place, uint64_t size)
{
    struct tl_nfs_files *f = n->files;
    if (f == NULL || handle == 0 || n->data_len == 0 || place > UINT64_MAX - n->data_len)
        return;
    struct file *file = use(d, f, handle);
    if (!file->begun[which]) {
        const struct tl_body_facts facts = { .source = "NFS", .name = name_of(d, f, handle), .total = size,
                                             .side = d->flow.side };
        file->body[which] = (struct tl_body){ .id = 0 };
        file->begun[which] = true;
        tl_body_begin(d, &file->body[which], &facts);
    }
    if (n->data.len > 0)
        tl_body_at(d, &file->body[which], place, n->data);
    if (n->data.len == n->data_len)
        return;
    f->rest[d->flow.side].file = (uint32_t)(file - f->files) + 1;
    f->rest[d->flow.side].which = which;
    f->rest[d->flow.side].place = place + n->data.len;
    f->rest[d->flow.side].left = n->data_len - n->data.len;
}

void tl_nfs_asks_read(struct tl_nfs *n, uint64_t file, uint64_t offset)
{
    if (n->asked == NULL || n->asked->file != 0) /* of several in a compound the first counts */
        return;
    n->asked->file = file;
    n->asked->offset = offset;
}

void tl_nfs_asks_close(struct tl_nfs *n, uint64_t file)
{
    if (n->asked != NULL)
        n->asked->closed = file;
}

void tl_nfs_has_read(struct tl_dissection *d, struct tl_nfs *n, uint64_t size)
{
    if (n->asked == NULL || n->asked->file == 0)
        return;
    uint64_t place = n->asked->offset;
    if (size == UINT64_MAX && n->eof && place <= UINT64_MAX - n->data_len)
        size = place + n->data_len;
    pass(d, n, n->asked->file, 0, place, size);
    n->asked->file = 0;
}

void tl_nfs_writes(struct tl_dissection *d, struct tl_nfs *n, uint64_t file)
{
    pass(d, n, file, 1, n->offset, UINT64_MAX);
}

void tl_nfs_cut(struct tl_dissection *d, struct tl_nfs *n, uint64_t file)
{
    struct file *known = n->files != NULL && file != 0 ? find(n->files, file) : NULL;
    if (known != NULL)
        end(d, n->files, known, 1);
}

void tl_nfs_closed(struct tl_dissection *d, struct tl_nfs *n)
{
    struct file *file = n->asked != NULL && n->asked->closed != 0 ? find(n->files, n->asked->closed) : NULL;
    if (file != NULL)
        drop(d, n->files, file);
}

void tl_nfs_rest(struct tl_dissection *d, uint32_t kept, const uint8_t *p, uint64_t len)
{
    struct tl_nfs_files *f = files_of(d, kept);
    unsigned side = d->flow.side;
    if (f == NULL || f->rest[side].file == 0)
        return;
    struct file *file = &f->files[f->rest[side].file - 1];
    uint64_t n = len < f->rest[side].left ? len : f->rest[side].left;
    struct tl_body *body = &file->body[f->rest[side].which];
    if (n > 0 && p != NULL)
        tl_body_at(d, body, f->rest[side].place, tl_bytes_of(p, (size_t)n));
    else if (n > 0)
        tl_body_lost_at(d, body, f->rest[side].place, (uint32_t)n);
    f->rest[side].place += n;
    f->rest[side].left -= n;
    if (f->rest[side].left == 0)
        f->rest[side].file = 0;
}

void tl_nfs_rest_end(struct tl_dissection *d, uint32_t kept)
{
    struct tl_nfs_files *f = files_of(d, kept);
    if (f != NULL && f->rest[d->flow.side].file != 0)
        tl_nfs_rest(d, kept, NULL, f->rest[d->flow.side].left);
}

void tl_nfs_finish(struct tl_dissection *d, uint32_t kept)
{
    struct tl_nfs_files *f = files_of(d, kept);
    for (unsigned i = 0; f != NULL && i < FILES; i++)
        if (f->files[i].handle != 0)
            drop(d, f, &f->files[i]);
}
