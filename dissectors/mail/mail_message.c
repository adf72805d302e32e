/*
 * mail_message.c - reads messages incrementally: header fields (RFC 5322 section 2.2), MIME parts (RFC 2046 section
 * 5.1).
 */
#include "dissectors/mail/mail_message.h"

#include "core/secret_name.h"
#include "dissectors/mail/mail_part.h"
#include "dissectors/mail/mail_text.h"

enum field_state { FIELD_NONE, FIELD_OPEN, FIELD_PASSED_OVER };
enum part_kind { PART_TEXT, PART_MULTIPART, PART_MESSAGE };
enum { NO_PART = 0xff, NAME_MOST = 76, DELIMITER_MOST = 2 + TL_MAIL_BOUNDARY + 2 };

enum action { JUST_SHOWN, A_TEXT, A_LIST, RECEIVED, ADDRESS, CONTENT_TYPE, CONTENT_DISPOSITION, CONTENT_ENCODING };

struct header {
    const char *name; /* lower case */
    enum action action;
    uint8_t field;      /* of imf */
    uint8_t part_field; /* of mime, in the header of a part; NO_PART: none */
    uint8_t item;
};

static const struct header headers[] = {
    { "received", RECEIVED, TL_IMF_RECEIVED, NO_PART, TL_MAIL_PATH },
    { "date", A_TEXT, TL_IMF_DATE, NO_PART, TL_MAIL_DATE },
    { "from", A_TEXT, TL_IMF_FROM, NO_PART, TL_MAIL_FROM },
    { "sender", JUST_SHOWN, TL_IMF_SENDER, NO_PART, 0 },
    { "reply-to", A_TEXT, TL_IMF_REPLY_TO, NO_PART, TL_MAIL_REPLY_TO },
    { "to", A_LIST, TL_IMF_TO, NO_PART, TL_MAIL_TO },
    { "cc", A_LIST, TL_IMF_CC, NO_PART, TL_MAIL_CC },
    { "bcc", JUST_SHOWN, TL_IMF_BCC, NO_PART, 0 },
    { "message-id", A_TEXT, TL_IMF_MESSAGE_ID, NO_PART, TL_MAIL_MSG_ID },
    { "in-reply-to", A_TEXT, TL_IMF_IN_REPLY_TO, NO_PART, TL_MAIL_IN_REPLY_TO },
    { "references", JUST_SHOWN, TL_IMF_REFERENCES, NO_PART, 0 },
    { "subject", A_TEXT, TL_IMF_SUBJECT, NO_PART, TL_MAIL_SUBJECT },
    { "comments", JUST_SHOWN, TL_IMF_COMMENTS, NO_PART, 0 },
    { "keywords", JUST_SHOWN, TL_IMF_KEYWORDS, NO_PART, 0 },
    { "user-agent", A_TEXT, TL_IMF_USER_AGENT, NO_PART, TL_MAIL_USER_AGENT },
    { "x-mailer", A_TEXT, TL_IMF_MAILER, NO_PART, TL_MAIL_USER_AGENT },
    { "x-originating-ip", ADDRESS, TL_IMF_EXTENSION, NO_PART, TL_MAIL_ORIGINATING_IP },
    { "return-path", JUST_SHOWN, TL_IMF_RETURN_PATH, NO_PART, 0 },
    { "delivered-to", JUST_SHOWN, TL_IMF_DELIVERED_TO, NO_PART, 0 },
    { "mime-version", JUST_SHOWN, TL_IMF_MIME_VERSION, NO_PART, 0 },
    { "content-type", CONTENT_TYPE, TL_IMF_CONTENT_TYPE, TL_MIME_TYPE, 0 },
    { "content-disposition", CONTENT_DISPOSITION, TL_IMF_EXTENSION, TL_MIME_DISPOSITION, 0 },
    { "content-transfer-encoding", CONTENT_ENCODING, TL_IMF_CONTENT_ENCODING, TL_MIME_ENCODING, 0 },
    { "content-id", JUST_SHOWN, TL_IMF_CONTENT_ID, TL_MIME_ID, 0 },
    { "content-description", JUST_SHOWN, TL_IMF_CONTENT_DESCRIPTION, NO_PART, 0 },
};

