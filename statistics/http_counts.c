/* http_counts.c - http,tree and http_req,tree: messages by status and method, requests by host and target. */
#include "statistics/counts.h"

#include "core/http_reasons.h"
#include "core/protocol.h"

enum { CODE = 64 };

static const char *class_of(uint64_t code)
{
    static const char *const classes[] = { "???: broken",      "1xx: Informational", "2xx: Success",
                                           "3xx: Redirection", "4xx: Client Error",  "5xx: Server Error" };
    return code >= 100 && code < 600 ? classes[code / 100] : classes[0];
}

static void want_messages(const struct tl_statistic *s, uint64_t *const wanted[])
{
    (void)tl_statistic_want(s, "http.request.method", wanted);
    (void)tl_statistic_want(s, "http.response.code", wanted);
}

static void want_requests(const struct tl_statistic *s, uint64_t *const wanted[])
{
    (void)tl_statistic_want(s, "http.request.method", wanted);
    (void)tl_statistic_want(s, "http.request.uri", wanted);
    (void)tl_statistic_want(s, "http.host", wanted);
}

/* The first message in a layer of HTTP. */
struct message {
    const struct tl_node *method, *code, *host, *uri;
};

static const struct tl_node *first(const struct tl_node *old, const struct tl_node *node)
{
    return old != NULL ? old : node;
}

/* Reads the message from its layer. Returns the index after it. */
static uint32_t read_message(const struct tl_statistic *s, const struct tl_tree *tree, uint32_t layer,
                             struct message *m)
{
    uint32_t i = layer + 1;
    *m = (struct message){ NULL, NULL, NULL, NULL };
    for (; i < tree->count && tree->nodes[i].field != TL_LAYER; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (tl_counts_is_field(s, node, "http.request.method"))
            m->method = first(m->method, node);
        else if (tl_counts_is_field(s, node, "http.response.code"))
            m->code = first(m->code, node);
        else if (tl_counts_is_field(s, node, "http.host"))
            m->host = first(m->host, node);
        else if (tl_counts_is_field(s, node, "http.request.uri"))
            m->uri = first(m->uri, node);
    }
    return i;
}

/* Calls put() for each message of the packet. */
static void each_message(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight,
                         void (*put)(const struct tl_tree *tree, struct tl_buffer *out, const struct message *m))
{
    const struct tl_tree *tree = sight->scene->tree;
    uint32_t http = tl_statistic_protocol(s, "http");
    struct message message;
    if (!tl_statistic_passes(sight->passes, s->filter_index))
        return;
    for (uint32_t i = 0; i < tree->count;) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field != TL_LAYER || node->protocol != http) {
            i++;
            continue;
        }
        i = read_message(s, tree, i, &message);
        put(tree, out, &message);
    }
}

static void put_message(const struct tl_tree *tree, struct tl_buffer *out, const struct message *m)
{
    char status[CODE + 8];
    tl_counts_note_text(out, 0, "Total HTTP Packets");
    if (m->code != NULL) {
        const char *phrase = tl_name_of(tl_http_reasons, (uint32_t)m->code->value);
        int len = snprintf(status, sizeof status, "%03u%s%s", (unsigned)m->code->value, phrase != NULL ? " " : "",
                           phrase != NULL ? phrase : "");
        tl_counts_note_text(out, 1, "HTTP Response Packets");
        tl_counts_note_text(out, 2, class_of(m->code->value));
        tl_counts_note(out, 3, tl_bytes_of(status, (size_t)len < sizeof status ? (size_t)len : sizeof status - 1));
    } else if (m->method != NULL) {
        tl_counts_note_text(out, 1, "HTTP Request Packets");
        tl_counts_note(out, 2, tl_node_bytes(tree, m->method));
    } else {
        tl_counts_note_text(out, 1, "Other HTTP Packets");
    }
}

static void put_request(const struct tl_tree *tree, struct tl_buffer *out, const struct message *m)
{
    if (m->method == NULL)
        return;
    tl_counts_note_text(out, 0, "HTTP Requests by HTTP Host");
    if (m->host != NULL)
        tl_counts_note(out, 1, tl_node_bytes(tree, m->host));
    else
        tl_counts_note_text(out, 1, "(no host)");
    if (m->uri != NULL)
        tl_counts_note(out, 2, tl_node_bytes(tree, m->uri));
}

static void note_messages(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    each_message(s, out, sight, put_message);
}

static void note_requests(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    each_message(s, out, sight, put_request);
}

const struct tl_statistic_kind tl_statistic_http = {
    .name = "http,tree",
    .arguments = "[,FILTER]",
    .help = "HTTP messages by method and status",
    .size = sizeof(struct tl_counts),
    .parse = tl_counts_parse,
    .want = want_messages,
    .note = note_messages,
    .take = tl_counts_take,
    .text = tl_counts_text,
    .json = tl_counts_json,
    .fini = tl_counts_fini,
};

const struct tl_statistic_kind tl_statistic_http_requests = {
    .name = "http_req,tree",
    .arguments = "[,FILTER]",
    .help = "HTTP requests by host and target",
    .size = sizeof(struct tl_counts),
    .parse = tl_counts_parse,
    .want = want_requests,
    .note = note_requests,
    .take = tl_counts_take,
    .text = tl_counts_text,
    .json = tl_counts_json,
    .fini = tl_counts_fini,
};
