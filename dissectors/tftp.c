/*
 * tftp.c - Trivial File Transfer Protocol (RFC 1350) with options (RFC 2347, 2348, 2349, 7440). The server answers a
 * request from a new port, so the transfer is another flow, which the request's flow expects.
 */
#include "core/channel.h"

extern const struct tl_protocol tl_protocol_tftp;

enum { OPCODE, SOURCE_FILE, DESTINATION_FILE, TYPE, OPTION_NAME, OPTION_VALUE, BLOCK, DATA, ERROR_CODE, ERROR_MESSAGE };

enum opcode { READ = 1, WRITE, DATA_BLOCK, ACK, ERROR, OPTION_ACK };
static const struct tl_name opcodes[] = {
    { READ, "Read Request" },  { WRITE, "Write Request" },        { DATA_BLOCK, "Data Packet" }, { ACK, "Acknowledgement" },
    { ERROR, "Error Code" },   { OPTION_ACK, "Option Acknowledgement" }, { 0, NULL },
};

static const struct tl_name errors[] = {
    { 0, "Not defined" },         { 1, "File not found" },      { 2, "Access violation" },
    { 3, "Disk full or allocation exceeded" }, { 4, "Illegal TFTP Operation" }, { 5, "Unknown transfer ID" },
    { 6, "File already exists" }, { 7, "No such user" },        { 8, "Option negotiation failed" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [OPCODE] = { "tftp.opcode", "Opcode", .type = TL_U16, .names = opcodes },
    [SOURCE_FILE] = { "tftp.source_file", "Source file", .type = TL_TEXT, .help = "Of a read request" },
    [DESTINATION_FILE] = { "tftp.destination_file", "Destination file", .type = TL_TEXT,
                           .help = "Of a write request; also of what follows either request, from its packet" },
    [TYPE] = { "tftp.type", "Type", .type = TL_TEXT, .help = "octet, netascii or mail" },
    [OPTION_NAME] = { "tftp.option.name", "Option name", .type = TL_TEXT, .flags = TL_REPEATS },
    [OPTION_VALUE] = { "tftp.option.value", "Option value", .type = TL_TEXT, .flags = TL_REPEATS },
    [BLOCK] = { "tftp.block", "Block", .type = TL_U16 },
    [DATA] = { "tftp.data", "Data", .type = TL_BYTES },
    [ERROR_CODE] = { "tftp.error.code", "Error code", .type = TL_U16, .names = errors },
    [ERROR_MESSAGE] = { "tftp.error.message", "Error message", .type = TL_TEXT },
};

enum {
    BLOCK_SIZE = 512,     /* unless another size is negotiated */
    BLOCK_MOST = 65464,   /* RFC 2348 */
    NAME_MOST = TL_EXPECT_NOTE, /* maximum bytes kept of a file's name */
};

struct flow {
    struct tl_body body;
    uint64_t total;     /* bytes as sent by the server; UINT64_MAX: not sent */
    uint64_t next;      /* the block after the highest seen; counts on when the number on the wire wraps: on_wire() */
    uint64_t skipped;   /* numbers on the wire that no block had: 0, after 65535 */
    uint64_t last;      /* the file's last block; 0: not seen */
    uint32_t name;      /* kept; 0: none */
    uint32_t block_size;
    uint16_t acked;     /* the last acknowledged */
    uint8_t data_side;  /* the side that sends the file, once it has begun */
    bool ready;         /* the members above are set */
    bool begun, ended;  /* the file */
    bool windows;       /* several blocks are on their way at a time (RFC 7440) */
    bool holes;         /* a block came before an earlier one */
};

static void begin_transfer(struct flow *flow)
{
    *flow = (struct flow){ .total = UINT64_MAX, .next = 1, .block_size = BLOCK_SIZE, .ready = true };
}

/* --- strings that end with NUL --- */

/* Reads the string at the cursor and moves past its NUL. If field is a field, its node does not include the NUL. */
static struct tl_bytes text(struct tl_dissection *d, unsigned field)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off, *nul = left > 0 ? memchr(p, 0, left) : NULL;
    if (nul == NULL) {
        if (tl_ok(d) && left > 0)
            tl_run(d, field, left);
        tl_skip(d, 1);
        return (struct tl_bytes){ p, left };
    }
    uint32_t n = (uint32_t)(nul - p);
    tl_run(d, field, n);
    tl_skip(d, 1);
    return (struct tl_bytes){ p, n };
}

static bool is_word(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i < n && text.len == n; i++)
        if ((text.data[i] | 0x20) != word[i])
            return false;
    return text.len == n;
}

/* Reads a number of digits only; UINT64_MAX: not a number. */
static uint64_t number_of(struct tl_bytes text)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || v > UINT64_MAX / 100)
            return UINT64_MAX;
        v = v * 10 + (text.data[i] - '0');
    }
    return text.len > 0 ? v : UINT64_MAX;
}

/* --- the file --- */

static void end_file(struct tl_dissection *d, struct flow *flow)
{
    if (flow->begun && !flow->ended)
        tl_body_end(d, &flow->body);
    flow->ended = true;
}

