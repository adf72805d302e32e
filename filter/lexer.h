/* lexer.h - the words, operators and strings of a filter. */
#ifndef TL_FILTER_LEXER_H
#define TL_FILTER_LEXER_H

#include "core/arena.h"
#include "filter/problem.h"

enum tl_token_kind {
    TL_TOKEN_END,
    TL_TOKEN_WORD,    /* a name, a number, an address, bytes: what it is follows from its place */
    TL_TOKEN_STRING,
    TL_TOKEN_CHAR,    /* 'A': text is one byte */
    TL_TOKEN_BRACKET, /* [..]: text is what is inside */
    TL_TOKEN_OPEN,
    TL_TOKEN_CLOSE,
    TL_TOKEN_OPEN_BRACE,
    TL_TOKEN_CLOSE_BRACE,
    TL_TOKEN_COMMA,
    TL_TOKEN_TO, /* .. */
    TL_TOKEN_HASH,
    TL_TOKEN_AT,
    TL_TOKEN_PLUS,
    TL_TOKEN_MINUS,
    TL_TOKEN_TIMES,
    TL_TOKEN_DIVIDE,
    TL_TOKEN_MODULO,
    TL_TOKEN_BITS_AND,
    TL_TOKEN_AND,
    TL_TOKEN_OR,
    TL_TOKEN_XOR,
    TL_TOKEN_NOT,
    TL_TOKEN_ANY,
    TL_TOKEN_ALL,
    TL_TOKEN_IN,
    TL_TOKEN_CONTAINS,
    TL_TOKEN_MATCHES,
    TL_TOKEN_ANY_EQ, /* the comparisons stay together */
    TL_TOKEN_ALL_EQ,
    TL_TOKEN_ANY_NE,
    TL_TOKEN_ALL_NE,
    TL_TOKEN_GT,
    TL_TOKEN_GE,
    TL_TOKEN_LT,
    TL_TOKEN_LE,
};

struct tl_token {
    enum tl_token_kind kind;
    uint32_t at, len;     /* in the filter */
    struct tl_bytes text; /* words, strings, brackets: the value, without quotes and escapes */
    bool field;           /* a word with a leading dot: a field, never a value */
};

struct tl_lexer {
    struct tl_bytes text;
    uint32_t at;
    struct tl_arena *arena;
    struct tl_problem *problem;
};

/* Reads the next token. Returns false and sets the problem if there is none. */
bool tl_lexer_next(struct tl_lexer *lexer, struct tl_token *token) TL_MUST_CHECK;

#endif
