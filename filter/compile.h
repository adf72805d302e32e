/* compile.h - shared by compile.c, which writes tests, and operand.c, which writes the values in them. */
#ifndef TL_FILTER_COMPILE_H
#define TL_FILTER_COMPILE_H

#include "filter/calculate.h"

struct tl_compiler {
    struct tl_program *program;
    const struct tl_names *names;
    struct tl_arena *arena;
    struct tl_problem *problem;
};

/* A value in a test: a register that will hold it, or a constant whose type follows from what it is compared with. */
struct tl_operand {
    bool constant;
    uint16_t to;
    struct tl_kind_of_value kind;
};

bool tl_compile_operand(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand) TL_MUST_CHECK;
/* Returns whether the node is a constant: it names no field. */
bool tl_compile_is_constant(struct tl_compiler *c, const struct tl_syntax *node);
/* Reads a constant as this kind of value, into a register. */
bool tl_compile_constant(struct tl_compiler *c, const struct tl_syntax *node, const struct tl_kind_of_value *kind,
                         uint16_t *to) TL_MUST_CHECK;
/* Sets the problem: the word is no name. Returns false. */
bool tl_compile_unknown(struct tl_compiler *c, const struct tl_syntax *node);
/* Sets the problem: the program is full. Returns false. */
bool tl_compile_full(struct tl_compiler *c, const struct tl_syntax *node);
bool tl_compile_register(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *to) TL_MUST_CHECK;
bool tl_compile_emit(struct tl_compiler *c, const struct tl_syntax *node,
                     struct tl_instruction instruction) TL_MUST_CHECK;

#endif
