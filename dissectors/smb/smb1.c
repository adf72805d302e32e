/*
 * smb1.c - Server Message Block version 1 (MS-CIFS, MS-SMB): header, chains of commands, sessions, trees, files, pipes. The
 * layer is opened by nbss.c.
 */
#include "dissectors/smb/smb.h"

#include "dissectors/utf16.h"

enum { CMD, STATUS, ERROR_CLASS, ERROR_CODE, FLAGS, RESPONSE, FLAGS2, SIGNATURES, EXTENDED, NT_ERROR, UNICODE, PID_HIGH, SIGNATURE, TID, PATH, PID, UID,
       MID, WORDS, BYTES, DIALECT, DIALECT_INDEX, SIGN_ENABLED, SIGN_REQUIRED, BLOB_LEN, ACCOUNT, DOMAIN_NAME, PASSWORD, OS,
       LANMAN, SERVICE, FILE_SYSTEM, GUEST, FID, FILE_NAME, OLD_FILE, CREATED, ACCESSED, WRITTEN, CHANGED, ALLOCATION, SIZE,
       DISPOSITION, OFFSET, DATA_LEN, DATA, TRANS2, TRANS_NAME, PATTERN, LINE_STATUS, LINE_CMD, FIELDS };

static const struct tl_name commands[] = {
    { 0x00, "Create Directory" }, { 0x01, "Delete Directory" }, { 0x02, "Open" }, { 0x03, "Create" }, { 0x04, "Close" },
    { 0x05, "Flush" }, { 0x06, "Delete" }, { 0x07, "Rename" }, { 0x08, "Query Information" }, { 0x09, "Set Information" },
    { 0x0a, "Read" }, { 0x0b, "Write" }, { 0x10, "Check Directory" }, { 0x24, "Locking AndX" }, { 0x25, "Trans" },
    { 0x26, "Trans Secondary" }, { 0x2b, "Echo" }, { 0x2d, "Open AndX" }, { 0x2e, "Read AndX" }, { 0x2f, "Write AndX" },
    { 0x32, "Trans2" }, { 0x33, "Trans2 Secondary" }, { 0x34, "Find Close2" }, { 0x70, "Tree Connect" },
    { 0x71, "Tree Disconnect" }, { 0x72, "Negotiate Protocol" }, { 0x73, "Session Setup AndX" }, { 0x74, "Logoff AndX" },
    { 0x75, "Tree Connect AndX" }, { 0xa0, "NT Trans" }, { 0xa2, "NT Create AndX" }, { 0xa4, "NT Cancel" },
    { 0xa5, "NT Rename" }, { 0xff, "No further commands" }, { 0, NULL },
};
static const struct tl_name dispositions[] = {
    { 0, "Supersede" }, { 1, "Open" }, { 2, "Create" }, { 3, "Open If" }, { 4, "Overwrite" }, { 5, "Overwrite If" }, { 0, NULL },
};
static const struct tl_name trans2[] = {
    { 0, "OPEN2" }, { 1, "FIND_FIRST2" }, { 2, "FIND_NEXT2" }, { 3, "QUERY_FS_INFO" }, { 4, "SET_FS_INFO" },
    { 5, "QUERY_PATH_INFO" }, { 6, "SET_PATH_INFO" }, { 7, "QUERY_FILE_INFO" }, { 8, "SET_FILE_INFO" },
    { 16, "GET_DFS_REFERRAL" }, { 0, NULL },
};

static const struct tl_name classes[] = {
    { 0, "Success" }, { 1, "DOS" }, { 2, "Server" }, { 3, "Hardware" }, { 4, "XOS" }, { 0xff, "Command" }, { 0, NULL },
};

