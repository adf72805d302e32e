/* smtp_record.c - the smtp record: pairs commands with replies, first in, first out, and writes both as one record. */
#include "dissectors/smtp/smtp.h"

#include <stdio.h>

#include "core/digits.h"

struct smtp_record {
    struct tl_record r;
    uint64_t trans_depth;
    struct tl_bytes helo, mailfrom;
    struct tl_text_list rcptto;
    struct tl_bytes date, from;
    struct tl_text_list to, cc;
    struct tl_bytes reply_to, msg_id, in_reply_to, subject, x_originating_ip, first_received, second_received, last_reply;
    struct tl_text_list path;
    struct tl_bytes user_agent;
    bool tls;
    struct tl_bytes auth;
    uint64_t size;
    struct tl_text_list attachments;
    bool bdat;
    struct tl_text_list fuids;
};

enum {
    TRANS_DEPTH, HELO, MAILFROM, RCPTTO, DATE, FROM, TO, CC, REPLY_TO, MSG_ID, IN_REPLY_TO, SUBJECT, X_ORIGINATING_IP,
    FIRST_RECEIVED, SECOND_RECEIVED, LAST_REPLY, PATH, USER_AGENT, TLS, AUTH, SIZE, ATTACHMENTS, BDAT, FUIDS,
};

#define F(index, member, key, kind, help) TL_FIELD(struct smtp_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(TRANS_DEPTH, trans_depth, "trans_depth", TL_REC_COUNT, "Messages acknowledged before in this session, and one"),
    F(HELO, helo, "helo", TL_REC_TEXT, "What the client called itself last"),
    F(MAILFROM, mailfrom, "mailfrom", TL_REC_TEXT, "Sender of the envelope; empty for a notification's"),
    F(RCPTTO, rcptto, "rcptto", TL_REC_TEXTS, "Recipients of the envelope, also those that were refused"),
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
    F(LAST_REPLY, last_reply, "last_reply", TL_REC_TEXT, "Last line of the server's last reply to it"),
    F(PATH, path, "path", TL_REC_TEXTS, "Addresses it came by: responder, originator, then one of each Received field"),
    F(USER_AGENT, user_agent, "user_agent", TL_REC_TEXT, "User-Agent or X-Mailer field"),
    F(TLS, tls, "tls", TL_REC_BOOL, "The session went on as TLS"),
    F(AUTH, auth, "auth", TL_REC_TEXT, "Mechanism and user of the last authentication that was tried"),
    F(SIZE, size, "size", TL_REC_COUNT, "Bytes of the message; as declared where none was sent"),
    F(ATTACHMENTS, attachments, "attachments", TL_REC_TEXTS, "File names of its parts"),
    F(BDAT, bdat, "bdat", TL_REC_BOOL, "It came in chunks"),
    F(FUIDS, fuids, "fuids", TL_REC_TEXTS, "Its parts in files records, where these are written"),
};
#undef F

const struct tl_record_def tl_smtp_record_def =
    TL_RECORD_DEF("smtp", fields,
                  "A message by SMTP or LMTP, an envelope that was given up, or a session without a message",
                  .summary = { "mailfrom", "rcptto", "subject", "last_reply" });

enum {
    PATH_MOST = TL_MAIL_LIST + 2,
    ENVELOPE_ROOM = 96, /* bytes: a sender and one or two recipients */
};

/* Memory for the record's lists while it is written. */
struct lists {
    struct tl_bytes to[TL_MAIL_LIST], cc[TL_MAIL_LIST], attachments[TL_MAIL_LIST];
    struct tl_bytes path[PATH_MOST];
    uint8_t ends[2][TL_ROOM_IPV6];
    struct tl_mail_fuids fuids;
};

static void forget(struct tl_dissection *d, uint32_t *handle)
{
    if (*handle != 0)
        tl_forget(d, *handle);
    *handle = 0;
}

static void set_text(struct smtp_record *r, unsigned field, struct tl_bytes *member, struct tl_bytes text)
{
    *member = text;
    tl_record_set(&r->r, field);
}

