/* netbios_name.c - names of NetBIOS: 16 bytes, each written as two letters from A to P (RFC 1001 section 14.1). */
#include "dissectors/netbios/netbios_name.h"

const struct tl_name tl_netbios_services[] = {
    { 0x00, "Workstation" }, { 0x01, "Messenger or browser" }, { 0x03, "Messenger" }, { 0x06, "RAS server" },
    { 0x1b, "Domain master browser" }, { 0x1c, "Domain controllers" }, { 0x1d, "Local master browser" },
    { 0x1e, "Browser elections" }, { 0x1f, "NetDDE" }, { 0x20, "File server" }, { 0x21, "RAS client" },
    { 0xbe, "Network monitor agent" }, { 0xbf, "Network monitor" }, { 0, NULL },
};

enum { ENCODED = 2 * TL_NETBIOS_NAME, POINTER = 0xc0, LABEL_MOST = 63 };

static uint32_t put(char *text, uint32_t at, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    text[at] = '<';
    text[at + 1] = digits[byte >> 4];
    text[at + 2] = digits[byte & 15];
    text[at + 3] = '>';
    return at + 4;
}

uint32_t tl_netbios_text(const uint8_t name[TL_NETBIOS_NAME], char text[TL_NETBIOS_TEXT])
{
    uint32_t n = TL_NETBIOS_NAME - 1, at = 0;
    while (n > 0 && name[n - 1] == ' ')
        n--;
    for (uint32_t i = 0; i < n; i++) {
        if (name[i] < ' ' || name[i] == 0x7f)
            at = put(text, at, name[i]);
        else
            text[at++] = (char)name[i];
    }
    return put(text, at, name[TL_NETBIOS_NAME - 1]);
}

/* The labels after the first are the scope. They are shown as they are; what does not fit is left out. */
static enum tl_status scope(const uint8_t *base, uint32_t off, uint32_t limit, uint32_t *after,
                            struct tl_netbios_name *name)
{
    while (off < limit && base[off] != 0) {
        uint32_t len = base[off];
        if (len > LABEL_MOST)
            return TL_BAD;
        if (len > limit - off - 1) {
            *after = off + 1 + len;
            return TL_MORE;
        }
        if (name->len + 1 + len <= TL_NETBIOS_TEXT) {
            name->text[name->len] = '.';
            memcpy(name->text + name->len + 1, base + off + 1, len);
            name->len += 1 + len;
        }
        off += 1 + len;
    }
    *after = off + 1;
    return off < limit ? TL_OK : TL_MORE;
}

static enum tl_status whole(const uint8_t *base, uint32_t off, uint32_t limit, uint32_t *after,
                            struct tl_netbios_name *name)
{
    *after = off + 1 + ENCODED + 1;
    if (off >= limit || limit - off < 1 + ENCODED)
        return TL_MORE;
    if (base[off] != ENCODED)
        return TL_BAD;
    const uint8_t *p = base + off + 1;
    for (unsigned i = 0; i < TL_NETBIOS_NAME; i++) {
        uint8_t high = (uint8_t)(p[2 * i] - 'A'), low = (uint8_t)(p[2 * i + 1] - 'A');
        if (high > 15 || low > 15)
            return TL_BAD;
        name->name[i] = (uint8_t)(high << 4 | low);
    }
    name->len = tl_netbios_text(name->name, name->text);
    return scope(base, off + 1 + ENCODED, limit, after, name);
}

enum tl_status tl_netbios_name(const uint8_t *base, uint32_t start, uint32_t off, uint32_t limit, uint32_t *after,
                               struct tl_netbios_name *name)
{
    *after = off + 1;
    if (off >= limit)
        return TL_MORE;
    if ((base[off] & POINTER) != POINTER)
        return whole(base, off, limit, after, name);
    *after = off + 2;
    if (limit - off < 2)
        return TL_MORE;
    uint32_t to = start + (tl_load_be16(base + off) & 0x3fffu), end;
    if (to >= off || (base[to] & POINTER) == POINTER) /* backwards, and to a name */
        return TL_BAD;
    return whole(base, to, limit, &end, name) == TL_OK ? TL_OK : TL_BAD;
}