/* --- the log --- */

bool tl_mail_log_put(struct tl_dissection *d, struct tl_kept_text *log, unsigned item, struct tl_bytes text,
                     uint32_t most)
{
    uint8_t head[4] = { (uint8_t)item, 0, (uint8_t)(text.len >> 8), (uint8_t)text.len };
    if (text.len > UINT16_MAX || most < log->len || most - log->len < sizeof head + text.len)
        return false;
    if (!tl_kept_append(d, log, head, sizeof head, most))
        return false;
    if (tl_kept_append(d, log, text.data, text.len, most))
        return true;
    log->len -= (uint32_t)sizeof head;
    return false;
}

bool tl_mail_log_next(struct tl_bytes *left, struct tl_mail_entry *entry)
{
    if (left->len < 4)
        return false;
    uint32_t n = tl_load_be16(left->data + 2);
    if (n > left->len - 4)
        return false;
    *entry = (struct tl_mail_entry){ left->data[0], { left->data + 4, n } };
    *left = (struct tl_bytes){ left->data + 4 + n, left->len - 4 - n };
    return true;
}

static void log_put(struct tl_dissection *d, struct tl_mail *m, unsigned item, struct tl_bytes text, bool cut)
{
    bool list = item >= TL_MAIL_TO;
    if (!list && m->count[item] > 0) /* keeps the first value, as the readers of the log expect */
        return;
    bool fits = m->count[item] < TL_MAIL_LIST && tl_mail_log_put(d, &m->log, item, text, TL_MAIL_LOG);
    if (cut || !fits)
        m->cut |= (uint16_t)(1u << item);
    if (m->count[item] < TL_MAIL_LIST)
        m->count[item]++;
}

/* --- the outline --- */

/* Someone may show the parts of the mail as a tree. */
static bool is_outlined(const struct tl_dissection *d, const struct tl_mail *m)
{
    return TL_UNLIKELY(d->bodies) && !m->inside;
}

/* Appends a line of two texts. What does not fit is left out. */
static void outline(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes name, struct tl_bytes value)
{
    uint8_t line[TL_MAIL_VALUE + 80];
    uint32_t n = 0;
    if (name.len + value.len + 4 > sizeof line)
        return;
    line[n++] = (uint8_t)('0' + m->level);
    memcpy(line + n, name.data, name.len);
    n += name.len;
    if (value.len > 0) {
        memcpy(line + n, ": ", 2);
        memcpy(line + n + 2, value.data, value.len);
        n += 2 + value.len;
    }
    for (uint32_t i = 0; i < n; i++)
        line[i] = line[i] == '\n' ? ' ' : line[i];
    line[n++] = '\n';
    (void)tl_kept_append(d, &m->outline, line, n, TL_MAIL_OUTLINE);
}

/* A field of the header of a message inside this one. */
static void outline_field(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes name, struct tl_bytes value)
{
    uint8_t room[TL_MAIL_VALUE];
    struct tl_mail_text text = { .data = room, .room = sizeof room };
    tl_mail_decode(d->charsets, value, &text);
    outline(d, m, name, tl_bytes_of(room, text.len));
}

static void begin_around(struct tl_dissection *d, struct tl_mail *m)
{
    if (is_outlined(d, m))
        outline(d, m, m->type_len > 0 ? tl_bytes_of(m->type, m->type_len) : tl_bytes_of("message/rfc822", 14),
                tl_bytes_of("", 0));
    m->level = (uint8_t)(m->level + (m->level < TL_MAIL_LEVELS));
}

/* --- header fields --- */

/* Shows a field of the message header (part: of a part's header) in the layer of its protocol. */
static void show(struct tl_dissection *d, struct tl_mail *m, bool part, unsigned field, struct tl_bytes text)
{
    struct tl_dissection layer;
    uint32_t off = 0, len = 0;
    if (TL_LIKELY(d->tree == NULL))
        return;
    if (d->c.base != NULL && text.data >= d->c.base && text.data < d->c.base + d->c.end) {
        off = (uint32_t)(text.data - d->c.base);
        len = text.len;
    }
    tl_inner_begin(d, &layer, part ? &tl_protocol_mime : &tl_protocol_imf, !part && !m->shown);
    m->shown = true;
    tl_add_text(&layer, field, off, len, text.data, text.len);
    tl_inner_end(d, &layer);
}

