/*
 * radius.c - RADIUS (RFC 2865) and its accounting (RFC 2866): code 1 | identifier 1 | length 2 | authenticator 16 |
 * attributes, each
 * type 1 | length 1 | value. EAP is in one or more EAP-Message attributes (RFC 3579).
 */
#include "dissectors/radius/radius.h"

#include "core/part.h"
#include "dissectors/eap/eap.h"
#include "dissectors/login.h"

enum { HEADER = 20, AUTHENTICATOR_SIZE = 16, MESSAGE_MOST = 4096, ATTRIBUTE_LEAST = 2, VENDOR = 26, MICROSOFT = 311 };

struct pieces {
    uint32_t off[TL_RADIUS_EAP_PIECES], len[TL_RADIUS_EAP_PIECES];
    uint32_t count, total;
};

static void rest(struct tl_dissection *d, unsigned field)
{
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, field, tl_cursor_wire_left(&d->c));
}

static void secret(struct tl_dissection *d, unsigned field)
{
    if (tl_ok(d))
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    rest(d, field);
}

/* RFC 2548: what Microsoft's attributes hold of passwords and keys. */
static bool is_vendor_secret(uint32_t vendor, uint32_t type)
{
    static const uint8_t secrets[] = { 1, 3, 4, 5, 6, 12, 16, 17, 25, 26, 27 };
    return vendor == MICROSOFT && type <= UINT8_MAX && memchr(secrets, (int)type, sizeof secrets) != NULL;
}

/* How many octets a vendor's type and length have. RFC 2865 5.26 recommends one for each; these vendors have others. */
struct vendor_form {
    uint32_t id;
    uint8_t type, length; /* length 0: there is none, the value is the rest */
};

static struct vendor_form vendor_form_of(struct tl_dissection *d, uint32_t id)
{
    static const struct vendor_form others[] = {
        { 429, 4, 0 } /* USR */, { 637, 2, 1 } /* Alcatel */, { 4846, 2, 1 } /* Lucent */, { 8164, 2, 2 } /* Starent */,
        { 16445, 2, 1 } /* Kineto */,
    };
    struct vendor_form usual = { id, 1, 1 };
    for (unsigned i = 0; i < TL_COUNT(others); i++) {
        if (others[i].id != id)
            continue;
        if (others[i].length < 2)
            return others[i];
        /* Those of Starent can be set to the usual form as well. If the length was not captured: no usual type is 0. */
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 4), *type = tl_cursor_peek(&d->c, 0, 1);
        uint32_t left = tl_cursor_wire_left(&d->c);
        uint32_t len = p != NULL ? tl_load_be16(p + 2) : type != NULL && *type == 0 ? left : 0;
        return len >= 4 && len <= left ? others[i] : usual;
    }
    return usual;
}

static uint32_t number(struct tl_dissection *d, unsigned field, unsigned octets)
{
    return octets == 1 ? tl_u8(d, field) : octets == 2 ? tl_u16(d, field) : tl_u32(d, field);
}

static void vendor(struct tl_dissection *d)
{
    uint32_t id = tl_u32(d, RADIUS_VENDOR_ID);
    struct vendor_form form = vendor_form_of(d, id);
    uint32_t head = (uint32_t)form.type + form.length;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= head) {
        uint32_t type = number(d, RADIUS_VENDOR_TYPE, form.type), left = tl_cursor_wire_left(&d->c);
        uint32_t len = form.length == 0 ? head + left : number(d, RADIUS_VENDOR_LENGTH, form.length);
        if (tl_ok(d) && (len < head || len - head > tl_cursor_wire_left(&d->c))) { /* a form of the vendor's own */
            if (id == MICROSOFT)
                secret(d, RADIUS_VENDOR_SECRET);
            else
                rest(d, RADIUS_VENDOR_VALUE);
            return;
        }
        struct tl_part part = tl_part_enter(d, len - head);
        if (is_vendor_secret(id, type))
            secret(d, RADIUS_VENDOR_SECRET);
        else
            rest(d, RADIUS_VENDOR_VALUE);
        tl_part_leave(d, part);
    }
}

