/* syntax.h - a filter as a tree of its constructs, before its names and values have a meaning. */
#ifndef TL_FILTER_SYNTAX_H
#define TL_FILTER_SYNTAX_H

#include "core/arena.h"
#include "filter/lexer.h"

/* A part of a value, [..], or of the layers of a packet, #[..]. Negative numbers count from the end. */
struct tl_span {
    int32_t start;
    int32_t end;  /* the last byte or layer; with `length` how many, with `open` unused */
    bool length;
    bool open;    /* up to the end */
};

enum tl_syntax_kind {
    TL_SYNTAX_AND, /* left, right */
    TL_SYNTAX_OR,
    TL_SYNTAX_XOR,
    TL_SYNTAX_NOT,      /* left */
    TL_SYNTAX_COMPARE,  /* left, right; op: TL_TOKEN_ANY_EQ .. TL_TOKEN_LE */
    TL_SYNTAX_CONTAINS,
    TL_SYNTAX_MATCHES,
    TL_SYNTAX_IN,       /* left, and a list of elements from right */
    TL_SYNTAX_WORD,     /* the values follow: text */
    TL_SYNTAX_STRING,
    TL_SYNTAX_CHAR,
    TL_SYNTAX_SLICE,      /* spans of left */
    TL_SYNTAX_CALL,       /* text: the function; a list of arguments from left */
    TL_SYNTAX_NEGATIVE,   /* left */
    TL_SYNTAX_ARITHMETIC, /* left, right; op: TL_TOKEN_PLUS .. TL_TOKEN_BITS_AND */
    TL_SYNTAX_RANGE,      /* left, right: an element of a set */
};

struct tl_syntax {
    enum tl_syntax_kind kind;
    enum tl_token_kind op;
    enum tl_token_kind quantifier; /* TL_TOKEN_ANY, TL_TOKEN_ALL; else TL_TOKEN_END */
    uint32_t at, len;              /* in the filter */
    struct tl_bytes text;
    bool field;                    /* a word that must be a field */
    bool raw;                      /* a word after @: the field's bytes */
    bool negated;                  /* `not in` */
    struct tl_syntax *left, *right;
    struct tl_syntax *next;        /* in a list */
    struct tl_span *spans;         /* a slice; a word: its layers */
    uint32_t span_count;
};

static inline bool tl_syntax_is_test(const struct tl_syntax *node)
{
    return node->kind <= TL_SYNTAX_IN;
}

static inline bool tl_syntax_is_literal(const struct tl_syntax *node)
{
    return node->kind == TL_SYNTAX_STRING || node->kind == TL_SYNTAX_CHAR;
}

/* Parses a filter. Nodes are in the arena; they borrow text. Returns NULL and sets the problem if it is refused. */
struct tl_syntax *tl_syntax_parse(struct tl_bytes text, struct tl_arena *arena, struct tl_problem *problem);

/* Parses the inside of [..]. Returns false and sets the problem. */
bool tl_spans_parse(const struct tl_token *bracket, struct tl_arena *arena, struct tl_problem *problem,
                    struct tl_span **spans, uint32_t *count) TL_MUST_CHECK;

#endif
