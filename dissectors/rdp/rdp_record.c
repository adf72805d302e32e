/* rdp_record.c - the record of an RDP connection: what both ends said before they began to encrypt. */
#include "dissectors/rdp/rdp.h"

#include "core/digits.h"

enum {
    O_COOKIE, O_RESULT, O_SECURITY, O_CHANNELS, O_LAYOUT, O_BUILD, O_NAME, O_PRODUCT, O_WIDTH, O_HEIGHT, O_DEPTH,
    O_CERT_TYPE, O_CERT_COUNT, O_CERT_PERMANENT, O_LEVEL, O_METHOD
};

struct rdp_record {
    struct tl_record head;
    struct tl_bytes cookie, layout, build, name, product, depth, cert_type, level, method;
    const char *result, *security;
    struct tl_text_list channels;
    uint64_t width, height, cert_count;
    bool cert_permanent;
};

#define F(index, member, key, kind, help) TL_FIELD(struct rdp_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(O_COOKIE, cookie, "cookie", TL_REC_TEXT,
      "Of the client: a user's name, which it may have cut to nine characters"),
    F(O_RESULT, result, "result", TL_REC_TOKEN,
      "`encrypted` when TLS begins, why the negotiation failed, or how the conference began: `Success`"),
    F(O_SECURITY, security, "security_protocol", TL_REC_TOKEN,
      "`RDP`, `SSL`, `HYBRID`, `RDSTLS`, `HYBRID_EX`, `RDSAAD`, `unknown`"),
    F(O_CHANNELS, channels, "client_channels", TL_REC_TEXTS, "Virtual channels that the client asked for"),
    F(O_LAYOUT, layout, "keyboard_layout", TL_REC_TEXT, "Keyboard layout of the client"),
    F(O_BUILD, build, "client_build", TL_REC_TEXT, "Version of the client"),
    F(O_NAME, name, "client_name", TL_REC_TEXT, "Name of the client's machine"),
    F(O_PRODUCT, product, "client_dig_product_id", TL_REC_TEXT, "Product id of the client's machine"),
    F(O_WIDTH, width, "desktop_width", TL_REC_COUNT, "Width of the desktop that the client asked for, in pixels"),
    F(O_HEIGHT, height, "desktop_height", TL_REC_COUNT, "Its height, in pixels"),
    F(O_DEPTH, depth, "requested_color_depth", TL_REC_TEXT, "Color depth that the client asked for"),
    F(O_CERT_TYPE, cert_type, "cert_type", TL_REC_TEXT, "`RSA` for the form that is RDP's own, `X.509` for a chain"),
    F(O_CERT_COUNT, cert_count, "cert_count", TL_REC_COUNT, "Certificates that the server sent outside TLS"),
    F(O_CERT_PERMANENT, cert_permanent, "cert_permanent", TL_REC_BOOL, "The certificate is not a temporary one"),
    F(O_LEVEL, level, "encryption_level", TL_REC_TEXT, "Encryption level that the server chose"),
    F(O_METHOD, method, "encryption_method", TL_REC_TEXT, "Encryption method that the server chose"),
};
#undef F

const struct tl_record_def tl_rdp_record_def =
    TL_RECORD_DEF("rdp", record_fields, "A connection of RDP",
                  .summary = { "cookie", "client_name", "security_protocol", "result" });

enum { WORD = 96, WANTS_32BPP = 2 };

/* What the texts of a record point to. */
struct words {
    uint8_t layout[WORD], build[WORD], depth[WORD], cert_type[WORD], level[WORD], method[WORD];
    struct tl_bytes channels[TL_RDP_CHANNELS];
};

static uint8_t *add(uint8_t *p, const char *text)
{
    size_t n = strlen(text);
    memcpy(p, text, n);
    return p + n;
}

/* The name, or what and the number: `keyboard-99`. */
static struct tl_bytes word(const char *name, const char *what, uint32_t number, uint8_t room[WORD])
{
    if (name != NULL)
        return tl_bytes_of(name, strlen(name));
    uint8_t *end = tl_write_u64(add(room, what), number);
    return tl_bytes_of(room, (size_t)(end - room));
}

