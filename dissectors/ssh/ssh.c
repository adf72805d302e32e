/*
 * ssh.c - the Secure Shell (RFC 4253, and version 1 of it): banners, packets that are not encrypted, detection.
 *
 * After SSH_MSG_NEWKEYS a side is encrypted, also the lengths of its packets. Only the sizes of its segments are seen.
 */
#include "dissectors/ssh/ssh.h"

#include "core/part.h"

enum { PORT = 22, LENGTH = 4, PADDING_LEAST = 4, CRC = 4 };

static const struct tl_want some = { TL_WANT_SOME, TL_STREAM_UNIT, NULL };
static const struct tl_want line = { TL_WANT_LINE, SSH_BANNER_MOST, NULL };
static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

/* The packets of a segment are a layer, and each is a group in it. */
static void begin_layer(struct tl_dissection *d, unsigned role)
{
    if (d->wanted == NULL || d->layer != TL_NO_NODE)
        return;
    tl_layer_begin(d);
    tl_add(d, SSH_SENDER, d->c.off, 0, role);
}

/* 0: the client. The sides of a flow can turn, ports do not. */
static unsigned role_of(const struct tl_dissection *d, const struct tl_ssh_flow *f, unsigned side)
{
    if (d->flow.orig_port == d->flow.resp_port)
        return side;
    return (side == 0 ? d->flow.orig_port : d->flow.resp_port) == f->server_port;
}

/* --- banners --- */

static void read_version(struct tl_ssh_side *side, struct tl_bytes text)
{
    side->version_199 = tl_ssh_begins(text, "SSH-1.99-");
    side->version_1 = !side->version_199 && tl_ssh_begins(text, "SSH-1.");
}

static bool is_text(struct tl_bytes text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 && text.data[i] != '\t' && text.data[i] != 0x1b)
            return false;
    }
    return true;
}

/*
 * A server may send lines before its banner (RFC 4253 section 4.2). Other bytes are packets of a server whose banner
 * was missed.
 */
static struct tl_want before_banner(struct tl_dissection *d, const struct tl_ssh_flow *f, struct tl_ssh_side *side,
                                    unsigned role, struct tl_bytes text)
{
    if (role == 0 || side->lines == SSH_LINES_MOST || !is_text(text)) {
        side->phase = SSH_PHASE_LOST;
        if (f->side[role ^ 1].banner == 0 && role == 0)
            tl_violate(d);
        return nothing;
    }
    side->lines++;
    begin_layer(d, role);
    tl_ssh_line(d, SSH_LINE_TEXT);
    tl_skip(d, tl_cursor_left(&d->c));
    return line;
}

static struct tl_want banner(struct tl_dissection *d, const struct tl_stream *s, struct tl_ssh_flow *f, unsigned role)
{
    struct tl_ssh_side *side = &f->side[role];
    struct tl_bytes text = tl_without_line_end((struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) });
    if (!tl_ssh_begins(text, "SSH-"))
        return before_banner(d, f, side, role, text);
    begin_layer(d, role);
    tl_ssh_line(d, SSH_LINE_PROTOCOL);
    tl_add(d, SSH_PROTOCOL, d->c.off, text.len, 0);
    tl_skip(d, tl_cursor_left(&d->c));
    if (!f->begun)
        f->ts = s->since;
    f->begun = true;
    if (!f->written)
        side->banner = tl_keep(d, text.data, text.len);
    read_version(side, text);
    side->phase = SSH_PHASE_CLEAR;
    return some;
}

/* --- packets in clear --- */

static void confirm(struct tl_dissection *d, struct tl_ssh_flow *f)
{
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
}

/* Where a packet should begin, there is none. */
static struct tl_want broken(struct tl_dissection *d, struct tl_ssh_side *side)
{
    side->phase = SSH_PHASE_LOST;
    tl_weird(d, SSH_WEIRD_PACKET, (struct tl_bytes){ NULL, 0 });
    return nothing;
}

static void other_message(struct tl_dissection *d, uint8_t code)
{
    tl_ssh_line(d, code);
    switch (code) {
    case SSH_DISCONNECT:
        tl_u32(d, SSH_REASON);
        (void)tl_ssh_string(d, SSH_DESCRIPTION_LEN, SSH_DESCRIPTION);
        (void)tl_ssh_string(d, SSH_LANG_LEN, SSH_LANG);
        break;
    case SSH_MSG_IGNORE:
        (void)tl_ssh_string(d, SSH_IGNORE_LEN, SSH_IGNORE);
        break;
    case SSH_MSG_DEBUG:
        tl_u8(d, SSH_DEBUG_DISPLAY);
        (void)tl_ssh_string(d, SSH_DEBUG_LEN, SSH_DEBUG);
        (void)tl_ssh_string(d, SSH_LANG_LEN, SSH_LANG);
        break;
    case SSH_SERVICE_REQUEST:
    case SSH_SERVICE_ACCEPT:
        (void)tl_ssh_string(d, SSH_SERVICE_LEN, SSH_SERVICE);
        break;
    default:
        if (tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, SSH_PAYLOAD, tl_cursor_left(&d->c));
        break;
    }
}

