/* info.h - the info column: a protocol's template (core/protocol.h), compiled once and expanded for each packet. */
#ifndef TL_EXPORT_INFO_H
#define TL_EXPORT_INFO_H

#include "core/buffer.h"
#include "core/protocol.h"
#include "core/tree.h"

struct tl_info_step;

struct tl_info {
    struct tl_info_step *steps; /* owned; NULL: no template */
    uint32_t count;
    uint8_t *slots;             /* owned: of each field of the protocol, its place among those that the template uses */
    uint32_t slot_count;
};

/*
 * Compiles protocol->info; without a template, info is empty. Returns TL_E_USAGE and sets error for an invalid template
 * (an unknown key, an unclosed bracket), TL_E_RUNTIME if out of memory.
 */
enum tl_failure tl_info_compile(struct tl_info *info, const struct tl_protocol *protocol, struct tl_error *error);
/* The same for another template of the protocol's fields: of tl_field.title. */
enum tl_failure tl_info_compile_title(struct tl_info *info, const struct tl_protocol *protocol, const char *title,
                                      struct tl_error *error);
void tl_info_fini(struct tl_info *info);

/* Sets the bits of the fields that the template finds in the tree: not of those in the header of the layer. */
void tl_info_want(const struct tl_info *info, const struct tl_protocol *protocol, uint64_t *wanted);

/* Appends the info of the layer, or of the group, at node `layer`. */
void tl_info_put(struct tl_buffer *b, const struct tl_info *info, const struct tl_protocol *protocol,
                 const struct tl_tree *tree, uint32_t layer);

#endif
