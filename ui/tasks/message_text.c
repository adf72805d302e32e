/* message_text.c - puts a mail, an HTTP exchange or a file together for a reader. */
#include "ui/tasks/message_text.h"

#include <stdlib.h>
#include <string.h>

#include "export/json.h"

enum { HEADS = 64, HEAD_MOST = 16 << 10, URI_MOST = 2048, BRANCHES = 256 };

enum form { MAIL, EXCHANGE, BYTES };

/* Of a request or a response. */
struct head {
    bool response;
    uint32_t row; /* its packet */
    struct tl_buffer text;
};

struct tl_message_text {
    enum form form;
    struct tl_buffer header;      /* of a mail */
    struct head heads[HEADS];     /* in the order of the flow; when it is full the newest takes the last place */
    uint32_t count;
    char uri[URI_MOST];           /* of the record; "": not known */
    char status[24];
    struct tl_buffer known[2];    /* of the request and the response: what the record has of their heads */
};

struct tl_message_text *tl_message_text_new(const char *path)
{
    static const struct {
        const char *path;
        enum form form;
    } kinds[] = { { "http", EXCHANGE }, { "smtp", MAIL }, { "mail", MAIL }, { "files", BYTES } };
    for (unsigned i = 0; i < TL_COUNT(kinds); i++) {
        if (strcmp(path, kinds[i].path) != 0)
            continue;
        struct tl_message_text *m = calloc(1, sizeof *m);
        if (m != NULL)
            m->form = kinds[i].form;
        return m;
    }
    return NULL;
}

void tl_message_text_free(struct tl_message_text *m)
{
    for (uint32_t i = 0; m != NULL && i < HEADS; i++)
        tl_buffer_fini(&m->heads[i].text);
    for (unsigned i = 0; m != NULL && i < 2; i++)
        tl_buffer_fini(&m->known[i]);
    if (m != NULL)
        tl_buffer_fini(&m->header);
    free(m);
}

/* --- heads of HTTP --- */

static const char *key_of(const struct tl_protocols *protocols, const struct tl_tree_line *line)
{
    const struct tl_protocol *p = protocols->items[line->protocol];
    bool wire = line->field != TL_LAYER && (p->fields[line->field].flags & TL_DERIVED) == 0;
    return wire ? p->fields[line->field].key : NULL;
}

/* The value of a line of the tree, which is "Label: value". */
static struct tl_bytes value_in(const struct tl_packet_tree *tree, const struct tl_tree_line *line)
{
    const char *text = tree->text + line->text;
    for (uint32_t i = 0; i + 1 < line->text_len; i++) {
        if (text[i] == ':' && text[i + 1] == ' ')
            return tl_bytes_of(text + i + 2, line->text_len - i - 2);
    }
    return tl_bytes_of("", 0);
}

static bool is_of_start(const char *key)
{
    static const char *const keys[] = { "http.request.method", "http.request.uri", "http.request.version",
                                        "http.response.version", "http.response.code", "http.response.phrase" };
    for (unsigned i = 0; i < TL_COUNT(keys); i++) {
        if (strcmp(key, keys[i]) == 0)
            return true;
    }
    return false;
}

/* Header fields that have no field of their own are lines with both name and value. */
static bool is_line(const char *key)
{
    return strcmp(key, "http.unknown_header") == 0 || strcmp(key, "http.request.line") == 0 ||
           strcmp(key, "http.response.line") == 0;
}

static void put_line(struct head *head, const struct tl_packet_tree *tree, const struct tl_tree_line *line,
                     const char *key)
{
    struct tl_bytes value = value_in(tree, line);
    if (head->text.len + line->text_len > HEAD_MOST)
        return;
    if (is_of_start(key)) {
        if (head->text.len > 0)
            tl_put_char(&head->text, ' ');
        tl_put(&head->text, value.data, value.len);
        return;
    }
    tl_put_char(&head->text, '\n');
    if (is_line(key))
        tl_put(&head->text, value.data, value.len);
    else
        tl_put(&head->text, tree->text + line->text, line->text_len);
}

