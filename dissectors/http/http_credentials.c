/* http_credentials.c - the user's name and password of the authentication scheme Basic (RFC 7617). */
#include "dissectors/http/http.h"

#include "core/base64.h"

static bool is_base64(struct tl_bytes text)
{
    uint32_t n = 0, padding = 0;
    for (; n < text.len && text.data[n] != '='; n++) {
        uint8_t c = text.data[n], letter = c | 0x20;
        if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '+' && c != '/')
            return false;
    }
    while (n + padding < text.len && text.data[n + padding] == '=')
        padding++;
    return n + padding == text.len && padding <= 2;
}

void tl_http_credentials(struct tl_http_credentials *c, struct tl_bytes sent)
{
    *c = (struct tl_http_credentials){ .user = { NULL, 0 } };
    if (sent.len < 6 || !tl_http_same(tl_bytes_of(sent.data, 5), "basic") || sent.data[5] != ' ')
        return;
    struct tl_bytes coded = tl_http_trim_wide(sent.data + 6, sent.data + sent.len);
    bool cut = coded.len > TL_HTTP_CREDENTIALS;
    if (cut)
        coded.len = TL_HTTP_CREDENTIALS;
    if (!is_base64(coded))
        return;
    struct tl_base64 state = { 0 };
    uint32_t n = tl_base64_decode(&state, coded, c->plain);
    const uint8_t *colon = n > 0 ? memchr(c->plain, ':', n) : NULL;
    c->user_cut = colon == NULL && cut;
    if (colon == NULL)
        return;
    uint32_t user = (uint32_t)(colon - c->plain);
    c->user = tl_bytes_of(c->plain, user);
    c->password = tl_bytes_of(colon + 1, n - user - 1);
    c->password_cut = cut;
}
