/*
 * vnc.c - the Remote Framebuffer protocol of VNC (RFC 6143): versions, security, and what the server says about
 * itself. Screens and
 * keys are not read. Other kinds of security than none and VNC's own end the reading.
 */
#include "core/dissect.h"
#include "core/time.h"

enum { SERVER_VERSION, CLIENT_VERSION, TYPE_COUNT, TYPES, CLIENT_TYPE, CHALLENGE, RESPONSE, RESULT, REASON, SHARE,
WIDTH, HEIGHT, BITS,
       DEPTH, NAME_LENGTH, NAME, SERVER_TYPE, FIELDS };

enum { T_INVALID, T_NONE, T_VNC };
static const struct tl_name security_types[] = {
    { 0, "Invalid" }, { T_NONE, "None" }, { T_VNC, "VNC" }, { 5, "RA2" }, { 6, "RA2ne" }, { 16, "Tight" }, { 17,
    "Ultra" },
    { 18, "TLS" }, { 19, "VeNCrypt" }, { 20, "GTK-VNC SASL" }, { 21, "MD5 hash" }, { 22, "Colin Dean xvp" },
    { 30, "Apple Remote Desktop" }, { 0, NULL },
};
static const struct tl_name results[] = { { 0, "OK" }, { 1, "Failed" }, { 2, "Too many attempts" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [SERVER_VERSION] = { "vnc.server_proto_ver", "Server version", .type = TL_TEXT },
    [CLIENT_VERSION] = { "vnc.client_proto_ver", "Client version", .type = TL_TEXT },
    [TYPE_COUNT] = { "vnc.num_security_types", "Number of security types", .type = TL_U8 },
    [TYPES] = { "vnc.security_type", "Security type", .type = TL_U8, .flags = TL_REPEATS, .names = security_types },
    [CLIENT_TYPE] = { "vnc.client_security_type", "Chosen security type", .type = TL_U8, .names = security_types },
    [CHALLENGE] = { "vnc.auth_challenge", "Challenge", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [RESPONSE] = { "vnc.auth_response", "Response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [RESULT] = { "vnc.auth_result", "Result", .type = TL_U32, .names = results },
    [REASON] = { "vnc.auth_error", "Reason", .type = TL_TEXT },
    [SHARE] = { "vnc.share_desktop_flag", "Share the desktop", .type = TL_BOOL },
    [WIDTH] = { "vnc.width", "Width", .type = TL_U16, .unit = "pixels" },
    [HEIGHT] = { "vnc.height", "Height", .type = TL_U16, .unit = "pixels" },
    [BITS] = { "vnc.server_bits_per_pixel", "Bits per pixel", .type = TL_U8 },
    [DEPTH] = { "vnc.server_depth", "Depth", .type = TL_U8 },
    [NAME_LENGTH] = { "vnc.desktop_name_len", "Desktop name length", .type = TL_U32, .unit = "bytes" },
    [NAME] = { "vnc.desktop_name", "Desktop name", .type = TL_TEXT },
    [SERVER_TYPE] = { "vnc.server_security_type", "Security type", .type = TL_U32, .names = security_types },
};

/* --- the record --- */

enum { R_CLIENT_MAJOR, R_CLIENT_MINOR, R_SERVER_MAJOR, R_SERVER_MINOR, R_METHOD, R_AUTH, R_SHARE, R_NAME, R_WIDTH,
R_HEIGHT };

struct rfb_record {
    struct tl_record head;
    struct tl_bytes client_major, client_minor, server_major, server_minor, name;
    const char *method;
    bool auth, share;
    uint64_t width, height;
};

#define F(index, member, key, kind, help) TL_FIELD(struct rfb_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_CLIENT_MAJOR, client_major, "client_major_version", TL_REC_TEXT, "Three digits, as sent"),
    F(R_CLIENT_MINOR, client_minor, "client_minor_version", TL_REC_TEXT, "Three digits, as sent"),
    F(R_SERVER_MAJOR, server_major, "server_major_version", TL_REC_TEXT, "Three digits, as sent"),
    F(R_SERVER_MINOR, server_minor, "server_minor_version", TL_REC_TEXT, "Three digits, as sent"),
    F(R_METHOD, method, "authentication_method", TL_REC_TOKEN, "`None`, `VNC`, `Tight`, `TLS`, `VeNCrypt`, ..."),
    F(R_AUTH, auth, "auth", TL_REC_BOOL, "The server accepted it"),
    F(R_SHARE, share, "share_flag", TL_REC_BOOL, "Other clients may stay connected"),
    F(R_NAME, name, "desktop_name", TL_REC_TEXT, "Name of the desktop"),
    F(R_WIDTH, width, "width", TL_REC_COUNT, "Pixels"),
    F(R_HEIGHT, height, "height", TL_REC_COUNT, "Pixels"),
};
#undef F

static const struct tl_record_def rfb_record_def =
    TL_RECORD_DEF("rfb", record_fields, "A session of VNC",
                  .summary = { "authentication_method", "auth", "desktop_name", "width", "height" });

/* --- flow state --- */

enum { VERSION_SIZE = 12, CHALLENGE_SIZE = 16, INIT_SIZE = 24, TEXT_MOST = 4096, NAME_MOST = 64, HELD = 1 << 16 };

enum step { AT_VERSION, WAIT_CLIENT, AT_COUNT, AT_TYPES, AT_TYPE, WAIT_CHOICE, AT_CHALLENGE, AT_RESULT,
AT_REASON_LENGTH, AT_REASON,
            AT_INIT, AT_NAME, AT_END };

struct flow {
    int64_t since;
    enum step step[2];   /* by side */
    uint8_t server;      /* the side */
    uint8_t type, minor;
    bool known;          /* which side is the server */
    bool has_client, has_server, typed, judged, good, has_share, share, has_screen, emitted;
    char client_version[6], server_version[6];
    uint16_t width, height;
    uint32_t length;
    uint8_t name_len;
    char name[NAME_MOST];
};

static const char *method_of(uint8_t type)
{
    const char *name = tl_name_of(security_types, type);
    return name != NULL ? name : "RealVNC";
}

static void emit(struct tl_dissection *d, struct flow *f)
{
    if (f->emitted || (!f->has_client && !f->has_server))
        return;
    f->emitted = true;
    struct rfb_record r = { .head = { .ts = f->since },
                            .client_major = tl_bytes_of(f->client_version, 3),
                            .client_minor = tl_bytes_of(f->client_version + 3, 3),
                            .server_major = tl_bytes_of(f->server_version, 3),
                            .server_minor = tl_bytes_of(f->server_version + 3, 3),
                            .method = method_of(f->type), .auth = f->good, .share = f->share,
                            .name = tl_bytes_of(f->name, f->name_len), .width = f->width, .height = f->height };
    const struct { bool set; uint8_t first, last; } rows[] = {
        { f->has_client, R_CLIENT_MAJOR, R_CLIENT_MINOR }, { f->has_server, R_SERVER_MAJOR, R_SERVER_MINOR },
        { f->typed, R_METHOD, R_METHOD }, { f->judged, R_AUTH, R_AUTH }, { f->has_share, R_SHARE, R_SHARE },
        { f->has_screen, R_NAME, R_HEIGHT },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++)
        for (unsigned field = rows[i].first; rows[i].set && field <= rows[i].last; field++)
            tl_record_set(&r.head, field);
    tl_emit(d, &rfb_record_def, &r.head);
}

static struct tl_want want_of(const struct flow *f, unsigned side)
{
    static const uint8_t sizes[] = { [AT_VERSION] = VERSION_SIZE, [AT_COUNT] = 1, [AT_TYPE] = 4,
    [AT_CHALLENGE] = CHALLENGE_SIZE,
                                     [AT_RESULT] = 4, [AT_REASON_LENGTH] = 4, [AT_INIT] = INIT_SIZE };
    enum step step = f->step[side];
    if (step == AT_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (step == WAIT_CLIENT || step == WAIT_CHOICE)
        return (struct tl_want){ TL_WANT_HOLD, HELD, NULL };
    if (side != f->server && (step == AT_COUNT || step == AT_INIT)) /* the chosen type; the flag */
        return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
    if (step == AT_TYPES || step == AT_REASON || step == AT_NAME)
        return (struct tl_want){ TL_WANT_BYTES, f->length, NULL };
    return (struct tl_want){ TL_WANT_BYTES, sizes[step], NULL };
}

/* --- units --- */

static void version(struct tl_dissection *d, struct flow *f, bool server)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, VERSION_SIZE);
    if (p == NULL || memcmp(p, "RFB ", 4) != 0) {
        tl_violate(d);
        return;
    }
    char *out = server ? f->server_version : f->client_version;
    memcpy(out, p + 4, 3);
    memcpy(out + 3, p + 8, 3);
    tl_add(d, server ? SERVER_VERSION : CLIENT_VERSION, d->c.off + 4, 7, 0);
    tl_skip(d, VERSION_SIZE);
    if (server) {
        f->has_server = true;
        return;
    }
    f->has_client = true;
    unsigned minor = (unsigned)(p[8] - '0') * 100 + (unsigned)(p[9] - '0') * 10 + (unsigned)(p[10] - '0');
    f->minor = minor > 8 ? 8 : minor < 7 ? 3 : (uint8_t)minor;
    tl_confirm(d);
}

/* What follows once the type is known: on the side of the server, and of the client. */
static void choose(struct tl_dissection *d, struct flow *f, uint8_t type)
{
    bool read_on = type == T_NONE || type == T_VNC;
    f->type = type;
    f->typed = true;
    f->step[f->server] = !read_on ? AT_END : type == T_VNC ? AT_CHALLENGE : f->minor >= 8 ? AT_RESULT : AT_INIT;
    f->step[f->server ^ 1] = !read_on ? AT_END : type == T_VNC ? AT_CHALLENGE : AT_INIT;
    tl_release(d);
}

static void secret(struct tl_dissection *d, unsigned field)
{
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, CHALLENGE_SIZE));
    tl_run(d, field, CHALLENGE_SIZE);
}

