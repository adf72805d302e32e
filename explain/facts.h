/* facts.h - what is noted of one flow while its packets are read: bounded, times and packet numbers only. */
#ifndef TL_EXPLAIN_FACTS_H
#define TL_EXPLAIN_FACTS_H

#include "core/dissect.h"
#include "core/record.h"
#include "core/segment.h"
#include "flows/flow.h"

enum {
    TL_EVENTS_PACKETS = 5, /* kept of each kind of event: the first ones */
    TL_FACTS_HOLES = 8,   /* of a side at a time; older ones are given up */
    TL_FACTS_BURSTS = 8,  /* of losses of a side: the first ones, and the last */
    TL_FACTS_RECENT = 16, /* headers of a side that a copy is compared with */
    TL_RATE_SLOTS = 16,
    TL_FACTS_TEXT = 80,
};

/* Events of one kind. */
struct tl_events {
    uint32_t count, kept;
    uint64_t packets[TL_EVENTS_PACKETS];
    int64_t lost; /* ns that the connection waited because of them */
};

enum { TL_FACTS_AGAIN = 3 };

/* One of the last segments that were sent again though the tap saw them. number 0: none, or it was not lost. */
struct tl_again {
    uint64_t number;
    int64_t lost;
    uint32_t seq, tsval;
    bool timeout, fast;
    bool timed; /* it is the first that the peer has not acknowledged, and has a timestamp (tsval) */
};

/* Sequence numbers that the tap has not seen, below one that it has. */
struct tl_hole {
    uint32_t from, to;
    int64_t ts;
    uint64_t number; /* of the packet after the hole */
    uint16_t ip_id;  /* of that packet; 0: not known */
};

/* A segment as far as a copy of it has the same values. */
struct tl_imprint {
    int64_t ts;
    uint32_t seq, ack, len;
    uint16_t ip_id, window;
    uint8_t flags;
};

/* Losses that come together. */
struct tl_loss_burst {
    int64_t ts;     /* of the first retransmission */
    uint64_t bytes; /* that the peer had acknowledged */
};

/* How the losses of a side are spread over time. */
struct tl_loss_bursts {
    struct tl_loss_burst kept[TL_FACTS_BURSTS];
    uint32_t count;
    uint32_t now, grouped; /* losses of the last burst; of all bursts with three or more */
    int64_t last_ts;
};

/* New payload by round trips, from the first segment of each on. */
struct tl_rounds {
    int64_t ts;          /* the current round; 0: none */
    uint64_t bytes;
    uint64_t last;       /* of the round before */
    uint64_t first;      /* packet number; 0: not the first round after a pause */
    uint64_t before;     /* bytes of the larger of the last two rounds before the pause */
    uint64_t grows_from; /* the second round after a pause: bytes of the first; 0: it is none */
    uint64_t begun;      /* packet number of the first */
};

/* Cuts of the congestion window of a side, told by the bytes of the rounds. */
struct tl_cuts {
    struct tl_events losses, marks; /* bursts of losses; episodes of ECN-Echo */
    uint64_t before, after;   /* of a cut that may be there: bytes of a round before it (0: none), and after it so far */
    uint64_t low;             /* after the last cut, until the rounds have grown again; 0: they have */
    uint32_t wait;            /* rounds since the cause */
    uint32_t cut, uncut, regrown; /* causes after which less was sent, or not; cuts after which the rounds grew again */
    uint32_t bounded;         /* causes at which the receive window was nearly full */
    uint32_t rounds, gaps;    /* all rounds; those after which the program had nothing to send */
    bool marked;              /* the last acknowledgment has ECN-Echo */
};

/* How fast the bytes of a side pass, over the whole time: few slots, which grow. */
struct tl_rate_slot {
    uint64_t bytes;           /* acknowledged */
    int64_t rtt;              /* sum, ns */
    uint32_t rtts;
};

struct tl_rate {
    int64_t from, width;      /* ns */
    uint32_t used;
    struct tl_rate_slot slots[TL_RATE_SLOTS];
    uint32_t ahead;           /* bytes of segments that passed after a hole */
    int64_t calm_ts;          /* since then no round trip was long; 0: it is */
    uint64_t calm_passed;     /* bytes until then */
    uint64_t calm_most;       /* bytes a second: the most of a round trip without a queue */
    uint64_t calm_bytes;      /* that had passed at its end */
};

