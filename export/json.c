/* json.c - JSON strings (RFC 8259 section 7) from untrusted text (UTF-8: RFC 3629). */
#include "export/json.h"

#include <math.h>

#include "core/values.h"

/* ONCE: a backslash is not doubled. */
enum style { STYLE_JSON, STYLE_PLAIN, STYLE_JSON_ONCE, STYLE_PLAIN_ONCE };

static bool is_json(enum style style)
{
    return style == STYLE_JSON || style == STYLE_JSON_ONCE;
}

static void put_backslash(struct tl_buffer *b, enum style style)
{
    static const char *const texts[] = { [STYLE_JSON] = "\\\\\\\\", [STYLE_PLAIN] = "\\\\",
                                         [STYLE_JSON_ONCE] = "\\\\", [STYLE_PLAIN_ONCE] = "\\" };
    tl_puts(b, texts[style]);
}

/* Bytes that need a closer look: controls, DEL and above, quote and backslash. */
static inline bool is_special(uint8_t c)
{
    return (uint8_t)(c - 0x20) >= 0x5f || c == '"' || c == '\\';
}

static inline bool has_special_8(const uint8_t *p)
{
    const uint64_t ones = 0x0101010101010101, high = ones * 0x80;
    uint64_t x;
    memcpy(&x, p, 8);
    uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\', del = x ^ ones * 0x7f;
    uint64_t small = ((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                     ((del - ones) & ~del);
    return ((small | x) & high) != 0;
}

typedef uint8_t vector __attribute__((vector_size(16)));

static inline bool has_special_16(const uint8_t *p)
{
    vector v;
    memcpy(&v, p, sizeof v);
    vector special = (vector)(v - 0x20 >= 0x5f) | (vector)(v == '"') | (vector)(v == '\\');
    uint64_t halves[2];
    memcpy(halves, &special, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/* Returns the number of leading bytes that can be copied unchanged. */
static inline size_t clean_run(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (n - i >= 16 && !has_special_16(p + i))
        i += 16;
    if (n - i >= 8 && !has_special_8(p + i))
        i += 8;
    while (i < n && !is_special(p[i]))
        i++;
    return i;
}

/* Returns the length of the UTF-8 sequence at p and sets *code; 0: invalid. */
static size_t utf8_sequence(const uint8_t *p, size_t n, uint32_t *code)
{
    uint8_t first = p[0];
    size_t len = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (len == 0 || n < len)
        return 0;
    uint32_t c = first & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    bool overlong = (len == 3 && c < 0x800) || (len == 4 && c < 0x10000);
    if (overlong || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
        return 0;
    *code = c;
    return len;
}

/* Characters that control a terminal or the text direction. */
static bool is_acting(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void put_byte(struct tl_buffer *b, uint8_t c, enum style style)
{
    if (is_json(style))
        tl_put_char(b, '\\');
    tl_put_lit(b, "\\x");
    tl_put_hex(b, c, 2);
}

static void put_code(struct tl_buffer *b, uint32_t code)
{
    tl_put_lit(b, "\\u");
    tl_put_hex(b, code, 4);
}

static void put_ascii(struct tl_buffer *b, uint8_t c, enum style style)
{
    switch (c) {
    case '\\':
        put_backslash(b, style);
        break;
    case '"':
        tl_puts(b, is_json(style) ? "\\\"" : "\"");
        break;
    case '\n':
        tl_put_lit(b, "\\n");
        break;
    case '\r':
        tl_put_lit(b, "\\r");
        break;
    case '\t':
        tl_put_lit(b, "\\t");
        break;
    default:
        if (c >= 0x20 && c != 0x7f)
            tl_put_char(b, (char)c);
        else if (is_json(style))
            put_code(b, c);
        else
            put_byte(b, c, style);
    }
}

/* Appends the character at p, escaped if needed. Returns the number of bytes consumed. */
static size_t put_character(struct tl_buffer *b, const uint8_t *p, size_t n, enum style style)
{
    if (p[0] < 0x80) {
        put_ascii(b, p[0], style);
        return 1;
    }
    uint32_t code = 0;
    size_t len = utf8_sequence(p, n, &code);
    if (len == 0) {
        put_byte(b, p[0], style);
        return 1;
    }
    if (is_acting(code))
        put_code(b, code);
    else
        tl_put(b, p, len);
    return len;
}

static void put_escaped(struct tl_buffer *b, const uint8_t *p, size_t n, enum style style)
{
    while (n > 0) {
        size_t run = clean_run(p, n);
        if (run > 0)
            tl_put(b, p, run);
        p += run;
        n -= run;
        while (n > 0 && is_special(*p)) {
            size_t taken = put_character(b, p, n, style);
            p += taken;
            n -= taken;
        }
    }
}

static inline void put_json_text(struct tl_buffer *b, const uint8_t *text, size_t len, enum style style)
{
    uint8_t *p = tl_buffer_room(b, len + 2);
    if (p == NULL)
        return;
    size_t run = clean_run(text, len);
    *p = '"';
    if (run > 0)
        memcpy(p + 1, text, run);
    b->len += run + 1;
    if (TL_LIKELY(run == len)) {
        p[run + 1] = '"';
        b->len++;
        return;
    }
    put_escaped(b, text + run, len - run, style);
    tl_put_char(b, '"');
}

void tl_put_json_text(struct tl_buffer *b, const uint8_t *text, size_t len)
{
    put_json_text(b, text, len, STYLE_JSON);
}

void tl_put_json_escaped(struct tl_buffer *b, const uint8_t *text, size_t len)
{
    put_json_text(b, text, len, STYLE_JSON_ONCE);
}

void tl_put_safe_escaped(struct tl_buffer *b, const uint8_t *text, size_t len)
{
    put_escaped(b, text, len, STYLE_PLAIN_ONCE);
}

void tl_put_safe_text(struct tl_buffer *b, const uint8_t *text, size_t len)
{
    put_escaped(b, text, len, STYLE_PLAIN);
}

/* The character at p, of n bytes (at least 1), in *code; returns how many bytes it was. */
static uint32_t utf16_character(const uint8_t *p, uint32_t n, bool little, uint32_t *code)
{
    *code = 0xfffd;
    if (n < 2)
        return n;
    uint32_t unit = little ? tl_load_le16(p) : tl_load_be16(p);
    if ((unit & 0xf800) != 0xd800) {
        *code = unit;
        return 2;
    }
    uint32_t low = n < 4 ? 0 : little ? tl_load_le16(p + 2) : tl_load_be16(p + 2);
    if (unit >= 0xdc00 || (low & 0xfc00) != 0xdc00)
        return 2;
    *code = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
    return 4;
}

static uint32_t utf8_write(uint8_t *p, uint32_t code)
{
    if (code < 0x80) {
        p[0] = (uint8_t)code;
        return 1;
    }
    uint32_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (uint32_t i = len - 1; i > 0; i--, code >>= 6)
        p[i] = (uint8_t)(0x80 | (code & 0x3f));
    p[0] = (uint8_t)(0xf00 >> len | code);
    return len;
}

/* Turned into UTF-8 piece by piece, whole characters in each. */
static void put_utf16(struct tl_buffer *b, struct tl_bytes text, bool little, enum style style)
{
    uint8_t piece[256];
    uint32_t n = 0;
    for (uint32_t i = 0; i < text.len;) {
        uint32_t code;
        i += utf16_character(text.data + i, text.len - i, little, &code);
        n += utf8_write(piece + n, code);
        if (n > sizeof piece - 4 || i == text.len) {
            put_escaped(b, piece, n, style);
            n = 0;
        }
    }
}

void tl_put_json_utf16(struct tl_buffer *b, struct tl_bytes text, bool little)
{
    tl_put_char(b, '"');
    put_utf16(b, text, little, STYLE_JSON);
    tl_put_char(b, '"');
}

void tl_put_safe_utf16(struct tl_buffer *b, struct tl_bytes text, bool little)
{
    put_utf16(b, text, little, STYLE_PLAIN);
}

static bool put_no_number(struct tl_buffer *b, double value)
{
    if (isfinite(value))
        return false;
    tl_put_json_word(b, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    return true;
}

void tl_put_json_double(struct tl_buffer *b, double value)
{
    if (!put_no_number(b, value))
        tl_put_double(b, value);
}

void tl_put_json_float(struct tl_buffer *b, float value)
{
    if (!put_no_number(b, (double)value))
        tl_put_float(b, value);
}

void tl_put_json_word(struct tl_buffer *b, const char *word)
{
    tl_put_json_text(b, (const uint8_t *)word, strlen(word));
}

void tl_put_json_key(struct tl_buffer *b, const char *key, const char *separator)
{
    for (;;) {
        size_t len = strcspn(key, ".");
        tl_put(b, key, len);
        if (key[len] == '\0')
            return;
        put_escaped(b, (const uint8_t *)separator, strlen(separator), STYLE_JSON);
        key += len + 1;
    }
}
