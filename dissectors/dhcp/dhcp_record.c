/*
 * dhcp_record.c - the record of an exchange: all messages with one transaction id and one client, in whatever flows.
 */
#include <stdlib.h>
#include <xxhash.h>

#include "core/digits.h"
#include "core/join.h"
#include "core/time.h"
#include "dissectors/dhcp/dhcp.h"

enum { UIDS, CLIENT_ADDR, SERVER_ADDR, MAC_ADDR, HOST_NAME, CLIENT_FQDN, DOMAIN, REQUESTED, ASSIGNED, LEASE,
       CLIENT_MESSAGE, SERVER_MESSAGE, MSG_TYPES, DURATION, MSG_ORIG, RELAY_ADDR };

struct record {
    struct tl_record r;
    struct tl_text_list uids, msg_types, msg_orig;
    struct tl_addr client_addr, server_addr, requested, assigned, relay;
    struct tl_bytes mac, host_name, client_fqdn, domain, client_message, server_message;
    int64_t lease, duration;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct record, UIDS, uids, "uids", TL_REC_TEXTS, "uids of the flows that the messages were in"),
    TL_FIELD(struct record, CLIENT_ADDR, client_addr, "client_addr", TL_REC_ADDR,
             "The client's address: what it sent from, or says through a relay agent, else what it was assigned"),
    TL_FIELD(struct record, SERVER_ADDR, server_addr, "server_addr", TL_REC_ADDR,
             "Who sent an answer that assigns an address: the server, or a relay agent"),
    TL_FIELD(struct record, MAC_ADDR, mac, "mac", TL_REC_TEXT,
             "Option 61 if that is a MAC address, else the client's hardware address"),
    TL_FIELD(struct record, HOST_NAME, host_name, "host_name", TL_REC_TEXT, "Option 12 of the client"),
    TL_FIELD(struct record, CLIENT_FQDN, client_fqdn, "client_fqdn", TL_REC_TEXT, "Option 81 of the client"),
    TL_FIELD(struct record, DOMAIN, domain, "domain", TL_REC_TEXT, "Option 15 of the server"),
    TL_FIELD(struct record, REQUESTED, requested, "requested_addr", TL_REC_ADDR, "Option 50"),
    TL_FIELD(struct record, ASSIGNED, assigned, "assigned_addr", TL_REC_ADDR, "Address that the server gives"),
    TL_FIELD(struct record, LEASE, lease, "lease_time", TL_REC_INTERVAL, "Option 51 of the server"),
    TL_FIELD(struct record, CLIENT_MESSAGE, client_message, "client_message", TL_REC_TEXT, "Option 56 of the client"),
    TL_FIELD(struct record, SERVER_MESSAGE, server_message, "server_message", TL_REC_TEXT, "Option 56 of the server"),
    TL_FIELD(struct record, MSG_TYPES, msg_types, "msg_types", TL_REC_TEXTS,
             "DISCOVER, OFFER, REQUEST, ACK and others, in order"),
    TL_FIELD(struct record, DURATION, duration, "duration", TL_REC_INTERVAL, "From the first message to the last"),
    TL_FIELD(struct record, MSG_ORIG, msg_orig, "msg_orig", TL_REC_TEXTS, "Who sent each message"),
    TL_FIELD(struct record, RELAY_ADDR, relay, "relay_addr", TL_REC_ADDR, "The relay agent that the messages name"),
};

/* Without a flow: an exchange has several. */
const struct tl_record_def tl_dhcp_record_def = {
    .path = "dhcp",
    .help = "An exchange: the messages with one transaction id and one client, in whatever flows. Written at the next "
            "message of any exchange, or end of a flow, when its first message was 10 s and its last one 5 s ago, or its "
            "first one 30 s ago; and at once with 50 messages, with 10 flows, when one of its flows ends, or as the "
            "oldest of 1,024 when another begins",
    .fields = fields,
    .field_count = (uint32_t)TL_COUNT(fields),
    .summary = { "msg_types", "mac", "host_name", "assigned_addr" },
};

/* --- parts --- */

enum { HARDWARE = 16, MAC = 6, TEXT_MOST = 255 };

struct text {
    uint8_t len; /* 0: none */
    bool cut;
    uint8_t bytes[TEXT_MOST];
};

struct part {
    int64_t ts;
    uint32_t id, lease;
    uint8_t type;        /* 0: a flow ends */
    bool is_client, has_lease, has_mac;
    uint8_t hw_len, hardware[HARDWARE], mac[MAC];
    uint8_t version, sender[16]; /* version 4 uses 4 bytes */
    uint8_t client[4], requested[4], assigned[4], relay[4]; /* 0.0.0.0: none */
    struct text host_name, fqdn, domain, message;
};