static struct head *next_head(struct tl_message_text *m, uint32_t row, bool response)
{
    struct head *head = &m->heads[m->count < HEADS ? m->count : HEADS - 1];
    m->count += m->count < HEADS;
    head->text.len = 0;
    head->row = row;
    head->response = response;
    return head;
}

void tl_message_text_tree(struct tl_message_text *m, uint32_t row, const struct tl_protocols *protocols,
                          const struct tl_packet_tree *tree)
{
    struct head *head = NULL;
    if (m == NULL || m->form != EXCHANGE || tree == NULL)
        return;
    for (uint32_t i = 0; i < tree->line_count; i++) {
        const struct tl_tree_line *line = &tree->lines[i];
        if (line->node == TL_NO_NODE)
            continue;
        if (line->layer) {
            head = NULL;
            continue;
        }
        const char *key = key_of(protocols, line);
        if (key == NULL || strncmp(key, "http.", 5) != 0)
            continue;
        bool request = strcmp(key, "http.request.method") == 0, response = strcmp(key, "http.response.version") == 0;
        if (request || response)
            head = next_head(m, row, response);
        if (head != NULL && line->depth <= 1)
            put_line(head, tree, line, key);
    }
}

/* Whether the first line has this word. */
static bool starts_with(const struct head *head, const char *word)
{
    size_t n = strlen(word);
    const uint8_t *text = head->text.data, *end = head->text.len > 0 ? memchr(text, '\n', head->text.len) : NULL;
    size_t len = end != NULL ? (size_t)(end - text) : head->text.len;
    for (size_t i = 1; i + n <= len; i++) {
        if (text[i - 1] == ' ' && memcmp(text + i, word, n) == 0 && (i + n == len || text[i + n] == ' '))
            return true;
    }
    return false;
}

/* The first request with the URI of the record; the last response with its code: the record is complete then. */
static const struct head *find_head(const struct tl_message_text *m, bool response)
{
    const char *word = response ? m->status : m->uri;
    const struct head *found = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct head *head = &m->heads[i];
        if (head->response == response && word[0] != '\0' && starts_with(head, word) && (response || found == NULL))
            found = head;
    }
    return found;
}

/* --- records --- */

static const void *value_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++)
        if (strcmp(def->fields[i].key, key) == 0)
            return record->set >> i & 1 ? (const uint8_t *)record + def->fields[i].offset : NULL;
    return NULL;
}

static void put_field(struct tl_buffer *out, const char *label, const struct tl_bytes *value)
{
    if (value == NULL)
        return;
    tl_put_format(out, "%s: ", label);
    tl_put_safe_text(out, value->data, value->len);
    tl_put_char(out, '\n');
}

static void put_list(struct tl_buffer *out, const char *label, const struct tl_text_list *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        tl_put_format(out, "%s%s", i == 0 ? label : ", ", i == 0 ? ": " : "");
        tl_put_safe_text(out, list->items[i].data, list->items[i].len);
    }
    if (list != NULL && list->count > 0)
        tl_put_char(out, '\n');
}

/* The names are those of RFC 5322; texts were decoded (RFC 2047) when the record was made. */
static void read_mail(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record)
{
    put_field(out, "From", value_of(def, record, "from"));
    put_list(out, "To", value_of(def, record, "to"));
    put_list(out, "Cc", value_of(def, record, "cc"));
    put_field(out, "Reply-To", value_of(def, record, "reply_to"));
    put_field(out, "Date", value_of(def, record, "date"));
    put_field(out, "Subject", value_of(def, record, "subject"));
    put_field(out, "Message-ID", value_of(def, record, "msg_id"));
    put_field(out, "In-Reply-To", value_of(def, record, "in_reply_to"));
    put_field(out, "User-Agent", value_of(def, record, "user_agent"));
}