static void set_list(struct smtp_record *r, unsigned field, struct tl_text_list *list)
{
    if (list->count > 0)
        tl_record_set(&r->r, field);
}

static void set_kept(const struct tl_dissection *d, struct smtp_record *r, unsigned field, struct tl_bytes *member,
                     uint32_t handle)
{
    if (handle != 0)
        set_text(r, field, member, tl_kept(d, handle));
}

static void cut(struct smtp_record *r, unsigned field)
{
    r->r.cut |= UINT64_C(1) << field;
}

static void fill_session(const struct tl_dissection *d, const struct tl_smtp_flow *f, struct smtp_record *r)
{
    r->trans_depth = f->messages + 1;
    r->tls = f->tls;
    tl_record_set(&r->r, TRANS_DEPTH);
    tl_record_set(&r->r, TLS);
    set_kept(d, r, HELO, &r->helo, f->helo);
    set_kept(d, r, AUTH, &r->auth, f->auth);
    set_kept(d, r, LAST_REPLY, &r->last_reply, f->last_reply);
    if (f->helo_cut)
        cut(r, HELO);
    if (f->auth_cut)
        cut(r, AUTH);
    if (f->reply_cut)
        cut(r, LAST_REPLY);
}

/* Called first: it sets the whole struct from the pending record. */
static void fill_envelope(const struct tl_dissection *d, const struct tl_smtp_flow *f, struct smtp_record *r)
{
    if (f->pending.first != 0)
        tl_transaction_load(d, f->pending.first, &r->r);
    if (f->sender_cut)
        cut(r, MAILFROM);
    if (f->recipients_cut)
        cut(r, RCPTTO);
}

static void begin_path(const struct tl_dissection *d, struct smtp_record *r, struct lists *lists)
{
    const uint8_t *ends[2] = { d->flow.resp_addr, d->flow.orig_addr };
    r->path.items = lists->path;
    for (unsigned i = 0; i < 2 && ends[i] != NULL; i++) {
        uint8_t *p = lists->ends[i];
        uint8_t *end = d->flow.version == 6 ? tl_write_ipv6(p, ends[i]) : tl_write_ipv4(p, ends[i]);
        lists->path[r->path.count++] = tl_bytes_of(p, (size_t)(end - p));
    }
    set_list(r, PATH, &r->path);
}

static void add_to_path(struct smtp_record *r, struct lists *lists, struct tl_bytes ip)
{
    const struct tl_bytes *last = r->path.count > 0 ? &lists->path[r->path.count - 1] : NULL;
    if (last != NULL && last->len == ip.len && memcmp(last->data, ip.data, ip.len) == 0)
        return;
    if (r->path.count < PATH_MOST)
        lists->path[r->path.count++] = ip;
}

/* There was no memory to read the message: its contents are unknown. */
static void name_lost(struct smtp_record *r)
{
    static const uint8_t lost[] = { DATE, FROM, TO, CC, REPLY_TO, MSG_ID, IN_REPLY_TO, SUBJECT, X_ORIGINATING_IP,
                                    FIRST_RECEIVED, SECOND_RECEIVED, PATH, USER_AGENT, ATTACHMENTS };
    for (unsigned i = 0; i < TL_COUNT(lost); i++)
        cut(r, lost[i]);
}

