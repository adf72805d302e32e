/*
 * compare.c - compares the fields of each packet of a capture in taplight --json=packets with tshark's.
 *
 *   differential_compare SCHEMA CAUSES NAME TSHARK PACKETS
 *
 * SCHEMA is that of --json=packets: a field is compared if its protocol is in this build. TSHARK has a header line, then
 * one line per packet; values of a field are joined by 0x1f. PACKETS is our output (- is standard input). A pair is all
 * values of a field in a packet, in order. The output has tab-separated lines:
 *
 *   F field pairs equal missing different extra moved     for each field; extra: only we have a value; moved: equal values
 *                                                         that tshark shows at a later packet of the stream
 *   M NAME ours theirs                                    DNS messages, if any
 *   D cause kind NAME packet field layers protocols ours theirs      a pair that differs
 *
 * layers are ours from outer to inner; ! marks a malformed one, ~ a cut one, ? a quoted one.
 */
#include "tests/differential/causes.h"
#include "tests/differential/value.h"
#include "tests/differential/waiting.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 2048, VALUES_MOST = 16384, LAYERS_TEXT = 1024, FLOW_TEXT = 512, SHOWN_MOST = 4096, DEPTH_MOST = 40 };

enum kind { EQUAL, MISSING, DIFFERENT, EXTRA, MOVED, KINDS };
static const char *const kind_names[] = { "equal", "missing", "different", "extra", "moved" };

struct column {
    char *name;       /* owned */
    bool compared;
    uint64_t counts[KINDS];
    char *theirs;     /* of this packet; points into the line */
    struct json_object *ours[VALUES_MOST]; /* of this packet; borrowed from its JSON object */
    unsigned count;
    bool moves;       /* field of a message in a stream, which tshark shows at the end of the message */
    struct waiting waiting;
};

struct comparison {
    const char *name;
    struct causes *causes;
    struct column *columns; /* owned */
    unsigned column_count;
    int number, protocols, captured, dns; /* column numbers, -1: none */
    uint64_t messages[2];
    char layers[LAYERS_TEXT], flow[FLOW_TEXT]; /* of this packet */
};