static void take_text(struct tl_dissection *d, struct tl_mail *m, unsigned item, struct tl_bytes value, bool cut)
{
    uint8_t room[TL_MAIL_VALUE];
    struct tl_mail_text text = { .data = room, .room = sizeof room };
    tl_mail_decode(d->charsets, value, &text);
    log_put(d, m, item, tl_bytes_of(room, text.len), cut || text.cut);
}

static void take_list(struct tl_dissection *d, struct tl_mail *m, unsigned item, struct tl_bytes value, bool cut)
{
    struct tl_bytes address;
    while (m->count[item] < TL_MAIL_LIST && tl_mail_next_address(&value, &address))
        take_text(d, m, item, address, false);
    if (cut || value.len > 0)
        m->cut |= (uint16_t)(1u << item);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/*
 * The address of the host that sent the message to this one: the second address in the from clause. The first is the
 * name that the sender gave itself.
 */
static bool received_from(struct tl_bytes value, struct tl_bytes *ip)
{
    struct tl_bytes clause = value, second;
    uint32_t at = 0;
    for (uint32_t i = 0; i + 4 <= value.len; i++)
        if (is_blank(value.data[i]) && is_blank(value.data[i + 3]) &&
            tl_mail_is((struct tl_bytes){ value.data + i + 1, 2 }, "by")) {
            clause.len = i;
            break;
        }
    if (!tl_mail_next_ip(clause, &at, ip)) {
        at = 0;
        return tl_mail_next_ip(value, &at, ip);
    }
    if (tl_mail_next_ip(clause, &at, &second))
        *ip = second;
    return true;
}

static void take_received(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes value, bool cut)
{
    struct tl_bytes ip;
    if (received_from(value, &ip))
        log_put(d, m, TL_MAIL_PATH, ip, false);
    if (m->received[1] != 0)
        tl_forget(d, m->received[1]);
    m->received[1] = m->received[0];
    m->received_cut[1] = m->received_cut[0];
    uint32_t n = value.len < TL_MAIL_VALUE ? value.len : TL_MAIL_VALUE;
    m->received[0] = tl_keep(d, value.data, n);
    m->received_cut[0] = cut || n < value.len || m->received[0] == 0;
}

static void take_content_type(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes value)
{
    struct tl_bytes type = tl_mail_main_value(value);
    uint32_t n = type.len < sizeof m->type ? type.len : (uint32_t)sizeof m->type;
    for (uint32_t i = 0; i < n; i++)
        m->type[i] = (char)(type.data[i] >= 'A' && type.data[i] <= 'Z' ? type.data[i] + 32 : type.data[i]);
    m->type_len = (uint8_t)n;
    struct tl_bytes kind = { type.data, n < 10 ? n : 10 };
    m->kind = PART_TEXT;
    if (tl_mail_is(kind, "multipart/")) {
        struct tl_mail_text boundary = { .data = m->boundary.text, .room = sizeof m->boundary.text };
        if (tl_mail_parameter(NULL, value, "boundary", &boundary) && boundary.len > 0 && !boundary.cut) {
            m->kind = PART_MULTIPART;
            m->boundary.len = (uint8_t)boundary.len;
            m->boundary.digest = tl_mail_is(type, "multipart/digest");
            m->boundary.form = tl_mail_is(type, "multipart/form-data");
        }
    } else if (tl_mail_is(type, "message/rfc822") || tl_mail_is(type, "message/global")) {
        m->kind = PART_MESSAGE;
    }
    struct tl_mail_text charset = { .data = (uint8_t *)m->charset, .room = sizeof m->charset };
    if (is_outlined(d, m) && tl_mail_parameter(NULL, value, "charset", &charset))
        m->charset_len = charset.cut ? 0 : (uint8_t)charset.len;
    struct tl_mail_text name = { .data = m->name, .room = sizeof m->name };
    if (!m->named && tl_mail_parameter(d->charsets, value, "name", &name))
        m->name_len = (uint8_t)name.len;
}

/* A field of a form (RFC 7578 section 4.2). cut: its name may be in what was not read. */
static void take_form_field(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes value, bool cut)
{
    uint8_t room[sizeof m->name];
    struct tl_mail_text name = { .data = room, .room = sizeof room };
    m->form |= tl_mail_is(tl_mail_main_value(value), "form-data");
    if (m->form && tl_mail_parameter(d->charsets, value, "name", &name))
        m->secret |= tl_secret_name(tl_bytes_of(room, name.len));
    m->secret |= m->form && cut;
}

static void take_disposition(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes value, bool cut)
{
    uint8_t room[sizeof m->name];
    struct tl_mail_text name = { .data = room, .room = sizeof room };
    take_form_field(d, m, value, cut);
    if (!tl_mail_parameter(d->charsets, value, "filename", &name) || name.len == 0)
        return;
    memcpy(m->name, room, name.len);
    m->name_len = (uint8_t)name.len;
    m->named = true;
}

static void take_encoding(struct tl_mail *m, struct tl_bytes value)
{
    struct tl_bytes name = tl_mail_main_value(value);
    m->encoding = tl_mail_is(name, "base64")             ? TL_MAIL_BASE64
                  : tl_mail_is(name, "quoted-printable") ? TL_MAIL_QP
                                                         : TL_MAIL_AS_IT_IS;
}

static const struct header *header_named(struct tl_bytes name)
{
    for (unsigned i = 0; i < TL_COUNT(headers); i++)
        if ((name.data[0] | 0x20) == headers[i].name[0] && tl_mail_is(name, headers[i].name))
            return &headers[i];
    return NULL;
}

/* Length of the name before the colon of a header field; 0: not a header field (RFC 5322 section 3.6.8). */
static uint32_t name_length(struct tl_bytes line)
{
    uint32_t n = 0;
    while (n < line.len && n < NAME_MOST && line.data[n] > 32 && line.data[n] < 127 && line.data[n] != ':')
        n++;
    uint32_t colon = n;
    while (colon < line.len && (line.data[colon] == ' ' || line.data[colon] == '\t')) /* obsolete, but in use */
        colon++;
    return n > 0 && colon < line.len && line.data[colon] == ':' ? n : 0;
}

static bool is_interesting(const struct tl_dissection *d, const struct tl_mail *m, struct tl_bytes line, uint32_t name)
{
    const struct header *h = header_named((struct tl_bytes){ line.data, name });
    if (d->tree != NULL || m->within)
        return h != NULL || m->top;
    return h != NULL && h->action != JUST_SHOWN && (m->top || h->action >= CONTENT_TYPE);
}

/* Of a message inside this one these are in the outline. */
static bool is_outlined_field(const struct header *h)
{
    return (h->action == A_TEXT || h->action == A_LIST) &&
           (h->item == TL_MAIL_DATE || h->item == TL_MAIL_FROM || h->item == TL_MAIL_TO || h->item == TL_MAIL_CC ||
            h->item == TL_MAIL_SUBJECT);
}

/* Handles a complete header field, unfolded and without its line end. */
static void take_field(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes line, bool cut)
{
    uint32_t n = name_length(line);
    if (n == 0)
        return;
    const struct header *h = header_named((struct tl_bytes){ line.data, n });
    const uint8_t *colon = memchr(line.data, ':', line.len);
    struct tl_bytes value = { colon + 1, line.len - (uint32_t)(colon - line.data) - 1 };
    value = tl_mail_trim(value);
    bool known = h != NULL && h->field != TL_IMF_EXTENSION;
    if (m->top)
        show(d, m, false, known ? h->field : TL_IMF_EXTENSION, known ? value : line);
    else if (h != NULL && h->part_field != NO_PART)
        show(d, m, true, h->part_field, value);
    if (h == NULL)
        return;
    uint32_t at = 0;
    struct tl_bytes ip;
    if (h->action == CONTENT_TYPE)
        take_content_type(d, m, value);
    else if (h->action == CONTENT_DISPOSITION)
        take_disposition(d, m, value, cut);
    else if (h->action == CONTENT_ENCODING)
        take_encoding(m, value);
    else if (m->within && is_outlined_field(h))
        outline_field(d, m, tl_bytes_of(line.data, n), value);
    else if (!m->top)
        return;
    else if (h->action == A_TEXT)
        take_text(d, m, h->item, value, cut);
    else if (h->action == A_LIST)
        take_list(d, m, h->item, value, cut);
    else if (h->action == RECEIVED)
        take_received(d, m, value, cut);
    else if (h->action == ADDRESS && tl_mail_next_ip(value, &at, &ip))
        log_put(d, m, h->item, ip, false);
}

static void close_field(struct tl_dissection *d, struct tl_mail *m)
{
    if (m->field == FIELD_OPEN)
        take_field(d, m, tl_kept_bytes_of(d, &m->folded), m->field_cut);
    m->field = FIELD_NONE;
    m->field_cut = false;
    m->folded.len = 0;
}

/* --- parts --- */

static void begin_part(struct tl_mail *m)
{
    m->in_header = true;
    m->entities++;
    m->kind = m->depth > 0 && m->stack[m->depth - 1].digest ? PART_MESSAGE : PART_TEXT;
    m->encoding = TL_MAIL_AS_IT_IS;
    m->named = m->read = m->form = m->secret = false;
    for (unsigned i = 0; i < m->depth; i++)
        m->form |= m->stack[i].form;
    m->type_len = m->name_len = m->charset_len = 0;
}

static void end_part(struct tl_dissection *d, struct tl_mail *m)
{
    if (!m->in_header)
        tl_mail_part_end(d, m);
}

static void end_header(struct tl_dissection *d, struct tl_mail *m)
{
    close_field(d, m);
    m->in_header = m->top = m->within = false;
    m->bol = true;
    if (m->name_len > 0)
        log_put(d, m, TL_MAIL_ATTACHMENT, tl_bytes_of(m->name, m->name_len), false);
    if (m->kind == PART_MULTIPART && m->depth < TL_MAIL_DEPTH) {
        begin_around(d, m);
        m->boundary.level = m->level;
        m->stack[m->depth++] = m->boundary;
        m->name_len = 0; /* it has parts instead of content */
    } else if (m->kind == PART_MESSAGE && m->encoding == TL_MAIL_AS_IT_IS) {
        m->name_len = 0;
        begin_around(d, m);
        begin_part(m);
        m->within = is_outlined(d, m);
        m->kind = PART_TEXT;
    } else {
        m->too_deep |= m->kind == PART_MULTIPART;
        tl_mail_part_begin(d, m);
    }
}

/*
 * Finds the multipart whose delimiter line is at p. p holds at least DELIMITER_MOST bytes or the whole line. Returns
 * the level, from 1; 0: not a delimiter. *last: the delimiter ends the multipart.
 */
static uint32_t delimiter(const struct tl_mail *m, const uint8_t *p, uint32_t n, bool *last)
{
    for (uint32_t level = m->depth; level > 0; level--) {
        const struct tl_mail_boundary *b = &m->stack[level - 1];
        uint32_t len = 2u + b->len;
        if (n < len || p[0] != '-' || p[1] != '-' || memcmp(p + 2, b->text, b->len) != 0)
            continue;
        *last = n >= len + 2 && p[len] == '-' && p[len + 1] == '-';
        if (*last || n == len || p[len] <= ' ')
            return level;
    }
    return 0;
}

static void pass_delimiter(struct tl_dissection *d, struct tl_mail *m, uint32_t level, bool last)
{
    if (m->in_header)
        end_header(d, m);
    end_part(d, m);
    m->depth = (uint8_t)(last ? level - 1 : level);
    m->level = (uint8_t)(m->stack[level - 1].level - (last && m->stack[level - 1].level > 0));
    m->within = false;
    begin_part(m);
    m->in_header = !last;
    m->entities -= last; /* an epilogue */
    m->bol = true;
}

/* --- lines --- */

/* Stores the beginning of a line. Skips what is too long. */
static void put_aside(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    uint32_t room = m->line.len < TL_MAIL_HEADER ? TL_MAIL_HEADER - m->line.len : 0;
    uint32_t n = bytes.len < room ? bytes.len : room;
    if (!tl_kept_append(d, &m->line, bytes.data, n, TL_MAIL_HEADER) || n < bytes.len)
        m->line_cut = true;
}

/* Appends a line that continues a field: only the line end is removed (RFC 5322 section 2.2.3). */
static void unfold(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes line)
{
    if (m->field != FIELD_OPEN)
        return;
    uint32_t room = TL_MAIL_HEADER - m->folded.len;
    if (line.len > room) {
        m->field_cut |= tl_mail_trim((struct tl_bytes){ line.data + room, line.len - room }).len > 0;
        line.len = room;
    }
    if (line.len > 0 && !tl_kept_append(d, &m->folded, line.data, line.len, TL_MAIL_HEADER))
        m->field_cut = true;
}

/* There was no memory for a header field. h: the field's name; NULL: it may be any field. */
static void lose_field(struct tl_mail *m, const struct header *h)
{
    if (h == NULL)
        m->cut |= m->top ? (uint16_t)((1u << TL_MAIL_ITEMS) - 1) : (uint16_t)(1u << TL_MAIL_ATTACHMENT);
    else if (h->action >= CONTENT_TYPE)
        m->cut |= (uint16_t)(1u << TL_MAIL_ATTACHMENT);
    else if (m->top && h->action != JUST_SHOWN)
        m->cut |= (uint16_t)(1u << h->item);
    if (m->top && (h == NULL || h->action == RECEIVED))
        m->received_cut[0] = true;
}

static void open_field(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes line, uint32_t name, bool cut)
{
    if (!is_interesting(d, m, line, name)) {
        m->field = FIELD_PASSED_OVER;
        return;
    }
    uint32_t n = line.len < TL_MAIL_HEADER ? line.len : TL_MAIL_HEADER;
    m->folded.len = 0;
    m->field_cut = cut || n < line.len;
    m->field = FIELD_OPEN;
    if (tl_kept_append(d, &m->folded, line.data, n, TL_MAIL_HEADER))
        return;
    m->field = FIELD_PASSED_OVER;
    const struct header *h = header_named((struct tl_bytes){ line.data, name });
    if (h != NULL)
        lose_field(m, h);
}

/*
 * Handles a complete header line, or the part that is read of an overlong one. alone: the next line does not continue
 * it. Returns false if the line is the first of the body: there was no empty line.
 */
static bool header_line(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes whole, bool cut, bool alone)
{
    struct tl_bytes line = tl_without_line_end(whole);
    if (line.len == 0) {
        end_header(d, m);
        return true;
    }
    if (line.data[0] == ' ' || line.data[0] == '\t') {
        unfold(d, m, line);
        m->field_cut |= cut;
        return true;
    }
    close_field(d, m);
    uint32_t name = name_length(line);
    if (name == 0) {
        bool last;
        uint32_t level = delimiter(m, line.data, line.len, &last);
        if (level > 0) {
            pass_delimiter(d, m, level, last);
            return true;
        }
        if (line.len > 5 && memcmp(line.data, "From ", 5) == 0) /* the envelope line of a mailbox file */
            return true;
        end_header(d, m);
        return m->in_header; /* a message inside this one begins with this line: it is dropped */
    }
    if (alone && is_interesting(d, m, line, name)) {
        uint32_t n = line.len < TL_MAIL_HEADER ? line.len : TL_MAIL_HEADER;
        take_field(d, m, (struct tl_bytes){ line.data, n }, cut || n < line.len);
    } else if (!alone) {
        open_field(d, m, line, name, cut);
    }
    return true;
}

static uint32_t body(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes);

/* Reads one line of a header, or its available part. Returns the number of bytes read. */
static uint32_t header(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    const uint8_t *lf = memchr(bytes.data, '\n', bytes.len);
    if (lf == NULL) {
        put_aside(d, m, bytes);
        return bytes.len;
    }
    struct tl_bytes line = { bytes.data, (uint32_t)(lf - bytes.data) + 1 };
    uint32_t taken = line.len;
    bool alone = taken < bytes.len && bytes.data[taken] != ' ' && bytes.data[taken] != '\t', aside = m->line.len > 0;
    if (aside || m->line_cut) {
        put_aside(d, m, line);
        line = tl_kept_bytes_of(d, &m->line);
    }
    if (line.len == 0) { /* there was no memory for it */
        m->line_cut = false;
        lose_field(m, NULL);
        return taken;
    }
    bool read = header_line(d, m, line, m->line_cut, alone), last;
    if (!read && !aside)
        return body(d, m, line);
    uint32_t level = read ? 0 : delimiter(m, line.data, line.len, &last);
    m->line.len = 0;
    m->line_cut = false;
    if (level > 0)
        pass_delimiter(d, m, level, last);
    else if (!read)
        tl_mail_part_content(d, m, line);
    return taken;
}

/* Appends to the stored line. Returns the number of bytes read. */
static uint32_t go_on_aside(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    uint32_t room = m->line.len < DELIMITER_MOST ? DELIMITER_MOST - m->line.len : 0;
    uint32_t n = bytes.len < room ? bytes.len : room;
    const uint8_t *lf = n > 0 ? memchr(bytes.data, '\n', n) : NULL;
    if (lf != NULL)
        n = (uint32_t)(lf - bytes.data) + 1;
    put_aside(d, m, (struct tl_bytes){ bytes.data, n });
    if (lf == NULL && m->line.len < DELIMITER_MOST && !m->line_cut)
        return n;
    struct tl_bytes line = tl_kept_bytes_of(d, &m->line);
    bool last;
    uint32_t level = delimiter(m, line.data, line.len - (lf != NULL && line.len > 0), &last);
    if (level > 0)
        pass_delimiter(d, m, level, last);
    else
        tl_mail_part_content(d, m, line);
    m->skip_line = level > 0 && lf == NULL;
    m->bol = lf != NULL;
    m->line.len = 0;
    m->line_cut = false;
    return n;
}

/*
 * A line of the body at bytes[at], a '-', may be a delimiter. Returns the number of bytes read if this piece ends there
 * (it was a delimiter, or needs more bytes); 0: not a delimiter.
 */
static uint32_t candidate(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes, uint32_t at)
{
    const uint8_t *p = bytes.data + at;
    uint32_t n = bytes.len - at, look = n < DELIMITER_MOST ? n : DELIMITER_MOST;
    if (n > 1 && p[1] != '-')
        return 0;
    const uint8_t *lf = memchr(p, '\n', look);
    bool waits = lf == NULL && n < DELIMITER_MOST, last;
    uint32_t level = waits ? 0 : delimiter(m, p, lf != NULL ? (uint32_t)(lf - p) : look, &last);
    if (!waits && level == 0)
        return 0;
    tl_mail_part_content(d, m, (struct tl_bytes){ bytes.data, at });
    if (waits) {
        put_aside(d, m, (struct tl_bytes){ p, n });
        return bytes.len;
    }
    pass_delimiter(d, m, level, last);
    m->skip_line = lf == NULL;
    return lf == NULL ? at + look : at + (uint32_t)(lf - p) + 1;
}

/* Reads a body up to the next part's header, or all available bytes. Returns the number of bytes read. */
static uint32_t body(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    if (m->depth == 0) {
        tl_mail_part_content(d, m, bytes);
        return bytes.len;
    }
    if (m->line.len > 0)
        return go_on_aside(d, m, bytes);
    for (uint32_t at = 0; at < bytes.len; at++) {
        const uint8_t *dash = memchr(bytes.data + at, '-', bytes.len - at);
        if (dash == NULL)
            break;
        at = (uint32_t)(dash - bytes.data);
        if (at == 0 ? !m->bol : dash[-1] != '\n')
            continue;
        uint32_t taken = candidate(d, m, bytes, at);
        if (taken > 0)
            return taken;
    }
    m->bol = bytes.data[bytes.len - 1] == '\n';
    tl_mail_part_content(d, m, bytes);
    return bytes.len;
}

/* --- the message --- */

void tl_mail_begin(struct tl_mail *m, const char *source, unsigned side)
{
    m->source = source;
    m->side = (uint8_t)side;
    m->top = true;
    begin_part(m);
}

void tl_mail_begin_part(struct tl_mail *m, const char *source, unsigned side)
{
    tl_mail_begin(m, source, side);
    m->top = false;
}

void tl_mail_begin_content(struct tl_dissection *d, struct tl_mail *m, const char *source, unsigned side,
                           struct tl_bytes type)
{
    tl_mail_begin_part(m, source, side);
    take_content_type(d, m, type);
    end_header(d, m);
}

bool tl_mail_begin_multipart(struct tl_dissection *d, struct tl_mail *m, const char *source, unsigned side,
                             struct tl_bytes type)
{
    tl_mail_begin_part(m, source, side);
    take_content_type(d, m, type);
    m->name_len = 0;
    if (m->kind != PART_MULTIPART)
        return false;
    m->boundary.level = ++m->level;
    m->stack[m->depth++] = m->boundary;
    m->in_header = false;
    m->bol = m->inside = true;
    return true;
}

void tl_mail_feed(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes)
{
    m->size += bytes.len;
    while (bytes.len > 0) {
        uint32_t n;
        if (m->skip_line) {
            const uint8_t *lf = memchr(bytes.data, '\n', bytes.len);
            n = lf != NULL ? (uint32_t)(lf - bytes.data) + 1 : bytes.len;
            m->skip_line = lf == NULL;
            m->bol = lf != NULL;
        } else {
            n = m->in_header ? header(d, m, bytes) : body(d, m, bytes);
        }
        bytes = (struct tl_bytes){ bytes.data + n, bytes.len - n };
    }
}

void tl_mail_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n)
{
    m->size += n;
    bool in_line = m->line.len > 0; /* the field before that line is complete, unless the line continues it */
    if (in_line) {
        uint8_t first = tl_kept(d, m->line.handle).data[0];
        in_line = first != ' ' && first != '\t';
    }
    if (!m->in_header) {
        tl_mail_part_content(d, m, tl_kept_bytes_of(d, &m->line));
        tl_mail_part_gap(d, m, n);
    }
    m->line.len = 0;
    m->line_cut = m->bol = false;
    if (m->field == FIELD_OPEN && !in_line)
        m->field_cut = true;
    close_field(d, m);
    m->skip_line = m->in_header;
}

