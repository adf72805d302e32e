/*
 * smb.h - shared by the files of SMB: the fields of versions 1 and 2, what a flow knows of sessions, trees and files,
 * records of files and shares.
 */
#ifndef TL_DISSECTORS_SMB_H
#define TL_DISSECTORS_SMB_H

#include "core/channel.h"
#include "core/part.h"
#include "dissectors/gss/gss.h"

enum { SMB_TREES = 16, SMB_FILES = 48, SMB_PENDING = 64, SMB_SESSIONS = 8, SMB_PATH = 512,
       SMB_WRITTEN = 16 };

enum { SMB_DISK = 1, SMB_PIPE, SMB_PRINT };

/* A connected share. */
struct tl_smb_tree {
    bool used;
    uint8_t type;            /* SMB_DISK ..; 0: not known */
    uint32_t id;
    uint32_t session;        /* SMB2: low half of the session's id */
    uint32_t path;           /* kept text, UTF-8; 0: not known */
};

/* An open file, and the two objects that pass through it: what is read and what is written. */
struct tl_smb_file {
    bool used, pipe, has_times, written_to;
    uint8_t id[16];          /* SMB1: two bytes */
    uint32_t tree;           /* SMB: id of the tree */
    uint32_t name;           /* kept text, UTF-8 */
    uint64_t size;
    int64_t ts;              /* of the request that opened it */
    int64_t times[4];        /* created, accessed, modified, changed: ns since 1970 */
    struct tl_body body[2];  /* read, written */
    bool begun[2];
    uint32_t number;         /* 1, 2, .. in the flow: of the pipe's channel */
};

/* A request that waits. */
struct tl_smb_pending {
    bool used, delete_on_close;
    uint16_t command;
    uint64_t id;             /* message id; SMB1: multiplex and process ids */
    uint32_t tree, name;     /* name: kept text of an opened file, path of a tree */
    uint64_t offset;
    int64_t ts;
    uint8_t file[16];
    uint8_t level, class;    /* of what is asked for: QUERY_INFO, QUERY_DIRECTORY */
    uint32_t function;       /* of an IOCTL */
};

struct tl_smb_flow {
    bool confirmed, lost[2], server_known;
    uint8_t server;          /* the side that responds */
    bool version_1;
    struct tl_gss gss;
    struct tl_smb_tree trees[SMB_TREES];
    struct tl_smb_file files[SMB_FILES];
    struct tl_smb_pending pending[SMB_PENDING];
    struct {
        uint64_t id, frame;
    } sessions[SMB_SESSIONS];
    struct {
        uint64_t hash;
        int64_t ts;
    } written[SMB_WRITTEN];  /* records of files, so that the same is not written again */
    uint32_t next_written;
    uint32_t next_file, next_pending, next_tree, next_session, file_number;
    /* What a message of SMB1 carried: it is read when the layer has ended. Valid for the message. */
    struct tl_smb_flow_after {
        struct tl_bytes token, pipe;
        uint32_t file;       /* index + 1 of the pipe */
        bool from_client, setup_done, accepted;
    } after;
    /* The rest of a long message, which is passed on in pieces. */
    struct {
        uint32_t file;       /* index + 1 of the file that the bytes belong to; 0: none */
        uint8_t which;       /* 0: read, 1: written */
        uint64_t offset;     /* of the next of them in the file */
        uint64_t data;       /* bytes of the file that are left */
    } rest[2];
};

/* --- state --- */

struct tl_smb_tree *tl_smb_tree_find(struct tl_smb_flow *f, uint32_t id, uint32_t session);
void tl_smb_tree_add(struct tl_dissection *d, struct tl_smb_flow *f, uint32_t id, uint32_t session, uint32_t path,
                     uint8_t type);
void tl_smb_tree_drop(struct tl_dissection *d, struct tl_smb_flow *f, uint32_t id, uint32_t session);
struct tl_smb_file *tl_smb_file_find(struct tl_smb_flow *f, const uint8_t *id, uint32_t len);
/* Adds a file that was opened by `p`, whose name it takes. */
struct tl_smb_file *tl_smb_file_add(struct tl_dissection *d, struct tl_smb_flow *f, const uint8_t *id, uint32_t len,
                                    struct tl_smb_pending *p);
void tl_smb_file_close(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file);
struct tl_smb_pending *tl_smb_pending_add(struct tl_dissection *d, struct tl_smb_flow *f, uint64_t id, uint16_t command);
struct tl_smb_pending *tl_smb_pending_find(struct tl_smb_flow *f, uint64_t id, uint16_t command);
void tl_smb_pending_drop(struct tl_dissection *d, struct tl_smb_pending *p);
/* Keeps text in UTF-16, or in the client's own set. Returns a handle, 0: empty or no memory. */
uint32_t tl_smb_keep(struct tl_dissection *d, struct tl_bytes text, bool unicode);
/*
 * len bytes of a file pass at this offset, `there` of them at p, the rest follows in the message. Bytes of a pipe are
 * returned for tl_smb_pipe() instead.
 */
void tl_smb_data(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file, unsigned which, uint64_t offset,
                 struct tl_bytes there, uint32_t len);
/* The next n bytes of a message whose first bytes were given to tl_smb_data(). p NULL: they are lost. */
void tl_smb_rest(struct tl_dissection *d, struct tl_smb_flow *f, const uint8_t *p, uint64_t n);
/* Passes bytes of a pipe to its conversation. After this no fields of d may follow. */
void tl_smb_pipe(struct tl_dissection *d, struct tl_smb_flow *f, const struct tl_smb_file *file, bool from_client,
                 struct tl_bytes bytes);
void tl_smb_finish(struct tl_dissection *d, struct tl_smb_flow *f);

/* --- records --- */

/* action: "SMB::FILE_OPEN". previous: the old name of a rename. */
void tl_smb_emit_file(struct tl_dissection *d, struct tl_smb_flow *f, const char *action, const struct tl_smb_file *file,
                      struct tl_bytes name, struct tl_bytes previous);
void tl_smb_emit_mapping(struct tl_dissection *d, int64_t ts, uint32_t path, uint8_t type, struct tl_bytes service,
                         struct tl_bytes file_system);
extern const struct tl_record_def tl_smb_files_record_def, tl_smb_mapping_record_def;

/* --- messages --- */

/* 100 ns since 1601 as ns since 1970. */
int64_t tl_smb_time(uint64_t filetime);

/* A message of SMB2 or of SMB1 at d's cursor, to its end; part of it may follow. */
void tl_smb2_read(struct tl_dissection *d, struct tl_smb_flow *f);
void tl_smb1_read(struct tl_dissection *d, struct tl_smb_flow *f);

extern const struct tl_name tl_smb_statuses[];
extern const struct tl_protocol tl_protocol_nbss, tl_protocol_smb, tl_protocol_smb2, tl_protocol_dcerpc;

#endif
