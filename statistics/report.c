/* report.c - writes the tables: text or JSON into an output, piece by piece. */
#include "statistics/report.h"

#include <inttypes.h>

#include "export/json.h"

enum { PIECE = 64 << 10 };

void tl_report_flush(struct tl_report *report)
{
    if (report->text.failed && report->failure == TL_E_NONE)
        report->failure = tl_error_set(report->error, TL_E_RUNTIME, "out of memory: a statistic is not complete");
    if (report->failure == TL_E_NONE && report->text.len > 0)
        report->failure = tl_output_write(report->output, report->text.data, report->text.len, report->error);
    report->text.len = 0;
}

void tl_report_row(struct tl_report *report)
{
    if (report->text.len >= PIECE)
        tl_report_flush(report);
}

void tl_report_rule(struct tl_report *report, char c, unsigned count)
{
    while (count-- > 0)
        tl_put_char(&report->text, c);
    tl_put_char(&report->text, '\n');
}

void tl_report_cell(struct tl_report *report, const void *text, size_t len, unsigned width)
{
    size_t before = report->text.len, used = 0;
    tl_put_safe_text(&report->text, text, len);
    for (size_t i = before; i < report->text.len; i++)
        used += (report->text.data[i] & 0xc0) != 0x80; /* one column for each character of UTF-8 */
    for (; used < width; used++)
        tl_put_char(&report->text, ' ');
}

void tl_report_time(struct tl_report *report, int64_t ns, unsigned decimals, unsigned width)
{
    struct tl_buffer *b = &report->text;
    size_t at = b->len;
    tl_put_seconds(b, ns, decimals);
    size_t len = b->len - at, pad = len < width ? width - len : 0;
    if (pad == 0 || tl_buffer_room(b, pad) == NULL)
        return;
    memmove(b->data + at + pad, b->data + at, len);
    memset(b->data + at, ' ', pad);
    b->len += pad;
}

void tl_report_key(struct tl_report *report, const char *key)
{
    struct tl_buffer *b = &report->text;
    if (b->len > 0 && b->data[b->len - 1] != '{')
        tl_put_char(b, ',');
    tl_put_char(b, '"');
    tl_puts(b, key);
    tl_put_lit(b, "\":");
}

void tl_report_number(struct tl_report *report, const char *key, uint64_t value)
{
    tl_report_key(report, key);
    tl_put_u64(&report->text, value);
}

void tl_report_seconds(struct tl_report *report, const char *key, int64_t ns)
{
    tl_report_key(report, key);
    tl_put_seconds(&report->text, ns, 9);
}

void tl_report_text(struct tl_report *report, const char *key, const void *text, size_t len)
{
    tl_report_key(report, key);
    tl_put_json_text(&report->text, text, len);
}

void tl_report_list(struct tl_report *report, const char *key)
{
    tl_report_key(report, key);
    tl_put_char(&report->text, '[');
    report->lists = false;
}

void tl_report_object(struct tl_report *report)
{
    tl_report_row(report);
    if (report->lists)
        tl_put_char(&report->text, ',');
    tl_put_char(&report->text, '{');
    report->lists = false;
}

void tl_report_object_end(struct tl_report *report)
{
    tl_put_char(&report->text, '}');
    report->lists = true;
}

void tl_report_list_end(struct tl_report *report)
{
    tl_put_char(&report->text, ']');
    report->lists = true;
}

void tl_report_left_out(struct tl_report *report, bool json, uint64_t packets, const char *what)
{
    if (json)
        tl_report_number(report, "left_out", packets);
    else if (packets > 0)
        tl_put_format(&report->text, "%" PRIu64 " packets of further %s are left out: memory is full, raise --mem\n",
                      packets, what);
}
