/* smb2_command.c - the commands of SMB2 (MS-SMB2 section 2.2.3 on): fixed parts, then buffers at offsets from the header. */
#include "dissectors/smb/smb2.h"

#include "dissectors/utf16.h"

enum { PIPE_TRANSCEIVE = 0x0011c017 };

void tl_smb2_name(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    uint8_t room[SMB_PATH];
    if (text.len > 0 && tl_wants(d, field))
        tl_add_text(d, field, (uint32_t)(text.data - d->c.base), text.len, room, tl_utf16le(text, room, sizeof room));
}

/* Bytes at an offset from the header of the message, as far as they are there; their full length may be larger. */
static struct tl_bytes buffer(const struct tl_dissection *d, const struct tl_smb2 *m, uint32_t offset, uint32_t len)
{
    uint32_t room = d->c.end - m->start;
    if (offset < 64 || offset > room)
        return (struct tl_bytes){ NULL, 0 };
    return tl_bytes_of(d->c.base + m->start + offset, len < room - offset ? len : room - offset);
}

/* A part of the data, in a part of its message. */
static bool is_part(const struct tl_dissection *d, struct tl_bytes data, uint32_t len)
{
    return data.len < len && d->c.end < d->c.wire_end;
}

/* The token of a login; none of a cut one, which would be read wrongly. */
static struct tl_bytes token(const struct tl_dissection *d, const struct tl_smb2 *m, uint32_t offset, uint32_t len)
{
    struct tl_bytes bytes = buffer(d, m, offset, len);
    return is_part(d, bytes, len) ? (struct tl_bytes){ NULL, 0 } : bytes;
}

static void file_time(struct tl_dissection *d, unsigned field, int64_t *ns)
{
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    if (p == NULL)
        return;
    uint64_t value = tl_load_le64(p);
    *ns = tl_smb_time(value);
    if (value != 0)
        tl_add(d, field, d->c.off - 8, 8, (uint64_t)*ns);
}

/* The file of a request; all ones: the one that the request before in the compound opened. */
static struct tl_smb_file *file_of(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m, uint8_t id[16])
{
    static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
    const uint8_t *p = tl_run(d, S2_FID, 16);
    memset(id, 255, 16);
    if (p != NULL)
        memcpy(id, p, 16);
    if (p != NULL && memcmp(p, ones, 16) == 0)
        memcpy(id, m->file_id, 16);
    return tl_smb_file_find(f, id, 16);
}

/* --- negotiation --- */

static void context(struct tl_dissection *d, uint16_t type, uint32_t len)
{
    uint16_t count = 0;
    switch (type) {
    case 1:
        count = tl_cursor_left(&d->c) >= 4 ? tl_load_le16(d->c.base + d->c.off) : 0;
        tl_skip(d, 4);
        for (unsigned i = 0; i < count && tl_ok(d); i++)
            tl_le16(d, S2_HASH);
        break;
    case 2: case 8:
        count = tl_cursor_left(&d->c) >= 2 ? tl_load_le16(d->c.base + d->c.off) : 0;
        tl_skip(d, 2);
        for (unsigned i = 0; i < count && tl_ok(d); i++)
            tl_le16(d, type == 2 ? S2_CIPHER : S2_SIGNING);
        break;
    case 3:
        count = tl_cursor_left(&d->c) >= 2 ? tl_load_le16(d->c.base + d->c.off) : 0;
        tl_skip(d, 8);
        for (unsigned i = 0; i < count && tl_ok(d); i++)
            tl_le16(d, S2_COMPRESSION);
        break;
    case 5:
        if (len > 0)
            tl_run(d, S2_NETNAME, len);
        break;
    default: break;
    }
}

