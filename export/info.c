/* info.c - compiles and expands the templates of the info column. */
#include "export/info.h"

#include <stdlib.h>

#include "export/value.h"

enum { PARTS_MOST = 4 }; /* nesting depth of optional parts */

enum { BYTES_SHOWN = 32, FIELDS_MOST = 512 }; /* bytes of a TL_BYTES value; fields of a protocol */

enum step_kind { STEP_TEXT, STEP_FIRST, STEP_ALL, STEP_PART, STEP_PART_END };

struct tl_info_step {
    enum step_kind kind;
    uint16_t field;   /* FIRST, ALL */
    uint32_t len;     /* TEXT: bytes */
    uint32_t end;     /* PART: index of its last step */
    const char *text; /* TEXT: points into the protocol's template */
};

struct compiler {
    struct tl_info *info;
    const struct tl_protocol *protocol;
    struct tl_error *error;
    const char *at;
    uint32_t open[PARTS_MOST]; /* steps of parts that are still open */
    uint32_t depth;
};

static enum tl_failure wrong(const struct compiler *c, const char *what)
{
    return tl_error_set(c->error, TL_E_USAGE, "info template of %s: %s at \"%.20s\"", c->protocol->name, what, c->at);
}

static struct tl_info_step *add(struct compiler *c, enum step_kind kind)
{
    struct tl_info_step *step = &c->info->steps[c->info->count++];
    *step = (struct tl_info_step){ .kind = kind };
    return step;
}

/* A full key takes precedence over one without the part before its first dot. */
static bool find_field(const struct tl_protocol *protocol, const char *key, size_t len, uint16_t *found)
{
    bool any = false;
    for (uint32_t i = 0; i < protocol->field_count; i++) {
        const char *full = protocol->fields[i].key;
        if (full == NULL)
            continue;
        if (strlen(full) == len && memcmp(full, key, len) == 0) {
            *found = (uint16_t)i;
            return true;
        }
        const char *dot = strchr(full, '.');
        if (!any && dot != NULL && strlen(dot + 1) == len && memcmp(dot + 1, key, len) == 0) {
            *found = (uint16_t)i;
            any = true;
        }
    }
    return any;
}

static enum tl_failure compile_field(struct compiler *c)
{
    const char *key = c->at + 1;
    size_t len = strcspn(key, "}");
    if (key[len] == '\0')
        return wrong(c, "unclosed {");
    bool all = len > 0 && key[len - 1] == ',';
    uint16_t field = 0;
    if (!find_field(c->protocol, key, all ? len - 1 : len, &field))
        return wrong(c, "unknown key");
    add(c, all ? STEP_ALL : STEP_FIRST)->field = field;
    c->at = key + len + 1;
    return TL_E_NONE;
}

static enum tl_failure compile_text(struct compiler *c)
{
    if (*c->at == '\\') {
        c->at++;
        if (*c->at == '\0' || strchr("[]{}\\", *c->at) == NULL)
            return wrong(c, "\\ before a character that needs no escape");
    }
    struct tl_info_step *step = add(c, STEP_TEXT);
    step->text = c->at;
    step->len = 1 + (uint32_t)strcspn(c->at + 1, "[]{\\");
    c->at += step->len;
    return TL_E_NONE;
}

static enum tl_failure compile_next(struct compiler *c)
{
    switch (*c->at) {
    case '{':
        return compile_field(c);
    case '[':
        if (c->depth == PARTS_MOST)
            return wrong(c, "parts nested too deep");
        c->open[c->depth++] = c->info->count;
        add(c, STEP_PART);
        c->at++;
        return TL_E_NONE;
    case ']':
        if (c->depth == 0)
            return wrong(c, "] without [");
        c->info->steps[c->open[--c->depth]].end = c->info->count;
        add(c, STEP_PART_END);
        c->at++;
        return TL_E_NONE;
    default:
        return compile_text(c);
    }
}

