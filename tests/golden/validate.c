/*
 * validate.c - validates JSON lines with a JSON Schema (draft 2020-12, the part that taplight --schema uses). An unknown
 * keyword is an error, so that every part of the schema is checked.
 *
 *   golden_validate SCHEMA [FILE].. : every line of the files, or of standard input
 *   golden_validate -n N SCHEMA ..  : the same, and there must be exactly N lines
 */
#include <arpa/inet.h>
#include <json-c/json.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { DEPTH_MOST = 64, ERRORS_SHOWN = 10, PATTERNS_MOST = 64, KEYS_MOST = 4096, TEXT_MOST = 256 };

struct pattern {
    const char *text;
    regex_t compiled;
};

struct check {
    struct json_object *root;
    struct pattern patterns[PATTERNS_MOST];
    unsigned pattern_count;
    unsigned depth;        /* depth in the instance */
    unsigned error_depth;  /* depth of the kept error: the deepest one is the most specific */
    char error[TEXT_MOST];
};

static bool valid(struct check *c, struct json_object *schema, struct json_object *value);

static bool wrong_at(struct check *c, unsigned depth, const char *what, const char *detail)
{
    if (c->error[0] == 0 || depth > c->error_depth) {
        snprintf(c->error, sizeof c->error, "%s '%.180s'", what, detail);
        c->error_depth = depth;
    }
    return false;
}

static bool wrong(struct check *c, const char *what, const char *detail)
{
    return wrong_at(c, c->depth, what, detail);
}

static const char *text_of(struct json_object *value)
{
    return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
}

static bool type_is(struct json_object *value, const char *type)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        return strcmp(type, "object") == 0;
    case json_type_array:
        return strcmp(type, "array") == 0;
    case json_type_string:
        return strcmp(type, "string") == 0;
    case json_type_boolean:
        return strcmp(type, "boolean") == 0;
    case json_type_int:
        return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    case json_type_double:
        return strcmp(type, "number") == 0;
    case json_type_null:
        break;
    }
    return false;
}

static bool matches(struct check *c, const char *pattern, const char *text)
{
    unsigned i = 0;
    while (i < c->pattern_count && c->patterns[i].text != pattern)
        i++;
    if (i == c->pattern_count) {
        if (i == PATTERNS_MOST || regcomp(&c->patterns[i].compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
            return wrong(c, "the schema has an invalid pattern", pattern);
        c->patterns[c->pattern_count++].text = pattern;
    }
    return regexec(&c->patterns[i].compiled, text, 0, NULL, 0) == 0 ||
           wrong(c, "does not match its pattern:", text);
}

static bool format_is(struct check *c, const char *format, const char *text)
{
    unsigned char address[16];
    if (strcmp(format, "ipv4") == 0)
        return inet_pton(AF_INET, text, address) == 1 || wrong(c, "is not an IPv4 address:", text);
    if (strcmp(format, "ipv6") == 0)
        return inet_pton(AF_INET6, text, address) == 1 || wrong(c, "is not an IPv6 address:", text);
    return wrong(c, "the schema has an unknown format", format);
}

static bool one_of_values(struct check *c, struct json_object *list, struct json_object *value)
{
    size_t count = json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        if (json_object_equal(json_object_array_get_idx(list, i), value))
            return true;
    }
    return wrong(c, "is not an allowed value:", text_of(value));
}

static bool some_of(struct check *c, struct json_object *list, struct json_object *value, bool exactly_one)
{
    size_t count = json_object_array_length(list);
    unsigned good = 0;
    char error[TEXT_MOST];
    unsigned error_depth = c->error_depth;
    snprintf(error, sizeof error, "%s", c->error);
    for (size_t i = 0; i < count; i++)
        good += valid(c, json_object_array_get_idx(list, i), value);
    if (good == 0)
        return wrong(c, "matches no alternative:", text_of(value));
    snprintf(c->error, sizeof c->error, "%s", error);
    c->error_depth = error_depth;
    return !exactly_one || good == 1 || wrong(c, "matches several alternatives:", text_of(value));
}

static bool references(struct check *c, const char *reference, struct json_object *value)
{
    static const char prefix[] = "#/$defs/";
    struct json_object *defs, *schema;
    if (strncmp(reference, prefix, sizeof prefix - 1) != 0 ||
        !json_object_object_get_ex(c->root, "$defs", &defs) ||
        !json_object_object_get_ex(defs, reference + sizeof prefix - 1, &schema))
        return wrong(c, "the schema has an unresolved reference:", reference);
    return valid(c, schema, value);
}

static bool members(struct check *c, struct json_object *schema, struct json_object *value)
{
    struct json_object *properties = NULL, *additional = NULL, *member;
    json_object_object_get_ex(schema, "properties", &properties);
    bool closed = json_object_object_get_ex(schema, "additionalProperties", &additional) &&
                  !json_object_get_boolean(additional);
    json_object_object_foreach(value, key, item) {
        if (properties != NULL && json_object_object_get_ex(properties, key, &member)) {
            if (!valid(c, member, item))
                return false;
        } else if (closed) {
            return wrong(c, "has an unknown key:", key);
        }
    }
    return true;
}

static bool has_required(struct check *c, struct json_object *list, struct json_object *value)
{
    size_t count = json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(list, i));
        if (!json_object_object_get_ex(value, key, NULL))
            return wrong(c, "lacks the key", key);
    }
    return true;
}

