/* irc.c - Internet Relay Chat (RFC 1459, RFC 2812). */
#include "core/base64.h"
#include "core/channel.h"
#include "core/transaction.h"
#include "dissectors/irc/irc_dcc.h"
#include "dissectors/login.h"
#include "dissectors/mail/mail_sasl.h"
#include "dissectors/text_fields.h"

enum {
    REQUEST, REQ_PREFIX, REQ_COMMAND, REQ_PARAM, REQ_TRAILER, RESPONSE, RESP_PREFIX, RESP_COMMAND, RESP_NUM, RESP_PARAM,
    RESP_TRAILER, FIELDS
};

static const struct tl_field fields[FIELDS] = {
    [REQUEST] = { "irc.request", "Request", .type = TL_TEXT, .help = "PASS, OPER, AUTHENTICATE: only the command" },
    [REQ_PREFIX] = { "irc.request.prefix", "Prefix", .type = TL_TEXT },
    [REQ_COMMAND] = { "irc.request.command", "Command", .type = TL_TEXT },
    [REQ_PARAM] = { "irc.request.command_parameter", "Parameter", .type = TL_TEXT, .flags = TL_REPEATS },
    [REQ_TRAILER] = { "irc.request.trailer", "Trailer", .type = TL_TEXT },
    [RESPONSE] = { "irc.response", "Response", .type = TL_TEXT },
    [RESP_PREFIX] = { "irc.response.prefix", "Prefix", .type = TL_TEXT },
    [RESP_COMMAND] = { "irc.response.command", "Command", .type = TL_TEXT },
    [RESP_NUM] = { "irc.response.num_command", "Number", .type = TL_U16 },
    [RESP_PARAM] = { "irc.response.command_parameter", "Parameter", .type = TL_TEXT, .flags = TL_REPEATS },
    [RESP_TRAILER] = { "irc.response.trailer", "Trailer", .type = TL_TEXT },
};

struct irc_record {
    struct tl_record r;
    struct tl_bytes nick, user;
    const char *command;
    struct tl_bytes value, addl, file_name, fuid;
    const char *mime_type;
    uint64_t file_size;
};
enum { R_NICK, R_USER, R_COMMAND, R_VALUE, R_ADDL, R_FILE_NAME, R_FILE_SIZE, R_MIME_TYPE, R_FUID };
#define F(index, member, key, kind, help) TL_FIELD(struct irc_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_NICK, nick, "nick", TL_REC_TEXT, "Nickname before this command"),
    F(R_USER, user, "user", TL_REC_TEXT, "User before this command"),
    F(R_COMMAND, command, "command", TL_REC_TOKEN, "NICK, USER, JOIN or DCC"),
    F(R_VALUE, value, "value", TL_REC_TEXT, "The new nickname, the user, the channel; DCC: who is offered the file"),
    F(R_ADDL, addl, "addl", TL_REC_TEXT, "USER: host, server and real name; JOIN: <hidden> for a key"),
    F(R_FILE_NAME, file_name, "dcc_file_name", TL_REC_TEXT, "File that a client offers another one (DCC SEND)"),
    F(R_FILE_SIZE, file_size, "dcc_file_size", TL_REC_COUNT, "Its size in bytes, as it was offered"),
    F(R_MIME_TYPE, mime_type, "dcc_mime_type", TL_REC_TOKEN, "Its media type, told by its first bytes; see `fuid`"),
    F(R_FUID, fuid, "fuid", TL_REC_TEXT,
      "The file in files records, where these are written: it is found if it passes between the two hosts of this "
      "flow"),
};
#undef F
static const struct tl_record_def irc_record_def =
    TL_RECORD_DEF("irc", record_fields, "NICK, USER or JOIN of an IRC client, or a file that one offers",
                  .summary = { "nick", "command", "value", "addl", "dcc_file_name" });

enum { LINE = 2048, NAME = 64, PARAMS = 15, HOLD = 64 << 10, USER_TEXT = 256, SASL_LINE = 400 /* in base64 */ };
enum { OFFERS = 8 }; /* kept at one time */
/* PASS, AUTHENTICATE; OPER, of which several may wait for their answers, which come in order */
enum { OPERS = 4 };
enum { LOGIN_PASS, LOGIN_SASL, LOGIN_OPER, LOGINS = LOGIN_OPER + OPERS };

