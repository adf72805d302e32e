/* imap_text.c - the parts of lines (RFC 9051 section 9): tags, verbs, arguments, literals. */
#include "dissectors/imap/imap.h"

static const struct tl_imap_verb verbs[] = {
    { "CAPABILITY", TL_IMAP_OTHER, true },   { "NOOP", TL_IMAP_OTHER, true },
    { "LOGOUT", TL_IMAP_OTHER, true },       { "STARTTLS", TL_IMAP_STARTTLS, true },
    { "AUTHENTICATE", TL_IMAP_AUTHENTICATE, false }, { "LOGIN", TL_IMAP_LOGIN, false },
    { "ENABLE", TL_IMAP_OTHER, false },      { "SELECT", TL_IMAP_SELECT, false },
    { "EXAMINE", TL_IMAP_SELECT, false },    { "CREATE", TL_IMAP_MAILBOX, false },
    { "DELETE", TL_IMAP_MAILBOX, false },    { "RENAME", TL_IMAP_MAILBOX, false },
    { "SUBSCRIBE", TL_IMAP_MAILBOX, false }, { "UNSUBSCRIBE", TL_IMAP_MAILBOX, false },
    { "LIST", TL_IMAP_OTHER, false },        { "LSUB", TL_IMAP_OTHER, false },
    { "NAMESPACE", TL_IMAP_OTHER, true },    { "STATUS", TL_IMAP_MAILBOX, false },
    { "APPEND", TL_IMAP_APPEND, false },     { "IDLE", TL_IMAP_IDLE, true },
    { "CHECK", TL_IMAP_OTHER, true },        { "CLOSE", TL_IMAP_UNSELECT, true },
    { "UNSELECT", TL_IMAP_UNSELECT, true },  { "EXPUNGE", TL_IMAP_OTHER, false },
    { "SEARCH", TL_IMAP_SEARCH, false },     { "SORT", TL_IMAP_SEARCH, false },
    { "THREAD", TL_IMAP_SEARCH, false },     { "FETCH", TL_IMAP_FETCH, false },
    { "STORE", TL_IMAP_STORE, false },       { "COPY", TL_IMAP_COPY, false },
    { "MOVE", TL_IMAP_COPY, false },         { "COMPRESS", TL_IMAP_COMPRESS, false },
    { "ID", TL_IMAP_ID, false },             { "GETQUOTA", TL_IMAP_OTHER, false },
    { "GETQUOTAROOT", TL_IMAP_OTHER, false }, { "SETQUOTA", TL_IMAP_OTHER, false },
    { "GETACL", TL_IMAP_OTHER, false },      { "MYRIGHTS", TL_IMAP_OTHER, false },
    { "SETACL", TL_IMAP_OTHER, false },      { "GETMETADATA", TL_IMAP_OTHER, false },
    { "SETMETADATA", TL_IMAP_OTHER, false }, { "NOTIFY", TL_IMAP_OTHER, false },
    { "XLIST", TL_IMAP_OTHER, false },
};

bool tl_imap_is(struct tl_bytes text, const char *word)
{
    uint32_t i = 0;
    for (; i < text.len && word[i] != 0; i++) {
        uint8_t c = text.data[i] >= 'a' && text.data[i] <= 'z' ? (uint8_t)(text.data[i] - 32) : text.data[i];
        if (c != (uint8_t)word[i])
            return false;
    }
    return i == text.len && word[i] == 0;
}

struct tl_bytes tl_imap_take_word(struct tl_bytes *text)
{
    uint32_t n = 0, from = 0;
    while (from < text->len && text->data[from] == ' ')
        from++;
    while (from + n < text->len && text->data[from + n] != ' ')
        n++;
    struct tl_bytes word = { text->data + from, n };
    uint32_t next = from + n;
    while (next < text->len && text->data[next] == ' ')
        next++;
    *text = (struct tl_bytes){ text->data + next, text->len - next };
    return word;
}

bool tl_imap_take_tag(struct tl_bytes *line, struct tl_bytes *tag)
{
    uint32_t n = 0;
    while (n < line->len && line->data[n] > ' ' && line->data[n] < 127 && strchr("(){%*\"\\+", line->data[n]) == NULL)
        n++;
    if (n == 0 || n >= line->len || line->data[n] != ' ')
        return false;
    *tag = tl_imap_take_word(line);
    return true;
}

