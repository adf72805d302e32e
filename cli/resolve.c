/* resolve.c - `taplight resolve`: asks a DNS server, and prints what the decoder makes of the answer. */
#include "cli/decode_as.h"
#include "cli/dns_text.h"
#include "cli/frames.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "cli/verb.h"
#include "core/linktype.h"
#include "inject/ask.h"
#include "inject/find.h"
#include "inject/world.h"
#include "pipeline/detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { PORT = 53, TRIES = 2, EDNS = 1232, SERVERS = 3, MESSAGE = 65535, SEGMENT = 32000, AXFR = 252 };
#define TIMEOUT INT64_C(3000000000)

struct options {
    const char *type, *class, *reverse, *user;
    uint64_t port, edns, tries;
    int64_t timeout;
    bool tcp, only_udp, no_edns, dnssec, checking_off, no_recursion, json, verbose, brief;
    struct tl_verb_network network;
};

struct question {
    const struct options *options;
    const char *name;
    char reversed[80];
    struct server {
        struct tl_address address;
        char zone[IF_NAMESIZE]; /* of an address of a link; else empty */
    } servers[SERVERS];
    unsigned server_count;
    uint16_t type, class;
    uint64_t ignored; /* messages that are no answer */
    struct tl_asking asking;
    struct tl_decode_as_list as; /* the server's port */
    struct tl_frame_log log;
    struct tl_detail *detail;
    struct tl_world world;
    struct tl_crafted frames;
    struct tl_error *error;
    uint64_t packets;
    uint32_t seqs[2]; /* of TCP: next byte from us, from the server */
    uint16_t id;
    uint8_t message[MESSAGE];
    struct tl_buffer text;
};

#define AT(member) offsetof(struct options, member)
static const struct tl_verb_option options[] = {
    { 't', "type", "TYPE", "type of the records (default: A)", "A name, a number, or TYPE and a number; AXFR too.",
      TL_VERB_TEXT, .offset = AT(type) },
    { 'x', NULL, "ADDR", "the name of an address: PTR", NULL, TL_VERB_TEXT, .offset = AT(reverse) },
    { 'c', "class", "CLASS", "IN (default), CH, HS, NONE, ANY or a number", NULL, TL_VERB_TEXT, .offset = AT(class) },
    { 'p', "port", "PORT", "port of the server (default: 53)", NULL, TL_VERB_NUMBER, .offset = AT(port), .least = 1,
      .most = 65535 },
    TL_VERB_ROWS_NETWORK(AT(network)),
    { 0, "tcp", NULL, "ask over TCP", NULL, TL_VERB_FLAG, .offset = AT(tcp) },
    { 0, "no-tcp", NULL, "take a truncated answer; do not ask again over TCP", NULL, TL_VERB_FLAG,
      .offset = AT(only_udp) },
    { 0, "edns", "SIZE", "UDP size to announce (default: 1232)", NULL, TL_VERB_NUMBER, .offset = AT(edns), .least = 512,
      .most = 65535 },
    { 0, "no-edns", NULL, "ask without EDNS", NULL, TL_VERB_FLAG, .offset = AT(no_edns) },
    { 0, "dnssec", NULL, "ask for signatures: the DO bit", NULL, TL_VERB_FLAG, .offset = AT(dnssec) },
    { 0, "cd", NULL, "ask the server not to check signatures: the CD bit", NULL, TL_VERB_FLAG,
      .offset = AT(checking_off) },
    { 0, "no-recurse", NULL, "ask for what the server itself knows", NULL, TL_VERB_FLAG, .offset = AT(no_recursion) },
    { 'W', "timeout", "SECONDS", "wait so long for each try (default: 3)", NULL, TL_VERB_SECONDS,
      .offset = AT(timeout) },
    { 0, "tries", "N", "ask each server N times (default: 2)", NULL, TL_VERB_NUMBER, .offset = AT(tries), .least = 1,
      .most = 20 },
    { 0, "json", NULL, "print the dns record", NULL, TL_VERB_FLAG, .offset = AT(json) },
    { 'v', NULL, NULL, "print question and answer with all fields", NULL, TL_VERB_FLAG, .offset = AT(verbose) },
    { 'q', NULL, NULL, "print only the data of the answers", NULL, TL_VERB_FLAG, .offset = AT(brief) },
    { 'Z', NULL, "USER", "change to USER when started as root", NULL, TL_VERB_TEXT, .offset = AT(user) },
};

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct question *q = context;
    if (strcmp(def->path, "dns") == 0)
        (void)tl_frame_log_flow_record(&q->log, def, record, id, q->error);
}

