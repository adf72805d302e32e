/* info.c - compiles and expands the templates of the info column. */
#include "export/info.h"

#include <stdlib.h>

#include "core/place.h"
#include "export/value.h"

enum { PARTS_MOST = 4 }; /* nesting depth of optional parts */

/* Bytes of a TL_BYTES value; fields that a template uses, and the slot of those that it does not. */
enum { BYTES_SHOWN = 32, SLOTS_MOST = 64, NO_SLOT = 0xff };

enum step_kind { STEP_TEXT, STEP_FIRST, STEP_ALL, STEP_IF, STEP_PART, STEP_ELSE, STEP_PART_END };

struct tl_info_step {
    enum step_kind kind;
    uint16_t field;   /* FIRST, ALL, IF */
    uint8_t slot;     /* of the field; NO_SLOT: it has a place */
    const struct tl_place *place; /* FIRST, IF: in the header of the layer; NULL: it is found in the tree */
    uint32_t len;     /* TEXT: bytes */
    uint32_t end;     /* PART: index of its last step, or of its ELSE; ELSE: of the last step of the part */
    const char *text; /* TEXT: points into the protocol's template */
};

struct compiler {
    struct tl_info *info;
    const struct tl_protocol *protocol;
    struct tl_error *error;
    bool of_layer; /* the template is that of the protocol's layers */
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
    bool all = len > 0 && key[len - 1] == ',', condition = len > 0 && key[len - 1] == '?';
    uint16_t field = 0;
    if (!find_field(c->protocol, key, all || condition ? len - 1 : len, &field))
        return wrong(c, "unknown key");
    const struct tl_place *place = c->of_layer && !all ? tl_place_of(c->protocol, field) : NULL;
    if (place == NULL && c->info->slots[field] == NO_SLOT) {
        if (c->info->slot_count == SLOTS_MOST)
            return wrong(c, "too many fields");
        c->info->slots[field] = (uint8_t)c->info->slot_count++;
    }
    struct tl_info_step *step = add(c, all ? STEP_ALL : condition ? STEP_IF : STEP_FIRST);
    step->place = place;
    step->field = field;
    step->slot = c->info->slots[field];
    c->at = key + len + 1;
    return TL_E_NONE;
}

static enum tl_failure compile_text(struct compiler *c)
{
    if (*c->at == '\\') {
        c->at++;
        if (*c->at == '\0' || strchr("[]{}|\\", *c->at) == NULL)
            return wrong(c, "\\ before a character that needs no escape");
    }
    struct tl_info_step *step = add(c, STEP_TEXT);
    step->text = c->at;
    step->len = 1 + (uint32_t)strcspn(c->at + 1, c->depth > 0 ? "[]{|\\" : "[]{\\");
    c->at += step->len;
    return TL_E_NONE;
}

/* A part with two ways: the second is taken if a field of the first is missing. */
static enum tl_failure compile_else(struct compiler *c)
{
    uint32_t *open = &c->open[c->depth - 1];
    if (c->info->steps[*open].kind == STEP_ELSE)
        return wrong(c, "a third way");
    c->info->steps[*open].end = c->info->count;
    *open = c->info->count;
    add(c, STEP_ELSE);
    c->at++;
    return TL_E_NONE;
}