static void fill_message(const struct tl_dissection *d, const struct tl_mail *m, struct smtp_record *r,
                         struct lists *lists)
{
    static const uint8_t field_of[TL_MAIL_ITEMS] = { DATE, FROM, REPLY_TO, MSG_ID, IN_REPLY_TO, SUBJECT,
                                                     X_ORIGINATING_IP, USER_AGENT, TO, CC, PATH, ATTACHMENTS };
    struct tl_bytes *const texts[] = { &r->date, &r->from, &r->reply_to, &r->msg_id, &r->in_reply_to, &r->subject,
                                       &r->x_originating_ip, &r->user_agent };
    struct tl_bytes left = tl_kept_bytes_of(d, &m->log);
    struct tl_mail_entry e;
    r->to.items = lists->to;
    r->cc.items = lists->cc;
    r->attachments.items = lists->attachments;
    while (tl_mail_log_next(&left, &e)) {
        if (e.item < TL_MAIL_TO)
            set_text(r, field_of[e.item], texts[e.item], e.text);
        else if (e.item == TL_MAIL_PATH)
            add_to_path(r, lists, e.text);
        else if (e.item == TL_MAIL_TO && r->to.count < TL_MAIL_LIST)
            lists->to[r->to.count++] = e.text;
        else if (e.item == TL_MAIL_CC && r->cc.count < TL_MAIL_LIST)
            lists->cc[r->cc.count++] = e.text;
        else if (e.item == TL_MAIL_ATTACHMENT && r->attachments.count < TL_MAIL_LIST)
            lists->attachments[r->attachments.count++] = e.text;
    }
    set_list(r, TO, &r->to);
    set_list(r, CC, &r->cc);
    set_list(r, ATTACHMENTS, &r->attachments);
    r->fuids = tl_mail_fuids(d, m, &lists->fuids);
    set_list(r, FUIDS, &r->fuids);
    set_kept(d, r, FIRST_RECEIVED, &r->first_received, m->received[0]);
    set_kept(d, r, SECOND_RECEIVED, &r->second_received, m->received[1]);
    for (unsigned item = 0; item < TL_MAIL_ITEMS; item++)
        if ((m->cut >> item & 1) != 0)
            cut(r, field_of[item]);
    if (m->received_cut[0])
        cut(r, FIRST_RECEIVED);
    if (m->received_cut[1])
        cut(r, SECOND_RECEIVED);
}

/*
 * Writes the record of a message (size and m belong to it), or (size UINT64_MAX) of a session without a message. m may
 * be NULL; lost: there was no memory for it.
 */
static void emit(struct tl_dissection *d, const struct tl_smtp_flow *f, const struct tl_mail *m, bool lost, int64_t ts,
                 uint64_t size, bool chunks)
{
    struct lists lists;
    struct smtp_record r = { .r = { .set = 0 } };
    fill_envelope(d, f, &r);
    r.r.ts = ts;
    fill_session(d, f, &r);
    begin_path(d, &r, &lists);
    if (m != NULL)
        fill_message(d, m, &r, &lists);
    else if (lost)
        name_lost(&r);
    r.size = size != UINT64_MAX ? size : f->declared;
    if (r.size != UINT64_MAX)
        tl_record_set(&r.r, SIZE);
    r.bdat = chunks;
    if (chunks)
        tl_record_set(&r.r, BDAT);
    tl_emit(d, &tl_smtp_record_def, &r.r);
}

/* --- effects of commands and their replies --- */

static bool refused(const struct tl_smtp_reply *reply)
{
    return reply != NULL && reply->code >= 400;
}

static void clear_envelope(struct tl_dissection *d, struct tl_smtp_flow *f, int64_t ts)
{
    tl_transaction_drop(d, &f->pending, f->pending.first);
    f->envelope_len = 0;
    f->sender_cut = f->recipients_cut = f->stale = f->open = false;
    f->rcpts = f->accepted = 0;
    f->declared = UINT64_MAX;
    f->ts = ts;
}

/* The client gave up the envelope: it gets a record, with the last reply before the command that gave it up. */
static void give_up_envelope(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    bool sender = f->sender_cut || (f->pending.first != 0 && tl_transaction_has(d, f->pending.first, MAILFROM));
    if (f->stale || !f->started || (!sender && f->accepted == 0)) /* a refused RCPT without MAIL is no envelope */
        return;
    emit(d, f, NULL, false, f->ts, UINT64_MAX, false);
    clear_envelope(d, f, 0);
    f->started = false;
}

/* Returns whether a command ends the transaction without a message (RFC 5321 section 4.1.4). */
static bool gives_up(const struct tl_smtp_flow *f, const struct tl_smtp_command *c, const struct tl_smtp_reply *reply)
{
    return c->kind == TL_SMTP_RSET || ((c->kind == TL_SMTP_HELLO || c->kind == TL_SMTP_LHLO) && !refused(reply)) ||
           (c->kind == TL_SMTP_MAIL && !(f->open && refused(reply)));
}

