/* dns_rr.c - the data of DNS resource records (RFC 1035, 2782, 3403, 4034, 4255, 5155, 6698, 8659, ..). */
#include "dissectors/dns/dns.h"

enum kind { END, U8, U16, U32, U48, NAME, STRING, SIZED8, SIZED16, HASH32, TYPES, REST, IPV4, IPV6, MAC, EUI };

/* As in Zeek's logs, or in presentation form. */
enum form { HIDE, ZEEK, DIG, DIG64 };

/*
 * One field of a record's data. Strings and sized bytes follow their length; the field of the length comes before
 * theirs.
 */
struct step {
    uint8_t kind;  /* enum kind */
    uint8_t shown; /* enum form: how it is included in the answer's text */
    uint16_t field;
};

struct layout {
    const char *word; /* the first word of the answer's text */
    struct step steps[10];
};

/* Types that are a plain sequence of fields. */
enum shape {
    S_NONE, S_A, S_AAAA, S_NS, S_CNAME, S_DNAME, S_PTR, S_MD, S_MF, S_MB, S_MG, S_MR, S_NULL, S_SOA, S_MX, S_HINFO,
    S_MINFO, S_RP, S_AFSDB, S_RT, S_KX, S_EUI48, S_EUI64, S_SRV, S_NAPTR, S_SSHFP, S_DS, S_RRSIG, S_DNSKEY,
    S_NSEC, S_NSEC3, S_NSEC3PARAM, S_TLSA, S_ZONEMD, S_OPENPGPKEY, S_TKEY, S_TSIG,
};

