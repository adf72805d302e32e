/* dhcp_value.c - the values of DHCP options (RFC 2132 and later ones). */
#include "core/part.h"
#include "dissectors/dhcp/dhcp.h"
#include "dissectors/dns/dns.h"

/* How the value of an option is read; KIND_NONE: as bytes. */
enum kind { KIND_NONE, KIND_U8, KIND_U16, KIND_U32, KIND_ADDRESS, KIND_TEXT };

struct form {
    uint8_t kind;
    uint8_t field;
};

static const struct form forms[256] = {
    [1] = { KIND_ADDRESS, DHCP_SUBNET_MASK },        [2] = { KIND_U32, DHCP_TIME_OFFSET },
    [3] = { KIND_ADDRESS, DHCP_ROUTER },             [4] = { KIND_ADDRESS, DHCP_TIME_SERVER },
    [5] = { KIND_ADDRESS, DHCP_NAME_SERVER },        [6] = { KIND_ADDRESS, DHCP_DNS },
    [7] = { KIND_ADDRESS, DHCP_LOG_SERVER },         [8] = { KIND_ADDRESS, DHCP_QUOTES_SERVER },
    [9] = { KIND_ADDRESS, DHCP_LPR_SERVER },         [10] = { KIND_ADDRESS, DHCP_IMPRESS_SERVER },
    [11] = { KIND_ADDRESS, DHCP_RESOURCE_SERVER },   [12] = { KIND_TEXT, DHCP_HOSTNAME },
    [13] = { KIND_U16, DHCP_FILE_SIZE },             [14] = { KIND_TEXT, DHCP_DUMP_FILE },
    [15] = { KIND_TEXT, DHCP_DOMAIN },               [16] = { KIND_ADDRESS, DHCP_SWAP_SERVER },
    [17] = { KIND_TEXT, DHCP_ROOT_PATH },            [18] = { KIND_TEXT, DHCP_EXTENSION_PATH },
    [19] = { KIND_U8, DHCP_FORWARDING },             [20] = { KIND_U8, DHCP_NON_LOCAL_ROUTING },
    [22] = { KIND_U16, DHCP_REASSEMBLY },            [23] = { KIND_U8, DHCP_TTL },
    [24] = { KIND_U32, DHCP_MTU_AGING },             [25] = { KIND_U16, DHCP_MTU_PLATEAU },
    [26] = { KIND_U16, DHCP_MTU },                   [27] = { KIND_U8, DHCP_ALL_LOCAL },
    [28] = { KIND_ADDRESS, DHCP_BROADCAST },         [29] = { KIND_U8, DHCP_MASK_DISCOVERY },
    [30] = { KIND_U8, DHCP_MASK_SUPPLIER },          [31] = { KIND_U8, DHCP_ROUTER_DISCOVERY },
    [32] = { KIND_ADDRESS, DHCP_SOLICITATION },      [34] = { KIND_U8, DHCP_TRAILERS },
    [35] = { KIND_U32, DHCP_ARP_TIMEOUT },           [36] = { KIND_U8, DHCP_ETHERNET },
    [37] = { KIND_U8, DHCP_TCP_TTL },                [38] = { KIND_U32, DHCP_KEEPALIVE },
    [39] = { KIND_U8, DHCP_KEEPALIVE_GARBAGE },      [40] = { KIND_TEXT, DHCP_NIS_DOMAIN },
    [41] = { KIND_ADDRESS, DHCP_NIS_SERVER },        [42] = { KIND_ADDRESS, DHCP_NTP_SERVER },
    [44] = { KIND_ADDRESS, DHCP_NBNS },              [45] = { KIND_ADDRESS, DHCP_NBDD },
    [46] = { KIND_U8, DHCP_NODE_TYPE },              [47] = { KIND_TEXT, DHCP_NB_SCOPE },
    [48] = { KIND_ADDRESS, DHCP_FONT_SERVER },       [49] = { KIND_ADDRESS, DHCP_DISPLAY_MANAGER },
    [50] = { KIND_ADDRESS, DHCP_REQUESTED },         [51] = { KIND_U32, DHCP_LEASE },
    [52] = { KIND_U8, DHCP_OVERLOAD },               [53] = { KIND_U8, DHCP_MESSAGE_TYPE },
    [54] = { KIND_ADDRESS, DHCP_SERVER_ID },         [55] = { KIND_U8, DHCP_PARAMETER },
    [56] = { KIND_TEXT, DHCP_MESSAGE },              [57] = { KIND_U16, DHCP_MAX_SIZE },
    [58] = { KIND_U32, DHCP_RENEWAL },               [59] = { KIND_U32, DHCP_REBINDING },
    [60] = { KIND_TEXT, DHCP_VENDOR_CLASS },         [64] = { KIND_TEXT, DHCP_NISPLUS_DOMAIN },
    [65] = { KIND_ADDRESS, DHCP_NISPLUS_SERVER },    [66] = { KIND_TEXT, DHCP_TFTP_NAME },
    [67] = { KIND_TEXT, DHCP_BOOTFILE },             [68] = { KIND_ADDRESS, DHCP_HOME_AGENT },
    [69] = { KIND_ADDRESS, DHCP_SMTP },              [70] = { KIND_ADDRESS, DHCP_POP3 },
    [71] = { KIND_ADDRESS, DHCP_NNTP },              [72] = { KIND_ADDRESS, DHCP_WWW },
    [73] = { KIND_ADDRESS, DHCP_FINGER },            [74] = { KIND_ADDRESS, DHCP_IRC },
    [75] = { KIND_ADDRESS, DHCP_STREETTALK },        [76] = { KIND_ADDRESS, DHCP_STREETTALK_DA },
    [91] = { KIND_U32, DHCP_LAST_TRANSACTION },      [92] = { KIND_ADDRESS, DHCP_ASSOCIATED },
    [93] = { KIND_U16, DHCP_ARCHITECTURE },          [100] = { KIND_TEXT, DHCP_TZ_PCODE },
    [101] = { KIND_TEXT, DHCP_TZ_TCODE },            [114] = { KIND_TEXT, DHCP_CAPTIVE_PORTAL },
    [116] = { KIND_U8, DHCP_AUTO_CONFIGURATION },    [118] = { KIND_ADDRESS, DHCP_SUBNET_SELECTION },
    [136] = { KIND_ADDRESS, DHCP_PANA },             [138] = { KIND_ADDRESS, DHCP_CAPWAP },
    [145] = { KIND_U8, DHCP_NONCE_ALGORITHM },       [150] = { KIND_ADDRESS, DHCP_TFTP_ADDRESS },
    [160] = { KIND_TEXT, DHCP_CAPTIVE_PORTAL },      [161] = { KIND_TEXT, DHCP_MUDURL },
    [252] = { KIND_TEXT, DHCP_PROXY },
};

