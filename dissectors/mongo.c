/* mongo.c - MongoDB's wire protocol: headers, collections, and the keys of the documents at their top. */
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

enum {
    LENGTH, REQUEST_ID, RESPONSE_TO, OPCODE, MSG_FLAGS, FLAG_EXHAUST, FLAG_MORE, FLAG_CHECKSUM, KIND, SECTION_SIZE,
    SEQUENCE_ID, COLLECTION, SKIP_COUNT, RETURN_COUNT, CURSOR, RETURNED, DOC_LENGTH, ELEMENT, ELEMENT_TYPE, COMMAND, TARGET, FIELDS
};

static const struct tl_name opcodes[] = {
    { 1, "Reply" }, { 1000, "Message" }, { 2001, "Update document" }, { 2002, "Insert document" }, { 2004, "Query" },
    { 2005, "Get More" }, { 2006, "Delete document" }, { 2007, "Kill Cursors" }, { 2010, "Command Request" },
    { 2011, "Command Reply" }, { 2012, "Compressed Data" }, { 2013, "Extensible Message Format" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [LENGTH] = { "mongo.message_length", "Length", .type = TL_I32, .unit = "bytes" },
    [REQUEST_ID] = { "mongo.request_id", "Request", .type = TL_U32, .base = TL_HEX },
    [RESPONSE_TO] = { "mongo.response_to", "Response to", .type = TL_U32, .base = TL_HEX },
    [OPCODE] = { "mongo.opcode", "Operation", .type = TL_I32, .names = opcodes },
    [MSG_FLAGS] = { "mongo.msg.flags", "Flags", .type = TL_U32, .base = TL_HEX },
    [FLAG_EXHAUST] = { "mongo.msg.flags.exhaustallowed", "Several replies allowed", .type = TL_BOOL, .mask = 0x10000 },
    [FLAG_MORE] = { "mongo.msg.flags.moretocome", "More to come", .type = TL_BOOL, .mask = 2 },
    [FLAG_CHECKSUM] = { "mongo.msg.flags.checksumpresent", "Checksum", .type = TL_BOOL, .mask = 1 },
    [KIND] = { "mongo.msg.sections.section.kind", "Kind of section", .type = TL_I32, .flags = TL_REPEATS },
    [SECTION_SIZE] = { "mongo.msg.sections.section.size", "Size of the section", .type = TL_I32, .flags = TL_REPEATS },
    [SEQUENCE_ID] = { "mongo.msg.sections.section.doc_sequence_id", "Sequence", .type = TL_TEXT, .flags = TL_REPEATS },
    [COLLECTION] = { "mongo.full_collection_name", "Collection", .type = TL_TEXT },
    [SKIP_COUNT] = { "mongo.number_to_skip", "Documents to skip", .type = TL_I32 },
    [RETURN_COUNT] = { "mongo.number_to_return", "Documents to return", .type = TL_I32 },
    [CURSOR] = { "mongo.cursor_id", "Cursor", .type = TL_I64 },
    [RETURNED] = { "mongo.number_returned", "Documents returned", .type = TL_I32 },
    [DOC_LENGTH] = { "mongo.document.length", "Length of the document", .type = TL_I32, .flags = TL_REPEATS },
    [ELEMENT] = { "mongo.key", "Key", .type = TL_TEXT, .flags = TL_REPEATS, .help = "Of a document, at its top" },
    [ELEMENT_TYPE] = { "mongo.key.type", "Type of the value", .type = TL_U8, .flags = TL_REPEATS },
    [COMMAND] = { "mongo.command", "Command", .type = TL_TEXT, .help = "The first key of a message" },
    [TARGET] = { "mongo.command.target", "Target", .type = TL_TEXT, .help = "What the command is for: the collection" },
};

enum { PORT = 27017, HEADER = 16, MOST = 48000000, COLLECTED = 1 << 16, DOCUMENTS = 64 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

static uint32_t size_at(const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    return p != NULL ? tl_load_le32(p) : 0;
}

/* Reads up to a NUL without a field of its own. */
static struct tl_bytes name_at(struct tl_dissection *d)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left), *nul = left > 0 ? memchr(p, 0, left) : NULL;
    if (nul == NULL) {
        tl_bad(d);
        return tl_bytes_of("", 0);
    }
    tl_skip(d, (uint32_t)(nul - p) + 1);
    return tl_bytes_of(p, (size_t)(nul - p));
}

/* Passes over a value (bsonspec.org). Returns false for a type that is not known. */
static bool skip_value(struct tl_dissection *d, uint8_t type)
{
    uint32_t n;
    switch (type) {
    case 0x01: case 0x09: case 0x11: case 0x12:
        tl_skip(d, 8);
        return true;
    case 0x02: case 0x0d: case 0x0e:
        n = size_at(d);
        tl_skip(d, 4);
        tl_skip(d, n);
        return true;
    case 0x03: case 0x04: case 0x0f:
        n = size_at(d);
        tl_skip(d, n > 4 ? n : 4);
        return true;
    case 0x05:
        n = size_at(d);
        tl_skip(d, 5);
        tl_skip(d, n);
        return true;
    case 0x06: case 0x0a: case 0xff: case 0x7f:
        return true;
    case 0x07:
        tl_skip(d, 12);
        return true;
    case 0x08:
        tl_skip(d, 1);
        return true;
    case 0x0b:
        (void)name_at(d);
        (void)name_at(d);
        return true;
    case 0x10:
        tl_skip(d, 4);
        return true;
    case 0x13:
        tl_skip(d, 16);
        return true;
    default:
        return false;
    }
}

