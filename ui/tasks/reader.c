/* reader.c - one thread that decodes the lines on the screen, and the tree of the chosen packet. */
#include "ui/tasks/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "export/datum_text.h"
#include "ui/tasks/colour_rules.h"
#include "ui/tasks/decode.h"
#include "ui/tasks/display_filter.h"
#include "ui/tasks/packet_tree.h"

enum {
    LINES_KEPT = 2048,    /* decoded lines, a power of two */
    LINE_PLACES = 16,     /* consecutive slots where a line can be */
};

/* The fields that are columns. */
struct fields {
    struct tl_predicate *names;
    struct tl_predicate_run *run;
    uint32_t count;
};

struct kept_line {
    struct tl_list_line line;
    uint64_t made; /* when, counted in lines */
};

struct tl_reader {
    struct tl_packet_source source;
    struct tl_decode decode;
    struct fields *fields; /* owned by the thread; NULL: none */
    struct tl_colour_run colours;
    int news;              /* eventfd */
    pthread_t thread;
    bool started;

    pthread_mutex_t lock;  /* of the view and this thread, for all fields below */
    pthread_cond_t wanted;
    bool stop, lines_wanted, tree_wanted;
    uint64_t rows[TL_READER_LINES]; /* that are wanted, ascending */
    uint64_t tree_row;
    uint32_t count;
    struct kept_line *lines; /* owned: that of row r at one of places_of(r) */
    uint64_t lines_made;
    struct tl_packet_tree *tree; /* made, and not yet taken */
    struct fields *next_fields;  /* owned: in place of the present ones, once the thread takes them */
};

/* --- decoding, in the thread --- */

/* Rows of one flow are irregular: their low bits do not spread them. */
static struct kept_line *places_of(struct tl_reader *r, uint64_t row)
{
    uint64_t hash = row * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    return &r->lines[hash % (LINES_KEPT / LINE_PLACES) * LINE_PLACES];
}

static const struct tl_list_line *find_line(struct tl_reader *r, uint64_t row)
{
    const struct kept_line *places = places_of(r, row);
    for (unsigned i = 0; i < LINE_PLACES; i++) {
        if (places[i].line.row == row)
            return &places[i].line;
    }
    return NULL;
}

static bool has_line(struct tl_reader *r, uint64_t row)
{
    pthread_mutex_lock(&r->lock);
    bool has = find_line(r, row) != NULL;
    pthread_mutex_unlock(&r->lock);
    return has;
}

/* Replaces the oldest line, or the same one. Not with fields that are wanted no more. */
static void keep_line(struct tl_reader *r, const struct tl_list_line *line)
{
    pthread_mutex_lock(&r->lock);
    if (r->next_fields != NULL) {
        pthread_mutex_unlock(&r->lock);
        return;
    }
    struct kept_line *places = places_of(r, line->row), *place = places;
    for (unsigned i = 0; i < LINE_PLACES && place->line.row != line->row; i++) {
        if (places[i].line.row == line->row || places[i].made < place->made)
            place = &places[i];
    }
    *place = (struct kept_line){ *line, ++r->lines_made };
    pthread_mutex_unlock(&r->lock);
}

static void free_fields(struct fields *f)
{
    if (f == NULL)
        return;
    tl_predicate_run_free(f->run);
    tl_predicate_free(f->names);
    free(f);
}

/* The values, with commas between those of one field. */
static void read_fields(struct tl_reader *r, const struct tl_tree *tree, struct tl_list_line *line)
{
    const struct tl_scene scene = tl_decode_scene(&r->decode, tree);
    struct tl_buffer *b = &r->decode.text;
    const struct tl_field *field;
    struct tl_raw raw;
    uint32_t count;
    size_t used = 0, room = sizeof line->fields / r->fields->count;
    tl_raw_init(&raw, &r->decode.protocols, tree);
    tl_predicate_read(r->fields->run, &scene);
    for (uint32_t i = 0; i < r->fields->count; i++) {
        const struct tl_datum *values = tl_predicate_values(r->fields->run, i, &count, &field);
        b->len = 0;
        for (uint32_t k = 0; k < count && b->len < room; k++) {
            if (k > 0)
                tl_put_char(b, ',');
            tl_put_datum(b, &values[k], field, &raw);
        }
        size_t len = b->len < room - 1 ? b->len : room - 2;
        while (len < b->len && len > 0 && (b->data[len] & 0xc0) == 0x80)
            len--; /* whole characters */
        if (len > 0)
            memcpy(line->fields + used, b->data, len);
        used += len;
        line->fields[used++] = '\n';
    }
    tl_predicate_read_end(r->fields->run);
    line->fields[used < sizeof line->fields ? used : used - 1] = '\0';
    b->len = 0;
}