#define FLAG(key_, label_, mask_) { key_, label_, .type = TL_BOOL, .mask = (mask_) }
#define TEXT(key_, label_) { key_, label_, .type = TL_TEXT, .flags = TL_REPEATS }
#define NAME(key_, label_) { key_, label_, .type = TL_TEXT, .flags = TL_REPEATS | TL_ESCAPED }
#define TIME(key_, label_) { key_, label_, .type = TL_TIME, .flags = TL_REPEATS }
static const struct tl_field fields[FIELDS] = {
    [CMD] = { "smb.cmd", "Command", .type = TL_U8, .base = TL_HEX, .names = commands, .flags = TL_REPEATS },
    [STATUS] = { "smb.nt_status", "Status", .type = TL_U32, .base = TL_HEX, .names = tl_smb_statuses },
    [ERROR_CLASS] = { "smb.error_class", "Class of the error", .type = TL_U8, .base = TL_HEX, .names = classes },
    [ERROR_CODE] = { "smb.error_code", "Error", .type = TL_U16 },
    [FLAGS] = { "smb.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [RESPONSE] = FLAG("smb.flags.response", "Response", 0x80),
    [FLAGS2] = { "smb.flags2", "More flags", .type = TL_U16, .base = TL_HEX },
    [SIGNATURES] = FLAG("smb.flags2.sec_sig", "Signed", 4),
    [EXTENDED] = FLAG("smb.flags2.esn", "Extended security", 0x800),
    [NT_ERROR] = FLAG("smb.flags2.nt_error", "Status of NT", 0x4000),
    [UNICODE] = FLAG("smb.flags2.string", "Unicode", 0x8000),
    [PID_HIGH] = { "smb.pid.high", "Process id, high", .type = TL_U16 },
    [SIGNATURE] = { "smb.signature", "Signature", .type = TL_BYTES },
    [TID] = { "smb.tid", "Tree id", .type = TL_U16 },
    [PATH] = NAME("smb.path", "Path of the share"),
    [PID] = { "smb.pid", "Process id", .type = TL_U16 },
    [UID] = { "smb.uid", "User id", .type = TL_U16 },
    [MID] = { "smb.mid", "Multiplex id", .type = TL_U16 },
    [WORDS] = { "smb.wct", "Words", .type = TL_U8, .flags = TL_REPEATS },
    [BYTES] = { "smb.bcc", "Bytes", .type = TL_U16, .flags = TL_REPEATS },
    [DIALECT] = TEXT("smb.dialect.name", "Dialect"),
    [DIALECT_INDEX] = { "smb.dialect.index", "Chosen dialect", .type = TL_U16 },
    [SIGN_ENABLED] = FLAG("smb.sm.signatures", "Signing enabled", 4),
    [SIGN_REQUIRED] = FLAG("smb.sm.sig_required", "Signing required", 8),
    [BLOB_LEN] = { "smb.security_blob_len", "Bytes of the token", .type = TL_U16, .unit = "bytes" },
    [ACCOUNT] = TEXT("smb.account", "User"),
    [DOMAIN_NAME] = TEXT("smb.primary_domain", "Domain"),
    [PASSWORD] = { "smb.password", "Password", .type = TL_BYTES, .flags = TL_REPEATS, .secret = TL_SECRET_WHOLE },
    [OS] = TEXT("smb.native_os", "Operating system"),
    [LANMAN] = TEXT("smb.native_lanman", "LAN manager"),
    [SERVICE] = TEXT("smb.service", "Service"),
    [FILE_SYSTEM] = TEXT("smb.native_fs", "File system"),
    [GUEST] = FLAG("smb.setup.action.guest", "Guest", 1),
    [FID] = { "smb.fid", "File id", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [FILE_NAME] = NAME("smb.file", "File"),
    [OLD_FILE] = NAME("smb.old_file", "Old name"),
    [CREATED] = TIME("smb.create.time", "Created"),
    [ACCESSED] = TIME("smb.access.time", "Accessed"),
    [WRITTEN] = TIME("smb.last_write.time", "Written"),
    [CHANGED] = TIME("smb.change.time", "Changed"),
    [ALLOCATION] = { "smb.alloc_size64", "Bytes allocated", .type = TL_U64 },
    [SIZE] = { "smb.end_of_file", "Bytes of the file", .type = TL_U64 },
    [DISPOSITION] = { "smb.create.disposition", "Disposition", .type = TL_U32, .names = dispositions },
    [OFFSET] = { "smb.file.rw.offset", "Offset", .type = TL_U64, .flags = TL_REPEATS },
    [DATA_LEN] = { "smb.file.rw.length", "Bytes", .type = TL_U32, .flags = TL_REPEATS },
    [DATA] = { "smb.file_data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [TRANS2] = { "smb.trans2.cmd", "Subcommand", .type = TL_U16, .base = TL_HEX, .names = trans2 },
    [TRANS_NAME] = { "smb.trans_name", "Transaction", .type = TL_TEXT, .flags = TL_ESCAPED },
    [PATTERN] = { "smb.search_pattern", "Pattern", .type = TL_TEXT, .flags = TL_ESCAPED },
    [LINE_STATUS] = { "smb.line.status", "Status", .type = TL_U32, .flags = TL_ONLY_LINE, .names = tl_smb_statuses },
    [LINE_CMD] = { "smb.line.cmd", "Command", .type = TL_U8, .flags = TL_ONLY_LINE, .names = commands },
};

enum { CLOSE = 4, DELETE = 6, RENAME = 7, TRANS = 0x25, OPEN_ANDX = 0x2d, READ_ANDX = 0x2e, WRITE_ANDX = 0x2f, TRANS2_CMD = 0x32,
       TREE_DISCONNECT = 0x71, NEGOTIATE = 0x72, SETUP = 0x73, LOGOFF = 0x74, TREE_CONNECT = 0x75, NT_CREATE = 0xa2,
       NONE = 0xff, CHAIN_MOST = 8, HEADER = 32 };

/* A message while it is read. */
struct smb1 {
    uint32_t start;
    uint8_t command;
    bool response, unicode, extended;
    uint32_t status;
    uint16_t tree, mid;
    uint64_t key;            /* of the request */
    struct tl_bytes words;   /* of the command that is read */
    struct tl_bytes bytes;
    uint32_t bytes_left;     /* more of them on the wire */
    struct tl_bytes token, pipe;
    const struct tl_smb_file *pipe_file;
};

/* --- texts --- */

static uint32_t off_of(const struct tl_dissection *d, const uint8_t *p)
{
    return (uint32_t)(p - d->c.base);
}

/* Takes a text up to its NUL. In Unicode it begins at an even offset from the header (MS-CIFS section 2.2.1.1.2). */
static struct tl_bytes take_text(const struct tl_dissection *d, const struct smb1 *m, struct tl_bytes *from, bool unicode)
{
    uint32_t n = 0, step = unicode ? 2 : 1;
    if (unicode && from->len > 0 && (off_of(d, from->data) - m->start) % 2 != 0)
        *from = tl_bytes_of(from->data + 1, from->len - 1);
    const uint8_t *p = from->data;
    while (n + step <= from->len && (p[n] != 0 || (unicode && p[n + 1] != 0)))
        n += step;
    struct tl_bytes text = { p, n < from->len ? n : from->len };
    uint32_t taken = n + step <= from->len ? n + step : from->len;
    *from = tl_bytes_of(p + taken, from->len - taken);
    return text;
}

static void show_text(struct tl_dissection *d, unsigned field, struct tl_bytes text, bool unicode)
{
    uint8_t room[SMB_PATH];
    if (text.len == 0 || !tl_wants(d, field))
        return;
    if (unicode)
        tl_add_text(d, field, off_of(d, text.data), text.len, room, tl_utf16le(text, room, sizeof room));
    else
        tl_add(d, field, off_of(d, text.data), text.len, 0);
}

static struct tl_bytes text(struct tl_dissection *d, const struct smb1 *m, struct tl_bytes *from, unsigned field)
{
    struct tl_bytes t = take_text(d, m, from, m->unicode);
    show_text(d, field, t, m->unicode);
    return t;
}

static uint16_t word(const struct smb1 *m, uint32_t i)
{
    return 2 * i + 2 <= m->words.len ? tl_load_le16(m->words.data + 2 * i) : 0;
}

static uint32_t dword_at(const struct smb1 *m, uint32_t byte)
{
    return byte + 4 <= m->words.len ? tl_load_le32(m->words.data + byte) : 0;
}

/* Bytes at an offset from the header, as far as they are there. */
static struct tl_bytes buffer(const struct tl_dissection *d, const struct smb1 *m, uint32_t offset, uint32_t len, uint32_t end)
{
    if (offset < HEADER || offset > end - m->start)
        return (struct tl_bytes){ NULL, 0 };
    uint32_t room = end - m->start - offset;
    return tl_bytes_of(d->c.base + m->start + offset, len < room ? len : room);
}

/* --- files --- */

static struct tl_smb_file *file_of(struct tl_dissection *d, struct tl_smb_flow *f, uint16_t fid, uint32_t off, bool on_wire)
{
    uint8_t id[2] = { (uint8_t)fid, (uint8_t)(fid >> 8) };
    struct tl_smb_file *file = tl_smb_file_find(f, id, 2);
    if (on_wire)
        tl_add(d, FID, off, 2, fid);
    if (file != NULL && file->name != 0 && tl_wants(d, FILE_NAME)) {
        struct tl_bytes name = tl_kept(d, file->name);
        tl_add_text(d, FILE_NAME, off, 2, name.data, name.len);
    }
    return file;
}

/* The file of the request that a response answers. */
static struct tl_smb_file *file_of_request(struct tl_dissection *d, struct tl_smb_flow *f, const struct smb1 *m,
                                           const struct tl_smb_pending *p)
{
    return p != NULL ? file_of(d, f, tl_load_le16(p->file), m->start, false) : NULL;
}

static struct tl_smb_pending *wait_for(struct tl_dissection *d, struct tl_smb_flow *f, const struct smb1 *m, uint16_t fid)
{
    struct tl_smb_pending *p = tl_smb_pending_add(d, f, m->key, m->command);
    p->file[0] = (uint8_t)fid;
    p->file[1] = (uint8_t)(fid >> 8);
    p->tree = m->tree;
    return p;
}

static void file_times(struct tl_dissection *d, const uint8_t *p, int64_t times[4])
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t value = tl_load_le64(p + 8 * i);
        times[i] = tl_smb_time(value);
        if (value != 0)
            tl_add(d, CREATED + i, off_of(d, p) + 8 * i, 8, (uint64_t)times[i]);
    }
}

/* The size and the type of the share: 0 with a path, it was read from the response (2.2.4.64). */
static void opened(struct tl_dissection *d, struct tl_smb_flow *f, const struct smb1 *m, uint16_t fid, uint64_t size,
                   const int64_t times[4], bool pipe)
{
    uint8_t id[2] = { (uint8_t)fid, (uint8_t)(fid >> 8) };
    struct tl_smb_pending *p = tl_smb_pending_find(f, m->key, m->command);
    if (p == NULL)
        return;
    bool delete = p->delete_on_close;
    struct tl_smb_tree *tree = tl_smb_tree_find(f, m->tree, 0);
    struct tl_smb_file *file = tl_smb_file_add(d, f, id, 2, p);
    struct tl_bytes none = { NULL, 0 }, name = file->name != 0 ? tl_kept(d, file->name) : none;
    file->size = size;
    file->pipe = pipe || (tree != NULL && tree->type == SMB_PIPE);
    if (times != NULL) {
        file->has_times = true;
        memcpy(file->times, times, sizeof file->times);
    }
    if (file->name != 0 && tl_wants(d, FILE_NAME))
        tl_add_text(d, FILE_NAME, m->start, 0, name.data, name.len);
    if (!file->pipe)
        tl_smb_emit_file(d, f, "SMB::FILE_OPEN", file, name, none);
    if (delete && !file->pipe)
        tl_smb_emit_file(d, f, "SMB::FILE_DELETE", file, name, none);
}

static void create_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    if (m->words.len < 48)
        return;
    uint32_t len = tl_load_le16(m->words.data + 5), off = off_of(d, m->words.data);
    tl_add(d, DISPOSITION, off + 35, 4, dword_at(m, 35));
    struct tl_bytes from = m->bytes;
    if (m->unicode && from.len > 0 && (off_of(d, from.data) - m->start) % 2 != 0)
        from = tl_bytes_of(from.data + 1, from.len - 1);
    struct tl_bytes name = tl_bytes_of(from.data, len < from.len ? len : from.len);
    while (m->unicode && name.len >= 2 && name.data[name.len - 1] == 0 && name.data[name.len - 2] == 0)
        name.len -= 2;
    show_text(d, FILE_NAME, name, m->unicode);
    struct tl_smb_pending *p = wait_for(d, f, m, 0);
    p->name = tl_smb_keep(d, name, m->unicode);
    p->delete_on_close = (dword_at(m, 39) & 0x1000) != 0;
}