static const struct layout layouts[] = {
    [S_A] = { NULL, { { IPV4, ZEEK, DNS_A } } },
    [S_AAAA] = { NULL, { { IPV6, ZEEK, DNS_AAAA } } },
    [S_NS] = { NULL, { { NAME, ZEEK, DNS_NS } } },
    [S_CNAME] = { NULL, { { NAME, ZEEK, DNS_CNAME } } },
    [S_DNAME] = { NULL, { { NAME, DIG, DNS_DNAME } } },
    [S_PTR] = { NULL, { { NAME, ZEEK, DNS_PTR } } },
    [S_MD] = { NULL, { { NAME, HIDE, DNS_MD } } },
    [S_MF] = { NULL, { { NAME, HIDE, DNS_MF } } },
    [S_MB] = { NULL, { { NAME, HIDE, DNS_MB } } },
    [S_MG] = { NULL, { { NAME, HIDE, DNS_MG } } },
    [S_MR] = { NULL, { { NAME, HIDE, DNS_MR } } },
    [S_NULL] = { NULL, { { REST, HIDE, DNS_NULL } } },
    [S_SOA] = { NULL, { { NAME, ZEEK, DNS_SOA_MNAME }, { NAME, HIDE, DNS_SOA_RNAME }, { U32, HIDE, DNS_SOA_SERIAL },
                        { U32, HIDE, DNS_SOA_REFRESH }, { U32, HIDE, DNS_SOA_RETRY }, { U32, HIDE, DNS_SOA_EXPIRE },
                        { U32, HIDE, DNS_SOA_MINIMUM } } },
    [S_MX] = { NULL, { { U16, HIDE, DNS_MX_PREFERENCE }, { NAME, ZEEK, DNS_MX_EXCHANGE } } },
    [S_HINFO] = { NULL, { { STRING, DIG, DNS_HINFO_CPU }, { STRING, DIG, DNS_HINFO_OS } } },
    [S_MINFO] = { NULL, { { NAME, HIDE, DNS_MINFO_R }, { NAME, HIDE, DNS_MINFO_E } } },
    [S_RP] = { NULL, { { NAME, DIG, DNS_RP_MAILBOX }, { NAME, DIG, DNS_RP_TXT } } },
    [S_AFSDB] = { NULL, { { U16, DIG, DNS_AFSDB_SUBTYPE }, { NAME, DIG, DNS_AFSDB_HOSTNAME } } },
    [S_RT] = { NULL, { { U16, HIDE, DNS_RT_SUBTYPE }, { NAME, HIDE, DNS_RT_HOST } } },
    [S_KX] = { NULL, { { U16, DIG, DNS_KX_PREFERENCE }, { NAME, DIG, DNS_KX_EXCHANGE } } },
    [S_EUI48] = { NULL, { { MAC, DIG, DNS_EUI48 } } },
    [S_EUI64] = { NULL, { { EUI, DIG, DNS_EUI64 } } },
    [S_SRV] = { NULL, { { U16, HIDE, DNS_SRV_PRIORITY }, { U16, HIDE, DNS_SRV_WEIGHT }, { U16, HIDE, DNS_SRV_PORT },
                        { NAME, ZEEK, DNS_SRV_TARGET } } },
    [S_NAPTR] = { "NAPTR", { { U16, ZEEK, DNS_NAPTR_ORDER }, { U16, ZEEK, DNS_NAPTR_PREFERENCE },
                             { STRING, ZEEK, DNS_NAPTR_FLAGS }, { STRING, ZEEK, DNS_NAPTR_SERVICE },
                             { STRING, ZEEK, DNS_NAPTR_REGEX }, { NAME, ZEEK, DNS_NAPTR_REPLACEMENT } } },
    [S_SSHFP] = { NULL, { { U8, DIG, DNS_SSHFP_ALGORITHM }, { U8, DIG, DNS_SSHFP_TYPE },
                          { REST, DIG, DNS_SSHFP_FINGERPRINT } } },
    [S_DS] = { "DS", { { U16, HIDE, DNS_DS_KEY_ID }, { U8, ZEEK, DNS_DS_ALGORITHM }, { U8, ZEEK, DNS_DS_DIGEST_TYPE },
                       { REST, HIDE, DNS_DS_DIGEST } } },
    [S_RRSIG] = { "RRSIG", { { U16, ZEEK, DNS_RRSIG_TYPE }, { U8, HIDE, DNS_RRSIG_ALGORITHM },
                             { U8, HIDE, DNS_RRSIG_LABELS }, { U32, HIDE, DNS_RRSIG_TTL },
                             { U32, HIDE, DNS_RRSIG_EXPIRATION }, { U32, HIDE, DNS_RRSIG_INCEPTION },
                             { U16, HIDE, DNS_RRSIG_KEY_TAG }, { NAME, ZEEK, DNS_RRSIG_SIGNER },
                             { REST, HIDE, DNS_RRSIG_SIGNATURE } } },
    [S_DNSKEY] = { "DNSKEY", { { U16, HIDE, DNS_DNSKEY_FLAGS }, { U8, HIDE, DNS_DNSKEY_PROTOCOL },
                               { U8, ZEEK, DNS_DNSKEY_ALGORITHM }, { REST, HIDE, DNS_DNSKEY_KEY } } },
    [S_NSEC] = { "NSEC", { { NAME, ZEEK, DNS_NSEC_NEXT }, { TYPES, HIDE, DNS_NSEC_TYPE } } },
    [S_NSEC3] = { "NSEC3", { { U8, HIDE, DNS_NSEC3_ALGO }, { U8, HIDE, DNS_NSEC3_FLAGS },
                             { U16, HIDE, DNS_NSEC3_ITERATIONS }, { SIZED8, HIDE, DNS_NSEC3_SALT },
                             { HASH32, HIDE, DNS_NSEC3_HASH }, { TYPES, HIDE, DNS_NSEC_TYPE } } },
    [S_NSEC3PARAM] = { NULL, { { U8, DIG, DNS_NSEC3_ALGO }, { U8, DIG, DNS_NSEC3_FLAGS },
                               { U16, DIG, DNS_NSEC3_ITERATIONS }, { SIZED8, DIG, DNS_NSEC3_SALT } } },
    [S_TLSA] = { NULL, { { U8, ZEEK, DNS_TLSA_USAGE }, { U8, ZEEK, DNS_TLSA_SELECTOR }, { U8, ZEEK, DNS_TLSA_MATCHING },
                         { REST, ZEEK, DNS_TLSA_DATA } } },
    [S_ZONEMD] = { NULL, { { U32, DIG, DNS_ZONEMD_SERIAL }, { U8, DIG, DNS_ZONEMD_SCHEME },
                           { U8, DIG, DNS_ZONEMD_HASH }, { REST, DIG, DNS_ZONEMD_DIGEST } } },
    [S_OPENPGPKEY] = { NULL, { { REST, DIG64, DNS_OPENPGPKEY } } },
    [S_TKEY] = { NULL, { { NAME, HIDE, DNS_TKEY_ALGORITHM }, { U32, HIDE, DNS_TKEY_INCEPTION },
                         { U32, HIDE, DNS_TKEY_EXPIRATION }, { U16, HIDE, DNS_TKEY_MODE },
                         { U16, HIDE, DNS_TKEY_ERROR }, { SIZED16, HIDE, DNS_TKEY_KEY },
                         { SIZED16, HIDE, DNS_TKEY_OTHER } } },
    [S_TSIG] = { NULL, { { NAME, HIDE, DNS_TSIG_ALGORITHM }, { U48, HIDE, DNS_TSIG_TIME },
                         { U16, HIDE, DNS_TSIG_FUDGE }, { SIZED16, HIDE, DNS_TSIG_MAC },
                         { U16, HIDE, DNS_TSIG_ORIGINAL_ID }, { U16, HIDE, DNS_TSIG_ERROR },
                         { SIZED16, HIDE, DNS_TSIG_OTHER } } },
};

