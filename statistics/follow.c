/*
 * follow.c - follow: the bytes of one conversation, in order, as tshark's -z follow.
 *
 * Bytes of a TCP flow come before the packet that brought them. Whether a flow that begins with this packet belongs to
 * the conversation with the wanted number is known after the packet only: until then its bytes are pending.
 */
#include "statistics/follow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "core/protocol.h"
#include "export/hidden.h"
#include "filter/layers.h"

enum { HIDE_BACK = 1 << 16, HIDE_ONCE = 4 }; /* as the stream page of the view does it: ui/tasks/follow.c */

/* --- reading the argument --- */

/* Reads 10.0.0.1:80 or [fd00::1]:80. */
static bool read_end(const char *text, size_t len, struct tl_address *end)
{
    char host[64];
    char *rest;
    const char *colon = memrchr(text, ':', len);
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || colon + 1 == text + len)
        return false;
    size_t n = (size_t)(colon - text);
    bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
    memcpy(host, brackets ? text + 1 : text, brackets ? n - 2 : n);
    host[brackets ? n - 2 : n] = '\0';
    unsigned long port = strtoul(colon + 1, &rest, 10);
    if (rest != text + len || port > UINT16_MAX)
        return false;
    *end = (struct tl_address){ .port = (uint16_t)port, .version = brackets ? 6 : 4 };
    return inet_pton(brackets ? AF_INET6 : AF_INET, host, end->bytes) == 1;
}

/* Takes the number of the stream from the end of the text, of which a copy without it is in the statistic's room. */
static bool read_stream(struct tl_following *f, const char **text)
{
    const char *comma = strrchr(*text, ',');
    char *rest;
    f->stream = TL_SAID_WHOLE;
    if (!f->by_stream)
        return true;
    if (comma == NULL || comma[1] < '0' || comma[1] > '9')
        return false;
    errno = 0;
    f->stream = strtoull(comma + 1, &rest, 10);
    f->named = strndup(*text, (size_t)(comma - *text));
    *text = f->named;
    return *rest == '\0' && errno == 0 && f->stream < TL_SAID_WHOLE && f->named != NULL;
}

static bool read_what(struct tl_following *f, const char *text)
{
    char *rest;
    const char *comma = strchr(text, ',');
    if (comma != NULL)
        return read_end(text, (size_t)(comma - text), &f->ends[0]) &&
               read_end(comma + 1, strlen(comma + 1), &f->ends[1]) && f->ends[0].version == f->ends[1].version;
    f->by_uid = text[0] == 'C' && strlen(text) == TL_UID_LEN;
    f->uid = text;
    if (f->by_uid)
        return true;
    unsigned long number = strtoul(text, &rest, 10);
    f->by_number = text[0] >= '0' && text[0] <= '9' && *rest == '\0' && number < UINT32_MAX;
    f->number = (uint32_t)number;
    return f->by_number;
}

