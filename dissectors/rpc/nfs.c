/* nfs.c - Network File System versions 2 (RFC 1094) and 3 (RFC 1813): procedures, handles, names, status. */
#include "dissectors/rpc/rpc.h"

#include "dissectors/gss/gss.h"

extern const struct tl_protocol tl_protocol_nfs;

static const struct tl_name proc2[] = {
    { 0, "NULL" }, { 1, "GETATTR" }, { 2, "SETATTR" }, { 3, "ROOT" }, { 4, "LOOKUP" }, { 5, "READLINK" }, { 6, "READ" },
    { 7, "WRITECACHE" }, { 8, "WRITE" }, { 9, "CREATE" }, { 10, "REMOVE" }, { 11, "RENAME" }, { 12, "LINK" },
    { 13, "SYMLINK" }, { 14, "MKDIR" }, { 15, "RMDIR" }, { 16, "READDIR" }, { 17, "STATFS" }, { 0, NULL },
};
static const struct tl_name proc3[] = {
    { 0, "NULL" }, { 1, "GETATTR" }, { 2, "SETATTR" }, { 3, "LOOKUP" }, { 4, "ACCESS" }, { 5, "READLINK" }, { 6, "READ" },
    { 7, "WRITE" }, { 8, "CREATE" }, { 9, "MKDIR" }, { 10, "SYMLINK" }, { 11, "MKNOD" }, { 12, "REMOVE" }, { 13, "RMDIR" },
    { 14, "RENAME" }, { 15, "LINK" }, { 16, "READDIR" }, { 17, "READDIRPLUS" }, { 18, "FSSTAT" }, { 19, "FSINFO" },
    { 20, "PATHCONF" }, { 21, "COMMIT" }, { 0, NULL },
};
static const struct tl_name proc4[] = { { 0, "NULL" }, { 1, "COMPOUND" }, { 0, NULL } };
static const struct tl_name statuses[] = {
    { 0, "NFS_OK" }, { 1, "ERR_PERM" }, { 2, "ERR_NOENT" }, { 5, "ERR_IO" }, { 6, "ERR_NXIO" }, { 13, "ERR_ACCESS" },
    { 17, "ERR_EXIST" }, { 18, "ERR_XDEV" }, { 19, "ERR_NODEV" }, { 20, "ERR_NOTDIR" }, { 21, "ERR_ISDIR" },
    { 22, "ERR_INVAL" }, { 27, "ERR_FBIG" }, { 28, "ERR_NOSPC" }, { 30, "ERR_ROFS" }, { 31, "ERR_MLINK" },
    { 63, "ERR_NAMETOOLONG" }, { 66, "ERR_NOTEMPTY" }, { 69, "ERR_DQUOT" }, { 70, "ERR_STALE" }, { 71, "ERR_REMOTE" },
    { 10001, "ERR_BADHANDLE" }, { 10002, "ERR_NOT_SYNC" }, { 10003, "ERR_BAD_COOKIE" }, { 10004, "ERR_NOTSUPP" },
    { 10005, "ERR_TOOSMALL" }, { 10006, "ERR_SERVERFAULT" }, { 10007, "ERR_BADTYPE" }, { 10008, "ERR_DELAY" },
    { 10009, "ERR_SAME" }, { 10010, "ERR_DENIED" }, { 10011, "ERR_EXPIRED" }, { 10012, "ERR_LOCKED" }, { 10013, "ERR_GRACE" },
    { 10014, "ERR_FHEXPIRED" }, { 10015, "ERR_SHARE_DENIED" }, { 10016, "ERR_WRONGSEC" }, { 10017, "ERR_CLID_INUSE" },
    { 10018, "ERR_RESOURCE" }, { 10019, "ERR_MOVED" }, { 10020, "ERR_NOFILEHANDLE" }, { 10021, "ERR_MINOR_VERS_MISMATCH" },
    { 10022, "ERR_STALE_CLIENTID" }, { 10023, "ERR_STALE_STATEID" }, { 10024, "ERR_OLD_STATEID" },
    { 10025, "ERR_BAD_STATEID" }, { 10026, "ERR_BAD_SEQID" }, { 10027, "ERR_NOT_SAME" }, { 10028, "ERR_LOCK_RANGE" },
    { 10029, "ERR_SYMLINK" }, { 10036, "ERR_BADXDR" }, { 10037, "ERR_LOCKS_HELD" }, { 10052, "ERR_BADSESSION" },
    { 10053, "ERR_BADSLOT" }, { 10054, "ERR_COMPLETE_ALREADY" }, { 10063, "ERR_SEQ_MISORDERED" }, { 0, NULL },
};
static const struct tl_name operations[] = {
    { 3, "ACCESS" }, { 4, "CLOSE" }, { 5, "COMMIT" }, { 6, "CREATE" }, { 7, "DELEGPURGE" }, { 8, "DELEGRETURN" },
    { 9, "GETATTR" }, { 10, "GETFH" }, { 11, "LINK" }, { 12, "LOCK" }, { 13, "LOCKT" }, { 14, "LOCKU" }, { 15, "LOOKUP" },
    { 16, "LOOKUPP" }, { 17, "NVERIFY" }, { 18, "OPEN" }, { 19, "OPENATTR" }, { 20, "OPEN_CONFIRM" },
    { 21, "OPEN_DOWNGRADE" }, { 22, "PUTFH" }, { 23, "PUTPUBFH" }, { 24, "PUTROOTFH" }, { 25, "READ" }, { 26, "READDIR" },
    { 27, "READLINK" }, { 28, "REMOVE" }, { 29, "RENAME" }, { 30, "RENEW" }, { 31, "RESTOREFH" }, { 32, "SAVEFH" },
    { 33, "SECINFO" }, { 34, "SETATTR" }, { 35, "SETCLIENTID" }, { 36, "SETCLIENTID_CONFIRM" }, { 37, "VERIFY" },
    { 38, "WRITE" }, { 39, "RELEASE_LOCKOWNER" }, { 40, "BACKCHANNEL_CTL" }, { 41, "BIND_CONN_TO_SESSION" },
    { 42, "EXCHANGE_ID" }, { 43, "CREATE_SESSION" }, { 44, "DESTROY_SESSION" }, { 45, "FREE_STATEID" },
    { 46, "GET_DIR_DELEGATION" }, { 47, "GETDEVICEINFO" }, { 48, "GETDEVICELIST" }, { 49, "LAYOUTCOMMIT" },
    { 50, "LAYOUTGET" }, { 51, "LAYOUTRETURN" }, { 52, "SECINFO_NO_NAME" }, { 53, "SEQUENCE" }, { 54, "SET_SSV" },
    { 55, "TEST_STATEID" }, { 56, "WANT_DELEGATION" }, { 57, "DESTROY_CLIENTID" }, { 58, "RECLAIM_COMPLETE" },
    { 59, "ALLOCATE" }, { 60, "COPY" }, { 61, "COPY_NOTIFY" }, { 62, "DEALLOCATE" }, { 63, "IO_ADVISE" },
    { 64, "LAYOUTERROR" }, { 65, "LAYOUTSTATS" }, { 66, "OFFLOAD_CANCEL" }, { 67, "OFFLOAD_STATUS" }, { 68, "READ_PLUS" },
    { 69, "SEEK" }, { 70, "WRITE_SAME" }, { 71, "CLONE" }, { 72, "GETXATTR" }, { 73, "SETXATTR" }, { 74, "LISTXATTRS" },
    { 75, "REMOVEXATTR" }, { 0, NULL },
};