/* Index by type, for the types up to 109 that are listed above. */
static const uint8_t shapes[] = {
    [1] = S_A,      [2] = S_NS,       [3] = S_MD,        [4] = S_MF,     [5] = S_CNAME,  [6] = S_SOA,  [7] = S_MB,
    [8] = S_MG,     [9] = S_MR,       [10] = S_NULL,     [12] = S_PTR,   [13] = S_HINFO, [14] = S_MINFO, [15] = S_MX,
    [17] = S_RP,    [18] = S_AFSDB,   [21] = S_RT,       [24] = S_RRSIG, [28] = S_AAAA,  [33] = S_SRV,
    [35] = S_NAPTR, [36] = S_KX,      [39] = S_DNAME, [43] = S_DS,    [44] = S_SSHFP, [46] = S_RRSIG,
    [47] = S_NSEC,  [48] = S_DNSKEY,  [50] = S_NSEC3,    [51] = S_NSEC3PARAM, [52] = S_TLSA, [59] = S_DS,
    [60] = S_DNSKEY, [61] = S_OPENPGPKEY, [63] = S_ZONEMD, [108] = S_EUI48, [109] = S_EUI64,
};

static uint8_t shape_of(uint16_t type)
{
    if (type < TL_COUNT(shapes))
        return shapes[type];
    return type == 249 ? S_TKEY : type == 250 ? S_TSIG : S_NONE;
}

/* Types whose fields are known, but whose answers are only given by type number in the record. */
static bool text_is_known(uint16_t type)
{
    switch (type) {
    case 1: case 2: case 5: case 6: case 11: case 12: case 13: case 15: case 16: case 17: case 18: case 28: case 29:
    case 33: case 35: case 36: case 37: case 39: case 42: case 43: case 44: case 46: case 47: case 48: case 50: case 51:
    case 52: case 53: case 61: case 62: case 63: case 64: case 65: case 99: case 108: case 109: case 256: case 257:
        return true;
    default:
        return false;
    }
}

/* Put in pieces, so that text which does not fit a full buffer also fails on a small one (see TL_DNS_TEXT_SLACK). */
static void put_hex(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 256)
        tl_put_hex_bytes(text, p + i, n - i < 256 ? n - i : 256, 0);
}

