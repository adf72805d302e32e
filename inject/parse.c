/* parse.c - the description of packets: layers, fields, values. */
#include "inject/layer.h"

#include "core/edits.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORD = 64, FILE_MOST = 65535 };
#define SERIES_MOST (UINT64_C(1) << 40)
#define SPACE       " \t\n"

const struct tl_layer_type *const tl_craft_layer_types[] = {
    &tl_craft_layer_eth,
    &tl_craft_layer_vlan,
    &tl_craft_layer_arp,
    &tl_craft_layer_mpls,
    &tl_craft_layer_ip,
    &tl_craft_layer_ip6,
    &tl_craft_layer_hopopts,
    &tl_craft_layer_dstopts,
    &tl_craft_layer_routing,
    &tl_craft_layer_icmp,
    &tl_craft_layer_icmp6,
    &tl_craft_layer_tcp,
    &tl_craft_layer_udp,
    &tl_craft_layer_gre,
    &tl_craft_layer_vxlan,
    &tl_craft_layer_dns,
    &tl_craft_layer_dhcp,
    &tl_craft_layer_ntp,
    &tl_craft_layer_snmp,
    &tl_craft_layer_tftp,
    &tl_craft_layer_raw,
    &tl_craft_layer_payload,
    NULL,
};

/* Names of layers in trees and filters, where they differ. */
static const struct {
    const char *tree, *name;
} other_names[] = { { "ipv6", "ip6" }, { "icmpv6", "icmp6" }, { "ethernet", "eth" }, { "data", "payload" } };

const uint8_t *tl_craft_keep(struct tl_craft *craft, const void *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    void **files = copy == NULL ? NULL : realloc(craft->files, (craft->file_count + 1) * sizeof *files);
    if (files == NULL) {
        free(copy);
        return NULL;
    }
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    craft->files = files;
    files[craft->file_count++] = copy;
    return copy;
}

struct parser {
    struct tl_craft *craft;
    const char *at;
    struct tl_error *error;
};

static bool refuse(const struct parser *p, const char *format, ...) TL_PRINTF(2, 3);
static bool refuse(const struct parser *p, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tl_error_set(p->error, TL_E_USAGE, "%s", text);
    return false;
}

/* Finds the name nearest to `typed`; NULL: none is near. */
static const char *nearer(const char *best, unsigned *edits, const char *name, const char *typed)
{
    unsigned now = tl_edits(name, typed, strlen(typed));
    if (now >= *edits)
        return best;
    *edits = now;
    return name;
}

static bool read_word(struct parser *p, char word[WORD], const char *more)
{
    size_t len = 0;
    while ((isalnum((unsigned char)p->at[len]) || (p->at[len] != '\0' && strchr(more, p->at[len]) != NULL)) &&
           len < WORD - 1)
        len++;
    memcpy(word, p->at, len);
    word[len] = '\0';
    p->at += len;
    return len > 0;
}

static const struct tl_layer_type *find_layer(const struct parser *p, const char *name)
{
    const char *near = NULL;
    unsigned edits = UINT_MAX;
    for (unsigned i = 0; i < TL_COUNT(other_names); i++)
        name = strcmp(name, other_names[i].tree) == 0 ? other_names[i].name : name;
    for (unsigned i = 0; tl_craft_layer_types[i] != NULL; i++) {
        if (strcmp(tl_craft_layer_types[i]->name, name) == 0)
            return tl_craft_layer_types[i];
        near = nearer(near, &edits, tl_craft_layer_types[i]->name, name);
    }
    if (near != NULL)
        refuse(p, "no layer '%s': did you mean '%s'?", name, near);
    else
        refuse(p, "no layer '%s': taplight send --layers lists them", name);
    return NULL;
}

/* A field is named as here, or as in trees, with or without the protocol: dport, dstport, udp.dstport. */
static int find_field(const struct parser *p, const struct tl_layer_type *type, const char *name)
{
    const char *near = NULL;
    unsigned edits = UINT_MAX;
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct tl_craft_field *f = &type->fields[i];
        const char *dot = f->key != NULL ? strchr(f->key, '.') : NULL;
        if (strcmp(f->name, name) == 0 || (f->key != NULL && strcmp(f->key, name) == 0) ||
            (dot != NULL && strcmp(dot + 1, name) == 0))
            return (int)i;
        near = nearer(near, &edits, f->name, name);
        if (dot != NULL)
            near = nearer(near, &edits, dot + 1, name);
    }
    if (near != NULL)
        refuse(p, "%s has no field '%s': did you mean '%s'?", type->name, name, near);
    else
        refuse(p, "%s has no field '%s': taplight send --layers %s lists them", type->name, name, type->name);
    return -1;
}

