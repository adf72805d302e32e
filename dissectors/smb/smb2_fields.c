/* smb2_fields.c - the fields of SMB2, and the names of their values (MS-SMB2 section 2.2, MS-ERREF section 2.3). */
#include "dissectors/smb/smb2.h"

const struct tl_name tl_smb_statuses[] = {
    { 0x00000000, "STATUS_SUCCESS" }, { 0x00000103, "STATUS_PENDING" }, { 0x00000105, "STATUS_MORE_ENTRIES" },
    { 0x0000010b, "STATUS_NOTIFY_CLEANUP" }, { 0x0000010c, "STATUS_NOTIFY_ENUM_DIR" },
    { 0x80000005, "STATUS_BUFFER_OVERFLOW" }, { 0x80000006, "STATUS_NO_MORE_FILES" }, { 0x8000001a, "STATUS_NO_MORE_ENTRIES" },
    { 0x8000002d, "STATUS_STOPPED_ON_SYMLINK" }, { 0xc0000001, "STATUS_UNSUCCESSFUL" },
    { 0xc0000002, "STATUS_NOT_IMPLEMENTED" }, { 0xc0000003, "STATUS_INVALID_INFO_CLASS" },
    { 0xc0000004, "STATUS_INFO_LENGTH_MISMATCH" }, { 0xc0000008, "STATUS_INVALID_HANDLE" },
    { 0xc000000d, "STATUS_INVALID_PARAMETER" }, { 0xc000000f, "STATUS_NO_SUCH_FILE" },
    { 0xc0000010, "STATUS_INVALID_DEVICE_REQUEST" }, { 0xc0000011, "STATUS_END_OF_FILE" },
    { 0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED" }, { 0xc0000022, "STATUS_ACCESS_DENIED" },
    { 0xc0000023, "STATUS_BUFFER_TOO_SMALL" }, { 0xc0000033, "STATUS_OBJECT_NAME_INVALID" },
    { 0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND" }, { 0xc0000035, "STATUS_OBJECT_NAME_COLLISION" },
    { 0xc000003a, "STATUS_OBJECT_PATH_NOT_FOUND" }, { 0xc0000043, "STATUS_SHARING_VIOLATION" },
    { 0xc0000054, "STATUS_FILE_LOCK_CONFLICT" }, { 0xc0000055, "STATUS_LOCK_NOT_GRANTED" },
    { 0xc0000056, "STATUS_DELETE_PENDING" }, { 0xc0000061, "STATUS_PRIVILEGE_NOT_HELD" },
    { 0xc0000064, "STATUS_NO_SUCH_USER" }, { 0xc000006a, "STATUS_WRONG_PASSWORD" }, { 0xc000006d, "STATUS_LOGON_FAILURE" },
    { 0xc000006e, "STATUS_ACCOUNT_RESTRICTION" }, { 0xc0000071, "STATUS_PASSWORD_EXPIRED" },
    { 0xc0000072, "STATUS_ACCOUNT_DISABLED" }, { 0xc000007f, "STATUS_DISK_FULL" }, { 0xc000009a, "STATUS_INSUFFICIENT_RESOURCES" },
    { 0xc00000ac, "STATUS_PIPE_NOT_AVAILABLE" }, { 0xc00000b0, "STATUS_PIPE_DISCONNECTED" }, { 0xc00000b5, "STATUS_IO_TIMEOUT" },
    { 0xc00000ba, "STATUS_FILE_IS_A_DIRECTORY" }, { 0xc00000bb, "STATUS_NOT_SUPPORTED" },
    { 0xc00000c9, "STATUS_NETWORK_NAME_DELETED" }, { 0xc00000cc, "STATUS_BAD_NETWORK_NAME" },
    { 0xc0000101, "STATUS_DIRECTORY_NOT_EMPTY" }, { 0xc0000103, "STATUS_NOT_A_DIRECTORY" }, { 0xc0000120, "STATUS_CANCELLED" },
    { 0xc0000121, "STATUS_CANNOT_DELETE" }, { 0xc0000128, "STATUS_FILE_CLOSED" }, { 0xc000014b, "STATUS_PIPE_BROKEN" },
    { 0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED" }, { 0xc0000203, "STATUS_USER_SESSION_DELETED" },
    { 0xc0000205, "STATUS_INSUFF_SERVER_RESOURCES" }, { 0xc0000225, "STATUS_NOT_FOUND" }, { 0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT" },
    { 0xc0000257, "STATUS_PATH_NOT_COVERED" }, { 0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED" }, { 0, NULL },
};

static const struct tl_name commands[] = {
    { 0, "Negotiate Protocol" }, { 1, "Session Setup" }, { 2, "Session Logoff" }, { 3, "Tree Connect" },
    { 4, "Tree Disconnect" }, { 5, "Create" }, { 6, "Close" }, { 7, "Flush" }, { 8, "Read" }, { 9, "Write" }, { 10, "Lock" },
    { 11, "Ioctl" }, { 12, "Cancel" }, { 13, "KeepAlive" }, { 14, "Find" }, { 15, "Notify" }, { 16, "GetInfo" },
    { 17, "SetInfo" }, { 18, "Break" }, { 0, NULL },
};
static const struct tl_name share_types[] = { { 1, "Physical disk" }, { 2, "Named pipe" }, { 3, "Printer" }, { 0, NULL } };
static const struct tl_name dialects[] = {
    { 0x0202, "SMB 2.0.2" }, { 0x0210, "SMB 2.1" }, { 0x0224, "SMB 2.2.4" }, { 0x02ff, "SMB2 wildcard" },
    { 0x0300, "SMB 3.0" }, { 0x0302, "SMB 3.0.2" }, { 0x0310, "SMB 3.1.0" }, { 0x0311, "SMB 3.1.1" }, { 0, NULL },
};
static const struct tl_name contexts[] = {
    { 1, "PREAUTH_INTEGRITY" }, { 2, "ENCRYPTION" }, { 3, "COMPRESSION" }, { 5, "NETNAME" }, { 6, "TRANSPORT" },
    { 7, "RDMA_TRANSFORM" }, { 8, "SIGNING" }, { 0x100, "POSIX" }, { 0, NULL },
};
static const struct tl_name ciphers[] = {
    { 1, "AES-128-CCM" }, { 2, "AES-128-GCM" }, { 3, "AES-256-CCM" }, { 4, "AES-256-GCM" }, { 0, NULL },
};
static const struct tl_name hashes[] = { { 1, "SHA-512" }, { 0, NULL } };
static const struct tl_name signings[] = { { 0, "HMAC-SHA256" }, { 1, "AES-CMAC" }, { 2, "AES-GMAC" }, { 0, NULL } };
static const struct tl_name compressions[] = {
    { 0, "None" }, { 1, "LZNT1" }, { 2, "LZ77" }, { 3, "LZ77+Huffman" }, { 4, "Pattern_V1" }, { 0, NULL },
};
static const struct tl_name oplocks[] = {
    { 0, "No oplock" }, { 1, "Level2 oplock" }, { 8, "Exclusive oplock" }, { 9, "Batch oplock" }, { 0xff, "Lease" }, { 0, NULL },
};
static const struct tl_name impersonations[] = {
    { 0, "Anonymous" }, { 1, "Identification" }, { 2, "Impersonation" }, { 3, "Delegate" }, { 0, NULL },
};
static const struct tl_name dispositions[] = {
    { 0, "Supersede" }, { 1, "Open" }, { 2, "Create" }, { 3, "Open If" }, { 4, "Overwrite" }, { 5, "Overwrite If" }, { 0, NULL },
};
static const struct tl_name actions[] = {
    { 0, "Superseded" }, { 1, "Opened" }, { 2, "Created" }, { 3, "Overwritten" }, { 0, NULL },
};
static const struct tl_name functions[] = {
    { 0x00060194, "FSCTL_DFS_GET_REFERRALS" }, { 0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX" },
    { 0x0009009c, "FSCTL_GET_OBJECT_ID" }, { 0x000900a8, "FSCTL_GET_REPARSE_POINT" },
    { 0x000900c0, "FSCTL_CREATE_OR_GET_OBJECT_ID" }, { 0x00110018, "FSCTL_PIPE_WAIT" },
    { 0x0011400c, "FSCTL_PIPE_PEEK" }, { 0x0011c017, "FSCTL_PIPE_TRANSCEIVE" },
    { 0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY" }, { 0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY" },
    { 0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO" }, { 0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO" },
    { 0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS" }, { 0x001440f2, "FSCTL_SRV_COPYCHUNK" }, { 0, NULL },
};
static const struct tl_name classes[] = {
    { 1, "FILE_INFO" }, { 2, "FS_INFO" }, { 3, "SEC_INFO" }, { 4, "QUOTA_INFO" }, { 0, NULL },
};
static const struct tl_name find_levels[] = {
    { 1, "FileDirectoryInformation" }, { 2, "FileFullDirectoryInformation" }, { 3, "FileBothDirectoryInformation" },
    { 12, "FileNamesInformation" }, { 37, "FileIdBothDirectoryInformation" }, { 38, "FileIdFullDirectoryInformation" },
    { 0, NULL },
};
static const struct tl_name encrypted[] = { { 1, "Encrypted SMB3" }, { 0, NULL } };
static const struct tl_name signed_[] = { { 1, "signed" }, { 0, NULL } };

#define FLAG(key_, label_, mask_) { key_, label_, .type = TL_BOOL, .mask = (mask_), .flags = TL_REPEATS }
#define N8(key_, label_) { key_, label_, .type = TL_U8, .flags = TL_REPEATS }
#define N16(key_, label_) { key_, label_, .type = TL_U16, .flags = TL_REPEATS }
#define N32(key_, label_) { key_, label_, .type = TL_U32, .flags = TL_REPEATS }
#define N64(key_, label_) { key_, label_, .type = TL_U64, .flags = TL_REPEATS }
#define NAMED(key_, label_, type_, base_, names_) \
    { key_, label_, .type = (type_), .base = (base_), .names = (names_), .flags = TL_REPEATS }
#define TIME(key_, label_) { key_, label_, .type = TL_TIME, .flags = TL_REPEATS }
const struct tl_field tl_smb2_fields[S2_FIELDS] = {
    [S2_HEADER_LEN] = N16("smb2.header_len", "Length of the header"),
    [S2_CREDIT_CHARGE] = N16("smb2.credit.charge", "Credits used"),
    [S2_STATUS] = NAMED("smb2.nt_status", "Status", TL_U32, TL_HEX, tl_smb_statuses),
    [S2_CHANNEL_SEQ] = N16("smb2.channel_sequence", "Channel sequence"),
    [S2_CMD] = NAMED("smb2.cmd", "Command", TL_U16, TL_DEC, commands),
    [S2_CREDITS_REQUESTED] = N16("smb2.credits.requested", "Credits requested"),
    [S2_CREDITS_GRANTED] = N16("smb2.credits.granted", "Credits granted"),
    [S2_FLAGS] = NAMED("smb2.flags", "Flags", TL_U32, TL_HEX, NULL),
    [S2_RESPONSE] = FLAG("smb2.flags.response", "Response", 1),
    [S2_ASYNC] = FLAG("smb2.flags.async", "Asynchronous", 2),
    [S2_CHAINED] = FLAG("smb2.flags.chained", "Related to the one before", 4),
    [S2_SIGNED] = FLAG("smb2.flags.signature", "Signed", 8),
    [S2_DFS] = FLAG("smb2.flags.dfs", "DFS", 0x10000000),
    [S2_REPLAY] = FLAG("smb2.flags.replay", "Replay", 0x20000000),
    [S2_CHAIN] = NAMED("smb2.chain_offset", "Next message", TL_U32, TL_HEX, NULL),
    [S2_MSG_ID] = N64("smb2.msg_id", "Message id"),
    [S2_PID] = NAMED("smb2.pid", "Process id", TL_U32, TL_HEX, NULL),
    [S2_TID] = NAMED("smb2.tid", "Tree id", TL_U32, TL_HEX, NULL),
    [S2_AID] = NAMED("smb2.aid", "Asynchronous id", TL_U64, TL_HEX, NULL),
    [S2_SESSION] = NAMED("smb2.sesid", "Session id", TL_U64, TL_HEX, NULL),
    [S2_SIGNATURE] = { "smb2.signature", "Signature", .type = TL_BYTES, .flags = TL_REPEATS },
    [S2_TREE] = { "smb2.tree", "Tree", .type = TL_TEXT, .flags = TL_REPEATS | TL_ESCAPED },
    [S2_SHARE_TYPE] = NAMED("smb2.share_type", "Kind of share", TL_U8, TL_HEX, share_types),
    [S2_AUTH_FRAME] = { "smb2.auth_frame", "Authenticated in packet", .type = TL_U64, .flags = TL_REPEATS | TL_DERIVED },
    [S2_DIALECT_COUNT] = N16("smb2.dialect_count", "Dialects"),
    [S2_SEC_MODE] = NAMED("smb2.sec_mode", "Security mode", TL_U8, TL_HEX, NULL),
    [S2_SIGN_ENABLED] = FLAG("smb2.sec_mode.sign_enabled", "Signing enabled", 1),
    [S2_SIGN_REQUIRED] = FLAG("smb2.sec_mode.sign_required", "Signing required", 2),
    [S2_CAPABILITIES] = NAMED("smb2.capabilities", "Capabilities", TL_U32, TL_HEX, NULL),
    [S2_CAN_DFS] = FLAG("smb2.capabilities.dfs", "DFS", 1),
    [S2_CAN_LEASE] = FLAG("smb2.capabilities.leasing", "Leases", 2),
    [S2_CAN_LARGE] = FLAG("smb2.capabilities.large_mtu", "Large messages", 4),
    [S2_CAN_CHANNELS] = FLAG("smb2.capabilities.multi_channel", "Several channels", 8),
    [S2_CAN_PERSIST] = FLAG("smb2.capabilities.persistent_handles", "Persistent handles", 16),
    [S2_CAN_DIRECTORY] = FLAG("smb2.capabilities.directory_leasing", "Leases of directories", 32),
    [S2_CAN_ENCRYPT] = FLAG("smb2.capabilities.encryption", "Encryption", 64),
    [S2_CLIENT_GUID] = { "smb2.client_guid", "Client", .type = TL_GUID_LE, .flags = TL_REPEATS },
    [S2_SERVER_GUID] = { "smb2.server_guid", "Server", .type = TL_GUID_LE, .flags = TL_REPEATS },
    [S2_CONTEXT_COUNT] = N16("smb2.negotiate_context.count", "Contexts"),
    [S2_CONTEXT_TYPE] = NAMED("smb2.negotiate_context.type", "Context", TL_U16, TL_HEX, contexts),
    [S2_CONTEXT_LEN] = N16("smb2.negotiate_context.data_length", "Length"),
    [S2_CIPHER] = NAMED("smb2.negotiate_context.cipher_id", "Cipher", TL_U16, TL_HEX, ciphers),
    [S2_HASH] = NAMED("smb2.negotiate_context.hash_algorithm", "Hash", TL_U16, TL_HEX, hashes),
    [S2_SIGNING] = NAMED("smb2.negotiate_context.signing_id", "Signing", TL_U16, TL_HEX, signings),
    [S2_COMPRESSION] = NAMED("smb2.negotiate_context.comp_alg_id", "Compression", TL_U16, TL_HEX, compressions),
    [S2_NETNAME] = { "smb2.negotiate_context.netname", "Name of the server", .type = TL_UTF16LE, .flags = TL_REPEATS },
    [S2_DIALECT] = NAMED("smb2.dialect", "Dialect", TL_U16, TL_HEX, dialects),
    [S2_MAX_TRANS] = N32("smb2.max_trans_size", "Most bytes of a transaction"),
    [S2_MAX_READ] = N32("smb2.max_read_size", "Most bytes read at once"),
    [S2_MAX_WRITE] = N32("smb2.max_write_size", "Most bytes written at once"),
    [S2_CURRENT_TIME] = TIME("smb2.current_time", "Time of the server"),
    [S2_BOOT_TIME] = TIME("smb2.boot_time", "Start of the server"),
    [S2_SESSION_REQ_FLAGS] = NAMED("smb2.ses_req_flags", "Flags of the session", TL_U8, TL_DEC, NULL),
    [S2_SESSION_FLAGS] = NAMED("smb2.session_flags", "Flags of the session", TL_U16, TL_HEX, NULL),
    [S2_GUEST] = FLAG("smb2.ses_flags.guest", "Guest", 1),
    [S2_NULL] = FLAG("smb2.ses_flags.null", "Anonymous", 2),
    [S2_ENCRYPT] = FLAG("smb2.ses_flags.encrypt", "Encryption required", 4),
    [S2_SHARE_FLAGS] = NAMED("smb2.share_flags", "Flags of the share", TL_U32, TL_HEX, NULL),
    [S2_SHARE_ENCRYPT] = FLAG("smb2.share_flags.encrypt_data", "Encryption required", 0x8000),
    [S2_OPLOCK] = NAMED("smb2.create.oplock", "Lock", TL_U8, TL_HEX, oplocks),
    [S2_IMPERSONATION] = NAMED("smb2.impersonation.level", "Impersonation", TL_U32, TL_DEC, impersonations),
    [S2_ACCESS] = NAMED("smb2.access_mask", "Access", TL_U32, TL_HEX, NULL),
    [S2_ATTRIBUTES] = NAMED("smb2.file_attributes", "Attributes", TL_U32, TL_HEX, NULL),
    [S2_DISPOSITION] = NAMED("smb2.create.disposition", "Disposition", TL_U32, TL_DEC, dispositions),
    [S2_DELETE_ON_CLOSE] = FLAG("smb2.create_options.delete_on_close", "Delete on close", 0x1000),
    [S2_DIRECTORY] = FLAG("smb2.create_options.directory", "Directory", 1),
    [S2_FILENAME] = { "smb2.filename", "Name", .type = TL_TEXT, .flags = TL_REPEATS | TL_ESCAPED },
    [S2_CREATE_CONTEXT] = { "smb2.create_context", "Context", .type = TL_TEXT, .flags = TL_REPEATS },
    [S2_ACTION] = NAMED("smb2.create.action", "Action", TL_U32, TL_DEC, actions),
    [S2_CREATED] = TIME("smb2.create.time", "Created"),
    [S2_ACCESSED] = TIME("smb2.last_access.time", "Accessed"),
    [S2_WRITTEN] = TIME("smb2.last_write.time", "Written"),
    [S2_CHANGED] = TIME("smb2.last_change.time", "Changed"),
    [S2_ALLOCATION] = N64("smb2.allocation_size", "Bytes allocated"),
    [S2_EOF] = N64("smb2.eof", "Bytes of the file"),
    [S2_FID] = { "smb2.fid", "File id", .type = TL_GUID_LE, .flags = TL_REPEATS },
    [S2_CLOSE_FLAGS] = NAMED("smb2.close.flags", "Flags", TL_U16, TL_HEX, NULL),
    [S2_READ_LENGTH] = N32("smb2.read_length", "Bytes to read"),
    [S2_OFFSET] = N64("smb2.file_offset", "Offset"),
    [S2_MIN_COUNT] = N32("smb2.min_count", "Least bytes"),
    [S2_READ_REMAINING] = N32("smb2.read_remaining", "Remaining bytes"),
    [S2_READ_DATA] = { "smb2.read_data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [S2_WRITE_LENGTH] = N32("smb2.write_length", "Bytes to write"),
    [S2_WRITE_COUNT] = N32("smb2.write.count", "Bytes written"),
    [S2_WRITE_DATA] = { "smb2.write_data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [S2_FUNCTION] = NAMED("smb2.ioctl.function", "Function", TL_U32, TL_HEX, functions),
    [S2_FIND_LEVEL] = NAMED("smb2.find.infolevel", "Level", TL_U32, TL_DEC, find_levels),
    [S2_PATTERN] = { "smb2.find.pattern", "Pattern", .type = TL_TEXT, .flags = TL_REPEATS | TL_ESCAPED },
    [S2_CLASS] = NAMED("smb2.class", "Class", TL_U8, TL_HEX, classes),
    [S2_LEVEL] = NAMED("smb2.infolevel", "Level", TL_U8, TL_HEX, NULL),
    [S2_REPLACE] = { "smb2.rename.replace_if", "Replace", .type = TL_BOOL },
    [S2_DELETE_PENDING] = FLAG("smb2.disposition.delete_on_close", "Delete on close", 1),
    [S2_LOCK_COUNT] = N16("smb2.lock_count", "Locks"),
    [S2_TRANSFORM_SIZE] = N32("smb2.header.transform.msg_size", "Bytes of the message"),
    [S2_TRANSFORM_NONCE] = { "smb2.header.transform.nonce", "Nonce", .type = TL_BYTES, .flags = TL_REPEATS },
    [S2_TRANSFORM_FLAGS] = NAMED("smb2.header.transform.flags", "Flags", TL_U16, TL_HEX, NULL),
    [S2_ENCRYPTED] = { "smb2.header.transform.enc_data", "Encrypted message", .type = TL_BYTES, .flags = TL_REPEATS },
    [S2_COMPRESSED] = { "smb2.header.comp_transform.data", "Compressed message", .type = TL_BYTES, .flags = TL_REPEATS },
    [S2_LINE_STATUS] = { "smb2.line.status", "Status", .type = TL_U32, .flags = TL_ONLY_LINE, .names = tl_smb_statuses },
    [S2_LINE_ENCRYPTED] = { "smb2.line.encrypted", "Encrypted", .type = TL_U8, .flags = TL_ONLY_LINE, .names = encrypted },
    [S2_LINE_SIGNED] = { "smb2.line.signed", "Signed", .type = TL_U8, .flags = TL_ONLY_LINE, .names = signed_ },
};