static const struct tl_field fields[NFS_FIELDS] = {
    [NFS_VERSION] = { "rpc.programversion", "Version", .type = TL_U32, .flags = TL_REPEATS | TL_HIDDEN },
    [NFS_PROC2] = { "nfs.procedure_v2", "Procedure", .type = TL_U32, .names = proc2 },
    [NFS_PROC3] = { "nfs.procedure_v3", "Procedure", .type = TL_U32, .names = proc3 },
    [NFS_PROC4] = { "nfs.procedure_v4", "Procedure", .type = TL_U32, .names = proc4 },
    [NFS_STATUS] = { "nfs.status", "Status", .type = TL_U32, .names = statuses, .flags = TL_REPEATS },
    [NFS_FH] = { "nfs.fhandle", "Handle", .type = TL_BYTES, .flags = TL_REPEATS },
    [NFS_NAME] = { "nfs.name", "Name", .type = TL_TEXT, .flags = TL_REPEATS },
    [NFS_OFFSET] = { "nfs.offset", "Offset", .type = TL_U64, .flags = TL_REPEATS },
    [NFS_COUNT] = { "nfs.count", "Bytes", .type = TL_U32, .flags = TL_REPEATS },
    [NFS_DATA] = { "nfs.data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [NFS_PATH] = { "nfs.path", "Path", .type = TL_TEXT, .flags = TL_REPEATS },
    [NFS_OPCODE] = { "nfs.opcode", "Operation", .type = TL_U32, .names = operations, .flags = TL_REPEATS },
    [NFS_TAG] = { "nfs.tag", "Tag", .type = TL_TEXT },
    [NFS_MINOR] = { "nfs.minorversion", "Minor version", .type = TL_U32 },
    [NFS_LINE_STATUS] = { "nfs.line.status", "Status", .type = TL_U32, .flags = TL_ONLY_LINE, .names = statuses },
};

enum { HANDLE_2 = 32 };

static uint64_t handle(struct tl_dissection *d, bool third)
{
    struct tl_bytes handle = { NULL, 0 };
    if (third) {
        handle = tl_xdr_opaque(d, NFS_FH, true);
    } else {
        handle = tl_bytes_of(tl_cursor_peek(&d->c, 0, HANDLE_2), HANDLE_2);
        tl_run(d, NFS_FH, HANDLE_2);
    }
    return tl_ok(d) && handle.len > 0 ? tl_nfs_handle(handle) : 0;
}

static void name(struct tl_dissection *d, struct tl_nfs *n, bool asks)
{
    struct tl_bytes name = tl_xdr_opaque(d, NFS_NAME, true);
    if (asks && name.data != NULL)
        tl_nfs_asks_name(d, n, name);
}

/* All of the data may not be there: the rest of a long message comes later. */
void tl_nfs_data(struct tl_dissection *d, struct tl_nfs *n, bool shown)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    uint32_t len = p != NULL ? tl_load_be32(p) : 0, left = tl_cursor_left(&d->c);
    bool fits = p != NULL && len <= tl_cursor_wire_left(&d->c) - 4;
    n->data = (struct tl_bytes){ p != NULL ? p + 4 : NULL, fits ? (left - 4 < len ? left - 4 : len) : 0 };
    n->data_len = fits ? len : 0;
    if (shown)
        (void)tl_xdr_opaque(d, NFS_DATA, true);
    else if (fits && n->data.len == len && len > 0)
        tl_add(d, NFS_DATA, d->c.off + 4, len, 0);
}

