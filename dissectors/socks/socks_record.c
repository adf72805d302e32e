/* socks_record.c - the record: one for each flow whose server replied. */
#include "core/digits.h"
#include "dissectors/socks/socks.h"

struct record {
    struct tl_record r;
    uint64_t version, request_port, bound_port;
    struct tl_bytes user, password, status, request_host, request_name, bound_host, bound_name;
};

enum { VERSION, USER, PASSWORD, STATUS, REQUEST_HOST, REQUEST_NAME, REQUEST_PORT, BOUND_HOST, BOUND_NAME, BOUND_PORT };

static const struct tl_record_field fields[] = {
    TL_FIELD(struct record, VERSION, version, "version", TL_REC_COUNT, "4 or 5"),
    TL_FIELD(struct record, USER, user, "user", TL_REC_TEXT,
             "Who logs in; SOCKS 4: the user's name, unless it is empty"),
    TL_FIELD(struct record, PASSWORD, password, "password", TL_REC_TEXT, "Only if secrets are to be shown"),
    TL_FIELD(struct record, STATUS, status, "status", TL_REC_TEXT,
             "What the server answered: to the request, or else to the login"),
    TL_FIELD(struct record, REQUEST_HOST, request_host, "request.host", TL_REC_TEXT,
             "The address that the client asked for"),
    TL_FIELD(struct record, REQUEST_NAME, request_name, "request.name", TL_REC_TEXT,
             "The name that the client asked for"),
    TL_FIELD(struct record, REQUEST_PORT, request_port, "request_p", TL_REC_COUNT, "The port that it asked for"),
    TL_FIELD(struct record, BOUND_HOST, bound_host, "bound.host", TL_REC_TEXT, "The address in the server's reply"),
    TL_FIELD(struct record, BOUND_NAME, bound_name, "bound.name", TL_REC_TEXT, "The name in the server's reply"),
    TL_FIELD(struct record, BOUND_PORT, bound_port, "bound_p", TL_REC_COUNT, "The port in the server's reply"),
};

const struct tl_record_def tl_socks_record_def =
    TL_RECORD_DEF("socks", fields, "What a client asked of a SOCKS proxy, one for each flow",
                  .secret = UINT64_C(1) << PASSWORD);

/* Names as in Zeek. */
static const struct tl_name statuses[] = {
    { 0, "succeeded" }, { 1, "general SOCKS server failure" }, { 2, "connection not allowed by ruleset" },
    { 3, "Network unreachable" }, { 4, "Host unreachable" }, { 5, "Connection refused" }, { 6, "TTL expired" },
    { 7, "Command not supported" }, { 8, "Address type not supported" }, { 90, "succeeded" },
    { 91, "general SOCKS server failure" }, { 92, "request failed because client is not running identd" },
    { 93, "request failed because client's identd could not confirm the user ID string in the request" }, { 0, NULL },
};

enum { UNKNOWN_ROOM = 8 + TL_ROOM_U64 };

static struct tl_bytes status_of(const struct tl_socks_flow *f, uint8_t unknown[UNKNOWN_ROOM])
{
    const char *name = f->status_of_v4 == (f->status >= 90) ? tl_name_of(statuses, f->status) : NULL;
    if (name != NULL)
        return tl_bytes_of(name, strlen(name));
    memcpy(unknown, "unknown-", 8);
    return tl_bytes_of(unknown, (size_t)(tl_write_u64(unknown + 8, f->status) - unknown));
}

/* Sets the adjacent fields host, name and port. */
static void set_address(struct tl_dissection *d, struct record *record, unsigned host_field,
                        const struct tl_socks_address *a, uint8_t room[TL_ROOM_IPV6], struct tl_bytes *host,
                        struct tl_bytes *name, uint64_t *port)
{
    if (a->type == 0)
        return;
    if (a->type == TL_SOCKS_NAME) {
        *name = a->name != 0 ? tl_kept(d, a->name) : tl_bytes_of("", 0);
        tl_record_set(&record->r, host_field + 1);
    } else {
        const uint8_t *end = a->type == TL_SOCKS_IPV4 ? tl_write_ipv4(room, a->bytes) : tl_write_ipv6(room, a->bytes);
        *host = tl_bytes_of(room, (size_t)(end - room));
        tl_record_set(&record->r, host_field);
    }
    *port = a->port;
    tl_record_set(&record->r, host_field + 2);
}

/*
 * RFC 1929; and SOCKS 4, whose servers may ask the client's host whether the user is right: 92 and 93 refuse the user.
 */
static void write_login(struct tl_dissection *d, const struct tl_socks_flow *f)
{
    bool v4 = f->version == 4;
    if (f->user == 0 || (!v4 && f->version != 5))
        return;
    bool answered = v4 ? f->has_status && f->status_of_v4 && f->status != 91 : f->has_verdict;
    uint32_t login = tl_login_begin(d, "socks", f->ts != 0 ? f->ts : d->frame->ts);
    tl_login_method(d, login, tl_login_word(v4 ? "userid" : "password"));
    tl_login_user(d, login, tl_kept(d, f->user));
    if (f->password != 0)
        tl_login_secret(d, login, tl_kept(d, f->password), false);
    tl_login_end(d, &login, tl_login_result_of(answered, v4 ? f->status == 90 : f->verdict == 0));
}

void tl_socks_emit(struct tl_dissection *d, struct tl_socks_flow *f)
{
    uint8_t unknown[UNKNOWN_ROOM], hosts[2][TL_ROOM_IPV6];
    struct record record = { .r.ts = f->ts != 0 ? f->ts : d->frame->ts, .version = f->version };
    write_login(d, f);
    if (!f->has_status)
        return;
    tl_record_set(&record.r, VERSION);
    if (f->user != 0) {
        record.user = tl_kept(d, f->user);
        tl_record_set(&record.r, USER);
    }
    if (f->user_cut)
        record.r.cut |= UINT64_C(1) << USER;
    if (f->password != 0) {
        record.password = tl_kept(d, f->password);
        tl_record_set(&record.r, PASSWORD);
    }
    record.status = status_of(f, unknown);
    tl_record_set(&record.r, STATUS);
    set_address(d, &record, REQUEST_HOST, &f->request, hosts[0], &record.request_host, &record.request_name,
                &record.request_port);
    set_address(d, &record, BOUND_HOST, &f->bound, hosts[1], &record.bound_host, &record.bound_name, &record.bound_port);
    tl_emit(d, &tl_socks_record_def, &record.r);
}
