/*
 * http_inside.c - bodies that are messages of another protocol: of IPP (RFC 8010 section 4). Each body is a channel of
 * its own, which is told whether it is a request (0) or a response (1).
 */
#include "core/channel.h"
#include "dissectors/http/http.h"

extern const struct tl_protocol tl_protocol_ipp;

static bool is_ipp(struct tl_bytes type)
{
    static const char name[] = "application/ipp";
    enum { LEN = sizeof name - 1 };
    return type.len >= LEN && tl_http_same(tl_bytes_of(type.data, LEN), name) &&
           (type.len == LEN || type.data[LEN] == ';' || type.data[LEN] == ' ');
}

/* The sides of a connection have a channel each. */
static uint64_t id_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    const struct tl_http_flow *f = d->flow.slot;
    return h == &f->half[1];
}

void tl_http_inside_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m)
{
    if (!is_ipp(m->text[HTTP_CONTENT_TYPE]))
        return;
    tl_http_inside_end(d, h);
    struct tl_channel *channel = tl_channel_open(d, TL_CHANNEL_STREAM, id_of(d, h), &tl_protocol_ipp);
    const uint8_t response = m->start.kind == HTTP_RESPONSE;
    (void)tl_channel_tell(d, channel, tl_bytes_of(&response, 1));
    h->inside = channel != NULL;
}

void tl_http_inside_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes)
{
    uint64_t id = id_of(d, h);
    if (bytes.len > 0)
        tl_channel_push(d, tl_channel_find(d, id), (unsigned)id, bytes);
}

void tl_http_inside_gap(struct tl_dissection *d, const struct tl_http_half *h, uint64_t n)
{
    uint64_t id = id_of(d, h);
    tl_channel_gap(d, tl_channel_find(d, id), (unsigned)id, n);
}

void tl_http_inside_end(struct tl_dissection *d, struct tl_http_half *h)
{
    if (!h->inside)
        return;
    tl_channel_close(d, tl_channel_find(d, id_of(d, h)));
    h->inside = false;
}
