/* finding.h - what can be wrong with a flow: one table, from which the report and docs/EXPLAIN.md are made. */
#ifndef TL_EXPLAIN_FINDING_H
#define TL_EXPLAIN_FINDING_H

#include "core/buffer.h"
#include "explain/facts.h"

enum tl_finding_level { TL_FINDING_NONE, TL_FINDING_NOTE, TL_FINDING_WARNING, TL_FINDING_PROBLEM };

enum { TL_FINDING_PACKETS = 8, TL_FINDING_TEXT = 400, TL_FINDINGS_MOST = 16 };

/* One that was made. */
struct tl_finding {
    const struct tl_finding_kind *kind;
    enum tl_finding_level level;
    char text[TL_FINDING_TEXT];         /* one sentence */
    uint64_t packets[TL_FINDING_PACKETS]; /* evidence; in the order of the capture */
    uint32_t packet_count, events;
    uint32_t support;                   /* independent pieces of evidence */
    int64_t lost;                       /* ns */
};

struct tl_finding_kind {
    const char *name;
    /* Of a flow: looks at the facts. Fills *finding, whose level is NONE before, if it is there. */
    void (*find)(const struct tl_facts *facts, struct tl_finding *finding);
    const char *recognised;  /* how, one or two sentences */
    const char *next;        /* what to check */
    const char *mistaken;    /* what it can be mistaken for */
    const char *raise;       /* what would raise the confidence */
    const char *source;      /* RFC */
};

/* Causes before symptoms. */
extern const struct tl_finding_kind tl_finding_kinds[];
extern const unsigned tl_finding_kind_count;

/* Where the tap is. */
enum tl_tap_place { TL_TAP_UNKNOWN, TL_TAP_CLIENT, TL_TAP_MIDDLE, TL_TAP_SERVER };

/* A part of the flow's time. */
struct tl_phase {
    const char *name, *who;
    int64_t lasts;     /* ns */
    uint64_t packets[2];
};

enum { TL_PHASES_MOST = 10 };

struct tl_diagnosis {
    struct tl_finding items[TL_FINDINGS_MOST]; /* the worst first */
    unsigned count;
    struct tl_phase phases[TL_PHASES_MOST];
    unsigned phase_count;
    enum tl_tap_place tap;
    int64_t client_half, server_half; /* of the set-up's round trip; 0: not known */
    int64_t lost;                     /* ns: of all findings, at most the time of the flow */
    const char *confidence;           /* low, medium, high */
    char verdict[TL_FINDING_TEXT];
    const char *raise;
};

void tl_diagnose(const struct tl_facts *facts, struct tl_diagnosis *diagnosis);
/* Fills the phases, and where the tap is. */
void tl_find_phases(const struct tl_facts *facts, struct tl_diagnosis *diagnosis);
/* For findings: where a side is, as words. */
const char *tl_finding_side(const struct tl_facts *facts, unsigned end);
/* A row of the table as Markdown; the table, and that of ARP. */
void tl_finding_document(struct tl_buffer *out, const struct tl_finding_kind *kind);
void tl_findings_document(struct tl_buffer *out);
const char *tl_finding_level_name(enum tl_finding_level level);

#endif