/* Stores the sender or one more recipient. */
static bool put_address(struct tl_dissection *d, struct tl_smtp_flow *f, unsigned field, struct tl_bytes text)
{
    const uint32_t head = 4;
    if (f->rcpts == TL_SMTP_RECIPIENTS || f->envelope_len + text.len + head > TL_SMTP_ENVELOPE)
        return false;
    uint32_t t = f->pending.first;
    if (t == 0)
        t = tl_transaction_begin(d, &f->pending, &tl_smtp_record_def, 0, f->ts, 0, ENVELOPE_ROOM);
    if (t == 0 || !tl_transaction_add_text(d, &f->pending, &t, field, text, TL_SMTP_TEXT))
        return false;
    f->envelope_len += text.len + head;
    return true;
}

static void to_envelope(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *c,
                        unsigned field)
{
    struct tl_bytes text = c->text != 0 ? tl_kept(d, c->text) : (struct tl_bytes){ (const uint8_t *)"", 0 };
    bool fits = !(c->lost && c->text == 0) && put_address(d, f, field, text);
    if (c->lost || !fits)
        *(field == MAILFROM ? &f->sender_cut : &f->recipients_cut) = true;
    if (field == RCPTTO && fits)
        f->rcpts++;
}

static void apply_envelope(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *c,
                           const struct tl_smtp_reply *reply)
{
    if (c->kind == TL_SMTP_MAIL) {
        if (f->open && refused(reply)) /* one transaction at a time: the first continues */
            return;
        clear_envelope(d, f, c->ts);
        to_envelope(d, f, c, MAILFROM);
        f->declared = c->size;
        f->open = !refused(reply);
    } else {
        if (f->stale || !f->started)
            clear_envelope(d, f, c->ts);
        to_envelope(d, f, c, RCPTTO);
        if (!refused(reply) && f->accepted < TL_SMTP_RECIPIENTS)
            f->accepted++;
    }
    f->started = true;
}

static void apply_end(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *c,
                      const struct tl_smtp_reply *reply)
{
    struct tl_mail *m = c->text != 0 ? (struct tl_mail *)(void *)tl_kept_mine(d, c->text) : NULL;
    emit(d, f, m, c->lost, f->started ? f->ts : c->ts, c->size, c->chunks);
    if (m != NULL)
        tl_mail_free(d, m);
    f->messages += reply != NULL && reply->code / 100 == 2;
    clear_envelope(d, f, 0);
    f->started = f->data_refused = f->blind_354 = false;
    f->stale = true;
}

static void replace(struct tl_dissection *d, uint32_t *handle, uint32_t *with)
{
    forget(d, handle);
    *handle = *with;
    *with = 0;
}

static void take_reply(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_smtp_reply *reply)
{
    f->reply_cut = reply->cut;
    replace(d, &f->last_reply, &reply->text);
}

/* AUTH, or a response after it. A login has its verdict with the first reply that is no challenge (334). */
static void apply_login(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *c,
                        const struct tl_smtp_reply *reply)
{
    struct tl_bytes text = c->text != 0 ? tl_kept(d, c->text) : tl_bytes_of("", 0);
    const uint8_t *space = text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;
    uint32_t method = space != NULL ? (uint32_t)(space - text.data) : text.len;
    if (c->begins) {
        tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
        f->login = tl_login_begin(d, f->lmtp ? "lmtp" : "smtp", c->ts);
    }
    tl_login_method(d, f->login, (struct tl_bytes){ text.data, method });
    if (space != NULL)
        tl_login_user(d, f->login, (struct tl_bytes){ space + 1, text.len - method - 1 });
    if (c->secret != 0)
        tl_login_secret(d, f->login, tl_kept(d, c->secret), false);
    if (reply != NULL && reply->code / 100 != 3)
        tl_login_end(d, &f->login, tl_login_result_of(true, reply->code / 100 == 2));
}