static bool items(struct check *c, struct json_object *schema, struct json_object *value)
{
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        if (!valid(c, schema, json_object_array_get_idx(value, i)))
            return false;
    }
    return true;
}

/* Compares the number with the limit: sign -1: below, sign 1: above. Counts can exceed what a double holds. */
static bool beyond(struct json_object *value, struct json_object *limit, int sign)
{
    if (json_object_get_type(value) != json_type_int) {
        double a = json_object_get_double(value), b = json_object_get_double(limit);
        return sign > 0 ? a > b : a < b;
    }
    bool negative = json_object_get_int64(value) < 0, limit_negative = json_object_get_int64(limit) < 0;
    if (negative != limit_negative)
        return negative == (sign < 0);
    if (negative) {
        int64_t a = json_object_get_int64(value), b = json_object_get_int64(limit);
        return sign > 0 ? a > b : a < b;
    }
    uint64_t a = json_object_get_uint64(value), b = json_object_get_uint64(limit);
    return sign > 0 ? a > b : a < b;
}

static bool keyword(struct check *c, struct json_object *schema, const char *key, struct json_object *argument,
                    struct json_object *value)
{
    static const char *const notes[] = { "$schema", "title", "description", "$defs", "additionalProperties" };
    enum json_type type = json_object_get_type(value);
    bool number = type == json_type_int || type == json_type_double;
    for (unsigned i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (strcmp(key, notes[i]) == 0)
            return true;
    }
    if (strcmp(key, "type") == 0)
        return type_is(value, json_object_get_string(argument)) || wrong(c, "has the wrong type:", text_of(value));
    if (strcmp(key, "properties") == 0)
        return type != json_type_object || members(c, schema, value);
    if (strcmp(key, "required") == 0)
        return type != json_type_object || has_required(c, argument, value);
    if (strcmp(key, "items") == 0)
        return type != json_type_array || items(c, argument, value);
    if (strcmp(key, "oneOf") == 0 || strcmp(key, "anyOf") == 0)
        return some_of(c, argument, value, key[0] == 'o');
    if (strcmp(key, "const") == 0)
        return json_object_equal(argument, value) || /* the wrong alternative: least specific */
               wrong_at(c, 0, "does not have the required value:", text_of(value));
    if (strcmp(key, "enum") == 0)
        return one_of_values(c, argument, value);
    if (strcmp(key, "$ref") == 0)
        return references(c, json_object_get_string(argument), value);
    if (strcmp(key, "pattern") == 0)
        return type != json_type_string ||
               matches(c, json_object_get_string(argument), json_object_get_string(value));
    if (strcmp(key, "format") == 0)
        return type != json_type_string ||
               format_is(c, json_object_get_string(argument), json_object_get_string(value));
    if (strcmp(key, "minItems") == 0)
        return type != json_type_array ||
               json_object_array_length(value) >= (size_t)json_object_get_int64(argument) ||
               wrong(c, "has too few items:", text_of(value));
    if (strcmp(key, "minimum") == 0)
        return !number || !beyond(value, argument, -1) || wrong(c, "is too small:", text_of(value));
    if (strcmp(key, "maximum") == 0)
        return !number || !beyond(value, argument, 1) || wrong(c, "is too large:", text_of(value));
    return wrong(c, "the schema has an unknown keyword", key);
}

static bool valid(struct check *c, struct json_object *schema, struct json_object *value)
{
    if (++c->depth > DEPTH_MOST) {
        c->depth--;
        return wrong(c, "is nested too deep:", text_of(value));
    }
    bool good = json_object_get_type(schema) == json_type_object || wrong(c, "no schema:", text_of(schema));
    if (good) {
        json_object_object_foreach(schema, key, argument) {
            if (!keyword(c, schema, key, argument, value)) {
                good = false;
                break;
            }
        }
    }
    c->depth--;
    return good;
}

