/* dns_text.c - walks the tree of a DNS message. */
#include "cli/dns_text.h"

#include "dissectors/registry.h"
#include "export/value.h"

#include <stdio.h>
#include <string.h>

enum { SOA = 6, OPT = 41 };

/* The fields of a resource record that are not its data. */
struct head {
    const struct tl_node *name, *type, *class, *ttl, *len;
    const struct tl_field *type_field, *class_field, *name_field;
};

static const struct tl_field *field_of(const struct tl_node *node)
{
    struct tl_protocols all = tl_protocols_all();
    if (node->field == TL_LAYER || node->protocol >= all.count)
        return NULL;
    return &all.items[node->protocol]->fields[node->field];
}

static bool is_dns(const struct tl_node *node)
{
    return node->protocol == TL_PROTOCOL_dns;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

/* Lengths of texts, single bits of flags, and what the decoder worked out are no data of their own. */
static bool is_derived(const struct tl_field *f)
{
    if (strncmp(f->key, "dns.caa.", 8) == 0) /* the value stands under its tag too */
        return strcmp(f->key, "dns.caa.flags") != 0 && strcmp(f->key, "dns.caa.tag") != 0 &&
               strcmp(f->key, "dns.caa.value") != 0;
    return (f->type == TL_BOOL && f->mask != 0) || f->type == TL_GROUP || strcmp(f->key, "dns.resp.len") == 0 ||
           ends_with(f->key, ".length") || ends_with(f->key, "_length") || ends_with(f->key, ".len");
}

static void put_name(struct tl_buffer *out, const struct tl_tree *tree, const struct tl_node *node,
                     const struct tl_field *field)
{
    struct tl_bytes name = tl_node_bytes(tree, node);
    if (name.len == 6 && memcmp(name.data, "<Root>", 6) == 0) {
        tl_put_char(out, '.');
        return;
    }
    tl_put_value(out, tree, node, field, SIZE_MAX);
    tl_put_char(out, '.');
}

/* A character string as master files have it: RFC 1035 section 5.1. */
static void put_string(struct tl_buffer *out, struct tl_bytes text)
{
    tl_put_char(out, '"');
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\')
            tl_put_char(out, '\\');
        if (c >= ' ' && c <= '~')
            tl_put_char(out, (char)c);
        else
            tl_put_format(out, "\\%03u", c);
    }
    tl_put_char(out, '"');
}

/* Names of hosts end with a dot, texts are in quotes, types have their names. */
static void put_data(struct tl_buffer *out, const struct tl_tree *tree, const struct tl_node *node,
                     const struct tl_field *f)
{
    bool text = strcmp(f->key, "dns.txt") == 0 || strcmp(f->key, "dns.spf") == 0 || strstr(f->key, ".hinfo.") != NULL ||
                strcmp(f->key, "dns.naptr.flags") == 0 || strcmp(f->key, "dns.naptr.service") == 0 ||
                strcmp(f->key, "dns.naptr.regex") == 0 || strcmp(f->key, "dns.caa.value") == 0;
    const char *name = tl_value_name(node, f);
    if (f->type == TL_TEXT && text) {
        put_string(out, tl_node_bytes(tree, node));
    } else if (f->type == TL_TEXT && (f->flags & TL_ESCAPED) != 0) {
        put_name(out, tree, node, f);
    } else if (name != NULL && f->type == TL_U16 && ends_with(f->key, "type_covered")) {
        tl_puts(out, name);
    } else if (tl_value_is_number(f->type) && f->type != TL_BOOL) {
        tl_put_u64(out, node->value);
    } else {
        tl_put_value(out, tree, node, f, SIZE_MAX);
    }
}