bool tl_dhcp_is_number(uint8_t code)
{
    enum { MTU_PLATEAUS = 25, PARAMETERS = 55, ARCHITECTURES = 93 }; /* lists */
    return forms[code].kind >= KIND_U8 && forms[code].kind <= KIND_U32 && code != MTU_PLATEAUS && code != PARAMETERS &&
           code != ARCHITECTURES;
}

static void rest(struct tl_dissection *d, unsigned field)
{
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (left > 0)
        tl_run(d, field, left);
}

struct tl_bytes tl_dhcp_text(struct tl_dissection *d, unsigned field, uint32_t len)
{
    uint32_t left = tl_cursor_left(&d->c), n = len < left ? len : left;
    const uint8_t *p = d->c.base + d->c.off, *nul = n > 0 ? memchr(p, 0, n) : NULL;
    if (nul != NULL)
        n = (uint32_t)(nul - p);
    if (n > 0)
        tl_run(d, field, n);
    tl_skip(d, len - n);
    return tl_bytes_of(p, n);
}

/* Numbers and addresses, one or a list. */
static void values(struct tl_dissection *d, struct form form)
{
    static const uint8_t sizes[] = { [KIND_U8] = 1, [KIND_U16] = 2, [KIND_U32] = 4, [KIND_ADDRESS] = 4 };
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= sizes[form.kind]) {
        if (form.kind == KIND_U8)
            tl_u8(d, form.field);
        else if (form.kind == KIND_U16)
            tl_u16(d, form.field);
        else if (form.kind == KIND_U32)
            tl_u32(d, form.field);
        else
            tl_ipv4(d, form.field);
    }
    rest(d, DHCP_VALUE);
}