/* Section 2.2.3.1: each begins at a multiple of eight bytes. */
static void contexts(struct tl_dissection *d, const struct tl_smb2 *m, uint32_t offset, uint16_t count)
{
    struct tl_cursor c = d->c;
    if (offset < 64 || offset > d->c.end - m->start)
        return;
    d->c.off = m->start + offset;
    for (unsigned i = 0; i < count && tl_ok(d) && tl_cursor_left(&d->c) >= 8; i++) {
        uint16_t type = tl_le16(d, S2_CONTEXT_TYPE), len = tl_le16(d, S2_CONTEXT_LEN);
        tl_skip(d, 4);
        struct tl_part part = tl_part_begin(d, len);
        context(d, type, len);
        tl_part_end(d, part);
        uint32_t padding = (8 - (d->c.off - m->start) % 8) % 8;
        if (padding <= tl_cursor_left(&d->c))
            tl_skip(d, padding);
    }
    d->c = c;
}

static void security_mode(struct tl_dissection *d, bool byte)
{
    uint8_t mode = tl_u8(d, S2_SEC_MODE);
    if (tl_ok(d))
        tl_add_all_bits(d, S2_SIGN_ENABLED, S2_SIGN_REQUIRED, d->c.off - 1, 1, mode);
    if (!byte)
        tl_skip(d, 1);
}

static void capabilities(struct tl_dissection *d)
{
    uint32_t value = tl_le32(d, S2_CAPABILITIES);
    if (tl_ok(d))
        tl_add_all_bits(d, S2_CAN_DFS, S2_CAN_ENCRYPT, d->c.off - 4, 4, value);
}

static void negotiate_request(struct tl_dissection *d, const struct tl_smb2 *m)
{
    uint16_t count = tl_le16(d, S2_DIALECT_COUNT), context_count = 0;
    uint32_t offset = 0;
    security_mode(d, false);
    tl_skip(d, 2);
    capabilities(d);
    tl_run(d, S2_CLIENT_GUID, 16);
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    if (p != NULL) {
        offset = tl_load_le32(p);
        context_count = tl_load_le16(p + 4);
    }
    bool newest = false;
    for (unsigned i = 0; i < count && tl_ok(d); i++)
        newest |= tl_le16(d, S2_DIALECT) == 0x0311;
    if (newest && tl_ok(d))
        contexts(d, m, offset, context_count);
}

static void negotiate_response(struct tl_dissection *d, struct tl_smb2 *m)
{
    int64_t ns;
    security_mode(d, false);
    uint16_t dialect = tl_le16(d, S2_DIALECT), count = tl_le16(d, S2_CONTEXT_COUNT);
    tl_run(d, S2_SERVER_GUID, 16);
    capabilities(d);
    tl_le32(d, S2_MAX_TRANS);
    tl_le32(d, S2_MAX_READ);
    tl_le32(d, S2_MAX_WRITE);
    file_time(d, S2_CURRENT_TIME, &ns);
    file_time(d, S2_BOOT_TIME, &ns);
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    if (p == NULL)
        return;
    m->after.token = token(d, m, tl_load_le16(p), tl_load_le16(p + 2));
    if (dialect == 0x0311)
        contexts(d, m, tl_load_le32(p + 4), count);
}

/* --- sessions and trees --- */

static void setup_request(struct tl_dissection *d, struct tl_smb2 *m)
{
    tl_u8(d, S2_SESSION_REQ_FLAGS);
    security_mode(d, true);
    capabilities(d);
    tl_skip(d, 4);
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL)
        m->after.token = token(d, m, tl_load_le16(p), tl_load_le16(p + 2));
}

static void setup_response(struct tl_dissection *d, struct tl_smb2 *m)
{
    uint16_t flags = tl_le16(d, S2_SESSION_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, S2_GUEST, S2_ENCRYPT, d->c.off - 2, 2, flags);
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL)
        m->after.token = token(d, m, tl_load_le16(p), tl_load_le16(p + 2));
}

static void connect_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    tl_skip(d, 2);
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return;
    struct tl_bytes path = buffer(d, m, tl_load_le16(p), tl_load_le16(p + 2));
    tl_smb2_name(d, S2_TREE, path);
    struct tl_smb_pending *wait = tl_smb_pending_add(d, f, m->id, m->command);
    wait->name = tl_smb_keep(d, path, true);
}

