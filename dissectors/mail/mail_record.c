/* mail_record.c - the mail record. Its header fields are those of the smtp record. */
#include "dissectors/mail/mail_record.h"

struct mail_record {
    struct tl_record r;
    const char *protocol;
    struct tl_bytes user, mailbox;
    uint64_t msg_num;
    struct tl_bytes msg_uid;
    uint64_t size;
    struct tl_text_list flags;
    bool partial;
    struct tl_bytes date, from;
    struct tl_text_list to, cc;
    struct tl_bytes reply_to, msg_id, in_reply_to, subject, x_originating_ip, first_received, second_received;
    struct tl_text_list path;
    struct tl_bytes user_agent;
    struct tl_text_list attachments, fuids;
};

enum {
    PROTOCOL, USER, MAILBOX, MSG_NUM, MSG_UID, SIZE, FLAGS, PARTIAL, DATE, FROM, TO, CC, REPLY_TO, MSG_ID, IN_REPLY_TO,
    SUBJECT, X_ORIGINATING_IP, FIRST_RECEIVED, SECOND_RECEIVED, PATH, USER_AGENT, ATTACHMENTS, FUIDS,
};

#define F(index, member, key, kind, help) TL_FIELD(struct mail_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(PROTOCOL, protocol, "protocol", TL_REC_TOKEN, "Protocol by which it was retrieved: pop3 or imap"),
    F(USER, user, "user", TL_REC_TEXT, "User who retrieved it"),
    F(MAILBOX, mailbox, "mailbox", TL_REC_TEXT, "Mailbox (IMAP)"),
    F(MSG_NUM, msg_num, "msg_num", TL_REC_COUNT, "Number in the mailbox"),
    F(MSG_UID, msg_uid, "msg_uid", TL_REC_TEXT, "Unique identifier: UID of IMAP, UIDL of POP3"),
    F(SIZE, size, "size", TL_REC_COUNT, "Bytes retrieved; of the whole message if the server has reported its size"),
    F(FLAGS, flags, "flags", TL_REC_TEXTS, "Flags in the same response (IMAP)"),
    F(PARTIAL, partial, "partial", TL_REC_BOOL, "Not all of the message was retrieved, or some of it was not captured"),
    F(DATE, date, "date", TL_REC_TEXT, "Date field of the message"),
    F(FROM, from, "from", TL_REC_TEXT, "From field"),
    F(TO, to, "to", TL_REC_TEXTS, "To fields, an address each"),
    F(CC, cc, "cc", TL_REC_TEXTS, "Cc fields, an address each"),
    F(REPLY_TO, reply_to, "reply_to", TL_REC_TEXT, "Reply-To field"),
    F(MSG_ID, msg_id, "msg_id", TL_REC_TEXT, "Message-ID field"),
    F(IN_REPLY_TO, in_reply_to, "in_reply_to", TL_REC_TEXT, "In-Reply-To field"),
    F(SUBJECT, subject, "subject", TL_REC_TEXT, "Subject field, encoded words decoded"),
    F(X_ORIGINATING_IP, x_originating_ip, "x_originating_ip", TL_REC_TEXT, "Address in the X-Originating-IP field"),
    F(FIRST_RECEIVED, first_received, "first_received", TL_REC_TEXT, "The last Received field, which is the oldest"),
    F(SECOND_RECEIVED, second_received, "second_received", TL_REC_TEXT, "The Received field before that"),
    F(PATH, path, "path", TL_REC_TEXTS, "Addresses it came by: one of each Received field"),
    F(USER_AGENT, user_agent, "user_agent", TL_REC_TEXT, "User-Agent or X-Mailer field"),
    F(ATTACHMENTS, attachments, "attachments", TL_REC_TEXTS, "File names of its parts"),
    F(FUIDS, fuids, "fuids", TL_REC_TEXTS, "Its parts in files records, where these are written"),
};
#undef F

const struct tl_record_def tl_mail_record_def =
    TL_RECORD_DEF("mail", fields, "A message that a client retrieved by POP3 or IMAP",
                  .summary = { "user", "mailbox", "from", "subject" });

enum { FLAGS_MOST = 32 };

/* Memory for the record's lists while it is written. */
struct lists {
    struct tl_bytes to[TL_MAIL_LIST], cc[TL_MAIL_LIST], attachments[TL_MAIL_LIST], path[TL_MAIL_LIST];
    struct tl_bytes flags[FLAGS_MOST];
    struct tl_mail_fuids fuids;
};

static void set_text(struct mail_record *r, unsigned field, struct tl_bytes *member, struct tl_bytes text)
{
    *member = text;
    tl_record_set(&r->r, field);
}

