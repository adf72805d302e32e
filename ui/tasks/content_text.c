/* content_text.c - JSON is indented, other text has its own lines, of pictures the size is told, the rest is in hex. */
#include "ui/tasks/content_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret_name.h"
#include "export/json.h"

enum { DEPTH_MOST = 40, LINE_MOST = 4096, HEX_LINE = 16, HEX_MOST = 4096 };

/* --- pictures --- */

struct size {
    uint32_t width, height; /* 0: not known */
};

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

/* The frame header of JPEG (ITU-T T.81, B.2.2) is behind other segments. */
static struct size jpeg_size(struct tl_bytes b)
{
    for (uint32_t i = 2; i + 9 < b.len && b.data[i] == 0xff;) {
        uint8_t marker = b.data[i + 1];
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
            return (struct size){ be16(b.data + i + 7), be16(b.data + i + 5) };
        i += 2 + be16(b.data + i + 2);
    }
    return (struct size){ 0, 0 };
}

static struct size size_of(struct tl_bytes b, const char *mime)
{
    const uint8_t *p = b.data;
    if (strcmp(mime, "image/png") == 0 && b.len >= 24)
        return (struct size){ be16(p + 16) << 16 | be16(p + 18), be16(p + 20) << 16 | be16(p + 22) };
    if (strcmp(mime, "image/gif") == 0 && b.len >= 10)
        return (struct size){ le16(p + 6), le16(p + 8) };
    if (strcmp(mime, "image/bmp") == 0 && b.len >= 26)
        return (struct size){ le16(p + 18) | le16(p + 20) << 16, le16(p + 22) | le16(p + 24) << 16 };
    if (strcmp(mime, "image/jpeg") == 0)
        return jpeg_size(b);
    return (struct size){ 0, 0 };
}

static void put_picture(struct tl_buffer *out, struct tl_bytes b, uint64_t whole, const char *mime)
{
    struct size size = size_of(b, mime);
    tl_put_format(out, "a picture: %s", mime);
    if (size.width > 0 && size.height > 0)
        tl_put_format(out, ", %" PRIu32 " x %" PRIu32 " pixels", size.width, size.height);
    tl_put_format(out, ", %" PRIu64 " bytes\n", whole);
}

/* --- JSON --- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void begin_line(struct tl_buffer *out, unsigned depth)
{
    tl_put_format(out, "\n%*s", 2 * (int)(depth < DEPTH_MOST ? depth : DEPTH_MOST), "");
}

static uint32_t next_word(struct tl_bytes b, uint32_t at)
{
    while (at < b.len && is_blank(b.data[at]))
        at++;
    return at;
}

/* The place after a string that begins at `at`. */
static uint32_t after_string(struct tl_bytes b, uint32_t at)
{
    for (at++; at < b.len && b.data[at] != '"'; at++)
        at += b.data[at] == '\\';
    return at < b.len ? at + 1 : b.len;
}

static void put_json(struct tl_buffer *out, struct tl_bytes b)
{
    unsigned depth = 0;
    for (uint32_t i = next_word(b, 0); i < b.len && !out->failed; i = next_word(b, i)) {
        uint8_t c = b.data[i];
        uint32_t from = i;
        if (c == '"') {
            i = after_string(b, i);
            tl_put_safe_text(out, b.data + from, i - from);
            continue;
        }
        i++;
        if (c == '{' || c == '[') {
            uint32_t next = next_word(b, i);
            tl_put_char(out, (char)c);
            if (next < b.len && b.data[next] == (c == '{' ? '}' : ']')) {
                tl_put_char(out, (char)b.data[next]);
                i = next + 1;
            } else {
                begin_line(out, ++depth);
            }
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
            begin_line(out, depth);
            tl_put_char(out, (char)c);
        } else if (c == ',') {
            tl_put_char(out, ',');
            begin_line(out, depth);
        } else if (c == ':') {
            tl_put_lit(out, ": ");
        } else {
            while (i < b.len && memchr("{}[],:\" \t\r\n", b.data[i], 11) == NULL)
                i++;
            tl_put_safe_text(out, b.data + from, i - from);
        }
    }
    tl_put_char(out, '\n');
}

/* --- other text --- */

