/* dns_counts.c - dns,tree: DNS messages by reply code, opcode, type and class; names and counts of records. */
#include "statistics/counts.h"

#include "core/protocol.h"

#define ROOT "Total Packets"

/* What is counted by the name of a value. */
static const struct {
    const char *key, *title;
} topics[] = {
    { "dns.flags.rcode", "rcode" },   { "dns.flags.opcode", "opcodes" }, { "dns.flags.response", "Query/Response" },
    { "dns.qry.type", "Query Type" }, { "dns.qry.class", "Class" },
};

static const struct tl_name classes[] = { { 1, "IN" },     { 3, "CH" },    { 4, "HS" },
                                          { 254, "NONE" }, { 255, "ANY" }, { 0, NULL } }; /* RFC 6895 section 3.2 */

/* What is averaged: the first stands at the first place of all messages. */
static const struct {
    const char *key, *title;
} numbers[] = {
    { "dns.count.queries", "no. of questions" },
    { "dns.count.answers", "no. of answers" },
    { "dns.count.auth_rr", "no. of authorities" },
    { "dns.count.add_rr", "no. of additionals" },
};

static void want(const struct tl_statistic *s, uint64_t *const wanted[])
{
    for (size_t i = 0; i < TL_COUNT(topics); i++)
        (void)tl_statistic_want(s, topics[i].key, wanted);
    for (size_t i = 0; i < TL_COUNT(numbers); i++)
        (void)tl_statistic_want(s, numbers[i].key, wanted);
    (void)tl_statistic_want(s, "dns.qry.name", wanted);
}

static void put_topic(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_node *node,
                      const char *title)
{
    char number[32];
    const struct tl_field *field = &s->protocols->items[node->protocol]->fields[node->field];
    const char *name = tl_name_of(field->names, (uint32_t)node->value);
    if (strcmp(field->key, "dns.flags.response") == 0)
        name = node->value != 0 ? "Response" : "Query";
    if (strcmp(field->key, "dns.qry.class") == 0)
        name = tl_name_of(classes, (uint32_t)node->value);
    snprintf(number, sizeof number, "Unknown (%u)", (unsigned)node->value);
    tl_counts_note_text(out, 1, title);
    tl_counts_note_text(out, 2, name != NULL ? name : number);
}

static void put_node(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_tree *tree,
                     const struct tl_node *node, bool response)
{
    for (size_t i = 0; i < TL_COUNT(topics); i++) {
        if (tl_counts_is_field(s, node, topics[i].key))
            put_topic(s, out, node, topics[i].title);
    }
    for (size_t i = 0; response && i < TL_COUNT(numbers); i++) {
        if (!tl_counts_is_field(s, node, numbers[i].key))
            continue;
        if (i == 0)
            tl_counts_note_text(out, 1, "Response Stats");
        tl_counts_note_value(out, 2, numbers[i].title, node->value);
    }
    if (!response && tl_counts_is_field(s, node, "dns.qry.name")) {
        tl_counts_note_text(out, 1, "Query Stats");
        tl_counts_note_value(out, 2, "Qname Len", tl_node_bytes(tree, node).len);
    }
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    const struct tl_tree *tree = sight->scene->tree;
    uint32_t dns = tl_statistic_protocol(s, "dns");
    bool inside = false, response = false;
    if (!tl_statistic_passes(sight->passes, s->filter_index))
        return;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER) {
            /* mDNS and LLMNR are other protocols, in tshark too */
            inside = node->protocol == dns && (node->flags & (TL_NODE_QUOTED | TL_NODE_VARIANT)) == 0;
            response = false;
            if (inside)
                tl_counts_note_text(out, 0, ROOT);
            continue;
        }
        if (inside && tl_counts_is_field(s, node, "dns.flags.response"))
            response = node->value != 0;
        if (inside)
            put_node(s, out, tree, node, response);
    }
}

const struct tl_statistic_kind tl_statistic_dns = {
    .name = "dns,tree",
    .arguments = "[,FILTER]",
    .help = "DNS messages by reply code, opcode, type and class",
    .size = sizeof(struct tl_counts),
    .parse = tl_counts_parse,
    .want = want,
    .note = note,
    .take = tl_counts_take,
    .text = tl_counts_text,
    .json = tl_counts_json,
    .fini = tl_counts_fini,
};