struct flow {
    char nick[NAME], user[NAME];
    uint32_t nick_len, user_len;
    uint16_t server_port; /* 0: not known */
    bool confirmed, skip[2];
    bool starttls;
    uint32_t logins[LOGINS]; /* that wait for their answer; 0: none; of OPER the oldest first */
    uint8_t opers_gone;      /* OPER that were written without their answers, which are still to come */
    struct tl_sasl sasl;
    /* Of the last file that the client, and then another one, offered to send itself. */
    uint8_t token_len[2], token[2][TL_DCC_TOKEN];
    uint32_t offers[OFFERS]; /* kept: files that were offered and are not recorded yet, oldest first; 0: none */
};

/* In kept bytes. The names are those that the client had at the time. */
struct offer {
    struct tl_dcc dcc;
    uint8_t to_len, nick_len, user_len;
    uint8_t to[NAME], nick[NAME], user[NAME];
};

struct line {
    struct tl_bytes prefix, command, params[PARAMS], trailer;
    unsigned count;
    bool has_trailer;
};

static const struct tl_want want_line = { TL_WANT_LINE, LINE, NULL };

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static struct tl_bytes take_word(struct tl_bytes *text)
{
    uint32_t from = 0;
    while (from < text->len && text->data[from] == ' ')
        from++;
    uint32_t to = from;
    while (to < text->len && text->data[to] != ' ')
        to++;
    struct tl_bytes word = { text->data + from, to - from };
    *text = (struct tl_bytes){ text->data + to, text->len - to };
    return word;
}

/* RFC 2812 section 2.3.1; tags of IRCv3 in front are passed over. */
static void parse(struct tl_bytes text, struct line *l)
{
    memset(l, 0, sizeof *l);
    if (text.len > 0 && text.data[0] == '@')
        (void)take_word(&text);
    while (text.len > 0 && text.data[0] == ' ')
        text = (struct tl_bytes){ text.data + 1, text.len - 1 };
    if (text.len > 0 && text.data[0] == ':') {
        l->prefix = take_word(&text);
        l->prefix.data++;
        l->prefix.len--;
    }
    l->command = take_word(&text);
    while (text.len > 0 && l->count < PARAMS) {
        uint32_t i = 0;
        while (i < text.len && text.data[i] == ' ')
            i++;
        if (i < text.len && text.data[i] == ':') {
            l->has_trailer = true;
            l->trailer = (struct tl_bytes){ text.data + i + 1, text.len - i - 1 };
            return;
        }
        struct tl_bytes word = take_word(&text);
        if (word.len > 0)
            l->params[l->count++] = word;
    }
}

static void note(struct tl_dissection *d, unsigned field, struct tl_bytes text, bool secret)
{
    if (text.len == 0)
        return;
    if (secret)
        tl_add_secret(d, field, (uint32_t)(text.data - d->c.base), text.len, TL_SECRET_WHOLE);
    else
        tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
}

/* Messages to services that log in have a password too. */
static bool is_secret(const struct line *l)
{
    if (tl_text_is(l->command, "pass") || tl_text_is(l->command, "oper") || tl_text_is(l->command, "authenticate") ||
        tl_text_is(l->command, "nickserv") || tl_text_is(l->command, "ns") || tl_text_is(l->command, "webirc"))
        return true;
    return tl_text_is(l->command, "privmsg") && l->count > 0 && l->params[0].len >= 8 &&
           tl_text_is(tl_bytes_of(l->params[0].data, 8), "nickserv");
}

static struct irc_record record_of(struct tl_bytes nick, struct tl_bytes user, const char *command,
                                   struct tl_bytes value)
{
    struct irc_record r = { .nick = nick, .user = user, .command = command, .value = value };
    r.r.set = UINT64_C(1) << R_COMMAND | UINT64_C(1) << R_VALUE;
    if (nick.len > 0)
        tl_record_set(&r.r, R_NICK);
    if (user.len > 0)
        tl_record_set(&r.r, R_USER);
    return r;
}

