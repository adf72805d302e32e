/*
 * bt_dht.c - the distributed hash table of BitTorrent (BEP 5, IPv6: BEP 32): queries, responses and errors as
 * dictionaries in bencoding (BEP 3).
 */
#include "core/dissect.h"

enum { TYPE, METHOD, TRANSACTION, VERSION, SENDER, ID, TARGET, INFO_HASH, TOKEN, NODES, PEERS, IP4, IP6, PORT,
       ANNOUNCED, ERROR_CODE, ERROR_TEXT,
       IMPLIED, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "bt-dht.type", "Type", .type = TL_TEXT, .help = "q, r or e on the wire" },
    [METHOD] = { "bt-dht.method", "Method", .type = TL_TEXT },
    [TRANSACTION] = { "bt-dht.transaction", "Transaction", .type = TL_BYTES },
    [VERSION] = { "bt-dht.version", "Version of the client", .type = TL_BYTES },
    [SENDER] = { "bt-dht.sender", "Sender", .type = TL_BYTES },
    [ID] = { "bt-dht.id", "Node", .type = TL_BYTES, .flags = TL_REPEATS },
    [TARGET] = { "bt-dht.target", "Looked for node", .type = TL_BYTES },
    [INFO_HASH] = { "bt-dht.info_hash", "Looked for torrent", .type = TL_BYTES },
    [TOKEN] = { "bt-dht.token", "Token", .type = TL_BYTES },
    [NODES] = { "bt-dht.node_count", "Nodes", .type = TL_U32, .flags = TL_DERIVED },
    [PEERS] = { "bt-dht.peer_count", "Peers", .type = TL_U32, .flags = TL_DERIVED },
    [IP4] = { "bt-dht.ip", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [IP6] = { "bt-dht.ip6", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [PORT] = { "bt-dht.port", "Port", .type = TL_U16, .flags = TL_REPEATS },
    [ANNOUNCED] = { "bt-dht.announced_port", "Port that is announced", .type = TL_U16 },
    [ERROR_CODE] = { "bt-dht.error.code", "Error", .type = TL_U32 },
    [ERROR_TEXT] = { "bt-dht.error.text", "Text of the error", .type = TL_TEXT },
    [IMPLIED] = { "bt-dht.implied_port", "Port is that of the datagram", .type = TL_BOOL },
};

enum { DEPTH = 6, NODE_ID = 20, DIGITS = 9 };

struct counts {
    uint32_t nodes, peers;
};

/* Takes a number in decimal that ends with `end`. */
static bool number(struct tl_dissection *d, uint8_t end, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i <= DIGITS; i++) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p == NULL)
            return false;
        if (*p == end && i > 0)
            return true;
        if (*p < '0' || *p > '9' || i == DIGITS)
            break;
        *value = *value * 10 + (*p - '0');
    }
    tl_bad(d);
    return false;
}

/* Takes the length of a string and its colon. */
static bool length(struct tl_dissection *d, uint32_t *n)
{
    if (!number(d, ':', n))
        return false;
    if (*n > tl_cursor_wire_left(&d->c))
        tl_bad(d);
    return tl_ok(d);
}

/* Takes a string: its length, a colon, its bytes. */
static bool string(struct tl_dissection *d, struct tl_bytes *text)
{
    uint32_t n;
    if (!length(d, &n))
        return false;
    const uint8_t *p = tl_cursor_take(&d->c, n);
    *text = tl_bytes_of(p, n);
    return p != NULL;
}