static bool take_word(const char **rest, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*rest, word, len) != 0 || (*rest)[len] != ',')
        return false;
    *rest += len + 1;
    return true;
}

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    struct tl_following *f = (struct tl_following *)s;
    const char *p = rest;
    f->type = TL_ADDRESS_TCP;
    f->secrets = tl_statistic_shows_secrets(setup);
    tl_rows_init(&f->flows, sizeof(uint64_t), s->memory / 8);
    if (take_word(&p, "udp"))
        f->type = TL_ADDRESS_UDP;
    else if (take_word(&p, "http"))
        f->inside = "http";
    else if (take_word(&p, "tls"))
        f->inside = "tls";
    else if (take_word(&p, "http2"))
        f->inside = "http2";
    else if (take_word(&p, "quic"))
        f->inside = "quic";
    else if (!take_word(&p, "tcp"))
        return tl_error_set(error, TL_E_USAGE, "-z follow: '%s': give follow,WHAT,MODE,STREAM, where WHAT is tcp, udp, "
                            "http, tls, http2 or quic", rest);
    f->by_stream = f->inside != NULL && (strcmp(f->inside, "http2") == 0 || strcmp(f->inside, "quic") == 0);
    if (f->inside != NULL && strcmp(f->inside, "quic") == 0)
        f->type = TL_ADDRESS_UDP;
    s->inside = f->inside != NULL;
    if (take_word(&p, "hex"))
        f->mode = TL_FOLLOW_HEX;
    else if (take_word(&p, "raw"))
        f->mode = TL_FOLLOW_RAW;
    else if (take_word(&p, "json"))
        f->mode = TL_FOLLOW_JSON;
    else if (!take_word(&p, "ascii"))
        return tl_error_set(error, TL_E_USAGE,
                            "-z follow: '%s': after WHAT give ascii, hex, raw or json, then STREAM",
                            rest);
    if (!read_stream(f, &p))
        return tl_error_set(error, TL_E_USAGE, "-z follow: '%s': after STREAM give the number of a stream in it: "
                            "follow,%s,ascii,0,1", rest, f->inside);
    if (!read_what(f, p))
        return tl_error_set(error, TL_E_USAGE,
                            "-z follow: STREAM is '%s': give its number, ADDR:PORT,ADDR:PORT, or the uid of a flow", p);
    s->filter = f->by_number ? "" : p;
    s->as_json = f->mode == TL_FOLLOW_JSON;
    if (f->by_number && (f->streams = tl_streams_new_within(s->memory / 4)) == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return TL_E_NONE;
}

/* Secrets are found where their fields are wanted. */
static void want(const struct tl_statistic *s, uint64_t *const wanted[])
{
    if (((const struct tl_following *)s)->secrets)
        return;
    for (uint32_t i = 0; i < s->protocols->count; i++)
        memset(wanted[i], 0xff, (s->protocols->items[i]->field_count / 64 + 1) * sizeof(uint64_t));
}

/* --- in the workers --- */

static bool has_end(const struct tl_flow_id *id, bool orig, const struct tl_address *end)
{
    return (orig ? id->orig_port : id->resp_port) == end->port && id->version == end->version &&
           memcmp(orig ? id->orig_addr : id->resp_addr, end->bytes, id->version == 4 ? 4 : 16) == 0;
}

/* May the flow be of the conversation? */
static bool may_be(const struct tl_following *f, const struct tl_flow_id *id)
{
    if (f->by_uid)
        return memcmp(id->uid, f->uid, TL_UID_LEN) == 0;
    if (f->by_number)
        return true;
    return (has_end(id, true, &f->ends[0]) && has_end(id, false, &f->ends[1])) ||
           (has_end(id, true, &f->ends[1]) && has_end(id, false, &f->ends[0]));
}

static bool wants_piece(const struct tl_statistic *s, const struct tl_flow_id *id, const struct tl_protocol *protocol,
                        uint64_t stream)
{
    const struct tl_following *f = (const struct tl_following *)s;
    bool wanted = f->inside == NULL ? protocol == NULL : protocol != NULL && strcmp(protocol->name, f->inside) == 0;
    bool carried = f->type == TL_ADDRESS_TCP ? id->ip_proto == 6 : f->inside != NULL && id->ip_proto == 17;
    return wanted && stream == f->stream && carried && may_be(f, id);
}

/* What note() appends: this, the ends of all layers, the payload of the last of them (UDP), and the secrets. */
struct noted_packet {
    uint32_t pairs;
    uint32_t payload;
    uint32_t chosen;  /* it is of the flow with the wanted uid, or between the wanted ends */
    uint32_t unknown; /* its flow ended with it */
};

struct noted_secret {
    uint32_t len, from, to;
    uint32_t in_packet; /* it is in the bytes of the packet as it was sent */
};

struct secrets {
    struct tl_buffer *out;
    const struct tl_tree *tree;
};

static void put_secret(void *context, struct tl_bytes secret, uint32_t from, uint32_t to)
{
    const struct secrets *to_put = context;
    const struct noted_secret head = { secret.len, from, to, tl_hidden_in_packet(to_put->tree, secret) };
    tl_put(to_put->out, &head, sizeof head);
    if (secret.len > 0)
        tl_put(to_put->out, secret.data, secret.len);
}