static void set_known(struct mail_record *r, unsigned field, struct tl_bytes *member, struct tl_bytes text)
{
    if (text.len > 0)
        set_text(r, field, member, text);
}

static void set_list(struct mail_record *r, unsigned field, const struct tl_text_list *list)
{
    if (list->count > 0)
        tl_record_set(&r->r, field);
}

static void cut(struct mail_record *r, unsigned field)
{
    r->r.cut |= UINT64_C(1) << field;
}

static void put(struct tl_bytes *items, struct tl_text_list *list, struct tl_bytes text)
{
    list->items = items;
    if (list->count < TL_MAIL_LIST)
        items[list->count++] = text;
}

/* Lists have at most TL_MAIL_LIST items: see mail_message.c. */
static void fill_header(const struct tl_dissection *d, const struct tl_mail *m, struct mail_record *r,
                        struct lists *lists)
{
    static const uint8_t field_of[TL_MAIL_ITEMS] = { DATE, FROM, REPLY_TO, MSG_ID, IN_REPLY_TO, SUBJECT,
                                                     X_ORIGINATING_IP, USER_AGENT, TO, CC, PATH, ATTACHMENTS };
    struct tl_bytes *const texts[] = { &r->date, &r->from, &r->reply_to, &r->msg_id, &r->in_reply_to, &r->subject,
                                       &r->x_originating_ip, &r->user_agent };
    struct tl_bytes left = tl_kept_bytes_of(d, &m->log);
    struct tl_mail_entry e;
    while (tl_mail_log_next(&left, &e)) {
        if (e.item < TL_MAIL_TO)
            set_text(r, field_of[e.item], texts[e.item], e.text);
        else if (e.item == TL_MAIL_TO)
            put(lists->to, &r->to, e.text);
        else if (e.item == TL_MAIL_CC)
            put(lists->cc, &r->cc, e.text);
        else if (e.item == TL_MAIL_PATH)
            put(lists->path, &r->path, e.text);
        else if (e.item == TL_MAIL_ATTACHMENT)
            put(lists->attachments, &r->attachments, e.text);
    }
    set_list(r, TO, &r->to);
    set_list(r, CC, &r->cc);
    set_list(r, PATH, &r->path);
    set_list(r, ATTACHMENTS, &r->attachments);
    r->fuids = tl_mail_fuids(d, m, &lists->fuids);
    set_list(r, FUIDS, &r->fuids);
    if (m->received[0] != 0)
        set_text(r, FIRST_RECEIVED, &r->first_received, tl_kept(d, m->received[0]));
    if (m->received[1] != 0)
        set_text(r, SECOND_RECEIVED, &r->second_received, tl_kept(d, m->received[1]));
    for (unsigned item = 0; item < TL_MAIL_ITEMS; item++)
        if ((m->cut >> item & 1) != 0)
            cut(r, field_of[item]);
    if (m->received_cut[0])
        cut(r, FIRST_RECEIVED);
    if (m->received_cut[1])
        cut(r, SECOND_RECEIVED);
}

/* There was no memory to read the message: its header is unknown. */
static void name_lost(struct mail_record *r)
{
    for (unsigned field = DATE; field <= ATTACHMENTS; field++)
        cut(r, field);
}

static void fill_flags(struct tl_bytes text, struct mail_record *r, struct lists *lists)
{
    r->flags.items = lists->flags;
    for (uint32_t i = 0; i < text.len && r->flags.count < FLAGS_MOST;) {
        uint32_t from = i;
        while (i < text.len && text.data[i] != ' ')
            i++;
        if (i > from)
            lists->flags[r->flags.count++] = (struct tl_bytes){ text.data + from, i - from };
        i += i < text.len;
    }
    tl_record_set(&r->r, FLAGS);
}

void tl_mail_emit(struct tl_dissection *d, const struct tl_mail *m, const struct tl_mail_facts *facts)
{
    struct lists lists;
    struct mail_record r = { .r.ts = facts->ts, .protocol = facts->protocol, .msg_num = facts->number,
                             .size = facts->size, .partial = facts->partial };
    r.r.set = UINT64_C(1) << PROTOCOL | UINT64_C(1) << SIZE | UINT64_C(1) << PARTIAL;
    set_known(&r, USER, &r.user, facts->user);
    set_known(&r, MAILBOX, &r.mailbox, facts->mailbox);
    set_known(&r, MSG_UID, &r.msg_uid, facts->uid);
    if (facts->number != 0)
        tl_record_set(&r.r, MSG_NUM);
    if (facts->flags_known)
        fill_flags(facts->flags, &r, &lists);
    if (m != NULL)
        fill_header(d, m, &r, &lists);
    else
        name_lost(&r);
    tl_emit(d, &tl_mail_record_def, &r.r);
}