/* Applies a finished command; reply NULL: there was no reply. */
static void apply(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_smtp_command *c,
                  struct tl_smtp_reply *reply)
{
    if (gives_up(f, c, reply))
        give_up_envelope(d, f);
    if (reply != NULL)
        take_reply(d, f, reply);
    f->paired = true;
    switch (c->kind) {
    case TL_SMTP_HELLO:
    case TL_SMTP_LHLO:
        f->helo_cut = c->lost;
        replace(d, &f->helo, &c->text);
        f->lmtp = c->kind == TL_SMTP_LHLO;
        f->stale |= !refused(reply);
        f->open &= refused(reply);
        break;
    case TL_SMTP_RSET:
        f->stale = true;
        f->open = false;
        break;
    case TL_SMTP_MAIL:
    case TL_SMTP_RCPT:
        apply_envelope(d, f, c, reply);
        break;
    case TL_SMTP_DATA:
        f->data_refused = refused(reply);
        break;
    case TL_SMTP_END:
        apply_end(d, f, c, reply);
        break;
    case TL_SMTP_AUTH:
        apply_login(d, f, c, reply);
        if (c->text != 0 || c->lost) {
            f->auth_cut = c->lost;
            replace(d, &f->auth, &c->text);
        }
        break;
    case TL_SMTP_STARTTLS:
        f->tls |= reply != NULL && reply->code == 220;
        if (!f->started)
            clear_envelope(d, f, c->ts);
        f->started = true;
        break;
    default:
        break;
    }
    forget(d, &c->text);
    forget(d, &c->secret);
}

/* Applies a reply without a command. If no client bytes were seen, 354 and the reply after it still show a message. */
static void apply_alone(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_smtp_reply *reply)
{
    bool end = f->alone_354 && reply->code != 354;
    take_reply(d, f, reply);
    if (f->paired)
        return;
    f->alone_354 = reply->code == 354;
    if (!end)
        return;
    f->declared = UINT64_MAX;
    emit(d, f, NULL, false, d->frame->ts, UINT64_MAX, false);
    f->messages += reply->code / 100 == 2;
}

/* --- pairing --- */

static uint32_t waiting(const struct tl_smtp_queue *q)
{
    return q->items.len - q->head;
}

static bool put(struct tl_dissection *d, struct tl_smtp_queue *q, const void *item, uint32_t size)
{
    const uint32_t most = TL_SMTP_WAITING * 2 * size;
    if (q->head == q->items.len) {
        q->head = q->items.len = 0;
    } else if (q->items.len + size > most) {
        uint8_t *p = tl_kept_mine(d, q->items.handle);
        memmove(p, p + q->head, waiting(q));
        q->items.len -= q->head;
        q->head = 0;
    }
    return tl_kept_append(d, &q->items, item, size, most);
}

static void take(const struct tl_dissection *d, struct tl_smtp_queue *q, void *item, uint32_t size)
{
    memcpy(item, tl_kept(d, q->items.handle).data + q->head, size);
    q->head += size;
}

static void look(const struct tl_dissection *d, const struct tl_smtp_queue *q, void *item, uint32_t size)
{
    memcpy(item, tl_kept(d, q->items.handle).data + q->head, size);
}

/* Some codes answer only one command. */
static bool is_plausible(unsigned kind, unsigned code)
{
    if (code >= 400)
        return true;
    switch (code) {
    case 354:
        return kind == TL_SMTP_DATA;
    case 334:
    case 235:
        return kind == TL_SMTP_AUTH;
    case 221:
        return kind == TL_SMTP_QUIT;
    case 220:
        return kind == TL_SMTP_STARTTLS || kind == TL_SMTP_OTHER;
    default:
        return kind != TL_SMTP_DATA && kind != TL_SMTP_QUIT && kind != TL_SMTP_AUTH && kind != TL_SMTP_STARTTLS;
    }
}

enum verdict { PAIR, DROP_REPLY, SKIP_COMMAND };