static void emit(struct tl_dissection *d, const struct flow *f, const char *command, struct tl_bytes value,
                 struct tl_bytes addl, bool masked)
{
    struct irc_record r = record_of(tl_bytes_of(f->nick, f->nick_len), tl_bytes_of(f->user, f->user_len), command,
                                    value);
    r.r.ts = d->frame->ts;
    r.addl = addl;
    if (addl.len > 0)
        tl_record_set(&r.r, R_ADDL);
    if (masked)
        r.r.masked = UINT64_C(1) << R_ADDL;
    tl_emit(d, &irc_record_def, &r.r);
}

static struct tl_bytes param(const struct line *l, unsigned i)
{
    return i < l->count ? l->params[i] : i == l->count && l->has_trailer ? l->trailer : tl_bytes_of("", 0);
}

static uint32_t remember(char to[NAME], struct tl_bytes text)
{
    uint32_t n = text.len < NAME ? text.len : NAME;
    memcpy(to, text.data, n);
    return n;
}

static void user(struct tl_dissection *d, struct flow *f, const struct line *l)
{
    char text[USER_TEXT];
    uint32_t n = 0;
    for (unsigned i = 1; i < 4; i++) {
        struct tl_bytes p = param(l, i);
        uint32_t most = USER_TEXT - n - 1, len = p.len < most ? p.len : most;
        if (i > 1 && n < USER_TEXT - 1)
            text[n++] = ' ';
        if (len > USER_TEXT - n)
            len = USER_TEXT - n;
        memcpy(text + n, p.data, len);
        n += len;
    }
    emit(d, f, "USER", param(l, 0), tl_bytes_of(text, n), false);
    f->user_len = remember(f->user, param(l, 0));
}

static struct tl_bytes take_item(struct tl_bytes *list)
{
    const uint8_t *comma = list->len > 0 ? memchr(list->data, ',', list->len) : NULL;
    uint32_t n = comma != NULL ? (uint32_t)(comma - list->data) : list->len;
    struct tl_bytes item = { list->data, n };
    n += comma != NULL;
    *list = (struct tl_bytes){ list->data + n, list->len - n };
    return item;
}

static void join(struct tl_dissection *d, const struct flow *f, const struct line *l)
{
    struct tl_bytes channels = param(l, 0), keys = param(l, 1);
    for (unsigned i = 0; channels.len > 0 && i < 32; i++) {
        struct tl_bytes channel = take_item(&channels), key = take_item(&keys);
        emit(d, f, "JOIN", channel, key, key.len > 0);
    }
}

/* --- logins: PASS, OPER (RFC 2812 sections 3.1.1, 3.1.4), AUTHENTICATE (IRCv3 SASL) --- */

static uint32_t begin_login(struct tl_dissection *d, struct flow *f, unsigned which, struct tl_bytes method)
{
    tl_login_end(d, &f->logins[which], TL_LOGIN_UNANSWERED);
    f->logins[which] = tl_login_begin(d, "irc", d->frame->ts);
    tl_login_method(d, f->logins[which], method);
    return f->logins[which];
}

/* Of more OPER than can wait the oldest is written without its answer. */
static uint32_t begin_oper(struct tl_dissection *d, struct flow *f)
{
    unsigned at = LOGIN_OPER;
    while (at < LOGINS && f->logins[at] != 0)
        at++;
    if (at == LOGINS) {
        tl_login_end(d, &f->logins[LOGIN_OPER], TL_LOGIN_UNANSWERED);
        memmove(f->logins + LOGIN_OPER, f->logins + LOGIN_OPER + 1, (OPERS - 1) * sizeof f->logins[0]);
        f->logins[--at] = 0;
        if (f->opers_gone < UINT8_MAX)
            f->opers_gone++;
    }
    return begin_login(d, f, at, tl_login_word("OPER"));
}

/* Of what is no name of a mechanism the first line was not seen: it is a response, so a secret. */
static bool is_mechanism(struct tl_bytes text)
{
    static const char *const names[] = { "plain", "login", "external", "anonymous", "cram-md5", "digest-md5", "gssapi",
                                         "scram-sha-1", "scram-sha-256", "scram-sha-256-plus", "scram-sha-512",
                                         "ecdsa-nist256p-challenge", "dh-blowfish", "dh-aes", "oauthbearer", "xoauth2" };
    for (unsigned i = 0; i < TL_COUNT(names); i++)
        if (tl_text_is(text, names[i]))
            return true;
    return false;
}

