/*
 * syslog.c - log messages: as programs write them (RFC 3164), with a structure (RFC 5424); over UDP (RFC 5426), and
 * over TCP with a count in front or an end mark behind (RFC 6587).
 */
#include "core/dissect.h"

enum { FACILITY, LEVEL, MSG, SYSLOG_VERSION, HOSTNAME, APPNAME, PROCID, MSGID, FIELDS };

static const char *const facilities[] = {
    "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP",
    "NTP", "AUDIT", "ALERT", "CLOCK", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7",
};
static const char *const severities[] = { "EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG" };
static const struct tl_name facility_names[] = {
    { 0, "KERN" }, { 1, "USER" }, { 2, "MAIL" }, { 3, "DAEMON" }, { 4, "AUTH" }, { 5, "SYSLOG" }, { 6, "LPR" },
    { 7, "NEWS" }, { 8, "UUCP" }, { 9, "CRON" }, { 10, "AUTHPRIV" }, { 11, "FTP" }, { 12, "NTP" }, { 13, "AUDIT" },
    { 14, "ALERT" }, { 15, "CLOCK" }, { 16, "LOCAL0" }, { 17, "LOCAL1" }, { 18, "LOCAL2" }, { 19, "LOCAL3" },
    { 20, "LOCAL4" }, { 21, "LOCAL5" }, { 22, "LOCAL6" }, { 23, "LOCAL7" }, { 0, NULL },
};
static const struct tl_name level_names[] = {
    { 0, "EMERG" }, { 1, "ALERT" }, { 2, "CRIT" }, { 3, "ERR" }, { 4, "WARNING" }, { 5, "NOTICE" }, { 6, "INFO" },
    { 7, "DEBUG" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [FACILITY] = { "syslog.facility", "Facility", .type = TL_U8, .names = facility_names },
    [LEVEL] = { "syslog.level", "Severity", .type = TL_U8, .names = level_names },
    [MSG] = { "syslog.msg", "Message", .type = TL_TEXT },
    [SYSLOG_VERSION] = { "syslog.version", "Version", .type = TL_TEXT, .help = "Of messages with a structure" },
    [HOSTNAME] = { "syslog.hostname", "Host", .type = TL_TEXT },
    [APPNAME] = { "syslog.appname", "Application", .type = TL_TEXT },
    [PROCID] = { "syslog.procid", "Process", .type = TL_TEXT },
    [MSGID] = { "syslog.msgid", "Kind of message", .type = TL_TEXT },
};

/* --- the record --- */

struct syslog_record {
    struct tl_record r;
    const char *proto, *facility, *severity;
    struct tl_bytes message;
};

enum { R_PROTO, R_FACILITY, R_SEVERITY, R_MESSAGE, R_FIELDS };

#define F(index, member, key, kind, help) TL_FIELD(struct syslog_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_PROTO, proto, "proto", TL_REC_TOKEN, "udp or tcp"),
    F(R_FACILITY, facility, "facility", TL_REC_TOKEN, "The part of the system: LOCAL0, .. or UNSPECIFIED"),
    F(R_SEVERITY, severity, "severity", TL_REC_TOKEN, "NOTICE, .. or UNSPECIFIED"),
    F(R_MESSAGE, message, "message", TL_REC_TEXT, "The text behind the priority"),
};
#undef F

static const struct tl_record_def syslog_record_def =
    TL_RECORD_DEF("syslog", record_fields, "A log message", .summary = { "facility", "severity", "message" });

enum {
    PRIORITY_MOST = 191,   /* facility 23, severity 7 (RFC 5424 section 6.2.1) */
    MESSAGE_MOST = 8192,   /* bytes of a message with an end mark */
    COUNTED_MOST = 1 << 16, /* bytes of a message with a count in front */
    RECORD_MOST = 8192,    /* bytes of a message in the record */
    COUNT_DIGITS = 5,
};

struct flow {
    bool confirmed;
    bool skip[2]; /* by side: the rest of a message that is too long or lost in part */
};

/* --- messages --- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Returns the bytes of <N> at the beginning, or 0. */
static uint32_t priority_of(struct tl_bytes text, unsigned *priority)
{
    uint32_t n = 1;
    *priority = 0;
    if (text.len < 3 || text.data[0] != '<')
        return 0;
    while (n < text.len && n < 4 && is_digit(text.data[n]))
        *priority = *priority * 10 + (text.data[n++] - '0');
    return n > 1 && n < text.len && text.data[n] == '>' && *priority <= PRIORITY_MOST ? n + 1 : 0;
}