/* Raw bytes. Sinks double the backslashes of such texts, but not those of answers, where others are escapes. */
static void put_run(struct tl_buffer *text, const uint8_t *p, uint32_t n)
{
    while (n > 0) {
        const uint8_t *backslash = memchr(p, '\\', n);
        uint32_t run = backslash != NULL ? (uint32_t)(backslash - p) : n;
        for (uint32_t i = 0; i < run; i += 256)
            tl_put(text, p + i, run - i < 256 ? run - i : 256);
        if (backslash != NULL)
            tl_put_lit(text, "\\\\"), run++;
        p += run;
        n -= run;
    }
}

/* Formats an NSEC3 hash like owner names: base 32 with the extended hex alphabet (RFC 4648 section 7). */
static void add_base32(struct tl_dissection *d, unsigned field, const uint8_t *p, uint32_t n)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    char text[410]; /* at most 255 bytes */
    uint32_t len = 0, bits = 0, value = 0;
    for (uint32_t i = 0; i < n; i++) {
        value = value << 8 | p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            text[len++] = digits[value >> (bits - 5) & 31];
        value &= 31;
    }
    if (bits > 0)
        text[len++] = digits[value << (5 - bits) & 31];
    tl_add_text(d, field, d->c.off - n, n, text, len);
}

static void put_separator(struct tl_buffer *text)
{
    if (text->len > 0)
        tl_put_char(text, ' ');
}

static void number(struct tl_buffer *text, uint64_t value)
{
    if (text == NULL)
        return;
    put_separator(text);
    tl_put_u64(text, value);
}

static void put_value(struct tl_buffer *text, enum kind kind, enum form form, const uint8_t *p, uint32_t n)
{
    put_separator(text);
    if (form == DIG64)
        tl_dns_put_base64(text, p, n);
    else if (kind == STRING && form == DIG)
        tl_dns_put_quoted(text, p, n);
    else if (kind == STRING)
        put_run(text, p, n);
    else if (form == DIG)
        tl_dns_put_upper_hex(text, p, n);
    else
        put_hex(text, p, n);
}

static void run(struct tl_dissection *d, struct tl_buffer *text, struct step s, uint32_t n)
{
    if (n == 0 && s.kind != STRING) {
        if (text != NULL && s.shown == DIG && s.kind == SIZED8 && tl_ok(d))
            put_separator(text), tl_put_char(text, '-');
        return;
    }
    const uint8_t *p = tl_run(d, s.field, n);
    if (text != NULL && p != NULL)
        put_value(text, s.kind, s.shown, p, n);
}

static void name(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text, struct step s)
{
    struct tl_dns_name out;
    tl_dns_name(d, m, s.field, text != NULL ? &out : NULL);
    if (text == NULL || !tl_ok(d))
        return;
    put_separator(text);
    tl_dns_put_name(text, &out, s.shown == DIG ? "." : "<Root>");
}

static void add_flag_bits(struct tl_dissection *d, unsigned field, uint32_t value)
{
    if (field == DNS_DNSKEY_FLAGS)
        tl_add_all_bits(d, DNS_DNSKEY_ZONE_KEY, DNS_DNSKEY_SEP, d->c.off - 2, 2, value);
    else if (field == DNS_NSEC3_FLAGS)
        tl_add_bits(d, DNS_NSEC3_OPT_OUT, d->c.off - 1, 1, value);
}

static uint64_t u48(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 6);
    if (p == NULL)
        return 0;
    uint64_t value = (uint64_t)tl_load_be16(p) << 32 | tl_load_be32(p + 2);
    tl_add(d, field, d->c.off - 6, 6, value);
    return value;
}

