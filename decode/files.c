/*
 * files.c - an object in transit, read as a file: one content coding is undone, kind and sums are worked out of what
 * comes out, and a listener gets it to write it somewhere. What an open file needs is flow memory; none is stored.
 */
#include "decode/files.h"

#include "core/crypto.h"
#include "core/digits.h"
#include "core/inflate.h"
#include "core/local.h"
#include "core/time.h"
#include "decode/channel.h"
#include "decode/expect.h"
#include "decode/names.h"
#include "decode/placed.h"
#include "dissectors/mime_type.h"
#include "flows/identity.h"

enum {
    QUANTUM = 512,          /* coded bytes that are decoded at once, however the body is cut into segments */
    PIECE = 8 << 10,        /* bytes decoded at a time */
    NAME = 255,             /* bytes of a file name */
    FREE = 64 << 10, RATIO = 64, /* decoded bytes: at most FREE, and RATIO for each coded byte */
    SUMS = 3,
};

/* Whether the listener gets the bytes of a file. */
enum fate {
    KEPT,
    WAITING, /* its first bytes are kept until they tell */
    LATE,    /* it gets them; its end tells whether it keeps them */
    DROPPED,
};

static const struct {
    enum tl_hash hash;
    const char *analyzer;
} sums[SUMS] = { { TL_HASH_MD5, "MD5" }, { TL_HASH_SHA1, "SHA1" }, { TL_HASH_SHA256, "SHA256" } };

struct tl_open_file {
    int64_t first_ts, last_ts; /* of its bytes */
    uint64_t seen, coded, missing, total;
    uint64_t place, lost; /* bytes that the listener has, gaps included; a gap that it does not have yet */
    const char *source;
    char fuid[TL_UID_LEN + 2]; /* with a NUL */
    char parent[TL_UID_LEN + 2]; /* of the file that it is a part of; "": none */
    uint32_t depth;
    uint8_t side, fate;
    bool incomplete;            /* bytes are missing, or could not be decoded: sums say nothing */
    bool blind;                 /* bytes are missing before the kind was told */
    bool ended;                 /* the coded content is complete */
    bool cut_off;               /* too long to be written whole */
    bool announced;             /* by another flow, which asks for it: tl_carried() */
    uint32_t start_len, held_len, name_len;
    struct tl_content *content; /* NULL: not coded, given up or complete */
    bool coded_body;
    struct tl_placed *placed;   /* NULL: its bytes have come in order */
    uint8_t start[TL_MIME_LOOK], held[QUANTUM], name[NAME];
    uint64_t state[SUMS][TL_HASH_STATE / sizeof(uint64_t)];
};

enum {
    FUID, PARENT_FUID, SOURCE, DEPTH, ANALYZERS, MIME_TYPE, FILENAME, DURATION, LOCAL_ORIG, IS_ORIG, SEEN_BYTES,
    TOTAL_BYTES, MISSING_BYTES, OVERFLOW_BYTES, TIMEDOUT, MD5, SHA1, SHA256, EXTRACTED, CUTOFF, EXTRACTED_SIZE,
};

