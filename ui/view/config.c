/* config.c - reads the configuration with json-c, by one table of its keys. */
#include "ui/view/config.h"

#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

enum { FILE_MOST = 1 << 16, PATH_MOST = 4096, WORD_MOST = 16, TEXT_MOST = 256, ORDER_MOST = 32 };

/* A command can be any text; an empty one is no command. */
static bool is_any(const char *text)
{
    return strlen(text) < TEXT_MOST;
}

/* Each of the panes once. */
static bool is_order(const char *text)
{
    static const char *const orders[] = { "packets detail hex", "packets hex detail", "detail packets hex",
                                          "detail hex packets", "hex packets detail", "hex detail packets" };
    for (size_t i = 0; i < TL_COUNT(orders); i++) {
        if (strcmp(text, orders[i]) == 0)
            return true;
    }
    return false;
}

struct setting {
    const char *key;
    size_t offset;       /* in struct tl_config */
    const char *choices; /* a word of WORD_MOST bytes: one of these, blanks between; NULL: a bool, or */
    size_t room;         /* a text of at most so many bytes, checked by */
    bool (*fine)(const char *text);
};

static const struct setting settings[] = {
    { "theme", offsetof(struct tl_config, theme), "default bright mono", 0, NULL },
    { "time", offsetof(struct tl_config, time), "day date first before", 0, NULL },
    { "columns", offsetof(struct tl_config, columns), tl_packet_column_words, TL_COLUMNS_TEXT, tl_packet_columns_fine },
    { "copy", offsetof(struct tl_config, copy), "a text of less than 256 bytes", TEXT_MOST, is_any },
    { "color_rules", offsetof(struct tl_config, color_rules), "a text of less than 256 bytes", TEXT_MOST, is_any },
    { "ascii", offsetof(struct tl_config, ascii), NULL, 0, NULL },
    { "mouse", offsetof(struct tl_config, mouse), NULL, 0, NULL },
    { "detail", offsetof(struct tl_config, detail), NULL, 0, NULL },
    { "hex", offsetof(struct tl_config, hex), NULL, 0, NULL },
    { "order", offsetof(struct tl_config, order), "packets detail hex", ORDER_MOST, is_order },
};

struct reading {
    char path[PATH_MOST];
    char text[FILE_MOST];
    size_t len;
    struct tl_config *config;
    struct tl_error *error;
};

static unsigned line_of(const struct reading *r, size_t at)
{
    unsigned line = 1;
    for (size_t i = 0; i < at && i < r->len; i++)
        line += r->text[i] == '\n';
    return line;
}

/* json-c does not tell the place of a key: search for it. */
static unsigned line_of_key(const struct reading *r, const char *key)
{
    char quoted[128];
    snprintf(quoted, sizeof quoted, "\"%.120s\"", key);
    for (const char *at = r->text; (at = strstr(at, quoted)) != NULL; at++) {
        const char *after = at + strlen(quoted);
        if (after[strspn(after, " \t\r\n")] == ':')
            return line_of(r, (size_t)(at - r->text));
    }
    return 1;
}

static bool is_choice(const char *choices, const char *word)
{
    size_t len = strcspn(word, " ");
    if (word[len] != '\0') /* several of them in a row */
        return false;
    for (const char *p = choices; p != NULL && len > 0; p = strchr(p, ' ')) {
        p += *p == ' ';
        if (strncmp(p, word, len) == 0 && (p[len] == ' ' || p[len] == '\0'))
            return true;
    }
    return false;
}

static enum tl_failure set(const struct reading *r, const struct setting *setting, struct json_object *value)
{
    char *at = (char *)r->config + setting->offset;
    if (setting->choices == NULL && json_object_is_type(value, json_type_boolean)) {
        *(bool *)at = json_object_get_boolean(value);
        return TL_E_NONE;
    }
    const char *word = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    if (setting->fine != NULL && json_object_is_type(value, json_type_string) && setting->fine(word)) {
        snprintf(at, setting->room, "%s", word);
        return TL_E_NONE;
    }
    if (setting->choices != NULL && setting->fine == NULL && is_choice(setting->choices, word)) {
        snprintf(at, WORD_MOST, "%s", word);
        return TL_E_NONE;
    }
    const char *can_be = setting->fine == NULL       ? "can be one of: "
                         : setting->fine == is_any   ? "must be "
                         : setting->fine == is_order ? "must be all of, in any order: "
                                                     : "can be some of: ";
    return tl_error_set(r->error, TL_E_USAGE, "%s, line %u: \"%s\" %s%s", r->path, line_of_key(r, setting->key),
                        setting->key, can_be, setting->choices != NULL ? setting->choices : "true false");
}

