/* quic_record.c - the record of a connection: one, and one for each attempt that a Retry or another version ends. */
#include "dissectors/quic/quic.h"

struct quic_record {
    struct tl_record r;
    struct tl_bytes version, dcid, client_scid, server_scid, server_name, client_protocol, history;
};

enum { R_VERSION, R_DCID, R_CLIENT_SCID, R_SERVER_SCID, R_SERVER_NAME, R_PROTOCOL, R_HISTORY };

#define F(index, member, key, help) TL_FIELD(struct quic_record, index, member, key, TL_REC_TEXT, help)
static const struct tl_record_field record_fields[] = {
    F(R_VERSION, version, "version", "1, quicv2, draft-29, .., or unknown- and the number in hexadecimal"),
    F(R_DCID, dcid, "client_initial_dcid", "The first connection ID that the client sends to"),
    F(R_CLIENT_SCID, client_scid, "client_scid", "The client's last connection ID in a long header"),
    F(R_SERVER_SCID, server_scid, "server_scid", "The server's last connection ID in a long header"),
    F(R_SERVER_NAME, server_name, "server_name", "The name that the client asks for (SNI)"),
    F(R_PROTOCOL, client_protocol, "client_protocol", "The first protocol that the client offers (ALPN)"),
    F(R_HISTORY, history, "history",
      "Packets as letters, those of the originator in upper case: I Initial, Z 0-RTT, H Handshake, R Retry, S a hello "
      "is complete, C CONNECTION_CLOSE in Initial, O the first, second, fourth, .. short header, U an unknown version, "
      "X a datagram without the fixed bit"),
};
#undef F

const struct tl_record_def tl_quic_def =
    TL_RECORD_DEF("quic", record_fields,
                  "A QUIC connection: at its end, at a Retry, or at a version that is not known",
                  .summary = { "server_name", "version", "client_protocol", "history" });

static const char digits[] = "0123456789abcdef";

static struct tl_bytes hex_of(const struct tl_dissection *d, const struct tl_quic_id *id)
{
    uint8_t *p = tl_arena_alloc(d->scratch, (size_t)id->len * 2 + 1);
    for (uint32_t i = 0; p != NULL && i < id->len * 2u; i++)
        p[i] = (uint8_t)digits[id->bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
    return tl_bytes_of(p, p != NULL ? id->len * 2u : 0);
}

static struct tl_bytes version_of(const struct tl_dissection *d, uint32_t number)
{
    const struct tl_quic_version *v = tl_quic_version_of(number);
    if (v != NULL)
        return tl_bytes_of(v->name, strlen(v->name));
    char text[] = "unknown-00000000";
    unsigned at = sizeof "unknown-" - 1, n = 8;
    while (n > 1 && number >> (4 * (n - 1)) == 0)
        n--;
    for (unsigned i = 0; i < n; i++)
        text[at + i] = digits[number >> (4 * (n - 1 - i)) & 0xf];
    uint8_t *p = tl_arena_alloc(d->scratch, at + n);
    if (p != NULL)
        memcpy(p, text, at + n);
    return tl_bytes_of(p, p != NULL ? at + n : 0);
}

static void set(struct quic_record *r, unsigned field, struct tl_bytes *to, struct tl_bytes value)
{
    *to = value;
    tl_record_set(&r->r, field);
}

static void load(const struct tl_dissection *d, const struct tl_quic_flow *f, struct quic_record *r)
{
    const struct tl_quic_notes *n = &f->notes;
    unsigned client = f->client, server = client ^ 1u;
    *r = (struct quic_record){ .r.ts = n->ts };
    if (n->has_version)
        set(r, R_VERSION, &r->version, version_of(d, n->version));
    if (n->has_dcid)
        set(r, R_DCID, &r->dcid, hex_of(d, &n->dcid));
    if (n->has_scid[client])
        set(r, R_CLIENT_SCID, &r->client_scid, hex_of(d, &n->scid[client]));
    if (n->has_scid[server])
        set(r, R_SERVER_SCID, &r->server_scid, hex_of(d, &n->scid[server]));
    if (f->name != 0)
        set(r, R_SERVER_NAME, &r->server_name, tl_kept(d, f->name));
    if (f->protocol != 0)
        set(r, R_PROTOCOL, &r->client_protocol, tl_kept(d, f->protocol));
    if (n->history_len > 0)
        set(r, R_HISTORY, &r->history, tl_bytes_of(n->history, n->history_len));
}

void tl_quic_history(struct tl_dissection *d, struct tl_quic_flow *f, unsigned side, char letter)
{
    struct tl_quic_notes *n = &f->notes;
    if (!n->begun) {
        n->begun = true;
        n->ts = d->frame->ts;
    }
    if (n->history_len < QUIC_HISTORY_MOST)
        n->history[n->history_len++] = side == 0 ? (char)(letter - 'a' + 'A') : letter;
}

void tl_quic_write(struct tl_dissection *d, struct tl_quic_flow *f)
{
    if (f->notes.begun && f->notes.has_version) {
        struct quic_record r;
        const size_t used = d->scratch->used;
        load(d, f, &r);
        tl_emit(d, &tl_quic_def, &r.r);
        d->scratch->used = used;
    }
    f->notes = (struct tl_quic_notes){ .begun = false };
}
