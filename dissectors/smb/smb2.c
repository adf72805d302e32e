/*
 * smb2.c - Server Message Block versions 2 and 3 (MS-SMB2): headers, compounds, encryption as far as it can be told. The
 * layer is opened by nbss.c.
 */
#include "dissectors/smb/smb2.h"

enum { HEADER = 64, TRANSFORM = 52 };

static const uint8_t all_ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };

/* --- sessions --- */

static uint64_t *session_of(struct tl_smb_flow *f, uint64_t id)
{
    for (unsigned i = 0; i < SMB_SESSIONS; i++)
        if (f->sessions[i].frame != 0 && f->sessions[i].id == id)
            return &f->sessions[i].frame;
    return NULL;
}

static void authenticated(struct tl_smb_flow *f, uint64_t id, uint64_t frame)
{
    uint64_t *known = session_of(f, id);
    if (known == NULL) {
        unsigned i = f->next_session++ % SMB_SESSIONS;
        f->sessions[i].id = id;
        known = &f->sessions[i].frame;
    }
    *known = frame;
}

/* What is known of the session and the tree. */
static void show_state(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb2 *m)
{
    const uint64_t *frame = session_of(f, m->session);
    const struct tl_smb_tree *tree = m->flags & 2 ? NULL : tl_smb_tree_find(f, m->tree, (uint32_t)m->session);
    if (frame != NULL)
        tl_add(d, S2_AUTH_FRAME, m->start + 40, 8, *frame);
    if (tree == NULL || m->tree == 0)
        return;
    if (tree->path != 0 && tl_wants(d, S2_TREE)) {
        struct tl_bytes path = tl_kept(d, tree->path);
        tl_add_text(d, S2_TREE, m->start + 36, 4, path.data, path.len);
    }
    if (tree->type != 0)
        tl_add(d, S2_SHARE_TYPE, m->start + 36, 4, tree->type);
}

/* --- the header --- */

static void header(struct tl_dissection *d, struct tl_smb2 *m, uint32_t *next)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    m->start = d->c.off;
    m->flags = p != NULL ? tl_load_le32(p + 16) : 0;
    m->response = (m->flags & 1) != 0;
    tl_skip(d, 4);
    tl_le16(d, S2_HEADER_LEN);
    tl_le16(d, S2_CREDIT_CHARGE);
    if (m->response) {
        m->status = tl_le32(d, S2_STATUS);
        if (m->status != 0)
            tl_add(d, S2_LINE_STATUS, d->c.off - 4, 4, m->status);
    } else {
        tl_le16(d, S2_CHANNEL_SEQ);
        tl_skip(d, 2);
    }
    m->command = tl_le16(d, S2_CMD);
    tl_le16(d, m->response ? S2_CREDITS_GRANTED : S2_CREDITS_REQUESTED);
    tl_le32(d, S2_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, S2_RESPONSE, S2_REPLAY, d->c.off - 4, 4, m->flags);
    if ((m->flags & 8) != 0)
        tl_add(d, S2_LINE_SIGNED, d->c.off - 4, 4, 1);
    *next = tl_le32(d, S2_CHAIN);
    m->id = tl_le64(d, S2_MSG_ID);
    if ((m->flags & 2) != 0) {
        tl_le64(d, S2_AID);
    } else {
        tl_le32(d, S2_PID);
        m->tree = tl_le32(d, S2_TID);
    }
    m->session = tl_le64(d, S2_SESSION);
    tl_run(d, S2_SIGNATURE, 16);
}

static void learn_server(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb2 *m)
{
    if (f->server_known)
        return;
    f->server_known = true;
    f->server = m->response ? d->flow.side : d->flow.side ^ 1u;
}

/* Says where a session was authenticated, before and after its message was read. */
static void session(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb2 *m)
{
    if (m->command != SMB2_SESSION_SETUP || m->session == 0)
        return;
    if (m->response && m->status == 0)
        authenticated(f, m->session, d->frame->number);
}

/* --- messages --- */