static void put_word(struct tl_buffer *out, const struct tl_bytes *value, char after)
{
    if (value == NULL)
        return;
    tl_put_safe_text(out, value->data, value->len);
    tl_put_char(out, after);
}

/* For heads that are no lines on the wire, as in HTTP/2, and for those that are gone. */
static void read_heads(struct tl_message_text *m, const struct tl_record_def *def, const struct tl_record *record)
{
    const struct tl_bytes *version = value_of(def, record, "version");
    const uint64_t *status = value_of(def, record, "status_code");
    put_word(&m->known[0], value_of(def, record, "method"), ' ');
    put_word(&m->known[0], value_of(def, record, "uri"), version != NULL ? ' ' : '\n');
    if (version != NULL)
        tl_put_lit(&m->known[0], "HTTP/");
    put_word(&m->known[0], version, '\n');
    put_field(&m->known[0], "Host", value_of(def, record, "host"));
    put_field(&m->known[0], "User-Agent", value_of(def, record, "user_agent"));
    put_field(&m->known[0], "Referer", value_of(def, record, "referrer"));
    if (status == NULL)
        return;
    if (version != NULL)
        tl_put_lit(&m->known[1], "HTTP/");
    const struct tl_bytes *phrase = value_of(def, record, "status_msg");
    put_word(&m->known[1], version, ' ');
    tl_put_format(&m->known[1], "%llu%c", (unsigned long long)*status, phrase != NULL ? ' ' : '\n');
    put_word(&m->known[1], phrase, '\n');
}

void tl_message_text_record(struct tl_message_text *m, const struct tl_record_def *def, const struct tl_record *record)
{
    if (m == NULL)
        return;
    if (m->form == MAIL)
        read_mail(&m->header, def, record);
    if (m->form != EXCHANGE)
        return;
    read_heads(m, def, record);
    const struct tl_bytes *uri = value_of(def, record, "uri");
    const uint64_t *status = value_of(def, record, "status_code");
    struct tl_buffer safe = { 0 };
    if (uri != NULL)
        tl_put_safe_text(&safe, uri->data, uri->len);
    if (!safe.failed && safe.len > 0 && safe.len < URI_MOST)
        memcpy(m->uri, safe.data, safe.len);
    if (status != NULL)
        snprintf(m->status, sizeof m->status, "%llu", (unsigned long long)*status);
    tl_buffer_fini(&safe);
}

/* --- the page --- */

/* The facts of a file as a heading, and its content. */
static void put_file(const struct tl_page_files *files, const char *fuid, struct tl_page *page, bool bytes)
{
    struct tl_buffer head = { 0 }, content = { 0 };
    bool known = bytes ? tl_page_files_put_bytes(files, fuid, page->source->secrets, &head, &content)
                       : tl_page_files_put(files, fuid, page->source->secrets, &head, &content);
    if (known) {
        tl_page_add(page, TL_PAGE_HEADING, TL_STORE_NONE, (const char *)head.data, head.len);
        tl_page_add_lines(page, TL_PAGE_FIELD, TL_STORE_NONE, &content);
    }
    page->full |= head.failed || content.failed;
    tl_buffer_fini(&head);
    tl_buffer_fini(&content);
}

/* A line of the tree of a mail. */
struct branch {
    unsigned level;
    size_t text, len; /* in `text` of the branches */
};

struct branches {
    struct branch items[BRANCHES];
    uint32_t count;
    struct tl_buffer text;
};

static void add_branch(struct branches *b, unsigned level, size_t text)
{
    if (b->count < BRANCHES && b->text.len > text)
        b->items[b->count++] = (struct branch){ level, text, b->text.len - text };
}

/* What began around a part: lines of a digit for the level, and a text. */
static void add_outline(struct branches *b, struct tl_bytes outline)
{
    for (uint32_t i = 0; i < outline.len;) {
        const uint8_t *newline = memchr(outline.data + i, '\n', outline.len - i);
        uint32_t end = newline != NULL ? (uint32_t)(newline - outline.data) : outline.len;
        size_t from = b->text.len;
        if (end > i + 1)
            tl_put_safe_text(&b->text, outline.data + i + 1, end - i - 1);
        add_branch(b, (unsigned)(outline.data[i] - '0'), from);
        i = end + 1;
    }
}

