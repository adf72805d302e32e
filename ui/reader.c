/* reader.c - one thread that decodes what is on the screen, and what of it is chosen. */
#include "ui/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "export/columns.h"
#include "pipeline/detail.h"
#include "dissectors/registry.h"
#include "ui/fetch.h"
#include "ui/packet_tree.h"

enum {
    LINES_KEPT = 2048,    /* lines that were made, a power of two */
    LINE_PLACES = 16,     /* where a line can stand, one behind the other */
    HISTORY_MOST = 4096,  /* packets of a flow that are looked back at */
    HISTORY_ROUND = 16384, /* packets of all flows for the lines of one screen; when they are used up, a flow gets */
    HISTORY_FIRST = 16,   /* so many from its beginning, which tell what it is, */
    HISTORY_LAST = 240,   /* and so many before the packet, which have the message it ends */
    LONE_BEFORE = 32,     /* packets of no flow (fragments) before the first line */
};

struct kept_line {
    struct tl_list_line line;
    uint64_t made; /* when, counted in lines */
};

struct tl_reader {
    struct tl_reader_options options;
    struct tl_protocols protocols;
    struct tl_columns *columns;
    struct tl_detail *detail;
    struct tl_fetch fetch;
    struct tl_buffer text;
    int news;              /* eventfd */
    pthread_t thread;
    bool started;

    pthread_mutex_t lock;  /* the view's and this thread's, for all below */
    pthread_cond_t wanted;
    bool stop, lines_wanted, tree_wanted;
    uint64_t rows[TL_READER_LINES], tree_row;
    uint32_t count;
    struct kept_line *lines; /* owned: that of row r at one of places_of(r) */
    uint64_t lines_made;
    struct tl_packet_tree *tree; /* made and not yet taken */
};

/* --- decoding, in the thread --- */

static void give_before(struct tl_reader *r, uint64_t index)
{
    struct tl_row row;
    struct tl_packet packet;
    if (tl_store_row(r->options.store, index, &row) && tl_fetch_packet(&r->fetch, index, &row, &packet))
        tl_detail_before(r->detail, &packet);
}

/* What came before in the flow: all of it while *budget (packets) lasts, then its first and its last packets. */
static void give_history(struct tl_reader *r, const struct tl_row *row, uint32_t *budget)
{
    uint32_t history[HISTORY_MOST];
    uint32_t count = 0, at = row->previous;
    struct tl_row earlier;
    while (at != TL_STORE_NONE && count < HISTORY_MOST && tl_store_row(r->options.store, at, &earlier)) {
        history[count++] = at;
        at = earlier.previous;
    }
    bool all = count <= *budget;
    *budget -= all ? count : 0;
    for (uint32_t i = count; i-- > 0;) {
        if (all || count - 1 - i < HISTORY_FIRST || i < HISTORY_LAST)
            give_before(r, history[i]);
    }
}

static void give_lone(struct tl_reader *r, uint64_t first)
{
    struct tl_row row;
    for (uint64_t i = first > LONE_BEFORE ? first - LONE_BEFORE : 0; i < first; i++) {
        if (tl_store_row(r->options.store, i, &row) && row.flow == TL_STORE_NONE)
            give_before(r, i);
    }
}