/* Makes the name that stands for an address: RFC 1035 section 3.5, RFC 3596 section 2.5. */
static bool reverse(const struct tl_address *address, char out[80])
{
    size_t n = 0;
    for (int i = (int)tl_address_len(address) - 1; i >= 0; i--) {
        unsigned byte = address->bytes[i];
        if (address->version == 6)
            n += (size_t)snprintf(out + n, 80 - n, "%x.%x.", byte & 15, byte >> 4);
        else
            n += (size_t)snprintf(out + n, 80 - n, "%u.", byte);
    }
    snprintf(out + n, 80 - n, address->version == 6 ? "ip6.arpa" : "in-addr.arpa");
    return true;
}

/* Reads the servers that this host uses: resolv.conf(5). */
static enum tl_failure own_servers(struct question *q, struct tl_error *error)
{
    char line[256], address[64];
    FILE *file = fopen("/etc/resolv.conf", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        struct server *s = &q->servers[q->server_count % SERVERS];
        if (q->server_count < SERVERS && sscanf(line, " nameserver %63s", address) == 1 &&
            tl_address_parse_zone(address, &s->address, s->zone))
            q->server_count++;
    }
    if (file != NULL)
        fclose(file);
    return q->server_count > 0 ? TL_E_NONE
                               : tl_error_set(error, TL_E_RUNTIME, "/etc/resolv.conf names no server: give @SERVER");
}

static enum tl_failure find_server(struct question *q, const char *name, struct tl_error *error)
{
    struct server *s = &q->servers[0];
    q->server_count = 1;
    if (*name == '\0')
        return tl_error_set(error, TL_E_USAGE, "resolve: after @ comes a server");
    if (tl_address_find(name, 0, "the server ", &s->address, s->zone, error) != TL_E_NONE)
        return error->kind;
    return *s->zone != '\0' ? tl_verb_interface(s->zone, error) : TL_E_NONE;
}

/* A name of the table, a number, or `word` and a number, as TYPE65280 (RFC 3597 section 5). */
static bool number_of(const char *text, const char *word, const struct tl_name *names, uint16_t *out)
{
    uint64_t value;
    for (const struct tl_name *n = names; n->name != NULL; n++) {
        if (strcasecmp(n->name, text) != 0)
            continue;
        *out = (uint16_t)n->value;
        return true;
    }
    if (strncasecmp(text, word, strlen(word)) == 0)
        text += strlen(word);
    if (!tl_value_number(text, UINT16_MAX, &value))
        return false;
    *out = (uint16_t)value;
    return true;
}

static enum tl_failure read_type(struct question *q, struct tl_error *error)
{
    static const struct tl_name classes[] = {
        { 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" }, { 0, NULL },
    };
    const struct options *o = q->options;
    const char *type = o->type != NULL ? o->type : o->reverse != NULL ? "PTR" : "A";
    const char *class = o->class != NULL ? o->class : "IN";
    if (!number_of(type, "TYPE", tl_craft_dns_types, &q->type))
        return tl_error_set(error, TL_E_USAGE, "-t '%.40s': give a type such as MX, or a number from 0 to 65535", type);
    if (!number_of(class, "CLASS", classes, &q->class))
        return tl_error_set(error, TL_E_USAGE, "-c '%.40s': give IN, CH, HS, NONE, ANY or a number from 0 to 65535",
                            class);
    return TL_E_NONE;
}

static enum tl_failure read_words(struct question *q, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = q->options;
    struct tl_address address;
    for (unsigned i = 0; i < count; i++) {
        if (words[i][0] == '@') {
            if (q->server_count > 0)
                return tl_error_set(error, TL_E_USAGE, "resolve: give one @SERVER");
            if (find_server(q, words[i] + 1, error) != TL_E_NONE)
                return error->kind;
        } else if (q->name != NULL || o->reverse != NULL) {
            return tl_error_set(error, TL_E_USAGE, "resolve: give one name: '%.60s' is another", words[i]);
        } else {
            q->name = words[i];
        }
    }
    if (o->reverse != NULL) {
        if (!tl_address_parse(o->reverse, &address))
            return tl_error_set(error, TL_E_USAGE, "-x '%.60s': give an IPv4 or IPv6 address", o->reverse);
        reverse(&address, q->reversed);
        q->name = q->reversed;
    }
    if (q->name == NULL || *q->name == '\0')
        return tl_error_set(error, TL_E_USAGE, "resolve: give a name, or an address with -x");
    return q->server_count > 0 ? TL_E_NONE : own_servers(q, error);
}

static void put_quoted(struct tl_buffer *out, const char *text)
{
    tl_put_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            tl_put_char(out, '\\');
        tl_put_char(out, *text);
    }
    tl_put_char(out, '"');
}

