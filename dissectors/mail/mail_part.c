/*
 * mail_part.c - the content of a MIME part, read incrementally: undoes its transfer encoding (RFC 2045 section 6),
 * counts the decoded bytes and passes them on as a body.
 */
#include "dissectors/mail/mail_part.h"

enum { PIECE = 1024 }; /* bytes decoded at a time */

/* Position in an escape of quoted-printable. */
enum escape { NO_ESCAPE, ESCAPE_BEGUN, ESCAPE_DIGIT };

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes at most three bytes per input byte: bytes that are not an escape are unchanged. Returns the number written. */
static uint32_t decode_qp(struct tl_mail *m, struct tl_bytes in, uint8_t *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < in.len; i++) {
        uint8_t c = in.data[i];
        if (m->escape == NO_ESCAPE) {
            if (c == '=')
                m->escape = ESCAPE_BEGUN;
            else
                out[n++] = c;
        } else if (m->escape == ESCAPE_BEGUN) {
            if (c == '\n') /* a soft line break */
                m->escape = NO_ESCAPE;
            if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
                continue;
            m->digit = c;
            m->escape = ESCAPE_DIGIT;
        } else {
            int high = hex_digit(m->digit), low = hex_digit(c);
            m->escape = NO_ESCAPE;
            if (high >= 0 && low >= 0) {
                out[n++] = (uint8_t)(high << 4 | low);
                continue;
            }
            out[n++] = '=';
            out[n++] = m->digit;
            out[n++] = c;
        }
    }
    return n;
}

/* Keeps the first bytes of a part, up to the first that is missing. */
static void take_start(struct tl_mail *m, struct tl_bytes bytes)
{
    struct tl_mail_kinds *k = m->kinds;
    uint32_t room = TL_MIME_LOOK - k->start_len, n = bytes.len < room ? bytes.len : room;
    if (!m->whole || n == 0)
        return;
    memcpy(k->start + k->start_len, bytes.data, n);
    k->start_len = (uint8_t)(k->start_len + n);
}

static void take_kind(struct tl_mail *m)
{
    struct tl_mail_kinds *k = m->kinds;
    const char *type = tl_mime_type(tl_bytes_of(k->start, k->start_len), m->whole && m->part_size == k->start_len);
    if (type != NULL && k->count < TL_MAIL_KINDS)
        k->numbers[k->count++] = tl_mime_number(type);
}

static void take_name(const struct tl_mail *m)
{
    struct tl_mail_kinds *k = m->kinds;
    if (m->name_len == 0 || k->names_len + 1u + m->name_len > TL_MAIL_NAMES)
        return;
    k->names[k->names_len] = m->name_len;
    memcpy(k->names + k->names_len + 1, m->name, m->name_len);
    k->names_len = (uint16_t)(k->names_len + 1u + m->name_len);
}

static void pass_on(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    m->part_size += bytes.len;
    if (TL_UNLIKELY(m->kinds != NULL))
        take_start(m, bytes);
    if (m->body.id != 0 && bytes.len > 0)
        tl_body_data(d, &m->body, bytes);
}

static void decode(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    uint8_t out[PIECE * 3];
    if (m->encoding == TL_MAIL_AS_IT_IS) {
        pass_on(d, m, bytes);
        return;
    }
    while (bytes.len > 0) {
        struct tl_bytes piece = { bytes.data, bytes.len < PIECE ? bytes.len : PIECE };
        bool base64 = m->encoding == TL_MAIL_BASE64;
        uint32_t n = base64 ? tl_base64_decode(&m->base64, piece, out) : decode_qp(m, piece, out);
        pass_on(d, m, (struct tl_bytes){ out, n });
        bytes = (struct tl_bytes){ bytes.data + piece.len, bytes.len - piece.len };
    }
}

/* Skips the line in which bytes are missing: each line of base64 is decoded separately. Returns the bytes after it. */
static struct tl_bytes after_torn_line(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    const uint8_t *lf = memchr(bytes.data, '\n', bytes.len);
    uint32_t n = lf != NULL ? (uint32_t)(lf - bytes.data) + 1 : bytes.len;
    m->torn = lf == NULL;
    tl_body_gap(d, &m->body, n / 4 * 3);
    return (struct tl_bytes){ bytes.data + n, bytes.len - n };
}

/*
 * The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1): it is held until the next bytes.
 */
