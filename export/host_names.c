/* host_names.c - the table of names by address, and the marks that stand for them in text. */
#include "export/host_names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/json.h"

/* Text has no control characters: these begin a mark, and a name that was learned. */
enum { MARK = 0x01, LEARN = 0x02 };

enum { NAME_MOST = 255, LINE_MOST = 4096, MARK_BOTH = 1, MARK_V6 = 2 };

struct host {
    uint8_t address[16]; /* 4 bytes of it for IPv4 */
    bool v6, fixed;      /* fixed: from a file */
    uint8_t len;
    char *name;          /* owned; NULL: an empty slot */
};

struct tl_host_names {
    struct host *slots;
    size_t count, room, used, memory;
    bool answers;
};

/* --- the table --- */

static size_t slot_of(const struct tl_host_names *names, const uint8_t *address, bool v6)
{
    uint64_t hash = v6;
    size_t n = v6 ? 16 : 4;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ address[i]) * UINT64_C(0x100000001b3);
    size_t at = (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (names->room - 1);
    for (;; at = (at + 1) & (names->room - 1)) {
        const struct host *host = &names->slots[at];
        if (host->name == NULL || (host->v6 == v6 && memcmp(host->address, address, n) == 0))
            return at;
    }
}

static bool grow(struct tl_host_names *names)
{
    size_t room = names->room > 0 ? names->room * 2 : 256, old_room = names->room;
    struct host *old = names->slots;
    if (names->used + room * sizeof *old > names->memory)
        return false;
    names->slots = calloc(room, sizeof *old);
    if (names->slots == NULL) {
        names->slots = old;
        return false;
    }
    names->room = room;
    names->used += (room - old_room) * sizeof *old;
    for (size_t i = 0; i < old_room; i++) {
        if (old[i].name != NULL)
            names->slots[slot_of(names, old[i].address, old[i].v6)] = old[i];
    }
    free(old);
    return true;
}

static const struct host *find(const struct tl_host_names *names, const uint8_t *address, bool v6)
{
    if (names->room == 0)
        return NULL;
    const struct host *host = &names->slots[slot_of(names, address, v6)];
    return host->name != NULL ? host : NULL;
}

/* The last DNS answer counts; of a file the first line. */
static void learn(struct tl_host_names *names, const uint8_t *address, bool v6, const uint8_t *name, size_t len,
                  bool fixed)
{
    if (len == 0 || len > NAME_MOST || (names->count * 4 >= names->room * 3 && !grow(names)))
        return;
    struct host *host = &names->slots[slot_of(names, address, v6)];
    bool is_new = host->name == NULL;
    if (!is_new && (host->fixed || (host->len == len && memcmp(host->name, name, len) == 0)))
        return;
    char *copy = names->used + len <= names->memory ? malloc(len) : NULL;
    if (copy == NULL)
        return;
    memcpy(copy, name, len);
    names->used += len - (is_new ? 0 : host->len);
    free(host->name);
    *host = (struct host){ .v6 = v6, .fixed = fixed, .len = (uint8_t)len, .name = copy };
    memcpy(host->address, address, v6 ? 16 : 4);
    names->count += is_new;
}

struct tl_host_names *tl_host_names_new(size_t memory, bool answers)
{
    struct tl_host_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return NULL;
    names->memory = memory;
    names->answers = answers;
    return names;
}

void tl_host_names_free(struct tl_host_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->room; i++)
        free(names->slots[i].name);
    free(names->slots);
    free(names);
}

/* --- hosts files --- */

static bool read_address(const char *text, uint8_t address[16], bool *v6)
{
    *v6 = strchr(text, ':') != NULL;
    return inet_pton(*v6 ? AF_INET6 : AF_INET, text, address) == 1;
}

static void read_line(struct tl_host_names *names, char *line)
{
    uint8_t address[16];
    bool v6;
    char *rest = NULL;
    line[strcspn(line, "#\r\n")] = '\0';
    const char *first = strtok_r(line, " \t", &rest), *name = strtok_r(NULL, " \t", &rest);
    if (first == NULL || name == NULL || !read_address(first, address, &v6))
        return;
    struct tl_buffer safe = { 0 };
    tl_put_safe_text(&safe, (const uint8_t *)name, strlen(name));
    if (!safe.failed)
        learn(names, address, v6, safe.data, safe.len, true);
    tl_buffer_fini(&safe);
}

