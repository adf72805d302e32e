/* ntp_modes.c - control messages (RFC 9327) and the private ones of ntpd's mode 7. */
#include "dissectors/ntp/ntp.h"

/* --- mode 6 --- */

enum { VERSION, MODE, OP_CODE, SEQUENCE, STATUS, ASSOCIATION, RESPONSE, ERROR, MORE, DATA, KEY_ID, CHECKSUM };

struct control_record {
    struct tl_record head;
    uint64_t version, mode, op_code, sequence, status, association, key_id;
    bool response, error, more;
    struct tl_bytes data, checksum;
};

static const struct tl_record_field control_fields[] = {
    TL_FIELD(struct control_record, VERSION, version, "version", TL_REC_COUNT, "NTP version"),
    TL_FIELD(struct control_record, MODE, mode, "mode", TL_REC_COUNT, "6"),
    TL_FIELD(struct control_record, OP_CODE, op_code, "op_code", TL_REC_COUNT, "1: read status, 2: read variables, 3: write them, ..."),
    TL_FIELD(struct control_record, SEQUENCE, sequence, "sequence", TL_REC_COUNT, "Of request and response"),
    TL_FIELD(struct control_record, STATUS, status, "status", TL_REC_COUNT, "Of the system, peer or clock, or the error"),
    TL_FIELD(struct control_record, ASSOCIATION, association, "association_id", TL_REC_COUNT, "0: the system"),
    TL_FIELD(struct control_record, RESPONSE, response, "resp_bit", TL_REC_BOOL, "A response"),
    TL_FIELD(struct control_record, ERROR, error, "err_bit", TL_REC_BOOL, "An error"),
    TL_FIELD(struct control_record, MORE, more, "more_bit", TL_REC_BOOL, "Another part follows"),
    TL_FIELD(struct control_record, DATA, data, "data", TL_REC_TEXT, "Its data, without the padding"),
    TL_FIELD(struct control_record, KEY_ID, key_id, "key_id", TL_REC_COUNT, "Of the key of its authenticator"),
    TL_FIELD(struct control_record, CHECKSUM, checksum, "crypto_checksum", TL_REC_TEXT, "Its authenticator, in hexadecimal"),
};

const struct tl_record_def tl_ntp_control_record_def =
    TL_RECORD_DEF("ntp_control", control_fields, "One for each NTP control message", .summary = { "op_code", "resp_bit", "data" });

enum { KEY = 4, DIGEST_LEAST = 8, DIGEST_MOST = 64 };

/* After the data, which are padded to 32 bits: a key id and a digest. */
static void authenticator(struct tl_dissection *d, struct control_record *r, char hex[2 * DIGEST_MOST])
{
    static const char digits[] = "0123456789abcdef";
    uint32_t left = tl_cursor_wire_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
    if (left < KEY + DIGEST_LEAST || left > KEY + DIGEST_MOST)
        return;
    tl_run(d, NTP_KEY_ID, KEY);
    tl_run(d, NTP_MAC, left - KEY);
    if (p == NULL) /* cut */
        return;
    r->key_id = tl_load_be32(p);
    for (uint32_t i = 0; i < left - KEY; i++) {
        hex[2 * i] = digits[p[KEY + i] >> 4];
        hex[2 * i + 1] = digits[p[KEY + i] & 15];
    }
    r->checksum = tl_bytes_of(hex, 2 * (size_t)(left - KEY));
    tl_record_set(&r->head, KEY_ID);
    tl_record_set(&r->head, CHECKSUM);
}

void tl_ntp_control(struct tl_dissection *d, uint8_t flags)
{
    char hex[2 * DIGEST_MOST];
    const uint8_t *kind = tl_cursor_take(&d->c, 1);
    if (kind == NULL)
        return;
    tl_add(d, NTP_CTRL_FLAGS, d->c.off - 1, 1, kind[0]);
    tl_add_all_bits(d, NTP_CTRL_RESPONSE, NTP_CTRL_OPCODE, d->c.off - 1, 1, kind[0]);
    struct control_record r = { .head = { .ts = d->frame->ts },
                                .version = flags >> 3 & 7,
                                .mode = NTP_MODE_CONTROL,
                                .op_code = kind[0] & 0x1f,
                                .response = (kind[0] & 0x80) != 0,
                                .error = (kind[0] & 0x40) != 0,
                                .more = (kind[0] & 0x20) != 0 };
    r.sequence = tl_u16(d, NTP_CTRL_SEQUENCE);
    r.status = tl_u16(d, NTP_CTRL_STATUS);
    if (r.error && tl_ok(d))
        tl_add(d, NTP_CTRL_ERR_STATUS, d->c.off - 2, 1, r.status >> 8);
    r.association = tl_u16(d, NTP_CTRL_ASSOCIATION);
    tl_u16(d, NTP_CTRL_OFFSET);
    uint32_t count = tl_u16(d, NTP_CTRL_COUNT);
    r.head.set = (UINT64_C(1) << DATA) - 1;
    if (count > 0) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, count);
        tl_run(d, NTP_CTRL_DATA, count);
        if (p != NULL) {
            r.data = tl_bytes_of(p, count);
            tl_record_set(&r.head, DATA);
        }
        uint32_t padding = (4 - count % 4) % 4;
        if (tl_ok(d) && tl_cursor_left(&d->c) >= padding)
            tl_skip(d, padding);
    }
    if (!tl_ok(d))
        return;
    authenticator(d, &r, hex);
    tl_emit(d, &tl_ntp_control_record_def, &r.head);
}