/* The value of the first key names the collection, if it is a text. */
static void command(struct tl_dissection *d, struct tl_bytes key, uint8_t type)
{
    tl_add(d, COMMAND, (uint32_t)(key.data - d->c.base), key.len, 0);
    uint32_t n = type == 2 ? size_at(d) : 0;
    if (n > 1 && n <= 256 && tl_cursor_peek(&d->c, 4, n) != NULL)
        tl_add(d, TARGET, d->c.off + 4, n - 1, 0);
}

static bool document(struct tl_dissection *d, bool first)
{
    uint32_t off = d->c.off, size = tl_le32(d, DOC_LENGTH);
    if (!tl_ok(d) || size < 5 || size - 4 > tl_cursor_wire_left(&d->c))
        return false;
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c))); /* values may be passwords */
    while (tl_ok(d) && d->c.off - off < size - 1) {
        const uint8_t *type = tl_cursor_take(&d->c, 1);
        if (type == NULL || *type == 0)
            break;
        struct tl_bytes key = name_at(d);
        if (!tl_ok(d))
            return false;
        tl_add(d, ELEMENT, (uint32_t)(key.data - d->c.base), key.len, 0);
        tl_add(d, ELEMENT_TYPE, (uint32_t)(key.data - d->c.base) - 1, 1, *type);
        if (first)
            command(d, key, *type);
        first = false;
        if (!skip_value(d, *type))
            return false;
    }
    if (!tl_ok(d) || d->c.off - off > size)
        return false;
    tl_skip(d, size - (d->c.off - off));
    return tl_ok(d);
}

static void documents(struct tl_dissection *d, bool first)
{
    for (unsigned i = 0; i < DOCUMENTS && tl_cursor_wire_left(&d->c) >= 5 && document(d, first); i++)
        first = false;
}

static void sections(struct tl_dissection *d)
{
    uint32_t off = d->c.off, flags = tl_le32(d, MSG_FLAGS);
    if (!tl_ok(d))
        return;
    tl_add_all_bits(d, FLAG_EXHAUST, FLAG_CHECKSUM, off, 4, flags);
    bool first = true;
    uint32_t tail = (flags & 1) != 0 ? 4 : 0;
    for (unsigned i = 0; i < DOCUMENTS && tl_cursor_wire_left(&d->c) > tail; i++) {
        uint8_t kind = tl_u8(d, KIND);
        if (kind == 0) {
            if (!document(d, first))
                return;
        } else if (kind == 1) {
            uint32_t at = d->c.off, size = tl_le32(d, SECTION_SIZE);
            (void)tl_text_to_nul(d, SEQUENCE_ID);
            tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
            if (!tl_ok(d) || size < d->c.off - at)
                return;
            tl_skip(d, size - (d->c.off - at));
        } else {
            return;
        }
        first = false;
    }
}

static void body(struct tl_dissection *d, uint32_t opcode)
{
    switch (opcode) {
    case 1:
        tl_skip(d, 4);
        (void)tl_le64(d, CURSOR);
        tl_skip(d, 4);
        (void)tl_le32(d, RETURNED);
        documents(d, false);
        break;
    case 2004:
        tl_skip(d, 4);
        (void)tl_text_to_nul(d, COLLECTION);
        (void)tl_le32(d, SKIP_COUNT);
        (void)tl_le32(d, RETURN_COUNT);
        documents(d, true);
        break;
    case 2001: case 2002: case 2005: case 2006:
        tl_skip(d, 4);
        (void)tl_text_to_nul(d, COLLECTION);
        break;
    case 2013:
        sections(d);
        break;
    default:
        break;
    }
}

static bool is_header(const uint8_t *p)
{
    uint32_t len = tl_load_le32(p);
    return len >= HEADER && len <= MOST && tl_name_of(opcodes, tl_load_le32(p + 12)) != NULL;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? tl_load_le32(p) : 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    (void)tl_le32(d, LENGTH);
    (void)tl_le32(d, REQUEST_ID);
    (void)tl_le32(d, RESPONSE_TO);
    uint32_t opcode = tl_le32(d, OPCODE);
    body(d, opcode);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data);
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want mongo_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* A header with an operation that is known; elsewhere one that a client begins with, whose length is that of the segment. */
static enum tl_probe mongo_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (n < HEADER)
        return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (!is_header(p))
        return TL_PROBE_NO;
    uint32_t opcode = tl_load_le32(p + 12);
    bool request = tl_load_le32(p + 8) == 0 && (opcode == 2004 || opcode == 2013) && tl_load_le32(p) == n;
    return d->flow.home || request ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_mongo = {
    .name = "mongo",
    .title = "MongoDB",
    .service = "mongodb",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .aliases = { "service:mongodb" },
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{opcode}[ {full_collection_name}][ {command}][ {command.target}][ {number_returned} documents]",
    .probe = mongo_probe,
    .stream = mongo_stream,
};
