/* portmap.c - the programs that say where others are: portmap and rpcbind (RFC 1833), mount (RFC 1813 appendix I). */
#include "dissectors/rpc/rpc.h"

#include "dissectors/gss/gss.h"

extern const struct tl_protocol tl_protocol_portmap, tl_protocol_mount;

enum { P_VERSION, P_PROC2, P_PROC3, P_PROG, P_VERS, P_PROTO, P_PORT, P_R_PROG, P_R_VERS, P_NETID, P_ADDR, P_R_ADDR, P_OWNER, P_FIELDS };

static const struct tl_name proc2[] = {
    { 0, "NULL" }, { 1, "SET" }, { 2, "UNSET" }, { 3, "GETPORT" }, { 4, "DUMP" }, { 5, "CALLIT" }, { 0, NULL },
};
static const struct tl_name proc3[] = {
    { 0, "NULL" }, { 1, "SET" }, { 2, "UNSET" }, { 3, "GETADDR" }, { 4, "DUMP" }, { 5, "CALLIT" }, { 6, "GETTIME" },
    { 7, "UADDR2TADDR" }, { 8, "TADDR2UADDR" }, { 9, "GETVERSADDR" }, { 10, "INDIRECT" }, { 11, "GETADDRLIST" },
    { 12, "GETSTAT" }, { 0, NULL },
};
static const struct tl_name protos[] = { { 6, "TCP" }, { 17, "UDP" }, { 0, NULL } };

static const struct tl_field portmap_fields[P_FIELDS] = {
    [P_VERSION] = { "rpc.programversion", "Version", .type = TL_U32, .flags = TL_REPEATS | TL_HIDDEN },
    [P_PROC2] = { "portmap.procedure_v2", "Procedure", .type = TL_U32, .names = proc2 },
    [P_PROC3] = { "portmap.procedure_v3", "Procedure", .type = TL_U32, .names = proc3 },
    [P_PROG] = { "portmap.prog", "Program", .type = TL_U32, .names = tl_rpc_programs, .flags = TL_REPEATS },
    [P_VERS] = { "portmap.version", "Version of the program", .type = TL_U32, .flags = TL_REPEATS },
    [P_PROTO] = { "portmap.proto", "Transport", .type = TL_U32, .names = protos, .flags = TL_REPEATS },
    [P_PORT] = { "portmap.port", "Port", .type = TL_U32, .flags = TL_REPEATS },
    [P_R_PROG] = { "portmap.rpcb.prog", "Program", .type = TL_U32, .names = tl_rpc_programs, .flags = TL_REPEATS },
    [P_R_VERS] = { "portmap.rpcb.version", "Version of the program", .type = TL_U32, .flags = TL_REPEATS },
    [P_R_ADDR] = { "portmap.rpcb.addr", "Address", .type = TL_TEXT, .flags = TL_REPEATS },
    [P_NETID] = { "portmap.rpcb.netid", "Network", .type = TL_TEXT, .flags = TL_REPEATS },
    [P_ADDR] = { "portmap.uaddr", "Address", .type = TL_TEXT, .flags = TL_REPEATS },
    [P_OWNER] = { "portmap.rpcb.owner", "Owner", .type = TL_TEXT, .flags = TL_REPEATS },
};

static struct tl_bytes rest(const struct tl_dissection *d)
{
    return tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
}

static void mapping(struct tl_dissection *d, bool port)
{
    tl_u32(d, P_PROG);
    tl_u32(d, P_VERS);
    tl_u32(d, P_PROTO);
    if (port)
        tl_u32(d, P_PORT);
    else
        tl_skip(d, 4);
}

static void rpcb(struct tl_dissection *d)
{
    tl_u32(d, P_R_PROG);
    tl_u32(d, P_R_VERS);
    (void)tl_xdr_opaque(d, P_NETID, true);
    (void)tl_xdr_opaque(d, P_R_ADDR, true);
    (void)tl_xdr_opaque(d, P_OWNER, true);
}

/* A list in which each entry follows a one, and a zero ends it. */
static bool another(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    return p != NULL && tl_load_be32(p) == 1;
}