/* Reads one message, up to `end`. */
static void one(struct tl_dissection *outer, struct tl_smb_flow *f, uint32_t end, uint32_t wire_end, struct tl_smb2 *m,
                uint32_t *next)
{
    struct tl_dissection d;
    uint8_t related[16];
    memcpy(related, m->file_id, 16);
    *m = (struct tl_smb2){ .start = outer->c.off };
    memcpy(m->file_id, related, 16);
    tl_gss_inner_begin(outer, &d, &tl_protocol_smb2, tl_bytes_of(outer->c.base + outer->c.off, end - outer->c.off));
    d.c.wire_end = wire_end;
    header(&d, m, next);
    if (tl_ok(&d)) {
        learn_server(&d, f, m);
        if (*next >= HEADER && *next < wire_end - m->start) {
            d.c.wire_end = m->start + *next;
            d.c.end = d.c.end < d.c.wire_end ? d.c.end : d.c.wire_end;
        }
        if (m->command == SMB2_SESSION_SETUP && session_of(f, m->session) == NULL)
            session(&d, f, m);
        show_state(&d, f, m);
        if (m->response)
            tl_smb2_response(&d, f, m);
        else
            tl_smb2_request(&d, f, m);
        session(&d, f, m);
    }
    tl_gss_inner_end(outer, &d);
}

/* What the message carried: a token, or bytes of a pipe. */
static void after(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb2 *m)
{
    if (m->after.token.len > 0) {
        tl_gss_token(d, &f->gss, m->after.token);
        if (!m->response && f->gss.waits && f->gss.mechanism == TL_GSS_NTLM && m->session != 0)
            authenticated(f, m->session, d->frame->number);
    }
    if (m->command == SMB2_SESSION_SETUP && m->response && m->status != SMB2_MORE_PROCESSING && m->status != SMB2_PENDING)
        tl_gss_end(d, &f->gss, m->status == 0 ? TL_GSS_ACCEPTED : TL_GSS_REJECTED);
    if (m->after.pipe.len > 0 && m->after.file != 0 && f->files[m->after.file - 1].used)
        tl_smb_pipe(d, f, &f->files[m->after.file - 1], m->after.pipe_from_client, m->after.pipe);
}

/* Section 2.2.41: all that can be told of an encrypted message. */
static void transform(struct tl_dissection *outer)
{
    struct tl_dissection d;
    uint32_t end = outer->c.end, wire_end = outer->c.wire_end;
    tl_gss_inner_begin(outer, &d, &tl_protocol_smb2, tl_bytes_of(outer->c.base + outer->c.off, end - outer->c.off));
    d.c.wire_end = wire_end;
    tl_skip(&d, 4);
    tl_run(&d, S2_SIGNATURE, 16);
    tl_run(&d, S2_TRANSFORM_NONCE, 16);
    tl_le32(&d, S2_TRANSFORM_SIZE);
    tl_skip(&d, 2);
    tl_le16(&d, S2_TRANSFORM_FLAGS);
    tl_le64(&d, S2_SESSION);
    if (tl_ok(&d)) {
        tl_add(&d, S2_LINE_ENCRYPTED, d.start, 4, 1);
        if (tl_cursor_left(&d.c) > 0)
            tl_run(&d, S2_ENCRYPTED, tl_cursor_left(&d.c));
    }
    tl_gss_inner_end(outer, &d);
}

static void compressed(struct tl_dissection *outer)
{
    struct tl_dissection d;
    uint32_t end = outer->c.end;
    tl_gss_inner_begin(outer, &d, &tl_protocol_smb2, tl_bytes_of(outer->c.base + outer->c.off, end - outer->c.off));
    tl_skip(&d, 4);
    if (tl_cursor_left(&d.c) > 0)
        tl_run(&d, S2_COMPRESSED, tl_cursor_left(&d.c));
    tl_gss_inner_end(outer, &d);
}

void tl_smb2_read(struct tl_dissection *d, struct tl_smb_flow *f)
{
    struct tl_smb2 m = { .start = 0 };
    uint32_t end = d->c.end, wire_end = d->c.wire_end;
    memcpy(m.file_id, all_ones, 16);
    for (unsigned i = 0; d->c.off + 8 <= end; i++) {
        const uint8_t *p = d->c.base + d->c.off;
        uint32_t next = 0, start = d->c.off;
        if (p[0] == 0xfd && i == 0) {
            transform(d);
            return;
        }
        if (p[0] == 0xfc && i == 0) {
            compressed(d);
            return;
        }
        if (p[0] != 0xfe || p[1] != 'S')
            return;
        one(d, f, end, wire_end, &m, &next);
        after(d, f, &m);
        if (next < HEADER || next > end - start)
            return;
        d->c.off = start + next;
        d->c.end = end;
        d->c.wire_end = wire_end;
        d->c.status = TL_OK;
    }
}

const struct tl_protocol tl_protocol_smb2 = {
    .name = "smb2",
    .title = "Server Message Block 2",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .fields = tl_smb2_fields,
    .field_count = S2_FIELDS,
    .info = "[{cmd}][{line.encrypted}][, {line.signed}][ {filename}][ {find.pattern}][, {ioctl.function}][, tree {tree}][, {line.status}]",
};