/* --- mode 7 --- */

enum { P_VERSION, P_MODE, P_CODE, P_AUTH, P_SEQUENCE, P_IMPLEMENTATION, P_ERR, P_DATA };

struct private_record {
    struct tl_record head;
    uint64_t version, mode, code, sequence, implementation, err;
    bool auth;
    struct tl_bytes data;
};

static const struct tl_record_field private_fields[] = {
    TL_FIELD(struct private_record, P_VERSION, version, "version", TL_REC_COUNT, "NTP version"),
    TL_FIELD(struct private_record, P_MODE, mode, "mode", TL_REC_COUNT, "7"),
    TL_FIELD(struct private_record, P_CODE, code, "req_code", TL_REC_COUNT, "What is asked for: 42 is the list of the last clients (monlist)"),
    TL_FIELD(struct private_record, P_AUTH, auth, "auth_bit", TL_REC_BOOL, "It is authenticated"),
    TL_FIELD(struct private_record, P_SEQUENCE, sequence, "sequence", TL_REC_COUNT, "Of the parts of a response"),
    TL_FIELD(struct private_record, P_IMPLEMENTATION, implementation, "implementation", TL_REC_COUNT, "2 and 3: ntpd"),
    TL_FIELD(struct private_record, P_ERR, err, "err", TL_REC_COUNT, "0: none"),
    TL_FIELD(struct private_record, P_DATA, data, "data", TL_REC_TEXT, "Its items"),
};

const struct tl_record_def tl_ntp_private_record_def =
    TL_RECORD_DEF("ntp_private", private_fields, "One for each private NTP message (mode 7)", .summary = { "req_code", "err" });

void tl_ntp_private(struct tl_dissection *d, uint8_t flags)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    tl_add_all_bits(d, NTP_PRIV_AUTH_SEQ, NTP_PRIV_SEQ, d->c.off - 1, 1, p[0]);
    struct private_record r = { .head = { .ts = d->frame->ts }, .version = flags >> 3 & 7, .mode = NTP_MODE_PRIVATE,
                                .auth = (p[0] & 0x80) != 0, .sequence = p[0] & 0x7f };
    r.implementation = tl_u8(d, NTP_PRIV_IMPL);
    r.code = tl_u8(d, NTP_PRIV_CODE);
    const uint8_t *items = tl_cursor_peek(&d->c, 0, 4);
    if (items != NULL) { /* four bits, then twelve: an error and how many items; zeros and their size */
        tl_add(d, NTP_PRIV_ERR, d->c.off, 1, items[0] >> 4);
        tl_add(d, NTP_PRIV_ITEMS, d->c.off, 2, tl_load_be16(items) & 0x0fff);
        tl_add(d, NTP_PRIV_ITEM_SIZE, d->c.off + 2, 2, tl_load_be16(items + 2) & 0x0fff);
        r.err = items[0] >> 4;
    }
    tl_skip(d, 4);
    uint32_t left = tl_cursor_wire_left(&d->c);
    const uint8_t *data = tl_ok(d) && left > 0 ? tl_cursor_peek(&d->c, 0, left) : NULL;
    if (left > 0)
        tl_run(d, NTP_PRIV_DATA, left);
    if (!tl_ok(d))
        return;
    r.head.set = (UINT64_C(1) << P_DATA) - 1;
    if (data != NULL) {
        r.data = tl_bytes_of(data, left);
        tl_record_set(&r.head, P_DATA);
    }
    tl_emit(d, &tl_ntp_private_record_def, &r.head);
}
