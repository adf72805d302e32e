/*
 * rpc.c - Open Network Computing Remote Procedure Call (RFC 5531): calls and replies over UDP, and over TCP with record
 * marks (section 11).
 */
#include "dissectors/rpc/rpc.h"

enum { LAST, FRAG_LEN, XID, TYPE, VERSION, PROGRAM, PROG_VERSION, PROCEDURE, FLAVOR, LENGTH, STAMP, MACHINE, UID, GID, REPLY,
       ACCEPT, REJECT, LOW, HIGH, AUTH_STATE, FIELDS };

const struct tl_name tl_rpc_programs[] = {
    { 100000, "PORTMAP" }, { 100001, "RSTAT" }, { 100002, "RUSERS" }, { 100003, "NFS" }, { 100004, "YPSERV" },
    { 100005, "MOUNT" }, { 100007, "YPBIND" }, { 100009, "YPPASSWD" }, { 100011, "RQUOTA" }, { 100012, "SPRAY" },
    { 100021, "NLM" }, { 100024, "STAT" }, { 100026, "BOOTPARAMS" }, { 100227, "NFSACL" }, { 150001, "PCNFSD" },
    { 0x40000000, "NFS CB" }, { 0, NULL },
};
static const struct tl_name types[] = { { 0, "Call" }, { 1, "Reply" }, { 0, NULL } };
static const struct tl_name flavors[] = {
    { 0, "AUTH_NULL" }, { 1, "AUTH_UNIX" }, { 2, "AUTH_SHORT" }, { 3, "AUTH_DES" }, { 6, "RPCSEC_GSS" }, { 0, NULL },
};
static const struct tl_name replies[] = { { 0, "accepted" }, { 1, "denied" }, { 0, NULL } };
static const struct tl_name accepts[] = {
    { 0, "executed successfully" }, { 1, "program unavailable" }, { 2, "program version mismatch" },
    { 3, "procedure unavailable" }, { 4, "arguments not understood" }, { 5, "system error" }, { 0, NULL },
};
static const struct tl_name rejects[] = { { 0, "RPC version mismatch" }, { 1, "authentication error" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [LAST] = { "rpc.lastfrag", "Last fragment", .type = TL_BOOL, .mask = 0x80000000 },
    [FRAG_LEN] = { "rpc.fraglen", "Length of the fragment", .type = TL_U32, .mask = 0x7fffffff, .unit = "bytes" },
    [XID] = { "rpc.xid", "Transaction id", .type = TL_U32, .base = TL_HEX },
    [TYPE] = { "rpc.msgtyp", "Message", .type = TL_U32, .names = types },
    [VERSION] = { "rpc.version", "RPC version", .type = TL_U32 },
    [PROGRAM] = { "rpc.program", "Program", .type = TL_U32, .names = tl_rpc_programs },
    [PROG_VERSION] = { "rpc.programversion", "Version of the program", .type = TL_U32, .flags = TL_REPEATS },
    [PROCEDURE] = { "rpc.procedure", "Procedure", .type = TL_U32 },
    [FLAVOR] = { "rpc.auth.flavor", "Authentication", .type = TL_U32, .names = flavors, .flags = TL_REPEATS },
    [LENGTH] = { "rpc.auth.length", "Length", .type = TL_U32, .unit = "bytes", .flags = TL_REPEATS },
    [STAMP] = { "rpc.auth.stamp", "Stamp", .type = TL_U32, .base = TL_HEX },
    [MACHINE] = { "rpc.auth.machinename", "Machine", .type = TL_TEXT },
    [UID] = { "rpc.auth.uid", "User id", .type = TL_U32 },
    [GID] = { "rpc.auth.gid", "Group id", .type = TL_U32, .flags = TL_REPEATS },
    [REPLY] = { "rpc.replystat", "Reply", .type = TL_U32, .names = replies },
    [ACCEPT] = { "rpc.state_accept", "State", .type = TL_U32, .names = accepts },
    [REJECT] = { "rpc.state_reject", "Reason", .type = TL_U32, .names = rejects },
    [LOW] = { "rpc.programversion.min", "Lowest version", .type = TL_U32 },
    [HIGH] = { "rpc.programversion.max", "Highest version", .type = TL_U32 },
    [AUTH_STATE] = { "rpc.state_auth", "Authentication error", .type = TL_U32 },
};

enum { CALLS = 64, HEADER = 4, WHOLE_MOST = 64 << 10, HEAD = 512, CALL_LEAST = 40, REPLY_LEAST = 24, GSS = 6, AUTH_MOST = 400 };

struct flow {
    struct {
        bool used;
        struct tl_rpc_call call;
    } calls[CALLS];
    unsigned next;
    uint32_t files; /* kept: see tl_nfs_read() */
    bool confirmed, part[2], lost[2]; /* part: the fragment before was not the last */
};

struct tl_bytes tl_xdr_opaque(struct tl_dissection *d, unsigned field, bool shown)
{
    const uint8_t *n = tl_cursor_take(&d->c, 4);
    uint32_t len = n != NULL ? tl_load_be32(n) : 0;
    if (n == NULL)
        return (struct tl_bytes){ NULL, 0 };
    if (len > tl_cursor_wire_left(&d->c)) {
        tl_bad(d);
        return (struct tl_bytes){ NULL, 0 };
    }
    const uint8_t *p = len > 0 ? tl_cursor_take(&d->c, len) : n;
    if (p != NULL && shown && len > 0)
        tl_add(d, field, d->c.off - len, len, 0);
    uint32_t padding = (4 - len % 4) % 4, left = tl_cursor_wire_left(&d->c);
    if (tl_ok(d))
        tl_skip(d, padding < left ? padding : left);
    return (struct tl_bytes){ p, p != NULL ? len : 0 };
}

/* Appendix A of RFC 5531. */
static void unix_credentials(struct tl_dissection *d)
{
    tl_u32(d, STAMP);
    (void)tl_xdr_opaque(d, MACHINE, true);
    tl_u32(d, UID);
    tl_u32(d, GID);
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    uint32_t count = p != NULL ? tl_load_be32(p) : 0;
    for (uint32_t i = 0; i < count && i < 16 && tl_ok(d); i++)
        tl_u32(d, GID);
}

/* Returns the flavor. */
static uint32_t authentication(struct tl_dissection *d, bool credentials)
{
    uint32_t flavor = tl_u32(d, FLAVOR), len = tl_u32(d, LENGTH);
    if (len > AUTH_MOST)
        tl_bad(d);
    struct tl_part part = tl_part_enter(d, len);
    if (tl_ok(d) && credentials && flavor == 1)
        unix_credentials(d);
    tl_part_leave(d, part);
    uint32_t padding = (4 - len % 4) % 4;
    if (padding > 0)
        tl_skip(d, padding);
    return flavor;
}

static void program(struct tl_dissection *d, struct flow *f, const struct tl_rpc_call *call, bool reply)
{
    switch (call->program) {
    case RPC_PORTMAP: tl_portmap_read(d, call, reply); break;
    case RPC_MOUNT: tl_mount_read(d, call, reply); break;
    case RPC_NFS: tl_nfs_read(d, call, reply, f != NULL ? &f->files : NULL); break;
    default: break;
    }
}

static void read_call(struct tl_dissection *d, struct flow *f, uint32_t xid)
{
    struct tl_rpc_call call = { .xid = xid };
    tl_u32(d, VERSION);
    call.program = tl_u32(d, PROGRAM);
    call.version = tl_u32(d, PROG_VERSION);
    call.procedure = tl_u32(d, PROCEDURE);
    if (tl_ok(d) && f != NULL && !d->frame->quoted) {
        unsigned at = f->next++ % CALLS;
        f->calls[at].used = true;
        f->calls[at].call = call;
    }
    uint32_t flavor = authentication(d, true);
    (void)authentication(d, false);
    if (tl_ok(d) && flavor != GSS)
        program(d, f, &call, false);
}

static const struct tl_rpc_call *call_of(const struct flow *f, uint32_t xid)
{
    for (unsigned i = 0; f != NULL && i < CALLS; i++)
        if (f->calls[i].used && f->calls[i].call.xid == xid)
            return &f->calls[i].call;
    return NULL;
}

static void read_reply(struct tl_dissection *d, struct flow *f, uint32_t xid)
{
    const struct tl_rpc_call *call = call_of(f, xid);
    if (call != NULL) {
        tl_add(d, PROGRAM, d->c.off, 0, call->program);
        tl_add(d, PROG_VERSION, d->c.off, 0, call->version);
        tl_add(d, PROCEDURE, d->c.off, 0, call->procedure);
    }
    uint32_t state = tl_u32(d, REPLY);
    if (state == 0) {
        uint32_t flavor = authentication(d, false), accept = tl_u32(d, ACCEPT);
        if (tl_ok(d) && accept == 2) {
            tl_u32(d, LOW);
            tl_u32(d, HIGH);
        } else if (tl_ok(d) && accept == 0 && call != NULL && flavor != GSS) {
            program(d, f, call, true);
        }
    } else if (state == 1) {
        uint32_t reject = tl_u32(d, REJECT);
        if (tl_ok(d) && reject == 1)
            tl_u32(d, AUTH_STATE);
    }
}

static void message(struct tl_dissection *d, struct flow *f)
{
    uint32_t xid = tl_u32(d, XID), type = tl_u32(d, TYPE);
    if (!tl_ok(d))
        return;
    if (type == 0)
        read_call(d, f, xid);
    else if (type == 1)
        read_reply(d, f, xid);
    else
        tl_bad(d);
    if (f == NULL || f->confirmed || d->frame->quoted || d->c.status == TL_BAD)
        return;
    f->confirmed = true;
    if (type == 1 && d->flow.side == 0)
        tl_turn(d);
    tl_confirm(d);
}

static enum tl_status rpc_dissect(struct tl_dissection *d)
{
    message(d, d->flow.slot);
    return tl_next_none(d);
}

/* --- detection --- */

static bool is_call(const uint8_t *p, uint32_t n)
{
    if (n < CALL_LEAST || tl_load_be32(p + 4) != 0 || tl_load_be32(p + 8) != 2)
        return false;
    uint32_t number = tl_load_be32(p + 12), flavor = tl_load_be32(p + 24);
    bool known = (number >= 100000 && number < 101000) || number == 150001 || tl_name_of(tl_rpc_programs, number) != NULL;
    return known && tl_load_be32(p + 16) <= 10 && tl_load_be32(p + 20) < 256 && (flavor <= 6 || flavor == 200000) &&
           tl_load_be32(p + 28) <= AUTH_MOST;
}

static bool is_reply(const uint8_t *p, uint32_t n)
{
    return n >= REPLY_LEAST && tl_load_be32(p + 4) == 1 && tl_load_be32(p + 8) == 0 && tl_load_be32(p + 12) <= 6 &&
           tl_load_be32(p + 16) <= AUTH_MOST && n >= REPLY_LEAST + tl_load_be32(p + 16) &&
           tl_load_be32(p + 20 + tl_load_be32(p + 16)) <= 5;
}

static enum tl_probe rpc_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), skip = d->flow.stream ? HEADER : 0;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (p == NULL || n < skip + 8)
        return p != NULL && d->flow.stream && d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (skip > 0 && (p[0] != 0x80 || (tl_load_be32(p) & 0x7fffffff) < REPLY_LEAST))
        return TL_PROBE_NO;
    if (is_call(p + skip, n - skip))
        return TL_PROBE_YES;
    return is_reply(p + skip, n - skip) && d->flow.home ? TL_PROBE_YES : TL_PROBE_NO;
}