/*
 * Words of the header (RFC 5424 section 6.2): version, time, host, application, process, kind; `-` is none.
 * The space behind a word tells that it is whole.
 */
static void header(struct tl_dissection *d, struct tl_bytes text)
{
    static const uint8_t words[] = { SYSLOG_VERSION, FIELDS, HOSTNAME, APPNAME, PROCID, MSGID };
    uint32_t at = 0, off = (uint32_t)(text.data - d->c.base);
    for (unsigned i = 0; i < TL_COUNT(words) && at < text.len; i++) {
        const uint8_t *space = memchr(text.data + at, ' ', text.len - at);
        if (space == NULL)
            return;
        uint32_t n = (uint32_t)(space - text.data) - at;
        bool none = n == 1 && text.data[at] == '-';
        if (words[i] != FIELDS && n > 0 && !none)
            tl_add_text(d, words[i], off + at, n + 1, text.data + at, n);
        at += n + 1;
    }
}

/* A message, of which the end may be cut: then its text is not shown, and marked in the record. */
static void message(struct tl_dissection *d, struct tl_bytes text, bool whole, const char *proto)
{
    unsigned priority = 0;
    uint32_t off = (uint32_t)(text.data - d->c.base), n = priority_of(text, &priority);
    struct tl_bytes rest = tl_bytes_of(text.data + n, text.len - n);
    if (n > 0) {
        tl_add(d, FACILITY, off, n, priority >> 3);
        tl_add(d, LEVEL, off, n, priority & 7);
    }
    uint32_t shown = rest.len - (rest.len > 0 && rest.data[rest.len - 1] == '\0'); /* some senders end it with a NUL */
    if (shown > 0 && whole)
        tl_add(d, MSG, off + n, shown, 0);
    if (d->wanted != NULL && rest.len >= 2 && rest.data[0] == '1' && rest.data[1] == ' ')
        header(d, rest);
    struct syslog_record r = { .r = { .ts = d->frame->ts, .set = (UINT64_C(1) << R_FIELDS) - 1 }, .proto = proto,
                               .facility = n > 0 ? facilities[priority >> 3] : "UNSPECIFIED",
                               .severity = n > 0 ? severities[priority & 7] : "UNSPECIFIED", .message = rest };
    if (rest.len > RECORD_MOST)
        r.message.len = RECORD_MOST;
    if (rest.len > RECORD_MOST || !whole)
        r.r.cut = UINT64_C(1) << R_MESSAGE;
    tl_emit(d, &syslog_record_def, &r.r);
}

static enum tl_status syslog_dissect(struct tl_dissection *d)
{
    uint32_t n = tl_cursor_wire_left(&d->c), captured = tl_cursor_left(&d->c);
    message(d, tl_bytes_of(d->c.base + d->c.off, captured), captured == n, "udp");
    tl_confirm(d);
    tl_skip(d, n);
    return tl_next_none(d);
}

/* --- streams --- */