/* What one end of a TCP connection sent. */
struct tl_end_facts {
    uint64_t packets, bytes;      /* bytes of payload, each once */
    uint64_t data_packets, small; /* with payload; with less than TL_SMALL_WRITE bytes of it */
    int64_t first_data_ts, last_data_ts, last_ts, fin_ts, reset_ts;
    int64_t last_sent_ts;         /* of the last payload or FIN, repeats included */
    uint64_t first_data, last_data, last, fin; /* packet numbers */
    int64_t last_new_ts;          /* of the last payload that was not there before */
    uint64_t last_new;
    uint8_t ttl;                  /* of the first packet; 0: not known */
    uint8_t reset_ttl;            /* of the first reset, if there were other packets before */
    uint64_t first;               /* packet number */
    uint16_t vlan;                /* of that packet: id + 1; 0: none, or a priority without a VLAN */
    bool has_l2;                  /* hardware addresses of that packet: */
    uint8_t l2_from[6], l2_to[6];
    uint16_t mss;
    int8_t scale;                 /* -1: no option */
    bool sack, options_known;
    /* sequence numbers of the wire */
    bool has_next, has_acked;
    uint32_t next, acked;         /* acked: by the peer, as the tap saw it */
    struct tl_hole holes[TL_FACTS_HOLES];
    uint32_t hole_count;
    uint16_t ip_id;               /* of the last packet; 0: not known */
    uint32_t id_steps, id_jumps;  /* packets whose IP identification follows that of the one before, or does not */
    struct tl_imprint recent[TL_FACTS_RECENT];
    uint32_t recent_at;
    uint32_t duplicate_run;       /* duplicate acknowledgments that the peer sent in a row */
    /* the segment that was sent most often in a row without an acknowledgment */
    uint32_t stuck_seq, stuck_len, stuck_count;
    int64_t stuck_ts;             /* sent first */
    uint32_t biggest, most_acked; /* payload of the largest segment that was sent, and that was acknowledged */
    uint32_t first_ack;           /* of the peer, before anything of this end was captured */
    int64_t zero_since, opened_ts; /* the window is 0; it was, until then */
    uint64_t zero_number;
    int64_t delayed_ack_ts;       /* an acknowledgment that came after a wait, see tl_facts_segment() */
    uint64_t delayed_ack;
    int64_t delayed_wait;
    int64_t acked_ts;             /* the peer acknowledged all so far */
    uint64_t acked_number;
    uint32_t data_end;            /* number after the last payload */
    int64_t taken_ts;             /* the peer acknowledged that much first, without the FIN */
    bool last_closes;             /* the last payload is an alert of TLS */
    bool heard_ecn;               /* the SYN asked for ECN, a later one did not */
    /* round trips to the peer as the tap sees them, ns */
    int64_t rtt_least, rtt_most, rtt_few_sum, rtt_many_sum;
    uint32_t rtt_few, rtt_many;   /* samples with few bytes in flight, with many */
    uint64_t rtt_most_number;
    uint32_t flight_most;
    uint64_t passed;               /* bytes that the peer acknowledged */
    struct tl_loss_bursts bursts;
    struct tl_rounds rounds;
    struct tl_cuts cuts;
    struct tl_rate rate;
    uint64_t offered;              /* the receive window of the peer, bytes */
    uint64_t restart_before;       /* bytes of a round before the last of them */
    uint32_t repairs, fast_repairs; /* holes that a retransmission fills; those within 1.6 round trips of the handshake */
    struct tl_events restarts;     /* after a pause, slow start from a small window */
    struct tl_events syns, ecn_syns, syn_acks, resets;
    struct tl_events old_acks;     /* answers to the peer's SYN that acknowledge something else */
    int64_t reset_quiet;           /* from the last packet of this end to its first reset, ns */
    uint64_t reset_last, reset_peer; /* the last packets of this end and of the peer before its first reset; 0: none */
    int64_t reset_after;           /* from the later of them to the reset, ns */
    bool reset_waiting;            /* the peer had sent payload since this end did */
    bool reset_stateless;          /* the first reset is that of an end that does not know the connection */
    struct tl_events again_after;  /* sent again though the tap saw it: lost after the tap */
    struct tl_events pending;      /* such repeats by time-out after the last packet of the peer: nothing shows why */
    struct tl_events again_before; /* what the tap had missed came by a retransmission: lost before the tap */
    struct tl_events timeouts, fast; /* of the two */
    struct tl_again again[TL_FACTS_AGAIN];
    uint32_t again_at; /* how many there were */
    struct tl_events tails;        /* of again_before: nothing came after them that showed a hole */
    struct tl_events reordered, spurious, unseen, duplicates, duplicate_acks;
    struct tl_events zero, full, probes, keep_alives, keep_alive_acks;
    struct tl_events stuck;        /* the repeats of the segment above */
    struct tl_events slow;         /* answers that came late */
    struct tl_events beats;        /* of them: messages of one size that the peer answers at once, see tl_facts_regular() */
    int64_t beat_least, beat_most; /* from the message before to one of them, ns */
    uint32_t said_len;             /* of the last new payload */
    bool said_same;                /* the one before had that length, or there is none */
    bool speaks_first;             /* payload of this end came before all of the peer, or after a pause of its own */
    struct tl_events stalls;       /* pauses between payload though all was acknowledged */
    struct tl_events nagle;        /* a small segment waited for a delayed acknowledgment */
    struct tl_events after_fin;    /* payload that met the peer's FIN */
};

enum { TL_SMALL_WRITE = 128, TL_ICMP_KINDS = 6 };