/* Reads only the heads of the two queues, so the result does not depend on which side was seen first. */
static enum verdict judge(struct tl_smtp_flow *f, const struct tl_smtp_command *c, const struct tl_smtp_reply *reply)
{
    if (!f->greeted) {
        f->greeted = true;
        if ((reply->code == 220 && c->kind != TL_SMTP_STARTTLS) || (reply->code >= 400 && c->kind == TL_SMTP_QUIT))
            return DROP_REPLY;
        f->commands_lost = true; /* seen from the middle: it may answer an unseen command */
    }
    f->commands_lost |= c->behind_gap;
    f->replies_lost |= reply->behind_gap;
    if (c->blind && !f->blind_354) {
        f->blind_354 = reply->code == 354;
        return DROP_REPLY;
    }
    if (is_plausible(c->kind, reply->code)) {
        if (reply->code == 354 || reply->code == 235 || reply->code == 221)
            f->commands_lost = f->replies_lost = false;
        return PAIR;
    }
    return f->commands_lost ? DROP_REPLY : f->replies_lost ? SKIP_COMMAND : PAIR;
}

bool tl_smtp_data_accepted(const struct tl_smtp_flow *f)
{
    return waiting(&f->commands) == 0 && !f->data_refused;
}

/* Returns whether the client sends text although DATA was refused. */
static bool sends_refused_text(const struct tl_smtp_flow *f)
{
    return f->data_refused && (f->state == TL_SMTP_MESSAGE || f->state == TL_SMTP_MESSAGE_LINES);
}

/* The reply to a line of refused text whose end has not come yet. Such replies do not wait: there can be thousands. */
static bool is_reply_to_text(struct tl_smtp_flow *f, const struct tl_smtp_reply *reply)
{
    bool next = waiting(&f->commands) == 0 && waiting(&f->waiting_replies) == 0; /* nothing stands before it */
    if (reply->code / 100 != 5 || !next || !sends_refused_text(f))
        return false;
    f->answered_lines = (uint16_t)(f->answered_lines + (f->answered_lines < UINT16_MAX));
    return true;
}

/* Its record has the refusal of DATA as the last reply. */
static void end_refused_text(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_smtp_command *c)
{
    uint16_t answered = f->answered_lines < c->lines ? f->answered_lines : c->lines;
    apply(d, f, c, NULL);
    f->refused_lines = c->lines == UINT16_MAX ? UINT16_MAX : (uint16_t)(c->lines - answered);
    f->answered_lines = 0;
}

/*
 * Text after a refused DATA: the server read its lines as commands, and sent a 5xx for each. Others ended at the lone
 * dot, and sent no reply. Removes the next reply if it is one of these (it is the head, c the next command), which are
 * not the last reply of any record.
 */
static bool drop_reply_to_text(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *c)
{
    struct tl_smtp_reply reply;
    if (f->refused_lines == 0)
        return false;
    look(d, &f->waiting_replies, &reply, sizeof reply);
    if (reply.code / 100 != 5 && is_plausible(c->kind, reply.code)) {
        f->refused_lines = 0;
        return false;
    }
    take(d, &f->waiting_replies, &reply, sizeof reply);
    forget(d, &reply.text);
    if (f->refused_lines < UINT16_MAX)
        f->refused_lines--;
    return true;
}

static void settle(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    struct tl_smtp_command c;
    struct tl_smtp_reply reply;
    while (waiting(&f->commands) > 0) {
        look(d, &f->commands, &c, sizeof c);
        if (c.kind == TL_SMTP_END && f->data_refused && !c.chunks) { /* no side treated it as a message */
            take(d, &f->commands, &c, sizeof c);
            tl_weird(d, SMTP_WEIRD_TEXT_REFUSED, (struct tl_bytes){ NULL, 0 });
            end_refused_text(d, f, &c);
            continue;
        }
        if (waiting(&f->waiting_replies) == 0)
            return;
        if (drop_reply_to_text(d, f, &c))
            continue;
        look(d, &f->waiting_replies, &reply, sizeof reply);
        enum verdict verdict = judge(f, &c, &reply);
        if (verdict == PAIR && c.kind == TL_SMTP_END && f->lmtp && f->accepted > 1) { /* RFC 2033: one per recipient */
            f->accepted--;
            verdict = DROP_REPLY;
        }
        if (verdict != SKIP_COMMAND)
            take(d, &f->waiting_replies, &reply, sizeof reply);
        if (verdict != DROP_REPLY)
            take(d, &f->commands, &c, sizeof c);
        if (verdict == DROP_REPLY)
            take_reply(d, f, &reply);
        else
            apply(d, f, &c, verdict == PAIR ? &reply : NULL);
    }
}

