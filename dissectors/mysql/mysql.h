/* mysql.h - shared by the files of MySQL's and MariaDB's protocol, version 10. */
#ifndef TL_DISSECTORS_MYSQL_H
#define TL_DISSECTORS_MYSQL_H

#include "core/dissect.h"
#include "dissectors/framed.h"
#include "dissectors/login.h"

enum tl_mysql_field {
    MYSQL_LENGTH, MYSQL_NUMBER, MYSQL_PROTOCOL, MYSQL_VERSION, MYSQL_THREAD, MYSQL_SALT, MYSQL_SALT2,
    MYSQL_CAPS_SERVER, MYSQL_CAPS_CLIENT, MYSQL_CAP_LP, MYSQL_CAP_FR, MYSQL_CAP_LF, MYSQL_CAP_CD, MYSQL_CAP_NS, MYSQL_CAP_CP,
    MYSQL_CAP_OB, MYSQL_CAP_LI, MYSQL_CAP_IS, MYSQL_CAP_CU, MYSQL_CAP_IA, MYSQL_CAP_SL, MYSQL_CAP_II, MYSQL_CAP_TA,
    MYSQL_CAP_RS, MYSQL_CAP_SC, MYSQL_EXTCAPS_SERVER, MYSQL_EXTCAPS_CLIENT, MYSQL_CAP_MS, MYSQL_CAP_MR, MYSQL_CAP_PM,
    MYSQL_CAP_PA, MYSQL_CAP_CA, MYSQL_CAP_EP, MYSQL_CAP_TRACK, MYSQL_CAP_EOF, MYSQL_LANGUAGE, MYSQL_STATUS,
    MYSQL_STAT_IT, MYSQL_STAT_AC, MYSQL_STAT_MU, MYSQL_STAT_MR, MYSQL_STAT_BI, MYSQL_STAT_NI, MYSQL_STAT_CR, MYSQL_STAT_LR,
    MYSQL_STAT_DR, MYSQL_STAT_BS, MYSQL_STAT_SLOW, MYSQL_AUTH_PLUGIN_LENGTH, MYSQL_AUTH_PLUGIN, MYSQL_UNUSED,
    MYSQL_MAX_PACKET, MYSQL_CHARSET, MYSQL_USER, MYSQL_PASSWD, MYSQL_SCHEMA, MYSQL_CLIENT_PLUGIN, MYSQL_ATTR_NAME,
    MYSQL_ATTR_VALUE, MYSQL_COMMAND, MYSQL_QUERY, MYSQL_TABLE_NAME, MYSQL_STMT, MYSQL_PARAMS, MYSQL_PARAM, MYSQL_ROWS,
    MYSQL_EXEC_FLAGS, MYSQL_EXEC_ITER, MYSQL_OPTION, MYSQL_PAYLOAD, MYSQL_CODE, MYSQL_ERROR_CODE, MYSQL_SQLSTATE,
    MYSQL_ERROR, MYSQL_MESSAGE, MYSQL_AFFECTED, MYSQL_INSERT, MYSQL_WARNINGS, MYSQL_EOF, MYSQL_FIELD_COUNT,
    MYSQL_CATALOG, MYSQL_DB, MYSQL_TABLE, MYSQL_ORG_TABLE, MYSQL_NAME, MYSQL_ORG_NAME, MYSQL_FIELD_CHARSET,
    MYSQL_FIELD_LENGTH, MYSQL_FIELD_TYPE, MYSQL_FIELD_FLAGS, MYSQL_DECIMALS, MYSQL_ROW_TEXT, MYSQL_SWITCH_NAME,
    MYSQL_SWITCH_DATA, MYSQL_SWITCH_RESPONSE, MYSQL_COMPRESSED_LENGTH, MYSQL_COMPRESSED_NUMBER,
    MYSQL_UNCOMPRESSED_LENGTH, MYSQL_MARIADB_CAPS, MYSQL_FIELDS
};