struct files_record {
    struct tl_record head;
    struct tl_bytes fuid, parent_fuid, filename, md5, sha1, sha256, extracted;
    const char *source, *mime_type;
    struct tl_text_list analyzers;
    int64_t duration;
    uint64_t depth, seen_bytes, total_bytes, missing_bytes, overflow_bytes, extracted_size;
    bool is_orig, local_orig, timedout, cutoff;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct files_record, FUID, fuid, "fuid", TL_REC_TEXT,
             "The file: worked out of the flow, the side and its number"),
    TL_FIELD(struct files_record, PARENT_FUID, parent_fuid, "parent_fuid", TL_REC_TEXT,
             "The file that it is a part of: a multipart that HTTP carries"),
    TL_FIELD(struct files_record, SOURCE, source, "source", TL_REC_TOKEN,
             "What brought it: HTTP, FTP_DATA, SMTP and so on"),
    TL_FIELD(struct files_record, DEPTH, depth, "depth", TL_REC_COUNT,
             "In mails: number of the MIME entity in the flow, the message itself and multiparts counted; else 0"),
    TL_FIELD(struct files_record, ANALYZERS, analyzers, "analyzers", TL_REC_TEXTS,
             "What was done with it: MD5, SHA1, SHA256, EXTRACT"),
    TL_FIELD(struct files_record, MIME_TYPE, mime_type, "mime_type", TL_REC_TOKEN,
             "Its media type, told by its first bytes"),
    TL_FIELD(struct files_record, FILENAME, filename, "filename", TL_REC_TEXT, "Its name, as the sender gave it"),
    TL_FIELD(struct files_record, DURATION, duration, "duration", TL_REC_INTERVAL, "From its first bytes to its last"),
    TL_FIELD(struct files_record, LOCAL_ORIG, local_orig, "local_orig", TL_REC_BOOL,
             "The sender has an address of a private network"),
    TL_FIELD(struct files_record, IS_ORIG, is_orig, "is_orig", TL_REC_BOOL, "The originator of the flow sent it"),
    TL_FIELD(struct files_record, SEEN_BYTES, seen_bytes, "seen_bytes", TL_REC_COUNT,
             "Bytes of it, after transfer and content coding were undone"),
    TL_FIELD(struct files_record, TOTAL_BYTES, total_bytes, "total_bytes", TL_REC_COUNT, "Bytes that were announced"),
    TL_FIELD(struct files_record, MISSING_BYTES, missing_bytes, "missing_bytes", TL_REC_COUNT,
             "Bytes that were lost, or came too late: see overflow_bytes"),
    TL_FIELD(struct files_record, OVERFLOW_BYTES, overflow_bytes, "overflow_bytes", TL_REC_COUNT,
             "Bytes that came after more than 512 KiB of what follows them, and were let go"),
    TL_FIELD(struct files_record, TIMEDOUT, timedout, "timedout", TL_REC_BOOL,
             "It was not complete when its flow fell silent, or when the input ended"),
    TL_FIELD(struct files_record, MD5, md5, "md5", TL_REC_TEXT, "MD5 of a whole file; with --hash"),
    TL_FIELD(struct files_record, SHA1, sha1, "sha1", TL_REC_TEXT, "SHA-1 of a whole file; with --hash"),
    TL_FIELD(struct files_record, SHA256, sha256, "sha256", TL_REC_TEXT, "SHA-256 of a whole file; with --hash"),
    TL_FIELD(struct files_record, EXTRACTED, extracted, "extracted", TL_REC_TEXT,
             "The file it was written to; with --extract-files"),
    TL_FIELD(struct files_record, CUTOFF, cutoff, "extracted_cutoff", TL_REC_BOOL,
             "Not all of it was written: it is too long"),
    TL_FIELD(struct files_record, EXTRACTED_SIZE, extracted_size, "extracted_size", TL_REC_COUNT,
             "Bytes that were written of a file that is too long"),
};

const struct tl_record_def tl_files_record_def =
    TL_RECORD_DEF("files", fields, "One for each file that a flow carries; with --hash or --extract-files",
                  .summary = { "source", "filename", "mime_type", "seen_bytes" });

/* --- the listener --- */

static void hand_over(const struct tl_dissection *d, const struct tl_open_file *f, struct tl_bytes bytes, uint64_t gap,
                      bool end)
{
    const struct tl_listener *listener = &((const struct tl_decoder *)d->host_data)->options.listener;
    struct tl_file_piece piece = { .source = f->source, .fuid = f->fuid, .first_ts = f->first_ts, .bytes = bytes,
                                   .gap = gap, .end = end, .drop = end && f->fate == DROPPED };
    if (listener->file != NULL)
        listener->file(listener->context, &piece);
}

static void tell(const struct tl_dissection *d, const struct tl_open_file *f, struct tl_bytes bytes, uint64_t gap)
{
    if ((bytes.len > 0 || gap > 0) && f->parent[0] == '\0') /* the bytes of a part are said with the whole */
        tl_said(d, f->side, bytes, gap);
    if (f->fate == KEPT || f->fate == LATE)
        hand_over(d, f, bytes, gap, false);
}

/* --- the record --- */

static void put_sum(const struct tl_decoder *k, struct tl_open_file *f, unsigned i, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[TL_HASH_MOST];
    k->options.crypto->hash_end(sums[i].hash, f->state[i], digest);
    for (uint32_t b = 0; b < tl_hash_size(sums[i].hash); b++) {
        *hex++ = digits[digest[b] >> 4];
        *hex++ = digits[digest[b] & 15];
    }
}