static void connect_response(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb2 *m)
{
    uint8_t type = tl_u8(d, S2_SHARE_TYPE);
    tl_skip(d, 1);
    uint32_t flags = tl_le32(d, S2_SHARE_FLAGS);
    if (tl_ok(d))
        tl_add_bits(d, S2_SHARE_ENCRYPT, d->c.off - 4, 4, flags);
    capabilities(d);
    tl_le32(d, S2_ACCESS);
    struct tl_smb_pending *p = tl_smb_pending_find(f, m->id, m->command);
    if (p == NULL)
        return;
    tl_smb_emit_mapping(d, p->ts, p->name, type, (struct tl_bytes){ NULL, 0 }, (struct tl_bytes){ NULL, 0 });
    tl_smb_tree_add(d, f, m->tree, (uint32_t)m->session, p->name, type);
    p->name = 0;
}

/* --- files --- */

static void create_contexts(struct tl_dissection *d, struct tl_bytes list)
{
    for (uint32_t at = 0; at + 16 <= list.len;) {
        const uint8_t *p = list.data + at;
        uint32_t next = tl_load_le32(p), name = tl_load_le16(p + 4), len = tl_load_le16(p + 6);
        if (len == 4 && name + len <= list.len - at)
            tl_add(d, S2_CREATE_CONTEXT, (uint32_t)(p - d->c.base) + name, len, 0);
        if (next < 16 || next > list.len - at)
            break;
        at += next;
    }
}

static void create_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    tl_skip(d, 1);
    tl_u8(d, S2_OPLOCK);
    tl_le32(d, S2_IMPERSONATION);
    tl_skip(d, 16);
    tl_le32(d, S2_ACCESS);
    tl_le32(d, S2_ATTRIBUTES);
    tl_skip(d, 4);
    tl_le32(d, S2_DISPOSITION);
    const uint8_t *p = tl_cursor_take(&d->c, 16);
    if (p == NULL)
        return;
    uint32_t options = tl_load_le32(p);
    tl_add_bits(d, S2_DELETE_ON_CLOSE, d->c.off - 16, 4, options);
    tl_add_bits(d, S2_DIRECTORY, d->c.off - 16, 4, options);
    struct tl_bytes name = buffer(d, m, tl_load_le16(p + 4), tl_load_le16(p + 6));
    tl_smb2_name(d, S2_FILENAME, name);
    if (tl_load_le32(p + 12) > 0)
        create_contexts(d, buffer(d, m, tl_load_le32(p + 8), tl_load_le32(p + 12)));
    struct tl_smb_pending *wait = tl_smb_pending_add(d, f, m->id, m->command);
    wait->name = tl_smb_keep(d, name, true);
    wait->tree = m->tree;
    wait->delete_on_close = (options & 0x1000) != 0;
}

static void opened(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m, const uint8_t *id,
                   const struct tl_smb_file *read)
{
    struct tl_smb_pending *p = tl_smb_pending_find(f, m->id, m->command);
    if (p == NULL)
        return;
    bool delete = p->delete_on_close;
    uint32_t tree_id = m->flags & 2 ? p->tree : m->tree;
    const struct tl_smb_tree *tree = tl_smb_tree_find(f, tree_id, (uint32_t)m->session);
    struct tl_smb_file *file = tl_smb_file_add(d, f, id, 16, p);
    file->tree = tree_id;
    file->size = read->size;
    file->has_times = true;
    memcpy(file->times, read->times, sizeof file->times);
    file->pipe = tree != NULL && tree->type == SMB_PIPE;
    struct tl_bytes name = file->name != 0 ? tl_kept(d, file->name) : (struct tl_bytes){ NULL, 0 };
    struct tl_bytes none = { NULL, 0 };
    if (!file->pipe)
        tl_smb_emit_file(d, f, tree != NULL && tree->type == SMB_PRINT ? "SMB::PRINT_OPEN" : "SMB::FILE_OPEN", file, name, none);
    if (delete && !file->pipe)
        tl_smb_emit_file(d, f, "SMB::FILE_DELETE", file, name, none);
}