/* Describes the layers around a message. from_server: it is the answer. */
static void describe(const struct question *q, struct tl_buffer *out, bool from_server)
{
    const struct tl_asking *a = &q->asking;
    char local[46], server[46];
    tl_address_text(&a->local, local);
    tl_address_text(&a->server, server);
    tl_put_format(out, "eth(src=02:00:00:00:00:0%u,dst=02:00:00:00:00:0%u)/%s(dst=%s,src=%s)/", from_server ? 2 : 1,
                  from_server ? 1 : 2, a->local.version == 6 ? "ip6" : "ip", from_server ? local : server,
                  from_server ? server : local);
    tl_put_format(out, "%s(sport=%u,dport=%u", a->tcp ? "tcp" : "udp", from_server ? a->port : a->local_port,
                  from_server ? a->local_port : a->port);
    if (a->tcp)
        tl_put_format(out, ",seq=%u,ack=%u,flags=psh+ack", q->seqs[from_server], q->seqs[!from_server]);
    tl_put_char(out, ')');
}

static enum tl_failure build(struct question *q, struct tl_buffer *description, struct tl_error *error)
{
    const struct tl_craft_world functions = tl_world_functions(&q->world);
    tl_put_char(description, '\0');
    if (description->failed)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    struct tl_craft *craft = tl_craft_new((const char *)description->data, error);
    enum tl_failure failure = craft == NULL ? error->kind : tl_craft_build(craft, 0, &functions, &q->frames, error);
    tl_craft_free(craft);
    return failure;
}

/* Lets the decoder read the frame that was built; prints its tree if trees are wanted. */
static const struct tl_tree *decode(struct question *q, struct tl_error *error)
{
    struct tl_bytes frame = tl_crafted_get(&q->frames, 0);
    int64_t now = tl_frame_log_now();
    struct tl_packet packet = { .ts = now,
                                .etime = now,
                                .number = ++q->packets,
                                .bytes = frame.data,
                                .caplen = frame.len,
                                .len = frame.len,
                                .linktype = TL_LINKTYPE_ETHERNET };
    if (tl_frame_log_show(&q->log, now, frame, error) != TL_E_NONE)
        return NULL;
    return tl_detail_packet(q->detail, &packet);
}

/* Builds the question. Its message is the end of the frame. */
static enum tl_failure build_question(struct question *q, struct tl_bytes *message, struct tl_error *error)
{
    const struct options *o = q->options;
    struct tl_buffer text = { 0 };
    describe(q, &text, false);
    tl_put_lit(&text, "/dns(");
    put_quoted(&text, q->name);
    tl_put_format(&text, ",qtype=%u,qclass=%u,id=%u,flags=%u", q->type, q->class, q->id,
                  (o->no_recursion ? 0 : 0x100u) | (o->checking_off ? 0x10u : 0));
    if (!o->no_edns)
        tl_put_format(&text, ",edns=%u,do=%u", (unsigned)(o->edns > 0 ? o->edns : EDNS), o->dnssec);
    tl_put_char(&text, ')');
    enum tl_failure failure = build(q, &text, error);
    tl_buffer_fini(&text);
    if (failure != TL_E_NONE)
        return failure;
    struct tl_bytes frame = tl_crafted_get(&q->frames, 0);
    uint32_t before = 14 + (q->asking.local.version == 6 ? 40u : 20u) + (q->asking.tcp ? 20u + 2u : 8u);
    *message = (struct tl_bytes){ frame.data + before, frame.len - before };
    return TL_E_NONE;
}