static bool store(const struct parser *p, struct tl_craft_value *value, const void *data, size_t len)
{
    value->data = tl_craft_keep(p->craft, data, len);
    value->len = len;
    return value->data != NULL || refuse(p, "out of memory");
}

static bool read_file(const struct parser *p, struct tl_craft_value *value, const char *name)
{
    static uint8_t none[1];
    uint8_t *bytes = malloc(FILE_MOST + 1);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = -1;
    while (bytes != NULL && fd >= 0 && len <= FILE_MOST && (n = read(fd, bytes + len, FILE_MOST + 1 - len)) > 0)
        len += (size_t)n;
    bool fine = n == 0 && len <= FILE_MOST;
    if (fine) {
        fine = store(p, value, len > 0 ? bytes : none, len);
    } else if (len > FILE_MOST) {
        refuse(p, "@%s: longer than a packet: at most %d bytes", name, FILE_MOST);
    } else {
        tl_error_set(p->error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot read %s: %s", name,
                     strerror(errno));
    }
    free(bytes);
    if (fd >= 0)
        close(fd);
    return fine;
}

static bool is_hex(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && isxdigit((unsigned char)text[2]);
}

/* 010 is 8 to some and 10 to others. */
static bool looks_octal(const char *text)
{
    return text[0] == '0' && isdigit((unsigned char)text[1]);
}

static bool number_of(const struct tl_craft_field *f, const char *text, uint64_t *out)
{
    char *end;
    for (const struct tl_name *n = f->names; n != NULL && n->name != NULL; n++) {
        if (strcasecmp(n->name, text) == 0) {
            *out = n->value;
            return true;
        }
    }
    errno = 0;
    *out = strtoull(text, &end, is_hex(text) ? 16 : 10);
    return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && !looks_octal(text);
}

/* Names joined by +. */
static bool flags_of(const struct tl_craft_field *f, const char *text, uint64_t *out)
{
    char word[WORD];
    bool some = false;
    *out = 0;
    if (isdigit((unsigned char)*text))
        return number_of(f, text, out);
    while (*text != '\0') {
        size_t len = strcspn(text, "+");
        uint64_t bit;
        if (len == 0 || len >= WORD)
            return false;
        memcpy(word, text, len);
        word[len] = '\0';
        if (!number_of(f, word, &bit))
            return false;
        *out |= bit;
        text += len + (text[len] == '+' && text[len + 1] != '\0');
        some = true;
    }
    return some;
}

static bool mac_of(const char *text, uint64_t *out)
{
    unsigned b[6];
    char more;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &more) != 6)
        return false;
    *out = 0;
    for (int i = 0; i < 6; i++)
        *out = *out << 8 | b[i];
    return true;
}

/* Reads one end of a range, or a value by itself. */
static bool scalar(const struct tl_craft_field *f, const char *text, struct tl_craft_value *value, uint64_t *out)
{
    struct in_addr v4;
    struct in6_addr v6;
    switch (f->type) {
    case TL_CRAFT_CHECKSUM:
        value->bad = strcmp(text, "bad") == 0;
        return value->bad || number_of(f, text, out);
    case TL_CRAFT_NUMBER:
    case TL_CRAFT_FOURS:
    case TL_CRAFT_EIGHTS:
        return number_of(f, text, out);
    case TL_CRAFT_FLAGS:
        return flags_of(f, text, out);
    case TL_CRAFT_IPV4:
        if (inet_pton(AF_INET, text, &v4) != 1)
            return false;
        *out = ntohl(v4.s_addr);
        return true;
    case TL_CRAFT_IPV6:
        if (inet_pton(AF_INET6, text, &v6) != 1)
            return false;
        if (out == &value->number)
            memcpy(value->address, &v6, 16);
        else if (memcmp(value->address, &v6, 8) != 0)
            return false;
        *out = tl_load_be64((const uint8_t *)&v6 + 8);
        return true;
    case TL_CRAFT_MAC:
        return mac_of(text, out);
    case TL_CRAFT_TEXT:
    case TL_CRAFT_NAME:
    case TL_CRAFT_OID:
    case TL_CRAFT_HEX:
        break;
    }
    return false;
}