/* Passes over a value. Containers that are open are counted, so there is no recursion. */
static void skip(struct tl_dissection *d)
{
    uint32_t depth = 0, n;
    struct tl_bytes text;
    do {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
        if (p != NULL && *p >= '0' && *p <= '9') {
            (void)string(d, &text);
            continue;
        }
        tl_skip(d, 1);
        if (p == NULL)
            continue;
        if (*p == 'i') {
            p = tl_cursor_peek(&d->c, 0, 1);
            if (p != NULL && *p == '-')
                tl_skip(d, 1);
            (void)number(d, 'e', &n);
        } else if ((*p == 'd' || *p == 'l') && depth < DEPTH) {
            depth++;
        } else if (*p == 'e' && depth > 0) {
            depth--;
        } else {
            tl_bad(d);
        }
    } while (tl_ok(d) && depth > 0);
}

static bool is(struct tl_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

static void show(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
}

/* Address and port, of 6 or 18 bytes. Strings of another length are passed over. */
static void endpoint(struct tl_dissection *d, uint32_t size)
{
    if (size == 6)
        tl_ipv4(d, IP4);
    else if (size == 18)
        tl_ipv6(d, IP6);
    else
        tl_skip(d, size);
    if (size == 6 || size == 18)
        (void)tl_u16(d, PORT);
}

/* Nodes in compact form: id, address, port each. */
static void nodes(struct tl_dissection *d, uint32_t size, struct counts *counts)
{
    uint32_t n, each = NODE_ID + size;
    if (!length(d, &n))
        return;
    for (; n >= each && tl_ok(d); n -= each) {
        tl_run(d, ID, NODE_ID);
        endpoint(d, size);
        counts->nodes += tl_ok(d);
    }
    tl_skip(d, n);
}

/* A list of peers: a string of address and port each. */
static void peers(struct tl_dissection *d, struct counts *counts)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint32_t n;
    if (p == NULL || *p != 'l') {
        skip(d);
        return;
    }
    tl_skip(d, 1);
    while ((p = tl_cursor_peek(&d->c, 0, 1)) != NULL && *p != 'e' && length(d, &n)) {
        endpoint(d, n);
        counts->peers += tl_ok(d) && (n == 6 || n == 18);
    }
    tl_skip(d, 1);
}

/* The value of a number: i, digits, e. Others are passed over. */
static bool integer(struct tl_dissection *d, uint32_t *value)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL || p[0] != 'i' || p[1] == '-') {
        skip(d);
        return false;
    }
    tl_skip(d, 1);
    return number(d, 'e', value);
}

/* One entry of the arguments of a query, or of the values of a response. */
static void argument(struct tl_dissection *d, struct tl_bytes key, struct counts *counts)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    bool text = p != NULL && *p >= '0' && *p <= '9';
    uint32_t off = d->c.off, value;
    struct tl_bytes v;
    if (is(key, "values")) {
        peers(d, counts);
    } else if (is(key, "port") || is(key, "implied_port")) {
        if (integer(d, &value) && (key.len > 4 || value <= UINT16_MAX))
            tl_add(d, key.len == 4 ? ANNOUNCED : IMPLIED, off, d->c.off - off, key.len == 4 ? value : value != 0);
    } else if (!text) {
        skip(d);
    } else if (is(key, "nodes") || is(key, "nodes6")) {
        nodes(d, key.len == 5 ? 6 : 18, counts);
    } else if (string(d, &v)) {
        if (is(key, "id") && v.len > 0)
            show(d, SENDER, v);
        else if (is(key, "target") && v.len > 0)
            show(d, TARGET, v);
        else if (is(key, "info_hash") && v.len > 0)
            show(d, INFO_HASH, v);
        else if (is(key, "token") && v.len > 0)
            show(d, TOKEN, v);
    }
}

static void arguments(struct tl_dissection *d, struct counts *counts)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    struct tl_bytes key;
    if (p == NULL || *p != 'd') {
        skip(d);
        return;
    }
    tl_skip(d, 1);
    while ((p = tl_cursor_peek(&d->c, 0, 1)) != NULL && *p != 'e' && string(d, &key))
        argument(d, key, counts);
    tl_skip(d, 1);
}