/* --- TCP --- */

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

/* After a gap: a fragment that begins a segment. */
static struct tl_want find(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (n > HEADER + 12 && p[0] == 0x80 && (is_call(p + HEADER, n - HEADER) ||
        (tl_load_be32(p + 8) == 1 && call_of(f, tl_load_be32(p + 4)) != NULL))) {
        f->lost[s->side] = f->part[s->side] = false;
        return bytes(HEADER);
    }
    tl_skip(d, n);
    return (struct tl_want){ TL_WANT_SOME, WHOLE_MOST, NULL };
}

/* A fragment of `len` bytes, of which `there` are at the cursor, behind the header. */
static void read_fragment(struct tl_dissection *d, const struct tl_stream *s, struct flow *f, uint32_t there, uint32_t len)
{
    struct tl_cursor c = d->c;
    uint32_t mark = tl_load_be32(c.base + c.off);
    d->c.end = c.off + HEADER + there;
    d->c.wire_end = len <= UINT32_MAX - c.off - HEADER ? c.off + HEADER + len : d->c.end;
    if (!f->part[s->side]) { /* the arguments of later fragments are not read */
        tl_message(d);
        tl_add_all_bits(d, LAST, FRAG_LEN, c.off, 4, mark);
        tl_skip(d, HEADER);
        tl_nfs_rest_end(d, f->files);
        message(d, f);
    } else { /* bytes of a file go on */
        tl_nfs_rest(d, f->files, c.base + c.off + HEADER, there);
    }
    f->part[s->side] = mark >> 31 == 0;
    d->c = c;
    tl_skip(d, HEADER + there);
}

