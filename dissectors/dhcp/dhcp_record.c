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
            "message of any exchange, or end of a flow, when its first message was 10 s and its last one 5 s ago, or "
            "its first one 30 s ago; and at once with 50 messages, with 10 flows, when one of its flows ends, or as "
            "the oldest of 1,024 when another begins",
    .fields = fields,
    .field_count = (uint32_t)TL_COUNT(fields),
    .summary = { "msg_types", "mac", "host_name", "assigned_addr" },
};

/* --- parts --- */

enum { HARDWARE = 16, MAC = 6, TEXT_MOST = 255, LEASEQUERY = 10 };

struct text {
    uint8_t len; /* 0: none */
    bool cut;
    uint8_t bytes[TEXT_MOST];
};

struct part {
    int64_t ts, etime;   /* of the record, and engine time, by which exchanges end */
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
    struct part part = { .ts = d->frame->ts, .etime = tl_frame_etime(d->frame), .id = m->id, .type = m->type,
                         .is_client = m->op == TL_DHCP_REQUEST, .version = d->flow.version };
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
    struct part part = { .ts = d->frame->ts, .etime = tl_frame_etime(d->frame) };
    tl_join(d, &joiner, &part);
}

/* --- exchanges --- */

enum {
    EXCHANGES = 1024, /* at one time; then the oldest is written */
    UIDS_MOST = 10, MESSAGES_MOST = 50, /* of one exchange; then another begins */
    LINGER_S = 10, SILENCE_S = 5, LONGEST_S = 30,
    BUCKETS = 1024,
    TYPE_ROOM = 16,
};

/* A flow that messages of an exchange were in. */
struct use {
    struct exchange *of;
    struct use *next, *prior; /* of the bucket */
    char uid[TL_UID_LEN];
};