/* A list of a code and a text. */
static void error(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    uint32_t code, off;
    struct tl_bytes text;
    if (p == NULL || p[0] != 'l' || p[1] != 'i') {
        skip(d);
        return;
    }
    tl_skip(d, 2);
    off = d->c.off;
    if (number(d, 'e', &code))
        tl_add(d, ERROR_CODE, off, d->c.off - off, code);
    p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && *p != 'e' && string(d, &text) && text.len > 0)
        show(d, ERROR_TEXT, text);
    while ((p = tl_cursor_peek(&d->c, 0, 1)) != NULL && *p != 'e' && tl_ok(d))
        skip(d);
    tl_skip(d, 1);
}

static void entry(struct tl_dissection *d, struct tl_bytes key, struct counts *counts)
{
    static const char *const names[] = { "Query", "Response", "Error" };
    struct tl_bytes v;
    if (is(key, "a") || is(key, "r")) {
        arguments(d, counts);
        return;
    }
    if (is(key, "e")) {
        error(d);
        return;
    }
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p == NULL || *p < '0' || *p > '9') {
        skip(d);
        return;
    }
    if (is(key, "ip")) { /* of the asker (BEP 42) */
        uint32_t n;
        if (length(d, &n))
            endpoint(d, n);
        return;
    }
    if (!string(d, &v) || v.len == 0)
        return;
    const char *at = is(key, "y") && v.len == 1 ? strchr("qre", v.data[0]) : NULL;
    if (at != NULL && v.data[0] != 0 && tl_wants(d, TYPE)) {
        const char *name = names[v.data[0] == 'q' ? 0 : v.data[0] == 'r' ? 1 : 2];
        tl_add_text(d, TYPE, (uint32_t)(v.data - d->c.base), v.len, name, (uint32_t)strlen(name));
    } else if (is(key, "q")) {
        show(d, METHOD, v);
    } else if (is(key, "t")) {
        show(d, TRANSACTION, v);
    } else if (is(key, "v")) {
        show(d, VERSION, v);
    }
}

static enum tl_status bt_dht_dissect(struct tl_dissection *d)
{
    struct counts counts = { 0, 0 };
    struct tl_bytes key;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && *p != 'd') {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    tl_skip(d, 1);
    while (tl_ok(d) && (p = tl_cursor_peek(&d->c, 0, 1)) != NULL && *p != 'e' && string(d, &key))
        entry(d, key, &counts);
    if (tl_ok(d))
        tl_skip(d, 1);
    if (counts.nodes > 0)
        tl_add(d, NODES, d->c.off, 0, counts.nodes);
    if (counts.peers > 0)
        tl_add(d, PEERS, d->c.off, 0, counts.peers);
    if (tl_ok(d))
        tl_confirm(d);
    return tl_next_none(d);
}

/* The first entry of a dictionary of KRPC, and its last: the type of the message. */
static enum tl_probe bt_dht_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char *const first[] = { "d1:ad", "d1:rd", "d1:el", "d2:ip", "d1:t", "d1:q", "d1:v" };
    static const char type[] = "1:y1:";
    uint32_t n = tl_cursor_left(&c), i = 0;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (d->flow.stream || n < 12)
        return TL_PROBE_NO;
    while (i < TL_COUNT(first) && memcmp(p, first[i], strlen(first[i])) != 0)
        i++;
    if (i == TL_COUNT(first))
        return TL_PROBE_NO;
    if (i < 3)
        return TL_PROBE_YES;
    return memmem(p, n, type, sizeof type - 1) != NULL ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_bt_dht = {
    .name = "bt-dht",
    .title = "BitTorrent DHT Protocol",
    .service = "bt-dht",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_MESSAGES,
    TL_TABLE(fields),
    .info = "[{type}][ {method}][ for {info_hash}][ for {target}][, {node_count} nodes][, {peer_count} peers]"
            "[, {error.code}][ {error.text}]",
    TL_BEGINS("dd"), .probe = bt_dht_probe,
    .dissect = bt_dht_dissect,
};