/* Pairs of addresses. */
static void pairs(struct tl_dissection *d, unsigned first, unsigned second)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 8) {
        tl_ipv4(d, first);
        tl_ipv4(d, second);
    }
    rest(d, DHCP_VALUE);
}

/* RFC 3442: the width of a mask, the bytes of the network that it covers, a router. */
static void classless_routes(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        const uint8_t *width = tl_cursor_peek(&d->c, 0, 1);
        if (width != NULL && *width > 32) {
            tl_bad(d);
            return;
        }
        tl_run(d, DHCP_CLASSLESS_ROUTE, width != NULL ? 1 + (*width + 7u) / 8 + 4 : 1);
    }
}

static bool is_ethernet(uint8_t hw_type)
{
    return hw_type == 1 || hw_type == 6;
}

/* RFC 2132 9.14, RFC 4361 6.1. */
static void client_id(struct tl_dissection *d, struct tl_dhcp_message *m)
{
    enum { HARDWARE_TYPES = 48, MAC_ID = 7, UUID_ID = 17 };
    uint32_t len = tl_cursor_wire_left(&d->c);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    uint8_t type = first != NULL ? *first : 0;
    if (len == MAC_ID && type > 0 && type < HARDWARE_TYPES) {
        tl_u8(d, DHCP_HW_TYPE);
        const uint8_t *mac = tl_run(d, is_ethernet(type) ? DHCP_HW_MAC : DHCP_HW_ADDR, 6);
        if (type == 1)
            m->id_mac = mac;
    } else if (len > 0) {
        tl_u8(d, DHCP_CLIENT_ID_TYPE);
        rest(d, len == UUID_ID && type == 0 ? DHCP_CLIENT_ID_UUID : DHCP_CLIENT_ID);
    }
}

/* RFC 3004: strings after their lengths. Some clients send one string only. */
static void user_class(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && *first >= tl_cursor_wire_left(&d->c)) {
        (void)tl_dhcp_text(d, DHCP_USER_CLASS_TEXT, tl_cursor_wire_left(&d->c));
        return;
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t len = tl_u8(d, DHCP_USER_CLASS_LENGTH);
        if (len > tl_cursor_wire_left(&d->c))
            tl_bad(d);
        else if (len > 0)
            tl_run(d, DHCP_USER_CLASS_DATA, len);
    }
}

/* Reads a name in the form of DNS (RFC 1035 3.1). Compression refers to the option, which begins at `start`. */
static void domain_name(struct tl_dissection *d, unsigned field, uint32_t start)
{
    struct tl_dns_name name;
    uint32_t after = 0;
    enum tl_status status = tl_dns_name_walk(d->c.base, start, d->c.off, d->c.end, &after, &name);
    if (status != TL_OK) {
        tl_cursor_fail(&d->c, status == TL_MORE && after <= d->c.wire_end ? TL_SHORT : TL_BAD);
        return;
    }
    uint8_t text[TL_DNS_NAME_TEXT];
    uint32_t len = tl_dns_name_text(name.labels, name.len, text);
    tl_add_text(d, field, d->c.off, after - d->c.off, text, len);
    tl_skip(d, after - d->c.off);
}

static void search_list(struct tl_dissection *d)
{
    const uint32_t start = d->c.off;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        domain_name(d, DHCP_SEARCH, start);
}