void tl_mail_part_content(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    if (TL_UNLIKELY(m->secret))
        tl_hide(d, bytes);
    if (TL_LIKELY(!m->read) || bytes.len == 0)
        return;
    if (m->torn && (bytes = after_torn_line(d, m, bytes)).len == 0)
        return;
    const uint8_t *end = bytes.data + bytes.len;
    bool lf = end[-1] == '\n', cr = lf ? bytes.len > 1 && end[-2] == '\r' : end[-1] == '\r';
    uint32_t tail = (uint32_t)lf + cr;
    if (m->held_len == 1 && m->held[0] == '\r' && bytes.len == 1 && lf) {
        m->held[m->held_len++] = '\n';
        return;
    }
    decode(d, m, tl_bytes_of(m->held, m->held_len));
    decode(d, m, (struct tl_bytes){ bytes.data, bytes.len - tail });
    memcpy(m->held, end - tail, tail);
    m->held_len = (uint8_t)tail;
}

void tl_mail_part_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n)
{
    m->whole = false;
    if (!m->read)
        return;
    decode(d, m, tl_bytes_of(m->held, m->held_len));
    m->held_len = 0;
    m->escape = NO_ESCAPE;
    m->base64 = (struct tl_base64){ 0 };
    m->torn = m->encoding == TL_MAIL_BASE64;
    tl_body_gap(d, &m->body, m->torn ? n / 4 * 3 : n);
}

/* Returns whether any output shows the size of an attachment. */
static bool size_is_wanted(const struct tl_dissection *d)
{
    if (TL_LIKELY(d->tree == NULL))
        return false;
    struct tl_dissection layer = *d;
    d->host->select(&layer, &tl_protocol_mime);
    return tl_wants(&layer, TL_MIME_SIZE);
}

void tl_mail_part_begin(struct tl_dissection *d, struct tl_mail *m)
{
    struct tl_body_facts facts = { .source = m->source, .name = tl_bytes_of(m->name, m->name_len),
                                   .type = tl_bytes_of(m->type, m->type_len), .total = UINT64_MAX, .side = m->side,
                                   .parent = m->parent, .depth = m->inside ? 0 : m->entities, .level = m->level,
                                   .charset = tl_bytes_of(m->charset, m->charset_len),
                                   .outline = tl_kept_bytes_of(d, &m->outline) };
    m->escape = m->held_len = 0;
    m->torn = false;
    m->whole = true;
    m->base64 = (struct tl_base64){ 0 };
    m->part_size = 0;
    bool is_file = !m->form || (m->named && !m->secret); /* else its digest and its length would tell of a password */
    if (is_file && (!m->inside || m->parent != 0))
        tl_body_begin(d, &m->body, &facts);
    m->outline.len = 0;
    m->read = m->body.id != 0 || m->kinds != NULL || (m->name_len > 0 && !m->secret && size_is_wanted(d));
    if (m->kinds != NULL) {
        m->kinds->start_len = 0;
        take_name(m);
    }
}

static void show_attachment(struct tl_dissection *d, const struct tl_mail *m)
{
    struct tl_dissection layer;
    tl_inner_begin(d, &layer, &tl_protocol_mime, false);
    uint32_t group = tl_group(&layer, TL_MIME_ATTACHMENT);
    if (group != TL_NO_NODE) {
        tl_add_text(&layer, TL_MIME_NAME, 0, 0, m->name, m->name_len);
        if (m->type_len > 0)
            tl_add_text(&layer, TL_MIME_ATTACHMENT_TYPE, 0, 0, m->type, m->type_len);
        if (m->read && m->whole && !m->secret)
            tl_add(&layer, TL_MIME_SIZE, 0, 0, m->part_size);
        tl_group_end(&layer, group);
    }
    tl_inner_end(d, &layer);
}

void tl_mail_part_end(struct tl_dissection *d, struct tl_mail *m)
{
    if (tl_body_file(&m->body) != 0 && m->file_count < TL_MAIL_FILES)
        m->files[m->file_count++] = tl_body_file(&m->body);
    tl_body_end(d, &m->body);
    if (m->read && m->kinds != NULL)
        take_kind(m);
    if (m->name_len > 0 && d->tree != NULL)
        show_attachment(d, m);
    m->name_len = 0;
    m->read = false;
}

struct tl_text_list tl_mail_fuids(const struct tl_dissection *d, const struct tl_mail *m, struct tl_mail_fuids *fuids)
{
    for (unsigned i = 0; i < m->file_count; i++)
        fuids->items[i] = tl_file_fuid(d, m->side, m->files[i], fuids->text[i]);
    return (struct tl_text_list){ fuids->items, m->file_count };
}