static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (f->lost[s->side])
        return find(d, s, f);
    uint32_t mark = tl_load_be32(p), len = mark & 0x7fffffff;
    if (len < (f->part[s->side] ? 0u : 8u)) {
        if (!f->confirmed)
            tl_violate(d);
        f->lost[s->side] = true;
        return find(d, s, f);
    }
    uint32_t there = len <= WHOLE_MOST ? len : HEAD;
    if (n < HEADER + there)
        return bytes(HEADER + there);
    read_fragment(d, s, f, there, len);
    return there == len ? bytes(HEADER) : (struct tl_want){ TL_WANT_BODY, len - there, NULL };
}

/* A fragment with a hole: its first bytes, with the header of the call or reply. The rest is not read. */
static struct tl_want part(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (f->lost[s->side] || n < HEADER + 8)
        return s->want;
    uint32_t mark = tl_load_be32(d->c.base + d->c.off), len = mark & 0x7fffffff;
    read_fragment(d, s, f, n - HEADER, len);
    return (struct tl_want){ TL_WANT_BODY, len - (n - HEADER), NULL };
}

static struct tl_want rpc_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    switch (s->event) {
    case TL_EV_RUN:
        tl_nfs_rest(d, f->files, d->c.base + d->c.off, tl_cursor_left(&d->c));
        tl_skip(d, tl_cursor_left(&d->c));
        return bytes(HEADER);
    case TL_EV_GAP:
        if (s->want.kind == TL_WANT_BODY)
            tl_nfs_rest(d, f->files, NULL, s->gap);
        if (s->want.kind == TL_WANT_BODY && s->gap < s->left)
            return (struct tl_want){ TL_WANT_BODY, s->left - s->gap, NULL };
        if (s->want.kind == TL_WANT_BODY && s->gap == s->left)
            return bytes(HEADER);
        f->lost[s->side] = true;
        return (struct tl_want){ TL_WANT_SOME, WHOLE_MOST, NULL };
    case TL_EV_UNIT: return unit(d, s, f);
    case TL_EV_OVERLONG: return part(d, s, f);
    case TL_EV_OPEN:
        s->parts = true;
        break;
    case TL_EV_END: break;
    }
    return bytes(HEADER);
}

static void rpc_finish(struct tl_dissection *d)
{
    const struct flow *f = d->flow.slot;
    if (f != NULL)
        tl_nfs_finish(d, f->files);
}

const struct tl_protocol tl_protocol_rpc = {
    .name = "rpc",
    .title = "Remote Procedure Call",
    .service = "rpc",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 111 }, { TL_ON_TCP_PORT, 111 }, { TL_ON_UDP_PORT, 2049 }, { TL_ON_TCP_PORT, 2049 } },
    .info = "{msgtyp}[ {program}][ v{programversion}][, procedure {procedure}][, {state_accept}][, {state_reject}]",
    .probe = rpc_probe,
    .dissect = rpc_dissect,
    .stream = rpc_stream,
    .finish = rpc_finish,
};
