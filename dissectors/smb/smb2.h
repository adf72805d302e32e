/* smb2.h - shared by the files of SMB2: fields, a message as read, its commands. */
#ifndef TL_DISSECTORS_SMB2_H
#define TL_DISSECTORS_SMB2_H

#include "dissectors/smb/smb.h"

enum {
    S2_HEADER_LEN, S2_CREDIT_CHARGE, S2_STATUS, S2_CHANNEL_SEQ, S2_CMD, S2_CREDITS_REQUESTED, S2_CREDITS_GRANTED, S2_FLAGS,
    S2_RESPONSE, S2_ASYNC, S2_CHAINED, S2_SIGNED, S2_DFS, S2_REPLAY, S2_CHAIN, S2_MSG_ID, S2_PID, S2_TID, S2_AID, S2_SESSION,
    S2_SIGNATURE, S2_TREE, S2_SHARE_TYPE, S2_AUTH_FRAME,
    S2_DIALECT_COUNT, S2_SEC_MODE, S2_SIGN_ENABLED, S2_SIGN_REQUIRED, S2_CAPABILITIES, S2_CAN_DFS, S2_CAN_LEASE,
    S2_CAN_LARGE, S2_CAN_CHANNELS, S2_CAN_PERSIST, S2_CAN_DIRECTORY, S2_CAN_ENCRYPT, S2_CLIENT_GUID, S2_SERVER_GUID,
    S2_CONTEXT_COUNT, S2_CONTEXT_TYPE, S2_CONTEXT_LEN, S2_CIPHER, S2_HASH, S2_SIGNING, S2_COMPRESSION, S2_NETNAME, S2_DIALECT,
    S2_MAX_TRANS, S2_MAX_READ, S2_MAX_WRITE, S2_CURRENT_TIME, S2_BOOT_TIME, S2_SESSION_REQ_FLAGS, S2_SESSION_FLAGS, S2_GUEST,
    S2_NULL, S2_ENCRYPT, S2_SHARE_FLAGS, S2_SHARE_ENCRYPT, S2_OPLOCK, S2_IMPERSONATION, S2_ACCESS, S2_ATTRIBUTES,
    S2_DISPOSITION, S2_DELETE_ON_CLOSE, S2_DIRECTORY, S2_FILENAME, S2_CREATE_CONTEXT, S2_ACTION, S2_CREATED, S2_ACCESSED,
    S2_WRITTEN, S2_CHANGED, S2_ALLOCATION, S2_EOF, S2_FID, S2_CLOSE_FLAGS, S2_READ_LENGTH, S2_OFFSET, S2_MIN_COUNT,
    S2_READ_REMAINING, S2_READ_DATA, S2_WRITE_LENGTH, S2_WRITE_COUNT, S2_WRITE_DATA, S2_FUNCTION, S2_FIND_LEVEL, S2_PATTERN,
    S2_CLASS, S2_LEVEL, S2_REPLACE, S2_DELETE_PENDING, S2_LOCK_COUNT, S2_TRANSFORM_SIZE, S2_TRANSFORM_NONCE,
    S2_TRANSFORM_FLAGS, S2_ENCRYPTED, S2_COMPRESSED, S2_LINE_STATUS, S2_LINE_ENCRYPTED, S2_LINE_SIGNED, S2_FIELDS
};

enum {
    SMB2_NEGOTIATE, SMB2_SESSION_SETUP, SMB2_LOGOFF, SMB2_TREE_CONNECT, SMB2_TREE_DISCONNECT, SMB2_CREATE, SMB2_CLOSE,
    SMB2_FLUSH, SMB2_READ, SMB2_WRITE, SMB2_LOCK, SMB2_IOCTL, SMB2_CANCEL, SMB2_ECHO, SMB2_QUERY_DIRECTORY,
    SMB2_CHANGE_NOTIFY, SMB2_QUERY_INFO, SMB2_SET_INFO, SMB2_OPLOCK_BREAK
};

enum { SMB2_PENDING = 0x103, SMB2_MORE_PROCESSING = 0xc0000016 };

/* A message while it is read. */
struct tl_smb2 {
    uint32_t start;          /* offset of its header in the source */
    uint16_t command;
    uint32_t status, flags, tree;
    uint64_t id, session;
    bool response;
    struct tl_smb2_after {   /* what is read when the layer has ended */
        struct tl_bytes token, pipe;
        uint32_t file;       /* index + 1, of the pipe */
        bool pipe_from_client;
    } after;
    uint8_t file_id[16];     /* of the request before, in a compound */
};

void tl_smb2_request(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m);
void tl_smb2_response(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb2 *m);
/* The answers to QUERY_INFO and QUERY_DIRECTORY, and what SET_INFO sets. */
void tl_smb2_listing(struct tl_dissection *d, uint8_t level, struct tl_bytes bytes);
void tl_smb2_info(struct tl_dissection *d, uint8_t class, uint8_t level, struct tl_bytes bytes);
void tl_smb2_set(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file, uint8_t class, uint8_t level,
                 struct tl_bytes bytes);
/* Reads names in UTF-16 at [off, off + len) of the source. */
void tl_smb2_name(struct tl_dissection *d, unsigned field, struct tl_bytes text);

extern const struct tl_field tl_smb2_fields[S2_FIELDS];

#endif