uint32_t tl_file_name(const char *source, int64_t ts, const char *fuid, char name[TL_FILE_NAME])
{
    uint8_t *p = (uint8_t *)name;
    memcpy(p, "extract-", 8);
    p = tl_write_seconds(p + 8, ts, 6);
    *p++ = '-';
    for (const char *s = source; *s != '\0'; s++)
        *p++ = (uint8_t)*s;
    *p++ = '-';
    memcpy(p, fuid, TL_UID_LEN + 1);
    return (uint32_t)(p - (uint8_t *)name) + TL_UID_LEN;
}

/* What the fields of a record point to. */
struct parts_of_record {
    char hex[SUMS][2 * TL_HASH_MOST], path[TL_FILE_NAME];
    struct tl_bytes analyzers[SUMS + 1];
};

/* What the first bytes of a file tell. */
static void fill_first(const struct tl_dissection *d, const struct tl_open_file *f, struct files_record *r)
{
    bool turned = d->channel != NULL && tl_channel_root(d->channel)->turn;
    *r = (struct files_record){ .head = { .ts = f->first_ts },
                                .fuid = tl_bytes_of(f->fuid, TL_UID_LEN),
                                .source = f->source,
                                .is_orig = (f->side ^ turned) == TL_ORIG,
                                .total_bytes = f->total,
                                .depth = f->depth };
    r->head.set = UINT64_C(1) << FUID | UINT64_C(1) << SOURCE | UINT64_C(1) << DEPTH | UINT64_C(1) << IS_ORIG;
    r->parent_fuid = tl_bytes_of(f->parent, strlen(f->parent));
    if (f->parent[0] != '\0')
        tl_record_set(&r->head, PARENT_FUID);
    r->mime_type = f->blind ? NULL : tl_mime_type(tl_bytes_of(f->start, f->start_len), f->seen <= TL_MIME_LOOK);
    r->filename = tl_bytes_of(f->name, f->name_len);
    if (r->mime_type != NULL)
        tl_record_set(&r->head, MIME_TYPE);
    if (f->name_len > 0)
        tl_record_set(&r->head, FILENAME);
    const uint8_t *sender = tl_flow_addr(d->of, f->side);
    r->local_orig = tl_addr_is_local(tl_flow_addr_len(d->of) == 4 ? 4 : 6, sender);
    tl_record_set(&r->head, LOCAL_ORIG);
    if (f->total != UINT64_MAX && !f->coded_body)
        tl_record_set(&r->head, TOTAL_BYTES);
}

static void fill_sums(const struct tl_decoder *k, struct tl_open_file *f, struct files_record *r,
                      struct parts_of_record *parts)
{
    struct tl_bytes *const texts[SUMS] = { &r->md5, &r->sha1, &r->sha256 };
    for (unsigned i = 0; i < SUMS; i++) {
        if ((k->options.hashes & 1U << sums[i].hash) == 0)
            continue;
        parts->analyzers[r->analyzers.count++] = tl_bytes_of(sums[i].analyzer, strlen(sums[i].analyzer));
        if (f->incomplete)
            continue;
        put_sum(k, f, i, parts->hex[i]);
        *texts[i] = tl_bytes_of(parts->hex[i], 2 * tl_hash_size(sums[i].hash));
        tl_record_set(&r->head, MD5 + i);
    }
}

/* Its connection was closed by FIN or RST: a file in it ended there, though the flow is kept for a while. */
static bool is_closed(const struct tl_dissection *d)
{
    return d->of != NULL && d->of->class == TL_CLASS_CLOSED;
}

static void fill(const struct tl_dissection *d, struct tl_open_file *f, struct files_record *r,
                 struct parts_of_record *parts)
{
    fill_first(d, f, r);
    r->analyzers.items = parts->analyzers;
    r->duration = tl_time_between(f->first_ts, f->last_ts);
    if (r->duration >= 0 && r->duration != INT64_MAX)
        tl_record_set(&r->head, DURATION);
    r->seen_bytes = f->seen;
    r->missing_bytes = f->missing;
    r->overflow_bytes = f->placed != NULL ? f->placed->overflow : 0;
    r->timedout = d->frame->packet == NULL && !is_closed(d) &&
                  (f->total == UINT64_MAX || f->seen + f->missing < f->total);
    r->head.set |= UINT64_C(1) << SEEN_BYTES | UINT64_C(1) << MISSING_BYTES |
                   UINT64_C(1) << TIMEDOUT;
    if (r->overflow_bytes > 0)
        tl_record_set(&r->head, OVERFLOW_BYTES);
    fill_sums(d->host_data, f, r, parts);
    if (r->analyzers.count > 0)
        tl_record_set(&r->head, ANALYZERS);
}