/*
 * Whether a message answers: the number, and the question without case (RFC 5452 section 9). It has one question (RFC
 * 9619), or none if it is an error about what the server did not read, or a further message of a zone.
 */
static bool answers(const struct question *q, struct tl_bytes asked, const uint8_t *got, uint32_t len, bool further)
{
    uint32_t end = 12;
    if (len < 12 || (got[0] << 8 | got[1]) != q->id || (got[2] & 0x80) == 0)
        return false;
    unsigned questions = (unsigned)(got[4] << 8 | got[5]);
    if (questions != 1)
        return questions == 0 && (further || (got[3] & 15) != 0);
    while (end < asked.len && asked.data[end] != 0)
        end += asked.data[end] + 1u;
    end += 5;
    if (end > len || end > asked.len)
        return false;
    for (uint32_t i = 12; i < end; i++) {
        unsigned a = asked.data[i], b = got[i];
        if (a != b && !((a | 32) == (b | 32) && (a | 32) >= 'a' && (a | 32) <= 'z'))
            return false;
    }
    return true;
}

/* Shows an answer. Over TCP it can be longer than a packet, so it is decoded in pieces. */
static enum tl_failure take_answer(struct question *q, uint32_t len, enum tl_dns_form form, struct tl_dns_text *found,
                                   struct tl_error *error)
{
    bool tcp = q->asking.tcp;
    for (uint32_t at = 0; at < len;) {
        uint32_t n = tcp && len - at > SEGMENT ? SEGMENT : len - at;
        struct tl_buffer text = { 0 };
        describe(q, &text, true);
        tl_put_lit(&text, "/raw(");
        if (tcp && at == 0)
            tl_put_format(&text, "%04x", len);
        tl_put_hex_bytes(&text, q->message + at, n, 0);
        tl_put_char(&text, ')');
        enum tl_failure failure = build(q, &text, error);
        tl_buffer_fini(&text);
        const struct tl_tree *tree = failure == TL_E_NONE ? decode(q, error) : NULL;
        if (tree == NULL)
            return error->kind != TL_E_NONE ? error->kind : tl_error_set(error, TL_E_RUNTIME, "out of memory");
        q->seqs[1] += n + (at == 0 ? 2 : 0);
        at += n;
        if (at == len)
            *found = tl_dns_text_put(&q->text, tree, q->options->verbose ? TL_DNS_NOTHING : form);
    }
    return error->kind;
}

static enum tl_failure print(struct question *q, int64_t spent, uint32_t bytes, struct tl_error *error)
{
    char server[46];
    const struct options *o = q->options;
    if (!o->brief && !o->verbose)
        tl_put_format(&q->text, "; from %s port %u over %s, %u bytes, %.3f ms\n",
                      tl_address_text(&q->asking.server, server), q->asking.port, q->asking.tcp ? "TCP" : "UDP", bytes,
                      (double)spent / 1e6);
    enum tl_failure failure = tl_frame_log_put(&q->log, &q->text, error);
    q->text.len = 0;
    return failure;
}

/* No more comes. A zone that has begun is printed as far as it came, and is no whole answer. */
static enum tl_failure stopped(struct question *q, uint32_t soas, struct tl_error *error)
{
    if (soas == 0 || error->kind != TL_E_NONE)
        return error->kind;
    if (tl_frame_log_put(&q->log, &q->text, error) == TL_E_NONE)
        (void)tl_error_set(error, TL_E_RUNTIME, "the transfer of the zone ended before its last record");
    q->text.len = 0;
    return error->kind;
}

/*
 * Asks one server once. *done: it answered. An answer that is cut off is not printed if TCP is tried next: *again.
 */