static enum tl_failure take(const struct reading *r, const char *key, struct json_object *value)
{
    for (size_t i = 0; i < TL_COUNT(settings); i++) {
        if (strcmp(settings[i].key, key) == 0)
            return set(r, &settings[i], value);
    }
    return tl_error_set(r->error, TL_E_USAGE, "%s, line %u: unknown key \"%.60s\": taplight --print-config lists them",
                        r->path, line_of_key(r, key), key);
}

static enum tl_failure parse(const struct reading *r)
{
    struct json_tokener *tokener = json_tokener_new();
    if (tokener == NULL)
        return tl_error_set(r->error, TL_E_RUNTIME, "out of memory");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *root = json_tokener_parse_ex(tokener, r->text, (int)r->len + 1);
    enum json_tokener_error wrong = json_tokener_get_error(tokener);
    enum tl_failure failure = TL_E_NONE;
    if (wrong != json_tokener_success)
        failure = tl_error_set(r->error, TL_E_USAGE, "%s, line %u: not JSON: %s", r->path,
                               line_of(r, json_tokener_get_parse_end(tokener)), json_tokener_error_desc(wrong));
    else if (!json_object_is_type(root, json_type_object))
        failure = tl_error_set(r->error, TL_E_USAGE, "%s, line 1: it must be one object: { .. }", r->path);
    if (failure == TL_E_NONE) {
        json_object_object_foreach(root, key, value) {
            failure = take(r, key, value);
            if (failure != TL_E_NONE)
                break;
        }
    }
    json_object_put(root);
    json_tokener_free(tokener);
    return failure;
}

static bool find(struct reading *r)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (base != NULL && base[0] == '/')
        snprintf(r->path, sizeof r->path, "%s/taplight/config.json", base);
    else if (home != NULL && home[0] != '\0')
        snprintf(r->path, sizeof r->path, "%s/.config/taplight/config.json", home);
    return r->path[0] != '\0';
}

static enum tl_failure read_file(struct reading *r)
{
    FILE *file = fopen(r->path, "re");
    if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
        return TL_E_NONE;
    if (file == NULL)
        return tl_error_set(r->error, TL_E_RUNTIME, "cannot read %s: %s", r->path, strerror(errno));
    r->len = fread(r->text, 1, sizeof r->text - 1, file);
    bool whole = !ferror(file) && feof(file);
    fclose(file);
    if (!whole)
        return tl_error_set(r->error, TL_E_RUNTIME, "cannot read %s: it cannot be read, or is longer than 64 KiB",
                            r->path);
    r->text[r->len] = '\0';
    return parse(r);
}

enum tl_failure tl_config_load(struct tl_config *config, struct tl_error *error)
{
    *config = (struct tl_config){ .theme = "default",
                                  .time = "day",
                                  .columns = TL_COLUMNS_DEFAULT,
                                  .mouse = true,
                                  .detail = true,
                                  .hex = true,
                                  .order = "packets detail hex" };
    struct reading *r = calloc(1, sizeof *r);
    if (r == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    r->config = config;
    r->error = error;
    enum tl_failure failure = find(r) ? read_file(r) : TL_E_NONE;
    free(r);
    return failure;
}

static void put_text(struct tl_buffer *out, const char *text)
{
    struct json_object *quoted = json_object_new_string(text);
    tl_puts(out, quoted != NULL ? json_object_to_json_string_ext(quoted, JSON_C_TO_STRING_NOSLASHESCAPE) : "\"\"");
    json_object_put(quoted);
}

void tl_config_put(struct tl_buffer *out, const struct tl_config *config)
{
    tl_put_lit(out, "{\n");
    for (size_t i = 0; i < TL_COUNT(settings); i++) {
        const char *at = (const char *)config + settings[i].offset;
        tl_put_format(out, "  \"%s\": ", settings[i].key);
        if (settings[i].choices == NULL)
            tl_puts(out, *(const bool *)at ? "true" : "false");
        else
            put_text(out, at);
        tl_puts(out, i + 1 < TL_COUNT(settings) ? ",\n" : "\n");
    }
    tl_put_lit(out, "}\n");
}