enum {
    MYSQL_CLIENT_MYSQL = 1, /* not of MariaDB */
    MYSQL_MARIADB_TYPE_INFO = 1 << 3, /* of MariaDB's own */
    MYSQL_CLIENT_CONNECT_WITH_DB = 1 << 3, MYSQL_CLIENT_COMPRESS = 1 << 5, MYSQL_CLIENT_PROTOCOL_41 = 1 << 9,
    MYSQL_CLIENT_SSL = 1 << 11, MYSQL_CLIENT_SECURE = 1 << 15, MYSQL_CLIENT_PLUGIN_AUTH = 1 << 19,
    MYSQL_CLIENT_ATTRS = 1 << 20, MYSQL_CLIENT_LENENC_AUTH = 1 << 21, MYSQL_CLIENT_DEPRECATE_EOF = 1 << 24,
    MYSQL_CLIENT_QUERY_ATTRIBUTES = 1 << 27,
    MYSQL_MORE_RESULTS = 8, /* of the server's status */
};

enum {
    MYSQL_QUIT = 1, MYSQL_INIT_DB, MYSQL_QUERY_COMMAND, MYSQL_FIELD_LIST, MYSQL_STATISTICS = 9, MYSQL_CHANGE_USER = 17,
    MYSQL_BINLOG_DUMP, MYSQL_PREPARE = 22, MYSQL_EXECUTE, MYSQL_LONG_DATA, MYSQL_CLOSE, MYSQL_RESET, MYSQL_SET_OPTION,
    MYSQL_FETCH, MYSQL_BINLOG_GTID = 30, MYSQL_COMMANDS = 32,
};

/* Where the session is, and what the server sends next. */
enum tl_mysql_state {
    MYSQL_AT_GREETING, MYSQL_AT_LOGIN, MYSQL_AT_RESULT, MYSQL_AT_COLUMNS, MYSQL_AT_ROWS, MYSQL_AT_PARAMS,
    MYSQL_AT_PREPARED_COLUMNS, MYSQL_AT_TEXT, MYSQL_AT_NOTHING,
};

struct tl_mysql_flow {
    struct tl_framed_side side[2]; /* the client's, the server's */
    uint8_t state;                 /* enum tl_mysql_state */
    uint8_t command;
    uint32_t caps, server_caps;
    uint32_t mariadb_caps, mariadb_server_caps;
    uint32_t columns, params;      /* that follow */
    uint32_t database, version, argument; /* kept texts */
    uint32_t credentials;          /* the login record that waits with the pending command; 0: none */
    bool clear;                    /* the client's next packet has the password in clear */
    int64_t ts;                    /* of the pending command */
    uint16_t server_port;          /* 0: not known */
    bool pending;                  /* a command without its result */
    bool login;                    /* it is the login */
    bool compressed;
    bool confirmed;
};

/* mysql_login.c */
void tl_mysql_greeting(struct tl_dissection *d, struct tl_mysql_flow *f);
/* Returns true if TLS follows. */
bool tl_mysql_login(struct tl_dissection *d, struct tl_mysql_flow *f);
/* Reserved bytes, the last four of which are MariaDB's own capabilities. */
uint32_t tl_mysql_reserved(struct tl_dissection *d, uint32_t n, uint32_t caps);
void tl_mysql_auth(struct tl_dissection *d, struct tl_mysql_flow *f);
void tl_mysql_login_reply(struct tl_dissection *d, struct tl_mysql_flow *f);
void tl_mysql_change_user(struct tl_dissection *d, struct tl_mysql_flow *f);

/* mysql_command.c, mysql_result.c */
void tl_mysql_command(struct tl_dissection *d, struct tl_mysql_flow *f);
void tl_mysql_result(struct tl_dissection *d, struct tl_mysql_flow *f);
void tl_mysql_error(struct tl_dissection *d, struct tl_mysql_flow *f);
/* Reads OK, and what may stand in its place; returns the server's status. */
unsigned tl_mysql_ok(struct tl_dissection *d, uint64_t *affected);
/* A number of one to nine bytes. Returns false for NULL, and if it is not there. */
bool tl_mysql_number(struct tl_dissection *d, unsigned field, uint64_t *value);

/* mysql_record.c */
extern const struct tl_record_def tl_mysql_record_def;
void tl_mysql_begin(struct tl_dissection *d, struct tl_mysql_flow *f, struct tl_bytes argument, bool statement);
void tl_mysql_done(struct tl_dissection *d, struct tl_mysql_flow *f, bool success, uint64_t rows, struct tl_bytes response);
void tl_mysql_give_up(struct tl_dissection *d, struct tl_mysql_flow *f);

#endif