/* RFC 4702 3.3: labels after their lengths. The name may be partial: without the root. */
static struct tl_bytes fqdn_labels(struct tl_dissection *d)
{
    uint32_t len = tl_cursor_left(&d->c), used = 0, out = 0;
    const uint8_t *p = d->c.base + d->c.off;
    uint8_t *text = tl_arena_alloc(d->scratch, len + 1);
    while (text != NULL && used < len && p[used] != 0 && p[used] < 0x40 && p[used] < len - used) {
        if (out > 0)
            text[out++] = '.';
        memcpy(text + out, p + used + 1, p[used]);
        out += p[used];
        used += p[used] + 1u;
    }
    if (text == NULL || (used < len && p[used] != 0)) {
        tl_bad(d);
        return tl_bytes_of(p, 0);
    }
    if (len == tl_cursor_wire_left(&d->c))
        tl_add_text(d, DHCP_FQDN_NAME, d->c.off, len, text, out);
    tl_skip(d, tl_cursor_wire_left(&d->c));
    return tl_bytes_of(text, out);
}

/* RFC 4702. */
static struct tl_bytes fqdn(struct tl_dissection *d)
{
    enum { ENCODED = 0x04 };
    uint8_t flags = tl_u8(d, DHCP_FQDN_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, DHCP_FQDN_MBZ, DHCP_FQDN_S, d->c.off - 1, 1, flags);
    tl_u8(d, DHCP_FQDN_RCODE1);
    tl_u8(d, DHCP_FQDN_RCODE2);
    if (!tl_ok(d) || tl_cursor_wire_left(&d->c) == 0)
        return tl_bytes_of(d->c.base, 0);
    if ((flags & ENCODED) != 0)
        return fqdn_labels(d);
    return tl_dhcp_text(d, DHCP_FQDN_NAME, tl_cursor_wire_left(&d->c));
}

static void agent_value(struct tl_dissection *d, uint8_t code)
{
    static const uint8_t fields[] = {
        [1] = DHCP_CIRCUIT_ID, [2] = DHCP_REMOTE_ID, [5] = DHCP_LINK_SELECTION, [6] = DHCP_SUBSCRIBER_ID,
        [7] = DHCP_AGENT_RADIUS, [8] = DHCP_AGENT_AUTHENTICATION, [9] = DHCP_AGENT_VENDOR, [10] = DHCP_AGENT_FLAGS,
        [11] = DHCP_SERVER_OVERRIDE, [12] = DHCP_RELAY_ID,
    };
    unsigned field = code < TL_COUNT(fields) && fields[code] != 0 ? fields[code] : DHCP_AGENT_VALUE;
    bool fits = true;
    if (field == DHCP_LINK_SELECTION || field == DHCP_SERVER_OVERRIDE)
        fits = tl_cursor_wire_left(&d->c) == 4;
    if (field == DHCP_AGENT_FLAGS && tl_cursor_wire_left(&d->c) == 1)
        tl_u8(d, field);
    else if (field == DHCP_SUBSCRIBER_ID)
        (void)tl_dhcp_text(d, field, tl_cursor_wire_left(&d->c));
    else
        rest(d, fits && field != DHCP_AGENT_FLAGS ? field : DHCP_AGENT_VALUE);
}

/* Hides a value, as far as it is there, and the byte before with its length. */
static void hide_length(struct tl_dissection *d)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (left > 0)
        tl_hide(d, tl_bytes_of(p + 1, p[0] < left - 1 ? p[0] : left - 1));
}

/* RFC 3046. */
static void relay_agent(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, DHCP_SUBOPTION);
        uint8_t code = tl_u8(d, DHCP_AGENT_TYPE);
        if (tl_ok(d) && (code == 7 || code == 8)) /* RADIUS attributes, authentication: also if the length is wrong */
            hide_length(d);
        struct tl_part part = tl_part_enter(d, tl_u8(d, DHCP_SUBOPTION_LENGTH));
        if (tl_ok(d))
            agent_value(d, code);
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}