/* --- duplicate keys: the parser keeps one of them silently --- */

struct key {
    const char *text;
    size_t len;
};

static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p : end;
}

static bool known(const struct key *keys, unsigned count, const char *text, size_t len)
{
    for (unsigned i = 0; i < count; i++) {
        if (keys[i].len == len && memcmp(keys[i].text, text, len) == 0)
            return true;
    }
    return false;
}

/* The line must be well-formed JSON. */
static bool unique_keys(struct check *c, const char *line, size_t len)
{
    static struct key keys[KEYS_MOST]; /* keys of the open objects, one after the other */
    unsigned from[DEPTH_MOST + 1] = { 0 }, depth = 0, count = 0;
    const char *end = line + len;
    for (const char *p = line; p < end; p++) {
        if (*p == '{' || *p == '[') {
            if (depth == DEPTH_MOST)
                return wrong(c, "is nested too deep", "");
            from[++depth] = count;
        } else if (*p == '}' || *p == ']') {
            count = from[depth--];
        } else if (*p == '"') {
            const char *text = p + 1;
            p = string_end(p, end);
            if (p + 1 >= end || p[1] != ':')
                continue;
            size_t n = (size_t)(p - text);
            char shown[TEXT_MOST];
            snprintf(shown, sizeof shown, "%.*s", (int)(n < 100 ? n : 100), text);
            if (known(keys + from[depth], count - from[depth], text, n))
                return wrong(c, "has a key twice:", shown);
            if (count == KEYS_MOST)
                return wrong(c, "has too many keys:", shown);
            keys[count++] = (struct key){ text, n };
        }
    }
    return true;
}

/* --- lines --- */

static bool line_is_valid(struct check *c, struct json_tokener *tokener, const char *line, size_t len)
{
    c->error[0] = 0;
    c->error_depth = 0;
    if (memchr(line, 0, len) != NULL)
        return wrong(c, "holds a NUL", "");
    json_tokener_reset(tokener);
    struct json_object *value = json_tokener_parse_ex(tokener, line, (int)len);
    if (value == NULL || json_tokener_get_parse_end(tokener) != len) {
        json_object_put(value);
        return wrong(c, "is not JSON:", json_tokener_error_desc(json_tokener_get_error(tokener)));
    }
    bool good = unique_keys(c, line, len) && valid(c, c->root, value);
    json_object_put(value);
    return good;
}

static long check_file(struct check *c, FILE *file, const char *name, unsigned *errors)
{
    struct json_tokener *tokener = json_tokener_new();
    char *line = NULL;
    size_t capacity = 0;
    long number = 0;
    ssize_t n;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    while ((n = getline(&line, &capacity, file)) > 0) {
        number++;
        bool good = line[n - 1] == '\n';
        if (!good)
            snprintf(c->error, sizeof c->error, "does not end in a newline");
        else
            good = line_is_valid(c, tokener, line, (size_t)n - 1);
        if (!good && ++*errors <= ERRORS_SHOWN)
            printf("%s:%ld: %s\n    in %.300s\n", name, number, c->error, line);
    }
    free(line);
    json_tokener_free(tokener);
    return number;
}

int main(int argc, char **argv)
{
    static struct check check;
    long wanted = -1, lines = 0;
    unsigned errors = 0;
    if (argc > 3 && strcmp(argv[1], "-n") == 0) {
        wanted = strtol(argv[2], NULL, 10);
        argv += 2;
        argc -= 2;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: golden_validate [-n LINES] SCHEMA [FILE]..\n");
        return 2;
    }
    check.root = json_object_from_file(argv[1]);
    if (check.root == NULL) {
        fprintf(stderr, "golden_validate: %s is not JSON\n", argv[1]);
        return 2;
    }
    if (argc == 2)
        lines += check_file(&check, stdin, "stdin", &errors);
    for (int i = 2; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        if (file == NULL) {
            fprintf(stderr, "golden_validate: cannot open %s\n", argv[i]);
            return 2;
        }
        lines += check_file(&check, file, argv[i], &errors);
        fclose(file);
    }
    for (unsigned i = 0; i < check.pattern_count; i++)
        regfree(&check.patterns[i].compiled);
    json_object_put(check.root);
    if (errors > ERRORS_SHOWN)
        printf("and %u more\n", errors - ERRORS_SHOWN);
    if (wanted >= 0 && lines != wanted) {
        printf("%ld lines, not %ld\n", lines, wanted);
        return 1;
    }
    return errors > 0;
}