static void address(struct tl_dissection *d, struct tl_buffer *text, enum kind kind, unsigned field)
{
    uint32_t n = kind == IPV4 ? 4 : kind == IPV6 ? 16 : kind == MAC ? 6 : 8;
    const uint8_t *p = tl_run(d, field, n);
    if (text == NULL || p == NULL)
        return;
    if (kind == IPV4)
        tl_put_ipv4(text, p);
    else if (kind == IPV6)
        tl_put_ipv6(text, p);
    else
        tl_put_hex_bytes(text, p, n, '-'); /* RFC 7043 */
}

static void hash32(struct tl_dissection *d, unsigned field)
{
    uint32_t n = tl_u8(d, field - 1);
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (TL_UNLIKELY(tl_wants(d, field)) && p != NULL)
        add_base32(d, field, p, n);
}

/* Type bit maps in windows of 256 types (RFC 4034 section 4.1.2). */
static void types(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        const uint8_t *head = tl_cursor_take(&d->c, 2);
        const uint8_t *map = head != NULL ? tl_cursor_take(&d->c, head[1]) : NULL;
        if (map == NULL || TL_LIKELY(d->wanted == NULL))
            continue;
        uint32_t first = (uint32_t)head[0] << 8, at = d->c.off - head[1];
        for (uint32_t bit = 0; bit < head[1] * 8u; bit++) {
            if ((map[bit / 8] & 0x80 >> bit % 8) != 0)
                tl_add(d, field, at + bit / 8, 1, (first + bit) & 0xffff);
        }
    }
}

static void step(struct tl_dissection *d, const struct tl_dns_message *m, struct step s, struct tl_buffer *text)
{
    if (s.shown == HIDE)
        text = NULL;
    switch ((enum kind)s.kind) {
    case U8: {
        uint8_t v = tl_u8(d, s.field);
        add_flag_bits(d, s.field, v);
        number(text, v);
        break;
    }
    case U16: {
        uint16_t v = tl_u16(d, s.field);
        add_flag_bits(d, s.field, v);
        number(text, v);
        break;
    }
    case U32:
        number(text, tl_u32(d, s.field));
        break;
    case U48:
        number(text, u48(d, s.field));
        break;
    case NAME:
        name(d, m, text, s);
        break;
    case STRING:
    case SIZED8:
        run(d, text, s, tl_u8(d, s.field - 1u));
        break;
    case SIZED16:
        run(d, text, s, tl_u16(d, s.field - 1u));
        break;
    case HASH32:
        hash32(d, s.field);
        break;
    case TYPES:
        types(d, s.field);
        break;
    case REST:
        run(d, text, s, tl_cursor_wire_left(&d->c));
        break;
    case IPV4:
    case IPV6:
    case MAC:
    case EUI:
        address(d, text, s.kind, s.field);
        break;
    case END:
        break;
    }
}

/* TXT and SPF: strings to the end. */
static void strings(struct tl_dissection *d, unsigned field, enum form form, struct tl_buffer *text)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t n = tl_u8(d, field - 1);
        const uint8_t *p = tl_run(d, field, n);
        if (text == NULL || p == NULL)
            continue;
        if (form == DIG) {
            put_value(text, STRING, form, p, n);
            continue;
        }
        put_separator(text);
        tl_put_lit(text, "TXT ");
        tl_put_u64(text, n);
        tl_put_char(text, ' ');
        put_run(text, p, n);
    }
}

static bool tag_is(const uint8_t *tag, uint32_t n, const char *want)
{
    if (n != strlen(want))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t c = tag[i];
        if ((uint8_t)(c - 'A') < 26)
            c = (uint8_t)(c + 32);
        if (c != (uint8_t)want[i])
            return false;
    }
    return true;
}

static unsigned caa_field(const uint8_t *tag, uint32_t n)
{
    if (tag_is(tag, n, "issue"))
        return DNS_CAA_ISSUE;
    if (tag_is(tag, n, "issuewild"))
        return DNS_CAA_ISSUEWILD;
    return tag_is(tag, n, "iodef") ? DNS_CAA_IODEF : DNS_CAA_UNKNOWN;
}