static enum tl_failure ask(struct question *q, bool zone, bool *done, bool *again, struct tl_error *error)
{
    const struct options *o = q->options;
    int64_t begin = tl_wire_now(), deadline = begin + (o->timeout > 0 ? o->timeout : TIMEOUT);
    struct tl_bytes asked;
    uint32_t bytes = 0, soas = 0;
    q->seqs[0] = q->seqs[1] = 1;
    if (tl_asking_open(&q->asking, deadline, error) != TL_E_NONE || build_question(q, &asked, error) != TL_E_NONE ||
        tl_asking_send(&q->asking, asked, deadline, error) != TL_E_NONE || decode(q, error) == NULL)
        return error->kind != TL_E_NONE ? error->kind : tl_error_set(error, TL_E_RUNTIME, "out of memory");
    q->seqs[0] += asked.len + 2;
    uint8_t question[300];
    asked.len = asked.len < sizeof question ? asked.len : sizeof question;
    memcpy(question, asked.data, asked.len); /* the answer is built in the same memory */
    asked.data = question;
    for (;;) {
        int32_t len = tl_asking_receive(&q->asking, q->message, deadline, error);
        struct tl_dns_text found = { .response = false };
        if (len == 0 && !q->asking.tcp && !tl_signals_interrupted() && tl_wire_now() < deadline)
            continue; /* a datagram without bytes */
        if (len <= 0 || tl_signals_interrupted())
            return stopped(q, soas, error);
        if (!answers(q, asked, q->message, (uint32_t)len, zone && soas > 0)) {
            q->ignored++;
            continue;
        }
        bool cut = (q->message[2] & 2) != 0 && !q->asking.tcp;
        *again = cut && !o->only_udp;
        if (take_answer(q, (uint32_t)len,
                        *again     ? TL_DNS_NOTHING
                        : o->brief ? TL_DNS_SHORT
                                   : TL_DNS_WHOLE,
                        &found, error) != TL_E_NONE)
            return error->kind;
        bytes += (uint32_t)len;
        soas += found.soas;
        *done = true;
        /* A zone ends with the record it begins with: RFC 5936 section 2.2. */
        if (zone && found.records > 0 && soas < 2 && !found.malformed)
            continue;
        if (*again || print(q, tl_wire_now() - begin, bytes, error) != TL_E_NONE || !found.malformed)
            return error->kind;
        char server[46];
        return tl_error_set(error, TL_E_RUNTIME, "the answer from %s is malformed",
                            tl_address_text(&q->asking.server, server));
    }
}

static void no_answer(const struct question *q, struct tl_error *error)
{
    const struct server *s = &q->servers[q->server_count - 1];
    char server[46], ignored[80] = "";
    if (q->ignored > 0)
        snprintf(ignored, sizeof ignored, ": messages with another number or question came, %llu",
                 (unsigned long long)q->ignored);
    tl_error_set(error, TL_E_RUNTIME, "no answer from %s%s%s%s", tl_address_text(&s->address, server),
                 *s->zone != '\0' ? "%" : "", s->zone, ignored);
}

static enum tl_failure resolve(struct question *q, struct tl_error *error)
{
    const struct options *o = q->options;
    bool zone = q->type == AXFR, done = false;
    unsigned tries = o->tries > 0 ? (unsigned)o->tries : TRIES;
    for (unsigned i = 0; i < tries * q->server_count && !done && !tl_signals_interrupted(); i++) {
        bool again = false;
        *error = (struct tl_error){ 0 };
        q->asking = (struct tl_asking){ .fd = -1,
                                        .tcp = o->tcp || zone,
                                        .server = q->servers[i % q->server_count].address,
                                        .scope = if_nametoindex(q->servers[i % q->server_count].zone),
                                        .port = (uint16_t)(o->port > 0 ? o->port : PORT) };
        if (getrandom(&q->id, sizeof q->id, 0) != sizeof q->id)
            return tl_error_set(error, TL_E_RUNTIME, "no random numbers");
        (void)ask(q, zone, &done, &again, error);
        tl_asking_close(&q->asking);
        if (again && error->kind == TL_E_NONE) {
            done = false;
            q->asking.tcp = true;
            (void)ask(q, zone, &done, &again, error);
            tl_asking_close(&q->asking);
        }
        if (error->kind == TL_E_USAGE)
            return error->kind;
    }
    if (!done && error->kind == TL_E_NONE)
        no_answer(q, error);
    return error->kind;
}