static void client_unit(struct tl_dissection *d, struct flow *f, enum step *step)
{
    switch (*step) {
    case AT_VERSION:
        version(d, f, false);
        *step = f->minor >= 7 ? AT_COUNT : WAIT_CHOICE;
        f->step[f->server] = f->minor >= 7 ? AT_COUNT : AT_TYPE;
        tl_release(d);
        break;
    case AT_COUNT:
        choose(d, f, tl_u8(d, CLIENT_TYPE));
        break;
    case AT_CHALLENGE:
        secret(d, RESPONSE);
        *step = AT_INIT;
        break;
    case AT_INIT: {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        f->share = p != NULL && *p != 0;
        f->has_share = true;
        tl_add(d, SHARE, d->c.off - 1, 1, f->share);
        *step = AT_END;
        break;
    }
    default:
        *step = AT_END;
        break;
    }
}

static void result(struct tl_dissection *d, struct flow *f, enum step *step)
{
    uint32_t value = tl_u32(d, RESULT);
    f->judged = true;
    f->good = value == 0;
    *step = value == 0 ? AT_INIT : f->minor >= 8 ? AT_REASON_LENGTH : AT_END;
    if (value != 0)
        emit(d, f);
}

static void init(struct tl_dissection *d, struct flow *f, enum step *step)
{
    f->width = tl_u16(d, WIDTH);
    f->height = tl_u16(d, HEIGHT);
    tl_u8(d, BITS);
    tl_u8(d, DEPTH);
    tl_skip(d, 14);
    f->length = tl_u32(d, NAME_LENGTH);
    f->has_screen = true;
    *step = f->length > 0 && f->length <= TEXT_MOST ? AT_NAME : AT_END;
    if (*step == AT_END)
        emit(d, f);
}