static void create_response(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    int64_t times[4];
    if (m->words.len < 68)
        return;
    const uint8_t *p = m->words.data;
    uint16_t fid = tl_load_le16(p + 5), type = tl_load_le16(p + 63);
    tl_add(d, FID, off_of(d, p) + 5, 2, fid);
    file_times(d, p + 11, times);
    tl_add(d, ALLOCATION, off_of(d, p) + 47, 8, tl_load_le64(p + 47));
    tl_add(d, SIZE, off_of(d, p) + 55, 8, tl_load_le64(p + 55));
    opened(d, f, m, fid, tl_load_le64(p + 55), times, type == 1 || type == 2);
}

static void open_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    struct tl_bytes from = m->bytes, name = text(d, m, &from, FILE_NAME);
    wait_for(d, f, m, 0)->name = tl_smb_keep(d, name, m->unicode);
}

static void open_response(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    if (m->words.len < 24)
        return;
    tl_add(d, FID, off_of(d, m->words.data) + 4, 2, word(m, 2));
    opened(d, f, m, word(m, 2), dword_at(m, 12), NULL, false);
}

static void close_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    if (m->words.len < 2)
        return;
    (void)file_of(d, f, word(m, 0), off_of(d, m->words.data), true);
    (void)wait_for(d, f, m, word(m, 0));
}