static void put_text(struct text *to, struct tl_bytes from)
{
    to->cut = from.len > TEXT_MOST;
    to->len = (uint8_t)(to->cut ? TEXT_MOST : from.len);
    if (to->len > 0)
        memcpy(to->bytes, from.data, to->len);
}

static const struct tl_joiner joiner;

void tl_dhcp_join(struct tl_dissection *d, const struct tl_dhcp_message *m)
{
    struct part part = { .ts = d->frame->ts, .id = m->id, .type = m->type, .is_client = m->op == TL_DHCP_REQUEST,
                         .version = d->flow.version };
    const uint8_t *sender = d->flow.side == 0 ? d->flow.orig_addr : d->flow.resp_addr;
    part.hw_len = m->hw_len < HARDWARE ? m->hw_len : HARDWARE;
    memcpy(part.hardware, m->hardware, part.hw_len);
    memcpy(part.sender, sender, part.version == 6 ? 16 : 4);
    part.has_mac = m->id_mac != NULL || m->hw_len == MAC;
    if (part.has_mac)
        memcpy(part.mac, m->id_mac != NULL ? m->id_mac : m->hardware, MAC);
    if (part.is_client)
        memcpy(part.client, m->client, 4);
    if (m->requested != NULL && part.is_client)
        memcpy(part.requested, m->requested, 4);
    if (!part.is_client)
        memcpy(part.assigned, m->your, 4);
    memcpy(part.relay, m->relay, 4);
    part.has_lease = m->has_lease && !part.is_client;
    part.lease = m->lease;
    if (part.is_client) {
        put_text(&part.host_name, m->host_name);
        put_text(&part.fqdn, m->fqdn);
    } else {
        put_text(&part.domain, m->domain);
    }
    put_text(&part.message, m->message);
    tl_join(d, &joiner, &part);
}

void tl_dhcp_join_end(struct tl_dissection *d)
{
    struct part part = { .ts = d->frame->ts };
    tl_join(d, &joiner, &part);
}

/* --- exchanges --- */

enum {
    EXCHANGES = 1024, /* at one time; then the oldest is written */
    UIDS_MOST = 10, MESSAGES_MOST = 50, /* of one exchange; then another begins */
    LINGER_S = 10, SILENCE_S = 5, LONGEST_S = 30,
    TYPE_ROOM = 16,
};

struct exchange {
    int64_t first, last; /* ns */
    uint32_t id;
    uint8_t hw_len, hardware[HARDWARE];
    struct tl_flow_id flow; /* of the first message */
    uint32_t uid_count, count;
    char uids[UIDS_MOST][TL_UID_LEN];
    uint8_t types[MESSAGES_MOST];
    struct tl_addr senders[MESSAGES_MOST];
    bool has_lease, has_mac;
    uint32_t lease;
    uint8_t mac[MAC];
    uint8_t requested[4], assigned[4], relay[4];
    struct tl_addr client, server; /* version 0: none */
    struct text host_name, fqdn, domain, client_message, server_message;
};

struct exchanges {
    struct exchange *items[EXCHANGES]; /* owned, in the order in which they began */
    uint32_t count;
};

static const char *const types[] = { NULL, "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM",
                                     "FORCERENEW", "LEASEQUERY", "LEASEUNASSIGNED", "LEASEUNKNOWN", "LEASEACTIVE",
                                     "BULKLEASEQUERY", "LEASEQUERYDONE", "ACTIVELEASEQUERY", "LEASEQUERYSTATUS", "TLS" };

static bool is_set(const uint8_t addr[4])
{
    return tl_load_be32(addr) != 0;
}

static struct tl_addr address(uint8_t version, const uint8_t *bytes)
{
    struct tl_addr a = { .version = version };
    memcpy(a.bytes, bytes, version == 6 ? 16 : 4);
    return a;
}

/* What lists of a record point at. */
struct room {
    struct tl_bytes uids[UIDS_MOST], types[MESSAGES_MOST], senders[MESSAGES_MOST];
    uint8_t type_text[MESSAGES_MOST][TYPE_ROOM], sender_text[MESSAGES_MOST][TL_ROOM_IPV6], mac[TL_ROOM_MAC];
};

static struct tl_bytes type_name(uint8_t type, uint8_t room[TYPE_ROOM])
{
    if (type < TL_COUNT(types) && types[type] != NULL)
        return tl_bytes_of(types[type], strlen(types[type]));
    memcpy(room, "unknown-", 8);
    return tl_bytes_of(room, (size_t)(tl_write_u64(room + 8, type) - room));
}

