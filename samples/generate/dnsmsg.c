/* dnsmsg.c - builds DNS messages (RFC 1035, 4.1) and parts of invalid ones. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

void dns_bytes(struct dns *m, const void *bytes, size_t len)
{
    if (m->len + len > sizeof m->buf)
        die("DNS message too large");
    if (len != 0)
        memcpy(m->buf + m->len, bytes, len);
    m->len += len;
}

void dns_u8(struct dns *m, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    dns_bytes(m, &byte, 1);
}

void dns_u16(struct dns *m, unsigned value)
{
    dns_u8(m, value >> 8);
    dns_u8(m, value);
}

void dns_u32(struct dns *m, uint32_t value)
{
    dns_u16(m, value >> 16);
    dns_u16(m, value & 0xffff);
}

void dns_header(struct dns *m, uint16_t id, uint16_t flags, unsigned qd, unsigned an, unsigned ns, unsigned ar)
{
    m->len = 0;
    const unsigned words[] = { id, flags, qd, an, ns, ar };
    for (size_t i = 0; i < 6; i++)
        dns_u16(m, words[i]);
}

void dns_name(struct dns *m, const char *dotted)
{
    while (*dotted != '\0') {
        size_t len = strcspn(dotted, ".");
        dns_u8(m, (unsigned)len);
        dns_bytes(m, dotted, len);
        dotted += len + (dotted[len] == '.');
    }
    dns_u8(m, 0);
}

void dns_question(struct dns *m, const char *name, unsigned type)
{
    dns_name(m, name);
    dns_u16(m, type);
    dns_u16(m, 1);
}

void dns_rr(struct dns *m, unsigned type, uint32_t ttl, unsigned rdlength)
{
    dns_u16(m, 0xc00c);
    dns_u16(m, type);
    dns_u16(m, 1);
    dns_u32(m, ttl);
    dns_u16(m, rdlength);
}

void dns_query(struct dns *m, uint16_t id, const char *name, unsigned type)
{
    dns_header(m, id, 0x0100, 1, 0, 0, 0);
    dns_question(m, name, type);
}

void dns_answer_a(struct dns *m, uint16_t id, const char *name, uint32_t address)
{
    dns_header(m, id, 0x8580, 1, 1, 0, 0);
    dns_question(m, name, 1);
    dns_rr(m, 1, 300, 4);
    dns_u32(m, address);
}

void dns_answer_txt(struct dns *m, uint16_t id, const char *name, unsigned strings)
{
    dns_header(m, id, 0x8580, 1, strings, 0, 0);
    dns_question(m, name, 16);
    for (unsigned i = 0; i < strings; i++) {
        char text[101];
        snprintf(text, sizeof text, "string %03u ", i);
        memset(text + 11, 'a' + (int)(i % 26), 89);
        dns_rr(m, 16, 300, 101);
        dns_u8(m, 100);
        dns_bytes(m, text, 100);
    }
}

void udp_dns(struct capture *c, enum direction dir, const struct dns *m)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, m->buf, m->len);
    put_udp(&p, dir, false, dir == DIR_AB ? 40053 : 53, dir == DIR_AB ? 53 : 40053);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}