static void read_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    if (m->words.len < 20)
        return;
    uint32_t off = off_of(d, m->words.data);
    (void)file_of(d, f, word(m, 2), off + 4, true);
    uint64_t offset = dword_at(m, 6) | (m->words.len >= 24 ? (uint64_t)dword_at(m, 20) << 32 : 0);
    tl_add(d, OFFSET, off + 6, 4, offset);
    tl_add(d, DATA_LEN, off + 10, 2, word(m, 5));
    wait_for(d, f, m, word(m, 2))->offset = offset;
}

static void pass(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m, struct tl_smb_file *file, unsigned which,
                 uint64_t offset, struct tl_bytes data, uint32_t len)
{
    if (data.len > 0)
        tl_add(d, DATA, off_of(d, data.data), data.len, 0);
    if (file == NULL || data.data == NULL)
        return;
    if (file->pipe && data.len < len && d->c.end < d->c.wire_end) /* a part of a message: the pipe is not read on */
        return;
    if (file->pipe) {
        m->pipe = data;
        m->pipe_file = file;
    } else {
        tl_smb_data(d, f, file, which, offset, data, len);
    }
}

static void read_response(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m, uint32_t end)
{
    const struct tl_smb_pending *p = tl_smb_pending_find(f, m->key, m->command);
    if (m->words.len < 24)
        return;
    struct tl_smb_file *file = file_of_request(d, f, m, p);
    uint32_t len = word(m, 5) | (uint32_t)word(m, 7) << 16;
    tl_add(d, DATA_LEN, off_of(d, m->words.data) + 10, 2, len);
    pass(d, f, m, file, 0, p != NULL ? p->offset : 0, buffer(d, m, word(m, 6), len, end), len);
}