static bool hex_of(const struct parser *p, const char *text, struct tl_craft_value *value)
{
    size_t len = strlen(text), n = 0;
    uint8_t *bytes = malloc(len + 1);
    bool fine = bytes != NULL;
    unsigned half = 0, digits = 0;
    for (size_t i = 0; fine && i < len; i++) {
        const char *set = "0123456789abcdef", *digit = strchr(set, tolower((unsigned char)text[i]));
        if (text[i] == ':' || text[i] == ' ')
            continue;
        if (digit == NULL) {
            fine = false;
            break;
        }
        half = half << 4 | (unsigned)(digit - set);
        if (++digits % 2 == 0)
            bytes[n++] = (uint8_t)half;
    }
    fine = fine && digits % 2 == 0;
    if (fine)
        fine = store(p, value, bytes, n);
    free(bytes);
    return fine;
}

static const char *expected(const struct tl_craft_field *f)
{
    switch (f->type) {
    case TL_CRAFT_CHECKSUM:
        return "a number or 'bad'";
    case TL_CRAFT_FLAGS:
        return "a number, or names joined by +";
    case TL_CRAFT_IPV4:
        return "an IPv4 address";
    case TL_CRAFT_IPV6:
        return "an IPv6 address";
    case TL_CRAFT_MAC:
        return "a MAC address";
    case TL_CRAFT_HEX:
        return "pairs of hexadecimal digits";
    case TL_CRAFT_NAME:
        return "a name of labels, of at most 63 bytes each and 255 in all";
    case TL_CRAFT_OID:
        return "numbers separated by dots, as 1.3.6.1";
    default:
        return f->names != NULL ? "a number or a name" : "a number";
    }
}

static bool add_value(const struct parser *p, struct tl_craft_setting *s, const struct tl_craft_value *value,
                      uint64_t unit)
{
    struct tl_craft_value *items = realloc(s->items, (s->count + 1) * sizeof *items);
    if (items == NULL || s->count >= TL_FIELD_ELEMENTS)
        return refuse(p, items == NULL ? "out of memory" : "a list has more than 4096 values");
    s->items = items;
    s->items[s->count++] = *value;
    uint64_t more = (value->last - value->number) / unit;
    s->total = more >= UINT64_MAX - s->total ? UINT64_MAX : s->total + more + 1; /* too many in any case */
    return true;
}

/* Says what is wrong with a number or an address. */
static bool refuse_value(const struct parser *p, const struct tl_layer_type *type, unsigned field, const char *text)
{
    const struct tl_craft_field *f = &type->fields[field];
    const char *digits = text;
    while (looks_octal(digits))
        digits++;
    if (looks_octal(text) && f->type <= TL_CRAFT_FLAGS)
        return refuse(p, "%s.%s=%.60s: a number begins with no 0: give %s, or 0x.. in hexadecimal", type->name, f->name,
                      text, digits);
    return refuse(p, "%s.%s=%.60s: give %s", type->name, f->name, text, expected(f));
}

/* A number or an address, or a range of them. */
static bool number(const struct parser *p, const struct tl_layer_type *type, unsigned field, char *text)
{
    const struct tl_craft_field *f = &type->fields[field];
    struct tl_craft_value value = { 0 };
    uint64_t unit = tl_craft_unit(f);
    char *dots = strstr(text, "..");
    if (dots != NULL)
        *dots = '\0';
    const char *wrong = scalar(f, text, &value, &value.number) ? NULL : text;
    struct tl_craft_value last = value;
    value.last = value.number;
    if (wrong == NULL && dots != NULL && !scalar(f, dots + 2, &last, &value.last))
        wrong = dots + 2;
    if (wrong != NULL)
        return refuse_value(p, type, field, wrong);
    if (dots != NULL)
        *dots = '.';
    if (dots != NULL && (value.bad || last.bad))
        return refuse(p, "%s.%s=%.60s: 'bad' is no end of a range", type->name, f->name, text);
    if (value.last < value.number)
        return refuse(p, "%s.%s=%.60s: the range ends before it begins", type->name, f->name, text);
    if (f->most != 0 && value.last > f->most)
        return refuse(p, "%s.%s=%.60s: at most %llu", type->name, f->name, text, (unsigned long long)f->most);
    if (value.number % unit != 0 || value.last % unit != 0)
        return refuse(p, "%s.%s=%.60s: give a multiple of %u", type->name, f->name, text, (unsigned)unit);
    return add_value(p, &p->craft->layers[p->craft->layer_count - 1].settings[field], &value, unit);
}

