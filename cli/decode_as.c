/* decode_as.c - reads the rules of -d: TABLE==VALUES,PROTOCOL, as tshark has them. */
#include "cli/decode_as.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/edits.h"

static const struct {
    const char *name;
    enum tl_on table;
    uint32_t most;
} tables[] = {
    { "tcp.port", TL_ON_TCP_PORT, UINT16_MAX },
    { "udp.port", TL_ON_UDP_PORT, UINT16_MAX },
    { "ethertype", TL_ON_ETHERTYPE, UINT16_MAX },
    { "ip.proto", TL_ON_IP_PROTO, UINT8_MAX },
    { "ppp.protocol", TL_ON_PPP, UINT16_MAX },
    { "llc.dsap", TL_ON_LLC_SAP, UINT8_MAX },
};

static bool read_number(const char **p, uint32_t most, uint32_t *number)
{
    char *rest;
    bool hex = (*p)[0] == '0' && ((*p)[1] == 'x' || (*p)[1] == 'X');
    unsigned long n = strtoul(*p, &rest, hex ? 16 : 10);
    if (**p < '0' || **p > '9' || n > most)
        return false;
    *p = rest;
    *number = (uint32_t)n;
    return true;
}

/* Reads N, FROM-TO or FROM:COUNT up to the comma. */
static bool read_values(const char **p, uint32_t most, struct tl_decode_as *rule)
{
    uint32_t n;
    if (!read_number(p, most, &rule->from))
        return false;
    rule->to = rule->from;
    if (**p == '-') {
        ++*p;
        if (!read_number(p, most, &rule->to) || rule->to < rule->from)
            return false;
    } else if (**p == ':') {
        ++*p;
        if (!read_number(p, most, &n) || n == 0 || n - 1 > most - rule->from)
            return false;
        rule->to = rule->from + n - 1;
    }
    return *(*p)++ == ',';
}

/* The name of a protocol, or of its service. */
static const struct tl_protocol *protocol_called(const char *name)
{
    const struct tl_protocol *found = tl_protocol_by_name(name);
    struct tl_protocols all = tl_protocols_all();
    for (uint32_t i = 0; i < all.count && found == NULL; i++) {
        if (all.items[i]->service != NULL && strcmp(all.items[i]->service, name) == 0)
            found = all.items[i];
    }
    return found;
}

/* Can the protocol stand there? */
static bool is_possible(const struct tl_decode_as *rule)
{
    const struct tl_protocol *protocol = rule->protocol;
    switch (rule->table) {
    case TL_ON_TCP_PORT:
        return protocol->stream != NULL;
    case TL_ON_UDP_PORT:
        return protocol->dissect != NULL && protocol->kind == TL_KIND_APPLICATION && protocol != &tl_protocol_data;
    case TL_ON_ETHERTYPE:
    case TL_ON_PPP:
    case TL_ON_LLC_SAP:
        return protocol->dissect != NULL && (protocol->kind == TL_KIND_LAYER || protocol->kind == TL_KIND_NETWORK);
    default:
        return protocol->dissect != NULL && protocol->kind != TL_KIND_APPLICATION;
    }
}

/* Returns the name of the protocol that was probably meant, or NULL. */
static const char *near_protocol(const char *typed)
{
    struct tl_protocols all = tl_protocols_all();
    const char *near = NULL;
    unsigned fewest = UINT_MAX;
    for (uint32_t i = 0; i < all.count; i++) {
        const char *names[] = { all.items[i]->name, all.items[i]->service };
        for (unsigned j = 0; j < TL_COUNT(names); j++) {
            unsigned edits = names[j] != NULL ? tl_edits(names[j], typed, strlen(typed)) : UINT_MAX;
            if (edits < fewest) {
                near = names[j];
                fewest = edits;
            }
        }
    }
    return near;
}

static const char *near_table(const char *typed, size_t len)
{
    const char *near = NULL;
    unsigned fewest = UINT_MAX;
    for (size_t i = 0; i < TL_COUNT(tables); i++) {
        unsigned edits = tl_edits(tables[i].name, typed, len);
        if (edits < fewest) {
            near = tables[i].name;
            fewest = edits;
        }
    }
    return near;
}

static enum tl_failure refuse_protocol(const char *name, struct tl_error *error)
{
    const char *near = near_protocol(name);
    if (near != NULL)
        return tl_error_set(error, TL_E_USAGE, "-d: there is no protocol '%.40s': did you mean '%s'?", name, near);
    return tl_error_set(error, TL_E_USAGE, "-d: there is no protocol '%.40s': see docs/PROTOCOLS.md for the names", name);
}

/* tcpdump's -d, -dd and -ddd print the compiled filter. */
static enum tl_failure refuse(const char *text, struct tl_error *error)
{
    const char *equal = strstr(text, "=="), *near = equal != NULL ? near_table(text, (size_t)(equal - text)) : NULL;
    if (near != NULL)
        return tl_error_set(error, TL_E_USAGE, "-d: '%.80s' is no rule: did you mean '%s%.40s'?", text, near, equal);
    const char *form = strcmp(text, "d") == 0 ? "=c" : strcmp(text, "dd") == 0 ? "=decimal" : "";
    return tl_error_set(error, TL_E_USAGE,
                        "-d: '%.80s' is no rule: write tcp.port==8888,http (udp.port, ethertype, ip.proto); for the compiled "
                        "filter, did you mean '--dump-bpf%s'?", text, form);
}

enum tl_failure tl_decode_as_read(struct tl_decode_as_list *list, const char *text, struct tl_error *error)
{
    struct tl_decode_as rule = { .protocol = NULL };
    const char *equal = strstr(text, "=="), *p = equal != NULL ? equal + 2 : NULL;
    size_t i = 0;
    while (p != NULL && i < TL_COUNT(tables) &&
           (strlen(tables[i].name) != (size_t)(equal - text) || strncmp(text, tables[i].name, (size_t)(equal - text)) != 0))
        i++;
    if (p == NULL || i == TL_COUNT(tables))
        return refuse(text, error);
    rule.table = tables[i].table;
    if (!read_values(&p, tables[i].most, &rule))
        return tl_error_set(error, TL_E_USAGE, "-d: '%.80s': after %s== give a number up to %u, FROM-TO or FROM:COUNT, a comma "
                            "and a protocol", text, tables[i].name, tables[i].most);
    rule.protocol = protocol_called(p);
    if (rule.protocol == NULL)
        return refuse_protocol(p, error);
    if (!is_possible(&rule))
        return tl_error_set(error, TL_E_USAGE, "-d: %s cannot be decoded at %s", rule.protocol->name, tables[i].name);
    if (list->count == TL_DECODE_AS_MOST)
        return tl_error_set(error, TL_E_USAGE, "-d: more than %d rules: give ranges", TL_DECODE_AS_MOST);
    list->items[list->count++] = rule;
    return TL_E_NONE;
}