static void write_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m, uint32_t end)
{
    if (m->words.len < 24)
        return;
    uint32_t off = off_of(d, m->words.data), len = word(m, 10) | (uint32_t)word(m, 9) << 16;
    struct tl_smb_file *file = file_of(d, f, word(m, 2), off + 4, true);
    uint64_t offset = dword_at(m, 6) | (m->words.len >= 28 ? (uint64_t)dword_at(m, 24) << 32 : 0);
    tl_add(d, OFFSET, off + 6, 4, offset);
    tl_add(d, DATA_LEN, off + 20, 2, len);
    (void)wait_for(d, f, m, word(m, 2));
    pass(d, f, m, file, 1, offset, buffer(d, m, word(m, 11), len, end), len);
}

/* Old and new name after a byte 4 each (2.2.4.8). */
static void rename_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    struct tl_smb_file file = { .tree = m->tree, .ts = d->frame->ts };
    struct tl_bytes from = m->bytes;
    if (from.len < 2)
        return;
    from = tl_bytes_of(from.data + 1, from.len - 1);
    struct tl_bytes old = text(d, m, &from, OLD_FILE);
    if (from.len > 0)
        from = tl_bytes_of(from.data + 1, from.len - 1);
    struct tl_bytes name = text(d, m, &from, FILE_NAME);
    uint32_t kept = tl_smb_keep(d, name, m->unicode), kept_old = tl_smb_keep(d, old, m->unicode);
    if (kept != 0 && kept_old != 0)
        tl_smb_emit_file(d, f, "SMB::FILE_RENAME", &file, tl_kept(d, kept), tl_kept(d, kept_old));
    if (kept != 0)
        tl_forget(d, kept);
    if (kept_old != 0)
        tl_forget(d, kept_old);
}

/* A name after a byte 4. */
static void name_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    struct tl_bytes from = m->bytes;
    if (from.len < 2)
        return;
    from = tl_bytes_of(from.data + 1, from.len - 1);
    struct tl_bytes name = text(d, m, &from, FILE_NAME);
    if (m->command == DELETE)
        wait_for(d, f, m, 0)->name = tl_smb_keep(d, name, m->unicode);
}

static void deleted(struct tl_dissection *d, struct tl_smb_flow *f, const struct smb1 *m)
{
    const struct tl_smb_pending *p = tl_smb_pending_find(f, m->key, m->command);
    if (p == NULL || p->name == 0)
        return;
    struct tl_smb_file file = { .tree = m->tree, .ts = p->ts };
    tl_smb_emit_file(d, f, "SMB::FILE_DELETE", &file, tl_kept(d, p->name), (struct tl_bytes){ NULL, 0 });
}

/* --- sessions and trees --- */

static void negotiate(struct tl_dissection *d, struct smb1 *m)
{
    if (!m->response) {
        struct tl_bytes from = m->bytes;
        while (from.len > 1 && from.data[0] == 2) { /* a byte 2, a name, NUL */
            from = tl_bytes_of(from.data + 1, from.len - 1);
            show_text(d, DIALECT, take_text(d, m, &from, false), false);
        }
        return;
    }
    if (m->words.len >= 2)
        tl_add(d, DIALECT_INDEX, off_of(d, m->words.data), 2, word(m, 0));
    if (m->words.len < 34)
        return;
    tl_add_all_bits(d, SIGN_ENABLED, SIGN_REQUIRED, off_of(d, m->words.data) + 2, 1, m->words.data[2]);
    if (m->extended && m->bytes.len > 16 && d->c.end >= d->c.wire_end) /* a cut token would be read wrongly */
        m->token = tl_bytes_of(m->bytes.data + 16, m->bytes.len - 16);
}