/* RFC 2868 3.1: a tag of 1 to 31 in front of the value. */
static void tagged(struct tl_dissection *d, struct tl_radius_attribute a)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (a.kind == TL_RADIUS_TAGGED_NUMBER) {
        tl_u8(d, RADIUS_TAG);
        const uint8_t *p = tl_cursor_take(&d->c, 3);
        if (p != NULL)
            tl_add(d, a.field, d->c.off - 3, 3, tl_load_be24(p));
        return;
    }
    if (first != NULL && *first < 0x20)
        tl_u8(d, RADIUS_TAG);
    rest(d, a.field);
}

static void value(struct tl_dissection *d, struct tl_radius_attribute a, struct pieces *eap)
{
    uint32_t len = tl_cursor_wire_left(&d->c);
    switch ((enum tl_radius_kind)a.kind) {
    case TL_RADIUS_OTHER:
        rest(d, RADIUS_VALUE);
        break;
    case TL_RADIUS_TEXT:
    case TL_RADIUS_BYTES:
        rest(d, a.field);
        break;
    case TL_RADIUS_SECRET:
        secret(d, a.field);
        break;
    case TL_RADIUS_NUMBER:
        if (len == 4)
            tl_u32(d, a.field);
        break;
    case TL_RADIUS_IPV4:
        if (len == 4)
            tl_ipv4(d, a.field);
        break;
    case TL_RADIUS_IPV6:
        if (len == 16)
            tl_ipv6(d, a.field);
        break;
    case TL_RADIUS_DATE: {
        const uint8_t *p = len == 4 ? tl_cursor_take(&d->c, 4) : NULL;
        if (p != NULL)
            tl_add(d, a.field, d->c.off - 4, 4, (uint64_t)tl_load_be32(p) * UINT64_C(1000000000));
        break;
    }
    case TL_RADIUS_TAGGED_NUMBER:
    case TL_RADIUS_TAGGED_TEXT:
        tagged(d, a);
        break;
    case TL_RADIUS_EAP:
        if (eap->count < TL_RADIUS_EAP_PIECES && tl_cursor_left(&d->c) == len) {
            eap->off[eap->count] = d->c.off;
            eap->len[eap->count++] = len;
            eap->total += len;
        }
        tl_skip(d, len); /* shown as EAP */
        break;
    }
    rest(d, RADIUS_VALUE);
}

/* MS-CHAP-Response and MS-CHAP2-Response of Microsoft (RFC 2548 sections 2.1.3, 2.3.2). */
static const char *vendor_method(struct tl_bytes v)
{
    enum { RESPONSE = 1, RESPONSE_2 = 25 };
    if (v.len < 5 || tl_load_be32(v.data) != MICROSOFT)
        return NULL;
    return v.data[4] == RESPONSE ? "MS-CHAP" : v.data[4] == RESPONSE_2 ? "MS-CHAPv2" : NULL;
}

/* Notes what the record needs. */
static void note(struct tl_radius_message *m, uint8_t type, struct tl_bytes v)
{
    switch (type) {
    case 1:
        m->user = v;
        break;
    case 2:
        m->method = "PAP";
        break;
    case 3:
        m->method = "CHAP";
        break;
    case 79:
        m->method = "EAP";
        break;
    case 103:
        m->method = "Digest";
        break;
    case 8:
        m->framed = v.len == 4 ? v.data : m->framed;
        break;
    case 18:
        m->reply = m->reply.len == 0 ? v : m->reply;
        break;
    case 24:
        m->state = v;
        break;
    case VENDOR:
        if (vendor_method(v) != NULL)
            m->method = vendor_method(v);
        break;
    case 31:
        m->station = v;
        break;
    case 40:
        m->acct_status = v.len == 4 ? tl_load_be32(v.data) : m->acct_status;
        break;
    case 44:
        m->session = v;
        break;
    case 66:
        if (v.len > 0 && v.data[0] < 0x20)
            v = tl_bytes_of(v.data + 1, v.len - 1);
        m->client = v;
        break;
    case 77:
        m->connect_info = v;
        break;
    default:
        break;
    }
}

static bool holds_response(uint8_t type)
{
    return type == 70 || type == 74 || type == 84 || type == 103; /* ARAP, Digest-Response */
}