static void authenticate(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    uint8_t room[SASL_LINE / 4 * 3 + 3];
    struct tl_base64 state = { 0 };
    struct tl_bytes secret = { NULL, 0 };
    if (f->logins[LOGIN_SASL] == 0) {
        if (!is_mechanism(text))
            return;
        tl_sasl_begin(&f->sasl, text, (struct tl_bytes){ NULL, 0 });
        (void)begin_login(d, f, LOGIN_SASL, tl_bytes_of(f->sasl.name, f->sasl.len));
        return;
    }
    bool first = !f->sasl.begun;
    if (!tl_sasl_response(&f->sasl, text) || text.len > SASL_LINE)
        return;
    uint32_t n = tl_base64_decode(&state, text, room);
    tl_login_user(d, f->logins[LOGIN_SASL], tl_sasl_user(&f->sasl, tl_bytes_of(room, n), first, &secret));
    tl_login_secret(d, f->logins[LOGIN_SASL], secret, false);
}

static void log_in(struct tl_dissection *d, struct flow *f, const struct line *l)
{
    if (tl_text_is(l->command, "pass")) {
        tl_login_secret(d, begin_login(d, f, LOGIN_PASS, tl_login_word("PASS")), param(l, 0), false);
    } else if (tl_text_is(l->command, "oper")) {
        uint32_t login = begin_oper(d, f);
        tl_login_user(d, login, param(l, 0));
        tl_login_secret(d, login, param(l, 1), false);
    } else if (tl_text_is(l->command, "authenticate")) {
        authenticate(d, f, param(l, 0));
    } else if (tl_text_is(l->command, "user") || (tl_text_is(l->command, "nick") && f->user_len == 0)) {
        tl_login_user(d, f->logins[LOGIN_PASS], param(l, 0));
    }
}

/* What a server's reply says of the logins. */
static void settle_logins(struct tl_dissection *d, struct flow *f, unsigned number)
{
    static const struct {
        uint16_t number;
        uint8_t which;
        bool granted;
    } replies[] = {
        { 1, LOGIN_PASS, true },    { 464, LOGIN_OPER, false },  { 464, LOGIN_PASS, false }, { 381, LOGIN_OPER, true },
        { 491, LOGIN_OPER, false }, { 900, LOGIN_SASL, true },   { 903, LOGIN_SASL, true },  { 902, LOGIN_SASL, false },
        { 904, LOGIN_SASL, false }, { 905, LOGIN_SASL, false },  { 906, LOGIN_SASL, false },
    };
    for (unsigned i = 0; i < TL_COUNT(replies); i++) {
        if (replies[i].number == number && f->logins[replies[i].which] != 0) {
            if (replies[i].which == LOGIN_OPER && f->opers_gone > 0) {
                f->opers_gone--;
                return;
            }
            tl_login_end(d, &f->logins[replies[i].which], replies[i].granted ? TL_LOGIN_GRANTED : TL_LOGIN_REFUSED);
            if (replies[i].which == LOGIN_OPER) {
                memmove(f->logins + LOGIN_OPER, f->logins + LOGIN_OPER + 1, (OPERS - 1) * sizeof f->logins[0]);
                f->logins[LOGINS - 1] = 0;
            }
            return;
        }
    }
}

/* ngircd has no number for a wrong password: "ERROR :Access denied: Bad password?" ends the connection. */
static void settle_error(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    for (uint32_t i = 0; i + 12 <= text.len; i++) {
        if (tl_text_is(tl_bytes_of(text.data + i, 12), "bad password")) {
            tl_login_end(d, &f->logins[LOGIN_PASS], TL_LOGIN_REFUSED);
            return;
        }
    }
}

/* --- files --- */

