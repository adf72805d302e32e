/* finding.c - makes findings of facts, sorts them, and says which of them explains the flow. */
#include "explain/making.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/time.h"
#include "explain/neighbours.h"

bool tl_finding_set(struct tl_finding *f, enum tl_finding_level level, uint32_t support, int64_t lost,
                    const char *format, ...)
{
    va_list args;
    if (level < f->level || (level == f->level && lost <= f->lost && f->level != TL_FINDING_NONE))
        return false;
    va_start(args, format);
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    f->level = level;
    f->support = support;
    f->lost = lost > 0 ? lost : 0;
    f->packet_count = f->events = 0;
    return true;
}

void tl_finding_cite_packet(struct tl_finding *f, uint64_t number)
{
    uint32_t at = f->packet_count;
    if (number == 0 || at == TL_FINDING_PACKETS)
        return;
    while (at > 0 && f->packets[at - 1] > number)
        at--;
    if (at > 0 && f->packets[at - 1] == number)
        return;
    memmove(f->packets + at + 1, f->packets + at, (f->packet_count - at) * sizeof *f->packets);
    f->packets[at] = number;
    f->packet_count++;
}

void tl_finding_cite(struct tl_finding *f, const struct tl_events *t)
{
    for (uint32_t i = 0; i < t->kept; i++)
        tl_finding_cite_packet(f, t->packets[i]);
    f->events += t->count;
}

const char *tl_finding_seconds(int64_t ns)
{
    static _Thread_local char texts[4][32];
    static _Thread_local unsigned at;
    char *text = texts[at++ % 4];
    snprintf(text, sizeof texts[0], "%.3f", (double)ns / 1e9);
    return text;
}

const char *tl_finding_side(const struct tl_facts *facts, unsigned end)
{
    return end == tl_facts_side(facts, 0) ? "the client" : "the server";
}

const char *tl_finding_level_name(enum tl_finding_level level)
{
    static const char *const names[] = { "none", "note", "warning", "problem" };
    return names[level];
}

/* The worst first; of two, the one that is first in the table. */
static int by_weight(const void *a, const void *b)
{
    const struct tl_finding *x = a, *y = b;
    if (x->level != y->level)
        return x->level < y->level ? 1 : -1;
    return x->kind < y->kind ? -1 : x->kind > y->kind;
}

static const char *confidence_of(uint32_t support)
{
    return support >= 3 ? "high" : support == 2 ? "medium" : "low";
}

static bool is_enough(const struct tl_facts *c)
{
    const struct tl_end_facts *a = &c->end[0], *b = &c->end[1];
    if (c->ip_proto != 6)
        return c->udp[0] > 0 && c->udp[1] > 0;
    return a->packets > 0 && b->packets > 0 && a->data_packets + b->data_packets > 0;
}

/* Losses or marks of congestion make the sender slower, by how much is not known. */
static bool is_held_up(const struct tl_facts *c)
{
    enum { FEW = 3 };
    const struct tl_cuts *a = &c->end[0].cuts, *b = &c->end[1].cuts;
    return a->losses.count + a->marks.count >= FEW || b->losses.count + b->marks.count >= FEW;
}

static void judge(const struct tl_facts *c, struct tl_diagnosis *d)
{
    const struct tl_finding *worst = d->count > 0 ? &d->items[0] : NULL;
    if (worst != NULL && worst->level >= TL_FINDING_WARNING) {
        snprintf(d->verdict, sizeof d->verdict, "%s", worst->text);
        d->confidence = confidence_of(worst->support);
        d->raise = worst->support >= 3 ? "" : worst->kind->raise;
    } else if (!is_enough(c)) {
        snprintf(d->verdict, sizeof d->verdict, "Not enough seen: %s.",
                 c->ip_proto == 6 ? "no payload, or one side only" : "one side only");
        d->confidence = "low";
        d->raise = "A longer capture, or one where both directions pass.";
    } else {
        snprintf(d->verdict, sizeof d->verdict, "Nothing is wrong with this flow, as far as its packets show.");
        bool whole = c->ip_proto == 6 && c->syn_ts != 0 && c->end[0].fin_ts != 0 && c->end[1].fin_ts != 0;
        d->confidence = whole && !is_held_up(c) ? "high" : "medium";
        d->raise = !whole ? "A capture of the whole connection." : is_held_up(c) ? "A longer transfer." : "";
    }
}

/* Without its text and packets, which are large, and valid as far as other members say. */
static void begin(struct tl_finding *f, const struct tl_finding_kind *kind)
{
    f->kind = kind;
    f->level = TL_FINDING_NONE;
    f->text[0] = '\0';
    f->packet_count = f->events = f->support = 0;
    f->lost = 0;
}

void tl_diagnose(const struct tl_facts *c, struct tl_diagnosis *d)
{
    d->count = d->phase_count = 0;
    d->tap = TL_TAP_UNKNOWN;
    d->client_half = d->server_half = d->lost = 0;
    int64_t all = tl_time_between(c->first_ts, c->last_ts);
    for (unsigned i = 0; i < tl_finding_kind_count && d->count < TL_FINDINGS_MOST; i++) {
        struct tl_finding *f = &d->items[d->count];
        begin(f, &tl_finding_kinds[i]);
        tl_finding_kinds[i].find(c, f);
        if (f->level == TL_FINDING_NONE)
            continue;
        d->count++;
        if (f->lost > all && all >= 0) /* times of a capture may go back */
            f->lost = all;
        if (f->lost > d->lost) /* the same wait may be in several findings */
            d->lost = f->lost;
    }
    if (d->lost > all && all >= 0)
        d->lost = all;
    qsort(d->items, d->count, sizeof *d->items, by_weight);
    tl_find_phases(c, d);
    judge(c, d);
}

/* --- the document --- */

static void put_row(struct tl_buffer *out, const char *what, const char *text)
{
    if (text != NULL && *text != '\0')
        tl_put_format(out, "- %s: %s\n", what, text);
}

void tl_finding_document(struct tl_buffer *out, const struct tl_finding_kind *kind)
{
    tl_put_format(out, "\n### %s\n\n", kind->name);
    put_row(out, "Recognised", kind->recognised);
    put_row(out, "Check next", kind->next);
    put_row(out, "Can be mistaken for", kind->mistaken);
    put_row(out, "Raises the confidence", kind->raise);
    put_row(out, "Source", kind->source);
}

void tl_findings_document(struct tl_buffer *out)
{
    tl_puts(out, "## Findings\n\nCauses are before symptoms: of findings with the same level, the first in this list is the "
                 "verdict.\n");
    for (unsigned i = 0; i < tl_finding_kind_count; i++)
        tl_finding_document(out, &tl_finding_kinds[i]);
    tl_neighbours_document(out);
}