static int column_of(const struct comparison *c, const char *name)
{
    for (unsigned i = 0; i < c->column_count; i++) {
        if (strcmp(c->columns[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

/* A field is in this build if another field of its protocol is: "dns" of dns.id. */
static bool in_build(const char *name, struct json_object *schema)
{
    struct json_object *protocols;
    if (!json_object_object_get_ex(schema, "$defs", &protocols))
        return false;
    /* Wireshark has a protocol for each module of X.509. */
    char *protocol = strndup(name, strncmp(name, "x509", 4) == 0 ? 4 : strcspn(name, "."));
    bool found = protocol != NULL && json_object_object_get_ex(protocols, protocol, NULL);
    free(protocol);
    return found;
}

static bool read_header(struct comparison *c, char *line, struct json_object *schema)
{
    c->columns = calloc(COLUMNS_MOST, sizeof *c->columns);
    line[strcspn(line, "\n")] = '\0';
    for (char *name; c->columns != NULL && c->column_count < COLUMNS_MOST && (name = strsep(&line, "\t")) != NULL;) {
        struct column *column = &c->columns[c->column_count++];
        column->name = strdup(name);
        if (column->name == NULL)
            return false;
        column->compared = in_build(name, schema);
        column->moves = strncmp(name, "http.", 5) == 0 || strncmp(name, "smtp.", 5) == 0;
    }
    c->number = column_of(c, "frame.number");
    c->protocols = column_of(c, "frame.protocols");
    c->captured = column_of(c, "frame.cap_len");
    c->dns = column_of(c, "dns.id");
    return c->columns != NULL && line == NULL && c->number >= 0;
}

static void gather(struct comparison *c, struct json_object *object, unsigned depth);

static void gather_value(struct comparison *c, const char *key, struct json_object *value, unsigned depth)
{
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            gather_value(c, key, json_object_array_get_idx(value, i), depth);
        return;
    }
    if (json_object_is_type(value, json_type_object)) {
        gather(c, value, depth + 1);
        return;
    }
    int i = column_of(c, key);
    if (i >= 0 && c->columns[i].count < VALUES_MOST)
        c->columns[i].ours[c->columns[i].count++] = value;
}

/* Collects the values of an object's fields in order, including groups. */
static void gather(struct comparison *c, struct json_object *object, unsigned depth)
{
    if (depth > DEPTH_MOST)
        return;
    json_object_object_foreach(object, key, value)
        gather_value(c, key, value, depth);
}

static void put_layer(struct comparison *c, struct json_object *layer)
{
    struct json_object *protocol;
    size_t len = strlen(c->layers);
    if (!json_object_object_get_ex(layer, "protocol", &protocol))
        return;
    snprintf(c->layers + len, sizeof c->layers - len, "%s%s%s%s%s", len > 0 ? ":" : "",
             json_object_get_string(protocol), json_object_object_get_ex(layer, "_malformed", NULL) ? "!" : "",
             json_object_object_get_ex(layer, "_short", NULL) ? "~" : "",
             json_object_object_get_ex(layer, "_quoted", NULL) ? "?" : "");
}

static void read_ours(struct comparison *c, struct json_object *packet)
{
    struct json_object *layers;
    c->layers[0] = '\0';
    for (unsigned i = 0; i < c->column_count; i++)
        c->columns[i].count = 0;
    if (packet == NULL || !json_object_object_get_ex(packet, "layers", &layers))
        return;
    for (size_t i = 0; i < json_object_array_length(layers); i++) {
        put_layer(c, json_object_array_get_idx(layers, i));
        gather(c, json_object_array_get_idx(layers, i), 0);
    }
}

static void read_theirs(struct comparison *c, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    for (unsigned i = 0; i < c->column_count; i++) {
        c->columns[i].theirs = strsep(&line, "\t");
    }
}

/* Splits tshark's values, compares them and joins them again. */
static bool all_equal(const struct column *column)
{
    char *at = column->theirs;
    bool equal = true;
    for (unsigned i = 0; i < column->count; i++) {
        if (at == NULL)
            return false;
        char *end = strchr(at, 0x1f);
        if (end != NULL)
            *end = '\0';
        equal = equal && value_equal(column->ours[i], at);
        if (end != NULL)
            *end = 0x1f;
        at = end != NULL ? end + 1 : NULL;
    }
    return equal && at == NULL;
}

static bool ours_is_empty(const struct column *column)
{
    for (unsigned i = 0; i < column->count; i++) {
        if (!json_object_is_type(column->ours[i], json_type_string) || json_object_get_string_len(column->ours[i]) > 0)
            return false;
    }
    return true;
}

/* Writes a line with our values, which may be none, and tshark's. */
static void show(const struct comparison *c, const struct column *column, enum kind kind, const char *ours,
                 const struct wait *where)
{
    char theirs[SHOWN_MOST];
    snprintf(theirs, sizeof theirs, "%s", kind != EXTRA && column->theirs != NULL ? column->theirs : "");
    for (char *p = theirs; (p = strchr(p, 0x1f)) != NULL;)
        *p = ',';
    const char *const texts[CAUSE_COLUMNS] = {
        [CAUSE_KIND] = kind_names[kind],  [CAUSE_FIELD] = column->name,         [CAUSE_FILE] = c->name,
        [CAUSE_LAYERS] = where->layers,   [CAUSE_PROTOCOLS] = where->protocols, [CAUSE_OURS] = ours,
        [CAUSE_THEIRS] = theirs,
    };
    printf("D\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", causes_find(c->causes, texts), kind_names[kind], c->name,
           where->packet, column->name, where->layers, where->protocols, ours, theirs);
}

static void put_value(char *text, struct json_object *value)
{
    size_t len = strlen(text);
    snprintf(text + len, SHOWN_MOST - len, "%s%s", len > 0 ? "," : "", json_object_get_string(value));
    for (char *p = text; (p = strpbrk(p, "\t\n\r")) != NULL;)
        *p = ' ';
}

/* Returns the position of this packet's values of a field. Borrowed. */
static struct wait here(struct comparison *c)
{
    char *protocols = c->protocols >= 0 ? c->columns[c->protocols].theirs : NULL;
    static char none[] = "";
    return (struct wait){ NULL, c->flow, c->columns[c->number].theirs, c->layers, protocols != NULL ? protocols : none };
}

static void count(struct comparison *c, struct column *column, enum kind kind)
{
    struct wait where = here(c);
    char ours[SHOWN_MOST] = "";
    column->counts[kind]++;
    if (kind == EQUAL || kind == MOVED)
        return;
    for (unsigned i = 0; i < column->count; i++)
        put_value(ours, column->ours[i]);
    show(c, column, kind, ours, &where);
}

/* Handles values of a message that we give before tshark does, or that tshark gives with other messages. */
static enum kind later(struct comparison *c, struct column *column, enum kind kind)
{
    struct wait where = here(c);
    for (unsigned i = 0; i < column->count; i++) {
        where.value = column->ours[i];
        if (!waiting_add(&column->waiting, &where))
            abort();
    }
    if (kind == EXTRA || waiting_take(&column->waiting, c->flow, column->theirs))
        return MOVED;
    waiting_drop(&column->waiting, column->count);
    return kind;
}

/* Reports values that tshark never showed. */
static void show_waiting(struct comparison *c, struct column *column)
{
    const struct waiting *w = &column->waiting;
    for (unsigned i = 0; i < w->count;) {
        const struct wait *first = &w->items[i];
        char ours[SHOWN_MOST] = "";
        for (; i < w->count && strcmp(w->items[i].packet, first->packet) == 0; i++)
            put_value(ours, w->items[i].value);
        column->counts[EXTRA]++;
        show(c, column, EXTRA, ours, first);
    }
}

/* Names a direction of a TCP connection by tshark's values; "": none. */
static void name_flow(struct comparison *c)
{
    static const char *const names[] = { "tcp.srcport", "tcp.dstport", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst" };
    size_t len = 0;
    c->flow[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int column = column_of(c, names[i]);
        const char *value = column >= 0 ? c->columns[column].theirs : NULL;
        if (i == 0 && (value == NULL || *value == '\0'))
            return;
        len += (size_t)snprintf(c->flow + len, sizeof c->flow - len, "%s ", value != NULL ? value : "");
        len = len < sizeof c->flow ? len : sizeof c->flow - 1;
    }
}

static void compare_packet(struct comparison *c)
{
    name_flow(c);
    for (unsigned i = 0; i < c->column_count; i++) {
        struct column *column = &c->columns[i];
        bool theirs = column->theirs != NULL && column->theirs[0] != '\0';
        if (!column->compared || (!theirs && ours_is_empty(column)))
            continue;
        enum kind kind = !theirs ? EXTRA : column->count == 0 ? MISSING : all_equal(column) ? EQUAL : DIFFERENT;
        if (kind != EQUAL && column->moves && c->flow[0] != '\0') {
            bool extra = kind == EXTRA;
            kind = later(c, column, kind);
            if (extra)
                continue; /* counted when tshark shows it, or at the end */
        }
        count(c, column, kind);
    }
    if (c->dns >= 0) {
        const struct column *column = &c->columns[c->dns];
        c->messages[0] += column->count;
        for (const char *p = column->theirs; p != NULL && *p != '\0'; p = strchr(p, 0x1f), p += p != NULL)
            c->messages[1]++;
    }
}

/* tshark counts pcapng blocks without packets (custom blocks) as packets, without layers and with another length. */
static bool is_no_packet(const struct comparison *c, struct json_object *ours)
{
    struct json_object *captured;
    if (c->protocols < 0 || c->captured < 0 || c->columns[c->protocols].theirs == NULL ||
        strcmp(c->columns[c->protocols].theirs, "data") != 0)
        return false;
    return ours == NULL || !json_object_object_get_ex(ours, "captured", &captured) ||
           !value_equal(captured, c->columns[c->captured].theirs);
}

/* Compares one line per packet on both sides. Returns false if ours is not JSON. */
static bool compare_lines(struct comparison *c, FILE *tshark, FILE *packets)
{
    char *line = NULL, *json = NULL;
    size_t line_room = 0, json_room = 0;
    bool good = true;
    struct json_object *packet = NULL;
    while (good && getline(&line, &line_room, tshark) > 0) {
        if (packet == NULL && getline(&json, &json_room, packets) > 0)
            good = (packet = json_tokener_parse(json)) != NULL;
        read_theirs(c, line);
        if (is_no_packet(c, packet))
            continue;
        read_ours(c, packet);
        compare_packet(c);
        json_object_put(packet);
        packet = NULL;
    }
    json_object_put(packet);
    free(line);
    free(json);
    return good && !ferror(tshark) && !ferror(packets);
}

static void put_counts(struct comparison *c)
{
    for (unsigned i = 0; i < c->column_count; i++) {
        const uint64_t *counts = c->columns[i].counts;
        show_waiting(c, &c->columns[i]);
        unsigned long long pairs = counts[EQUAL] + counts[MISSING] + counts[DIFFERENT] + counts[MOVED];
        if (c->columns[i].compared)
            printf("F\t%s\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\n", c->columns[i].name, pairs,
                   (unsigned long long)counts[EQUAL], (unsigned long long)counts[MISSING],
                   (unsigned long long)counts[DIFFERENT], (unsigned long long)counts[EXTRA],
                   (unsigned long long)counts[MOVED]);
    }
    if (c->messages[0] + c->messages[1] > 0)
        printf("M\t%s\t%llu\t%llu\n", c->name, (unsigned long long)c->messages[0], (unsigned long long)c->messages[1]);
}

static bool compare(struct comparison *c, struct json_object *schema, FILE *tshark, FILE *packets)
{
    char *line = NULL;
    size_t room = 0;
    bool good = tshark != NULL && packets != NULL && getline(&line, &room, tshark) > 0 && read_header(c, line, schema) &&
                compare_lines(c, tshark, packets);
    free(line);
    if (good)
        put_counts(c);
    for (unsigned i = 0; i < c->column_count; i++) {
        free(c->columns[i].name);
        waiting_fini(&c->columns[i].waiting);
    }
    free(c->columns);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: %s SCHEMA CAUSES NAME TSHARK PACKETS\n", argv[0]);
        return 2;
    }
    struct comparison c = { .name = argv[3], .causes = causes_new(argv[2]), .number = -1, .protocols = -1, .captured = -1,
                            .dns = -1 };
    struct json_object *schema = json_object_from_file(argv[1]);
    FILE *tshark = fopen(argv[4], "r"), *packets = strcmp(argv[5], "-") == 0 ? stdin : fopen(argv[5], "r");
    bool good = c.causes != NULL && schema != NULL && compare(&c, schema, tshark, packets);
    if (!good)
        fprintf(stderr, "%s: cannot compare %s and %s\n", c.name, argv[4], argv[5]);
    if (tshark != NULL)
        fclose(tshark);
    if (packets != NULL)
        fclose(packets);
    if (c.causes != NULL)
        causes_free(c.causes);
    json_object_put(schema);
    return good ? 0 : 1;
}