static enum tl_failure compile_next(struct compiler *c)
{
    if (*c->at == '|' && c->depth > 0)
        return compile_else(c);
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

static enum tl_failure compile(struct tl_info *info, const struct tl_protocol *protocol, const char *title, bool of_layer,
                               struct tl_error *error)
{
    *info = (struct tl_info){ 0 };
    if (title == NULL || title[0] == '\0')
        return TL_E_NONE;
    info->steps = calloc(strlen(title), sizeof *info->steps); /* each step takes at least one character */
    info->slots = malloc(protocol->field_count + 1u);
    if (info->steps == NULL || info->slots == NULL) {
        tl_info_fini(info);
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    memset(info->slots, NO_SLOT, protocol->field_count + 1u);
    struct compiler c = { .info = info, .protocol = protocol, .error = error, .of_layer = of_layer, .at = title };
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
    return compile(info, protocol, protocol->info, true, error);
}

enum tl_failure tl_info_compile_title(struct tl_info *info, const struct tl_protocol *protocol, const char *title,
                                      struct tl_error *error)
{
    return compile(info, protocol, title, false, error);
}

void tl_info_fini(struct tl_info *info)
{
    free(info->steps);
    free(info->slots);
    *info = (struct tl_info){ 0 };
}

/* Members of a group are collected only with their group, and any field can be a member, but not one in the header. */
void tl_info_want(const struct tl_info *info, const struct tl_protocol *protocol, uint64_t *wanted)
{
    bool any = false;
    for (uint32_t i = 0; i < info->count; i++) {
        const struct tl_info_step *step = &info->steps[i];
        if ((step->kind != STEP_FIRST && step->kind != STEP_ALL && step->kind != STEP_IF) || step->place != NULL)
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
    const struct tl_info *info;
    const struct tl_field *fields; /* of the protocol */
    const struct tl_tree *tree;
    const struct tl_protocol *descriptor;
    uint32_t layer;
    uint32_t first, after; /* range of nodes below the layer */
    uint32_t field_count;
    uint16_t protocol;
    uint32_t node_of[SLOTS_MOST]; /* the first node of each field of the template; TL_NO_NODE: none */
};

/* One pass over the layer instead of one per step. */
static void find_nodes(struct filler *f)
{
    const struct tl_node *nodes = f->tree->nodes;
    const uint8_t *slots = f->info->slots;
    uint16_t protocol = f->protocol;
    memset(f->node_of, 0xff, f->info->slot_count * sizeof f->node_of[0]);
    for (uint32_t i = f->after; i-- > f->first;) {
        if (nodes[i].protocol == protocol && nodes[i].field < f->field_count && slots[nodes[i].field] != NO_SLOT)
            f->node_of[slots[nodes[i].field]] = i;
    }
}

/* The field's nodes from the first one on. */
static bool fill_all(const struct filler *f, const struct tl_info_step *step, uint32_t from)
{
    const struct tl_field *field = &f->fields[step->field];
    bool found = false;
    for (uint32_t i = from; i < f->after; i++) {
        const struct tl_node *node = &f->tree->nodes[i];
        if (node->field != step->field || node->protocol != f->protocol || !tl_value_there(f->tree, node, field))
            continue;
        if (step->kind == STEP_IF)
            return node->value != 0;
        if (found)
            tl_put_char(f->b, ',');
        put_field(f->b, f->tree, node, field);
        found = true;
        if (step->kind == STEP_FIRST)
            break;
    }
    return found;
}

static bool fill_place(const struct filler *f, const struct tl_info_step *step)
{
    struct tl_node node;
    if (!tl_place_node(step->place, f->descriptor, f->tree, &f->tree->nodes[f->layer], &node))
        return false;
    if (step->kind == STEP_IF)
        return node.value != 0;
    put_field(f->b, f->tree, &node, &f->fields[step->field]);
    return true;
}

static inline bool fill_field(const struct filler *f, const struct tl_info_step *step)
{
    if (step->place != NULL)
        return fill_place(f, step);
    uint32_t from = f->node_of[step->slot];
    return from != TL_NO_NODE && fill_all(f, step, from);
}

void tl_info_put(struct tl_buffer *b, const struct tl_info *info, const struct tl_protocol *protocol,
                 const struct tl_tree *tree, uint32_t layer)
{
    struct filler f;
    if (info->count == 0)
        return;
    f.b = b;
    f.info = info;
    f.descriptor = protocol;
    f.layer = layer;
    f.fields = protocol->fields;
    f.field_count = protocol->field_count;
    f.tree = tree;
    f.protocol = tree->nodes[layer].protocol;
    f.first = layer + 1;
    f.after = tl_tree_after(tree, layer);
    if (info->slot_count > 0)
        find_nodes(&f);
    struct {
        size_t len;   /* buffer length where the part begins */
        uint32_t end;
    } parts[PARTS_MOST];
    const struct tl_info_step *steps = info->steps, *stop = steps + info->count;
    uint32_t depth = 0;
    for (const struct tl_info_step *step = steps; step < stop; step++) {
        if (step->kind == STEP_TEXT) {
            tl_put(b, step->text, step->len);
        } else if (step->kind == STEP_PART) {
            parts[depth].len = b->len;
            parts[depth++].end = step->end;
        } else if (step->kind == STEP_PART_END) {
            depth--;
        } else if (step->kind == STEP_ELSE) { /* the first way is complete */
            depth--;
            step = steps + step->end;
        } else if (!fill_field(&f, step) && depth > 0) {
            b->len = parts[depth - 1].len;
            step = steps + parts[depth - 1].end;
            if (step->kind == STEP_ELSE)
                parts[depth - 1].end = step->end;
            else
                depth--;
        }
    }
}
