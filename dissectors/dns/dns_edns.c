/* dns_edns.c - the options of EDNS (RFC 6891 section 6.1.2). */
#include "dissectors/dns/dns.h"

#include "core/part.h"

/* Adds the rest of the option unchanged. */
static void rest(struct tl_dissection *d, unsigned field)
{
    uint32_t n = tl_cursor_wire_left(&d->c);
    if (n > 0)
        tl_run(d, field, n);
}

/* The address has only the bytes that its prefix needs (RFC 7871 section 6). */
static void client_subnet(struct tl_dissection *d)
{
    uint16_t family = tl_u16(d, DNS_ECS_FAMILY);
    tl_u8(d, DNS_ECS_NETMASK);
    tl_u8(d, DNS_ECS_SCOPE);
    uint32_t n = tl_cursor_wire_left(&d->c), room = family == 1 ? 4 : family == 2 ? 16 : 0;
    if (n > room) {
        tl_run(d, DNS_ECS_ADDR, n);
        return;
    }
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || d->wanted == NULL)
        return;
    uint8_t full[16] = { 0 };
    memcpy(full, p, n);
    tl_add_text(d, family == 1 ? DNS_ECS_ADDR4 : DNS_ECS_ADDR6, d->c.off - n, n, full, room);
}

static void cookie(struct tl_dissection *d)
{
    tl_run(d, DNS_COOKIE_CLIENT, 8);
    rest(d, DNS_COOKIE_SERVER);
}

static void algorithms(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u8(d, field);
}

static void option_data(struct tl_dissection *d, const struct tl_dns_message *m, uint16_t code)
{
    switch (code) {
    case 5:
        algorithms(d, DNS_OPT_DAU);
        break;
    case 6:
        algorithms(d, DNS_OPT_DHU);
        break;
    case 7:
        algorithms(d, DNS_OPT_N3U);
        break;
    case TL_DNS_OPT_SUBNET:
        client_subnet(d);
        break;
    case 10:
        cookie(d);
        break;
    case 11:
        if (tl_cursor_wire_left(&d->c) > 0)
            tl_u16(d, DNS_OPT_KEEPALIVE);
        break;
    case 12:
        rest(d, DNS_OPT_PADDING);
        break;
    case 13:
        if (tl_cursor_wire_left(&d->c) > 0)
            tl_dns_name(d, m, DNS_OPT_CHAIN, NULL);
        break;
    case TL_DNS_OPT_ERROR:
        tl_u16(d, DNS_OPT_ERROR_CODE);
        rest(d, DNS_OPT_ERROR_TEXT);
        break;
    default:
        break;
    }
}

/* Remembers what the record shows. Only options that are whole count. */
static void note_option(const struct tl_dissection *d, struct tl_dns_message *m, uint16_t code, uint32_t n)
{
    m->options_end = d->c.off + n;
    if (code == TL_DNS_OPT_ERROR && n >= 2)
        m->errors++;
    if (code != TL_DNS_OPT_SUBNET || n < 4 || m->subnet != 0)
        return;
    m->subnet = d->c.off;
    m->subnet_len = n;
}

void tl_dns_options(struct tl_dissection *d, struct tl_dns_message *m)
{
    bool first = m->options == 0; /* a second OPT record is an error */
    if (first)
        m->options = d->c.off;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, DNS_OPT);
        uint16_t code = tl_u16(d, DNS_OPT_CODE);
        uint32_t n = tl_u16(d, DNS_OPT_LEN);
        struct tl_part part = tl_part_enter(d, n);
        if (part.open) {
            if (first && tl_cursor_left(&d->c) == n)
                note_option(d, m, code, n);
            if (n > 0 && tl_cursor_left(&d->c) == n)
                tl_add(d, DNS_OPT_DATA, d->c.off, n, 0);
            option_data(d, m, code);
        }
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}
