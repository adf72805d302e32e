/* transaction_page.c - decodes the flow up to the packet that completed the transaction. */
#include "ui/tasks/transaction_page.h"

#include <stdlib.h>
#include <string.h>

#include "dissectors/registry.h"
#include "export/comments.h"
#include "export/local_time.h"
#include "ui/store/store_sink.h"
#include "ui/tasks/decode.h"
#include "ui/tasks/packet_tree.h"
#include "ui/tasks/record_text.h"

enum {
    FLOW_MOST = 65536,   /* packets of the flow that are decoded, up to the last of the transaction */
    PACKETS_MOST = 1000, /* packets that are listed */
};

/* --- the record --- */

static void put_end(struct tl_buffer *b, const char *key, const struct tl_flow_id *id, bool orig)
{
    const uint8_t *address = orig ? id->orig_addr : id->resp_addr;
    tl_put_format(b, "%-21s ", key);
    if (id->version == 4)
        tl_put_ipv4(b, address);
    else
        tl_put_ipv6(b, address);
    tl_put_format(b, " port %u\n", orig ? id->orig_port : id->resp_port);
}

static void put_flow(struct tl_buffer *b, const struct tl_flow_id *id)
{
    put_end(b, "id.orig", id, true);
    put_end(b, "id.resp", id, false);
    tl_put_format(b, "%-21s %s\n", "uid", id->uid);
    if (id->community_id[0] != '\0')
        tl_put_format(b, "%-21s %s\n", "community_id", id->community_id);
    if (id->decrypted)
        tl_put_format(b, "%-21s %s\n", "decrypted", "true");
}

/* The same record: kind, time and summary. The first of equal ones is taken. */
static void take_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                        const struct tl_flow_id *id)
{
    struct tl_transaction_page *p = context;
    const struct tl_transaction *wanted = &p->transaction;
    tl_page_files_record(p->files, def, record);
    if (p->found || def->summary[0] == NULL || record->ts != wanted->ts || strcmp(def->path, wanted->path) != 0)
        return;
    struct tl_transaction t = tl_transaction_of(def, record);
    if (strcmp(t.text, wanted->text) != 0)
        return;
    struct tl_buffer text = { 0 };
    tl_put_record_text(&text, def, record, tl_record_decimals(record, id));
    if (id != NULL)
        put_flow(&text, id);
    tl_page_add_lines(&p->page, TL_PAGE_FIELD, TL_STORE_NONE, &text);
    tl_page_files_named(&p->fuids, def, record);
    tl_message_text_record(p->text, def, record);
    p->found = true;
    tl_buffer_fini(&text);
}

static void take_file(void *context, const struct tl_file_piece *piece)
{
    tl_page_files_take(((struct tl_transaction_page *)context)->files, piece);
}

static void begin_file(void *context, const char *fuid, const struct tl_body_facts *facts)
{
    tl_page_files_begin(((struct tl_transaction_page *)context)->files, fuid, facts);
}

/* --- the files that it names --- */

static void put_file(struct tl_transaction_page *p, const char *fuid)
{
    struct tl_buffer head = { 0 }, content = { 0 };
    if (tl_page_files_put(p->files, fuid, p->page.source->secrets, &head, &content)) {
        tl_page_add(&p->page, TL_PAGE_HEADING, TL_STORE_NONE, (const char *)head.data, head.len);
        tl_page_add_lines(&p->page, TL_PAGE_FIELD, TL_STORE_NONE, &content);
    }
    p->page.full |= head.failed || content.failed;
    tl_buffer_fini(&head);
    tl_buffer_fini(&content);
}

/* --- its packets --- */

struct packets {
    struct tl_transaction_page *page;
    struct tl_transaction_page *lines; /* collected apart: the record comes first */
    struct tl_decode *decode;
    uint32_t listed;
};

/* Does this protocol make records of the kind? */
static bool makes(const struct tl_protocol *protocol, const char *path)
{
    for (unsigned i = 0; i < TL_RECORDS_MAX && protocol->records[i] != NULL; i++) {
        if (strcmp(protocol->records[i]->path, path) == 0)
            return true;
    }
    return false;
}