/* It was written to a file. */
static void fill_extracted(const struct tl_open_file *f, struct files_record *r, struct parts_of_record *parts)
{
    parts->analyzers[r->analyzers.count++] = tl_bytes_of("EXTRACT", 7);
    r->extracted = tl_bytes_of(parts->path, tl_file_name(f->source, f->first_ts, f->fuid, parts->path));
    r->cutoff = f->cut_off;
    r->extracted_size = f->place;
    r->head.set |= UINT64_C(1) << ANALYZERS | UINT64_C(1) << EXTRACTED | UINT64_C(1) << CUTOFF;
    if (f->cut_off)
        tl_record_set(&r->head, EXTRACTED_SIZE);
}

/* --- whether it is kept --- */

static bool is_kept(const struct tl_dissection *d, const struct files_record *r)
{
    struct tl_decoder *k = d->host_data;
    const struct tl_listener *listener = &k->options.listener;
    struct tl_flow_id id;
    if (d->of != NULL) {
        (void)tl_flow_identify(k, d->of, &id, true);
        id.decrypted = d->channel != NULL && d->channel->decrypted;
    }
    return listener->keeps(listener->context, &tl_files_record_def, &r->head, d->of != NULL ? &id : NULL);
}

static enum fate first_fate(const struct tl_decoder *k)
{
    const uint64_t told_first = UINT64_C(1) << FUID | UINT64_C(1) << PARENT_FUID | UINT64_C(1) << SOURCE |
                                UINT64_C(1) << DEPTH | UINT64_C(1) << MIME_TYPE |
                                UINT64_C(1) << FILENAME | UINT64_C(1) << LOCAL_ORIG | UINT64_C(1) << IS_ORIG |
                                UINT64_C(1) << TOTAL_BYTES;
    if (k->options.listener.file == NULL)
        return DROPPED;
    if (k->options.listener.keeps == NULL)
        return KEPT;
    return (k->options.keeps_asks & ~told_first) == 0 ? WAITING : LATE;
}

/* The first bytes tell now. `n` of them were kept. */
static void decide(const struct tl_dissection *d, struct tl_open_file *f, uint32_t n)
{
    struct files_record r;
    fill_first(d, f, &r);
    f->fate = is_kept(d, &r) ? KEPT : DROPPED;
    if (f->fate == KEPT && n > 0)
        hand_over(d, f, tl_bytes_of(f->start, n), 0, false);
}

/* Tells the flow that announced this one of the file: when its first bytes come, and again when its type is known. */
static void announce(const struct tl_dissection *d, const struct tl_open_file *f)
{
    const struct tl_decoder *k = d->host_data;
    const struct tl_expectation e = tl_expectation(d);
    const uint16_t ports[2] = { d->flow.orig_port, d->flow.resp_port };
    struct tl_carried file = { .mime_type = f->blind ? NULL : tl_mime_type(tl_bytes_of(f->start, f->start_len),
                                                                          f->seen <= TL_MIME_LOOK) };
    memcpy(file.fuid, f->fuid, TL_UID_LEN + 1);
    tl_expectations_carry(k->expectations, e.parent_uid, ports, &file);
}

/* --- bytes --- */

/* At most TL_FILE_MOST bytes of a file are passed on, gaps included: a gap only when bytes follow it. */
static void pass_on(const struct tl_dissection *d, struct tl_open_file *f, struct tl_bytes bytes)
{
    uint64_t most = TL_FILE_MOST - f->place, gap = f->lost < most ? f->lost : most;
    uint32_t n = bytes.len < most - gap ? bytes.len : (uint32_t)(most - gap);
    f->cut_off |= f->lost + bytes.len > most;
    f->lost = 0;
    f->place += gap + n;
    if (gap > 0 || n > 0)
        tell(d, f, tl_bytes_of(bytes.data, n), gap);
}

