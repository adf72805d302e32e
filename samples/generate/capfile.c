/* capfile.c - writes capture files: classic pcap in both byte orders and resolutions; pcapng.c appends pcapng bytes. */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void capture_byte_run(struct capture *c, const void *bytes, size_t len)
{
    if (c->len + len > c->room) {
        c->room = (c->len + len) * 2;
        c->data = realloc(c->data, c->room);
        if (c->data == NULL)
            die("out of memory");
    }
    if (len != 0)
        memcpy(c->data + c->len, bytes, len);
    c->len += len;
}

void capture_u16(struct capture *c, uint16_t value)
{
    uint8_t low = (uint8_t)value, high = (uint8_t)(value >> 8);
    capture_byte_run(c, c->big ? (uint8_t[]){ high, low } : (uint8_t[]){ low, high }, 2);
}

void capture_u32(struct capture *c, uint32_t value)
{
    capture_u16(c, (uint16_t)(c->big ? value >> 16 : value));
    capture_u16(c, (uint16_t)(c->big ? value : value >> 16));
}

void pcap_begin(struct capture *c, uint32_t link_type)
{
    capture_u32(c, c->nano ? 0xa1b23c4d : 0xa1b2c3d4);
    capture_u16(c, 2);
    capture_u16(c, 4);
    capture_u32(c, 0);
    capture_u32(c, 0);
    capture_u32(c, c->snaplen ? c->snaplen : 262144);
    capture_u32(c, link_type);
}

void pcap_packet_at(struct capture *c, struct pkt *p, int64_t ns)
{
    size_t captured = c->snaplen && p->len > c->snaplen ? c->snaplen : p->len;
    capture_u32(c, (uint32_t)(ns / 1000000000));
    capture_u32(c, (uint32_t)(ns % 1000000000 / (c->nano ? 1 : 1000)));
    capture_u32(c, (uint32_t)captured);
    capture_u32(c, (uint32_t)p->len);
    capture_byte_run(c, pkt_bytes(p), captured);
}

void pcap_packet(struct capture *c, struct pkt *p)
{
    pcap_packet_at(c, p, c->ns);
    c->ns += c->step;
}

void capture_write(struct capture *c, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(c->data, 1, c->len, file) != c->len || fclose(file) != 0)
        die(path);
}