/* RFC 8659 section 4. */
static void caa(struct tl_dissection *d, struct tl_buffer *text)
{
    uint8_t flags = tl_u8(d, DNS_CAA_FLAGS);
    if (tl_ok(d))
        tl_add_bits(d, DNS_CAA_CRITICAL, d->c.off - 1, 1, flags);
    uint32_t tag_len = tl_u8(d, DNS_CAA_TAG_LENGTH);
    uint32_t value_at = d->c.off + tag_len;
    const uint8_t *tag = tl_run(d, DNS_CAA_TAG, tag_len);
    uint32_t n = tl_cursor_wire_left(&d->c);
    const uint8_t *value = tl_cursor_take(&d->c, n);
    if (tag == NULL || value == NULL)
        return;
    tl_add(d, caa_field(tag, tag_len), value_at, n, 0);
    tl_add(d, DNS_CAA_VALUE, value_at, n, 0);
    if (text == NULL)
        return;
    tl_put_u64(text, flags);
    tl_put_char(text, ' ');
    put_run(text, tag, tag_len);
    tl_put_lit(text, " \"");
    for (uint32_t i = 0; i < n; i++) {
        if (value[i] == '"' || value[i] == '\\')
            tl_put_char(text, '\\');
        tl_put_char(text, (char)value[i]);
    }
    tl_put_char(text, '"');
}

static void nsec_owner(const struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text)
{
    tl_put_char(text, ' ');
    (void)tl_dns_put_owner(d, m, text, "<Root>");
}

static void laid_out(struct tl_dissection *d, const struct tl_dns_message *m, uint16_t type,
                     const struct layout *layout, struct tl_buffer *text)
{
    if (text != NULL && layout->word != NULL)
        tl_puts(text, layout->word);
    if (text != NULL && type == TL_DNS_TYPE_NSEC)
        nsec_owner(d, m, text);
    for (const struct step *s = layout->steps; s->kind != END && tl_ok(d); s++)
        step(d, m, *s, text);
}

static void unknown_text(struct tl_buffer *text, uint16_t type)
{
    tl_put_lit(text, "<unknown type=");
    tl_put_u64(text, type);
    tl_put_char(text, '>');
}

/* Types that are not a plain sequence of fields. */
static void special(struct tl_dissection *d, struct tl_dns_message *m, uint16_t type, struct tl_buffer *text)
{
    switch (type) {
    case 11:
        tl_dns_wks(d, text);
        break;
    case 16:
        strings(d, DNS_TXT, ZEEK, text);
        break;
    case 29:
        tl_dns_loc(d, text);
        break;
    case 37:
        tl_dns_cert(d, text);
        break;
    case TL_DNS_TYPE_OPT:
        tl_dns_options(d, m);
        break;
    case 42:
        tl_dns_apl(d, text);
        break;
    case 53:
        tl_dns_smimea(d, text);
        break;
    case 62:
        tl_dns_csync(d, text);
        break;
    case 64:
    case 65:
        tl_dns_svcb(d, m, text);
        break;
    case 99:
        strings(d, DNS_SPF, DIG, text);
        break;
    case 256:
        tl_dns_uri(d, text);
        break;
    case 257:
        caa(d, text);
        break;
    default:
        tl_run(d, DNS_DATA, tl_cursor_wire_left(&d->c));
        break;
    }
}

void tl_dns_data(struct tl_dissection *d, struct tl_dns_message *m, uint16_t type, struct tl_buffer *text)
{
    if (TL_UNLIKELY(text != NULL && !text_is_known(type))) {
        unknown_text(text, type);
        text = NULL;
    }
    if (tl_cursor_wire_left(&d->c) == 0)
        return; /* updates delete records with it (RFC 2136 section 2.5) */
    uint8_t shape = shape_of(type);
    if (TL_LIKELY(shape != S_NONE)) {
        laid_out(d, m, type, &layouts[shape], text);
        return;
    }
    special(d, m, type, text);
}