static bool contains(struct tl_bytes text, const char *part)
{
    return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* Markers of one side in its list of key exchanges tell which side it is (RFC 8308 section 2.1). */
static void learn_roles(const struct tl_dissection *d, struct tl_ssh_flow *f, unsigned *role, uint32_t len)
{
    const struct tl_bytes text = { d->c.base + d->c.off, len < tl_cursor_left(&d->c) ? len : tl_cursor_left(&d->c) };
    bool client = contains(text, "ext-info-c") || contains(text, "kex-strict-c-");
    bool server = contains(text, "ext-info-s") || contains(text, "kex-strict-s-");
    f->roles = client || server;
    if (client == server || client == (*role == 0) || d->flow.orig_port == d->flow.resp_port)
        return;
    struct tl_ssh_side swap = f->side[0];
    f->side[0] = f->side[1];
    f->side[1] = swap;
    f->server_port = f->server_port == d->flow.orig_port ? d->flow.resp_port : d->flow.orig_port;
    *role ^= 1;
}

static void message(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role)
{
    uint8_t code = tl_u8(d, SSH_MESSAGE_CODE);
    if (!tl_ok(d))
        return;
    if (code == SSH_KEXINIT) {
        tl_ssh_line(d, code);
        tl_ssh_kexinit(d, f, role);
    } else if (code == SSH_NEWKEYS) {
        tl_ssh_line(d, code);
        f->side[role].phase = SSH_PHASE_ENCRYPTED;
        confirm(d, f);
    } else if (code >= SSH_KEX_FIRST && code <= SSH_KEX_LAST) {
        tl_ssh_exchange(d, f, role, code);
    } else {
        other_message(d, code);
    }
}

static void packet(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role)
{
    begin_layer(d, role);
    uint32_t group = tl_group(d, SSH_PACKET);
    uint32_t len = tl_u32(d, SSH_PACKET_LENGTH);
    struct tl_part whole = tl_part_begin(d, len);
    uint8_t padding = tl_u8(d, SSH_PADDING_LENGTH);
    struct tl_part part = tl_part_begin(d, len - 1 - padding);
    message(d, f, role);
    tl_part_end(d, part);
    tl_part_end(d, whole);
    tl_group_end(d, group);
}

/*
 * Version 1: the padding comes first, and a check sequence last; the length counts the type, the data and that. It is
 * in clear also when the rest is encrypted.
 */
static void packet1(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role)
{
    bool clear = f->side[role].phase == SSH_PHASE_CLEAR;
    begin_layer(d, role);
    uint32_t group = tl_group(d, SSH_PACKET);
    uint32_t len = tl_u32(d, SSH_PACKET_LENGTH), padding = 8 - len % 8;
    tl_add(d, SSH_PADDING_LENGTH, d->c.off, padding, padding);
    tl_skip(d, padding);
    struct tl_part part = tl_part_begin(d, len);
    uint8_t code = clear ? tl_u8(d, SSH_MESSAGE_CODE) : 0;
    tl_ssh_line(d, clear ? SSH_LINE_VERSION_1 + code : SSH_LINE_ENCRYPTED);
    if (code == SSH1_PUBLIC_KEY)
        tl_ssh1_public_key(d, f);
    tl_part_end(d, part);
    tl_group_end(d, group);
    f->login.blind = true;
    if (code == SSH1_PUBLIC_KEY || code == SSH1_SESSION_KEY) {
        f->side[role].phase = SSH_PHASE_ENCRYPTED;
        confirm(d, f);
    }
}

static void encrypted(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role)
{
    uint32_t n = tl_cursor_left(&d->c);
    begin_layer(d, role);
    tl_ssh_line(d, SSH_LINE_ENCRYPTED);
    tl_add(d, SSH_ENCRYPTED_LENGTH, d->c.off, n, n);
    tl_skip(d, n);
    if (role == 0)
        f->login.asked = true;
    else
        tl_ssh_server_segment(d, f, n);
}

/* Do the packets of a side have the form of version 1? */
static bool is_version_1(const struct tl_ssh_flow *f, unsigned role)
{
    const struct tl_ssh_side *mine = &f->side[role], *other = &f->side[role ^ 1];
    return mine->version_1 || (mine->version_199 && other->version_1);
}

static struct tl_want packets(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role)
{
    while (tl_cursor_left(&d->c) > 0) {
        struct tl_ssh_side *side = &f->side[role];
        bool first = is_version_1(f, role);
        uint32_t left = tl_cursor_left(&d->c);
        if (side->phase == SSH_PHASE_ENCRYPTED && !first) {
            encrypted(d, f, role);
            break;
        }
        const uint8_t *p = tl_cursor_peek(&d->c, 0, LENGTH + 1);
        if (p == NULL)
            return (struct tl_want){ TL_WANT_BYTES, LENGTH + 1, NULL };
        uint32_t len = tl_load_be32(p), size = LENGTH + len + (first ? 8 - len % 8 : 0);
        if (len > SSH_PACKET_MOST || len < (first ? 1u + CRC : p[4] + 2u) || (!first && p[4] < PADDING_LEAST))
            return broken(d, side);
        if (left < size)
            return (struct tl_want){ TL_WANT_BYTES, size, NULL };
        if (!first && !f->roles)
            learn_roles(d, f, &role, size);
        if (first)
            packet1(d, f, role);
        else
            packet(d, f, role);
    }
    return some;
}

/* --- streams --- */

static struct tl_want gap(struct tl_ssh_flow *f, unsigned role)
{
    struct tl_ssh_side *side = &f->side[role];
    f->login.blind = true;
    if (side->phase == SSH_PHASE_ENCRYPTED && !is_version_1(f, role))
        return some;
    side->phase = SSH_PHASE_LOST;
    return nothing;
}

static struct tl_want read_side(struct tl_dissection *d, const struct tl_stream *s, struct tl_ssh_flow *f)
{
    unsigned role = role_of(d, f, s->side);
    struct tl_ssh_side *side = &f->side[role];
    switch (s->event) {
    case TL_EV_OPEN:
        return line;
    case TL_EV_GAP:
        return gap(f, role);
    case TL_EV_UNIT:
        if (side->phase == SSH_PHASE_LOST)
            return nothing;
        return side->phase == SSH_PHASE_BANNER ? banner(d, s, f, role) : packets(d, f, role);
    case TL_EV_OVERLONG:
        return before_banner(d, f, side, 0, (struct tl_bytes){ NULL, 0 });
    case TL_EV_RUN:
    case TL_EV_END:
        break;
    }
    return nothing;
}

/* After its record the connection is for packets alone. */
static struct tl_want ssh_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_ssh_flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    if (f->server_port == 0)
        f->server_port = d->flow.orig_port == PORT ? PORT : d->flow.resp_port;
    struct tl_want want = read_side(d, s, f);
    if (!f->written || !d->records_only)
        return want;
    tl_rest(d);
    return nothing;
}

