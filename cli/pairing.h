/*
 * pairing.h - which request a packet answers, by fields that both have: addresses, ports, identifiers, acknowledgments,
 * times. A packet that an ICMP error quotes tells the request too.
 */
#ifndef TL_CLI_PAIRING_H
#define TL_CLI_PAIRING_H

#include "core/tree.h"

enum { TL_PAIRING_FACTS = 20 };

/* What a request expects its answer to have, or what an answer has. */
struct tl_pairing {
    uint32_t set; /* bit i: values[i] is known */
    uint64_t values[TL_PAIRING_FACTS];
};

/* Adds what the frame of a request tells; a request may have several frames. */
void tl_pairing_request(struct tl_pairing *pairing, const struct tl_tree *tree);
struct tl_pairing tl_pairing_answer(const struct tl_tree *tree);
/*
 * Returns how many facts are the same; 0: nothing tells whether the packet is an answer to the request; -1: it answers
 * another one.
 */
int tl_pairing_compare(const struct tl_pairing *request, const struct tl_pairing *answer);

#endif