static uint32_t last_layer(const struct tl_statistic *s, enum tl_address_type type, const struct tl_tree *tree)
{
    uint32_t protocol = tl_statistic_protocol(s, tl_address_types[type].name), last = TL_NO_NODE;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER && node->protocol == protocol && (node->flags & TL_NODE_QUOTED) == 0)
            last = i;
    }
    return last;
}

/* Connections of QUIC have numbers of their own: packets of others are not counted. */
static bool has_layer(const struct tl_statistic *s, const char *name, const struct tl_tree *tree)
{
    uint32_t protocol = tl_statistic_protocol(s, name);
    for (uint32_t i = 0; i < tree->count; i++) {
        if (tree->nodes[i].field == TL_LAYER && tree->nodes[i].protocol == protocol)
            return true;
    }
    return false;
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    const struct tl_following *f = (const struct tl_following *)s;
    const struct tl_tree *tree = sight->scene->tree;
    struct noted_packet head = { .chosen = !f->by_number && sight->id != NULL && may_be(f, sight->id),
                                 .unknown = sight->id == NULL };
    uint32_t last = last_layer(s, f->type, tree);
    size_t at = out->len;
    if (last == TL_NO_NODE || (f->type == TL_ADDRESS_UDP && f->inside != NULL && !has_layer(s, f->inside, tree)) ||
        (!f->by_number && !head.chosen && !head.unknown))
        return;
    tl_put(out, &head, sizeof head);
    tl_address_note(s, f->type, out, tree);
    head.pairs = (uint32_t)((out->len - at - sizeof head) / sizeof(struct tl_address_pair));
    if (f->type == TL_ADDRESS_UDP && f->inside == NULL) {
        struct tl_bytes payload = tl_layer_payload(s->protocols, tree, last);
        head.payload = payload.len;
        if (payload.len > 0)
            tl_put(out, payload.data, payload.len);
    }
    struct secrets secrets = { out, tree };
    if (!f->secrets)
        tl_hidden_each(tree, s->protocols, put_secret, &secrets);
    if (!out->failed)
        memcpy(out->data + at, &head, sizeof head);
}

/* --- in the thread of the tables --- */

static bool grow_bytes(struct tl_following *f, size_t len)
{
    size_t room = f->room == 0 ? 65536 : f->room;
    while (room - f->len < len)
        room *= 2;
    if (room == f->room)
        return true;
    uint8_t *more = room <= f->base.memory / 3 ? realloc(f->bytes, room) : NULL; /* the old one exists meanwhile */
    if (more == NULL)
        return false;
    f->bytes = more;
    f->room = room;
    return true;
}

static bool grow_parts(struct tl_following *f)
{
    uint32_t capacity = f->capacity == 0 ? 256 : f->capacity * 2;
    if (f->count < f->capacity)
        return true;
    struct tl_follow_part *more = NULL;
    if (capacity * sizeof *more <= f->base.memory / 6)
        more = realloc(f->parts, capacity * sizeof *more);
    if (more == NULL)
        return false;
    f->parts = more;
    f->capacity = capacity;
    return true;
}

/* Once something found no room, the rest of the conversation is only counted. */
static void add_part(struct tl_following *f, unsigned side, uint64_t gap, struct tl_bytes bytes)
{
    if (f->left_out > 0 || !grow_parts(f) || !grow_bytes(f, bytes.len)) {
        f->left_out += bytes.len;
        return;
    }
    f->parts[f->count++] = (struct tl_follow_part){
        .at = f->len, .len = bytes.len, .gap = gap, .side = side, .place = f->places[side] + gap
    };
    if (bytes.len > 0)
        memcpy(f->bytes + f->len, bytes.data, bytes.len);
    f->len += bytes.len;
    f->places[side] += gap + bytes.len;
}

static void set_nodes(struct tl_following *f, const struct tl_address *first, const struct tl_address *second)
{
    if (f->found)
        return;
    f->found = true;
    f->nodes[0] = *first;
    f->nodes[1] = *second;
}