/* A layout that has no name is a variant of the one with the same low half. */
static struct tl_bytes layout_of(uint32_t layout, uint8_t room[WORD])
{
    const char *near = tl_rdp_layout(layout & 0xffff);
    if (tl_rdp_layout(layout) != NULL || near == NULL)
        return word(tl_rdp_layout(layout), "keyboard-", layout, room);
    uint8_t *end = tl_write_u64(add(add(room, near), " (Best Guess for "), layout);
    *end++ = ')';
    return tl_bytes_of(room, (size_t)(end - room));
}

static void fill_core(const struct tl_rdp_facts *f, struct rdp_record *r, struct words *w)
{
    r->layout = layout_of(f->layout, w->layout);
    r->build = word(tl_rdp_build(f->build), "client_build-", f->build, w->build);
    r->name = tl_bytes_of(f->name, f->name_len);
    r->width = f->width;
    r->height = f->height;
    r->head.set |= UINT64_C(1) << O_LAYOUT | UINT64_C(1) << O_BUILD | UINT64_C(1) << O_NAME | UINT64_C(1) << O_WIDTH |
                   UINT64_C(1) << O_HEIGHT;
    if (!f->deep)
        return;
    const char *depth = (f->early & WANTS_32BPP) != 0 ? "32bit" : tl_rdp_depth(f->depth);
    r->depth = word(depth, "high_color_depth-", f->depth, w->depth);
    tl_record_set(&r->head, O_DEPTH);
    r->product = tl_bytes_of(f->product, f->product_len);
    if (f->product_len > 0)
        tl_record_set(&r->head, O_PRODUCT);
}

static void fill_channels(const struct tl_rdp_facts *f, struct rdp_record *r, struct words *w)
{
    for (unsigned i = 0; i < f->channel_count; i++)
        w->channels[i] = tl_bytes_of(f->channels[i], strnlen(f->channels[i], TL_RDP_CHANNEL_NAME));
    r->channels = (struct tl_text_list){ w->channels, f->channel_count };
    if (f->channel_count > 0)
        tl_record_set(&r->head, O_CHANNELS);
}

static void fill_security(const struct tl_rdp_facts *f, struct rdp_record *r, struct words *w)
{
    if (f->secured) {
        r->level = word(tl_name_of(tl_rdp_levels, f->level), "encryption_level-", f->level, w->level);
        r->method = word(tl_name_of(tl_rdp_methods, f->method), "encryption_method-", f->method, w->method);
        r->head.set |= UINT64_C(1) << O_LEVEL | UINT64_C(1) << O_METHOD;
    }
    if (f->certified) {
        r->cert_type = word(tl_name_of(tl_rdp_cert_types, f->cert_type), "cert_type-", f->cert_type, w->cert_type);
        r->cert_permanent = f->cert_permanent;
        r->head.set |= UINT64_C(1) << O_CERT_TYPE | UINT64_C(1) << O_CERT_PERMANENT;
    }
    r->cert_count = f->cert_count;
    tl_record_set(&r->head, O_CERT_COUNT);
}

void tl_rdp_emit(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    struct words words;
    if (f->emitted || (!f->asked && f->result == NULL && !f->core))
        return;
    f->emitted = true;
    struct rdp_record r = { .head = { .ts = f->since }, .cookie = tl_bytes_of(f->cookie, f->cookie_len),
                            .result = f->result, .security = f->security };
    if (f->asked)
        tl_record_set(&r.head, O_COOKIE);
    if (f->result != NULL)
        tl_record_set(&r.head, O_RESULT);
    if (f->security != NULL)
        tl_record_set(&r.head, O_SECURITY);
    if (f->core)
        fill_core(f, &r, &words);
    fill_channels(f, &r, &words);
    fill_security(f, &r, &words);
    tl_emit(d, &tl_rdp_record_def, &r.head);
}