static void emit_offer(struct tl_dissection *d, const struct offer *offer, const struct tl_carried *file)
{
    struct irc_record r = record_of(tl_bytes_of(offer->nick, offer->nick_len),
                                    tl_bytes_of(offer->user, offer->user_len), "DCC",
                                    tl_bytes_of(offer->to, offer->to_len));
    r.r.ts = offer->dcc.ts;
    r.file_name = tl_bytes_of(offer->dcc.name, offer->dcc.name_len);
    tl_record_set(&r.r, R_FILE_NAME);
    r.file_size = offer->dcc.size;
    if (offer->dcc.has_size)
        tl_record_set(&r.r, R_FILE_SIZE);
    if (file != NULL) {
        r.fuid = tl_bytes_of(file->fuid, strlen(file->fuid));
        tl_record_set(&r.r, R_FUID);
        r.mime_type = file->mime_type;
        if (file->mime_type != NULL)
            tl_record_set(&r.r, R_MIME_TYPE);
    }
    tl_emit(d, &irc_record_def, &r.r);
}

/* Records the offers whose file passed or passes. all: the others too, for no more is known of them. */
static void settle_offers(struct tl_dissection *d, struct flow *f, bool all)
{
    unsigned left = 0;
    for (unsigned i = 0; i < OFFERS && f->offers[i] != 0; i++) {
        uint32_t handle = f->offers[i];
        const struct offer *offer = (const void *)tl_kept(d, handle).data;
        struct tl_carried file;
        bool carried = tl_carried(d, offer->dcc.port, &file);
        f->offers[i] = 0;
        if (!carried && !all) {
            f->offers[left++] = handle;
            continue;
        }
        emit_offer(d, offer, carried ? &file : NULL);
        tl_forget(d, handle);
    }
}

/*
 * Passive DCC: the receiver of a file listens, and answers the sender's offer with its token. Returns whether this side
 * got an offer with the token of this answer. Without one the answer is not believed.
 */
static bool was_asked(struct flow *f, const struct tl_dcc *dcc, bool from_server)
{
    if (!dcc->connector_sends)
        return true;
    if (dcc->port == 0) {
        f->token_len[from_server] = dcc->token_len;
        memcpy(f->token[from_server], dcc->token, dcc->token_len);
        return true;
    }
    return f->token_len[!from_server] == dcc->token_len &&
           memcmp(f->token[!from_server], dcc->token, dcc->token_len) == 0;
}

/*
 * Makes room for an offer. An earlier one of another file at the same place counts no more: it is recorded. Returns
 * false if another host waits at the same port: files are found by their ports.
 */
static bool make_way(struct tl_dissection *d, struct flow *f, const struct offer *offer)
{
    unsigned left = 0;
    bool alone = true;
    for (unsigned i = 0; i < OFFERS && f->offers[i] != 0; i++) {
        uint32_t handle = f->offers[i];
        const struct offer *old = (const void *)tl_kept(d, handle).data;
        bool same_end = tl_dcc_same_end(&old->dcc, &offer->dcc);
        bool same_file = old->dcc.size == offer->dcc.size && old->dcc.has_size == offer->dcc.has_size &&
                         old->dcc.connector_sends == offer->dcc.connector_sends &&
                         old->dcc.name_len == offer->dcc.name_len &&
                         memcmp(old->dcc.name, offer->dcc.name, old->dcc.name_len) == 0;
        alone &= same_end || old->dcc.port != offer->dcc.port;
        f->offers[i] = 0;
        if (!same_end || same_file) {
            f->offers[left++] = handle;
            continue;
        }
        emit_offer(d, old, NULL);
        tl_forget(d, handle);
    }
    return alone;
}

/* A message may offer a file. The record of one whose flow can be seen waits for it. */
static void take_offer(struct tl_dissection *d, struct flow *f, const struct line *l, bool from_server)
{
    struct offer offer = { .to_len = 0 };
    if (!l->has_trailer || !tl_dcc_read(l->trailer, &offer.dcc))
        return;
    offer.dcc.ts = d->frame->ts;
    offer.to_len = (uint8_t)remember((char *)offer.to, param(l, 0));
    offer.nick_len = (uint8_t)remember((char *)offer.nick, tl_bytes_of(f->nick, f->nick_len));
    offer.user_len = (uint8_t)remember((char *)offer.user, tl_bytes_of(f->user, f->user_len));
    bool may = was_asked(f, &offer.dcc, from_server) && make_way(d, f, &offer) && tl_dcc_expect(d, &offer.dcc);
    uint32_t handle = may ? tl_keep(d, &offer, sizeof offer) : 0;
    if (handle == 0) {
        emit_offer(d, &offer, NULL);
        return;
    }
    if (f->offers[OFFERS - 1] != 0)
        settle_offers(d, f, true);
    unsigned at = 0;
    while (f->offers[at] != 0)
        at++;
    f->offers[at] = handle;
}

