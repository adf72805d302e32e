/* modbus.c - Modbus/TCP (Modbus Messaging on TCP/IP 1.0b, Modbus Application Protocol 1.1b3). */
#include "core/time.h"
#include "core/transaction.h"
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

enum {
    TRANS_ID, PROT_ID, LEN, UNIT_ID, FUNC, EXCEPTION, REFERENCE, WORD_CNT, BIT_CNT, BYTE_CNT, DATA, BITNUM, BITVAL, REGNUM,
    REGVAL, READ_REFERENCE, READ_WORD_CNT, WRITE_REFERENCE, WRITE_WORD_CNT, AND_MASK, OR_MASK, DIAGNOSTIC, DIAG_DATA, EVENTS,
    MEI, READ_ID, OBJECT_ID, OBJECT, LINE_EXCEPTION, FIELDS
};

static const struct tl_name functions[] = {
    { 1, "Read Coils" }, { 2, "Read Discrete Inputs" }, { 3, "Read Holding Registers" }, { 4, "Read Input Registers" },
    { 5, "Write Single Coil" }, { 6, "Write Single Register" }, { 7, "Read Exception Status" }, { 8, "Diagnostics" },
    { 11, "Get Comm. Event Counters" }, { 12, "Get Comm. Event Log" }, { 15, "Write Multiple Coils" },
    { 16, "Write Multiple Registers" }, { 17, "Report Slave ID" }, { 20, "Read File Record" }, { 21, "Write File Record" },
    { 22, "Mask Write Register" }, { 23, "Read Write Register" }, { 24, "Read FIFO Queue" },
    { 43, "Encapsulated Interface Transport" }, { 90, "Unity (Schneider)" }, { 0, NULL },
};
static const struct tl_name exceptions[] = {
    { 1, "Illegal function" }, { 2, "Illegal data address" }, { 3, "Illegal data value" }, { 4, "Slave device failure" },
    { 5, "Acknowledge" }, { 6, "Slave device busy" }, { 8, "Memory parity error" }, { 10, "Gateway path unavailable" },
    { 11, "Gateway target device failed to respond" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [TRANS_ID] = { "mbtcp.trans_id", "Transaction", .type = TL_U16 },
    [PROT_ID] = { "mbtcp.prot_id", "Protocol", .type = TL_U16 },
    [LEN] = { "mbtcp.len", "Length", .type = TL_U16, .unit = "bytes" },
    [UNIT_ID] = { "mbtcp.unit_id", "Unit", .type = TL_U8 },
    [FUNC] = { "modbus.func_code", "Function", .type = TL_U8, .mask = 0x7f, .names = functions },
    [EXCEPTION] = { "modbus.exception_code", "Exception", .type = TL_U8, .names = exceptions },
    [REFERENCE] = { "modbus.reference_num", "Address", .type = TL_U16 },
    [WORD_CNT] = { "modbus.word_cnt", "Number of registers", .type = TL_U16 },
    [BIT_CNT] = { "modbus.bit_cnt", "Number of bits", .type = TL_U16 },
    [BYTE_CNT] = { "modbus.byte_cnt", "Bytes that follow", .type = TL_U8 },
    [DATA] = { "modbus.data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [BITNUM] = { "modbus.bitnum", "Address of the bit", .type = TL_U16, .flags = TL_REPEATS, .help = "By the request" },
    [BITVAL] = { "modbus.bitval", "Bit", .type = TL_BOOL, .flags = TL_REPEATS },
    [REGNUM] = { "modbus.regnum16", "Address of the register", .type = TL_U16, .flags = TL_REPEATS, .help = "By the request" },
    [REGVAL] = { "modbus.regval_uint16", "Register", .type = TL_U16, .flags = TL_REPEATS },
    [READ_REFERENCE] = { "modbus.read_reference_num", "Address that is read", .type = TL_U16 },
    [READ_WORD_CNT] = { "modbus.read_word_cnt", "Registers to read", .type = TL_U16 },
    [WRITE_REFERENCE] = { "modbus.write_reference_num", "Address that is written", .type = TL_U16 },
    [WRITE_WORD_CNT] = { "modbus.write_word_cnt", "Registers to write", .type = TL_U16 },
    [AND_MASK] = { "modbus.and_mask", "And mask", .type = TL_U16, .base = TL_HEX },
    [OR_MASK] = { "modbus.or_mask", "Or mask", .type = TL_U16, .base = TL_HEX },
    [DIAGNOSTIC] = { "modbus.diagnostic_code", "Diagnostic", .type = TL_U16 },
    [DIAG_DATA] = { "modbus.diagnostic.data", "Data of the diagnostic", .type = TL_BYTES },
    [EVENTS] = { "modbus.ev_count", "Events", .type = TL_U16 },
    [MEI] = { "modbus.mei", "Kind of interface", .type = TL_U8 },
    [READ_ID] = { "modbus.read_device_id", "Identification", .type = TL_U8 },
    [OBJECT_ID] = { "modbus.object_id", "Object", .type = TL_U8, .flags = TL_REPEATS },
    [OBJECT] = { "modbus.object_str_value", "Text of the object", .type = TL_TEXT, .flags = TL_REPEATS },
    [LINE_EXCEPTION] = { "modbus.line.exception", "Exception", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

/* --- the record --- */

struct modbus_record {
    struct tl_record r;
    uint64_t tid, unit;
    struct tl_bytes func;
    const char *pdu_type;
    struct tl_bytes exception;
    uint64_t address, quantity;
    int64_t rtt;
};
enum { R_TID, R_UNIT, R_FUNC, R_PDU_TYPE, R_EXCEPTION, R_ADDRESS, R_QUANTITY, R_RTT };
#define F(index, member, key, kind, help) TL_FIELD(struct modbus_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_TID, tid, "tid", TL_REC_COUNT, "Transaction"),
    F(R_UNIT, unit, "unit", TL_REC_COUNT, "Unit"),
    F(R_FUNC, func, "func", TL_REC_TEXT, "READ_HOLDING_REGISTERS, ..; with _EXCEPTION if it failed"),
    F(R_PDU_TYPE, pdu_type, "pdu_type", TL_REC_TOKEN, "REQ or RESP"),
    F(R_EXCEPTION, exception, "exception", TL_REC_TEXT, "ILLEGAL_FUNCTION, .."),
    F(R_ADDRESS, address, "address", TL_REC_COUNT, "First address"),
    F(R_QUANTITY, quantity, "quantity", TL_REC_COUNT, "Number of bits or registers"),
    F(R_RTT, rtt, "rtt", TL_REC_INTERVAL, "Of a response: time since its request"),
};
#undef F
static const struct tl_record_def modbus_record_def =
    TL_RECORD_DEF("modbus", record_fields, "A message of Modbus", .summary = { "pdu_type", "func", "address", "exception" },
                  .latency = "rtt");

enum { PORT = 502, WAITING = 16, MOST = 260, NAME_MOST = 48 };

/* A request that was not answered yet. */
struct request {
    int64_t ts;
    uint16_t tid, address, quantity;
    uint8_t unit, function;
    bool open;
};

struct flow {
    struct tl_framed_side side[2];
    struct request requests[WAITING];
    uint8_t next;
    uint16_t server_port; /* 0: not known */
    bool confirmed;
};

/* What was read of a message. */
struct message {
    uint16_t tid, address, quantity;
    uint8_t unit, function, exception;
    bool has_address, has_quantity;
};

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server(const struct tl_dissection *d, const struct flow *f, unsigned side)
{
    if (f->server_port == 0 || d->flow.orig_port == d->flow.resp_port)
        return side == 1;
    return port_of(d, side) == f->server_port;
}

/* --- records --- */

/* The name as Zeek writes it. */
static struct tl_bytes word_of(char text[NAME_MOST], uint8_t code, const char *const *words, unsigned count, bool failed)
{
    const char *word = code < count ? words[code] : NULL;
    uint32_t n = 0;
    if (word != NULL) {
        n = (uint32_t)strlen(word);
        memcpy(text, word, n);
        if (failed) {
            memcpy(text + n, "_EXCEPTION", 10);
            n += 10;
        }
        return tl_bytes_of(text, n);
    }
    memcpy(text, "unknown-", 8);
    n = 8;
    if (code >= 100)
        text[n++] = (char)('0' + code / 100);
    if (code >= 10)
        text[n++] = (char)('0' + code / 10 % 10);
    text[n++] = (char)('0' + code % 10);
    return tl_bytes_of(text, n);
}

static const char *const function_words[] = {
    NULL, "READ_COILS", "READ_DISCRETE_INPUTS", "READ_HOLDING_REGISTERS", "READ_INPUT_REGISTERS", "WRITE_SINGLE_COIL",
    "WRITE_SINGLE_REGISTER", "READ_EXCEPTION_STATUS", "DIAGNOSTICS", NULL, "PROGRAM_484_UNITY", "GET_COMM_EVENT_COUNTER",
    "GET_COMM_EVENT_LOG", "PROGRAM_584_984_MICRO84", "POLL_584_984_MICRO84", "WRITE_MULTIPLE_COILS",
    "WRITE_MULTIPLE_REGISTERS", "REPORT_SLAVE_ID", NULL, NULL, "READ_FILE_RECORD", "WRITE_FILE_RECORD", "MASK_WRITE_REGISTER",
    "READ_WRITE_MULTIPLE_REGISTERS", "READ_FIFO_QUEUE", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ENCAP_INTERFACE_TRANSPORT",
};
static const char *const exception_words[] = {
    NULL, "ILLEGAL_FUNCTION", "ILLEGAL_DATA_ADDRESS", "ILLEGAL_DATA_VALUE", "SLAVE_DEVICE_FAILURE", "ACKNOWLEDGE",
    "SLAVE_DEVICE_BUSY", NULL, "MEMORY_PARITY_ERROR", NULL, "GATEWAY_PATH_UNAVAILABLE", "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND",
};

static struct request *find(struct flow *f, const struct message *m)
{
    for (unsigned i = 0; i < WAITING; i++)
        if (f->requests[i].open && f->requests[i].tid == m->tid && f->requests[i].unit == m->unit)
            return &f->requests[i];
    return NULL;
}

static void emit(struct tl_dissection *d, struct flow *f, const struct message *m, bool server, const struct request *of)
{
    char name[NAME_MOST], exception[NAME_MOST];
    bool failed = (m->function & 0x80) != 0;
    struct modbus_record r = { .r.ts = d->frame->ts, .tid = m->tid, .unit = m->unit, .pdu_type = server ? "RESP" : "REQ",
                               .address = m->address, .quantity = m->quantity };
    r.func = word_of(name, m->function & 0x7f, function_words, TL_COUNT(function_words), failed);
    r.r.set = (UINT64_C(1) << R_EXCEPTION) - 1;
    if (failed) {
        r.exception = word_of(exception, m->exception, exception_words, TL_COUNT(exception_words), false);
        tl_record_set(&r.r, R_EXCEPTION);
    }
    if (m->has_address)
        tl_record_set(&r.r, R_ADDRESS);
    if (m->has_quantity)
        tl_record_set(&r.r, R_QUANTITY);
    if (of != NULL && server) {
        r.rtt = tl_time_between(of->ts, d->frame->ts);
        tl_record_set(&r.r, R_RTT);
    }
    tl_emit(d, &modbus_record_def, &r.r);
    if (server)
        return;
    f->requests[f->next++ % WAITING] = (struct request){ d->frame->ts, m->tid, m->address, m->quantity, m->unit, m->function, true };
}

/* --- data --- */

static void registers(struct tl_dissection *d, uint32_t bytes, uint32_t address, bool known)
{
    for (uint32_t i = 0; i + 1 < bytes && tl_ok(d); i += 2, address++) {
        if (known)
            tl_add(d, REGNUM, d->c.off, 0, address & 0xffff);
        (void)tl_u16(d, REGVAL);
    }
}

static void bits(struct tl_dissection *d, uint32_t bytes, uint32_t address, uint32_t count)
{
    for (uint32_t i = 0; i < bytes && tl_ok(d); i++) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        for (uint32_t bit = 0; p != NULL && bit < 8 && i * 8 + bit < count; bit++) {
            tl_add(d, BITNUM, d->c.off - 1, 0, (address + i * 8 + bit) & 0xffff);
            tl_add(d, BITVAL, d->c.off - 1, 1, *p >> bit & 1);
        }
    }
}

static void address(struct tl_dissection *d, struct message *m)
{
    m->address = tl_u16(d, REFERENCE);
    m->has_address = tl_ok(d);
}

static void quantity(struct tl_dissection *d, struct message *m, unsigned field)
{
    m->quantity = tl_u16(d, field);
    m->has_quantity = tl_ok(d);
}

/* The value of a single write: two bytes. */
static void single(struct tl_dissection *d, struct message *m)
{
    address(d, m);
    if (m->function == 6) {
        registers(d, 2, m->address, true);
    } else {
        (void)tl_run(d, DATA, 1);
        tl_skip(d, 1);
    }
}

static void objects(struct tl_dissection *d)
{
    tl_skip(d, 3); /* conformity, more, next object */
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    for (unsigned n = p != NULL ? *p : 0; n > 0 && tl_ok(d); n--) {
        (void)tl_u8(d, OBJECT_ID);
        p = tl_cursor_take(&d->c, 1);
        if (p != NULL)
            (void)tl_text_of(d, OBJECT, *p);
    }
}

/* Section 6.21: identification of the device. */
static void interface(struct tl_dissection *d, bool server)
{
    if (tl_u8(d, MEI) != 14)
        return;
    (void)tl_u8(d, READ_ID);
    if (server)
        objects(d);
    else
        (void)tl_u8(d, OBJECT_ID);
}

static void read_write(struct tl_dissection *d, struct message *m)
{
    m->address = tl_u16(d, READ_REFERENCE);
    m->quantity = tl_u16(d, READ_WORD_CNT);
    m->has_address = m->has_quantity = tl_ok(d);
    uint16_t to = tl_u16(d, WRITE_REFERENCE);
    (void)tl_u16(d, WRITE_WORD_CNT);
    registers(d, tl_u8(d, BYTE_CNT), to, true);
}

static void mask_write(struct tl_dissection *d, struct message *m)
{
    address(d, m);
    (void)tl_u16(d, AND_MASK);
    (void)tl_u16(d, OR_MASK);
}

static void diagnostics(struct tl_dissection *d)
{
    (void)tl_u16(d, DIAGNOSTIC);
    if (tl_cursor_left(&d->c) > 0)
        (void)tl_run(d, DIAG_DATA, tl_cursor_left(&d->c));
}

static void request(struct tl_dissection *d, struct message *m)
{
    switch (m->function) {
    case 1: case 2:
        address(d, m);
        quantity(d, m, BIT_CNT);
        break;
    case 3: case 4:
        address(d, m);
        quantity(d, m, WORD_CNT);
        break;
    case 5: case 6:
        single(d, m);
        break;
    case 15:
        address(d, m);
        quantity(d, m, BIT_CNT);
        bits(d, tl_u8(d, BYTE_CNT), m->address, m->quantity);
        break;
    case 16:
        address(d, m);
        quantity(d, m, WORD_CNT);
        registers(d, tl_u8(d, BYTE_CNT), m->address, true);
        break;
    case 8:
        diagnostics(d);
        break;
    case 22:
        mask_write(d, m);
        break;
    case 23:
        read_write(d, m);
        break;
    case 43:
        interface(d, false);
        break;
    default:
        break;
    }
}

static void response(struct tl_dissection *d, struct message *m, const struct request *of)
{
    switch (m->function) {
    case 1: case 2: {
        uint32_t n = tl_u8(d, BYTE_CNT);
        bits(d, n, of != NULL ? of->address : 0, of != NULL ? of->quantity : 8 * n);
        break;
    }
    case 3: case 4: case 23:
        registers(d, tl_u8(d, BYTE_CNT), of != NULL ? of->address : 0, of != NULL);
        break;
    case 5: case 6:
        single(d, m);
        break;
    case 15: case 16:
        address(d, m);
        quantity(d, m, m->function == 15 ? BIT_CNT : WORD_CNT);
        break;
    case 8:
        diagnostics(d);
        break;
    case 22:
        mask_write(d, m);
        break;
    case 43:
        interface(d, true);
        break;
    default:
        break;
    }
}

static void show_exception(struct tl_dissection *d, uint8_t code)
{
    const char *name = tl_name_of(exceptions, code);
    if (name != NULL && tl_wants(d, LINE_EXCEPTION))
        tl_add_text(d, LINE_EXCEPTION, d->c.off, 0, name, (uint32_t)strlen(name));
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    struct message m = { .tid = 0 };
    bool server = is_server(d, f, s->side);
    tl_message(d);
    m.tid = tl_u16(d, TRANS_ID);
    (void)tl_u16(d, PROT_ID);
    (void)tl_u16(d, LEN);
    m.unit = tl_u8(d, UNIT_ID);
    uint32_t off = d->c.off;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return tl_framed_next;
    m.function = *p;
    tl_add_bits(d, FUNC, off, 1, *p);
    struct request *of = server ? find(f, &m) : NULL;
    if ((m.function & 0x80) != 0) {
        m.exception = tl_u8(d, EXCEPTION);
        show_exception(d, m.exception);
    } else if (server) {
        response(d, &m, of);
    } else {
        request(d, &m);
    }
    if (!tl_ok(d))
        return tl_framed_next;
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    emit(d, f, &m, server, of);
    if (of != NULL)
        of->open = false;
    if (tl_cursor_left(&d->c) > 0)
        (void)tl_run(d, DATA, tl_cursor_left(&d->c));
    return tl_framed_next;
}

/* A header: protocol 0, a length with at least a function. */
static bool is_header(const uint8_t *p)
{
    return tl_load_be16(p + 2) == 0 && tl_load_be16(p + 4) >= 2 && tl_load_be16(p + 4) + 6 <= MOST;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? UINT64_C(6) + tl_load_be16(p + 4) : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= 8 && is_header(bytes.data) && tl_load_be16(bytes.data + 4) + 6u == bytes.len;
}

static const struct tl_framed framed = { 6, MOST, length, message, begins };

static struct tl_want modbus_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (f->server_port == 0) {
        bool turned = d->flow.orig_port == PORT && d->flow.resp_port != PORT;
        f->server_port = turned ? d->flow.orig_port : d->flow.resp_port;
    }
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static enum tl_probe modbus_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (n < 8)
        return n < 4 || tl_load_be16(p + 2) == 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_modbus = {
    .name = "modbus",
    .title = "Modbus/TCP",
    .service = "modbus",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .records = { &modbus_record_def },
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{mbtcp.trans_id}][ unit {mbtcp.unit_id}][ {func_code}][ address {reference_num}][: {line.exception}]",
    .probe = modbus_probe,
    .stream = modbus_stream,
};
