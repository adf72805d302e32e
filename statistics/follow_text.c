/* follow_text.c - writes a conversation as tshark's -z follow does, and as JSON. */
#include "statistics/follow.h"

#include <inttypes.h>

#include "export/json.h"

enum { ROW = 16 };

/* Line ends stay; everything else that is not printable ASCII becomes a dot. */
static void put_ascii(struct tl_report *report, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool stays = (p[i] >= ' ' && p[i] < 0x7f) || p[i] == '\n' || p[i] == '\r';
        tl_put_char(&report->text, stays ? (char)p[i] : '.');
        if (i % 4096 == 0)
            tl_report_row(report);
    }
    tl_put_char(&report->text, '\n');
}

static void put_place(struct tl_buffer *b, uint64_t place)
{
    static const char digits[] = "0123456789ABCDEF";
    for (unsigned i = 8; i-- > 0;)
        tl_put_char(b, digits[place >> (4 * i) & 0xf]);
}

static void put_hex(struct tl_report *report, const struct tl_follow_part *part, const uint8_t *p)
{
    struct tl_buffer *b = &report->text;
    for (size_t at = 0; at < part->len; at += ROW) {
        size_t n = part->len - at < ROW ? part->len - at : ROW;
        tl_puts(b, part->side != 0 ? "\t" : "");
        put_place(b, part->place + at);
        tl_put_lit(b, "  ");
        for (size_t i = 0; i < ROW; i++) {
            if (i < n)
                tl_put_hex(b, p[at + i], 2);
            else
                tl_put_lit(b, "  ");
            tl_puts(b, i == ROW / 2 - 1 ? "  " : " ");
        }
        tl_put_char(b, ' ');
        for (size_t i = 0; i < n; i++) {
            uint8_t c = p[at + i];
            tl_puts(b, i == ROW / 2 ? " " : "");
            tl_put_char(b, c >= ' ' && c < 0x7f ? (char)c : '.');
        }
        while (b->len > 0 && b->data[b->len - 1] == ' ') /* tshark's lines have no blanks at their ends */
            b->len--;
        tl_put_char(b, '\n');
        tl_report_row(report);
    }
}

static void put_raw(struct tl_report *report, const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len; at += 4096) {
        tl_put_hex_bytes(&report->text, p + at, len - at < 4096 ? len - at : 4096, 0);
        tl_report_row(report);
    }
    tl_put_char(&report->text, '\n');
}

static void put_part(const struct tl_following *f, struct tl_report *report, const struct tl_follow_part *part)
{
    struct tl_buffer *b = &report->text;
    const char *indent = part->side != 0 ? "\t" : "";
    if (part->gap > 0)
        tl_put_format(b, "%s[%" PRIu64 " bytes missing in capture file]\n", indent, part->gap);
    if (part->len == 0)
        return;
    switch (f->mode) {
    case TL_FOLLOW_HEX:
        put_hex(report, part, f->bytes + part->at);
        break;
    case TL_FOLLOW_RAW:
        tl_puts(b, indent);
        put_raw(report, f->bytes + part->at, part->len);
        break;
    default:
        tl_put_format(b, "%s%zu\n", indent, part->len);
        put_ascii(report, f->bytes + part->at, part->len);
    }
}

static void put_node(struct tl_report *report, const struct tl_following *f, unsigned i)
{
    tl_put_format(&report->text, "Node %u: ", i);
    if (f->found)
        tl_address_put(&report->text, &f->nodes[i], true);
    else
        tl_put_lit(&report->text, "none: no packet of it was read");
    tl_put_char(&report->text, '\n');
}

void tl_follow_text(struct tl_statistic *s, struct tl_report *report)
{
    static const char *const modes[] = { "ascii", "hex", "raw", "json" };
    const struct tl_following *f = (const struct tl_following *)s;
    struct tl_buffer *b = &report->text;
    tl_put_char(b, '\n');
    tl_report_rule(report, '=', 67);
    tl_put_format(b, "Follow: %s,%s\nFilter: ", f->inside != NULL ? f->inside : tl_address_types[f->type].name,
                  modes[f->mode]);
    bool quic = f->by_stream && f->type == TL_ADDRESS_UDP;
    if (f->by_number && quic)
        tl_put_format(b, "quic.connection.number eq %" PRIu32, f->number);
    else if (f->by_number)
        tl_put_format(b, "%s.stream eq %" PRIu32, tl_address_types[f->type].name, f->number);
    else
        tl_puts(b, s->filter);
    if (f->by_stream)
        tl_put_format(b, " and %s eq %" PRIu64, quic ? "quic.stream.stream_id" : "http2.streamid", f->stream);
    tl_put_char(b, '\n');
    put_node(report, f, 0);
    put_node(report, f, 1);
    for (uint32_t i = 0; i < f->count; i++) {
        put_part(f, report, &f->parts[i]);
        tl_report_row(report);
    }
    if (f->left_out > 0)
        tl_put_format(b, "%" PRIu64 " further bytes are left out: memory is full, raise --mem\n", f->left_out);
    if (f->hides)
        tl_put_lit(b, "Secrets are hidden: --show-secrets shows them\n");
    tl_report_rule(report, '=', 67);
}

void tl_follow_json(struct tl_statistic *s, struct tl_report *report)
{
    const struct tl_following *f = (const struct tl_following *)s;
    bool hex = f->mode == TL_FOLLOW_HEX || f->mode == TL_FOLLOW_RAW;
    tl_report_list(report, "nodes");
    for (unsigned i = 0; i < 2 && f->found; i++) {
        tl_report_object(report);
        tl_address_json(report, "", &f->nodes[i], true);
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    tl_report_list(report, "parts");
    for (uint32_t i = 0; i < f->count; i++) {
        const struct tl_follow_part *part = &f->parts[i];
        tl_report_object(report);
        tl_report_number(report, "node", part->side);
        if (part->number > 0)
            tl_report_number(report, "packet", part->number);
        if (part->gap > 0)
            tl_report_number(report, "missing_bytes", part->gap);
        tl_report_number(report, "offset", part->place);
        tl_report_number(report, "bytes", part->len);
        tl_report_key(report, hex ? "hex" : "data");
        if (hex)
            tl_put_char(&report->text, '"');
        if (hex)
            tl_put_hex_bytes(&report->text, f->bytes + part->at, part->len, 0);
        else
            tl_put_json_text(&report->text, f->bytes + part->at, part->len);
        if (hex)
            tl_put_char(&report->text, '"');
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    tl_report_key(report, "secrets_hidden");
    tl_puts(&report->text, f->hides ? "true" : "false");
    tl_report_number(report, "left_out_bytes", f->left_out);
}