static void set_lists(struct record *r, const struct exchange *x, struct room *room)
{
    for (uint32_t i = 0; i < x->uid_count; i++)
        room->uids[i] = tl_bytes_of(x->uids[i], TL_UID_LEN);
    for (uint32_t i = 0; i < x->count; i++) {
        const struct tl_addr *a = &x->senders[i];
        uint8_t *text = room->sender_text[i];
        const uint8_t *end = a->version == 6 ? tl_write_ipv6(text, a->bytes) : tl_write_ipv4(text, a->bytes);
        room->types[i] = type_name(x->types[i], room->type_text[i]);
        room->senders[i] = tl_bytes_of(text, (size_t)(end - text));
    }
    r->uids = (struct tl_text_list){ room->uids, x->uid_count };
    r->msg_types = (struct tl_text_list){ room->types, x->count };
    r->msg_orig = (struct tl_text_list){ room->senders, x->count };
}

static void set_text(struct record *r, unsigned field, struct tl_bytes *to, const struct text *from)
{
    *to = tl_bytes_of(from->bytes, from->len);
    if (from->len > 0)
        tl_record_set(&r->r, field);
    if (from->cut)
        r->r.cut |= UINT64_C(1) << field;
}

static void set_address(struct record *r, unsigned field, struct tl_addr *to, struct tl_addr from)
{
    *to = from;
    if (from.version != 0)
        tl_record_set(&r->r, field);
}

static struct tl_addr known(const uint8_t addr[4])
{
    return is_set(addr) ? address(4, addr) : (struct tl_addr){ .version = 0 };
}

static void set_values(struct record *r, const struct exchange *x, struct room *room)
{
    set_address(r, CLIENT_ADDR, &r->client_addr, x->client.version != 0 ? x->client : known(x->assigned));
    set_address(r, SERVER_ADDR, &r->server_addr, x->server);
    set_address(r, REQUESTED, &r->requested, known(x->requested));
    set_address(r, ASSIGNED, &r->assigned, known(x->assigned));
    set_address(r, RELAY_ADDR, &r->relay, known(x->relay));
    set_text(r, HOST_NAME, &r->host_name, &x->host_name);
    set_text(r, CLIENT_FQDN, &r->client_fqdn, &x->fqdn);
    set_text(r, DOMAIN, &r->domain, &x->domain);
    set_text(r, CLIENT_MESSAGE, &r->client_message, &x->client_message);
    set_text(r, SERVER_MESSAGE, &r->server_message, &x->server_message);
    if (x->has_mac) {
        r->mac = tl_bytes_of(room->mac, (size_t)(tl_write_mac(room->mac, x->mac) - room->mac));
        tl_record_set(&r->r, MAC_ADDR);
    }
    if (x->has_lease) {
        r->lease = (int64_t)x->lease * 1000000000;
        tl_record_set(&r->r, LEASE);
    }
    r->duration = tl_time_between(x->first, x->last);
    if (tl_time_fits(r->duration))
        tl_record_set(&r->r, DURATION);
}

/* Writes the exchange at `i` and removes it. */
static void write_out(struct exchanges *all, uint32_t i, const struct tl_joined *to)
{
    struct exchange *x = all->items[i];
    struct record r = { .r.ts = x->first };
    struct room room;
    set_lists(&r, x, &room);
    set_values(&r, x, &room);
    r.r.set |= UINT64_C(1) << UIDS | UINT64_C(1) << MSG_TYPES | UINT64_C(1) << MSG_ORIG;
    to->record(to->context, &tl_dhcp_record_def, &r.r, &x->flow);
    free(x);
    all->count--;
    memmove(all->items + i, all->items + i + 1, (all->count - i) * sizeof(struct exchange *));
}

static bool lasted(int64_t from, int64_t to, int64_t seconds)
{
    return tl_time_between(from, to) >= seconds * 1000000000;
}

/* Writes the exchanges that are over at `now`. */
static void write_due(struct exchanges *all, int64_t now, const struct tl_joined *to)
{
    for (uint32_t i = 0; i < all->count;) {
        const struct exchange *x = all->items[i];
        if (lasted(x->first, now, LINGER_S) && (lasted(x->last, now, SILENCE_S) || lasted(x->first, now, LONGEST_S)))
            write_out(all, i, to);
        else
            i++;
    }
}

static bool is_of(const struct exchange *x, const struct part *part)
{
    return x->id == part->id && x->hw_len == part->hw_len && memcmp(x->hardware, part->hardware, x->hw_len) == 0;
}