static struct head head_of(const struct tl_tree *tree, uint32_t begin, uint32_t end)
{
    struct head h = { .name = NULL };
    for (uint32_t i = begin; i < end; i++) {
        const struct tl_node *node = &tree->nodes[i];
        const struct tl_field *f = field_of(node);
        if (f == NULL)
            continue;
        if (strcmp(f->key, "dns.resp.name") == 0 && h.name == NULL) {
            h.name = node;
            h.name_field = f;
        } else if (strcmp(f->key, "dns.resp.type") == 0 && h.type == NULL) {
            h.type = node;
            h.type_field = f;
        } else if (strcmp(f->key, "dns.resp.class") == 0 && h.class == NULL) {
            h.class = node;
            h.class_field = f;
        } else if (strcmp(f->key, "dns.resp.ttl") == 0 && h.ttl == NULL) {
            h.ttl = node;
        } else if (strcmp(f->key, "dns.resp.len") == 0 && h.len == NULL) {
            h.len = node;
        }
    }
    return h;
}

static void put_numbered(struct tl_buffer *out, const char *what, const struct tl_node *node, const struct tl_field *f)
{
    const char *name = tl_value_name(node, f);
    if (name != NULL)
        tl_puts(out, name);
    else
        tl_put_format(out, "%s%llu", what, (unsigned long long)node->value);
}

/* Data of which the form is not known: RFC 3597 section 5. */
static void put_unknown(struct tl_buffer *out, const struct tl_tree *tree, const struct tl_node *len)
{
    const struct tl_tree_source *source = len->source < tree->source_count ? &tree->sources[len->source] : NULL;
    uint64_t begin = (uint64_t)len->off + len->len;
    tl_put_format(out, "\\# %llu", (unsigned long long)len->value);
    if (source == NULL || begin + len->value > source->len || len->value == 0)
        return;
    tl_put_char(out, ' ');
    for (uint64_t i = 0; i < len->value; i++)
        tl_put_format(out, "%02X", source->data[begin + i]);
}

/* The line of a resource record. */
static void put_record(struct tl_buffer *out, const struct tl_tree *tree, uint32_t begin, uint32_t end, bool only_data)
{
    struct head h = head_of(tree, begin, end);
    bool first = true, known = false;
    if (h.name == NULL || h.type == NULL)
        return;
    if (!only_data) {
        put_name(out, tree, h.name, h.name_field);
        if (h.ttl != NULL)
            tl_put_format(out, " %llu", (unsigned long long)h.ttl->value);
        if (h.class != NULL) {
            tl_put_char(out, ' ');
            put_numbered(out, "CLASS", h.class, h.class_field);
        }
        tl_put_char(out, ' ');
        put_numbered(out, "TYPE", h.type, h.type_field);
        first = false;
    }
    for (uint32_t i = begin; i < end; i++) {
        const struct tl_node *node = &tree->nodes[i];
        const struct tl_field *f = field_of(node);
        if (f == NULL || node == h.name || node == h.type || node == h.class || node == h.ttl || is_derived(f) ||
            !tl_value_there(tree, node, f) || strcmp(f->key, "dns.data") == 0 || strcmp(f->key, "dns.null") == 0)
            continue;
        if (!first)
            tl_put_char(out, ' ');
        put_data(out, tree, node, f);
        first = false;
        known = true;
    }
    if (!known && h.len != NULL) {
        if (!first)
            tl_put_char(out, ' ');
        put_unknown(out, tree, h.len);
    }
    tl_put_char(out, '\n');
}

/* EDNS is a record in the message, but no data. */
static void put_edns(struct tl_buffer *out, const struct tl_tree *tree, uint32_t begin, uint32_t end)
{
    tl_puts(out, "; EDNS");
    for (uint32_t i = begin; i < end; i++) {
        const struct tl_node *node = &tree->nodes[i];
        const struct tl_field *f = field_of(node);
        if (f == NULL)
            continue;
        if (strcmp(f->key, "dns.resp.edns0_version") == 0)
            tl_put_format(out, " version %u", (unsigned)node->value);
        else if (strcmp(f->key, "dns.rr.udp_payload_size") == 0)
            tl_put_format(out, " size %u", (unsigned)node->value);
        else if (strcmp(f->key, "dns.resp.z.do") == 0 && node->value != 0)
            tl_puts(out, " do");
    }
    tl_put_char(out, '\n');
}

