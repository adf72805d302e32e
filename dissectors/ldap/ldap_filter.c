/* ldap_filter.c - the filter of a search as text: (&(objectClass=person)(cn=a*)) (RFC 4511 section 4.5.1.7, RFC 4515). */
#include "dissectors/ldap/ldap.h"

void tl_ldap_put(struct tl_ldap_text *out, const void *text, uint32_t len)
{
    if (len > LDAP_FILTER_MOST - out->len) {
        out->cut = true;
        return;
    }
    if (len > 0)
        memcpy(out->text + out->len, text, len);
    out->len += len;
}

static void put_word(struct tl_ldap_text *out, const char *word)
{
    tl_ldap_put(out, word, (uint32_t)strlen(word));
}

/* A value: special characters, control characters and bytes above 7f become \xx (RFC 4515 section 3). */
static void put_value(struct tl_ldap_text *out, struct tl_bytes value)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < value.len && !out->cut; i++) {
        uint8_t c = value.data[i];
        if (c >= 0x20 && c < 0x7f && c != '(' && c != ')' && c != '*' && c != '\\') {
            tl_ldap_put(out, &value.data[i], 1);
        } else {
            const char hex[3] = { '\\', digits[c >> 4], digits[c & 15] };
            tl_ldap_put(out, hex, 3);
        }
    }
}

static struct tl_bytes next_bytes(struct tl_ber *r)
{
    struct tl_ber_value v;
    return tl_ber_next(r, &v) ? tl_ber_bytes(r, &v) : (struct tl_bytes){ NULL, 0 };
}

/* Reads the value v that is compared with an attribute, and writes it. */
static void assert_value(struct tl_ber *r, const struct tl_ber_value *v, struct tl_ldap_text *out, bool secret)
{
    if (secret)
        tl_ldap_hide(r, v);
    struct tl_bytes value = tl_ber_bytes(r, v), shown = secret ? tl_shown_text(r->d, TL_SECRET_WHOLE, value) : value;
    if (shown.len < value.len)
        put_word(out, "?");
    else
        put_value(out, value);
}

static void match(struct tl_ber *r, struct tl_ldap_text *out, const char *operator)
{
    struct tl_bytes type = next_bytes(r);
    struct tl_ber_value v;
    tl_ldap_put(out, type.data, type.len);
    put_word(out, operator);
    if (tl_ok(r->d) && tl_ber_next(r, &v))
        assert_value(r, &v, out, tl_ldap_is_secret(type));
}

/* type, then a sequence of initial [0], any [1] and final [2] */
static void substrings(struct tl_ber *r, struct tl_ldap_text *out)
{
    struct tl_bytes type = next_bytes(r);
    struct tl_ber_value list, v = { .number = 0 };
    uint32_t last = 0;
    bool any = false, secret = tl_ldap_is_secret(type);
    tl_ldap_put(out, type.data, type.len);
    put_word(out, "=");
    if (!tl_ok(r->d) || !tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        if (any || v.number != 0)
            put_word(out, "*");
        assert_value(r, &v, out, secret);
        last = v.number;
        any = true;
    }
    if (last != 2)
        put_word(out, "*");
    tl_ber_leave(r, &list, part);
}

/* matchingRule [1], type [2], matchValue [3], dnAttributes [4] */
static void extensible(struct tl_ber *r, struct tl_ldap_text *out)
{
    struct tl_bytes parts[5] = { { NULL, 0 } };
    struct tl_ber_value v;
    bool secret = false;
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        if (secret && v.number == 3)
            tl_ldap_hide(r, &v);
        struct tl_bytes b = tl_ber_bytes(r, &v);
        if (v.number < 5)
            parts[v.number] = b;
        secret |= v.number == 2 && tl_ldap_is_secret(b);
    }
    tl_ldap_put(out, parts[2].data, parts[2].len);
    if (parts[4].len == 1 && parts[4].data[0] != 0)
        put_word(out, ":dn");
    if (parts[1].len > 0) {
        put_word(out, ":");
        tl_ldap_put(out, parts[1].data, parts[1].len);
    }
    put_word(out, ":=");
    if (secret && tl_shown_text(r->d, TL_SECRET_WHOLE, parts[3]).len < parts[3].len)
        put_word(out, "?");
    else
        put_value(out, parts[3]);
}

static void one(struct tl_ber *r, const struct tl_ber_value *v, struct tl_ldap_text *out)
{
    static const char *const operators[] = { [3] = "=", [5] = ">=", [6] = "<=", [8] = "~=" };
    put_word(out, "(");
    if (v->class == TL_BER_CONTEXT && v->number == 7) { /* the type alone */
        struct tl_bytes type = tl_ber_bytes(r, v);
        tl_ldap_put(out, type.data, type.len);
        put_word(out, "=*)");
        return;
    }
    struct tl_part part = tl_ber_enter(r, v);
    if (tl_ok(r->d) && v->class == TL_BER_CONTEXT && v->constructed) {
        switch (v->number) {
        case 0: case 1: case 2:
            put_word(out, v->number == 0 ? "&" : v->number == 1 ? "|" : "!");
            while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0)
                tl_ldap_filter(r, out);
            break;
        case 3: case 5: case 6: case 8: match(r, out, operators[v->number]); break;
        case 4: substrings(r, out); break;
        case 9: extensible(r, out); break;
        default: break;
        }
    }
    tl_ber_leave(r, v, part);
    put_word(out, ")");
}

void tl_ldap_filter(struct tl_ber *r, struct tl_ldap_text *out)
{
    struct tl_ber_value v;
    if (tl_ber_next(r, &v))
        one(r, &v, out);
}
