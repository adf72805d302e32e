/* lexer.c - the words, operators and strings of a filter (wireshark-filter(4)). */
#include "filter/lexer.h"

#include <arpa/inet.h>

struct keyword {
    const char *text;
    enum tl_token_kind kind;
};

static const struct keyword words[] = {
    { "and", TL_TOKEN_AND },       { "or", TL_TOKEN_OR },         { "xor", TL_TOKEN_XOR },
    { "not", TL_TOKEN_NOT },       { "any", TL_TOKEN_ANY },       { "all", TL_TOKEN_ALL },
    { "in", TL_TOKEN_IN },         { "contains", TL_TOKEN_CONTAINS }, { "matches", TL_TOKEN_MATCHES },
    { "eq", TL_TOKEN_ANY_EQ },     { "any_eq", TL_TOKEN_ANY_EQ }, { "all_eq", TL_TOKEN_ALL_EQ },
    { "ne", TL_TOKEN_ALL_NE },     { "all_ne", TL_TOKEN_ALL_NE }, { "any_ne", TL_TOKEN_ANY_NE },
    { "gt", TL_TOKEN_GT },         { "ge", TL_TOKEN_GE },         { "lt", TL_TOKEN_LT },
    { "le", TL_TOKEN_LE },
};

/* The longer of two that begin alike comes first. */
static const struct keyword signs[] = {
    { "===", TL_TOKEN_ALL_EQ },    { "!==", TL_TOKEN_ANY_NE },    { "==", TL_TOKEN_ANY_EQ },
    { "!=", TL_TOKEN_ALL_NE },     { "~=", TL_TOKEN_ANY_NE },     { ">=", TL_TOKEN_GE },
    { "<=", TL_TOKEN_LE },         { ">", TL_TOKEN_GT },          { "<", TL_TOKEN_LT },
    { "&&", TL_TOKEN_AND },        { "||", TL_TOKEN_OR },         { "^^", TL_TOKEN_XOR },
    { "!", TL_TOKEN_NOT },         { "~", TL_TOKEN_MATCHES },     { "&", TL_TOKEN_BITS_AND },
    { "(", TL_TOKEN_OPEN },        { ")", TL_TOKEN_CLOSE },       { "{", TL_TOKEN_OPEN_BRACE },
    { "}", TL_TOKEN_CLOSE_BRACE }, { ",", TL_TOKEN_COMMA },       { "..", TL_TOKEN_TO },
    { "#", TL_TOKEN_HASH },        { "@", TL_TOKEN_AT },          { "+", TL_TOKEN_PLUS },
    { "-", TL_TOKEN_MINUS },       { "*", TL_TOKEN_TIMES },       { "/", TL_TOKEN_DIVIDE },
    { "%", TL_TOKEN_MODULO },
};

/* Returns the byte at an offset, 0 after the end. */
static uint8_t byte_at(const struct tl_lexer *lexer, uint32_t at)
{
    return at < lexer->text.len ? lexer->text.data[at] : 0;
}

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- words --- */

/* A dot, a colon and a hyphen belong to a word that goes on: tcp.port, fe80::1, 00-1a, 2023-11-14T00:00:00Z. */
static uint32_t end_of_word(const struct tl_lexer *lexer, uint32_t at)
{
    for (;; at++) {
        uint8_t c = byte_at(lexer, at), next = byte_at(lexer, at + 1);
        bool goes_on = is_word(c) || c == ':' || (c == '.' && next != '.') || (c == '-' && is_word(next));
        if (!goes_on)
            return at;
    }
}