/* One element of a list: text, quoted or not. */
static bool element(const struct parser *p, const struct tl_layer_type *type, unsigned field, char *text, bool quoted)
{
    const struct tl_craft_field *f = &type->fields[field];
    struct tl_craft_setting *s = &p->craft->layers[p->craft->layer_count - 1].settings[field];
    struct tl_craft_value value = { 0 };
    if (f->type == TL_CRAFT_TEXT) {
        bool fine = *text == '@' && !quoted ? read_file(p, &value, text + 1) : store(p, &value, text, strlen(text));
        return fine && add_value(p, s, &value, 1);
    }
    if (tl_craft_is_bytes(f)) {
        uint8_t bytes[TL_CRAFT_NAME_MOST];
        size_t len = f->type == TL_CRAFT_NAME  ? tl_craft_encode_name(text, bytes)
                     : f->type == TL_CRAFT_OID ? tl_craft_encode_oid(text, bytes)
                                               : 0;
        bool fine = f->type == TL_CRAFT_HEX ? hex_of(p, text, &value) : len > 0 && store(p, &value, bytes, len);
        return fine ? add_value(p, s, &value, 1)
                    : refuse(p, "%s.%s=%.60s: give %s", type->name, f->name, text, expected(f));
    }
    return number(p, type, field, text);
}

/* Reads text up to a comma or bracket, or in quotes. */
static bool read_text(struct parser *p, const char *ends, struct tl_buffer *text, bool *quoted)
{
    text->len = 0;
    *quoted = *p->at == '"';
    if (*quoted) {
        for (p->at++; *p->at != '"'; p->at++) {
            if (*p->at == '\\' && p->at[1] != '\0')
                p->at++;
            if (*p->at == '\0')
                return refuse(p, "a quote is not closed");
            tl_put_char(text, *p->at);
        }
        p->at++;
    } else {
        for (; *p->at != '\0' && strchr(ends, *p->at) == NULL; p->at++)
            tl_put_char(text, *p->at);
    }
    tl_put_char(text, '\0');
    return !text->failed || refuse(p, "out of memory");
}

static bool read_values(struct parser *p, const struct tl_layer_type *type, unsigned field, struct tl_buffer *text)
{
    bool quoted;
    if (*p->at != '{')
        return read_text(p, ",)", text, &quoted) && element(p, type, field, (char *)text->data, quoted);
    do {
        p->at++;
        if (!read_text(p, ",})", text, &quoted) || !element(p, type, field, (char *)text->data, quoted))
            return false;
    } while (*p->at == ',');
    return *p->at++ == '}' || refuse(p, "%s.%s: a list is not closed by }", type->name, type->fields[field].name);
}

static bool order(const struct parser *p, unsigned field)
{
    struct tl_craft *c = p->craft;
    void *grown = realloc(c->order, (c->order_count + 1) * sizeof *c->order);
    if (grown == NULL)
        return refuse(p, "out of memory");
    c->order = grown;
    c->order[c->order_count].layer = (uint8_t)(c->layer_count - 1);
    c->order[c->order_count++].field = (uint8_t)field;
    return true;
}