/* RFC 1813, section 2.6: an optional word. */
static void optional(struct tl_dissection *d, uint32_t len)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL && tl_load_be32(p) == 1)
        tl_skip(d, len);
}

/* SETATTR: a new size cuts the file. */
static void set_attributes_3(struct tl_dissection *d, struct tl_nfs *n, uint64_t file)
{
    struct tl_cursor c = d->c;
    optional(d, 4);
    optional(d, 4);
    optional(d, 4);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    if (tl_ok(d) && p != NULL && tl_load_be32(p) == 1)
        tl_nfs_cut(d, n, file);
    d->c = c;
}

static void call_3(struct tl_dissection *d, struct tl_nfs *n, uint32_t procedure)
{
    if (procedure == 0)
        return;
    uint64_t file = handle(d, true);
    switch (procedure) {
    case 2:
        if (n->files != NULL)
            set_attributes_3(d, n, file);
        break;
    case 3: case 8: name(d, n, true); break;
    case 9: case 10: case 11: case 12: case 13: name(d, n, false); break; /* a name in the directory */
    case 6: case 21:
        n->offset = tl_u64(d, NFS_OFFSET);
        tl_u32(d, NFS_COUNT);
        if (procedure == 6 && tl_ok(d))
            tl_nfs_asks_read(n, file, n->offset);
        break;
    case 7:
        n->offset = tl_u64(d, NFS_OFFSET);
        tl_u32(d, NFS_COUNT);
        tl_skip(d, 4);
        tl_nfs_data(d, n, true);
        tl_nfs_writes(d, n, file);
        break;
    case 14:
        name(d, n, false);
        (void)handle(d, true);
        name(d, n, false);
        break;
    case 15:
        (void)handle(d, true);
        name(d, n, false);
        break;
    default: break;
    }
}

static void call_2(struct tl_dissection *d, struct tl_nfs *n, uint32_t procedure)
{
    if (procedure == 0 || procedure == 3 || procedure == 7)
        return;
    uint64_t file = handle(d, false);
    switch (procedure) {
    case 4: case 9: name(d, n, true); break;
    case 10: case 13: case 14: case 15: name(d, n, false); break;
    case 6: {
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p != NULL)
            tl_add(d, NFS_OFFSET, d->c.off - 4, 4, tl_load_be32(p));
        tl_u32(d, NFS_COUNT);
        if (p != NULL && tl_ok(d))
            tl_nfs_asks_read(n, file, tl_load_be32(p));
        break;
    }
    case 8: { /* section 2.2.9: an offset that is not used, the offset, a length that is not used */
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 12);
        struct tl_cursor c = d->c;
        if (p == NULL || n->files == NULL)
            break;
        tl_skip(d, 12);
        n->offset = tl_load_be32(p + 4);
        tl_nfs_data(d, n, false);
        tl_nfs_writes(d, n, file);
        d->c = c;
        break;
    }
    case 11:
        name(d, n, false);
        (void)handle(d, false);
        name(d, n, false);
        break;
    case 12:
        (void)handle(d, false);
        name(d, n, false);
        break;
    default: break;
    }
}