static void begin_file(struct tl_dissection *d, struct flow *flow)
{
    flow->begun = true;
    flow->data_side = d->flow.side;
    struct tl_body_facts facts = { .source = "TFTP", .name = tl_kept(d, flow->name), .total = flow->total,
                                   .side = d->flow.side };
    tl_body_begin(d, &flow->body, &facts);
}

/* The number that a block of the file has in its packet. Some servers go on with 1 after 65535. */
static uint16_t on_wire(const struct flow *flow, uint64_t number)
{
    return (uint16_t)(number + flow->skipped);
}

/*
 * With windows a block may overtake another, or be sent again after those behind it (RFC 7440, section 4): each goes to its
 * place. With holes the file's end waits for the acknowledgment of the last block.
 */
static void place_block(struct tl_dissection *d, struct flow *flow, uint64_t number, struct tl_bytes bytes, uint32_t len)
{
    uint64_t place = (number - 1) * flow->block_size;
    flow->holes |= number > flow->next;
    if (flow->last != 0 && number > flow->last)
        return;
    tl_body_at(d, &flow->body, place, bytes);
    tl_body_lost_at(d, &flow->body, place + bytes.len, len - bytes.len);
    if (number >= flow->next)
        flow->next = number + 1;
    if (len < flow->block_size)
        flow->last = number;
    if (flow->last != 0 && !flow->holes)
        end_file(d, flow);
}

/* Without windows an earlier block is a repetition, and what is missing was not captured. */
static void append_block(struct tl_dissection *d, struct flow *flow, uint16_t ahead, struct tl_bytes bytes, uint32_t len)
{
    if (ahead > 0)
        tl_body_gap(d, &flow->body, (uint64_t)ahead * flow->block_size);
    if (bytes.len > 0)
        tl_body_data(d, &flow->body, bytes);
    if (bytes.len < len)
        tl_body_gap(d, &flow->body, len - bytes.len);
    flow->next += ahead + UINT64_C(1);
    if (len < flow->block_size)
        end_file(d, flow);
}

static void take_block(struct tl_dissection *d, struct flow *flow, uint16_t block, struct tl_bytes bytes, uint32_t len)
{
    if (flow->ended || (flow->begun && d->flow.side != flow->data_side))
        return;
    uint16_t next = on_wire(flow, flow->next), ahead = (uint16_t)(block - next);
    if (next == 0 && block == 1 && flow->acked == UINT16_MAX) { /* if 65535 was acknowledged last, there is no block 0 */
        flow->skipped++;
        ahead = 0;
    }
    uint16_t behind = (uint16_t)-ahead;
    bool earlier = ahead >= 0x8000;
    if (earlier && (!flow->windows || !flow->holes || behind >= flow->next))
        return;
    if (!flow->begun)
        begin_file(d, flow);
    if (len > flow->block_size) /* the negotiation was not seen */
        flow->block_size = len;
    if (flow->windows)
        place_block(d, flow, earlier ? flow->next - behind : flow->next + ahead, bytes, len);
    else
        append_block(d, flow, ahead, bytes, len);
}

static void acknowledged(struct tl_dissection *d, struct flow *flow, uint16_t block)
{
    if (!flow->begun || d->flow.side == flow->data_side)
        return;
    flow->acked = block;
    if (flow->last != 0 && block == on_wire(flow, flow->last))
        end_file(d, flow);
}

/* --- packets --- */

static void options(struct tl_dissection *d, struct flow *flow)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        struct tl_bytes name = text(d, OPTION_NAME), value = text(d, OPTION_VALUE);
        uint64_t number = number_of(value);
        if (flow == NULL || !tl_ok(d) || number == UINT64_MAX)
            continue;
        if (is_word(name, "tsize"))
            flow->total = number;
        else if (is_word(name, "blksize") && number >= 8 && number <= BLOCK_MOST)
            flow->block_size = (uint32_t)number;
        else if (is_word(name, "windowsize") && !flow->begun)
            flow->windows = number > 1 && number <= UINT16_MAX;
    }
}

/* The server may answer from a new port. The note is the file's name. */
static void expect_transfer(struct tl_dissection *d, struct tl_bytes name)
{
    uint16_t port = d->flow.side == 0 ? d->flow.orig_port : d->flow.resp_port;
    const uint8_t *client = d->flow.side == 0 ? d->flow.orig_addr : d->flow.resp_addr;
    const uint8_t *server = d->flow.side == 0 ? d->flow.resp_addr : d->flow.orig_addr;
    struct tl_expected_flow flow = { .ip_proto = 17, .addr = client, .port = port, .peer = server,
                                     .protocol = &tl_protocol_tftp };
    /* A request that is repeated announces nothing more. Another note, which no name can be, takes back the last one. */
    (void)tl_expect(d, &flow, tl_bytes_of("", 1));
    (void)tl_expect(d, &flow, name);
}