enum tl_failure tl_info_compile_title(struct tl_info *info, const struct tl_protocol *protocol, const char *title,
                                      struct tl_error *error)
{
    *info = (struct tl_info){ 0 };
    if (title == NULL || title[0] == '\0')
        return TL_E_NONE;
    if (protocol->field_count > FIELDS_MOST)
        return tl_error_set(error, TL_E_USAGE, "info template of %s: too many fields", protocol->name);
    info->steps = calloc(strlen(title), sizeof *info->steps); /* each step takes at least one character */
    if (info->steps == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    struct compiler c = { .info = info, .protocol = protocol, .error = error, .at = title };
    enum tl_failure failure = TL_E_NONE;
    while (failure == TL_E_NONE && *c.at != '\0')
        failure = compile_next(&c);
    if (failure == TL_E_NONE && c.depth > 0)
        failure = wrong(&c, "unclosed [");
    if (failure != TL_E_NONE)
        tl_info_fini(info);
    return failure;
}

enum tl_failure tl_info_compile(struct tl_info *info, const struct tl_protocol *protocol, struct tl_error *error)
{
    return tl_info_compile_title(info, protocol, protocol->info, error);
}

void tl_info_fini(struct tl_info *info)
{
    free(info->steps);
    *info = (struct tl_info){ 0 };
}

/* Members of a group are collected only with their group, and any field can be a member. */
void tl_info_want(const struct tl_info *info, const struct tl_protocol *protocol, uint64_t *wanted)
{
    bool any = false;
    for (uint32_t i = 0; i < info->count; i++) {
        const struct tl_info_step *step = &info->steps[i];
        if (step->kind != STEP_FIRST && step->kind != STEP_ALL)
            continue;
        wanted[step->field / 64] |= UINT64_C(1) << (step->field % 64);
        any = true;
    }
    for (uint32_t i = 0; any && i < protocol->field_count; i++) {
        if (protocol->fields[i].type == TL_GROUP)
            wanted[i / 64] |= UINT64_C(1) << (i % 64);
    }
}

static void put_field(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_node *node,
                      const struct tl_field *field)
{
    const char *name = tl_value_name(node, field);
    if (name != NULL)
        tl_puts(b, name);
    else
        tl_put_value(b, tree, node, field, BYTES_SHOWN);
}

struct filler {
    struct tl_buffer *b;
    const struct tl_protocol *protocol;
    const struct tl_tree *tree;
    uint32_t first, after; /* range of nodes below the layer */
    uint32_t node_of[FIELDS_MOST]; /* the first node of each field; TL_NO_NODE: none */
};

/* One pass over the layer instead of one per step. */
static void find_nodes(struct filler *f)
{
    uint16_t protocol = f->tree->nodes[f->first - 1].protocol;
    memset(f->node_of, 0xff, f->protocol->field_count * sizeof f->node_of[0]);
    for (uint32_t i = f->after; i-- > f->first;) {
        const struct tl_node *node = &f->tree->nodes[i];
        if (node->protocol == protocol && node->field < f->protocol->field_count)
            f->node_of[node->field] = i;
    }
}

static bool fill_field(const struct filler *f, const struct tl_info_step *step)
{
    const struct tl_field *field = &f->protocol->fields[step->field];
    uint16_t protocol = f->tree->nodes[f->first - 1].protocol;
    bool found = false;
    for (uint32_t i = f->node_of[step->field]; i < f->after; i++) {
        const struct tl_node *node = &f->tree->nodes[i];
        if (node->field != step->field || node->protocol != protocol || !tl_value_there(f->tree, node, field))
            continue;
        if (found)
            tl_put_char(f->b, ',');
        put_field(f->b, f->tree, node, field);
        found = true;
        if (step->kind == STEP_FIRST)
            break;
    }
    return found;
}

void tl_info_put(struct tl_buffer *b, const struct tl_info *info, const struct tl_protocol *protocol,
                 const struct tl_tree *tree, uint32_t layer)
{
    struct filler f;
    f.b = b;
    f.protocol = protocol;
    f.tree = tree;
    f.first = layer + 1;
    f.after = tl_tree_after(tree, layer);
    find_nodes(&f);
    struct {
        size_t len;   /* buffer length where the part begins */
        uint32_t end;
    } parts[PARTS_MOST];
    uint32_t depth = 0;
    for (uint32_t i = 0; i < info->count; i++) {
        const struct tl_info_step *step = &info->steps[i];
        if (step->kind == STEP_TEXT) {
            tl_put(b, step->text, step->len);
        } else if (step->kind == STEP_PART) {
            parts[depth].len = b->len;
            parts[depth++].end = step->end;
        } else if (step->kind == STEP_PART_END) {
            depth--;
        } else if (!fill_field(&f, step) && depth > 0) {
            depth--;
            b->len = parts[depth].len;
            i = parts[depth].end;
        }
    }
}