/* Returns the index of the part's exchange, which may begin with it, or EXCHANGES without memory. */
static uint32_t find(struct exchanges *all, const struct part *part, const struct tl_flow_id *id,
                     const struct tl_joined *to)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (is_of(all->items[i], part))
            return i;
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL)
        return EXCHANGES;
    if (all->count == EXCHANGES)
        write_out(all, 0, to);
    x->first = part->ts;
    x->id = part->id;
    x->hw_len = part->hw_len;
    memcpy(x->hardware, part->hardware, sizeof x->hardware);
    x->flow = *id;
    all->items[all->count] = x;
    return all->count++;
}

static void replace_text(struct text *old, const struct text *new)
{
    if (new->len > 0)
        *old = *new;
}

static void replace_address(uint8_t old[4], const uint8_t new[4])
{
    if (is_set(new))
        memcpy(old, new, 4);
}

static void take_client(struct exchange *x, const struct part *part)
{
    static const uint8_t broadcast[4] = { 255, 255, 255, 255 };
    bool relayed = is_set(part->relay); /* the relay agent may send from another of its addresses than it names */
    const uint8_t *client = relayed ? part->client : part->sender;
    if ((part->version == 4 || relayed) && is_set(client) && memcmp(client, broadcast, 4) != 0)
        x->client = address(4, client);
    replace_address(x->requested, part->requested);
    replace_text(&x->host_name, &part->host_name);
    replace_text(&x->fqdn, &part->fqdn);
    replace_text(&x->client_message, &part->message);
}

static void take_server(struct exchange *x, const struct part *part)
{
    if (is_set(part->assigned))
        x->server = address(part->version, part->sender);
    replace_address(x->assigned, part->assigned);
    replace_text(&x->domain, &part->domain);
    replace_text(&x->server_message, &part->message);
    if (part->has_lease) {
        x->has_lease = true;
        x->lease = part->lease;
    }
}

static void take_uid(struct exchange *x, const char *uid)
{
    for (uint32_t i = 0; i < x->uid_count; i++)
        if (memcmp(x->uids[i], uid, TL_UID_LEN) == 0)
            return;
    memcpy(x->uids[x->uid_count++], uid, TL_UID_LEN);
}

static void take_message(struct exchange *x, const struct part *part, const char *uid)
{
    x->last = part->ts;
    take_uid(x, uid);
    x->types[x->count] = part->type;
    x->senders[x->count++] = address(part->version, part->sender);
    if (part->has_mac && !x->has_mac) {
        x->has_mac = true;
        memcpy(x->mac, part->mac, MAC);
    }
    replace_address(x->relay, part->relay);
    if (part->is_client)
        take_client(x, part);
    else
        take_server(x, part);
}

/* A flow ended after its time-out, or because no packet follows: what is no younger waits for nothing. */
static void end_flow(struct exchanges *all, const struct part *part, const char *uid, const struct tl_joined *to)
{
    for (uint32_t i = 0; i < all->count;) {
        const struct exchange *x = all->items[i];
        uint32_t k = 0;
        while (k < x->uid_count && memcmp(x->uids[k], uid, TL_UID_LEN) != 0)
            k++;
        if (k < x->uid_count && tl_time_between(x->last, part->ts) >= 0)
            write_out(all, i, to);
        else
            i++;
    }
}

static void *joiner_make(uint64_t seed)
{
    (void)seed;
    return calloc(1, sizeof(struct exchanges));
}

static void joiner_take(void *state, const void *from, const struct tl_flow_id *id, const struct tl_joined *to)
{
    struct exchanges *all = state;
    const struct part *part = from;
    write_due(all, part->ts, to);
    if (part->type == 0) {
        end_flow(all, part, id->uid, to);
        return;
    }
    uint32_t i = find(all, part, id, to);
    if (i == EXCHANGES)
        return;
    struct exchange *x = all->items[i];
    take_message(x, part, id->uid);
    if (x->count == MESSAGES_MOST || x->uid_count == UIDS_MOST)
        write_out(all, i, to);
}

static void joiner_end(void *state, const struct tl_joined *to)
{
    struct exchanges *all = state;
    while (all->count > 0)
        write_out(all, 0, to);
}

static void joiner_drop(void *state)
{
    struct exchanges *all = state;
    for (uint32_t i = 0; i < all->count; i++)
        free(all->items[i]);
    free(all);
}

static const struct tl_joiner joiner = { .part_size = sizeof(struct part), .make = joiner_make, .take = joiner_take,
                                         .end = joiner_end, .drop = joiner_drop };