/* The lines of the layers that make such records, and the comments, which are the first layer. */
static void add_layers(struct packets *k, uint32_t row, const struct tl_tree *tree)
{
    struct tl_transaction_page *p = k->lines;
    struct tl_packet_tree *t = tl_packet_tree_new(row, &k->decode->protocols, tree, &k->decode->comments);
    bool takes = false;
    uint32_t comments = t != NULL && k->decode->comments.len > 0;
    tl_message_text_tree(k->page->text, row, &k->decode->protocols, t);
    for (uint32_t i = 0; t != NULL && i < t->line_count; i++) {
        const struct tl_tree_line *line = &t->lines[i];
        if (line->layer && i == 0 && comments > 0)
            takes = true;
        else if (line->layer)
            takes = makes(k->decode->protocols.items[line->protocol], p->transaction.path);
        if (!takes)
            continue;
        struct tl_buffer text = { 0 };
        tl_put_format(&text, "%*s", 4 + 2 * line->depth, "");
        tl_put(&text, t->text + line->text, line->text_len);
        tl_page_add(&p->page, line->wrong ? TL_PAGE_WRONG : TL_PAGE_DETAIL, row, (const char *)text.data, text.len);
        tl_buffer_fini(&text);
    }
    tl_packet_tree_free(t);
}

static void list_packet(struct packets *k, uint32_t index, const struct tl_row *row, const struct tl_packet *packet)
{
    struct tl_decode *d = k->decode;
    struct tl_list_line line = { .row = index };
    const struct tl_interface *interface = tl_interfaces_get(d->fetch.interfaces, packet->interface);
    d->comments.len = 0;
    if (tl_has_comments(packet, interface))
        tl_put_comments(&d->comments, packet, interface, 0);
    const struct tl_tree *tree = tl_detail_packet(d->detail, packet);
    struct tl_buffer text = { 0 };
    int64_t since = (int64_t)((uint64_t)row->ts - (uint64_t)k->lines->transaction.ts);
    tl_decode_line(d, tree, &line);
    tl_put_format(&text, "%c%u  %+.6f s  %s > %s  %s  %s", row->commented ? '#' : ' ', index + 1, (double)since / 1e9,
                  line.source, line.destination, line.protocol, line.info);
    tl_page_add(&k->lines->page, TL_PAGE_PACKET, index, (const char *)text.data, text.len);
    tl_buffer_fini(&text);
    add_layers(k, index, tree);
    k->listed++;
}

static void look_at(struct packets *k, uint32_t index)
{
    struct tl_decode *d = k->decode;
    struct tl_row row;
    struct tl_packet packet;
    if (!tl_store_row(d->store, index, &row))
        return;
    bool lists = row.ts >= k->lines->transaction.ts && k->listed < PACKETS_MOST;
    if (!(lists && row.commented ? tl_fetch_whole : tl_fetch_packet)(&d->fetch, index, &row, &packet)) {
        if (lists)
            tl_page_add(&k->lines->page, TL_PAGE_WRONG, index, "  the bytes of a packet are gone", 32);
    } else if (lists) {
        list_packet(k, index, &row, &packet);
    } else {
        tl_detail_before(d->detail, &packet);
    }
}

/* The packets of the flow up to that of the transaction, the newest first. Returns their number. */
static uint32_t gather(const struct tl_transaction_page *p, uint32_t *rows)
{
    struct tl_row row;
    uint32_t count = 0;
    for (uint32_t at = p->transaction.row; at != TL_STORE_NONE && count < FLOW_MOST; at = row.previous) {
        if (!tl_store_row(p->page.source->store, at, &row))
            break;
        rows[count++] = at;
    }
    return count;
}

/* The store knows the packet of the flow before the record: it may take later ones until it is complete. */
static void look_further(struct packets *k)
{
    struct tl_transaction_page *p = k->page;
    struct tl_flow_row flow;
    struct tl_row row;
    uint32_t given = 0;
    if (!tl_store_flow(p->page.source->store, p->transaction.flow, &flow) || flow.last_row == TL_STORE_NONE)
        return;
    for (uint32_t i = p->transaction.row + 1; i <= flow.last_row && given < FLOW_MOST; i++) {
        if (p->found || tl_task_is_off(&p->page.task) || !tl_store_row(p->page.source->store, i, &row))
            return;
        if (row.flow != p->transaction.flow)
            continue;
        look_at(k, i);
        given++;
    }
}