static void request(struct tl_dissection *d, struct flow *flow, enum opcode opcode)
{
    struct tl_bytes name = text(d, opcode == READ ? SOURCE_FILE : DESTINATION_FILE);
    text(d, TYPE);
    if (tl_ok(d) && flow != NULL) {
        end_file(d, flow);
        tl_forget(d, flow->name);
        begin_transfer(flow); /* a server may answer from this port */
        flow->name = tl_keep(d, name.data, name.len < NAME_MOST ? name.len : NAME_MOST);
        expect_transfer(d, name);
        tl_confirm(d);
    }
    options(d, NULL); /* the server's answer lists the accepted options */
}

/* The flow of a transfer gets its state from the request's flow. */
static void learn(struct tl_dissection *d, struct flow *flow)
{
    if (flow->ready)
        return;
    begin_transfer(flow);
    struct tl_expectation e = tl_expectation(d);
    if (e.note.len > 0)
        flow->name = tl_keep(d, e.note.data, e.note.len);
}

static void show_name(struct tl_dissection *d, const struct flow *flow)
{
    if (d->wanted == NULL || flow == NULL || flow->name == 0)
        return;
    struct tl_bytes name = tl_kept(d, flow->name);
    tl_add_text(d, DESTINATION_FILE, d->c.off, 0, name.data, name.len);
}

static void data_block(struct tl_dissection *d, struct flow *flow)
{
    uint16_t block = tl_u16(d, BLOCK);
    if (!tl_ok(d))
        return;
    uint32_t len = tl_cursor_wire_left(&d->c), n = tl_cursor_left(&d->c);
    const uint8_t *p = n > 0 ? tl_run(d, DATA, n) : d->c.base + d->c.off;
    if (flow != NULL)
        take_block(d, flow, block, (struct tl_bytes){ p, n }, len);
    tl_skip(d, len - n); /* this reports a cut */
}

static void answer(struct tl_dissection *d, struct flow *flow, enum opcode opcode)
{
    if (flow != NULL)
        learn(d, flow);
    show_name(d, flow);
    if (opcode == DATA_BLOCK)
        data_block(d, flow);
    else if (opcode == ACK) {
        uint16_t block = tl_u16(d, BLOCK);
        if (tl_ok(d) && flow != NULL)
            acknowledged(d, flow, block);
    } else if (opcode == OPTION_ACK)
        options(d, flow);
    else {
        tl_u16(d, ERROR_CODE);
        text(d, ERROR_MESSAGE);
        if (flow != NULL)
            end_file(d, flow);
    }
    if (tl_ok(d) || d->c.status == TL_SHORT)
        tl_confirm(d);
}

static enum tl_status tftp_dissect(struct tl_dissection *d)
{
    struct flow *flow = d->flow.slot;
    uint16_t opcode = tl_u16(d, OPCODE);
    if (tl_ok(d) && (opcode < READ || opcode > OPTION_ACK))
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    if (!tl_ok(d))
        return tl_next_none(d);
    if (opcode == READ || opcode == WRITE)
        request(d, flow, opcode);
    else
        answer(d, flow, opcode);
    return tl_next_none(d);
}

static void tftp_finish(struct tl_dissection *d)
{
    struct flow *flow = d->flow.slot;
    if (flow != NULL)
        end_file(d, flow);
}

/* --- detection --- */

/* Checks a name and a transfer type, as far as the bytes are available. */
static bool is_request(const uint8_t *p, uint32_t n, bool cut)
{
    static const char *const types[] = { "octet", "netascii", "mail" };
    const uint8_t *nul = memchr(p, 0, n);
    if (nul == NULL)
        return cut;
    uint32_t at = (uint32_t)(nul - p) + 1;
    nul = at > 1 ? memchr(p + at, 0, n - at) : NULL;
    if (nul == NULL)
        return cut && at > 1;
    for (unsigned i = 0; i < TL_COUNT(types); i++)
        if (is_word((struct tl_bytes){ p + at, (uint32_t)(nul - p) - at }, types[i]))
            return true;
    return false;
}

/* Packets other than requests occur on the server's port only if the server answers from that port. */
static enum tl_probe tftp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), wire = tl_cursor_wire_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || d->flow.ip_proto != 17 || n < 4 || p[0] != 0)
        return TL_PROBE_NO;
    switch (p[1]) {
    case READ:
    case WRITE:
        return is_request(p + 2, n - 2, n < wire) ? TL_PROBE_YES : TL_PROBE_NO;
    case ACK:
        return wire == 4 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    case DATA_BLOCK:
        return wire <= 4 + BLOCK_MOST ? TL_PROBE_MAYBE : TL_PROBE_NO;
    case ERROR:
        return p[2] == 0 && p[3] <= 8 && (n < wire || p[n - 1] == 0) ? TL_PROBE_MAYBE : TL_PROBE_NO;
    case OPTION_ACK:
        return n < wire || p[n - 1] == 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    default:
        return TL_PROBE_NO;
    }
}

const struct tl_protocol tl_protocol_tftp = {
    .name = "tftp",
    .title = "Trivial File Transfer Protocol",
    .service = "tftp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 69 } },
    .info = "{opcode}[, file {source_file}][, file {destination_file}][, type {type}][, block {block}]"
            "[, {error.code}][: {error.message}][, options {option.name,}]",
    .only_at_home = true,
    .probe = tftp_probe,
    .dissect = tftp_dissect,
    .finish = tftp_finish,
};
