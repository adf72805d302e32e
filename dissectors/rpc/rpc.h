/* rpc.h - shared by the files of ONC RPC: a call or a reply, and the programs that are read. */
#ifndef TL_DISSECTORS_RPC_H
#define TL_DISSECTORS_RPC_H

#include "core/part.h"

enum { RPC_PORTMAP = 100000, RPC_NFS = 100003, RPC_MOUNT = 100005 };

/* The call that is read, or that a reply answers. */
struct tl_rpc_call {
    uint32_t xid, program, version, procedure;
};

/* Read arguments (reply: results) to the end of the message: layers of their own. */
void tl_portmap_read(struct tl_dissection *d, const struct tl_rpc_call *call, bool reply);
void tl_mount_read(struct tl_dissection *d, const struct tl_rpc_call *call, bool reply);
void tl_nfs_read(struct tl_dissection *d, const struct tl_rpc_call *call, bool reply);
/* The operations of a compound (RFC 7530, RFC 8881); `fields` are those of NFS. */
void tl_nfs4_read(struct tl_dissection *d, bool reply);

/* Opaque data of variable length (RFC 4506 section 4.10), padded to a word. */
struct tl_bytes tl_xdr_opaque(struct tl_dissection *d, unsigned field, bool shown);

extern const struct tl_name tl_rpc_programs[];

enum { NFS_VERSION, NFS_PROC2, NFS_PROC3, NFS_PROC4, NFS_STATUS, NFS_FH, NFS_NAME, NFS_OFFSET, NFS_COUNT, NFS_DATA, NFS_PATH,
       NFS_OPCODE, NFS_TAG, NFS_MINOR, NFS_LINE_STATUS, NFS_FIELDS };

#endif