/* Bytes of the file itself. */
static void take(const struct tl_dissection *d, struct tl_open_file *f, struct tl_bytes bytes)
{
    const struct tl_decoder *k = d->host_data;
    if (bytes.len == 0)
        return;
    if (f->seen == 0 && f->missing == 0)
        f->first_ts = d->frame->ts;
    f->last_ts = d->frame->ts;
    uint32_t before = f->start_len, room = TL_MIME_LOOK - before, n = bytes.len < room ? bytes.len : room;
    if (!f->blind && n > 0) {
        memcpy(f->start + f->start_len, bytes.data, n);
        f->start_len += n;
    }
    for (unsigned i = 0; i < SUMS && !f->incomplete; i++) {
        if (k->options.hashes & 1U << sums[i].hash)
            k->options.crypto->hash_add(sums[i].hash, f->state[i], bytes);
    }
    f->seen += bytes.len;
    if (TL_UNLIKELY(f->announced) && (f->seen == bytes.len || (before < TL_MIME_LOOK && n > 0)))
        announce(d, f);
    if (f->fate == WAITING && f->seen > TL_MIME_LOOK)
        decide(d, f, before);
    pass_on(d, f, bytes);
}

/* Of what follows nothing can be decoded. */
static void give_up(const struct tl_dissection *d, struct tl_open_file *f)
{
    if (f->content != NULL)
        d->inflate->end_content(f->content);
    f->content = NULL;
    f->incomplete = true;
}

static void decode(const struct tl_dissection *d, struct tl_open_file *f, struct tl_bytes in)
{
    enum tl_inflate_status status = TL_INFLATE_FULL;
    uint8_t out[PIECE];
    f->coded += in.len;
    while (f->content != NULL && (in.len > 0 || status == TL_INFLATE_FULL)) {
        uint64_t left = FREE + f->coded * RATIO - f->seen;
        uint32_t n = left < PIECE ? (uint32_t)left : PIECE, before = in.len;
        if (n == 0) {
            give_up(d, f);
            return;
        }
        status = d->inflate->feed_content(f->content, &in, out, &n);
        take(d, f, tl_bytes_of(out, n));
        f->ended = status == TL_INFLATE_END;
        if (status == TL_INFLATE_BAD || status == TL_INFLATE_CUT)
            give_up(d, f);
        else if (status != TL_INFLATE_FULL && n == 0 && in.len == before)
            return;
    }
}

static void hold(const struct tl_dissection *d, struct tl_open_file *f, struct tl_bytes in)
{
    while (f->content != NULL && in.len > 0) {
        uint32_t room = QUANTUM - f->held_len, n = in.len < room ? in.len : room;
        memcpy(f->held + f->held_len, in.data, n);
        f->held_len += n;
        in = tl_bytes_of(in.data + n, in.len - n);
        if (f->held_len == QUANTUM) {
            f->held_len = 0;
            decode(d, f, tl_bytes_of(f->held, QUANTUM));
        }
    }
}

/* --- events --- */

static void begin(struct tl_dissection *d, struct tl_body *body, const struct tl_body_facts *facts)
{
    struct tl_decoder *k = d->host_data;
    struct tl_flow_id id;
    struct tl_open_file *f = d->of != NULL ? tl_flows_alloc(k->flows, sizeof *f) : NULL;
    if (f == NULL)
        return;
    *f = (struct tl_open_file){ .source = facts->source, .total = facts->total, .side = facts->side,
                                .depth = facts->depth, .fate = (uint8_t)first_fate(k),
                                .name_len = facts->name.len < NAME ? facts->name.len : NAME,
                                .coded_body = facts->coding != TL_CODING_NONE };
    if (f->name_len > 0)
        memcpy(f->name, facts->name.data, f->name_len);
    (void)tl_flow_identify(k, d->of, &id, true);
    tl_file_uid(id.uid, facts->side, body->id, f->fuid);
    if (facts->parent != 0)
        tl_file_uid(id.uid, facts->side, facts->parent, f->parent);
    for (unsigned i = 0; i < SUMS; i++) {
        if (k->options.hashes & 1U << sums[i].hash)
            k->options.crypto->hash_begin(sums[i].hash, f->state[i]);
    }
    if (f->coded_body && d->inflate != NULL)
        f->content = d->inflate->begin_content(d->slab, facts->coding);
    f->incomplete = f->coded_body && f->content == NULL;
    f->announced = tl_expectation(d).parent_uid[0] != '\0';
    body->open = tl_slab_handle(d->slab, f);
    if (k->options.listener.file_begins != NULL)
        k->options.listener.file_begins(k->options.listener.context, f->fuid, facts);
}

