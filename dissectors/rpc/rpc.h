/* rpc.h - shared by the files of ONC RPC: a call or a reply, and the programs that are read. */
#ifndef TL_DISSECTORS_RPC_H
#define TL_DISSECTORS_RPC_H

#include "core/channel.h"
#include "core/part.h"

enum { RPC_PORTMAP = 100000, RPC_NFS = 100003, RPC_MOUNT = 100005 };

/* The call that is read, or that a reply answers. */
struct tl_rpc_call {
    uint32_t xid, program, version, procedure;
};

/* Read arguments (reply: results) to the end of the message: layers of their own. */
void tl_portmap_read(struct tl_dissection *d, const struct tl_rpc_call *call, bool reply);
void tl_mount_read(struct tl_dissection *d, const struct tl_rpc_call *call, bool reply);
/* kept: handle of what the flow knows of files; 0: nothing yet. NULL outside of a flow. */
void tl_nfs_read(struct tl_dissection *d, const struct tl_rpc_call *call, bool reply, uint32_t *kept);

/* --- files of NFS --- */

struct tl_nfs_files;
struct tl_nfs_asked;

/* A call or a reply that is read. Without `files` no file is read. */
struct tl_nfs {
    struct tl_nfs_files *files;
    struct tl_nfs_asked *asked;       /* by the call, also while its reply is read; NULL with files: the call was not seen */
    uint64_t current, saved;          /* handles of a compound: see tl_nfs_handle(); 0: not known */
    uint64_t offset;                  /* last read */
    struct tl_bytes handle, name;     /* last read */
    struct tl_bytes data;             /* last read, as far as it is there */
    uint32_t data_len;                /* of all of it */
    bool eof;                         /* the data reach the end of the file */
};

/* Takes part in the reading of a call (reply: what a call has asked for). */
void tl_nfs_begin(struct tl_dissection *d, struct tl_nfs *n, uint32_t *kept, uint32_t xid, bool reply);
uint64_t tl_nfs_handle(struct tl_bytes handle);
/* What a call asks for: a file's bytes, the handle of a name, an end. */
void tl_nfs_asks_read(struct tl_nfs *n, uint64_t file, uint64_t offset);
void tl_nfs_asks_name(struct tl_dissection *d, struct tl_nfs *n, struct tl_bytes name);
void tl_nfs_asks_close(struct tl_nfs *n, uint64_t file);
/* The handle of the name that was asked for. */
void tl_nfs_named(struct tl_dissection *d, struct tl_nfs *n, struct tl_bytes handle);
/* n->data were read. size: of the file, UINT64_MAX: not known. */
void tl_nfs_has_read(struct tl_dissection *d, struct tl_nfs *n, uint64_t size);
/* n->data are written at n->offset. */
void tl_nfs_writes(struct tl_dissection *d, struct tl_nfs *n, uint64_t file);
/* The file is cut: what is written then is another file. */
void tl_nfs_cut(struct tl_dissection *d, struct tl_nfs *n, uint64_t file);
void tl_nfs_closed(struct tl_dissection *d, struct tl_nfs *n);
/* The next bytes of a message of which only the first were read; p NULL: they are lost. */
void tl_nfs_rest(struct tl_dissection *d, uint32_t kept, const uint8_t *p, uint64_t len);
void tl_nfs_rest_end(struct tl_dissection *d, uint32_t kept);
void tl_nfs_finish(struct tl_dissection *d, uint32_t kept);

/* The operations of a compound (RFC 7530, RFC 8881); `fields` are those of NFS. */
void tl_nfs4_read(struct tl_dissection *d, struct tl_nfs *n, bool reply);
/* Opaque data, of which not all may be there, as n->data. */
void tl_nfs_data(struct tl_dissection *d, struct tl_nfs *n, bool shown);

/* Opaque data of variable length (RFC 4506 section 4.10), padded to a word. */
struct tl_bytes tl_xdr_opaque(struct tl_dissection *d, unsigned field, bool shown);

extern const struct tl_name tl_rpc_programs[];

enum { NFS_VERSION, NFS_PROC2, NFS_PROC3, NFS_PROC4, NFS_STATUS, NFS_FH, NFS_NAME, NFS_OFFSET, NFS_COUNT, NFS_DATA, NFS_PATH,
       NFS_OPCODE, NFS_TAG, NFS_MINOR, NFS_LINE_STATUS, NFS_FIELDS };

#endif