struct exchange {
    struct exchange *same; /* of the bucket */
    struct exchange *older, *newer; /* in the order in which they began */
    uint64_t number;       /* in that order */
    uint32_t place;        /* in the heap */
    int64_t due;           /* engine time, ns: when it is over if no message follows */
    int64_t begun, heard;  /* engine time, ns, of the first and the last message */
    int64_t first, last;   /* ns: their times */
    uint32_t id;
    uint8_t hw_len, hardware[HARDWARE];
    struct tl_flow_id flow; /* of the first message */
    uint32_t uid_count, count;
    struct use uses[UIDS_MOST];
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
    uint64_t seed;                    /* of the hashes: outsiders cannot choose what collides */
    struct exchange *buckets[BUCKETS]; /* by id and hardware address */
    struct use *flows[BUCKETS];       /* by uid */
    struct exchange *oldest, *newest;
    struct exchange *heap[EXCHANGES]; /* owned; the one that is due first is at the top */
    uint32_t count;
    uint64_t begun;
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
        room->uids[i] = tl_bytes_of(x->uses[i].uid, TL_UID_LEN);
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

/* --- exchanges that are open --- */

static struct exchange **bucket_of(struct exchanges *all, uint32_t id, uint8_t hw_len, const uint8_t hardware[HARDWARE])
{
    uint8_t text[4 + 1 + HARDWARE];
    memcpy(text, &id, 4);
    text[4] = hw_len;
    memcpy(text + 5, hardware, HARDWARE);
    return &all->buckets[XXH3_64bits_withSeed(text, sizeof text, all->seed) % BUCKETS];
}

static struct use **uses_of(struct exchanges *all, const char *uid)
{
    return &all->flows[XXH3_64bits_withSeed(uid, TL_UID_LEN, all->seed) % BUCKETS];
}

static void put_at(struct exchanges *all, uint32_t place, struct exchange *x)
{
    all->heap[place] = x;
    x->place = place;
}

/* Moves an exchange to where it belongs in the heap, after `due` changed. */
static void sift(struct exchanges *all, struct exchange *x)
{
    uint32_t at = x->place;
    while (at > 0 && tl_etime_before(x->due, all->heap[(at - 1) / 2]->due)) {
        put_at(all, at, all->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (uint32_t child; (child = at * 2 + 1) < all->count; at = child) {
        if (child + 1 < all->count && tl_etime_before(all->heap[child + 1]->due, all->heap[child]->due))
            child++;
        if (!tl_etime_before(all->heap[child]->due, x->due))
            break;
        put_at(all, at, all->heap[child]);
    }
    put_at(all, at, x);
}

static void take_from_heap(struct exchanges *all, const struct exchange *x)
{
    struct exchange *moved = all->heap[--all->count];
    if (moved == x)
        return;
    put_at(all, x->place, moved);
    sift(all, moved);
}

static void drop_uses(struct exchanges *all, struct exchange *x)
{
    for (uint32_t i = 0; i < x->uid_count; i++) {
        struct use *u = &x->uses[i];
        *(u->prior != NULL ? &u->prior->next : uses_of(all, u->uid)) = u->next;
        if (u->next != NULL)
            u->next->prior = u->prior;
    }
}

static void forget(struct exchanges *all, struct exchange *x)
{
    struct exchange **at = bucket_of(all, x->id, x->hw_len, x->hardware);
    while (*at != x)
        at = &(*at)->same;
    *at = x->same;
    *(x->older != NULL ? &x->older->newer : &all->oldest) = x->newer;
    *(x->newer != NULL ? &x->newer->older : &all->newest) = x->older;
    take_from_heap(all, x);
    drop_uses(all, x);
    free(x);
}

static void write_out(struct exchanges *all, struct exchange *x, const struct tl_joined *to)
{
    struct record r = { .r.ts = x->first };
    struct room room;
    set_lists(&r, x, &room);
    set_values(&r, x, &room);
    r.r.set |= UINT64_C(1) << UIDS | UINT64_C(1) << MSG_TYPES | UINT64_C(1) << MSG_ORIG;
    to->record(to->context, &tl_dhcp_record_def, &r.r, &x->flow);
    forget(all, x);
}

static int by_number(const void *a, const void *b)
{
    const struct exchange *x = *(struct exchange *const *)a, *y = *(struct exchange *const *)b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Writes exchanges that are over at the same time, in the order in which they began. */
static void write_all(struct exchanges *all, struct exchange **over, uint32_t count, const struct tl_joined *to)
{
    if (count > 1)
        qsort(over, count, sizeof(struct exchange *), by_number);
    for (uint32_t i = 0; i < count; i++)
        write_out(all, over[i], to);
}

static bool lasted(int64_t from, int64_t to, int64_t seconds)
{
    return tl_etime_between(from, to) >= seconds * 1000000000;
}

static bool is_over(const struct exchange *x, int64_t now)
{
    return lasted(x->begun, now, LINGER_S) && (lasted(x->heard, now, SILENCE_S) || lasted(x->begun, now, LONGEST_S));
}

static int64_t later(int64_t etime, int64_t seconds)
{
    return tl_etime_add(etime, seconds * 1000000000);
}

/* When is_over() begins to be true. */
static int64_t due_of(const struct exchange *x)
{
    int64_t earliest = later(x->begun, LINGER_S), latest = later(x->begun, LONGEST_S);
    int64_t silent = later(x->heard, SILENCE_S), over = tl_etime_before(silent, latest) ? silent : latest;
    return tl_etime_before(earliest, over) ? over : earliest;
}

/* Writes the exchanges that are over at the engine time `now`. */
static void write_due(struct exchanges *all, int64_t now, const struct tl_joined *to)
{
    struct exchange *over[EXCHANGES];
    uint32_t count = 0;
    if (all->count > 0 && is_over(all->heap[0], now))
        over[count++] = all->heap[0];
    for (uint32_t i = 0; i < count; i++) /* below one that is not over none is */
        for (uint32_t child = over[i]->place * 2 + 1; child <= over[i]->place * 2 + 2 && child < all->count; child++)
            if (is_over(all->heap[child], now))
                over[count++] = all->heap[child];
    write_all(all, over, count, to);
}

static bool is_of(const struct exchange *x, const struct part *part)
{
    return x->id == part->id && x->hw_len == part->hw_len && memcmp(x->hardware, part->hardware, x->hw_len) == 0;
}

/* Returns the part's exchange, which may begin with it, or NULL without memory. */
static struct exchange *find(struct exchanges *all, const struct part *part, const struct tl_flow_id *id,
                             const struct tl_joined *to)
{
    struct exchange **bucket = bucket_of(all, part->id, part->hw_len, part->hardware);
    for (struct exchange *x = *bucket; x != NULL; x = x->same)
        if (is_of(x, part))
            return x;
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    if (all->count == EXCHANGES)
        write_out(all, all->oldest, to);
    x->first = part->ts;
    x->begun = part->etime;
    x->id = part->id;
    x->hw_len = part->hw_len;
    memcpy(x->hardware, part->hardware, sizeof x->hardware);
    x->flow = *id;
    x->number = all->begun++;
    x->same = *bucket;
    *bucket = x;
    x->older = all->newest;
    *(all->newest != NULL ? &all->newest->newer : &all->oldest) = x;
    all->newest = x;
    put_at(all, all->count++, x);
    return x;
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
    static const uint8_t none[4], broadcast[4] = { 255, 255, 255, 255 };
    const uint8_t *client = part->version == 4 ? part->sender : none;
    if (is_set(part->relay)) /* the sender is the agent; what it asks about need not be what the client has */
        client = part->type == LEASEQUERY ? none : part->client;
    if (is_set(client) && memcmp(client, broadcast, 4) != 0)
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

static void take_uid(struct exchanges *all, struct exchange *x, const char *uid)
{
    for (uint32_t i = 0; i < x->uid_count; i++)
        if (memcmp(x->uses[i].uid, uid, TL_UID_LEN) == 0)
            return;
    struct use *u = &x->uses[x->uid_count++], **bucket = uses_of(all, uid);
    u->of = x;
    u->next = *bucket;
    if (u->next != NULL)
        u->next->prior = u;
    *bucket = u;
    memcpy(u->uid, uid, TL_UID_LEN);
}

static void take_message(struct exchange *x, const struct part *part)
{
    x->last = part->ts;
    x->heard = part->etime;
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

/*
 * A flow ended, after its time-out or with the capture: exchanges with messages in it are over, unless another flow had
 * a message of them after that.
 */
static void end_flow(struct exchanges *all, const struct part *part, const char *uid, const struct tl_joined *to)
{
    struct exchange *over[EXCHANGES];
    uint32_t count = 0;
    for (struct use *u = *uses_of(all, uid); u != NULL; u = u->next)
        if (memcmp(u->uid, uid, TL_UID_LEN) == 0 && tl_etime_between(u->of->heard, part->etime) >= 0)
            over[count++] = u->of;
    write_all(all, over, count, to);
}

static void *joiner_make(uint64_t seed)
{
    struct exchanges *all = calloc(1, sizeof *all);
    if (all != NULL)
        all->seed = seed;
    return all;
}

static void joiner_take(void *state, const void *from, const struct tl_flow_id *id, const struct tl_joined *to)
{
    struct exchanges *all = state;
    const struct part *part = from;
    write_due(all, part->etime, to);
    if (part->type == 0) {
        end_flow(all, part, id->uid, to);
        return;
    }
    struct exchange *x = find(all, part, id, to);
    if (x == NULL)
        return;
    take_uid(all, x, id->uid);
    take_message(x, part);
    x->due = due_of(x);
    sift(all, x);
    if (x->count == MESSAGES_MOST || x->uid_count == UIDS_MOST)
        write_out(all, x, to);
}

static void joiner_end(void *state, const struct tl_joined *to)
{
    struct exchanges *all = state;
    while (all->oldest != NULL)
        write_out(all, all->oldest, to);
}

static void joiner_drop(void *state)
{
    struct exchanges *all = state;
    for (uint32_t i = 0; i < all->count; i++)
        free(all->heap[i]);
    free(all);
}

static const struct tl_joiner joiner = { .part_size = sizeof(struct part), .make = joiner_make, .take = joiner_take,
                                         .end = joiner_end, .drop = joiner_drop };