bool tl_smtp_give_up_oldest(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    struct tl_smtp_command oldest;
    if (waiting(&f->commands) == 0)
        return false;
    take(d, &f->commands, &oldest, sizeof oldest);
    apply(d, f, &oldest, NULL);
    f->replies_lost = true;
    return true;
}

void tl_smtp_add_command(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_command *command)
{
    struct tl_smtp_command c = *command;
    f->paired = true;
    if (waiting(&f->commands) / sizeof c >= TL_SMTP_WAITING)
        tl_smtp_give_up_oldest(d, f);
    if (!put(d, &f->commands, &c, sizeof c)) { /* no memory: processes them in order, without replies */
        while (tl_smtp_give_up_oldest(d, f))
            ;
        apply(d, f, &c, NULL);
        f->replies_lost = true;
    }
    settle(d, f);
}

void tl_smtp_add_reply(struct tl_dissection *d, struct tl_smtp_flow *f, const struct tl_smtp_reply *reply)
{
    struct tl_smtp_reply r = *reply;
    if (is_reply_to_text(f, &r)) {
        forget(d, &r.text);
        return;
    }
    if (waiting(&f->waiting_replies) / sizeof r >= TL_SMTP_WAITING) {
        struct tl_smtp_reply oldest;
        take(d, &f->waiting_replies, &oldest, sizeof oldest);
        apply_alone(d, f, &oldest);
        f->commands_lost = f->greeted = true;
    }
    if (!put(d, &f->waiting_replies, &r, sizeof r)) {
        apply_alone(d, f, &r);
        f->commands_lost = f->greeted = true;
    }
    settle(d, f);
}

void tl_smtp_end_session(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    struct tl_smtp_command c;
    struct tl_smtp_reply reply;
    while (waiting(&f->commands) > 0) {
        take(d, &f->commands, &c, sizeof c);
        apply(d, f, &c, NULL);
    }
    while (waiting(&f->waiting_replies) > 0) {
        take(d, &f->waiting_replies, &reply, sizeof reply);
        if (reply.code / 100 == 5 && (f->refused_lines > 0 || sends_refused_text(f)))
            forget(d, &reply.text);
        else
            apply_alone(d, f, &reply);
    }
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
    bool unfinished = f->state == TL_SMTP_MESSAGE || f->state == TL_SMTP_MESSAGE_LINES || f->state == TL_SMTP_CHUNK ||
                      f->chunks;
    struct tl_mail *m = f->mail != 0 ? (struct tl_mail *)(void *)tl_kept_mine(d, f->mail) : NULL;
    f->tls |= f->state == TL_SMTP_TLS || f->reply_state == TL_SMTP_TLS;
    if (m != NULL)
        tl_mail_end(d, m);
    if (!f->started && (unfinished || f->tls))
        f->ts = unfinished ? f->mail_ts : d->frame->ts;
    if (!f->started)
        f->declared = UINT64_MAX;
    if (f->started || unfinished || f->tls)
        emit(d, f, m, unfinished, f->ts, unfinished ? (m != NULL ? m->size : f->size) : UINT64_MAX, f->chunks);
    if (m != NULL)
        tl_mail_free(d, m);
    forget(d, &f->mail);
    forget(d, &f->helo);
    forget(d, &f->auth);
    forget(d, &f->last_reply);
    tl_transaction_drop(d, &f->pending, f->pending.first);
    tl_kept_clear(d, &f->commands.items);
    tl_kept_clear(d, &f->waiting_replies.items);
}