static void create_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    struct tl_smb_file read = { .used = false };
    tl_u8(d, S2_OPLOCK);
    tl_skip(d, 1);
    tl_le32(d, S2_ACTION);
    for (unsigned i = 0; i < 4; i++)
        file_time(d, S2_CREATED + i, &read.times[i]);
    tl_le64(d, S2_ALLOCATION);
    read.size = tl_le64(d, S2_EOF);
    tl_le32(d, S2_ATTRIBUTES);
    tl_skip(d, 4);
    const uint8_t *id = tl_run(d, S2_FID, 16);
    if (id == NULL)
        return;
    opened(d, f, m, id, &read);
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    if (p != NULL && tl_load_le32(p + 4) > 0)
        create_contexts(d, buffer(d, m, tl_load_le32(p), tl_load_le32(p + 4)));
}

static void close_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    tl_le16(d, S2_CLOSE_FLAGS);
    tl_skip(d, 4);
    (void)file_of(d, f, m, id);
    struct tl_smb_pending *wait = tl_smb_pending_add(d, f, m->id, m->command);
    memcpy(wait->file, id, 16);
}

static void close_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    int64_t ns;
    tl_le16(d, S2_CLOSE_FLAGS);
    tl_skip(d, 4);
    for (unsigned i = 0; i < 4; i++)
        file_time(d, S2_CREATED + i, &ns);
    tl_le64(d, S2_ALLOCATION);
    tl_le64(d, S2_EOF);
    tl_le32(d, S2_ATTRIBUTES);
    struct tl_smb_pending *p = tl_smb_pending_find(f, m->id, m->command);
    struct tl_smb_file *file = p != NULL ? tl_smb_file_find(f, p->file, 16) : NULL;
    if (file != NULL)
        tl_smb_file_close(d, f, file);
}

static void read_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    tl_skip(d, 2);
    tl_le32(d, S2_READ_LENGTH);
    uint64_t offset = tl_le64(d, S2_OFFSET);
    (void)file_of(d, f, m, id);
    tl_le32(d, S2_MIN_COUNT);
    struct tl_smb_pending *wait = tl_smb_pending_add(d, f, m->id, m->command);
    wait->offset = offset;
    memcpy(wait->file, id, 16);
}

static void pipe_after(struct tl_smb_flow *f, struct tl_smb2 *m, const struct tl_smb_file *file, bool from_client,
                       struct tl_bytes bytes)
{
    m->after.pipe = bytes;
    m->after.pipe_from_client = from_client;
    m->after.file = (uint32_t)(file - f->files) + 1;
}

static void read_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    const uint8_t *p = tl_cursor_take(&d->c, 6);
    tl_le32(d, S2_READ_REMAINING);
    tl_skip(d, 4);
    if (p == NULL || !tl_ok(d))
        return;
    uint32_t len = tl_load_le32(p + 2);
    struct tl_bytes data = buffer(d, m, p[0], len);
    if (data.len > 0)
        tl_add(d, S2_READ_DATA, (uint32_t)(data.data - d->c.base), data.len, 0);
    struct tl_smb_pending *wait = tl_smb_pending_find(f, m->id, m->command);
    struct tl_smb_file *file = wait != NULL ? tl_smb_file_find(f, wait->file, 16) : NULL;
    if (file != NULL && file->pipe && !is_part(d, data, len))
        pipe_after(f, m, file, false, data);
    else if (file != NULL && !file->pipe && data.data != NULL)
        tl_smb_data(d, f, file, 0, wait->offset, data, len);
}

