/* mail_record.h - the mail record: a message that a client retrieved, by POP3 or IMAP. */
#ifndef TL_DISSECTORS_MAIL_RECORD_H
#define TL_DISSECTORS_MAIL_RECORD_H

#include "dissectors/mail/mail_message.h"

/* What the protocol that carries a message knows of it. Texts may be empty: unknown. */
struct tl_mail_facts {
    int64_t ts;              /* ns */
    const char *protocol;    /* its service */
    struct tl_bytes user, mailbox, uid;
    struct tl_bytes flags;   /* separated by spaces */
    uint64_t number;         /* of the message in the mailbox; 0: unknown */
    uint64_t size;           /* bytes */
    bool partial;            /* not all of it was retrieved, or seen */
    bool flags_known;
};

extern const struct tl_record_def tl_mail_record_def;

/* Emits the record. m may be NULL: there was no memory for the header's values. */
void tl_mail_emit(struct tl_dissection *d, const struct tl_mail *m, const struct tl_mail_facts *facts);

#endif
