/*
 * quic_move.c - a client that goes on from another port (RFC 9000 section 9). That is another flow here: the flow before
 * announces it when the server gives the client ids for it, and leaves a note. What the new flow sends to one of these
 * ids is opened with the same secrets. Streams are not followed there: their beginnings are in the flow before.
 */
#include "core/channel.h"
#include "core/keylog.h"
#include "dissectors/quic/quic.h"
#include "dissectors/registry.h"
#include "dissectors/tls/tls.h"

struct note {
    uint8_t random[TL_KEYLOG_RANDOM]; /* the client's: secrets are found by it */
    uint64_t largest[2];              /* packet numbers and 1: of the server, of the client */
    uint32_t version;
    uint16_t suite;
    uint8_t count[2];                 /* of ids, chosen by the server, by the client */
    struct tl_quic_id ids[2][QUIC_IDS_MOST];
};

_Static_assert(sizeof(struct note) <= TL_EXPECT_NOTE, "a note is bounded");

static void announce(struct tl_dissection *d, unsigned client, const struct note *note)
{
    const struct tl_expected_flow flow = {
        .ip_proto = 17,
        .addr = client == 0 ? d->flow.resp_addr : d->flow.orig_addr,
        .port = client == 0 ? d->flow.resp_port : d->flow.orig_port,
        .peer = client == 0 ? d->flow.orig_addr : d->flow.resp_addr,
        .protocol = &tl_protocol_quic,
    };
    if (flow.port != 0)
        (void)tl_expect(d, &flow, tl_bytes_of(note, sizeof *note));
}

void tl_quic_may_move(struct tl_dissection *d, struct tl_quic_flow *f)
{
    struct note note;
    struct tl_tls_negotiated n;
    const unsigned client = f->client;
    memset(&note, 0, sizeof note);
    if (f->announced || f->version == NULL || (!f->moved && !tl_quic_negotiated(d, &n)))
        return;
    f->announced = true;
    if (f->moved) { /* once more */
        const struct tl_bytes before = tl_expectation(d).note;
        if (before.len != sizeof note)
            return;
        memcpy(&note, before.data, sizeof note);
    } else {
        memcpy(note.random, n.random, sizeof note.random);
        note.suite = n.suite;
    }
    note.version = f->version->number;
    for (unsigned i = 0; i < 2; i++) {
        const unsigned side = i == 0 ? client ^ 1u : client;
        note.count[i] = f->id_count[side];
        memcpy(note.ids[i], f->ids[side], sizeof note.ids[i]);
        note.largest[i] = f->largest[2][side];
    }
    announce(d, client, &note);
}

/* Is the packet sent to an id that the server chose? */
static bool is_for(const struct tl_dissection *d, const struct note *note)
{
    for (unsigned i = 0; i < note->count[0] && i < QUIC_IDS_MOST; i++) {
        const struct tl_quic_id *id = &note->ids[0][i];
        const uint8_t *bytes = tl_cursor_peek(&d->c, 1, id->len);
        if (id->len > 0 && bytes != NULL && memcmp(bytes, id->bytes, id->len) == 0)
            return true;
    }
    return false;
}

static void take_keys(struct tl_dissection *d, struct tl_quic_flow *f, const struct note *note)
{
    const struct tl_quic_crypto c = tl_quic_crypto_of(d);
    for (unsigned side = 0; c.state != NULL && side < 2; side++) {
        struct tl_quic_key key = { .secret_len = 0 };
        uint8_t secret[TL_KEYLOG_SECRET];
        uint32_t len = d->host->secret(d, side == f->client ? TL_KEYLOG_CLIENT_TRAFFIC : TL_KEYLOG_SERVER_TRAFFIC,
                                       note->random, secret);
        if (len > 0 && tl_quic_cipher_of(note->suite, &key) &&
            tl_quic_secret_key(&c, f->version, tl_bytes_of(secret, len), &key))
            f->keys[QUIC_LEVEL_DATA][side] = tl_keep(d, &key, sizeof key);
        tl_wipe(secret, sizeof secret);
        tl_wipe(&key, sizeof key);
    }
}

bool tl_quic_moved(struct tl_dissection *d, struct tl_quic_flow *f)
{
    struct note note;
    const struct tl_bytes told = tl_expectation(d).note;
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (told.len != sizeof note || first == NULL)
        return true;
    memcpy(&note, told.data, sizeof note);
    if ((*first & 0x80) != 0) { /* another connection: the one that was announced may still come */
        announce(d, d->flow.side, &note);
        return tl_quic_probe(d->c, d) == TL_PROBE_YES;
    }
    f->version = tl_quic_version_of(note.version);
    if (f->version == NULL || !is_for(d, &note))
        return false;
    f->client = (uint8_t)d->flow.side;
    for (unsigned i = 0; i < 2; i++) {
        const unsigned side = i == 0 ? f->client ^ 1u : f->client;
        f->id_count[side] = note.count[i] < QUIC_IDS_MOST ? note.count[i] : QUIC_IDS_MOST;
        memcpy(f->ids[side], note.ids[i], sizeof f->ids[side]);
        f->largest[2][side] = note.largest[i];
    }
    take_keys(d, f, &note);
    f->moved = f->opened = true;
    tl_confirm(d);
    return true;
}