static void decode_all(struct tl_transaction_page *p, struct tl_transaction_page *packets, struct tl_decode *decode)
{
    struct packets k = { .page = p, .lines = packets, .decode = decode };
    uint32_t *rows = malloc(FLOW_MOST * sizeof *rows), count = rows != NULL ? gather(p, rows) : 0;
    atomic_store(&p->page.task.total, count);
    tl_detail_begin(decode->detail);
    for (uint32_t i = count; i-- > 0 && !tl_task_is_off(&p->page.task);) {
        look_at(&k, rows[i]);
        atomic_fetch_add_explicit(&p->page.task.at, 1, memory_order_relaxed);
    }
    look_further(&k);
    if (!tl_task_is_off(&p->page.task))
        tl_detail_begin(decode->detail); /* flows end: their last records come */
    if (k.listed == PACKETS_MOST)
        tl_page_add_text(&packets->page, TL_PAGE_WRONG, "  further packets are left out: Enter on one of these shows the whole flow");
    free(rows);
}

/* Appends the packets to the record. */
static void join(struct tl_transaction_page *p, struct tl_transaction_page *packets)
{
    for (uint32_t i = 0; i < packets->page.count; i++) {
        const struct tl_page_line *line = &packets->page.lines[i];
        tl_page_add(&p->page, line->kind, line->row, (const char *)packets->page.text.data + line->text, line->len);
    }
    if (p->page.full || packets->page.full)
        p->page.full = true;
}

/* The kind and the time. */
static void put_heading(struct tl_transaction_page *p)
{
    struct tl_buffer text = { 0 };
    struct tl_local_zone zone;
    tl_local_zone_init(&zone);
    tl_put_format(&text, "%s  ", p->transaction.path);
    tl_put_date_and_time(&text, &zone, p->transaction.ts, 6);
    tl_page_add(&p->page, TL_PAGE_HEADING, TL_STORE_NONE, (const char *)text.data, text.len);
    tl_buffer_fini(&text);
}

/* The record was put together from several flows (core/join.h), or has none: no packets of a flow give it again. */
static bool is_of_no_flow(const struct tl_transaction *t)
{
    return strcmp(t->path, "dhcp") == 0 || strcmp(t->path, "tunnel") == 0 || t->flow == TL_STORE_NONE;
}

static void run(struct tl_task *task, void *context)
{
    struct tl_transaction_page *p = context, packets = { .page = { .source = p->page.source }, .transaction = p->transaction };
    struct tl_decode decode;
    (void)task;
    put_heading(p);
    p->files = tl_page_files_new();
    p->text = tl_message_text_new(p->transaction.path);
    if (tl_decode_init_files(&decode, p->page.source, take_record, take_file, begin_file, p) && p->files != NULL &&
        p->transaction.row != TL_STORE_NONE)
        decode_all(p, &packets, &decode);
    tl_decode_fini(&decode);
    for (uint32_t i = 0; i < p->fuids.count; i++)
        put_file(p, p->fuids.text[i]);
    if (p->found)
        tl_message_text_put(p->text, p->files, &p->fuids, &p->message);
    tl_message_text_free(p->text);
    tl_page_files_free(p->files);
    if (!p->found) {
        tl_page_add_text(&p->page, TL_PAGE_FIELD, p->transaction.text);
        tl_page_add_text(&p->page, TL_PAGE_WRONG,
                         is_of_no_flow(&p->transaction)
                             ? "the other fields are in the records only: it is not of one flow"
                             : "the other fields cannot be read again: packets of the flow are gone");
    }
    if (packets.page.count > 0)
        tl_page_add_text(&p->page, TL_PAGE_HEADING, "Packets");
    join(p, &packets);
    tl_page_fini(&packets.page);
}

/* --- in the view --- */

struct tl_transaction_page *tl_transaction_page_new(const struct tl_packet_source *source,
                                                    const struct tl_transaction *transaction, int news)
{
    struct tl_transaction_page *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->page.source = p->message.source = source;
    p->page.flow = transaction->flow;
    p->page.row = transaction->row;
    p->transaction = *transaction;
    if (tl_task_start(&p->page.task, news, run, p))
        return p;
    free(p);
    return NULL;
}

void tl_transaction_page_free(struct tl_transaction_page *p)
{
    if (p == NULL)
        return;
    tl_task_stop(&p->page.task);
    tl_page_fini(&p->page);
    tl_page_fini(&p->message);
    free(p);
}