static bool read_field(struct parser *p, const struct tl_layer_type *type, struct tl_buffer *text)
{
    char word[WORD];
    const char *begin = p->at;
    int field = 0;
    p->at += strspn(p->at, SPACE);
    if (type->fields[0].type != TL_CRAFT_TEXT)
        begin = p->at;
    bool named = *p->at != '"' && read_word(p, word, "_-.") && *p->at == '=';
    if (named) {
        p->at++;
        field = find_field(p, type, word);
    } else {
        p->at = begin;
    }
    if (field < 0)
        return false;
    struct tl_craft_setting *s = &p->craft->layers[p->craft->layer_count - 1].settings[field];
    if (s->count > 0)
        return refuse(p, "%s.%s is given twice%s", type->name, type->fields[field].name,
                      type->fields[field].type == TL_CRAFT_TEXT && !named ? ": text with a comma is in quotes" : "");
    if (!read_values(p, type, (unsigned)field, text) || !order(p, (unsigned)field))
        return false;
    if (s->total == 0 || __builtin_mul_overflow(p->craft->count, s->total, &p->craft->count) ||
        p->craft->count > SERIES_MOST)
        return refuse(p, "the series has more than 2^40 packets: give smaller ranges");
    return true;
}

static bool read_layer(struct parser *p, struct tl_buffer *text)
{
    char word[WORD];
    struct tl_craft *c = p->craft;
    p->at += strspn(p->at, SPACE);
    if (!read_word(p, word, "_-"))
        return refuse(p, *p->at == '\0' ? "a layer is missing at the end" : "no layer's name at '%.20s'", p->at);
    const struct tl_layer_type *type = find_layer(p, word);
    if (type == NULL)
        return false;
    if (c->layer_count >= TL_CRAFT_LAYERS)
        return refuse(p, "more than %d layers", TL_CRAFT_LAYERS);
    c->layers[c->layer_count++].type = type;
    if (*p->at != '(')
        return true;
    p->at++;
    while (*p->at != ')' && *p->at != '\0') {
        if (!read_field(p, type, text))
            return false;
        if (*p->at != ',')
            break;
        p->at++;
        if (p->at[strspn(p->at, SPACE)] == ')')
            return refuse(p, "%s(..,): after a comma comes a field", type->name);
    }
    return *p->at++ == ')' || refuse(p, "%s( is not closed by )", type->name);
}

static bool parse(struct parser *p)
{
    struct tl_buffer text = { 0 };
    bool fine = read_layer(p, &text);
    for (p->at += strspn(p->at, SPACE); fine && *p->at == '/'; p->at += strspn(p->at, SPACE)) {
        p->at++;
        fine = read_layer(p, &text);
    }
    tl_buffer_fini(&text);
    return fine && (*p->at == '\0' || refuse(p, "after a layer comes a / and not '%.20s'", p->at));
}

struct tl_craft *tl_craft_new(const char *text, struct tl_error *error)
{
    char why[LIBNET_ERRBUF_SIZE] = "";
    struct tl_craft *craft = calloc(1, sizeof *craft);
    struct parser p = { .craft = craft, .at = text, .error = error };
    if (craft == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    craft->count = 1;
    craft->net = libnet_init(LIBNET_NONE, NULL, why);
    if (craft->net == NULL)
        tl_error_set(error, TL_E_RUNTIME, "libnet: %s", why);
    if (craft->net == NULL || !parse(&p)) {
        tl_craft_free(craft);
        return NULL;
    }
    return craft;
}

void tl_craft_free(struct tl_craft *craft)
{
    if (craft == NULL)
        return;
    for (unsigned i = 0; i < craft->layer_count; i++)
        for (unsigned f = 0; f < TL_CRAFT_FIELDS; f++)
            free(craft->layers[i].settings[f].items);
    for (unsigned i = 0; i < craft->file_count; i++)
        free(craft->files[i]);
    free(craft->files);
    free(craft->order);
    if (craft->net != NULL)
        libnet_destroy(craft->net);
    free(craft);
}

static void list_layer(struct tl_buffer *out, const struct tl_layer_type *type)
{
    tl_put_format(out, "%s: %s\n", type->name, type->title);
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct tl_craft_field *f = &type->fields[i];
        tl_put_format(out, "  %-10s %-26s %s\n", f->name, f->key != NULL ? f->key : "", f->help);
    }
}

bool tl_craft_list(struct tl_buffer *out, const char *only)
{
    bool found = false;
    for (unsigned i = 0; tl_craft_layer_types[i] != NULL; i++) {
        if (only != NULL && strcmp(only, tl_craft_layer_types[i]->name) != 0)
            continue;
        list_layer(out, tl_craft_layer_types[i]);
        found = true;
    }
    return found;
}
