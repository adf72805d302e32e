/* mime_type.c - detects the type of content: by magic numbers at its beginning, and by the look of text. */
#include "dissectors/mime_type.h"

#include "core/dissect.h"

enum { SHORT = 3 }; /* magic numbers of up to so many bytes may also begin a text */

struct magic {
    uint8_t at, len;
    char bytes[14];
    const char *type;
};

#define MAGIC(at, bytes, type) { at, sizeof(bytes) - 1, bytes, type }

/* The first match wins. */
static const struct magic magics[] = {
    MAGIC(0, "\x89PNG\r\n\x1a\n", "image/png"),
    MAGIC(0, "GIF87a", "image/gif"),
    MAGIC(0, "GIF89a", "image/gif"),
    MAGIC(0, "\xff\xd8\xff", "image/jpeg"),
    MAGIC(0, "BM", "image/x-ms-bmp"),
    MAGIC(0, "II*\0", "image/tiff"),
    MAGIC(0, "MM\0*", "image/tiff"),
    MAGIC(0, "\0\0\1\0", "image/x-icon"),
    MAGIC(8, "WEBP", "image/webp"),
    MAGIC(8, "WAVE", "audio/x-wav"),
    MAGIC(8, "AVI ", "video/x-msvideo"),
    MAGIC(4, "ftypavif", "image/avif"),
    MAGIC(4, "ftypheic", "image/heic"),
    MAGIC(4, "ftypqt", "video/quicktime"),
    MAGIC(4, "ftypM4A", "audio/mp4"),
    MAGIC(4, "ftyp", "video/mp4"),
    MAGIC(0, "ID3", "audio/mpeg"),
    MAGIC(0, "OggS", "application/ogg"),
    MAGIC(0, "fLaC", "audio/x-flac"),
    MAGIC(0, "\x1a\x45\xdf\xa3", "video/webm"),
    MAGIC(0, "FLV\1", "video/x-flv"),
    MAGIC(0, "wOFF", "font/woff"),
    MAGIC(0, "wOF2", "font/woff2"),
    MAGIC(0, "%PDF-", "application/pdf"),
    MAGIC(0, "%!PS", "application/postscript"),
    MAGIC(0, "{\\rtf", "text/rtf"),
    MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    MAGIC(0, "PK\3\4", "application/zip"),
    MAGIC(0, "PK\5\6", "application/zip"),
    MAGIC(0, "\x1f\x8b\x08", "application/x-gzip"),
    MAGIC(0, "BZh", "application/x-bzip2"),
    MAGIC(0, "\xfd" "7zXZ\0", "application/x-xz"),
    MAGIC(0, "\x28\xb5\x2f\xfd", "application/zstd"),
    MAGIC(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    MAGIC(0, "Rar!\x1a\x07", "application/x-rar"),
    MAGIC(0, "MSCF", "application/vnd.ms-cab-compressed"),
    MAGIC(0, "MZ", "application/x-dosexec"),
    MAGIC(0, "\x7f" "ELF", "application/x-executable"),
    MAGIC(0, "\xca\xfe\xba\xbe", "application/x-java-applet"),
    MAGIC(0, "\xcf\xfa\xed\xfe", "application/x-mach-o-executable"),
    MAGIC(0, "\0asm", "application/wasm"),
    MAGIC(0, "CWS", "application/x-shockwave-flash"),
    MAGIC(0, "FWS", "application/x-shockwave-flash"),
    MAGIC(0, "\x30", "application/ocsp-response"), /* see is_der() */
    MAGIC(0, "\x30", "application/ocsp-request"),
    MAGIC(0, "\x30\x82", "application/pkix-cert"),
    MAGIC(0, "SQLite format", "application/x-sqlite3"),
    MAGIC(0, "\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    MAGIC(0, "\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
};

/* Words that begin a text with markup, in lower case. */
static const struct {
    char word[16];
    const char *type;
} marks[] = {
    { "<!doctype html", "text/html" }, { "<html", "text/html" },     { "<head", "text/html" },
    { "<body", "text/html" },          { "<script", "text/html" },   { "<title", "text/html" },
    { "<table", "text/html" },         { "<!--", "text/html" },      { "<h1", "text/html" },
    { "<p>", "text/html" },            { "<?xml", "application/xml" }, { "<svg", "image/svg+xml" },
    { "#!", "text/x-script" },
};

static const char json[] = "application/json", plain[] = "text/plain";

static bool begins(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    if (text.len < n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t c = text.data[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (c != (uint8_t)word[i])
            return false;
    }
    return true;
}

/* Printable ASCII, bytes of other alphabets, and format characters. */
static bool is_text(struct tl_bytes t)
{
    for (uint32_t i = 0; i < t.len; i++) {
        uint8_t c = t.data[i];
        if ((c < 0x20 && (c < 0x09 || c > 0x0d) && c != 0x1b) || c == 0x7f)
            return false;
    }
    return true;
}

static const char *text_type(struct tl_bytes t)
{
    if (t.len >= 3 && memcmp(t.data, "\xef\xbb\xbf", 3) == 0)
        t = (struct tl_bytes){ t.data + 3, t.len - 3 };
    while (t.len > 0 && (*t.data == ' ' || (*t.data >= 0x09 && *t.data <= 0x0d)))
        t = (struct tl_bytes){ t.data + 1, t.len - 1 };
    for (size_t i = 0; i < TL_COUNT(marks); i++) {
        if (begins(t, marks[i].word))
            return marks[i].type;
    }
    /* A single brace or bracket can begin other texts too: checks what follows it for JSON. */
    if (t.len >= 2 && (t.data[0] == '{' || t.data[0] == '[')) {
        uint32_t i = 1;
        while (i < t.len && (t.data[i] == ' ' || (t.data[i] >= 0x09 && t.data[i] <= 0x0d)))
            i++;
        const char *may_follow = t.data[0] == '{' ? "\"}" : "\"{[]-0123456789tfn";
        if (i < t.len && strchr(may_follow, t.data[i]) != NULL && t.data[i] != 0)
            return json;
    }
    return plain;
}

/* Behind its magic number is the number of pictures, low byte first. */
static bool is_icon(const struct magic *m)
{
    return strcmp(m->type, "image/x-icon") == 0;
}

/* --- DER --- */

enum { DER_INTEGER = 0x02, DER_OID = 0x06, DER_ENUMERATED = 0x0a, DER_SEQUENCE = 0x30, DER_0 = 0xa0 };

/*
 * Enters the SEQUENCE that t begins with: t is what follows its head, as far as it is there. *len: bytes that it has
 * there, its own or those of the one around it. false: it begins with something else.
 */
static bool enter(struct tl_bytes *t, uint32_t *len)
{
    uint32_t head = 2, n;
    if (t->len < 2 || *len < 2 || t->data[0] != DER_SEQUENCE)
        return false;
    n = t->data[1];
    if (n == 0x81 || n == 0x82) {
        head += n - 0x80;
        if (t->len < head)
            return false;
        n = head == 3 ? t->data[2] : (uint32_t)t->data[2] << 8 | t->data[3];
    } else if (n >= 0x80) {
        return false;
    }
    if (*len < head || n > *len - head)
        return false;
    *t = (struct tl_bytes){ t->data + head, t->len - head };
    *len = n;
    return true;
}

static bool begins_with(struct tl_bytes t, uint8_t tag)
{
    return t.len > 0 && t.data[0] == tag;
}

/* RFC 6960 4.2.1: a status, and with status 0 a [0]. */
static bool is_ocsp_response(struct tl_bytes t)
{
    uint32_t len = UINT32_MAX;
    if (!enter(&t, &len) || t.len < 3 || t.data[0] != DER_ENUMERATED || t.data[1] != 1 || t.data[2] > 6)
        return false;
    return len == 3 ? t.data[2] != 0 : t.len > 3 && t.data[3] == DER_0;
}

/* RFC 6960 4.1.1, without the optional members: the list of requests, a request, its certificate, a hash algorithm. */
static bool is_ocsp_request(struct tl_bytes t)
{
    enum { DEPTH = 6 };
    uint32_t len = UINT32_MAX;
    for (unsigned i = 0; i < DEPTH; i++) {
        if (!enter(&t, &len))
            return false;
    }
    return begins_with(t, DER_OID);
}

/* RFC 5280 4.1: begins with the version, or in version 1 with the serial number. */
static bool is_certificate(struct tl_bytes t)
{
    uint32_t len = UINT32_MAX;
    return enter(&t, &len) && enter(&t, &len) && (begins_with(t, DER_0) || begins_with(t, DER_INTEGER));
}

static bool is_der(const char *type, struct tl_bytes start)
{
    if (strcmp(type, "application/ocsp-response") == 0)
        return is_ocsp_response(start);
    return strcmp(type, "application/ocsp-request") == 0 ? is_ocsp_request(start) : is_certificate(start);
}

const char *tl_mime_type(struct tl_bytes start, bool whole)
{
    if (start.len > TL_MIME_LOOK)
        start.len = TL_MIME_LOOK;
    /* No magic number looks like the beginning of markup. */
    bool marked = start.len > 0 && (*start.data == '<' || *start.data == '[' || *start.data == '\n');
    for (size_t i = marked ? TL_COUNT(magics) : 0; i < TL_COUNT(magics); i++) {
        const struct magic *m = &magics[i];
        if (start.len < (uint32_t)m->at + m->len || start.data[m->at] != (uint8_t)m->bytes[0] ||
            memcmp(start.data + m->at, m->bytes, m->len) != 0)
            continue;
        if (m->at == 8 && memcmp(start.data, "RIFF", 4) != 0)
            continue;
        if (*m->bytes == DER_SEQUENCE && !is_der(m->type, start))
            continue;
        if (is_icon(m) && (start.len < 6 || start.data[4] == 0 || start.data[5] != 0)) /* a message of DNS begins so */
            continue;
        if (m->len > SHORT || !is_text(start)) /* "BM" may begin a word */
            return m->type;
    }
    if (start.len == 0 || (!whole && start.len < TL_MIME_LOOK) || !is_text(start))
        return NULL;
    return text_type(start);
}

_Static_assert(TL_COUNT(magics) + TL_COUNT(marks) + 2 < UINT8_MAX, "a number of one byte");

const char *tl_mime_of_number(uint8_t number)
{
    size_t i = number - 1u;
    if (number == 0 || i >= TL_COUNT(magics) + TL_COUNT(marks) + 2)
        return NULL;
    if (i < TL_COUNT(magics))
        return magics[i].type;
    i -= TL_COUNT(magics);
    return i < TL_COUNT(marks) ? marks[i].type : i == TL_COUNT(marks) ? json : plain;
}

uint8_t tl_mime_number(const char *type)
{
    const char *one;
    for (uint8_t number = 1; type != NULL && (one = tl_mime_of_number(number)) != NULL; number++) {
        if (strcmp(one, type) == 0)
            return number;
    }
    return 0;
}