/* A pipe that was opened before the capture: what is written to it looks like DCE/RPC (C706 section 12.6.3.1). */
static struct tl_smb_file *assume_pipe(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb2 *m,
                                       struct tl_smb_file *file, const uint8_t id[16], struct tl_bytes data)
{
    struct tl_smb_pending p = { .tree = m->tree, .ts = d->frame->ts };
    if (file != NULL || data.len < 16 || data.data[0] != 5 || data.data[1] > 1 || data.data[2] > 20 || data.data[4] != 0x10)
        return file;
    file = tl_smb_file_add(d, f, id, 16, &p);
    file->pipe = true;
    return file;
}

static void write_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint32_t len = tl_le32(d, S2_WRITE_LENGTH);
    uint64_t offset = tl_le64(d, S2_OFFSET);
    struct tl_smb_file *file = file_of(d, f, m, id);
    tl_skip(d, 16);
    if (p == NULL || !tl_ok(d))
        return;
    struct tl_bytes data = buffer(d, m, tl_load_le16(p), len);
    if (data.len > 0)
        tl_add(d, S2_WRITE_DATA, (uint32_t)(data.data - d->c.base), data.len, 0);
    file = assume_pipe(d, f, m, file, id, data);
    if (file != NULL && file->pipe && !is_part(d, data, len))
        pipe_after(f, m, file, true, data);
    else if (file != NULL && !file->pipe && data.data != NULL)
        tl_smb_data(d, f, file, 1, offset, data, len);
}

static void ioctl_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    tl_skip(d, 2);
    uint32_t function = tl_le32(d, S2_FUNCTION);
    struct tl_smb_file *file = file_of(d, f, m, id);
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    struct tl_smb_pending *wait = tl_smb_pending_add(d, f, m->id, m->command);
    wait->function = function;
    memcpy(wait->file, id, 16);
    if (p == NULL || function != PIPE_TRANSCEIVE)
        return;
    uint32_t len = tl_load_le32(p + 4);
    struct tl_bytes data = buffer(d, m, tl_load_le32(p), len);
    file = assume_pipe(d, f, m, file, id, data);
    if (file != NULL && file->pipe && !is_part(d, data, len))
        pipe_after(f, m, file, true, data);
}

static void ioctl_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    tl_skip(d, 2);
    uint32_t function = tl_le32(d, S2_FUNCTION);
    struct tl_smb_file *file = file_of(d, f, m, id);
    const struct tl_smb_pending *wait = file == NULL ? tl_smb_pending_find(f, m->id, m->command) : NULL;
    if (wait != NULL) /* some servers leave half of the identifier out */
        file = tl_smb_file_find(f, wait->file, sizeof id);
    tl_skip(d, 8);
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    tl_le32(d, S2_FLAGS);
    if (p == NULL || function != PIPE_TRANSCEIVE || file == NULL || !file->pipe)
        return;
    uint32_t len = tl_load_le32(p + 4);
    struct tl_bytes data = buffer(d, m, tl_load_le32(p), len);
    if (!is_part(d, data, len))
        pipe_after(f, m, file, false, data);
}

/* --- directories and attributes --- */

static void find_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add(d, S2_FIND_LEVEL, d->c.off - 1, 1, p[0]);
    tl_skip(d, 5);
    (void)file_of(d, f, m, id);
    const uint8_t *q = tl_cursor_take(&d->c, 4);
    if (p == NULL || q == NULL)
        return;
    tl_smb2_name(d, S2_PATTERN, buffer(d, m, tl_load_le16(q), tl_load_le16(q + 2)));
    tl_smb_pending_add(d, f, m->id, m->command)->level = p[0];
}

static void query_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16], class = tl_u8(d, S2_CLASS), level = tl_u8(d, S2_LEVEL);
    tl_skip(d, 20);
    (void)file_of(d, f, m, id);
    struct tl_smb_pending *wait = tl_smb_pending_add(d, f, m->id, m->command);
    wait->class = class;
    wait->level = level;
}