void tl_mail_end(struct tl_dissection *d, struct tl_mail *m)
{
    if (m->in_header) {
        if (m->line.len > 0)
            header_line(d, m, tl_kept_bytes_of(d, &m->line), m->line_cut, true);
        if (m->in_header)
            close_field(d, m);
    } else {
        end_part(d, m);
    }
    tl_kept_clear(d, &m->line);
    tl_kept_clear(d, &m->folded);
}

void tl_mail_free(struct tl_dissection *d, struct tl_mail *m)
{
    tl_body_end(d, &m->body);
    tl_kept_clear(d, &m->line);
    tl_kept_clear(d, &m->folded);
    tl_kept_clear(d, &m->outline);
    tl_kept_clear(d, &m->log);
    for (unsigned i = 0; i < 2; i++) {
        if (m->received[i] != 0)
            tl_forget(d, m->received[i]);
        m->received[i] = 0;
    }
}

struct tl_want tl_mail_read(struct tl_dissection *d, struct tl_stream *s, struct tl_mail *m)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (s->event == TL_EV_GAP) {
        tl_mail_gap(d, m, s->gap);
    } else if (n > 0) {
        tl_mail_feed(d, m, (struct tl_bytes){ d->c.base + d->c.off, n });
        tl_skip(d, n);
    }
    if (s->event != TL_EV_END)
        return (struct tl_want){ TL_WANT_SOME, TL_STREAM_UNIT, NULL };
    tl_mail_end(d, m);
    tl_mail_free(d, m);
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}