static void setup(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    struct tl_bytes from = m->bytes;
    uint32_t words = m->words.len / 2, blob = 0;
    if (!m->response && words == 12)
        blob = word(m, 7);
    else if (m->response && words == 4)
        blob = word(m, 3);
    if (m->response && words >= 3)
        tl_add_bits(d, GUEST, off_of(d, m->words.data) + 4, 2, word(m, 2));
    if (blob > 0) {
        tl_add(d, BLOB_LEN, off_of(d, m->words.data) + (m->response ? 6u : 14u), 2, blob);
        uint32_t there = blob < from.len ? blob : from.len;
        if (there == blob || d->c.end >= d->c.wire_end) /* of a part of a message only a whole token */
            m->token = tl_bytes_of(from.data, there);
        from = tl_bytes_of(from.data + there, from.len - there);
    } else if (!m->response && words == 13) { /* two passwords, or what was computed from them */
        for (unsigned i = 0; i < 2; i++) {
            uint32_t len = word(m, 7 + i) < from.len ? word(m, 7 + i) : from.len;
            struct tl_bytes password = { from.data, len };
            tl_hide(d, password);
            if (len > 0)
                tl_add(d, PASSWORD, off_of(d, password.data), len, 0);
            from = tl_bytes_of(from.data + len, from.len - len);
        }
        struct tl_bytes user = text(d, m, &from, ACCOUNT), domain = text(d, m, &from, DOMAIN_NAME);
        if (user.len > 0) {
            f->gss.mechanism = TL_GSS_NTLM;
            f->gss.user = tl_gss_keep_utf16(d, f->gss.user, user, m->unicode);
            f->gss.domain = tl_gss_keep_utf16(d, f->gss.domain, domain, m->unicode);
            f->gss.waits = true;
            f->gss.ts = d->frame->ts;
        }
    }
    (void)text(d, m, &from, OS);
    (void)text(d, m, &from, LANMAN);
    if (m->response && (blob == 0 || words == 4))
        (void)text(d, m, &from, DOMAIN_NAME);
}

static void connect_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    struct tl_bytes from = m->bytes;
    uint32_t len = word(m, 3) < from.len ? word(m, 3) : from.len;
    if (m->words.len < 8)
        return;
    tl_hide(d, tl_bytes_of(from.data, len));
    if (len > 1)
        tl_add(d, PASSWORD, off_of(d, from.data), len, 0);
    from = tl_bytes_of(from.data + len, from.len - len);
    struct tl_bytes path = text(d, m, &from, PATH);
    show_text(d, SERVICE, take_text(d, m, &from, false), false);
    tl_smb_pending_add(d, f, m->key, TREE_CONNECT)->name = tl_smb_keep(d, path, m->unicode);
}

static void connect_response(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    struct tl_smb_pending *p = tl_smb_pending_find(f, m->key, TREE_CONNECT);
    struct tl_bytes from = m->bytes, service = take_text(d, m, &from, false);
    show_text(d, SERVICE, service, false);
    struct tl_bytes system = text(d, m, &from, FILE_SYSTEM);
    if (p == NULL)
        return;
    uint8_t type = service.len >= 3 && memcmp(service.data, "IPC", 3) == 0 ? SMB_PIPE :
                   service.len >= 3 && memcmp(service.data, "LPT", 3) == 0 ? SMB_PRINT : SMB_DISK;
    uint32_t kept = tl_smb_keep(d, system, m->unicode);
    tl_smb_emit_mapping(d, p->ts, p->name, type, service, kept != 0 ? tl_kept(d, kept) : (struct tl_bytes){ NULL, 0 });
    if (kept != 0)
        tl_forget(d, kept);
    tl_smb_tree_add(d, f, m->tree, 0, p->name, type);
    p->name = 0;
}

/* --- transactions --- */

/* The setup words name a pipe: TransactNmPipe (0x26), and others. */
/* \MAILSLOT\.. in either character set: its set-up words have no file (MS-MAIL section 2.2.1). */
static bool is_mailslot(struct tl_bytes name)
{
    return name.len > 2 && name.data[0] == '\\' && (name.data[1] == 'M' || (name.data[1] == 0 && name.data[2] == 'M'));
}