static void irc_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    for (unsigned i = 0; f != NULL && i < LOGINS; i++)
        tl_login_end(d, &f->logins[i], TL_LOGIN_UNANSWERED);
    if (f != NULL)
        settle_offers(d, f, true);
}

/* Is this parameter of a client's line a secret? The keys of JOIN and of MODE +k are. */
static bool secret_param(const struct line *l, unsigned i)
{
    if (tl_text_is(l->command, "join"))
        return i == 1;
    if (!tl_text_is(l->command, "mode") || i < 2)
        return false;
    return l->count > 1 && memchr(l->params[1].data, 'k', l->params[1].len) != NULL;
}

static struct tl_want client(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    struct line l;
    parse(text, &l);
    bool secret = is_secret(&l), part = false;
    for (unsigned i = 0; i <= l.count; i++)
        part |= secret_param(&l, i) && param(&l, i).len > 0;
    if (secret || part) {
        tl_add_secret(d, REQUEST, (uint32_t)(text.data - d->c.base), text.len, TL_SECRET_WORD);
        tl_hide(d, tl_bytes_of(l.command.data + l.command.len, (size_t)(text.data + text.len - l.command.data - l.command.len)));
    } else {
        note(d, REQUEST, text, false);
    }
    note(d, REQ_PREFIX, l.prefix, false);
    note(d, REQ_COMMAND, l.command, false);
    for (unsigned i = 0; i < l.count; i++)
        note(d, REQ_PARAM, l.params[i], secret || secret_param(&l, i));
    note(d, REQ_TRAILER, l.trailer, secret || secret_param(&l, l.count));
    log_in(d, f, &l);
    if (tl_text_is(l.command, "nick")) {
        emit(d, f, "NICK", param(&l, 0), tl_bytes_of("", 0), false);
        f->nick_len = remember(f->nick, param(&l, 0));
    } else if (tl_text_is(l.command, "user")) {
        user(d, f, &l);
    } else if (tl_text_is(l.command, "join")) {
        join(d, f, &l);
    } else if (tl_text_is(l.command, "privmsg")) {
        take_offer(d, f, &l, false);
    }
    f->starttls = tl_text_is(l.command, "starttls");
    return f->starttls ? (struct tl_want){ TL_WANT_HOLD, HOLD, NULL } : want_line;
}

static struct tl_want server(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    struct line l;
    parse(text, &l);
    unsigned number = 0;
    bool numeric = l.command.len == 3;
    for (uint32_t i = 0; i < l.command.len && numeric; i++) {
        numeric = l.command.data[i] >= '0' && l.command.data[i] <= '9';
        number = number * 10 + (unsigned)(l.command.data[i] - '0');
    }
    note(d, RESPONSE, text, false);
    note(d, RESP_PREFIX, l.prefix, false);
    if (numeric)
        settle_logins(d, f, number);
    if (numeric)
        tl_add(d, RESP_NUM, (uint32_t)(l.command.data - d->c.base), 3, number);
    note(d, RESP_COMMAND, l.command, false);
    for (unsigned i = 0; i < l.count; i++)
        note(d, RESP_PARAM, l.params[i], false);
    note(d, RESP_TRAILER, l.trailer, false);
    if (tl_text_is(l.command, "error"))
        settle_error(d, f, l.trailer);
    if (tl_text_is(l.command, "privmsg"))
        take_offer(d, f, &l, true);
    if (f->starttls && numeric && number == 670) /* RPL_STARTTLS */
        return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
    if (f->starttls && numeric && (number == 691 || number == 421 || number == 451)) {
        f->starttls = false;
        tl_release(d);
    }
    return want_line;
}

/* --- detection --- */

static bool is_client_command(struct tl_bytes word)
{
    static const char *const words[] = { "nick", "user", "pass", "cap", "join", "privmsg", "ping", "pong", "part", "quit",
                                         "mode", "who", "whois", "notice", "topic", "names", "list", "away", "oper",
                                         "userhost", "ison", "motd", "lusers", "starttls", "authenticate", "server" };
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        if (tl_text_is(word, words[i]))
            return true;
    return false;
}