/* The answers to both: a buffer. */
static void buffer_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    const uint8_t *p = tl_cursor_take(&d->c, 6);
    const struct tl_smb_pending *wait = tl_smb_pending_find(f, m->id, m->command);
    if (p == NULL || wait == NULL)
        return;
    struct tl_bytes bytes = buffer(d, m, tl_load_le16(p), tl_load_le32(p + 2));
    if (m->command == SMB2_QUERY_DIRECTORY)
        tl_smb2_listing(d, wait->level, bytes);
    else
        tl_smb2_info(d, wait->class, wait->level, bytes);
}

static void set_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16], class = tl_u8(d, S2_CLASS), level = tl_u8(d, S2_LEVEL);
    const uint8_t *p = tl_cursor_take(&d->c, 6);
    tl_skip(d, 6);
    struct tl_smb_file *file = file_of(d, f, m, id);
    if (p != NULL && tl_ok(d))
        tl_smb2_set(d, f, file, class, level, buffer(d, m, tl_load_le16(p + 4), tl_load_le32(p)));
}

/* --- all --- */

void tl_smb2_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    uint8_t id[16];
    tl_skip(d, 2); /* the size of the fixed part */
    switch (m->command) {
    case SMB2_NEGOTIATE: negotiate_request(d, m); break;
    case SMB2_SESSION_SETUP: setup_request(d, m); break;
    case SMB2_TREE_CONNECT: connect_request(d, f, m); break;
    case SMB2_TREE_DISCONNECT: tl_smb_pending_add(d, f, m->id, m->command)->tree = m->tree; break;
    case SMB2_CREATE: create_request(d, f, m); break;
    case SMB2_CLOSE: close_request(d, f, m); break;
    case SMB2_FLUSH:
        tl_skip(d, 6);
        (void)file_of(d, f, m, id);
        break;
    case SMB2_READ: read_request(d, f, m); break;
    case SMB2_WRITE: write_request(d, f, m); break;
    case SMB2_LOCK:
        tl_le16(d, S2_LOCK_COUNT);
        tl_skip(d, 4);
        (void)file_of(d, f, m, id);
        break;
    case SMB2_IOCTL: ioctl_request(d, f, m); break;
    case SMB2_QUERY_DIRECTORY: find_request(d, f, m); break;
    case SMB2_CHANGE_NOTIFY:
        tl_skip(d, 6);
        (void)file_of(d, f, m, id);
        break;
    case SMB2_QUERY_INFO: query_request(d, f, m); break;
    case SMB2_SET_INFO: set_request(d, f, m); break;
    default: break;
    }
}

/* An error has no body but a description, except where it says that more follows. */
static bool has_body(const struct tl_smb2 *m)
{
    enum { BUFFER_OVERFLOW = 0x80000005 };
    return m->status == 0 || m->status == BUFFER_OVERFLOW ||
           (m->status == SMB2_MORE_PROCESSING && m->command == SMB2_SESSION_SETUP);
}

void tl_smb2_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m)
{
    if (m->status == SMB2_PENDING)
        return;
    tl_skip(d, 2);
    switch (has_body(m) ? m->command : UINT16_MAX) {
    case SMB2_NEGOTIATE: negotiate_response(d, m); break;
    case SMB2_SESSION_SETUP: setup_response(d, m); break;
    case SMB2_TREE_CONNECT: connect_response(d, f, m); break;
    case SMB2_TREE_DISCONNECT: tl_smb_tree_drop(d, f, m->tree, (uint32_t)m->session); break;
    case SMB2_CREATE: create_response(d, f, m); break;
    case SMB2_CLOSE: close_response(d, f, m); break;
    case SMB2_READ: read_response(d, f, m); break;
    case SMB2_WRITE:
        tl_skip(d, 2);
        tl_le32(d, S2_WRITE_COUNT);
        break;
    case SMB2_IOCTL: ioctl_response(d, f, m); break;
    case SMB2_QUERY_DIRECTORY:
    case SMB2_QUERY_INFO: buffer_response(d, f, m); break;
    default: break;
    }
    struct tl_smb_pending *p = tl_smb_pending_find(f, m->id, m->command);
    if (p != NULL)
        tl_smb_pending_drop(d, p);
}