/* 10.0.0.0/8 is one word; tcp.len/2 is a division. */
static uint32_t end_of_prefix(const struct tl_lexer *lexer, uint32_t begin, uint32_t end)
{
    char address[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    if (byte_at(lexer, end) != '/' || end - begin >= sizeof address || byte_at(lexer, end + 1) < '0' ||
        byte_at(lexer, end + 1) > '9')
        return end;
    memcpy(address, lexer->text.data + begin, end - begin);
    address[end - begin] = '\0';
    if (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1)
        return end;
    return end_of_word(lexer, end + 1);
}

static bool is_keyword(struct tl_bytes text, const char *keyword)
{
    return text.len == strlen(keyword) && memcmp(text.data, keyword, text.len) == 0;
}

static bool read_word(struct tl_lexer *lexer, struct tl_token *token)
{
    token->field = byte_at(lexer, lexer->at) == '.';
    uint32_t begin = lexer->at + token->field, end = end_of_word(lexer, begin);
    end = end_of_prefix(lexer, begin, end);
    token->kind = TL_TOKEN_WORD;
    token->text = (struct tl_bytes){ lexer->text.data + begin, end - begin };
    for (size_t i = 0; i < TL_COUNT(words) && !token->field; i++) {
        if (is_keyword(token->text, words[i].text))
            token->kind = words[i].kind;
    }
    lexer->at = end;
    return true;
}

/* --- strings --- */

static uint32_t put_utf8(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    out[0] = (uint8_t)((0xf00u >> more) | c >> (6 * more));
    for (unsigned i = 1; i <= more; i++)
        out[i] = (uint8_t)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* Reads the digits of \x, \u, \U. Returns false unless there are enough. */
static bool read_digits(struct tl_lexer *lexer, unsigned least, unsigned most, uint32_t *value)
{
    unsigned n = 0;
    for (*value = 0; n < most && hex_digit(byte_at(lexer, lexer->at)) >= 0; n++)
        *value = *value << 4 | (uint32_t)hex_digit(byte_at(lexer, lexer->at++));
    return n >= least;
}

static bool read_octal(struct tl_lexer *lexer, uint8_t *out)
{
    uint32_t value = 0;
    for (unsigned n = 0; n < 3 && byte_at(lexer, lexer->at) >= '0' && byte_at(lexer, lexer->at) <= '7'; n++)
        value = value << 3 | (byte_at(lexer, lexer->at++) & 7u);
    *out = (uint8_t)value;
    return value <= 0xff;
}

/* Reads the rest of an escape sequence, after the backslash. Returns the bytes that it stands for, 0: none. */
static uint32_t read_escape(struct tl_lexer *lexer, uint8_t *out)
{
    static const char letters[] = "abfnrtv\\'\"?", values[] = "\a\b\f\n\r\t\v\\'\"?";
    uint8_t c = byte_at(lexer, lexer->at);
    uint32_t value;
    const char *simple = c != 0 ? strchr(letters, c) : NULL;
    if (c >= '0' && c <= '7')
        return read_octal(lexer, out) ? 1 : 0;
    lexer->at++;
    if (simple != NULL) {
        out[0] = (uint8_t)values[simple - letters];
        return 1;
    }
    if (c == 'x' && read_digits(lexer, 1, 2, &value)) {
        out[0] = (uint8_t)value;
        return 1;
    }
    unsigned digits = c == 'u' ? 4 : 8;
    if ((c == 'u' || c == 'U') && read_digits(lexer, digits, digits, &value) && value <= 0x10ffff)
        return put_utf8(out, value);
    return 0;
}

/* Reads up to the closing quote. In a raw string a backslash before a quote keeps the quote, and both stay. */
static bool read_quoted(struct tl_lexer *lexer, struct tl_token *token, uint8_t quote, bool raw)
{
    uint8_t *out = tl_arena_alloc(lexer->arena, lexer->text.len - lexer->at + 4);
    uint32_t n = 0;
    if (out == NULL)
        return tl_problem_set(lexer->problem, token->at, 1, "the filter is too long");
    while (byte_at(lexer, lexer->at) != quote) {
        uint32_t begin = lexer->at;
        uint8_t c = byte_at(lexer, lexer->at++);
        if (begin >= lexer->text.len)
            return tl_problem_set(lexer->problem, token->at, lexer->text.len - token->at, "the closing %c is missing",
                                  quote);
        if (c != '\\' || raw) {
            out[n++] = c;
            if (c == '\\' && byte_at(lexer, lexer->at) == quote)
                out[n++] = byte_at(lexer, lexer->at++);
            continue;
        }
        uint32_t more = read_escape(lexer, out + n);
        uint32_t bad = lexer->at > begin + 1 ? lexer->at - begin : 2, left = lexer->text.len - begin;
        if (more == 0)
            return tl_problem_set(lexer->problem, begin, bad < left ? bad : left,
                                  "this is no escape sequence: write \\\\ for a backslash, or r\"..\"");
        n += more;
    }
    lexer->at++;
    token->text = (struct tl_bytes){ out, n };
    return true;
}

static bool read_string(struct tl_lexer *lexer, struct tl_token *token, bool raw)
{
    lexer->at += raw ? 2 : 1;
    token->kind = TL_TOKEN_STRING;
    return read_quoted(lexer, token, '"', raw);
}

static bool read_character(struct tl_lexer *lexer, struct tl_token *token)
{
    lexer->at++;
    token->kind = TL_TOKEN_CHAR;
    if (!read_quoted(lexer, token, '\'', false))
        return false;
    if (token->text.len != 1)
        return tl_problem_set(lexer->problem, token->at, lexer->at - token->at,
                              "a character constant is one byte: write a string in \"..\"");
    return true;
}

static bool read_bracket(struct tl_lexer *lexer, struct tl_token *token)
{
    uint32_t begin = lexer->at + 1, end = begin;
    while (end < lexer->text.len && byte_at(lexer, end) != ']')
        end++;
    if (end == lexer->text.len)
        return tl_problem_set(lexer->problem, token->at, end - token->at, "the closing ] is missing");
    token->kind = TL_TOKEN_BRACKET;
    token->text = (struct tl_bytes){ lexer->text.data + begin, end - begin };
    lexer->at = end + 1;
    return true;
}

/* --- tokens --- */

static bool read_sign(struct tl_lexer *lexer, struct tl_token *token)
{
    for (size_t i = 0; i < TL_COUNT(signs); i++) {
        uint32_t len = (uint32_t)strlen(signs[i].text);
        if (lexer->text.len - lexer->at < len || memcmp(lexer->text.data + lexer->at, signs[i].text, len) != 0)
            continue;
        token->kind = signs[i].kind;
        lexer->at += len;
        return true;
    }
    const char *advice = "it has no meaning here";
    uint8_t c = byte_at(lexer, lexer->at);
    if (c == '=')
        advice = "write == to compare";
    else if (c == '|')
        advice = "write || or the word or";
    else if (c == '$')
        advice = "references to a selected packet are not supported";
    return tl_problem_set(lexer->problem, token->at, 1, "unexpected '%c': %s", c > ' ' && c < 0x7f ? c : '?', advice);
}

static bool read_token(struct tl_lexer *lexer, struct tl_token *token)
{
    uint8_t c = byte_at(lexer, lexer->at), next = byte_at(lexer, lexer->at + 1);
    if (c == '"')
        return read_string(lexer, token, false);
    if ((c == 'r' || c == 'R') && next == '"')
        return read_string(lexer, token, true);
    if (c == '\'')
        return read_character(lexer, token);
    if (c == '[')
        return read_bracket(lexer, token);
    if (is_word(c) || c == ':' || (c == '.' && is_word(next)))
        return read_word(lexer, token);
    return read_sign(lexer, token);
}

bool tl_lexer_next(struct tl_lexer *lexer, struct tl_token *token)
{
    while (lexer->at < lexer->text.len && strchr(" \t\r\n", byte_at(lexer, lexer->at)) != NULL &&
           byte_at(lexer, lexer->at) != 0)
        lexer->at++;
    *token = (struct tl_token){ .kind = TL_TOKEN_END, .at = lexer->at };
    if (lexer->at == lexer->text.len)
        return true;
    bool read = read_token(lexer, token);
    token->len = lexer->at - token->at;
    return read;
}
