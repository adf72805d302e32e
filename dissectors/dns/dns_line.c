/* dns_line.c - the text of a DNS message in the packet's line. */
#include "dissectors/dns/dns.h"

#include "core/part.h"

/* The line grows at the beginning of free scratch memory; the data of a record is made behind it. */
struct line {
    struct tl_buffer text;
    int32_t type; /* of the record before; -1: none */
};

static bool is_full(const struct line *line)
{
    return line->text.capacity - line->text.len < 2 * TL_DNS_TEXT_SLACK;
}

static void put_named(struct tl_buffer *text, const struct tl_name *names, uint32_t value)
{
    const char *name = tl_name_of(names, value);
    if (name != NULL)
        tl_puts(text, name);
    else
        tl_put_u64(text, value);
}

/* "query response NOERROR 0x0007" */
static void put_header(struct tl_buffer *text, const struct tl_dns_message *m)
{
    put_named(text, tl_dns_opcodes, tl_dns_opcode(m));
    if ((m->flags & TL_DNS_QR) != 0) {
        tl_put_lit(text, " response ");
        put_named(text, tl_dns_rcodes, tl_dns_rcode(m));
    }
    tl_put_lit(text, " 0x");
    tl_put_hex(text, m->id, 4);
}

static void put_question(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text)
{
    struct tl_dns_name name;
    uint8_t out[TL_DNS_NAME_TEXT];
    tl_dns_name(d, m, DNS_QRY_NAME, &name);
    uint16_t type = tl_u16(d, DNS_QRY_TYPE);
    if (!tl_ok(d))
        return;
    tl_put_char(text, ' ');
    put_named(text, tl_dns_types, type);
    tl_put_char(text, ' ');
    if (name.len == 0)
        tl_put_lit(text, "<Root>");
    else
        tl_put(text, out, tl_dns_name_text(name.labels, name.len, out));
}

/* Answers begin with their type where Zeek's do, or are only a type. */
static struct tl_bytes without_type(const struct tl_buffer *data, const uint8_t *type, size_t len)
{
    static const char unknown[] = "<unknown type=";
    struct tl_bytes text = { data->data, (uint32_t)data->len };
    if (text.len >= sizeof unknown - 1 && memcmp(text.data, unknown, sizeof unknown - 1) == 0)
        text.len = 0;
    if (text.len >= len && memcmp(text.data, type, len) == 0 && (text.len == len || text.data[len] == ' ')) {
        uint32_t n = text.len == len ? (uint32_t)len : (uint32_t)len + 1;
        text = (struct tl_bytes){ text.data + n, text.len - n };
    }
    return text;
}

static void append(struct line *line, uint16_t type, const struct tl_buffer *data)
{
    struct tl_buffer *text = &line->text;
    size_t before = text->len;
    tl_put_char(text, ' ');
    tl_dns_put_type(text, type);
    struct tl_bytes shown = without_type(data, text->data + before + 1, text->len - before - 1);
    if (type == line->type) {
        text->len = before;
        if (shown.len > 0)
            tl_put_char(text, ',');
    } else if (shown.len > 0) {
        tl_put_char(text, ' ');
    }
    line->type = type;
    if (shown.len == 0)
        return;
    memmove(text->data + text->len, shown.data, shown.len);
    text->len += shown.len;
}

/* Appends one record: its type, unless it is that of the one before, and its data. */
static void put_record(struct tl_dissection *d, struct tl_dns_message *m, struct line *line)
{
    m->owner = d->c.off;
    tl_dns_name(d, m, DNS_RESP_NAME, NULL);
    uint16_t type = tl_u16(d, DNS_RESP_TYPE);
    tl_skip(d, 6);
    struct tl_part part = tl_part_enter(d, tl_u16(d, DNS_RESP_LEN));
    if (!part.open)
        return;
    size_t begin = line->text.len + TL_DNS_TEXT_SLACK / 2; /* more than the name of a type */
    struct tl_buffer data = { .data = line->text.data + begin, .failed = true,
                              .capacity = line->text.capacity - begin };
    tl_dns_data(d, m, type, &data);
    if (tl_ok(d) && !is_full(line))
        append(line, type, &data);
    tl_part_leave(d, part);
}

void tl_dns_line(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_cursor whole)
{
    if (!m->headed)
        return;
    struct tl_dissection again = *d; /* reads the message once more, without a tree */
    struct tl_dns_message copy = *m;
    struct line line = { .text = { .data = d->scratch->base + d->scratch->used, .failed = true,
                                   .capacity = d->scratch->capacity - d->scratch->used }, .type = -1 };
    again.wanted = NULL;
    again.tree = NULL;
    again.c = whole;
    again.c.off = m->questions;
    if (is_full(&line))
        return;
    put_header(&line.text, m);
    if (m->count[0] > 0)
        put_question(&again, m, &line.text);
    if (m->records != 0 && m->count[0] > 0)
        again.c.off = m->records;
    uint32_t count = m->count[tl_dns_is_update(m) ? 1 + TL_DNS_AUTHORITY : 1 + TL_DNS_ANSWER];
    for (uint32_t skip = tl_dns_is_update(m) ? m->count[1] : 0; skip > 0 && tl_ok(&again); skip--) {
        struct line unused = line;
        put_record(&again, &copy, &unused);
    }
    for (uint32_t i = 0; i < count && tl_ok(&again) && !is_full(&line); i++)
        put_record(&again, &copy, &line);
    tl_add_text(d, DNS_LINE, m->start, 0, line.text.data, (uint32_t)line.text.len);
}