static void ssh_finish(struct tl_dissection *d)
{
    struct tl_ssh_flow *f = d->flow.slot;
    if (f != NULL)
        tl_ssh_write(d, f);
}

/* --- detection --- */

/* A banner, or on its own port a text that a server may send before it. */
static enum tl_probe ssh_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char begins[] = "SSH-";
    enum { BEGINS = sizeof begins - 1, VERSION = BEGINS + 2 };
    uint32_t n = tl_cursor_left(&c), look = n < VERSION ? n : VERSION;
    const uint8_t *p = tl_cursor_peek(&c, 0, look);
    if (!d->flow.stream || look == 0 || p == NULL)
        return TL_PROBE_NO;
    if (memcmp(p, begins, look < BEGINS ? look : BEGINS) == 0) {
        if (look < VERSION)
            return TL_PROBE_MAYBE;
        return p[4] >= '1' && p[4] <= '2' && p[5] == '.' ? TL_PROBE_YES : TL_PROBE_NO;
    }
    for (uint32_t i = 0; i < look; i++) {
        if ((p[i] < 0x20 || p[i] > 0x7e) && p[i] != '\r' && p[i] != '\n' && p[i] != '\t')
            return TL_PROBE_NO;
    }
    return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_ssh = {
    .name = "ssh",
    .title = "Secure Shell",
    .service = "ssh",
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(tl_ssh_fields),
    .records = { &tl_ssh_record_def },
    TL_WEIRDS(tl_ssh_weirds),
    .flow_size = sizeof(struct tl_ssh_flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{sender}: {line,}[ ({protocol})][ (len={encrypted_packet_length})][ {negotiated.kex}]"
            "[, {negotiated.host_key}][, {negotiated.encryption_client_to_server}][ {host_key.type}]"
            "[ {host_key.fingerprint}][ {disconnect_description}]",
    TL_BEGINS("SS"), .probe = ssh_probe,
    .stream = ssh_stream,
    .finish = ssh_finish,
};