static void put_head(struct tl_buffer *out, const struct tl_tree *tree, uint32_t begin, uint32_t end)
{
    static const struct {
        const char *key, *word;
    } bits[] = {
        { "dns.flags.response", "qr" },     { "dns.flags.authoritative", "aa" }, { "dns.flags.truncated", "tc" },
        { "dns.flags.recdesired", "rd" },   { "dns.flags.recavail", "ra" },      { "dns.flags.authenticated", "ad" },
        { "dns.flags.checkdisable", "cd" },
    };
    char flags[60] = "", id[30] = "";
    size_t n = 0;
    tl_puts(out, "; ");
    for (uint32_t i = begin; i < end; i++) {
        const struct tl_node *node = &tree->nodes[i];
        const struct tl_field *f = field_of(node);
        for (unsigned k = 0; f != NULL && k < TL_COUNT(bits); k++)
            if (strcmp(f->key, bits[k].key) == 0 && node->value != 0)
                n += (size_t)snprintf(flags + n, sizeof flags - n, " %s", bits[k].word);
        if (f != NULL && strcmp(f->key, "dns.flags.rcode") == 0)
            put_numbered(out, "RCODE", node, f);
        if (f != NULL && strcmp(f->key, "dns.id") == 0)
            snprintf(id, sizeof id, ", id %u", (unsigned)node->value);
    }
    tl_put_format(out, "%s, flags%s\n", id, flags);
}

struct tl_dns_text tl_dns_text_put(struct tl_buffer *out, const struct tl_tree *tree, enum tl_dns_form form)
{
    struct tl_dns_text text = { .response = false };
    const char *section = "";
    uint32_t layer = 0;
    while (layer < tree->count && !(tree->nodes[layer].field == TL_LAYER && is_dns(&tree->nodes[layer])))
        layer++;
    if (layer == tree->count)
        return text;
    text.malformed = (tree->nodes[layer].flags & TL_NODE_BAD) != 0;
    uint32_t end = tl_tree_after(tree, layer);
    while (end < tree->count && tree->nodes[end].field != TL_LAYER)
        end++;
    if (form == TL_DNS_WHOLE)
        put_head(out, tree, layer, end);
    for (uint32_t i = layer + 1; i < end;) {
        const struct tl_node *node = &tree->nodes[i];
        const struct tl_field *f = field_of(node);
        uint32_t after = tl_tree_after(tree, i);
        bool answer = f != NULL && strcmp(f->key, "dns.answers") == 0;
        bool other = f != NULL && (strcmp(f->key, "dns.authorities") == 0 || strcmp(f->key, "dns.additionals") == 0);
        if (f != NULL && strcmp(f->key, "dns.flags.response") == 0)
            text.response = node->value != 0;
        if (f != NULL && strcmp(f->key, "dns.flags.truncated") == 0)
            text.truncated = node->value != 0;
        if (answer || other) {
            struct head h = head_of(tree, i + 1, after);
            unsigned type = h.type != NULL ? (unsigned)h.type->value : 0;
            text.records += answer;
            text.soas += answer && type == SOA;
            const char *title = answer ? "answer" : strcmp(f->key, "dns.authorities") == 0 ? "authority" : "additional";
            if (form == TL_DNS_WHOLE && type != OPT && strcmp(section, title) != 0)
                tl_put_format(out, "; %s\n", section = title);
            if (form == TL_DNS_WHOLE && type == OPT)
                put_edns(out, tree, i + 1, after);
            else if (form == TL_DNS_WHOLE || (form == TL_DNS_SHORT && answer))
                put_record(out, tree, i + 1, after, form == TL_DNS_SHORT);
            i = after;
        } else {
            i++;
        }
    }
    return text;
}
