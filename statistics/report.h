/* report.h - writes the tables: text or JSON into an output, piece by piece. */
#ifndef TL_STATISTICS_REPORT_H
#define TL_STATISTICS_REPORT_H

#include "export/sinks.h"

struct tl_report {
    struct tl_buffer text;
    struct tl_output *output; /* borrowed */
    enum tl_failure failure;  /* the first */
    struct tl_error *error;
    bool lists; /* JSON: an element of the current list is written */
};

/* Writes the buffered text when it is long. Call it after each row. */
void tl_report_row(struct tl_report *report);
void tl_report_flush(struct tl_report *report);

/* Text: a line of `count` times the character. */
void tl_report_rule(struct tl_report *report, char c, unsigned count);
/* Text from the wire for a table, at most `width` columns are reserved for it: pads with spaces. */
void tl_report_cell(struct tl_report *report, const void *text, size_t len, unsigned width);

/* Seconds with decimals, right-aligned. */
void tl_report_time(struct tl_report *report, int64_t ns, unsigned decimals, unsigned width);

/* JSON: `,"key":` */
void tl_report_key(struct tl_report *report, const char *key);
void tl_report_number(struct tl_report *report, const char *key, uint64_t value);
/* ns as seconds */
void tl_report_seconds(struct tl_report *report, const char *key, int64_t ns);
/* Text from the wire. */
void tl_report_text(struct tl_report *report, const char *key, const void *text, size_t len);
/* A list of objects: tl_report_list(), for each tl_report_object() .. tl_report_object_end(), tl_report_list_end(). */
void tl_report_list(struct tl_report *report, const char *key);
void tl_report_object(struct tl_report *report);
void tl_report_object_end(struct tl_report *report);
void tl_report_list_end(struct tl_report *report);

/* A message if a table was full: text or JSON. what: "conversations" */
void tl_report_left_out(struct tl_report *report, bool json, uint64_t packets, const char *what);

#endif
