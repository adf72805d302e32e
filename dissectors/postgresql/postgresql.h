/* postgresql.h - shared by the files of PostgreSQL's protocol, version 3 (PostgreSQL documentation, chapter 55). */
#ifndef TL_DISSECTORS_POSTGRESQL_H
#define TL_DISSECTORS_POSTGRESQL_H

#include "core/dissect.h"
#include "dissectors/framed.h"
#include "dissectors/login.h"

enum tl_pgsql_field {
    PGSQL_FRONTEND, PGSQL_TYPE, PGSQL_LENGTH, PGSQL_MAJOR, PGSQL_MINOR, PGSQL_SUPPORTED_MINOR, PGSQL_OPTIONS,
    PGSQL_OPTION, PGSQL_PARAMETER_NAME, PGSQL_PARAMETER_VALUE, PGSQL_QUERY, PGSQL_PASSWORD, PGSQL_AUTH, PGSQL_SALT,
    PGSQL_GSSAPI, PGSQL_SASL_MECH, PGSQL_SASL_LENGTH, PGSQL_SASL_DATA, PGSQL_STATEMENT, PGSQL_PORTAL, PGSQL_RETURNS,
    PGSQL_TAG, PGSQL_STATUS, PGSQL_COPY_DATA, PGSQL_ERROR, PGSQL_PID, PGSQL_KEY, PGSQL_CONDITION, PGSQL_TEXT,
    PGSQL_OID_TABLE, PGSQL_OID_TYPE, PGSQL_OID, PGSQL_FORMAT, PGSQL_COUNT, PGSQL_COLUMN, PGSQL_COLUMN_INDEX,
    PGSQL_VALUE_LENGTH, PGSQL_VALUE, PGSQL_TYPEMOD, PGSQL_SEVERITY, PGSQL_CODE, PGSQL_MESSAGE, PGSQL_DETAIL, PGSQL_HINT,
    PGSQL_POSITION, PGSQL_INTERNAL_POSITION, PGSQL_INTERNAL_QUERY, PGSQL_WHERE, PGSQL_SCHEMA, PGSQL_TABLE,
    PGSQL_COLUMN_NAME, PGSQL_TYPE_NAME, PGSQL_CONSTRAINT, PGSQL_FILE, PGSQL_LINE, PGSQL_ROUTINE, PGSQL_SSL_REPLY,
    PGSQL_SEVERITY_FIXED,    PGSQL_FIELDS
};

/* What a server answered in a step: bits, in the order of the record's words. */
enum { PGSQL_SSL_REPLIED = 1, PGSQL_AUTH_REQUESTED = 2, PGSQL_AUTH_DONE = 4, PGSQL_FAILED = 8 };

/* A step that is not answered yet. */
struct tl_pgsql_step {
    const char *frontend;    /* NULL: none */
    int64_t ts;
    uint32_t argument;       /* kept text; 0: none */
    uint32_t answer;         /* kept text; 0: none */
    const char *answer_word; /* if there is no text */
    uint32_t rows;
    uint8_t backend;         /* bits */
    bool open;               /* something was seen */
    bool success, has_success;
};

enum tl_pgsql_encryption { PGSQL_NOT_ASKED, PGSQL_SSL_ASKED, PGSQL_GSS_ASKED };

struct tl_pgsql_flow {
    struct tl_framed_side side[2]; /* the client's, the server's */
    struct tl_pgsql_step step;
    uint32_t user, database, application; /* kept texts */
    uint32_t login;                /* the login record that waits; 0: none */
    uint16_t server_port;          /* 0: not known */
    uint8_t auth;                  /* the last request for authentication */
    uint8_t encryption;            /* enum tl_pgsql_encryption */
    bool confirmed, started;
};

/* postgresql_message.c: read the fields of one message, whose length is `whole` bytes. */
void tl_pgsql_startup(struct tl_dissection *d, struct tl_pgsql_flow *f);
void tl_pgsql_client(struct tl_dissection *d, struct tl_pgsql_flow *f);
void tl_pgsql_server(struct tl_dissection *d, struct tl_pgsql_flow *f);
/* Is this the first byte of a message after the startup? */
bool tl_pgsql_is_type(uint8_t type, bool server);

/* postgresql_record.c */
extern const struct tl_record_def tl_pgsql_record_def;
void tl_pgsql_begin(struct tl_dissection *d, struct tl_pgsql_flow *f, const char *frontend, struct tl_bytes argument);
void tl_pgsql_answer(struct tl_dissection *d, struct tl_pgsql_flow *f, unsigned backend, const char *word);
void tl_pgsql_fail(struct tl_dissection *d, struct tl_pgsql_flow *f, struct tl_bytes text);
void tl_pgsql_row(struct tl_dissection *d, struct tl_pgsql_flow *f);
void tl_pgsql_end(struct tl_dissection *d, struct tl_pgsql_flow *f, bool success, bool known);
void tl_pgsql_write(struct tl_dissection *d, struct tl_pgsql_flow *f);

#endif