static struct tl_address address_of(const struct tl_flow_id *id, bool orig)
{
    struct tl_address address = { .port = orig ? id->orig_port : id->resp_port, .version = id->version };
    memcpy(address.bytes, orig ? id->orig_addr : id->resp_addr, id->version == 4 ? 4 : 16);
    return address;
}

static void drop_pending(struct tl_following *f)
{
    if (f->pending_flow == 0)
        return;
    for (uint32_t i = f->pending_part; i < f->count; i++)
        f->places[f->parts[i].side] -= f->parts[i].gap + f->parts[i].len;
    f->len = f->pending_at;
    f->count = f->pending_part;
    f->pending_flow = 0;
}

static void take_piece(struct tl_statistic *s, const struct tl_noted_piece *piece)
{
    struct tl_following *f = (struct tl_following *)s;
    uint64_t flow = piece->id.first_pkt;
    struct tl_address orig = address_of(&piece->id, true), resp = address_of(&piece->id, false);
    if (f->by_number && tl_rows_find(&f->flows, &flow, sizeof flow) == NULL) {
        if (flow <= f->last_number)
            return; /* of another conversation */
        if (f->pending_flow != flow) {
            drop_pending(f);
            f->pending_flow = flow;
            f->pending_at = f->len;
            f->pending_part = f->count;
        }
    } else if (!f->by_stream) {
        set_nodes(f, &orig, &resp);
    } else { /* the one who begins the stream is the first node */
        set_nodes(f, piece->side == 0 ? &orig : &resp, piece->side == 0 ? &resp : &orig);
    }
    /* a flow that the other end began has its sides swapped */
    bool swap = f->found && !tl_address_is_equal(&orig, &f->nodes[0]) && tl_address_is_equal(&orig, &f->nodes[1]);
    add_part(f, piece->side ^ swap, piece->gap, piece->bytes);
}

/* --- secrets --- */

static void add_secret(struct tl_following *f, size_t at, size_t len)
{
    if (f->hidden_count == f->hidden_capacity) {
        uint32_t capacity = f->hidden_capacity == 0 ? 64 : f->hidden_capacity * 2;
        struct tl_follow_secret *more = realloc(f->hidden, capacity * sizeof *more);
        if (more == NULL) { /* rather too much is hidden */
            memset(f->bytes + f->packet_at, '*', f->len - f->packet_at);
            return;
        }
        f->hidden = more;
        f->hidden_capacity = capacity;
    }
    f->hidden[f->hidden_count++] = (struct tl_follow_secret){ at, len };
}

/*
 * Finds the secret wherever it is in the last bytes; where it is not, all that its packet brought is secret. But what a
 * protocol carries need not have all bytes of the packet: these may be encrypted, or frame it.
 */
static void hide(struct tl_following *f, const struct noted_secret *part, const uint8_t *secret)
{
    size_t from = f->packet_at > HIDE_BACK ? f->packet_at - HIDE_BACK : 0;
    const uint8_t *at = f->bytes + from, *end = f->bytes + f->len, *last = NULL;
    f->hides = true;
    while (part->len > 0 && at < end && (at = memmem(at, (size_t)(end - at), secret, part->len)) != NULL) {
        last = at;
        if (part->len >= HIDE_ONCE)
            add_secret(f, (size_t)(at - f->bytes) + part->from, part->to - part->from);
        at += part->len;
    }
    if (last != NULL)
        add_secret(f, (size_t)(last - f->bytes) + part->from, part->to - part->from);
    else if (f->inside == NULL || part->in_packet == 0)
        add_secret(f, f->packet_at, f->len - f->packet_at);
}

/* The secrets of a packet are crossed out when all of them were found, since they overlap. */
static void hide_all(struct tl_following *f, const uint8_t *p, const uint8_t *end)
{
    struct noted_secret part;
    while (f->bytes != NULL && (size_t)(end - p) >= sizeof part) {
        memcpy(&part, p, sizeof part);
        p += sizeof part;
        hide(f, &part, p);
        p += part.len;
    }
    for (uint32_t i = 0; i < f->hidden_count; i++) {
        uint8_t *at = f->bytes + f->hidden[i].at;
        for (size_t k = 0; k < f->hidden[i].len; k++)
            at[k] = at[k] == '\r' || at[k] == '\n' ? at[k] : '*';
    }
    f->hidden_count = 0;
}