static void end_seen(struct tl_dissection *d, struct tl_open_file *f)
{
    struct files_record r;
    struct parts_of_record parts;
    if (f->fate == WAITING)
        decide(d, f, f->start_len);
    f->incomplete |= !f->coded_body && f->total != UINT64_MAX && f->seen + f->missing < f->total;
    bool passed = f->fate == KEPT || f->fate == LATE;
    fill(d, f, &r, &parts);
    if (f->fate == LATE)
        f->fate = is_kept(d, &r) ? KEPT : DROPPED;
    if (f->fate == KEPT && !((const struct tl_decoder *)d->host_data)->options.files_read)
        fill_extracted(f, &r, &parts);
    if (passed)
        hand_over(d, f, (struct tl_bytes){ NULL, 0 }, 0, true);
    d->host->record(d, &tl_files_record_def, &r.head);
}

static void miss(struct tl_dissection *d, struct tl_open_file *f, uint64_t n)
{
    if (f->seen == 0 && f->missing == 0)
        f->first_ts = d->frame->ts;
    f->missing += n;
    f->incomplete = true;
    f->blind |= f->start_len < TL_MIME_LOOK;
    if (f->fate == WAITING)
        decide(d, f, f->start_len);
    f->lost += n;
    if (!f->coded_body)
        return;
    if (f->content != NULL && f->held_len > 0)
        decode(d, f, tl_bytes_of(f->held, f->held_len));
    give_up(d, f);
}

/* --- bytes with their place --- */

struct placing {
    struct tl_dissection *d;
    struct tl_open_file *file;
};

static void placed_bytes(void *context, struct tl_bytes bytes)
{
    const struct placing *p = context;
    take(p->d, p->file, bytes);
}

static void placed_gap(void *context, uint64_t n)
{
    const struct placing *p = context;
    miss(p->d, p->file, n);
}

static struct tl_placed_to placed_to(struct placing *placing)
{
    return (struct tl_placed_to){ .slab = placing->d->slab, .bytes = placed_bytes, .gap = placed_gap, .context = placing };
}

static void put_placed(struct tl_dissection *d, struct tl_open_file *f, uint64_t place, struct tl_bytes bytes)
{
    const struct tl_decoder *k = d->host_data;
    struct placing placing = { d, f };
    const struct tl_placed_to to = placed_to(&placing);
    if (f->placed == NULL) {
        f->placed = tl_flows_alloc(k->flows, sizeof *f->placed);
        if (f->placed == NULL)
            return;
        *f->placed = (struct tl_placed){ .next = 0 };
    }
    tl_placed_put(f->placed, &to, place, bytes);
}

static void end_placed(struct tl_dissection *d, struct tl_open_file *f)
{
    struct placing placing = { d, f };
    const struct tl_placed_to to = placed_to(&placing);
    if (f->placed != NULL)
        tl_placed_end(f->placed, &to);
}

static void end(struct tl_dissection *d, struct tl_body *body, struct tl_open_file *f)
{
    if (f->content != NULL && f->held_len > 0)
        decode(d, f, tl_bytes_of(f->held, f->held_len));
    f->incomplete |= f->coded_body && !f->ended;
    if (f->content != NULL)
        d->inflate->end_content(f->content);
    end_placed(d, f);
    if (f->seen > 0)
        end_seen(d, f);
    if (f->placed != NULL)
        tl_slab_put(d->slab, f->placed, sizeof *f->placed);
    tl_slab_put(d->slab, f, sizeof *f);
    body->open = 0;
}

void tl_file_event(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                   const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap)
{
    const struct tl_decoder *k = d->host_data;
    if (event == TL_BODY_BEGIN) {
        body->open = 0;
        begin(d, body, facts);
        return;
    }
    struct tl_open_file *f = body->open != 0 ? tl_slab_at(k->slab_base, body->open) : NULL;
    if (f == NULL)
        return;
    if (event == TL_BODY_END)
        end(d, body, f);
    else if (event == TL_BODY_GAP)
        miss(d, f, gap);
    else if (event == TL_BODY_AT)
        put_placed(d, f, gap, bytes);
    else if (f->coded_body)
        hold(d, f, bytes);
    else
        take(d, f, bytes);
}
