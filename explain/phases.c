/* phases.c - the parts of a flow's time, who is responsible for each, and where the tap is. */
#include "explain/finding.h"

#include "core/time.h"

#define MS INT64_C(1000000)

static void add(struct tl_diagnosis *d, const char *name, const char *who, int64_t lasts, uint64_t from, uint64_t to)
{
    if (d->phase_count < TL_PHASES_MOST && lasts >= 0 && lasts < INT64_MAX)
        d->phases[d->phase_count++] = (struct tl_phase){ name, who, lasts, { from, to } };
}

/* One half of the round trip is a tenth of the other or less: the tap is near that end. */
static enum tl_tap_place tap_of(int64_t client, int64_t server)
{
    if (client <= 0 || server <= 0)
        return TL_TAP_UNKNOWN;
    if (client * 10 <= server)
        return TL_TAP_CLIENT;
    return server * 10 <= client ? TL_TAP_SERVER : TL_TAP_MIDDLE;
}

/* An answer that comes soon after a repeat, as repeats go, answers that one; else it may be of an earlier one (Karn). */
static bool is_sure(int64_t half, int64_t apart)
{
    return apart <= 0 || half <= apart / 10;
}

static void find_setup(const struct tl_facts *c, struct tl_diagnosis *d)
{
    if (c->syn_ts == 0 || c->syn_ack_ts == 0)
        return;
    d->server_half = tl_time_between(c->syn_ts, c->syn_ack_ts);
    add(d, "SYN to SYN-ACK", "network towards the server, and its TCP", d->server_half, c->syn, c->syn_ack);
    if (c->ack_ts == 0)
        return;
    add(d, "SYN-ACK to ACK", "network towards the client, and its TCP", tl_time_between(c->syn_ack_ts, c->ack_ts), c->syn_ack,
        c->ack);
    d->client_half = tl_time_between(c->syn_ack_last_ts, c->ack_ts);
    enum tl_tap_place tap = tap_of(d->client_half, d->server_half);
    /* a half that is not sure may be longer */
    if (is_sure(d->client_half, c->syn_ack_apart) && (tap == TL_TAP_CLIENT || is_sure(d->server_half, c->syn_apart)))
        d->tap = tap;
}

void tl_find_phases(const struct tl_facts *c, struct tl_diagnosis *d)
{
    const struct tl_end_facts *client = &c->end[tl_facts_side(c, 0)], *server = &c->end[tl_facts_side(c, 1)];
    int64_t closed = client->fin_ts > server->fin_ts ? client->fin_ts : server->fin_ts;
    int64_t data_end = client->last_data_ts > server->last_data_ts ? client->last_data_ts : server->last_data_ts;
    if (c->lookup_ts != 0)
        add(d, "name look-up", "DNS", c->lookup_time, 0, 0);
    if (c->ip_proto != 6)
        return;
    if (client->syns.count > 1)
        add(d, "repeated SYNs", "network or server", client->syns.lost, client->syns.packets[0], c->syn);
    find_setup(c, d);
    if (c->tls_ts != 0 && c->tls_done_ts != 0)
        add(d, "TLS set-up", "both ends, by record sizes and types", tl_time_between(c->tls_ts, c->tls_done_ts), c->request, 0);
    if (c->ack_ts != 0 && c->request_ts != 0)
        add(d, "set-up to request", "client", tl_time_between(c->ack_ts, c->request_ts), c->ack, c->request);
    if (c->request_ts != 0 && c->answer_ts != 0)
        add(d, "request to first answer",
            d->tap == TL_TAP_SERVER ? "server" : d->tap == TL_TAP_CLIENT ? "server, with a round trip of the network"
                                                                         : "server, with the network beyond the tap",
            tl_time_between(c->request_ts, c->answer_ts), c->request, c->answer);
    if (c->turns > 2) {
        add(d, "waiting for the server, in all", "server and network", c->server_wait, 0, 0);
        add(d, "waiting for the client, in all", "client and network", c->client_wait, 0, 0);
    }
    if (c->answer_ts != 0 && data_end > c->answer_ts)
        add(d, "first answer to last payload", "both ends and network", tl_time_between(c->answer_ts, data_end), c->answer, 0);
    if (closed != 0 && data_end != 0 && closed > data_end)
        add(d, "last payload to close", client->fin_ts != 0 && (server->fin_ts == 0 || client->fin_ts < server->fin_ts)
                                            ? "client closes first" : "server closes first",
            tl_time_between(data_end, closed), 0, 0);
}