static void attribute(struct tl_dissection *d, struct tl_radius_message *m, struct pieces *eap)
{
    uint32_t group = tl_group(d, RADIUS_AVP);
    uint8_t type = tl_u8(d, RADIUS_AVP_TYPE), len = tl_u8(d, RADIUS_AVP_LENGTH);
    bool is_secret = tl_radius_attributes[type].kind == TL_RADIUS_SECRET || holds_response(type);
    if (tl_ok(d) && is_secret) { /* also if the length is wrong */
        uint32_t left = tl_cursor_left(&d->c), n = len >= 2 ? len - 2u : left;
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, n < left ? n : left));
    }
    if (tl_ok(d) && len < ATTRIBUTE_LEAST)
        tl_bad(d);
    struct tl_part part = tl_part_enter(d, len - (uint32_t)ATTRIBUTE_LEAST);
    if (tl_ok(d)) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, len - (uint32_t)ATTRIBUTE_LEAST);
        if (p != NULL)
            note(m, type, tl_bytes_of(p, len - (uint32_t)ATTRIBUTE_LEAST));
        if (type == VENDOR)
            vendor(d);
        else if (holds_response(type))
            secret(d, RADIUS_VALUE_SECRET);
        else
            value(d, tl_radius_attributes[type], eap);
    }
    tl_part_leave(d, part);
    tl_group_end(d, group);
}

/* EAP in one attribute is shown where it is, else put together first. */
static void show_eap(struct tl_dissection *d, const struct pieces *eap)
{
    if (eap->count == 0 || d->tree == NULL || d->wanted == NULL)
        return;
    if (eap->count == 1) {
        tl_eap_show(d, eap->off[0], eap->len[0]);
        return;
    }
    uint8_t *whole = tl_arena_alloc(d->scratch, eap->total + 1);
    if (whole == NULL)
        return;
    uint32_t at = 0;
    for (uint32_t i = 0; i < eap->count; i++) {
        memcpy(whole + at, d->c.base + eap->off[i], eap->len[i]);
        tl_hide(d, tl_bytes_of(d->c.base + eap->off[i], eap->len[i])); /* a secret in it may cross attributes */
        at += eap->len[i];
    }
    uint8_t before = d->tree->source, added = tl_tree_add_source(d->tree, whole, at, "EAP in several attributes");
    if (added == TL_TREE_SOURCES)
        return;
    const struct tl_cursor saved = d->c;
    d->tree->source = added;
    d->c = tl_cursor_on(whole, at, at);
    tl_eap_show(d, 0, at);
    d->c = saved;
    d->tree->source = before;
}

static enum tl_status radius_dissect(struct tl_dissection *d)
{
    struct tl_radius_message m = { .code = 0 };
    struct pieces eap = { .count = 0 };
    m.code = tl_u8(d, RADIUS_CODE);
    m.id = tl_u8(d, RADIUS_ID);
    uint32_t len = tl_u16(d, RADIUS_LENGTH);
    if (tl_ok(d) && (tl_name_of(tl_radius_codes, m.code) == NULL || len < HEADER))
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    tl_limit(d, len, HEADER);
    tl_run(d, RADIUS_AUTHENTICATOR, AUTHENTICATOR_SIZE);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        attribute(d, &m, &eap);
    if (tl_ok(d)) {
        tl_confirm(d);
        if (d->flow.slot != NULL)
            tl_radius_pair(d, d->flow.slot, &m);
        show_eap(d, &eap);
    }
    return tl_next_none(d);
}

static enum tl_probe radius_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 4);
    if (!d->flow.home || d->flow.stream || p == NULL || tl_name_of(tl_radius_codes, p[0]) == NULL)
        return TL_PROBE_NO;
    uint32_t len = tl_load_be16(p + 2);
    return len >= HEADER && len <= MESSAGE_MOST && len <= tl_cursor_wire_left(&c) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_radius = {
    .name = "radius",
    .title = "RADIUS",
    .service = "radius",
    .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    .fields = tl_radius_fields,
    .field_count = RADIUS_FIELDS,
    .records = { &tl_radius_record_def, &tl_login_record_def },
    .has_secrets = true,
    .flow_size = sizeof(struct tl_radius_flow),
    .on = { { TL_ON_UDP_PORT, 1812 }, { TL_ON_UDP_PORT, 1813 }, { TL_ON_UDP_PORT, 1645 }, { TL_ON_UDP_PORT, 1646 },
            { TL_ON_UDP_PORT, 3799 }, { TL_ON_UDP_PORT, 1700 } },
    .info = "{code} id={id}[, {User_Name}][, {Acct_Status_Type}][, {Reply_Message}]",
    .only_at_home = true,
    .probe = radius_probe,
    .dissect = radius_dissect,
    .finish = tl_radius_finish,
};
