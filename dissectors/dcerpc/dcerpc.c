/*
 * dcerpc.c - DCE/RPC version 5, connection-oriented (C706 chapter 12, MS-RPCE section 2.2.2), over TCP and over pipes of SMB:
 * interfaces, operations, the authentication. Arguments are not read.
 */
#include "dissectors/dcerpc/dcerpc.h"

#include "core/channel.h"
#include "core/part.h"
#include "core/time.h"
#include "core/transaction.h"
#include "dissectors/gss/gss.h"

enum { VER, VER_MINOR, TYPE, FLAGS, FIRST, LAST, OBJECT_FLAG, DREP, FRAG_LEN, AUTH_LEN, CALL_ID, MAX_XMIT, MAX_RECV, ASSOC,
       NUM_CTX, CTX_ITEM, CTX_ID, NUM_TRANS, UUID, IF_VER, IF_VER_MINOR, TRANS_ID, TRANS_VER, ADDR_LEN, ADDR, NUM_RESULTS,
       RESULT, REASON, REJECT, ALLOC, OPNUM, CANCEL, FAULT, OBJECT, STUB, AUTH_TYPE, AUTH_LEVEL, AUTH_PAD, AUTH_CTX, CREDENTIALS,
       INTERFACE_NAME, OPERATION, FIELDS };

static const struct tl_name types[] = {
    { 0, "Request" }, { 2, "Response" }, { 3, "Fault" }, { 11, "Bind" }, { 12, "Bind_ack" }, { 13, "Bind_nak" },
    { 14, "Alter_context" }, { 15, "Alter_context_resp" }, { 16, "AUTH3" }, { 17, "Shutdown" }, { 18, "Co_cancel" },
    { 19, "Orphaned" }, { 20, "RTS" }, { 0, NULL },
};
static const struct tl_name results[] = {
    { 0, "Acceptance" }, { 1, "User rejection" }, { 2, "Provider rejection" }, { 3, "Negotiate ACK" }, { 0, NULL },
};
static const struct tl_name auth_types[] = {
    { 9, "SPNEGO" }, { 10, "NTLMSSP" }, { 16, "Kerberos" }, { 68, "Netlogon" }, { 0, NULL },
};
static const struct tl_name auth_levels[] = {
    { 1, "None" }, { 2, "Connect" }, { 3, "Call" }, { 4, "Packet" }, { 5, "Packet integrity" }, { 6, "Packet privacy" }, { 0, NULL },
};
static const struct tl_name faults[] = {
    { 0x00000005, "nca_s_fault_access_denied" }, { 0x000006f7, "nca_s_fault_ndr" }, { 0x1c000001, "nca_s_fault_int_div_by_zero" },
    { 0x1c00000b, "nca_wrong_kind_of_binding" }, { 0x1c010002, "nca_op_rng_error" }, { 0x1c010003, "nca_unk_if" },
    { 0x1c01000b, "nca_proto_error" }, { 0, NULL },
};

