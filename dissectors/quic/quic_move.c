/*
 * quic_move.c - a client that goes on from another port: by its own will, or because a NAT gave it another one (RFC 9000
 * section 9). That is another flow here. The flow before announces it with the connection ids of both sides and what
 * its secrets are found by; a flow whose first packet goes to one of the server's ids takes the note. So it is known as
 * QUIC without secrets too, unless the client changed to an id that it got encrypted. With secrets it is opened. Streams
 * are not followed there: their beginnings are in the flow before.
 */
#include "core/channel.h"
#include "core/keylog.h"
#include "core/time.h"
#include "dissectors/quic/quic.h"
#include "dissectors/registry.h"
#include "dissectors/tls/tls.h"

struct note {
    uint64_t largest[2];              /* packet numbers and 1: of the server, of the client */
    uint32_t version;
    uint16_t suite;                   /* 0: no secrets are known */
    uint8_t random[TL_KEYLOG_RANDOM]; /* the client's: secrets are found by it */
    uint8_t count[2];                 /* of ids, chosen by the server, by the client */
    struct tl_quic_id ids[2 * QUIC_IDS_MOST]; /* the server's, then the client's; the rest is not stored */
};

_Static_assert(sizeof(struct note) <= TL_EXPECT_NOTE, "a note is bounded");

static uint32_t length_of(const struct note *note)
{
    return (uint32_t)(offsetof(struct note, ids) + (note->count[0] + note->count[1]) * sizeof note->ids[0]);
}

/* False: it is none; another protocol may have left one, that the flow turned out not to be. */
static bool read_note(struct tl_bytes told, struct note *note)
{
    if (told.len < offsetof(struct note, ids) || told.len > sizeof *note)
        return false;
    memset(note, 0, sizeof *note);
    memcpy(note, told.data, told.len);
    return note->count[0] <= QUIC_IDS_MOST && note->count[1] <= QUIC_IDS_MOST && told.len == length_of(note);
}

/* Is the packet at the cursor sent to an id that the server chose, with a short header? */
static bool takes(struct tl_bytes told, const struct tl_cursor *first)
{
    struct note note;
    const uint8_t *form = tl_cursor_peek(first, 0, 1);
    if (form == NULL || (*form & 0x80) != 0 || !read_note(told, &note))
        return false;
    for (unsigned i = 0; i < note.count[0]; i++) {
        const uint8_t *id = tl_cursor_peek(first, 1, note.ids[i].len);
        if (note.ids[i].len > 0 && id != NULL && memcmp(id, note.ids[i].bytes, note.ids[i].len) == 0)
            return true;
    }
    return false;
}

void tl_quic_may_move(struct tl_dissection *d, struct tl_quic_flow *f)
{
    const unsigned client = f->client;
    const struct tl_expected_flow flow = {
        .ip_proto = 17,
        .addr = client == 0 ? d->flow.resp_addr : d->flow.orig_addr,
        .port = client == 0 ? d->flow.resp_port : d->flow.orig_port,
        .peer = client == 0 ? d->flow.orig_addr : d->flow.resp_addr,
        .protocol = &tl_protocol_quic,
        .takes = takes,
    };
    struct tl_tls_negotiated n;
    struct note note;
    memset(&note, 0, sizeof note);
    if (f->version == NULL || f->id_count[client ^ 1u] == 0 || flow.port == 0)
        return;
    f->announced = true;
    f->announced_at = tl_frame_etime(d->frame);
    if (f->moved) { /* once more */
        if (!read_note(tl_expectation(d).note, &note))
            return;
    } else if (tl_quic_negotiated(d, &n)) {
        memcpy(note.random, n.random, sizeof note.random);
        note.suite = n.suite;
    }
    note.version = f->version->number;
    for (unsigned i = 0, at = 0; i < 2; i++) {
        const unsigned side = i == 0 ? client ^ 1u : client;
        note.count[i] = f->id_count[side];
        memcpy(note.ids + at, f->ids[side], note.count[i] * sizeof note.ids[0]);
        at += note.count[i];
        note.largest[i] = f->largest[2][side];
    }
    (void)tl_expect(d, &flow, tl_bytes_of(&note, length_of(&note)));
}

void tl_quic_keep_announced(struct tl_dissection *d, struct tl_quic_flow *f)
{
    const int64_t again = TL_EXPECT_SECONDS / 2 * INT64_C(1000000000);
    if (f->opened && (!f->announced || tl_etime_between(f->announced_at, tl_frame_etime(d->frame)) > again))
        tl_quic_may_move(d, f);
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

void tl_quic_moved(struct tl_dissection *d, struct tl_quic_flow *f)
{
    struct note note;
    if (!read_note(tl_expectation(d).note, &note) || tl_quic_version_of(note.version) == NULL)
        return;
    f->version = tl_quic_version_of(note.version);
    f->client = (uint8_t)d->flow.side;
    for (unsigned i = 0, at = 0; i < 2; i++) {
        const unsigned side = i == 0 ? f->client ^ 1u : f->client;
        f->id_count[side] = note.count[i];
        memcpy(f->ids[side], note.ids + at, note.count[i] * sizeof note.ids[0]);
        at += note.count[i];
        f->largest[2][side] = note.largest[i];
    }
    take_keys(d, f, &note);
    f->moved = f->opened = true;
    tl_confirm(d);
}