static const struct tl_want some = { TL_WANT_SOME, TL_STREAM_UNIT, NULL };

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static bool is_end(uint8_t c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

/* Reads a count and the space behind it. Returns its bytes; 0: there is none; UINT32_MAX: more bytes may tell. */
static uint32_t count_of(const uint8_t *p, uint32_t left, uint32_t *count)
{
    uint32_t n = 0;
    *count = 0;
    while (n < left && n < COUNT_DIGITS && is_digit(p[n]))
        *count = *count * 10 + (p[n++] - '0');
    if (n == 0 || p[0] == '0')
        return 0;
    if (n == left)
        return UINT32_MAX;
    return p[n] == ' ' ? n + 1 : 0;
}

static void one(struct tl_dissection *d, struct flow *f, uint32_t skip, uint32_t n)
{
    tl_message(d);
    message(d, tl_bytes_of(d->c.base + d->c.off + skip, n), true, "tcp");
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    tl_skip(d, skip + n);
}

/* Reads all whole messages that are there. */
static struct tl_want messages(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    while (tl_cursor_left(&d->c) > 0) {
        uint32_t left = tl_cursor_left(&d->c), count, n = 0;
        const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
        if (is_end(p[0]) && !f->skip[s->side]) { /* of the message before, or CR LF */
            tl_skip(d, 1);
            continue;
        }
        uint32_t digits = f->skip[s->side] ? 0 : count_of(p, left, &count);
        if (digits == UINT32_MAX)
            return bytes(left + 1);
        if (digits > 0 && count > 0 && count <= COUNTED_MOST) {
            if (left < digits + count)
                return bytes(digits + count);
            one(d, f, digits, count);
            continue;
        }
        while (n < left && n < MESSAGE_MOST && !is_end(p[n]))
            n++;
        if (n == left && n < MESSAGE_MOST && !f->skip[s->side])
            return (struct tl_want){ TL_WANT_LINE, MESSAGE_MOST, NULL };
        if (f->skip[s->side])
            tl_skip(d, n);
        else
            one(d, f, 0, n);
        f->skip[s->side] = n == MESSAGE_MOST || n == left;
    }
    return some;
}

static struct tl_want syslog_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    switch (s->event) {
    case TL_EV_OPEN:
        return some;
    case TL_EV_UNIT:
    case TL_EV_OVERLONG:
        return messages(d, s, f);
    case TL_EV_GAP:
        f->skip[s->side] = true;
        return some;
    case TL_EV_END: /* the last message may have no end mark */
        if (!f->skip[s->side] && tl_cursor_left(&d->c) > 0 && *tl_cursor_peek(&d->c, 0, 1) == '<')
            one(d, f, 0, tl_cursor_left(&d->c));
        break;
    case TL_EV_RUN:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

/* --- detection --- */

/* <N> with the version of RFC 5424, or with the name of a month behind it. */
static bool is_message(struct tl_bytes text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    unsigned priority;
    uint32_t n = priority_of(text, &priority);
    if (n == 0 || text.len < n + 4)
        return false;
    if (text.data[n] == '1' && text.data[n + 1] == ' ')
        return is_digit(text.data[n + 2]) || text.data[n + 2] == '-';
    for (unsigned i = 0; i < 36; i += 3) {
        if (memcmp(text.data + n, months + i, 3) == 0)
            return text.data[n + 3] == ' ';
    }
    return false;
}

/* Any datagram to its port is a message (RFC 3164 section 4). */
static enum tl_probe syslog_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (d->flow.stream || n == 0)
        return TL_PROBE_NO;
    return d->flow.home || (p[0] == '<' && is_message(tl_bytes_of(p, n))) ? TL_PROBE_YES : TL_PROBE_NO;
}

static enum tl_probe syslog_tcp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    enum { LOOK = COUNT_DIGITS + 1 + 9 };
    uint32_t n = tl_cursor_left(&c), count, look = n < LOOK ? n : LOOK;
    const uint8_t *p = tl_cursor_peek(&c, 0, look);
    if (!d->flow.stream || look == 0 || (p[0] != '<' && (p[0] < '1' || p[0] > '9')))
        return TL_PROBE_NO;
    uint32_t digits = p[0] == '<' ? 0 : count_of(p, look, &count);
    if (digits == 0 && p[0] != '<')
        return TL_PROBE_NO;
    if (digits == UINT32_MAX || (look < LOOK && digits + 9 > look))
        return look < LOOK ? TL_PROBE_MAYBE : TL_PROBE_NO;
    struct tl_bytes text = tl_bytes_of(p + digits, look - digits);
    unsigned priority;
    if (d->flow.home && priority_of(text, &priority) > 0)
        return TL_PROBE_YES;
    return is_message(text) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_syslog = {
    .name = "syslog",
    .title = "Syslog",
    .service = "syslog",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &syslog_record_def },
    .on = { { TL_ON_UDP_PORT, 514 } },
    .info = "[{facility}.{level}: ][{msg}]",
    TL_BEGINS("<<"), .probe = syslog_probe,
    .dissect = syslog_dissect,
};

/* Its records are those of tl_protocol_syslog, which lists them. */
const struct tl_protocol tl_protocol_syslog_tcp = {
    .name = "syslog_tcp",
    .title = "Syslog over TCP",
    .service = "syslog_tcp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, 514 }, { TL_ON_TCP_PORT, 601 } },
    .info = "[{syslog.facility}.{syslog.level}: ][{syslog.msg}]",
    TL_BEGINS("<<19"), .probe = syslog_tcp_probe,
    .stream = syslog_stream,
};