/* ICMP errors that quote a packet of the flow. */
enum tl_icmp_kind { TL_ICMP_NET, TL_ICMP_HOST, TL_ICMP_PORT, TL_ICMP_ADMIN, TL_ICMP_BIG, TL_ICMP_TTL };

/* What the records of a flow told. Texts are from the wire, cut, with a NUL. */
struct tl_told_facts {
    struct tl_events dns_slow, dns_failed, dns_missing, dns_unanswered, dns_truncated, dns_search, dns_again;
    bool dns_over_tcp; /* the client asked the same server over TCP */
    char dns_query[TL_FACTS_TEXT], dns_rcode[24];
    struct tl_events alerts, expired, early, mismatch;
    char alert[40], server_name[TL_FACTS_TEXT], subject[TL_FACTS_TEXT];
    int64_t cert_time, seen_time;
    struct tl_events http_server, http_client, http_slow_first, http_slow_body;
    struct tl_events http_behind; /* asked before the answer to an earlier request had ended */
    int64_t http_end_ts;          /* end of the last answer; 0: none */
    uint64_t http_status;
    char http_uri[TL_FACTS_TEXT];
    bool smtp;
    struct tl_events smtp_later, smtp_refused; /* replies of the server that begin with 4, with 5 */
    char smtp_reply[TL_FACTS_TEXT];
};

struct tl_arp_neighbour;

struct tl_facts {
    uint64_t first, last, packets; /* packet numbers; count */
    uint8_t depth, ip_proto;
    bool v6, turned, chosen, reused, used;
    bool recent;                   /* had a packet since it could have been parked, see struct tl_explain */
    uint32_t next;                 /* of the same bucket, in struct tl_explain */
    uint8_t addr[2][16];           /* in the order of the flow's first packet, as the ends below */
    uint16_t port[2];
    int64_t first_ts, last_ts;
    int64_t seen_until;            /* the capture's time when the flow ended; 0: not known */
    uint64_t udp[2];               /* datagrams */
    int64_t syn_ts, syn_ack_ts, ack_ts; /* ns; 0: not seen */
    int64_t syn_ack_last_ts;       /* of the last one before the acknowledgment */
    int64_t syn_apart, syn_ack_apart; /* from the one before to the last, ns; 0: it was sent once */
    uint64_t syn, syn_ack, ack;    /* packet numbers */
    bool tls;
    int64_t tls_ts, tls_done_ts;   /* first record; first record of application data */
    int64_t request_ts, answer_ts; /* first payload of the originator, of the responder after it */
    uint64_t request, answer;
    int64_t server_wait, client_wait; /* sums, ns */
    uint32_t turns;
    int8_t talker;                 /* end that sent the last payload; -1: none */
    bool lost_in_turn;             /* something was sent again since the talker changed */
    int64_t gap;                   /* the last long silence, ns */
    int64_t gap_end_ts;
    uint64_t gap_end;              /* the packet after it */
    uint8_t gap_breaker;           /* end that sent it */
    uint64_t after_gap[2];         /* packets since it */
    struct tl_events icmp[TL_ICMP_KINDS];
    uint32_t mtu;                  /* of the last "too big"; 0: none */
    uint8_t icmp_from[16];
    bool icmp_v6;
    int64_t lookup_ts, lookup_time; /* of the name that led to the flow; 0: not seen */
    char lookup[TL_FACTS_TEXT];
    int64_t first_choice_ts;       /* a connection over IPv6 to the same name was begun before, and failed; 0: none */
    uint64_t first_choice;         /* its first packet */
    bool first_refused, first_error; /* it was answered by a reset, by an ICMP error */
    const struct tl_arp_neighbour *neighbour[2]; /* what ARP says of the ends, when the flow ends; NULL: nothing, or IPv6 */
    struct tl_end_facts end[2];
    struct tl_told_facts told;
};

/* A segment of `end`. */
void tl_facts_segment(struct tl_facts *f, unsigned end, const struct tl_frame *frame, const struct tl_segment *segment);
/* Counts an event. lost: ns. */
void tl_events_add(struct tl_events *tally, uint64_t number, int64_t lost);
/* A record of the flow. number: of the packet that completed it. */
void tl_facts_record(struct tl_facts *f, const struct tl_record_def *def, const struct tl_record *record,
                     uint64_t number);
/*
 * Does this end send a message at regular intervals, such as a ping, which the peer answers? What the peer sent last is no
 * request then.
 */
static inline bool tl_facts_regular(const struct tl_end_facts *e)
{
    return e->speaks_first && e->beats.count >= 2 && e->beat_most - e->beat_least <= e->beat_least / 4;
}
/* Returns the value of a key, or NULL if the record does not have it. */
const void *tl_record_value(const struct tl_record_def *def, const struct tl_record *record, const char *key);
/* Copies text with its odd bytes escaped. */
void tl_facts_text(char *out, size_t size, struct tl_bytes text);
/* The end of the side in the end. */
static inline unsigned tl_facts_side(const struct tl_facts *f, unsigned side)
{
    return f->turned ? side ^ 1 : side;
}

#endif