static void trans(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m, uint32_t end)
{
    if (!m->response && m->words.len >= 28) {
        struct tl_bytes from = m->bytes;
        bool piped = !is_mailslot(text(d, m, &from, TRANS_NAME)) && m->words.data[26] >= 2;
        uint16_t fid = piped && m->words.len >= 32 ? word(m, 15) : 0;
        struct tl_smb_file *file = NULL;
        if (piped)
            file = file_of(d, f, fid, off_of(d, m->words.data) + 30, true);
        (void)wait_for(d, f, m, fid);
        pass(d, f, m, file != NULL && file->pipe ? file : NULL, 1, 0, buffer(d, m, word(m, 12), word(m, 11), end), word(m, 11));
    } else if (m->response && m->words.len >= 20) {
        struct tl_smb_file *file = file_of_request(d, f, m, tl_smb_pending_find(f, m->key, m->command));
        pass(d, f, m, file != NULL && file->pipe ? file : NULL, 0, 0, buffer(d, m, word(m, 7), word(m, 6), end), word(m, 6));
    }
}

/* Names in the parameters of the usual subcommands (MS-CIFS section 2.2.6). */
static void trans2_request(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m, uint32_t end)
{
    if (m->words.len < 30)
        return;
    uint16_t sub = word(m, 14);
    tl_add(d, TRANS2, off_of(d, m->words.data) + 28, 2, sub);
    struct tl_bytes parameters = buffer(d, m, word(m, 10), word(m, 9), end);
    uint32_t skip = sub == 1 ? 12 : sub == 5 || sub == 6 ? 6 : sub == 0 ? 28 : 0;
    struct tl_smb_pending *p = wait_for(d, f, m, 0);
    p->level = (uint8_t)sub;
    if ((sub == 7 || sub == 8) && parameters.len >= 2) {
        uint16_t fid = tl_load_le16(parameters.data);
        (void)file_of(d, f, fid, off_of(d, parameters.data), true);
        memcpy(p->file, parameters.data, 2);
    } else if (skip > 0 && parameters.len > skip) {
        struct tl_bytes name = tl_bytes_of(parameters.data + skip, parameters.len - skip);
        while (m->unicode && name.len >= 2 && name.data[name.len - 1] == 0 && name.data[name.len - 2] == 0)
            name.len -= 2;
        while (!m->unicode && name.len > 0 && name.data[name.len - 1] == 0)
            name.len--;
        show_text(d, sub == 1 ? PATTERN : FILE_NAME, name, m->unicode);
    }
}

/* --- all --- */

static void command(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m, uint32_t end)
{
    bool r = m->response;
    switch (m->command) {
    case NEGOTIATE: negotiate(d, m); break;
    case SETUP: setup(d, f, m); break;
    case TREE_CONNECT: r ? connect_response(d, f, m) : connect_request(d, f, m); break;
    case TREE_DISCONNECT:
        if (r)
            tl_smb_tree_drop(d, f, m->tree, 0);
        break;
    case NT_CREATE: r ? create_response(d, f, m) : create_request(d, f, m); break;
    case OPEN_ANDX: r ? open_response(d, f, m) : open_request(d, f, m); break;
    case CLOSE:
        if (!r) {
            close_request(d, f, m);
        } else {
            struct tl_smb_file *file = file_of_request(d, f, m, tl_smb_pending_find(f, m->key, CLOSE));
            if (file != NULL)
                tl_smb_file_close(d, f, file);
        }
        break;
    case READ_ANDX: r ? read_response(d, f, m, end) : read_request(d, f, m); break;
    case WRITE_ANDX:
        if (r)
            (void)file_of_request(d, f, m, tl_smb_pending_find(f, m->key, WRITE_ANDX));
        else
            write_request(d, f, m, end);
        break;
    case RENAME:
        if (!r)
            rename_request(d, f, m);
        break;
    case DELETE: r ? deleted(d, f, m) : name_request(d, f, m); break;
    case 0: case 1: case 8: case 0x10:
        if (!r)
            name_request(d, f, m);
        break;
    case TRANS: trans(d, f, m, end); break;
    case TRANS2_CMD:
        if (r)
            (void)file_of_request(d, f, m, tl_smb_pending_find(f, m->key, TRANS2_CMD));
        else
            trans2_request(d, f, m, end);
        break;
    default: break;
    }
    struct tl_smb_pending *p = r ? tl_smb_pending_find(f, m->key, m->command) : NULL;
    if (p != NULL)
        tl_smb_pending_drop(d, p);
}

static bool has_andx(uint8_t cmd)
{
    return cmd == 0x24 || cmd == OPEN_ANDX || cmd == READ_ANDX || cmd == WRITE_ANDX || (cmd >= SETUP && cmd <= TREE_CONNECT) ||
           cmd == NT_CREATE;
}

