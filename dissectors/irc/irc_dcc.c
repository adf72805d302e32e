/*
 * irc_dcc.c - Direct Client-to-Client: "\1DCC SEND name address port size\1" in a PRIVMSG announces a file, which
 * passes on a flow of its own. Its bytes are the file; the receiver answers with the number of bytes it has, in four
 * bytes. With a fifth word, a token, and a port the receiver listens (passive DCC). No standard: the forms that clients
 * send. Anybody can announce any port to a client: the flow is what was announced only while its two sides agree.
 */
#include "dissectors/irc/irc_dcc.h"

#include <arpa/inet.h>

#include "core/digits.h"
#include "dissectors/registry.h"
#include "dissectors/text_fields.h"

enum { FILE_NAME, LENGTH, ACKNOWLEDGED };

static const struct tl_field fields[] = {
    [FILE_NAME] = { "irc-dcc-data.file", "File", .type = TL_TEXT, .flags = TL_DERIVED,
                    .help = "That was announced for this flow" },
    [LENGTH] = { "irc-dcc-data.length", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes" },
    [ACKNOWLEDGED] = { "irc-dcc-data.acknowledged", "Received so far", .type = TL_U32, .unit = "bytes" },
};

/* --- the announcement --- */

static struct tl_bytes after(struct tl_bytes text, uint32_t n)
{
    return tl_bytes_of(text.data + n, text.len - n);
}

static struct tl_bytes next_word(struct tl_bytes *text)
{
    uint32_t n = 0;
    while (text->len > 0 && text->data[0] == ' ')
        *text = after(*text, 1);
    while (n < text->len && text->data[n] != ' ' && text->data[n] != 1)
        n++;
    struct tl_bytes word = { text->data, n };
    *text = after(*text, n);
    return word;
}

/* A name with blanks is in quotes. */
static struct tl_bytes next_name(struct tl_bytes *text)
{
    while (text->len > 0 && text->data[0] == ' ')
        *text = after(*text, 1);
    const uint8_t *end = text->len > 1 && text->data[0] == '"' ? memchr(text->data + 1, '"', text->len - 1) : NULL;
    if (end == NULL)
        return next_word(text);
    struct tl_bytes name = tl_bytes_of(text->data + 1, (size_t)(end - text->data) - 1);
    *text = after(*text, name.len + 2);
    return name;
}

static bool number(struct tl_bytes word, uint64_t most, uint64_t *value)
{
    *value = 0;
    for (uint32_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(word.data[i] - '0');
        if (*value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return word.len > 0;
}

/* An IPv4 address is one number; some clients write it with dots. IPv6 has colons. */
static bool address(struct tl_bytes word, struct tl_dcc *dcc)
{
    char text[INET6_ADDRSTRLEN];
    uint64_t value;
    if (number(word, UINT32_MAX, &value)) {
        for (unsigned i = 0; i < 4; i++)
            dcc->addr[i] = (uint8_t)(value >> (24 - 8 * i));
        dcc->version = 4;
        return true;
    }
    if (word.len == 0 || word.len >= sizeof text)
        return false;
    memcpy(text, word.data, word.len);
    text[word.len] = '\0';
    dcc->version = memchr(word.data, ':', word.len) != NULL ? 6 : 4;
    return inet_pton(dcc->version == 6 ? AF_INET6 : AF_INET, text, dcc->addr) == 1;
}

bool tl_dcc_read(struct tl_bytes text, struct tl_dcc *dcc)
{
    static const char begin[] = "\1DCC ";
    uint64_t port;
    *dcc = (struct tl_dcc){ .version = 0 };
    if (text.len < sizeof begin || memcmp(text.data, begin, sizeof begin - 1) != 0)
        return false;
    text = after(text, sizeof begin - 1);
    if (!tl_text_is(next_word(&text), "send"))
        return false;
    struct tl_bytes name = next_name(&text), where = next_word(&text), port_word = next_word(&text);
    if (name.len == 0 || !address(where, dcc) || !number(port_word, UINT16_MAX, &port))
        return false;
    dcc->port = (uint16_t)port;
    dcc->has_size = number(next_word(&text), UINT64_MAX - 1, &dcc->size);
    struct tl_bytes token = next_word(&text);
    dcc->connector_sends = token.len > 0;
    dcc->token_len = (uint8_t)(token.len < TL_DCC_TOKEN ? token.len : TL_DCC_TOKEN);
    memcpy(dcc->token, token.data, dcc->token_len);
    dcc->name_len = (uint8_t)(name.len < TL_DCC_NAME ? name.len : TL_DCC_NAME);
    memcpy(dcc->name, name.data, dcc->name_len);
    return true;
}

/* What the announced flow is told; the name follows. */
struct dcc_note {
    uint64_t size; /* UINT64_MAX: not known */
    uint16_t port; /* of the listening client, as the address */
    bool connector_sends;
    uint8_t addr[16];
};

bool tl_dcc_same_end(const struct tl_dcc *a, const struct tl_dcc *b)
{
    return a->port == b->port && a->version == b->version && memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

/* A port that no protocol has, and that needs no rights: clients take theirs from the high ones. */
static bool is_free(uint16_t port)
{
    enum { RESERVED = 1024 };
    const struct tl_protocols all = tl_protocols_all();
    for (uint32_t i = 0; i < all.count; i++) {
        for (unsigned k = 0; k < TL_WHERE_MAX; k++) {
            const struct tl_where *where = &all.items[i]->on[k];
            if (where->table == TL_ON_TCP_PORT && where->value == port)
                return false;
        }
    }
    return port >= RESERVED;
}

bool tl_dcc_expect(struct tl_dissection *d, const struct tl_dcc *dcc)
{
    struct dcc_note head;
    uint8_t note[sizeof head + TL_DCC_NAME];
    struct tl_expected_flow flow = { .ip_proto = 6, .addr = dcc->addr, .port = dcc->port,
                                     .protocol = &tl_protocol_irc_dcc_data };
    if (dcc->version != d->flow.version || !is_free(dcc->port))
        return false;
    memset(&head, 0, sizeof head);
    head.size = dcc->has_size ? dcc->size : UINT64_MAX;
    head.port = dcc->port;
    head.connector_sends = dcc->connector_sends;
    memcpy(head.addr, dcc->addr, sizeof head.addr);
    memcpy(note, &head, sizeof head);
    memcpy(note + sizeof head, dcc->name, dcc->name_len);
    return tl_expect(d, &flow, tl_bytes_of(note, sizeof head + dcc->name_len));
}

/* --- the flow of the file --- */

struct dcc_flow {
    struct tl_body body;
    uint32_t acknowledged;
    bool begun, rejected;
};

static struct dcc_note note_of(const struct tl_dissection *d, struct tl_bytes *name)
{
    struct tl_bytes note = tl_expectation(d).note;
    struct dcc_note head = { .size = UINT64_MAX };
    *name = tl_bytes_of("", 0);
    if (note.len < sizeof head)
        return head;
    memcpy(&head, note.data, sizeof head);
    *name = tl_bytes_of(note.data + sizeof head, note.len - sizeof head);
    return head;
}

static bool sends_file(const struct tl_dissection *d, unsigned side)
{
    struct tl_bytes name;
    struct dcc_note note = note_of(d, &name);
    uint16_t port = side == 0 ? d->flow.orig_port : d->flow.resp_port;
    const uint8_t *addr = side == 0 ? d->flow.orig_addr : d->flow.resp_addr;
    bool listens = port == note.port && memcmp(addr, note.addr, d->flow.version == 4 ? 4 : 16) == 0;
    return listens != note.connector_sends;
}

static void begin(struct tl_dissection *d, struct dcc_flow *f, unsigned side)
{
    struct tl_bytes name;
    struct dcc_note note = note_of(d, &name);
    struct tl_body_facts facts = { .source = "IRC_DATA", .name = name, .total = note.size, .side = (uint8_t)side };
    f->begun = true;
    tl_confirm(d);
    tl_body_begin(d, &f->body, &facts);
}

static void show(struct tl_dissection *d, uint32_t n)
{
    struct tl_bytes name;
    (void)note_of(d, &name);
    tl_message(d);
    tl_add_text(d, FILE_NAME, d->c.off, 0, name.data, name.len);
    tl_add(d, LENGTH, d->c.off, 0, n);
}

static struct tl_want file(struct tl_dissection *d, const struct tl_stream *s, struct dcc_flow *f)
{
    struct tl_want rest = { TL_WANT_BODY, UINT64_MAX, NULL };
    if (s->event == TL_EV_OPEN)
        return rest;
    if (s->event == TL_EV_END) {
        tl_body_end(d, &f->body);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    if (!f->begun)
        begin(d, f, s->side);
    if (s->event == TL_EV_GAP) {
        tl_body_gap(d, &f->body, s->gap);
        return rest;
    }
    uint32_t n = tl_cursor_left(&d->c);
    if (d->wanted != NULL)
        show(d, n);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, n)); /* it may be another protocol's all the same */
    tl_body_data(d, &f->body, tl_bytes_of(d->c.base + d->c.off, n));
    tl_skip(d, n);
    return rest;
}

/* The numbers grow, modulo 2^32, up to the announced size. */
static bool is_next_number(const struct tl_dissection *d, const struct dcc_flow *f, uint32_t value)
{
    struct tl_bytes name;
    uint64_t size = note_of(d, &name).size;
    return value - f->acknowledged <= INT32_MAX && (size > UINT32_MAX || value <= size);
}

/* After a gap the numbers cannot be found again. */
static struct tl_want answers(struct tl_dissection *d, const struct tl_stream *s, struct dcc_flow *f)
{
    const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_GAP || s->event == TL_EV_END)
        return nothing;
    if (s->event == TL_EV_UNIT) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
        uint32_t value = p != NULL ? tl_load_be32(p) : 0;
        if (p == NULL || !is_next_number(d, f, value)) {
            f->rejected = true;
            tl_violate(d);
            return nothing;
        }
        f->acknowledged = value;
        tl_message(d);
        tl_u32(d, ACKNOWLEDGED);
    }
    return (struct tl_want){ TL_WANT_BYTES, 4, NULL };
}

static struct tl_want dcc_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct dcc_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return sends_file(d, s->side) ? file(d, s, f) : answers(d, s, f);
}

static void dcc_finish(struct tl_dissection *d)
{
    struct dcc_flow *f = d->flow.slot;
    if (f == NULL)
        return;
    if (!f->begun && !f->rejected)
        tl_confirm(d); /* an announced flow, though without a byte */
    tl_body_end(d, &f->body);
}

const struct tl_protocol tl_protocol_irc_dcc_data = {
    .name = "irc-dcc-data",
    .title = "File of an IRC client",
    .service = "irc-dcc-data",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct dcc_flow),
    .info = "[{length} bytes ({file})][{acknowledged} bytes received]",
    .stream = dcc_stream,
    .finish = dcc_finish,
};