static void decode_line(struct tl_reader *r, uint64_t index)
{
    struct tl_list_line line = { .row = index };
    struct tl_row row;
    if (!tl_store_row(r->source.store, index, &row)) {
        line.gone = true;
        if (index < tl_store_first(r->source.store))
            keep_line(r, &line);
        return;
    }
    const struct tl_tree *tree = tl_decode_row(&r->decode, index, &row);
    if (tree != NULL)
        tl_decode_line(&r->decode, tree, &line);
    else
        line.gone = true;
    if (tree != NULL && r->fields != NULL && r->fields->count > 0)
        read_fields(r, tree, &line);
    if (tree != NULL) {
        const struct tl_scene scene = tl_decode_scene(&r->decode, tree);
        line.colours = tl_colour_run_ask(&r->colours, &scene);
    }
    keep_line(r, &line);
}

/* Other lines are wanted by now. */
static bool is_overtaken(struct tl_reader *r)
{
    pthread_mutex_lock(&r->lock);
    bool overtaken = r->stop || r->lines_wanted;
    pthread_mutex_unlock(&r->lock);
    return overtaken;
}

/* Lines that are there already are decoded again only if a later one of the same flow needs them. */
static void decode_lines(struct tl_reader *r, const uint64_t *rows, uint32_t count)
{
    uint32_t first = 0, end = count;
    while (first < end && has_line(r, rows[first]))
        first++;
    while (end > first && has_line(r, rows[end - 1]))
        end--;
    if (first == end)
        return;
    tl_decode_begin(&r->decode, rows[first], rows[end - 1] - rows[first] != end - 1 - first);
    for (uint32_t i = first; i < end && !is_overtaken(r); i++)
        decode_line(r, rows[i]);
}

static void decode_tree(struct tl_reader *r, uint64_t index)
{
    struct tl_row row;
    const struct tl_tree *tree = NULL;
    tl_decode_begin(&r->decode, index, false);
    if (tl_store_row(r->source.store, index, &row))
        tree = tl_decode_row(&r->decode, index, &row);
    struct tl_packet_tree *made = tl_packet_tree_new(index, &r->decode.protocols, tree, &r->decode.comments);
    if (made != NULL && tree != NULL)
        tl_packet_tree_make_filters(made, &r->decode.protocols, tree);
    pthread_mutex_lock(&r->lock);
    struct tl_packet_tree *old = r->tree;
    r->tree = made;
    pthread_mutex_unlock(&r->lock);
    tl_packet_tree_free(old);
}

static void tell(const struct tl_reader *r)
{
    uint64_t one = 1;
    if (write(r->news, &one, sizeof one) < 0) /* full: it is readable already */
        return;
}

