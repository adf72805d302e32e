/* http_handover.c - data that HTTP passes to the protocol that follows it (RFC 9110 sections 7.8 and 9.3.6). */
#include "dissectors/http/http.h"

#include <stddef.h>

#include "core/channel.h"
#include "dissectors/registry.h"

enum { ENTRY_HEAD = TL_HTTP_ENTRY_HEAD };

uint8_t *tl_http_hand(uint8_t *p, const uint8_t *end, unsigned what, struct tl_bytes text)
{
    uint16_t len = (uint16_t)text.len;
    if (text.len == 0 || text.len > UINT16_MAX || end - p < ENTRY_HEAD + (ptrdiff_t)text.len)
        return p;
    *p = (uint8_t)what;
    memcpy(p + 1, &len, sizeof len);
    memcpy(p + ENTRY_HEAD, text.data, text.len);
    return p + ENTRY_HEAD + text.len;
}

/* Removes the first entry from `row`. Returns false if there is none. */
static bool take_entry(struct tl_bytes *row, unsigned *what, struct tl_bytes *text)
{
    uint16_t len;
    if (row->len < ENTRY_HEAD)
        return false;
    *what = *row->data;
    memcpy(&len, row->data + 1, sizeof len);
    if (row->len - ENTRY_HEAD < len)
        return false;
    *text = tl_bytes_of(row->data + ENTRY_HEAD, len);
    *row = tl_bytes_of(text->data + len, row->len - ENTRY_HEAD - len);
    return true;
}

const struct tl_protocol *tl_http_next_protocol(struct tl_bytes upgrade)
{
    if (upgrade.len == 0)
        return NULL;
    const uint8_t *comma = memchr(upgrade.data, ',', upgrade.len);
    const uint8_t *end = comma != NULL ? comma : upgrade.data + upgrade.len;
    struct tl_bytes name = tl_http_trim_wide(upgrade.data, end);
    const struct tl_protocol *protocol = tl_protocol_called("upgrade", name);
    const uint8_t *slash = name.len > 0 ? memchr(name.data, '/', name.len) : NULL;
    if (protocol == NULL && slash != NULL)
        protocol = tl_protocol_called("upgrade", tl_bytes_of(name.data, (size_t)(slash - name.data)));
    return protocol;
}

uint32_t tl_http_note(const struct tl_dissection *d, uint32_t request, const struct tl_http_message *m,
                      struct tl_http_texts *texts, uint8_t note[TL_HTTP_NOTE])
{
    uint8_t *p = note;
    const uint8_t *end = note + TL_HTTP_NOTE;
    tl_http_kept_texts(d, request, texts);
    const struct tl_http_texts asked = *texts;
    p = tl_http_hand(p, end, HTTP_HANDED_METHOD, asked.method);
    p = tl_http_hand(p, end, HTTP_HANDED_HOST, asked.host);
    p = tl_http_hand(p, end, HTTP_HANDED_URI, asked.uri);
    p = tl_http_hand(p, end, HTTP_HANDED_USER_AGENT, asked.user_agent);
    p = tl_http_hand(p, end, HTTP_HANDED_ORIGIN, asked.origin);
    struct tl_bytes headers = asked.for_next, value;
    unsigned what;
    while (take_entry(&headers, &what, &value))
        p = tl_http_hand(p, end, what, value);
    for (uint32_t i = 0; m != NULL && i < m->headers_for_next; i++)
        p = tl_http_hand(p, end, HTTP_HANDED_OF_RESPONSE(m->for_next[i].what), m->for_next[i].value);
    return (uint32_t)(p - note);
}

const struct tl_protocol *tl_http_hand_over(struct tl_dissection *d, uint32_t request, const struct tl_http_message *m)
{
    struct tl_http_texts asked;
    uint8_t note[TL_HTTP_NOTE];
    (void)tl_upgrade_note(d, tl_bytes_of(note, tl_http_note(d, request, m, &asked, note)));
    if (m != NULL && m->start.status != 101)
        return NULL;
    return tl_http_next_protocol(m != NULL && m->text[HTTP_UPGRADE].len > 0 ? m->text[HTTP_UPGRADE] : asked.upgrade);
}

struct tl_http_handed tl_http_handed(const struct tl_dissection *d)
{
    struct tl_handed told = tl_channel_note(d);
    struct tl_http_handed handed = { .from_http = told.from == &tl_protocol_http };
    struct tl_bytes value;
    unsigned what;
    while (handed.from_http && take_entry(&told.note, &what, &value)) {
        if (what < HTTP_HANDED_TEXTS && handed.text[what].data == NULL)
            handed.text[what] = value;
    }
    return handed;
}