static bool is_text(struct tl_bytes b)
{
    uint32_t strange = 0;
    for (uint32_t i = 0; i < b.len; i++) {
        if (b.data[i] == 0)
            return false;
        strange += b.data[i] < 32 && !is_blank(b.data[i]) && b.data[i] != '\f' && b.data[i] != 27;
    }
    return strange <= b.len / 64;
}

static void put_lines(struct tl_buffer *out, struct tl_bytes b)
{
    for (uint32_t i = 0; i < b.len && !out->failed;) {
        const uint8_t *newline = memchr(b.data + i, '\n', b.len - i);
        uint32_t end = newline != NULL ? (uint32_t)(newline - b.data) : b.len;
        uint32_t n = end - i < LINE_MOST ? end - i : LINE_MOST;
        bool whole = n == end - i;
        tl_put_safe_text(out, b.data + i, n - (whole && n > 0 && b.data[i + n - 1] == '\r'));
        tl_put_char(out, '\n');
        i += n + (whole && newline != NULL);
    }
}

static void put_hex(struct tl_buffer *out, struct tl_bytes b)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < b.len && !out->failed; i += HEX_LINE) {
        tl_put_format(out, "%06" PRIx32 "  ", i);
        for (uint32_t k = i; k < i + HEX_LINE; k++) {
            tl_put_char(out, k < b.len ? digits[b.data[k] >> 4] : ' ');
            tl_put_char(out, k < b.len ? digits[b.data[k] & 15] : ' ');
            tl_put_char(out, ' ');
        }
        tl_put_char(out, ' ');
        for (uint32_t k = i; k < i + HEX_LINE && k < b.len; k++)
            tl_put_char(out, b.data[k] >= 32 && b.data[k] < 127 ? (char)b.data[k] : '.');
        tl_put_char(out, '\n');
    }
}

/* --- the choice --- */

/* A copy of text without values that are secrets; NULL without memory. */
static uint8_t *masked(struct tl_buffer *out, struct tl_bytes b)
{
    uint8_t *copy = malloc(b.len + 1u);
    out->failed |= copy == NULL;
    if (copy == NULL)
        return NULL;
    memcpy(copy, b.data, b.len);
    tl_secret_names_mask(copy, b.len);
    return copy;
}

static void put_text(struct tl_buffer *out, struct tl_bytes b, bool secrets)
{
    uint8_t *copy = secrets ? NULL : masked(out, b);
    if (!secrets && copy == NULL)
        return;
    b.data = secrets ? b.data : copy;
    uint32_t first = next_word(b, 0);
    if (first < b.len && (b.data[first] == '{' || b.data[first] == '['))
        put_json(out, b);
    else
        put_lines(out, b);
    free(copy);
}

static bool is_picture(const char *mime)
{
    return mime != NULL && strncmp(mime, "image/", 6) == 0 && strcmp(mime, "image/svg+xml") != 0;
}

bool tl_content_is_text(struct tl_bytes bytes, const char *mime)
{
    return !is_picture(mime) && bytes.len > 0 && is_text(bytes);
}

static void put_rest(struct tl_buffer *out, uint64_t shown, uint64_t whole)
{
    if (shown < whole)
        tl_put_format(out, "%" PRIu64 " more bytes are not shown\n", whole - shown);
}

void tl_put_content_bytes(struct tl_buffer *out, struct tl_bytes bytes, uint64_t whole, bool secrets)
{
    uint8_t *copy = secrets || bytes.len == 0 || !is_text(bytes) ? NULL : masked(out, bytes);
    if (copy != NULL)
        bytes.data = copy;
    bytes.len = bytes.len < HEX_MOST ? bytes.len : HEX_MOST;
    if (!out->failed)
        put_hex(out, bytes);
    put_rest(out, bytes.len, whole);
    free(copy);
}

void tl_put_content(struct tl_buffer *out, struct tl_bytes bytes, uint64_t whole, const char *mime, bool secrets)
{
    uint64_t shown = bytes.len;
    if (is_picture(mime)) {
        put_picture(out, bytes, whole, mime);
        return;
    }
    if (bytes.len == 0)
        return;
    if (is_text(bytes)) {
        put_text(out, bytes, secrets);
    } else {
        bytes.len = bytes.len < HEX_MOST ? bytes.len : HEX_MOST;
        shown = bytes.len;
        put_hex(out, bytes);
    }
    put_rest(out, shown, whole);
}
