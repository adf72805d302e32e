/* ftp_address.c - addresses of data flows in text: PORT and 227 (RFC 959), EPRT and 229 (RFC 2428). */
#include "dissectors/ftp/ftp.h"

#include <arpa/inet.h>

/* Returns the number at *at and moves *at past its digits. UINT32_MAX: there is none, or it is too large. */
static uint32_t number(struct tl_bytes text, uint32_t *at, uint32_t most)
{
    uint32_t v = 0, from = *at;
    while (*at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9' && v <= most)
        v = v * 10 + (text.data[(*at)++] - '0');
    return *at > from && v <= most ? v : UINT32_MAX;
}

static bool six_numbers(struct tl_bytes text, uint32_t at, uint8_t out[6])
{
    for (unsigned i = 0; i < 6; i++) {
        uint32_t v = number(text, &at, 255);
        if (v == UINT32_MAX || (i < 5 && (at >= text.len || text.data[at] != ',')))
            return false;
        out[i] = (uint8_t)v;
        at++;
    }
    return true;
}

bool tl_ftp_read_port(struct tl_bytes text, struct tl_ftp_endpoint *endpoint)
{
    uint8_t n[6];
    for (uint32_t at = 0; at < text.len; at++) {
        bool digit = text.data[at] >= '0' && text.data[at] <= '9';
        bool inside = at > 0 && text.data[at - 1] >= '0' && text.data[at - 1] <= '9';
        if (!digit || inside || !six_numbers(text, at, n))
            continue;
        *endpoint = (struct tl_ftp_endpoint){ .version = 4, .port = (uint16_t)(n[4] << 8 | n[5]) };
        memcpy(endpoint->addr, n, 4);
        return true;
    }
    return false;
}

static bool address(struct tl_bytes text, bool v6, uint8_t out[16])
{
    char room[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof room)
        return false;
    memcpy(room, text.data, text.len);
    room[text.len] = 0;
    return inet_pton(v6 ? AF_INET6 : AF_INET, room, out) == 1;
}

bool tl_ftp_read_extended(struct tl_bytes text, struct tl_ftp_endpoint *endpoint)
{
    uint32_t at = 0, from[3];
    const uint8_t *open = text.len > 0 ? memchr(text.data, '(', text.len) : NULL;
    if (open != NULL) /* in a reply; a command has only the text */
        at = (uint32_t)(open - text.data) + 1;
    if (at >= text.len || text.data[at] < 33 || text.data[at] > 126)
        return false;
    uint8_t mark = text.data[at];
    for (unsigned i = 0; i < 3; i++) {
        from[i] = ++at;
        while (i < 2 && at < text.len && text.data[at] != mark)
            at++;
        if (at >= text.len)
            return false;
    }
    at = from[2];
    uint32_t port = number(text, &at, UINT16_MAX);
    if (port == UINT32_MAX || at >= text.len || text.data[at] != mark)
        return false;
    *endpoint = (struct tl_ftp_endpoint){ .port = (uint16_t)port };
    at = from[0];
    uint32_t family = number(text, &at, 255);
    struct tl_bytes host = { text.data + from[1], from[2] - 1 - from[1] };
    if ((family == 1 || family == 2) && address(host, family == 2, endpoint->addr))
        endpoint->version = family == 1 ? 4 : 6;
    return true;
}
