/* clickhouse.h - what the files of ClickHouse share: tables and requests. */
#ifndef TL_SINKS_CLICKHOUSE_H
#define TL_SINKS_CLICKHOUSE_H

#include "sinks/http.h"
#include "sinks/native.h"

enum { TL_CLICKHOUSE_NAME = 64 };

/* What becomes of a value. */
enum tl_clickhouse_form {
    FORM_SAME,
    FORM_TIME,      /* seconds: date and time for DateTime64 */
    FORM_ADDRESS,   /* IPv4 addresses mapped into IPv6 */
    FORM_REAL,      /* "NaN" and so on are left out */
    FORM_BIT,       /* true and false: 1 and 0 */
    FORM_TEXT       /* JSON inside a string */
};

struct tl_clickhouse_column {
    char name[TL_CLICKHOUSE_NAME];
    enum tl_clickhouse_form form;
    struct tl_native_column native;
};

/* A table: the records of one kind. */
struct tl_clickhouse_table {
    char kind[TL_CLICKHOUSE_NAME];
    char name[2 * TL_CLICKHOUSE_NAME]; /* as in statements, with quotes */
    struct tl_clickhouse_column *columns; /* owned: sorted by name; those that the table has */
    size_t column_count;
    struct tl_clickhouse_column *sensor, *run, *seq; /* NULL: the table has no such column */
    bool ready;
    bool native;             /* all columns can be filled in blocks */
    bool plain;              /* but the rows of this frame are sent as JSON: the server refuses one of them */
    bool looked;             /* the columns were looked at again for this frame */
    struct tl_buffer rows;
    struct tl_buffer lines;  /* the records, for those that are refused */
    size_t *row_ends, *line_ends; /* owned */
    size_t count, capacity;
    size_t next;             /* rows before it are done: of a frame that is sent again */
};

struct tl_clickhouse {
    struct tl_receiver target;
    struct tl_target_options options; /* without the credentials */
    struct tl_http *http;
    char database[256], pattern[256], cluster[128];
    bool replicated; /* the tables that are made on the cluster have copies of each other */
    bool create, packs;
    bool told;        /* that a table has no copies */
    unsigned version; /* major * 100 + minor; 0: not known */
    unsigned version_before;
    struct tl_clickhouse_table *tables; /* owned: one for each definition of a record */
    struct tl_http_answer answer;
    struct tl_buffer path, body;
    char sensor[TL_SENSOR_MOST + 1], run[TL_RUN_MOST + 1]; /* of the last frame */
    uint64_t first, count;     /* count 0: it is done */
    uint64_t judged;           /* records before it were set aside already, if they have to be */
};

bool tl_clickhouse_is_new(const struct tl_clickhouse *c);
/* Begins the path of a request, in c->path. */
void tl_clickhouse_begin(struct tl_clickhouse *c);
/* Runs a statement that is in c->body, or in c->path with rows in c->body. Returns whether it succeeded. */
bool tl_clickhouse_run(struct tl_clickhouse *c, bool packed, unsigned *code, char why[TL_REASON]);
bool tl_clickhouse_ask_version(struct tl_clickhouse *c, char why[TL_REASON]);
/* Appends a name as in statements. */
void tl_clickhouse_put_name(struct tl_buffer *out, const char *name);
/* The name of a table: {kind} in the pattern is the kind. */
void tl_clickhouse_table_name(const struct tl_clickhouse *c, const char *kind, const char *after, char *name,
                              size_t size);
/* Makes the table if that is asked for, and learns its columns. */
bool tl_clickhouse_prepare(struct tl_clickhouse *c, struct tl_clickhouse_table *t, const struct tl_record_def *def,
                           char why[TL_REASON]);
struct tl_clickhouse_column *tl_clickhouse_column(const struct tl_clickhouse_table *t, const uint8_t *name,
                                                  size_t name_len);
void tl_clickhouse_free_columns(struct tl_clickhouse_table *t);

#endif