static void *run(void *context)
{
    struct tl_reader *r = context;
    uint64_t rows[TL_READER_LINES];
    pthread_mutex_lock(&r->lock);
    while (!r->stop) {
        if (!r->lines_wanted && !r->tree_wanted) {
            pthread_cond_wait(&r->wanted, &r->lock);
            continue;
        }
        bool lines = r->lines_wanted;
        uint64_t row = r->tree_row;
        uint32_t count = r->count;
        struct fields *before = r->fields;
        if (r->next_fields != NULL)
            r->fields = r->next_fields;
        before = before != r->fields ? before : NULL;
        r->next_fields = NULL;
        memcpy(rows, r->rows, count * sizeof rows[0]);
        *(lines ? &r->lines_wanted : &r->tree_wanted) = false;
        pthread_mutex_unlock(&r->lock);
        free_fields(before);
        if (lines)
            decode_lines(r, rows, count);
        else
            decode_tree(r, row);
        tell(r);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* --- asking, in the view --- */

int tl_reader_fd(const struct tl_reader *r)
{
    return r->news;
}

void tl_reader_news(struct tl_reader *r)
{
    uint64_t count;
    if (read(r->news, &count, sizeof count) < 0) /* there was no news */
        return;
}

void tl_reader_want_lines(struct tl_reader *r, const uint64_t *rows, uint32_t count)
{
    pthread_mutex_lock(&r->lock);
    r->count = count < TL_READER_LINES ? count : TL_READER_LINES;
    memcpy(r->rows, rows, r->count * sizeof rows[0]);
    r->lines_wanted = true;
    pthread_cond_signal(&r->wanted);
    pthread_mutex_unlock(&r->lock);
}

bool tl_reader_line(struct tl_reader *r, uint64_t row, struct tl_list_line *line)
{
    pthread_mutex_lock(&r->lock);
    const struct tl_list_line *kept = find_line(r, row);
    bool found = kept != NULL;
    if (found)
        *line = *kept;
    pthread_mutex_unlock(&r->lock);
    return found;
}

static struct fields *new_fields(const char *const *keys, uint32_t count)
{
    const struct tl_names names = tl_display_filter_names();
    struct tl_problem problem;
    struct fields *f = calloc(1, sizeof *f);
    if (f == NULL || count == 0)
        return f;
    *f = (struct fields){ .names = tl_predicate_of_names(keys, count, &names, &problem), .count = count };
    if (f->names != NULL)
        f->run = tl_predicate_run_new(f->names);
    if (f->run == NULL) {
        free_fields(f);
        return NULL;
    }
    return f;
}

static void forget_lines(struct tl_reader *r)
{
    for (uint32_t i = 0; i < LINES_KEPT; i++)
        r->lines[i].line.row = UINT64_MAX;
}

bool tl_reader_want_fields(struct tl_reader *r, const char *const *keys, uint32_t count)
{
    struct fields *wanted = new_fields(keys, count);
    if (wanted == NULL)
        return false;
    pthread_mutex_lock(&r->lock);
    struct fields *before = r->next_fields;
    r->next_fields = wanted;
    forget_lines(r);
    pthread_mutex_unlock(&r->lock);
    free_fields(before);
    return true;
}

void tl_reader_want_tree(struct tl_reader *r, uint64_t row)
{
    pthread_mutex_lock(&r->lock);
    r->tree_row = row;
    r->tree_wanted = true;
    pthread_cond_signal(&r->wanted);
    pthread_mutex_unlock(&r->lock);
}

struct tl_packet_tree *tl_reader_take_tree(struct tl_reader *r)
{
    pthread_mutex_lock(&r->lock);
    struct tl_packet_tree *tree = r->tree;
    r->tree = NULL;
    pthread_mutex_unlock(&r->lock);
    return tree;
}

/* --- the whole --- */

static bool prepare(struct tl_reader *r, const struct tl_colour_rules *rules)
{
    r->lines = calloc(LINES_KEPT, sizeof *r->lines);
    if (r->lines != NULL)
        forget_lines(r);
    bool colours = tl_colour_run_init(&r->colours, rules);
    return tl_decode_init(&r->decode, &r->source) && r->lines != NULL && colours;
}

struct tl_reader *tl_reader_new(const struct tl_packet_source *source, const struct tl_colour_rules *rules,
                                struct tl_error *error)
{
    struct tl_reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    r->source = *source;
    r->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wanted, NULL);
    if (!prepare(r, rules))
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else if (r->news < 0 || pthread_create(&r->thread, NULL, run, r) != 0)
        tl_error_set(error, TL_E_RUNTIME, "cannot start a thread");
    else
        r->started = true;
    if (r->started)
        return r;
    tl_reader_free(r);
    return NULL;
}

void tl_reader_free(struct tl_reader *r)
{
    if (r == NULL)
        return;
    if (r->started) {
        pthread_mutex_lock(&r->lock);
        r->stop = true;
        pthread_cond_signal(&r->wanted);
        pthread_mutex_unlock(&r->lock);
        pthread_join(r->thread, NULL);
    }
    if (r->news >= 0)
        close(r->news);
    tl_packet_tree_free(r->tree);
    free_fields(r->fields);
    free_fields(r->next_fields);
    tl_colour_run_fini(&r->colours);
    tl_decode_fini(&r->decode);
    free(r->lines);
    pthread_cond_destroy(&r->wanted);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