/* Words and bytes of each command in the chain (MS-CIFS section 2.2.3.4). */
static void chain(struct tl_dissection *d, struct tl_smb_flow *f, struct smb1 *m)
{
    uint32_t end = d->c.end;
    for (unsigned i = 0; i < CHAIN_MOST && tl_ok(d); i++) {
        uint32_t words = 2u * tl_u8(d, WORDS), left;
        const uint8_t *p = tl_cursor_take(&d->c, words);
        if (p == NULL)
            return;
        m->words = tl_bytes_of(p, words);
        uint32_t count = tl_le16(d, BYTES);
        left = tl_cursor_left(&d->c);
        m->bytes = tl_bytes_of(d->c.base + d->c.off, count < left ? count : left);
        if (!tl_ok(d))
            return;
        uint8_t next = has_andx(m->command) && words >= 4 ? p[0] : NONE;
        if (has_andx(m->command) && words >= 4)
            tl_add(d, CMD, off_of(d, p), 1, next);
        command(d, f, m, end);
        uint32_t offset = words >= 4 ? tl_load_le16(p + 2) : 0;
        if (next == NONE || offset < HEADER || m->start + offset < d->c.off || offset >= end - m->start)
            return;
        m->command = next;
        d->c.off = m->start + offset;
    }
}

static void header(struct tl_dissection *d, struct smb1 *m)
{
    m->start = d->c.off;
    tl_skip(d, 4);
    m->command = tl_u8(d, CMD);
    if (tl_ok(d))
        tl_add(d, LINE_CMD, d->c.off - 1, 1, m->command);
    const uint8_t *rest = tl_cursor_peek(&d->c, 0, 7);
    bool nt = rest == NULL || (tl_load_le16(rest + 5) & 0x4000) != 0;
    if (nt) {
        m->status = tl_le32(d, STATUS);
        if (m->status != 0)
            tl_add(d, LINE_STATUS, d->c.off - 4, 4, m->status);
    } else { /* the status of DOS (MS-CIFS section 2.2.3.1) */
        uint8_t class = tl_u8(d, ERROR_CLASS);
        tl_skip(d, 1);
        m->status = class != 0 ? UINT32_MAX : 0;
        tl_le16(d, ERROR_CODE);
    }
    uint8_t flags = tl_u8(d, FLAGS);
    if (tl_ok(d))
        tl_add_bits(d, RESPONSE, d->c.off - 1, 1, flags);
    uint16_t more = tl_le16(d, FLAGS2);
    if (tl_ok(d))
        tl_add_all_bits(d, SIGNATURES, UNICODE, d->c.off - 2, 2, more);
    tl_le16(d, PID_HIGH);
    tl_run(d, SIGNATURE, 8);
    tl_skip(d, 2);
    m->tree = tl_le16(d, TID);
    uint16_t pid = tl_le16(d, PID);
    tl_le16(d, UID);
    m->mid = tl_le16(d, MID);
    m->response = (flags & 0x80) != 0;
    m->unicode = (more & 0x8000) != 0;
    m->extended = (more & 0x800) != 0;
    m->key = (uint64_t)pid << 16 | m->mid;
}

static void show_path(struct tl_dissection *d, struct tl_smb_flow *f, const struct smb1 *m)
{
    const struct tl_smb_tree *tree = tl_smb_tree_find(f, m->tree, 0);
    const struct tl_smb_pending *p = m->response && m->command == TREE_CONNECT ? tl_smb_pending_find(f, m->key, TREE_CONNECT) : NULL;
    uint32_t kept = p != NULL ? p->name : tree != NULL ? tree->path : 0;
    if (kept == 0 || !tl_wants(d, PATH) || (m->command == TREE_CONNECT && !m->response))
        return;
    struct tl_bytes path = tl_kept(d, kept);
    tl_add_text(d, PATH, m->start + 24, 2, path.data, path.len);
}

void tl_smb1_read(struct tl_dissection *d, struct tl_smb_flow *f)
{
    struct smb1 m = { .start = d->c.off };
    uint8_t side = d->flow.side;
    header(d, &m);
    if (!tl_ok(d))
        return;
    f->version_1 = true;
    if (!f->server_known) {
        f->server_known = true;
        f->server = m.response ? side : side ^ 1u;
    }
    show_path(d, f, &m);
    uint8_t first = m.command;
    chain(d, f, &m);
    f->after.token = m.token;
    f->after.pipe = m.pipe;
    f->after.file = m.pipe_file != NULL ? (uint32_t)(m.pipe_file - f->files) + 1 : 0;
    f->after.from_client = !m.response;
    f->after.setup_done = first == SETUP && m.response && m.status != 0xc0000016;
    f->after.accepted = m.status == 0;
}

const struct tl_protocol tl_protocol_smb = {
    .name = "smb",
    .title = "Server Message Block",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .info = "[{line.cmd}][, user {primary_domain}\\\\{account}][, {file}][, tree {path}][, {line.status}]",
};