static void server_unit(struct tl_dissection *d, struct flow *f, enum step *step)
{
    switch (*step) {
    case AT_VERSION:
        version(d, f, true);
        *step = f->has_client ? (f->minor >= 7 ? AT_COUNT : AT_TYPE) : WAIT_CLIENT;
        break;
    case AT_COUNT:
        f->length = tl_u8(d, TYPE_COUNT);
        *step = f->length > 0 ? AT_TYPES : AT_REASON_LENGTH;
        break;
    case AT_TYPES:
        while (tl_ok(d) && tl_cursor_left(&d->c) > 0)
            tl_u8(d, TYPES);
        *step = f->typed ? *step : WAIT_CHOICE;
        break;
    case AT_TYPE:
        choose(d, f, (uint8_t)tl_u32(d, SERVER_TYPE));
        break;
    case AT_CHALLENGE:
        secret(d, CHALLENGE);
        *step = AT_RESULT;
        break;
    case AT_RESULT:
        result(d, f, step);
        break;
    case AT_REASON_LENGTH: {
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        f->length = p != NULL ? tl_load_be32(p) : 0;
        *step = f->length > 0 && f->length <= TEXT_MOST ? AT_REASON : AT_END;
        break;
    }
    case AT_REASON:
        tl_run(d, REASON, f->length);
        *step = AT_END;
        break;
    case AT_INIT:
        init(d, f, step);
        break;
    case AT_NAME:
        f->name_len = (uint8_t)(f->length < NAME_MOST ? f->length : NAME_MOST);
        memcpy(f->name, d->c.base + d->c.off, f->name_len);
        tl_run(d, NAME, f->length);
        emit(d, f);
        *step = AT_END;
        break;
    case WAIT_CLIENT:
    case WAIT_CHOICE:
    case AT_END:
        break;
    }
}