/* The messages are those of DNS, whatever the port and the types in them. */
static enum tl_failure read_as_dns(struct question *q, struct tl_error *error)
{
    static const char *const transports[] = { "udp", "tcp" };
    for (unsigned i = 0; i < TL_COUNT(transports) && error->kind == TL_E_NONE; i++) {
        char rule[40];
        snprintf(rule, sizeof rule, "%s.port==%u,dns", transports[i],
                 (unsigned)(q->options->port > 0 ? q->options->port : PORT));
        (void)tl_decode_as_read(&q->as, rule, error);
    }
    return error->kind;
}

static enum tl_failure run_resolve(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct question *q = calloc(1, sizeof *q);
    struct tl_frame_log_options log = { .trees = o->verbose, .json = o->json, .decode_as = &q->as };
    enum tl_failure failure = TL_E_NONE;
    if (q == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    q->options = o;
    q->error = error;
    if (o->tcp && o->only_udp)
        failure = tl_error_set(error, TL_E_USAGE, "--tcp and --no-tcp: give one of them");
    else if (o->no_edns && (o->edns > 0 || o->dnssec))
        failure = tl_error_set(error, TL_E_USAGE, "--edns and --dnssec need EDNS: leave out --no-edns");
    else if (o->reverse != NULL && o->type != NULL)
        failure = tl_error_set(error, TL_E_USAGE, "-x asks for PTR: leave out --type");
    if (failure == TL_E_NONE)
        failure = tl_verb_enter(&o->network, error);
    if (failure == TL_E_NONE)
        failure = tl_verb_drop(o->user, error);
    if (failure == TL_E_NONE)
        failure = read_words(q, words, count, error);
    if (failure == TL_E_NONE)
        failure = read_type(q, error);
    if (failure == TL_E_NONE)
        failure = read_as_dns(q, error);
    if (failure == TL_E_NONE && tl_frame_log_open(&q->log, &log, error)) {
        struct tl_detail_options detail = { .interfaces = q->log.interfaces, .memory = 16 << 20,
                                            .decode_as = &q->as, .record = on_record, .context = q };
        tl_signals_note();
        tl_world_init(&q->world, NULL, NULL);
        q->detail = tl_detail_new(&detail);
        failure = q->detail != NULL ? resolve(q, error) : tl_error_set(error, TL_E_RUNTIME, "out of memory");
        struct tl_error closing = { 0 };
        (void)tl_frame_log_close(&q->log, failure == TL_E_NONE ? error : &closing);
    }
    tl_detail_free(q->detail);
    tl_crafted_fini(&q->frames);
    tl_world_fini(&q->world);
    tl_buffer_fini(&q->text);
    free(q);
    return error->kind;
}

static const char description[] =
    "Asks a DNS server for the records of\n.I NAME\nand prints the answer, one record a line.\n.I SERVER\nis an "
    "address, "
    "or a name, which is looked up first. Without it, the servers of /etc/resolv.conf are asked.\n"
    ".PP\nThe answer is read by the decoder that reads captures:\n.B \\-\\-json\nprints the dns record, and\n.B \\-v\n"
    "all fields. Packets are those of the message as it was sent and received; their Ethernet addresses are made up.\n"
    "A truncated answer is asked for again over TCP. An answer with another number, name or type is not taken.\n"
    ".PP\nData of a type that is not known is printed as RFC 3597 has it. A message with another number or question is no "
    "answer.\n"
    "Names are taken as they are: no search list is used.\n";

const struct tl_verb tl_verb_resolve = {
    .name = "resolve",
    .words = "NAME [@SERVER]",
    .words_least = 0,
    .words_most = 2,
    .summary = "Ask a DNS server and decode its answer",
    .description = description,
    .examples = "  taplight resolve www.example.com\n"
                "  taplight resolve example.com @192.0.2.53 -t MX --json\n"
                "  taplight resolve example.com -t DNSKEY --dnssec -v\n"
                "  taplight resolve -x 192.0.2.1 -q\n",
    .status = "A server answered, also that there is no such name, or that it refuses.\n"
              "No server answered, an answer is malformed (what can be read of it is printed), a zone "
              "ended before its last record, the name of the server is not found.\n"
              "The command line is wrong.\n"
              "The user of -Z may not be changed to.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_resolve,
};