const struct tl_imap_verb *tl_imap_verb_of(struct tl_bytes line, struct tl_bytes *tag, struct tl_bytes *word,
                                           struct tl_bytes *rest, bool *uid)
{
    *rest = line;
    *uid = false;
    if (!tl_imap_take_tag(rest, tag))
        return NULL;
    *word = tl_imap_take_word(rest);
    if (tl_imap_is(*word, "UID")) {
        *uid = true;
        *word = tl_imap_take_word(rest);
    }
    for (unsigned i = 0; i < TL_COUNT(verbs); i++)
        if (tl_imap_is(*word, verbs[i].name))
            return !verbs[i].alone || rest->len == 0 ? &verbs[i] : NULL;
    return NULL;
}

char tl_imap_status(struct tl_bytes word)
{
    return tl_imap_is(word, "OK")        ? 'O'
           : tl_imap_is(word, "NO")      ? 'N'
           : tl_imap_is(word, "BAD")     ? 'B'
           : tl_imap_is(word, "PREAUTH") ? 'P'
           : tl_imap_is(word, "BYE")     ? 'Y'
                                         : 0;
}

bool tl_imap_is_reply(struct tl_bytes line)
{
    static const char *const words[] = { "CAPABILITY", "LIST", "LSUB", "STATUS", "SEARCH", "ESEARCH", "FLAGS",
                                         "ENABLED", "NAMESPACE", "ID", "SORT", "THREAD", "VANISHED", "QUOTA",
                                         "QUOTAROOT", "XLIST" };
    static const char *const counted[] = { "EXISTS", "RECENT", "EXPUNGE", "FETCH" };
    struct tl_bytes tag, rest = line;
    uint32_t digits;
    if (tl_imap_take_tag(&rest, &tag)) {
        char status = tl_imap_status(tl_imap_take_word(&rest));
        return status == 'O' || status == 'N' || status == 'B';
    }
    if (line.len < 3 || line.data[1] != ' ' || line.data[0] != '*')
        return false;
    rest = (struct tl_bytes){ line.data + 2, line.len - 2 };
    struct tl_bytes word = tl_imap_take_word(&rest);
    if (tl_imap_status(word) != 0)
        return true;
    (void)tl_mail_number(word, &digits);
    if (digits > 0 && digits == word.len) {
        word = tl_imap_take_word(&rest);
        for (unsigned i = 0; i < TL_COUNT(counted); i++)
            if (tl_imap_is(word, counted[i]))
                return true;
        return false;
    }
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        if (tl_imap_is(word, words[i]))
            return true;
    return false;
}

bool tl_imap_literal_at_end(struct tl_bytes *line, uint64_t *n, bool *waits)
{
    uint32_t at = line->len, digits;
    if (at < 3 || line->data[at - 1] != '}')
        return false;
    at--;
    *waits = line->data[at - 1] != '+' && line->data[at - 1] != '-';
    at -= !*waits;
    uint32_t end = at;
    while (at > 0 && end - at < 18 && line->data[at - 1] >= '0' && line->data[at - 1] <= '9')
        at--;
    if (at == 0 || at == end || line->data[at - 1] != '{')
        return false;
    *n = tl_mail_number((struct tl_bytes){ line->data + at, end - at }, &digits);
    at--;
    at -= at > 0 && line->data[at - 1] == '~'; /* literal8 (RFC 3516) */
    line->len = at;
    return true;
}

/* Returns the length of a quoted string at the start, with its quotes; all of the text if it has no end. */
static uint32_t quoted_length(struct tl_bytes text)
{
    uint32_t n = 1;
    while (n < text.len && text.data[n] != '"')
        n += text.data[n] == '\\' && n + 1 < text.len ? 2 : 1;
    return n < text.len ? n + 1 : text.len;
}

bool tl_imap_take_argument(struct tl_bytes *text, struct tl_bytes *argument)
{
    uint32_t n = 0, depth = 0;
    while (text->len > 0 && text->data[0] == ' ')
        *text = (struct tl_bytes){ text->data + 1, text->len - 1 };
    if (text->len == 0)
        return false;
    if (text->data[0] == '"') {
        n = quoted_length(*text);
        bool closed = n > 1 && text->data[n - 1] == '"';
        *argument = (struct tl_bytes){ text->data + 1, n - 1 - closed };
    } else {
        while (n < text->len && (depth > 0 || text->data[n] != ' ')) {
            if (text->data[n] == '"') {
                n += quoted_length((struct tl_bytes){ text->data + n, text->len - n });
                continue;
            }
            depth += text->data[n] == '(';
            depth -= text->data[n] == ')' && depth > 0;
            n++;
        }
        *argument = (struct tl_bytes){ text->data, n };
    }
    *text = (struct tl_bytes){ text->data + n, text->len - n };
    return true;
}