/* Another one of this level follows, before one further out. */
static bool goes_on(const struct branches *b, uint32_t i, unsigned level)
{
    for (i++; i < b->count && b->items[i].level >= level; i++)
        if (b->items[i].level == level)
            return true;
    return false;
}

/* The parts as a tree, each with its kind and size; multiparts, and the heads of messages inside the mail. */
static void put_parts(const struct tl_page_files *files, const struct tl_page_fuids *fuids, struct tl_page *page)
{
    struct branches b = { .count = 0 };
    for (uint32_t i = 0; i < fuids->count; i++) {
        unsigned level;
        add_outline(&b, tl_page_files_outline(files, fuids->text[i], &level));
        size_t from = b.text.len;
        if (tl_page_files_put_facts(files, fuids->text[i], &b.text))
            add_branch(&b, level, from);
    }
    for (uint32_t i = 0; i < b.count && !b.text.failed; i++) {
        struct tl_buffer line = { 0 };
        for (unsigned level = 1; level < b.items[i].level; level++)
            tl_puts(&line, goes_on(&b, i, level) ? "|  " : "   ");
        if (b.items[i].level > 0)
            tl_puts(&line, goes_on(&b, i, b.items[i].level) ? "|- " : "`- ");
        tl_put(&line, b.text.data + b.items[i].text, b.items[i].len);
        tl_page_add(page, TL_PAGE_FIELD, TL_STORE_NONE, (const char *)line.data, line.len);
        tl_buffer_fini(&line);
    }
    page->full |= b.text.failed;
    tl_buffer_fini(&b.text);
}

static void put_mail(const struct tl_message_text *m, const struct tl_page_files *files,
                     const struct tl_page_fuids *fuids, struct tl_page *page)
{
    tl_page_add_text(page, TL_PAGE_HEADING, "Message");
    tl_page_add_lines(page, TL_PAGE_FIELD, TL_STORE_NONE, &m->header);
    if (fuids->count == 0)
        return;
    tl_page_add_text(page, TL_PAGE_HEADING, fuids->count > 1 ? "Parts" : "Content");
    put_parts(files, fuids, page);
    for (uint32_t i = 0; i < fuids->count; i++) {
        if (tl_page_files_is_text(files, fuids->text[i]))
            put_file(files, fuids->text[i], page, false);
    }
}

static void put_half(const struct tl_message_text *m, bool response, const struct tl_page_files *files,
                     const struct tl_page_fuids *fuids, struct tl_page *page)
{
    const struct head *head = find_head(m, response);
    uint32_t from = response ? 0 : fuids->requests, to = response ? fuids->requests : fuids->count;
    tl_page_add_text(page, TL_PAGE_HEADING, response ? "Response" : "Request");
    if (head != NULL)
        tl_page_add_lines(page, TL_PAGE_FIELD, head->row, &head->text);
    else if (m->known[response].len > 0)
        tl_page_add_lines(page, TL_PAGE_FIELD, TL_STORE_NONE, &m->known[response]);
    else
        tl_page_add_text(page, TL_PAGE_WRONG, "its head was not seen, or cannot be read again");
    for (uint32_t i = from; i < to; i++)
        put_file(files, fuids->text[i], page, false);
}

void tl_message_text_put(const struct tl_message_text *m, const struct tl_page_files *files,
                         const struct tl_page_fuids *fuids, struct tl_page *page)
{
    if (m == NULL || files == NULL)
        return;
    if (m->form == MAIL) {
        put_mail(m, files, fuids, page);
    } else if (m->form == EXCHANGE) {
        put_half(m, false, files, fuids, page);
        put_half(m, true, files, fuids, page);
    } else if (fuids->count > 0) {
        put_file(files, fuids->text[0], page, true);
    }
}