/* A server's line: ":irc.example NOTICE AUTH :..", ":irc.example 001 nick :..", "NOTICE AUTH :..". */
static bool is_server_line(const struct line *l)
{
    if (l->prefix.len == 0)
        return (tl_text_is(l->command, "notice") && l->count > 0 && l->has_trailer) || tl_text_is(l->command, "error") ||
               (tl_text_is(l->command, "ping") && l->has_trailer);
    if (l->command.len == 3 && l->command.data[0] >= '0' && l->command.data[0] <= '9')
        return l->count > 0;
    return tl_text_is(l->command, "notice") || tl_text_is(l->command, "privmsg") || tl_text_is(l->command, "join") ||
           tl_text_is(l->command, "mode") || tl_text_is(l->command, "ping");
}

/* What only a client of IRC begins with: NICK name, CAP LS, USER with four parameters, PASS. */
static bool is_first(const struct line *l, bool home)
{
    if (home && is_client_command(l->command) && l->prefix.len == 0)
        return true;
    if (l->prefix.len > 0)
        return false;
    if (tl_text_is(l->command, "cap"))
        return l->count > 0 && (tl_text_is(l->params[0], "ls") || tl_text_is(l->params[0], "req"));
    if (tl_text_is(l->command, "nick"))
        return l->count == 1 && l->params[0].len > 0 && (l->params[0].data[0] | 0x20) >= 'a';
    return tl_text_is(l->command, "user") && l->count >= 3 && l->has_trailer;
}

static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct flow *f, struct tl_bytes text)
{
    struct line l;
    parse(text, &l);
    bool from_server = is_server_line(&l) && (l.prefix.len > 0 || s->side == 1);
    f->server_port = port_of(d, from_server ? s->side : s->side ^ 1u);
}

static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    if (f->skip[s->side] || text.len == 0) {
        f->skip[s->side] = false;
        tl_skip(d, n);
        return want_line;
    }
    if (f->server_port == 0)
        learn_roles(d, s, f, text);
    bool from_server = d->flow.orig_port == d->flow.resp_port ? s->side == 1 : port_of(d, s->side) == f->server_port;
    if (!f->confirmed && !from_server) {
        f->confirmed = true;
        tl_confirm(d);
    }
    if (f->offers[0] != 0)
        settle_offers(d, f, false);
    tl_message(d);
    struct tl_want want = from_server ? server(d, f, text) : client(d, f, text);
    tl_skip(d, n);
    return want;
}

static struct tl_want irc_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    switch (s->event) {
    case TL_EV_UNIT:
        return unit(d, s, f);
    case TL_EV_GAP:
    case TL_EV_OVERLONG:
        f->skip[s->side] = true;
        tl_skip(d, tl_cursor_left(&d->c));
        return want_line;
    case TL_EV_OPEN:
    case TL_EV_RUN:
        return want_line;
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static enum tl_probe irc_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    struct line l;
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    uint8_t first = p[0] | 0x20;
    bool may = p[0] == ':' || p[0] == '@' || first == 'n' || first == 'u' || first == 'c' || (d->flow.home && first >= 'a' && first <= 'z');
    const uint8_t *lf = may ? memchr(p, '\n', n) : NULL;
    if (lf == NULL)
        return may && n < 512 && d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    parse(tl_without_line_end(tl_bytes_of(p, (size_t)(lf - p) + 1)), &l);
    if (d->flow.home && (is_first(&l, true) || is_server_line(&l)))
        return TL_PROBE_YES;
    return is_first(&l, false) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_irc = {
    .name = "irc",
    .title = "Internet Relay Chat",
    .service = "irc",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    .aliases = { "service:irc" },
    TL_TABLE(fields),
    .records = { &irc_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, 6667 }, { TL_ON_TCP_PORT, 6666 }, { TL_ON_TCP_PORT, 6668 }, { TL_ON_TCP_PORT, 6669 },
            { TL_ON_TCP_PORT, 7000 } },
    .info = "[{request}][{response}]",
    TL_BEGINS("::@@NNnnUUuuCCcc"), .probe = irc_probe,
    .stream = irc_stream,
    .finish = irc_finish,
};
