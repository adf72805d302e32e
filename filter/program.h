/*
 * program.h - a compiled filter: tests combined by logic. A test runs a few instructions, each of which fills a
 * register with a list of values, and then asks one question about one or two registers.
 */
#ifndef TL_FILTER_PROGRAM_H
#define TL_FILTER_PROGRAM_H

#include "filter/names.h"
#include "filter/regex.h"

enum tl_operation {
    TL_OPERATION_LOAD,  /* to = values of references[index] */
    TL_OPERATION_SLICE, /* to = spans of each value of a */
    TL_OPERATION_NEGATIVE,
    TL_OPERATION_ARITHMETIC, /* to = a sign b, for each pair; sign: TL_TOKEN_PLUS .. TL_TOKEN_BITS_AND */
    TL_OPERATION_LEN,   /* the functions; those of several arguments continue in the next instruction's a */
    TL_OPERATION_COUNT,
    TL_OPERATION_LOWER,
    TL_OPERATION_UPPER,
    TL_OPERATION_STRING,
    TL_OPERATION_ABS,
    TL_OPERATION_MAX,
    TL_OPERATION_MIN,
};

struct tl_instruction {
    uint8_t operation; /* enum tl_operation */
    uint8_t sign;      /* enum tl_token_kind */
    uint16_t to, a, b; /* registers; max, min: the larger of to and a goes to `to`, b 0: a is the first argument */
    uint16_t index;
    const struct tl_span *spans;
    uint32_t span_count;
};

enum tl_question {
    TL_QUESTION_EXISTS,
    TL_QUESTION_NONZERO, /* a calculation: any result is not zero */
    TL_QUESTION_COMPARE,
    TL_QUESTION_CONTAINS,
    TL_QUESTION_MATCHES,
    TL_QUESTION_IN,
};

/* An element of a set: the registers of a value, or of the ends of a range. */
struct tl_element {
    uint16_t low, high;
    bool range;
};

struct tl_test {
    uint8_t question;  /* enum tl_question */
    uint8_t op;        /* TL_QUESTION_COMPARE: TL_TOKEN_ANY_EQ .. TL_TOKEN_LE */
    bool all;          /* every value must pass, not only one */
    uint16_t first, count; /* its instructions */
    uint16_t a, b;     /* registers */
    const struct tl_element *elements;
    uint32_t element_count;
    const struct tl_regex *regex;
    /* Not NULL: it compares this number in the headers with a constant, both shifted (a prefix of an address). */
    const struct tl_reference *quick;
    uint64_t number;
    uint8_t shift;
};

enum tl_logic_kind { TL_LOGIC_TEST, TL_LOGIC_AND, TL_LOGIC_OR, TL_LOGIC_XOR, TL_LOGIC_NOT };

struct tl_logic {
    uint8_t kind;         /* enum tl_logic_kind */
    uint16_t left, right; /* indices of logic; TL_LOGIC_TEST: left is the test */
};

struct tl_constant {
    uint16_t to;
    struct tl_datum value;
};

enum { TL_PROGRAM_MOST = 1024 };

struct tl_program {
    struct tl_instruction *code;
    struct tl_test *tests;
    struct tl_logic *logic; /* the last one is the whole */
    struct tl_constant *constants;
    struct tl_reference *references;
    struct tl_regex **regexes; /* owned */
    uint32_t code_count, test_count, logic_count, constant_count, reference_count, regex_count;
    uint32_t registers;
    uint32_t most;          /* of each of the lists; twice of logic */
    bool records;           /* its names are keys of records */
    const char *note;       /* a message for the user; NULL: none */
    uint32_t note_at, note_len;
};

/*
 * Compiles a filter; `records` and `most` are set. All of it is in the arena, except regexes. Returns false and sets the
 * problem.
 */
bool tl_program_compile(struct tl_program *program, const struct tl_syntax *syntax, const struct tl_names *names,
                        struct tl_arena *arena, struct tl_problem *problem) TL_MUST_CHECK;
void tl_program_fini(struct tl_program *program);

#endif