#define N8(key_, label_) { key_, label_, .type = TL_U8 }
#define N16(key_, label_) { key_, label_, .type = TL_U16 }
#define N32(key_, label_) { key_, label_, .type = TL_U32 }
static const struct tl_field fields[FIELDS] = {
    [VER] = N8("dcerpc.ver", "Version"),
    [VER_MINOR] = N8("dcerpc.ver_minor", "Minor version"),
    [TYPE] = { "dcerpc.pkt_type", "Type", .type = TL_U8, .names = types },
    [FLAGS] = { "dcerpc.cn_flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [FIRST] = { "dcerpc.cn_flags.first_frag", "First fragment", .type = TL_BOOL, .mask = 1 },
    [LAST] = { "dcerpc.cn_flags.last_frag", "Last fragment", .type = TL_BOOL, .mask = 2 },
    [OBJECT_FLAG] = { "dcerpc.cn_flags.object", "Object", .type = TL_BOOL, .mask = 0x80 },
    [DREP] = { "dcerpc.drep", "Data representation", .type = TL_BYTES },
    [FRAG_LEN] = N16("dcerpc.cn_frag_len", "Length of the fragment"),
    [AUTH_LEN] = N16("dcerpc.cn_auth_len", "Length of the authentication"),
    [CALL_ID] = N32("dcerpc.cn_call_id", "Call id"),
    [MAX_XMIT] = N16("dcerpc.cn_max_xmit", "Most bytes sent"),
    [MAX_RECV] = N16("dcerpc.cn_max_recv", "Most bytes received"),
    [ASSOC] = { "dcerpc.cn_assoc_group", "Association group", .type = TL_U32, .base = TL_HEX },
    [NUM_CTX] = N8("dcerpc.cn_num_ctx_items", "Contexts"),
    [CTX_ITEM] = { "dcerpc.context", "Context", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{interface}" },
    [CTX_ID] = { "dcerpc.cn_ctx_id", "Context id", .type = TL_U16, .flags = TL_REPEATS },
    [NUM_TRANS] = { "dcerpc.cn_num_trans_items", "Transfer syntaxes", .type = TL_U8, .flags = TL_REPEATS },
    [UUID] = { "dcerpc.cn_bind_to_uuid", "Interface", .type = TL_GUID_LE, .flags = TL_REPEATS },
    [IF_VER] = { "dcerpc.cn_bind_if_ver", "Version of the interface", .type = TL_U16, .flags = TL_REPEATS },
    [IF_VER_MINOR] = { "dcerpc.cn_bind_if_ver_minor", "Minor version", .type = TL_U16, .flags = TL_REPEATS },
    [TRANS_ID] = { "dcerpc.cn_bind_trans_id", "Transfer syntax", .type = TL_GUID_LE, .flags = TL_REPEATS },
    [TRANS_VER] = { "dcerpc.cn_bind_trans_ver", "Version of the syntax", .type = TL_U32, .flags = TL_REPEATS },
    [ADDR_LEN] = N16("dcerpc.cn_sec_addr_len", "Length of the address"),
    [ADDR] = { "dcerpc.cn_sec_addr", "Secondary address", .type = TL_TEXT, .flags = TL_ESCAPED },
    [NUM_RESULTS] = N8("dcerpc.cn_num_results", "Results"),
    [RESULT] = { "dcerpc.cn_ack_result", "Result", .type = TL_U16, .names = results, .flags = TL_REPEATS },
    [REASON] = { "dcerpc.cn_ack_reason", "Reason", .type = TL_U16, .flags = TL_REPEATS },
    [REJECT] = N16("dcerpc.cn_reject_reason", "Reason"),
    [ALLOC] = N32("dcerpc.cn_alloc_hint", "Bytes of the arguments"),
    [OPNUM] = N16("dcerpc.opnum", "Operation number"),
    [CANCEL] = N8("dcerpc.cn_cancel_count", "Cancels"),
    [FAULT] = { "dcerpc.cn_status", "Fault", .type = TL_U32, .base = TL_HEX, .names = faults },
    [OBJECT] = { "dcerpc.obj_id", "Object", .type = TL_GUID_LE },
    [STUB] = { "dcerpc.stub_data", "Arguments", .type = TL_BYTES },
    [AUTH_TYPE] = { "dcerpc.auth_type", "Authentication", .type = TL_U8, .names = auth_types },
    [AUTH_LEVEL] = { "dcerpc.auth_level", "Level", .type = TL_U8, .names = auth_levels },
    [AUTH_PAD] = N8("dcerpc.auth_pad_len", "Padding"),
    [AUTH_CTX] = N32("dcerpc.auth_ctx_id", "Authentication context"),
    [CREDENTIALS] = { "dcerpc.auth_credentials", "Credentials", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [INTERFACE_NAME] = { "dcerpc.interface", "Name of the interface", .type = TL_TEXT, .flags = TL_DERIVED | TL_REPEATS },
    [OPERATION] = { "dcerpc.operation", "Operation", .type = TL_TEXT, .flags = TL_DERIVED },
};

/* --- the record --- */

struct rpc_record {
    struct tl_record r;
    int64_t rtt;
    struct tl_bytes named_pipe, endpoint, operation;
};

enum { R_RTT, R_PIPE, R_ENDPOINT, R_OPERATION };

static const struct tl_record_field record_fields[] = {
    TL_FIELD(struct rpc_record, R_RTT, rtt, "rtt", TL_REC_INTERVAL, "From the request to the response"),
    TL_FIELD_ESCAPED(struct rpc_record, R_PIPE, named_pipe, "named_pipe", TL_REC_TEXT, "Pipe or port of the server"),
    TL_FIELD(struct rpc_record, R_ENDPOINT, endpoint, "endpoint", TL_REC_TEXT, "Name of the interface"),
    TL_FIELD(struct rpc_record, R_OPERATION, operation, "operation", TL_REC_TEXT, "Name of the operation"),
};

static const struct tl_record_def dce_rpc_record_def =
    TL_RECORD_DEF("dce_rpc", record_fields, "A call of DCE/RPC that was answered",
                  .summary = { "endpoint", "operation", "named_pipe" }, .latency = "rtt");

/* --- flow state --- */

enum { HEADER = 16, CONTEXTS = 16, CALLS = 32, ADDR_MOST = 64, FRAG_MOST = 65535, REQUEST = 0, RESPONSE = 2, FAULT_PDU = 3, BIND = 11,
       BIND_ACK, BIND_NAK, ALTER, ALTER_RESP, AUTH3, PTYPES = 21 };

struct flow {
    struct {
        bool used;
        uint16_t id;
        uint8_t uuid[16];
    } contexts[CONTEXTS];
    struct {
        bool used;
        uint32_t id;
        uint16_t context, opnum;
        int64_t ts;
    } calls[CALLS];
    unsigned next_context, next_call;
    struct tl_gss gss;
    uint8_t addr_len;
    char addr[ADDR_MOST];
    bool confirmed, lost[2];
};

/* A PDU while it is read. */
struct pdu {
    bool big;                /* byte order */
    uint8_t type, flags;
    uint16_t frag_len, auth_len;
    uint32_t call;
    struct tl_bytes token;
};

static uint16_t n16(struct tl_dissection *d, const struct pdu *p, unsigned field)
{
    return p->big ? tl_u16(d, field) : tl_le16(d, field);
}

static uint32_t n32(struct tl_dissection *d, const struct pdu *p, unsigned field)
{
    return p->big ? tl_u32(d, field) : tl_le32(d, field);
}

/* --- interfaces --- */

static const uint8_t *uuid_of(const struct flow *f, uint16_t context)
{
    for (unsigned i = 0; i < CONTEXTS; i++)
        if (f->contexts[i].used && f->contexts[i].id == context)
            return f->contexts[i].uuid;
    return NULL;
}

static const struct tl_dcerpc_interface *interface_of(const struct tl_dissection *d, const struct flow *f, uint16_t context)
{
    const uint8_t *uuid = uuid_of(f, context);
    if (uuid != NULL)
        return tl_dcerpc_interface(uuid);
    struct tl_handed note = tl_channel_note(d); /* the name of the pipe */
    return note.from != NULL ? tl_dcerpc_pipe(note.note) : NULL;
}

static void remember_context(struct flow *f, uint16_t id, const uint8_t *uuid)
{
    unsigned at = CONTEXTS;
    for (unsigned i = 0; i < CONTEXTS; i++)
        if (f->contexts[i].used && f->contexts[i].id == id)
            at = i;
    if (at == CONTEXTS)
        at = f->next_context++ % CONTEXTS;
    f->contexts[at].used = true;
    f->contexts[at].id = id;
    memcpy(f->contexts[at].uuid, uuid, 16);
}

/* --- PDUs --- */

static void bind(struct tl_dissection *d, struct flow *f, const struct pdu *p)
{
    n16(d, p, MAX_XMIT);
    n16(d, p, MAX_RECV);
    n32(d, p, ASSOC);
    unsigned count = tl_u8(d, NUM_CTX);
    tl_skip(d, 3);
    for (unsigned i = 0; i < count && tl_ok(d); i++) {
        uint32_t group = tl_group(d, CTX_ITEM);
        uint16_t id = n16(d, p, CTX_ID);
        unsigned syntaxes = tl_u8(d, NUM_TRANS);
        tl_skip(d, 1);
        const uint8_t *uuid = tl_run(d, UUID, 16);
        n16(d, p, IF_VER);
        n16(d, p, IF_VER_MINOR);
        const struct tl_dcerpc_interface *known = uuid != NULL ? tl_dcerpc_interface(uuid) : NULL;
        if (known != NULL)
            tl_add_text(d, INTERFACE_NAME, d->c.off - 20, 16, known->name, (uint32_t)strlen(known->name));
        if (uuid != NULL && !p->big)
            remember_context(f, id, uuid);
        for (unsigned k = 0; k < syntaxes && tl_ok(d); k++) {
            tl_run(d, TRANS_ID, 16);
            n32(d, p, TRANS_VER);
        }
        tl_group_end(d, group);
    }
}

static void bind_ack(struct tl_dissection *d, struct flow *f, const struct pdu *p)
{
    n16(d, p, MAX_XMIT);
    n16(d, p, MAX_RECV);
    n32(d, p, ASSOC);
    uint32_t len = n16(d, p, ADDR_LEN), start = d->start;
    const uint8_t *addr = tl_cursor_peek(&d->c, 0, len);
    if (addr != NULL && len > 1) {
        uint32_t shown = addr[len - 1] == 0 ? len - 1 : len;
        tl_add(d, ADDR, d->c.off, shown, 0);
        if (p->type == BIND_ACK) {
            f->addr_len = (uint8_t)(shown < ADDR_MOST ? shown : ADDR_MOST);
            memcpy(f->addr, addr, f->addr_len);
        }
    }
    tl_skip(d, len);
    uint32_t padding = (4 - (d->c.off - start) % 4) % 4;
    tl_skip(d, padding);
    unsigned count = tl_u8(d, NUM_RESULTS);
    tl_skip(d, 3);
    for (unsigned i = 0; i < count && tl_ok(d); i++) {
        n16(d, p, RESULT);
        n16(d, p, REASON);
        tl_skip(d, 20);
    }
}

static void show_call(struct tl_dissection *d, const struct flow *f, uint16_t context, uint16_t opnum)
{
    const struct tl_dcerpc_interface *of = interface_of(d, f, context);
    const char *operation = tl_dcerpc_operation(of, opnum);
    if (of != NULL)
        tl_add_text(d, INTERFACE_NAME, d->c.off, 0, of->name, (uint32_t)strlen(of->name));
    if (operation != NULL)
        tl_add_text(d, OPERATION, d->c.off, 0, operation, (uint32_t)strlen(operation));
}

static void request(struct tl_dissection *d, struct flow *f, const struct pdu *p)
{
    n32(d, p, ALLOC);
    uint16_t context = n16(d, p, CTX_ID), opnum = n16(d, p, OPNUM);
    if ((p->flags & 0x80) != 0)
        tl_run(d, OBJECT, 16);
    if (!tl_ok(d))
        return;
    show_call(d, f, context, opnum);
    if ((p->flags & 1) == 0)
        return;
    unsigned at = f->next_call++ % CALLS;
    f->calls[at].used = true;
    f->calls[at].id = p->call;
    f->calls[at].context = context;
    f->calls[at].opnum = opnum;
    f->calls[at].ts = d->frame->ts;
}

/* Operations that only open and close, of which there are many. */
static bool is_left_out(const char *endpoint, const char *operation)
{
    static const char *const names[][2] = {
        { "winreg", "BaseRegCloseKey" }, { "winreg", "BaseRegGetVersion" }, { "winreg", "BaseRegOpenKey" },
        { "winreg", "BaseRegQueryValue" }, { "winreg", "BaseRegDeleteKeyEx" }, { "winreg", "BaseRegEnumKey" },
        { "winreg", "OpenLocalMachine" }, { "winreg", "OpenClassesRoot" }, { "spoolss", "RpcOpenPrinter" },
        { "spoolss", "RpcClosePrinter" }, { "wkssvc", "NetrWkstaGetInfo" },
    };
    for (unsigned i = 0; operation != NULL && i < TL_COUNT(names); i++)
        if (strcmp(names[i][0], endpoint) == 0 && strcmp(names[i][1], operation) == 0)
            return true;
    return false;
}

static uint32_t put_number(char *out, uint32_t v)
{
    char digits[10];
    uint32_t n = 0, len = 0;
    do
        digits[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    while (n > 0)
        out[len++] = digits[--n];
    return len;
}

static void put_uuid(char out[36], const uint8_t *u)
{
    static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    static const char hex[] = "0123456789abcdef";
    for (unsigned i = 0, at = 0; i < 16; i++) {
        out[at++] = hex[u[order[i]] >> 4];
        out[at++] = hex[u[order[i]] & 15];
        if (i == 3 || i == 5 || i == 7 || i == 9)
            out[at++] = '-';
    }
}

static void emit(struct tl_dissection *d, const struct flow *f, uint16_t context, uint16_t opnum, int64_t ts)
{
    const struct tl_dcerpc_interface *of = interface_of(d, f, context);
    const char *operation = tl_dcerpc_operation(of, opnum);
    const uint8_t *uuid = uuid_of(f, context);
    struct tl_handed note = tl_channel_note(d);
    char unknown[48] = "unknown-", number[24] = "unknown-";
    if ((of == NULL && uuid == NULL) || (of != NULL && is_left_out(of->name, operation)))
        return;
    struct rpc_record r = { .r.ts = ts, .rtt = tl_time_between(ts, d->frame->ts) };
    if (of != NULL) {
        r.endpoint = tl_bytes_of(of->name, strlen(of->name));
    } else {
        put_uuid(unknown + 8, uuid);
        r.endpoint = tl_bytes_of(unknown, 44);
    }
    r.operation = operation != NULL ? tl_bytes_of(operation, strlen(operation)) :
                                      tl_bytes_of(number, 8u + put_number(number + 8, opnum));
    tl_record_set(&r.r, R_ENDPOINT);
    tl_record_set(&r.r, R_OPERATION);
    r.named_pipe = f->addr_len > 0 ? tl_bytes_of(f->addr, f->addr_len) : note.note;
    if (r.named_pipe.len > 0)
        tl_record_set(&r.r, R_PIPE);
    if (r.rtt > 0)
        tl_record_set(&r.r, R_RTT);
    tl_emit(d, &dce_rpc_record_def, &r.r);
}

static void response(struct tl_dissection *d, struct flow *f, const struct pdu *p)
{
    n32(d, p, ALLOC);
    n16(d, p, CTX_ID);
    tl_u8(d, CANCEL);
    tl_skip(d, 1);
    if (p->type == FAULT_PDU) {
        n32(d, p, FAULT);
        tl_skip(d, 4);
    }
    for (unsigned i = 0; i < CALLS && tl_ok(d); i++) {
        if (!f->calls[i].used || f->calls[i].id != p->call)
            continue;
        tl_add(d, OPNUM, d->c.off, 0, f->calls[i].opnum);
        show_call(d, f, f->calls[i].context, f->calls[i].opnum);
        if ((p->flags & 2) == 0) /* other fragments follow */
            return;
        emit(d, f, f->calls[i].context, f->calls[i].opnum, f->calls[i].ts);
        f->calls[i].used = false;
        return;
    }
}

/* MS-RPCE section 2.2.2.11: at the end of the PDU. */
static void trailer(struct tl_dissection *d, struct pdu *p, uint32_t start)
{
    uint32_t at = p->frag_len - p->auth_len - 8u;
    if (p->auth_len == 0 || p->auth_len + 8u + HEADER > p->frag_len || start + at < d->c.off)
        return;
    uint32_t stub = start + at - d->c.off;
    if (stub > 0 && (p->type == REQUEST || p->type == RESPONSE))
        tl_run(d, STUB, stub);
    else
        tl_skip(d, stub);
    uint8_t type = tl_u8(d, AUTH_TYPE);
    tl_u8(d, AUTH_LEVEL);
    tl_u8(d, AUTH_PAD);
    tl_skip(d, 1);
    n32(d, p, AUTH_CTX);
    const uint8_t *token = tl_cursor_peek(&d->c, 0, p->auth_len);
    if (token != NULL && p->type >= BIND) {
        tl_hide(d, tl_bytes_of(token, p->auth_len));
        tl_add(d, CREDENTIALS, d->c.off, p->auth_len, 0);
        if (type == 9 || type == 10 || type == 16)
            p->token = tl_bytes_of(token, p->auth_len);
    }
    tl_skip(d, p->auth_len);
}

static void body(struct tl_dissection *d, struct flow *f, struct pdu *p, uint32_t start)
{
    switch (p->type) {
    case REQUEST: request(d, f, p); break;
    case RESPONSE:
    case FAULT_PDU: response(d, f, p); break;
    case BIND:
    case ALTER: bind(d, f, p); break;
    case BIND_ACK:
    case ALTER_RESP: bind_ack(d, f, p); break;
    case BIND_NAK: n16(d, p, REJECT); break;
    default: break;
    }
    if (!tl_ok(d))
        return;
    trailer(d, p, start);
    if (p->auth_len == 0 && (p->type == REQUEST || p->type == RESPONSE) && tl_cursor_left(&d->c) > 0)
        tl_run(d, STUB, tl_cursor_left(&d->c));
}

static void read_pdu(struct tl_dissection *d, struct flow *f)
{
    struct pdu p = { .type = 0 };
    uint32_t start = d->c.off;
    tl_u8(d, VER);
    tl_u8(d, VER_MINOR);
    p.type = tl_u8(d, TYPE);
    p.flags = tl_u8(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, FIRST, OBJECT_FLAG, d->c.off - 1, 1, p.flags);
    const uint8_t *drep = tl_run(d, DREP, 4);
    p.big = drep != NULL && (drep[0] & 0x10) == 0;
    p.frag_len = n16(d, &p, FRAG_LEN);
    p.auth_len = n16(d, &p, AUTH_LEN);
    p.call = n32(d, &p, CALL_ID);
    if (tl_ok(d))
        body(d, f, &p, start);
    if (!f->confirmed && tl_ok(d)) {
        f->confirmed = true;
        tl_confirm(d);
    }
    if (p.token.len > 0) {
        tl_gss_token(d, &f->gss, p.token);
        if (p.type == AUTH3)
            tl_gss_end(d, &f->gss, TL_GSS_UNKNOWN);
    }
}

/* --- stream --- */

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static bool is_header(const uint8_t *p)
{
    return p[0] == 5 && p[1] <= 1 && p[2] < PTYPES && (p[4] & 0xef) == 0 && (p[4] & 0x0f) == 0;
}

static uint16_t length_of(const uint8_t *p)
{
    return p[4] & 0x10 ? tl_load_le16(p + 8) : tl_load_be16(p + 8);
}

static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (n < HEADER && !f->lost[s->side])
        return bytes(HEADER);
    if (n < HEADER || !is_header(p) || length_of(p) < HEADER) {
        if (!f->confirmed)
            tl_violate(d);
        f->lost[s->side] = true;
        tl_skip(d, n);
        return (struct tl_want){ TL_WANT_SOME, FRAG_MOST, NULL };
    }
    f->lost[s->side] = false;
    uint32_t len = length_of(p);
    if (n < len)
        return bytes(len);
    struct tl_cursor c = d->c;
    d->c.end = d->c.wire_end = d->c.off + len;
    d->start = d->c.off;
    tl_message(d);
    read_pdu(d, f);
    d->c = c;
    tl_skip(d, len);
    return bytes(HEADER);
}

static struct tl_want dcerpc_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_OPEN)
        return bytes(HEADER);
    if (s->event == TL_EV_GAP) {
        f->lost[s->side] = true;
        return (struct tl_want){ TL_WANT_SOME, FRAG_MOST, NULL };
    }
    return unit(d, s, f);
}

static void dcerpc_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        tl_gss_end(d, &f->gss, TL_GSS_UNKNOWN);
}

/* Version 5, a known type and representation, a length that fits (C706 section 12.6.3.1). */
static enum tl_probe dcerpc_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || p == NULL || n == 0 || p[0] != 5)
        return TL_PROBE_NO;
    if (n < HEADER)
        return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    bool kind = p[2] == REQUEST || p[2] == RESPONSE || p[2] == FAULT_PDU || (p[2] >= BIND && p[2] < PTYPES);
    uint32_t len = length_of(p);
    uint32_t auth = p[4] & 0x10 ? tl_load_le16(p + 10) : tl_load_be16(p + 10);
    return is_header(p) && kind && p[5] <= 2 && p[6] == 0 && p[7] == 0 && len >= HEADER + 2 && auth < len ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_dcerpc = {
    .name = "dcerpc",
    .title = "Distributed Computing Environment / Remote Procedure Call",
    .service = "dce_rpc",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &dce_rpc_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, 135 } },
    .info = "{pkt_type}[, call {cn_call_id}][, {interface,}][, {operation}][, {cn_sec_addr}][, {cn_status}]",
    TL_BEGINS("\5\5"), .probe = dcerpc_probe,
    .stream = dcerpc_stream,
    .finish = dcerpc_finish,
};