static struct tl_want vnc_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (!f->known) { /* the server speaks first */
        f->known = true;
        f->server = d->flow.orig_port >= 5900 && d->flow.orig_port <= 5999 && d->flow.resp_port > 5999 ? 0 : 1;
    }
    if (f->since == 0)
        f->since = s->since;
    if (s->event == TL_EV_GAP)
        f->step[s->side] = AT_END;
    if (s->event == TL_EV_UNIT) {
        tl_message(d);
        if (s->side == f->server)
            server_unit(d, f, &f->step[s->side]);
        else
            client_unit(d, f, &f->step[s->side]);
    }
    return want_of(f, s->side);
}

static void vnc_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        emit(d, f);
}

static enum tl_probe vnc_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 1);
    uint32_t n = tl_cursor_left(&c) < 4 ? tl_cursor_left(&c) : 4;
    if (!d->flow.stream || p == NULL || memcmp(p, "RFB ", n) != 0)
        return TL_PROBE_NO;
    if (tl_cursor_left(&c) < VERSION_SIZE)
        return TL_PROBE_MAYBE;
    static const uint8_t digits[] = { 4, 5, 6, 8, 9, 10 };
    for (unsigned i = 0; i < sizeof digits; i++)
        if (p[digits[i]] < '0' || p[digits[i]] > '9')
            return TL_PROBE_NO;
    return p[7] == '.' && p[11] == '\n' ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_vnc = {
    .name = "vnc",
    .title = "Virtual Network Computing",
    .service = "rfb",
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &rfb_record_def },
    .has_secrets = true,
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, 5900 }, { TL_ON_TCP_PORT, 5901 }, { TL_ON_TCP_PORT, 5902 } },
    .info = "[server version {server_proto_ver}][client version {client_proto_ver}][security types {security_type,}]"
            "[security type {client_security_type}][security type {server_security_type}][result {auth_result}]"
            "[{width} x {height}][ {desktop_name}][: {auth_error}]",
    TL_BEGINS("RR"),
    .probe = vnc_probe,
    .stream = vnc_stream,
    .finish = vnc_finish,
};
