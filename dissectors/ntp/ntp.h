/* ntp.h - shared by the files of NTP: fields, and the records of each kind of message. */
#ifndef TL_DISSECTORS_NTP_H
#define TL_DISSECTORS_NTP_H

#include "core/dissect.h"

enum { NTP_FLAGS, NTP_LEAP, NTP_VERSION, NTP_MODE, NTP_STRATUM, NTP_POLL, NTP_PRECISION, NTP_ROOT_DELAY,
       NTP_ROOT_DISPERSION, NTP_REFERENCE_ID, NTP_REFERENCE, NTP_ORIGIN, NTP_RECEIVE, NTP_TRANSMIT, NTP_EXTENSION,
       NTP_KEY_ID, NTP_MAC, NTP_CTRL_FLAGS, NTP_CTRL_RESPONSE, NTP_CTRL_ERROR, NTP_CTRL_MORE, NTP_CTRL_OPCODE,
       NTP_CTRL_SEQUENCE, NTP_CTRL_STATUS, NTP_CTRL_ERR_STATUS, NTP_CTRL_ASSOCIATION, NTP_CTRL_OFFSET, NTP_CTRL_COUNT,
       NTP_CTRL_DATA,
       NTP_PRIV_RESPONSE, NTP_PRIV_MORE, NTP_PRIV_AUTH_SEQ, NTP_PRIV_AUTH, NTP_PRIV_SEQ, NTP_PRIV_IMPL, NTP_PRIV_CODE,
       NTP_PRIV_ERR, NTP_PRIV_ITEMS, NTP_PRIV_ITEM_SIZE, NTP_PRIV_DATA };

enum { NTP_MODE_SERVER = 4, NTP_MODE_CONTROL = 6, NTP_MODE_PRIVATE = 7 };

/* A message of modes 1 to 5 as read; the times as on the wire. */
struct tl_ntp_message {
    uint8_t flags, stratum, poll, precision;
    uint32_t root_delay, root_dispersion, extensions;
    const uint8_t *reference_id;
    uint64_t reference, origin, receive, transmit;
};

/* Emits the ntp record of a message. */
void tl_ntp_emit(struct tl_dissection *d, const struct tl_ntp_message *m);
/* Read the rest of a control (RFC 9327) or private message after its flags, and emit its record. */
void tl_ntp_control(struct tl_dissection *d, uint8_t flags);
void tl_ntp_private(struct tl_dissection *d, uint8_t flags);

extern const struct tl_record_def tl_ntp_record_def, tl_ntp_control_record_def, tl_ntp_private_record_def;

#endif