/* RFC 1813, section 3.3: what follows the status. Without someone who reads files it is not read. */
static void reply_3(struct tl_dissection *d, struct tl_nfs *n, uint32_t procedure)
{
    enum { ATTRIBUTES = 84, SIZE = 20 };
    uint64_t size = UINT64_MAX;
    const uint8_t *p;
    switch (procedure) {
    case 3: tl_nfs_named(d, n, tl_xdr_opaque(d, NFS_FH, false)); break;
    case 8:
        p = tl_cursor_take(&d->c, 4);
        if (p != NULL && tl_load_be32(p) == 1)
            tl_nfs_named(d, n, tl_xdr_opaque(d, NFS_FH, false));
        break;
    case 6:
        p = tl_cursor_take(&d->c, 4);
        p = p != NULL && tl_load_be32(p) == 1 ? tl_cursor_take(&d->c, ATTRIBUTES) : NULL;
        if (p != NULL)
            size = tl_load_be64(p + SIZE);
        p = tl_cursor_take(&d->c, 8);
        n->eof = p != NULL && tl_load_be32(p + 4) == 1;
        tl_nfs_data(d, n, false);
        tl_nfs_has_read(d, n, size);
        break;
    default: break;
    }
}

static void reply_2(struct tl_dissection *d, struct tl_nfs *n, uint32_t procedure)
{
    enum { ATTRIBUTES = 68, SIZE = 20 };
    if (procedure == 4 || procedure == 9) {
        const uint8_t *p = tl_cursor_take(&d->c, HANDLE_2);
        if (p != NULL)
            tl_nfs_named(d, n, tl_bytes_of(p, HANDLE_2));
    } else if (procedure == 6) {
        const uint8_t *p = tl_cursor_take(&d->c, ATTRIBUTES);
        tl_nfs_data(d, n, false);
        if (p != NULL)
            tl_nfs_has_read(d, n, tl_load_be32(p + SIZE));
    }
}

static void reply(struct tl_dissection *d, struct tl_nfs *n, const struct tl_rpc_call *call)
{
    uint32_t status = tl_u32(d, NFS_STATUS);
    if (!tl_ok(d))
        return;
    if (status != 0)
        tl_add(d, NFS_LINE_STATUS, d->c.off - 4, 4, status);
    struct tl_cursor c = d->c;
    if (status == 0 && n->files != NULL)
        (call->version == 3 ? reply_3 : reply_2)(d, n, call->procedure);
    d->c = c;
}

void tl_nfs_read(struct tl_dissection *outer, const struct tl_rpc_call *call, bool is_reply, uint32_t *kept)
{
    struct tl_dissection d;
    struct tl_nfs n;
    uint32_t wire_end = outer->c.wire_end, p = call->procedure;
    tl_gss_inner_begin(outer, &d, &tl_protocol_nfs, tl_bytes_of(outer->c.base + outer->c.off, tl_cursor_left(&outer->c)));
    d.c.wire_end = wire_end;
    tl_nfs_begin(&d, &n, kept, call->xid, is_reply);
    tl_add(&d, NFS_VERSION, d.c.off, 0, call->version);
    if (call->version >= 2 && call->version <= 4)
        tl_add(&d, NFS_PROC2 + call->version - 2, d.c.off, 0, p);
    bool has_status = call->version == 2 ? p != 0 && p != 3 && p != 7 : p != 0;
    if (call->version == 4 && p == 1)
        tl_nfs4_read(&d, &n, is_reply);
    else if (is_reply && has_status && call->version < 4)
        reply(&d, &n, call);
    else if (!is_reply && call->version == 3)
        call_3(&d, &n, p);
    else if (!is_reply && call->version == 2)
        call_2(&d, &n, p);
    tl_gss_inner_end(outer, &d);
}

const struct tl_protocol tl_protocol_nfs = {
    .name = "nfs",
    .title = "Network File System",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .info = "[{procedure_v2}][{procedure_v3}][{procedure_v4}][ {opcode,}][ {name,}][, {line.status}]",
};