enum tl_failure tl_host_names_read(struct tl_host_names *names, const char *path, struct tl_error *error)
{
    char line[LINE_MOST];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                            "cannot read the hosts file %s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, file) != NULL)
        read_line(names, line);
    bool failed = ferror(file) != 0;
    fclose(file);
    return failed ? tl_error_set(error, TL_E_RUNTIME, "cannot read the hosts file %s: %s", path, strerror(errno))
                  : TL_E_NONE;
}

/* --- in the workers --- */

void tl_host_names_mark(struct tl_buffer *out, const uint8_t *address, bool v6, uint32_t width, bool both)
{
    const uint8_t head[4] = { MARK, (uint8_t)((both ? MARK_BOTH : 0) | (v6 ? MARK_V6 : 0)), (uint8_t)width,
                              (uint8_t)(width >> 8) };
    tl_put(out, head, sizeof head);
    tl_put(out, address, v6 ? 16 : 4);
}

static void note(struct tl_buffer *out, const uint8_t *address, bool v6, struct tl_bytes name)
{
    const uint8_t head[3] = { LEARN, v6 ? MARK_V6 : 0, (uint8_t)name.len };
    tl_put(out, head, sizeof head);
    tl_put(out, address, v6 ? 16 : 4);
    tl_put(out, name.data, name.len);
}

/* Returns the value of a key in a record; NULL: it is not there, or of another type. */
static const void *value_of(const struct tl_record_def *def, const struct tl_record *record, const char *key,
                            enum tl_record_type type)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        if (strcmp(def->fields[i].key, key) == 0 && def->fields[i].type == type && (record->set >> i & 1) != 0)
            return (const uint8_t *)record + def->fields[i].offset;
    }
    return NULL;
}

void tl_host_names_note(const struct tl_host_names *names, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_record *record)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    bool v6;
    if (!names->answers || strcmp(def->path, "dns") != 0)
        return;
    const struct tl_bytes *query = value_of(def, record, "query", TL_REC_TEXT);
    const struct tl_text_list *answers = value_of(def, record, "answers", TL_REC_TEXTS);
    if (query == NULL || answers == NULL)
        return;
    struct tl_buffer safe = { 0 };
    tl_put_safe_escaped(&safe, query->data, query->len);
    for (uint32_t i = 0; i < answers->count && !safe.failed && safe.len > 0 && safe.len <= NAME_MOST; i++) {
        if (answers->items[i].len >= sizeof text)
            continue;
        memcpy(text, answers->items[i].data, answers->items[i].len);
        text[answers->items[i].len] = '\0';
        if (read_address(text, address, &v6))
            note(out, address, v6, tl_bytes_of(safe.data, safe.len));
    }
    tl_buffer_fini(&safe);
}

/* --- in the thread that writes --- */

static void put_address(struct tl_buffer *out, const uint8_t *address, bool v6)
{
    if (v6)
        tl_put_ipv6(out, address);
    else
        tl_put_ipv4(out, address);
}

static void fill_mark(const struct tl_host_names *names, struct tl_buffer *out, const uint8_t *mark)
{
    bool v6 = (mark[1] & MARK_V6) != 0, both = (mark[1] & MARK_BOTH) != 0;
    uint32_t width = mark[2] | (uint32_t)mark[3] << 8, shown = 0;
    const struct host *host = find(names, mark + 4, v6);
    size_t from = out->len;
    if (host != NULL)
        tl_put(out, host->name, host->len);
    if (host != NULL && both)
        tl_put_lit(out, " (");
    if (host == NULL || both)
        put_address(out, mark + 4, v6);
    if (host != NULL && both)
        tl_put_char(out, ')');
    for (size_t i = from; i < out->len && !out->failed; i++)
        shown += (out->data[i] & 0xc0) != 0x80;
    for (; shown < width; shown++)
        tl_put_char(out, ' ');
}

void tl_host_names_fill(struct tl_host_names *names, struct tl_buffer *out, const uint8_t *text, size_t len)
{
    size_t plain = 0;
    for (size_t at = 0; at < len;) {
        if (text[at] != MARK && text[at] != LEARN) {
            at++;
            continue;
        }
        bool learns = text[at] == LEARN;
        size_t head = learns ? 3 : 4;
        if (at > plain)
            tl_put(out, text + plain, at - plain);
        if (len - at < head)
            return; /* a batch that ran out of memory: the run reports it */
        size_t n = (text[at + 1] & MARK_V6) != 0 ? 16 : 4, name = learns ? text[at + 2] : 0;
        if (len - at - head < n + name)
            return;
        if (learns)
            learn(names, text + at + head, n == 16, text + at + head + n, name, false);
        else
            fill_mark(names, out, text + at);
        at += head + n + name;
        plain = at;
    }
    if (len > plain)
        tl_put(out, text + plain, len - plain);
}