/* --- packets --- */

/* The sender of the first packet is the first node. The parts that the packet brought have the sides of its flow. */
static void begin_nodes(struct tl_following *f, const struct tl_address_pair *pair)
{
    if (f->found)
        return;
    if (f->by_stream && f->parts[f->packet_part].side != 0) {
        uint64_t place = f->places[0];
        f->places[0] = f->places[1];
        f->places[1] = place;
        for (uint32_t i = f->packet_part; i < f->count; i++)
            f->parts[i].side ^= 1;
    }
    set_nodes(f, &pair->src, &pair->dst);
}

/* Returns whether the packet is of the conversation. pair: of its innermost layer. */
static bool is_of_it(struct tl_following *f, const struct noted_packet *head, const uint8_t *pairs,
                     struct tl_address_pair *pair)
{
    uint32_t number = 0;
    bool numbered = false;
    for (uint32_t i = 0; i < head->pairs; i++) {
        memcpy(pair, pairs + i * sizeof *pair, sizeof *pair);
        const struct tl_endpoints e = tl_address_endpoints(pair, f->type == TL_ADDRESS_TCP);
        if (f->by_number)
            numbered = tl_streams_find(f->streams, &e, &number);
    }
    bool came = head->unknown != 0 && f->count > f->packet_part; /* bytes of it did */
    return head->pairs > 0 && (f->by_number ? numbered && number == f->number : head->chosen != 0 || came);
}

static void take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct tl_following *f = (struct tl_following *)s;
    struct noted_packet head;
    struct tl_address_pair pair;
    memcpy(&head, bytes.data, sizeof head);
    const uint8_t *p = bytes.data + sizeof head, *rest = p + head.pairs * sizeof pair;
    f->last_number = noted->number;
    if (is_of_it(f, &head, p, &pair)) {
        bool is_new, tcp = f->type == TL_ADDRESS_TCP, pieces = tcp || f->inside != NULL;
        if (!f->by_stream || f->count > f->packet_part)
            begin_nodes(f, &pair);
        if (pieces && noted->flow != 0)
            (void)tl_rows_row(&f->flows, &noted->flow, sizeof noted->flow, &is_new);
        if (pieces && f->pending_flow != noted->flow)
            drop_pending(f);
        f->pending_flow = 0;
        if (!pieces)
            add_part(f, !tl_address_is_equal(&pair.src, &f->nodes[0]), 0, (struct tl_bytes){ rest, head.payload });
        for (uint32_t i = f->packet_part; i < f->count; i++)
            f->parts[i].number = noted->number;
        hide_all(f, rest + head.payload, bytes.data + bytes.len);
    }
    drop_pending(f);
    f->packet_at = f->len;
    f->packet_part = f->count;
}

static void fini(struct tl_statistic *s)
{
    struct tl_following *f = (struct tl_following *)s;
    tl_streams_free(f->streams);
    tl_rows_fini(&f->flows);
    free(f->bytes);
    free(f->parts);
    free(f->hidden);
    free(f->named);
}

const struct tl_statistic_kind tl_statistic_follow = {
    .name = "follow",
    .arguments = ",tcp|udp|http|tls|http2|quic,ascii|hex|raw|json,STREAM[,NUMBER]",
    .help = "the bytes of a conversation; STREAM: its number, ADDR:PORT,ADDR:PORT, or the uid of a flow; NUMBER: of a "
            "stream in HTTP/2 or QUIC",
    .size = sizeof(struct tl_following),
    .identifies = true,
    .parse = parse,
    .want = want,
    .note = note,
    .take = take,
    .wants_piece = wants_piece,
    .take_piece = take_piece,
    .text = tl_follow_text,
    .json = tl_follow_json,
    .fini = fini,
};