/* RFC 3118. With protocol 0 the information is a password in the clear. */
static void authentication(struct tl_dissection *d)
{
    tl_u8(d, DHCP_AUTH_PROTOCOL);
    tl_u8(d, DHCP_AUTH_ALGORITHM);
    tl_u8(d, DHCP_AUTH_RDM);
    tl_u64(d, DHCP_AUTH_REPLAY);
    uint32_t left = tl_cursor_left(&d->c);
    if (tl_ok(d) && left > 0)
        tl_run(d, DHCP_AUTH_INFORMATION, left);
}

/* RFC 3361. */
static void sip_servers(struct tl_dissection *d)
{
    const uint32_t start = d->c.off;
    uint8_t encoding = tl_u8(d, DHCP_SIP_ENCODING);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        if (encoding == 0)
            domain_name(d, DHCP_SIP_NAME, start);
        else if (encoding == 1)
            tl_ipv4(d, DHCP_SIP_ADDRESS);
        else
            rest(d, DHCP_VALUE);
    }
}

/* RFC 3925: the number of an enterprise, a length, its data. */
static void enterprises(struct tl_dissection *d, unsigned enterprise, unsigned length, unsigned data)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, DHCP_VENDOR);
        tl_u32(d, enterprise);
        struct tl_part part = tl_part_enter(d, tl_u8(d, length));
        if (tl_ok(d))
            rest(d, data);
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}

/* RFC 4578 2.2. */
static void network_interface(struct tl_dissection *d)
{
    tl_skip(d, 1);
    tl_u8(d, DHCP_NETWORK_MAJOR);
    tl_u8(d, DHCP_NETWORK_MINOR);
    rest(d, DHCP_VALUE);
}

static void machine_id(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, DHCP_CLIENT_ID_TYPE);
    rest(d, type == 0 && tl_cursor_wire_left(&d->c) == 16 ? DHCP_CLIENT_ID_UUID : DHCP_CLIENT_ID);
}

/* Notes what the line and the record show. */
static void simple(struct tl_dissection *d, struct tl_dhcp_message *m, uint8_t code)
{
    struct form form = forms[code];
    uint32_t len = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    if (form.kind == KIND_TEXT) {
        struct tl_bytes text = tl_dhcp_text(d, form.field, len);
        if (code == 12)
            m->host_name = text;
        else if (code == 15)
            m->domain = text;
        else if (code == 56)
            m->message = text;
        return;
    }
    if (code == 53 && len == 1 && p != NULL)
        m->type = p[0];
    if (code == 50 && len == 4 && p != NULL)
        m->requested = p;
    if (code == 51 && len == 4 && p != NULL) {
        m->has_lease = true;
        m->lease = tl_load_be32(p);
    }
    values(d, form);
}

void tl_dhcp_value(struct tl_dissection *d, struct tl_dhcp_message *m, uint8_t code)
{
    if (forms[code].kind != KIND_NONE) {
        simple(d, m, code);
        return;
    }
    switch (code) {
    case 21:
        pairs(d, DHCP_POLICY_IP, DHCP_POLICY_MASK);
        break;
    case 33:
        pairs(d, DHCP_ROUTE_IP, DHCP_ROUTE_ROUTER);
        break;
    case 61:
        client_id(d, m);
        break;
    case 77:
        user_class(d);
        break;
    case 81:
        m->fqdn = fqdn(d);
        break;
    case 82:
        relay_agent(d);
        break;
    case 90:
        authentication(d);
        break;
    case 94:
        network_interface(d);
        break;
    case 97:
        machine_id(d);
        break;
    case 119:
        search_list(d);
        break;
    case 120:
        sip_servers(d);
        break;
    case 121:
    case 249:
        classless_routes(d);
        break;
    case 124:
        enterprises(d, DHCP_VI_CLASS_ENTERPRISE, DHCP_VI_CLASS_LENGTH, DHCP_VI_CLASS_DATA);
        break;
    case 125:
        enterprises(d, DHCP_VI_ENTERPRISE, DHCP_VI_LENGTH, DHCP_VI_VALUE);
        break;
    default:
        rest(d, DHCP_VALUE);
        break;
    }
}