static void copy_column(char *to, size_t room, struct tl_buffer *text)
{
    size_t len = text->len < room ? text->len : room - 1;
    while (len < text->len && len > 0 && (text->data[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(to, text->data, len);
    to[len] = '\0';
    text->len = 0;
}

static void make_line(struct tl_reader *r, struct tl_list_line *line, const struct tl_tree *tree)
{
    struct tl_line found = tl_columns_look(r->columns, tree);
    struct tl_buffer *b = &r->text;
    b->len = 0;
    if (found.source != TL_NO_NODE || found.destination != TL_NO_NODE) {
        tl_columns_put_address(r->columns, b, tree, found.source);
        copy_column(line->source, sizeof line->source, b);
        tl_columns_put_address(r->columns, b, tree, found.destination);
        copy_column(line->destination, sizeof line->destination, b);
    }
    tl_columns_put_protocol(r->columns, b, tree, &found);
    copy_column(line->protocol, sizeof line->protocol, b);
    tl_columns_put_info(r->columns, b, tree, &found);
    if (b->len > 0 && b->data[0] == ' ')
        memmove(b->data, b->data + 1, --b->len);
    copy_column(line->info, sizeof line->info, b);
}

/* The rows of one flow can be any: their low bits say nothing. */
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

/* In the place of the oldest, or of itself. */
static void keep_line(struct tl_reader *r, const struct tl_list_line *line)
{
    pthread_mutex_lock(&r->lock);
    struct kept_line *places = places_of(r, line->row), *place = places;
    for (unsigned i = 0; i < LINE_PLACES && place->line.row != line->row; i++) {
        if (places[i].line.row == line->row || places[i].made < place->made)
            place = &places[i];
    }
    *place = (struct kept_line){ *line, ++r->lines_made };
    pthread_mutex_unlock(&r->lock);
}

static void decode_line(struct tl_reader *r, uint64_t index, const struct tl_row *row)
{
    struct tl_list_line line = { .row = index };
    struct tl_packet packet;
    if (tl_fetch_packet(&r->fetch, index, row, &packet))
        make_line(r, &line, tl_detail_packet(r->detail, &packet));
    else
        line.gone = true;
    keep_line(r, &line);
}

/* Has the flow been given its history in this round? Remembers it. */
static bool is_first_of(uint32_t *flows, uint32_t *count, uint32_t flow)
{
    if (flow == TL_STORE_NONE)
        return false;
    for (uint32_t i = 0; i < *count; i++) {
        if (flows[i] == flow)
            return false;
    }
    flows[(*count)++] = flow;
    return true;
}

/* Are other lines wanted by now? */
static bool is_overtaken(struct tl_reader *r)
{
    pthread_mutex_lock(&r->lock);
    bool overtaken = r->stop || r->lines_wanted;
    pthread_mutex_unlock(&r->lock);
    return overtaken;
}

/* Lines that are there already are decoded again only where a later one of the same flow needs them. */
static void decode_lines(struct tl_reader *r, const uint64_t *rows, uint32_t count)
{
    uint32_t flows[TL_READER_LINES], flow_count = 0, budget = HISTORY_ROUND;
    struct tl_row row;
    uint32_t first = 0, end = count;
    while (first < end && has_line(r, rows[first]))
        first++;
    while (end > first && has_line(r, rows[end - 1]))
        end--;
    if (first == end)
        return;
    tl_detail_begin(r->detail);
    give_lone(r, rows[first]);
    for (uint32_t i = first; i < end; i++) {
        if (!tl_store_row(r->options.store, rows[i], &row)) {
            if (rows[i] < tl_store_first(r->options.store))
                keep_line(r, &(struct tl_list_line){ .row = rows[i], .gone = true });
            continue;
        }
        if (is_first_of(flows, &flow_count, row.flow))
            give_history(r, &row, &budget);
        decode_line(r, rows[i], &row);
        if (is_overtaken(r))
            return;
    }
}

static void decode_tree(struct tl_reader *r, uint64_t index)
{
    struct tl_row row;
    struct tl_packet packet;
    const struct tl_tree *tree = NULL;
    uint32_t budget = HISTORY_MOST;
    tl_detail_begin(r->detail);
    if (tl_store_row(r->options.store, index, &row)) {
        if (row.flow == TL_STORE_NONE)
            give_lone(r, index);
        give_history(r, &row, &budget);
        if (tl_fetch_packet(&r->fetch, index, &row, &packet))
            tree = tl_detail_packet(r->detail, &packet);
    }
    struct tl_packet_tree *made = tl_packet_tree_new(index, &r->protocols, tree);
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
        memcpy(rows, r->rows, sizeof rows);
        *(lines ? &r->lines_wanted : &r->tree_wanted) = false;
        pthread_mutex_unlock(&r->lock);
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
    if (read(r->news, &count, sizeof count) < 0) /* nothing was there */
        return;
}

void tl_reader_want_lines(struct tl_reader *r, const uint64_t *rows, uint32_t count)
{
    pthread_mutex_lock(&r->lock);
    r->count = count < TL_READER_LINES ? count : TL_READER_LINES;
    memcpy(r->rows, rows, r->count * sizeof *rows);
    r->lines_wanted = true;
    pthread_cond_signal(&r->wanted);
    pthread_mutex_unlock(&r->lock);
}

bool tl_reader_line(struct tl_reader *r, uint64_t row, struct tl_list_line *line)
{
    pthread_mutex_lock(&r->lock);
    const struct tl_list_line *kept = find_line(r, row);
    if (kept != NULL)
        *line = *kept;
    pthread_mutex_unlock(&r->lock);
    return kept != NULL;
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

static bool prepare(struct tl_reader *r)
{
    struct tl_detail_options detail = { .interfaces = r->options.interfaces,
                                        .verify_checksums = r->options.verify_checksums,
                                        .secrets = r->options.secrets };
    r->protocols = tl_protocols_all();
    r->columns = tl_columns_new(&r->protocols);
    r->detail = tl_detail_new(&detail);
    r->lines = calloc(LINES_KEPT, sizeof *r->lines);
    for (uint32_t i = 0; r->lines != NULL && i < LINES_KEPT; i++)
        r->lines[i].line.row = UINT64_MAX;
    return r->columns != NULL && r->detail != NULL && r->lines != NULL && tl_fetch_init(&r->fetch, &r->options);
}

struct tl_reader *tl_reader_new(const struct tl_reader_options *options, struct tl_error *error)
{
    struct tl_reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    r->options = *options;
    r->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wanted, NULL);
    if (!prepare(r))
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
    tl_fetch_fini(&r->fetch);
    tl_detail_free(r->detail);
    tl_columns_free(r->columns);
    tl_buffer_fini(&r->text);
    free(r->lines);
    pthread_cond_destroy(&r->wanted);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