void tl_portmap_read(struct tl_dissection *outer, const struct tl_rpc_call *call, bool reply)
{
    struct tl_dissection d;
    uint32_t wire_end = outer->c.wire_end;
    tl_gss_inner_begin(outer, &d, &tl_protocol_portmap, rest(outer));
    d.c.wire_end = wire_end;
    bool second = call->version == 2;
    tl_add(&d, P_VERSION, d.c.off, 0, call->version);
    tl_add(&d, second ? P_PROC2 : P_PROC3, d.c.off, 0, call->procedure);
    if (call->procedure == 4 && reply) {
        while (tl_ok(&d) && another(&d))
            second ? mapping(&d, true) : rpcb(&d);
    } else if (!reply && (call->procedure <= 3 || call->procedure == 9) && call->procedure > 0) {
        second ? mapping(&d, call->procedure == 1) : rpcb(&d);
    } else if (reply && call->procedure == 3 && second) {
        tl_u32(&d, P_PORT);
    } else if (reply && (call->procedure == 3 || call->procedure == 9)) {
        (void)tl_xdr_opaque(&d, P_ADDR, true);
    }
    tl_gss_inner_end(outer, &d);
}

const struct tl_protocol tl_protocol_portmap = {
    .name = "portmap",
    .title = "Portmap",
    .kind = TL_KIND_APPLICATION,
    .fields = portmap_fields,
    .field_count = P_FIELDS,
    .info = "[{procedure_v2}][{procedure_v3}][ {prog}][ v{version}][ {rpcb.prog}][ v{rpcb.version}][, port {port,}][, {uaddr}]",
};

enum { M_VERSION, M_PROC, M_PATH, M_STATUS, M_EXPORT, M_GROUP, M_HOST, M_FIELDS };

static const struct tl_name mount_procs[] = {
    { 0, "NULL" }, { 1, "MNT" }, { 2, "DUMP" }, { 3, "UMNT" }, { 4, "UMNTALL" }, { 5, "EXPORT" }, { 0, NULL },
};
static const struct tl_name mount_statuses[] = {
    { 0, "OK" }, { 1, "ERR_PERM" }, { 2, "ERR_NOENT" }, { 5, "ERR_IO" }, { 13, "ERR_ACCESS" }, { 20, "ERR_NOTDIR" },
    { 22, "ERR_INVAL" }, { 63, "ERR_NAMETOOLONG" }, { 10004, "ERR_NOTSUPP" }, { 10006, "ERR_SERVERFAULT" }, { 0, NULL },
};

static const struct tl_field mount_fields[M_FIELDS] = {
    [M_VERSION] = { "rpc.programversion", "Version", .type = TL_U32, .flags = TL_REPEATS | TL_HIDDEN },
    [M_PROC] = { "mount.procedure_v3", "Procedure", .type = TL_U32, .names = mount_procs },
    [M_PATH] = { "mount.path", "Path", .type = TL_TEXT, .flags = TL_REPEATS },
    [M_STATUS] = { "mount.status", "Status", .type = TL_U32, .names = mount_statuses },
    [M_EXPORT] = { "mount.export.directory", "Exported directory", .type = TL_TEXT, .flags = TL_REPEATS },
    [M_GROUP] = { "mount.export.group", "Group", .type = TL_TEXT, .flags = TL_REPEATS },
    [M_HOST] = { "mount.dump.hostname", "Host", .type = TL_TEXT, .flags = TL_REPEATS },
};

void tl_mount_read(struct tl_dissection *outer, const struct tl_rpc_call *call, bool reply)
{
    enum { MNT = 1, DUMP, UMNT, EXPORT = 5 };
    struct tl_dissection d;
    uint32_t wire_end = outer->c.wire_end;
    tl_gss_inner_begin(outer, &d, &tl_protocol_mount, rest(outer));
    d.c.wire_end = wire_end;
    tl_add(&d, M_VERSION, d.c.off, 0, call->version);
    tl_add(&d, M_PROC, d.c.off, 0, call->procedure);
    if (!reply && (call->procedure == MNT || call->procedure == UMNT)) {
        (void)tl_xdr_opaque(&d, M_PATH, true);
    } else if (reply && call->procedure == MNT) {
        tl_u32(&d, M_STATUS);
    } else if (reply && call->procedure == DUMP) {
        while (tl_ok(&d) && another(&d)) {
            (void)tl_xdr_opaque(&d, M_HOST, true);
            (void)tl_xdr_opaque(&d, M_PATH, true);
        }
    } else if (reply && call->procedure == EXPORT) {
        while (tl_ok(&d) && another(&d)) {
            (void)tl_xdr_opaque(&d, M_EXPORT, true);
            while (tl_ok(&d) && another(&d))
                (void)tl_xdr_opaque(&d, M_GROUP, true);
        }
    }
    tl_gss_inner_end(outer, &d);
}

const struct tl_protocol tl_protocol_mount = {
    .name = "mount",
    .title = "Mount Service",
    .kind = TL_KIND_APPLICATION,
    .fields = mount_fields,
    .field_count = M_FIELDS,
    .info = "{procedure_v3}[ {path}][, {status}][, {export.directory,}]",
};
