/* parked.c - runs of words that are not zero, each after the number of words that are, and its own. */
#include "explain/parked.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 4, BLOCK = 8, WORDS = sizeof(struct tl_facts) / WORD };

_Static_assert(sizeof(struct tl_facts) % WORD == 0 && WORDS <= UINT16_MAX, "words are counted in 16 bits");

struct run {
    uint16_t zeros, words;
};

static uint32_t word_at(const uint8_t *from, unsigned i)
{
    uint32_t word;
    memcpy(&word, from + (size_t)i * WORD, WORD);
    return word;
}

static bool is_zero_block(const uint8_t *from, unsigned i)
{
    uint64_t words[BLOCK * WORD / 8], all = 0;
    memcpy(words, from + (size_t)i * WORD, sizeof words);
    for (unsigned k = 0; k < TL_COUNT(words); k++)
        all |= words[k];
    return all == 0;
}

/* out has room for all words and a run for every second one. Returns the length. */
static uint32_t pack(const uint8_t *from, uint8_t *out)
{
    uint8_t *at = out;
    for (unsigned i = 0; i < WORDS;) {
        unsigned zeros = i;
        while (i + BLOCK <= WORDS && is_zero_block(from, i))
            i += BLOCK;
        while (i < WORDS && word_at(from, i) == 0)
            i++;
        unsigned begin = i;
        while (i < WORDS && word_at(from, i) != 0)
            i++;
        if (i == begin)
            break;
        const struct run run = { (uint16_t)(begin - zeros), (uint16_t)(i - begin) };
        memcpy(at, &run, sizeof run);
        memcpy(at + sizeof run, from + (size_t)begin * WORD, (size_t)run.words * WORD);
        at += sizeof run + (size_t)run.words * WORD;
    }
    return (uint32_t)(at - out);
}

struct tl_parked *tl_parked_new(struct tl_facts *f)
{
    uint8_t room[WORDS * (WORD + sizeof(struct run) / 2) + sizeof(struct run)];
    struct tl_parked head = { .first = f->first, .port = { f->port[0], f->port[1] }, .depth = f->depth,
                              .ip_proto = f->ip_proto, .v6 = f->v6 };
    memcpy(head.addr, f->addr, sizeof head.addr);
    memset(f->addr, 0, sizeof f->addr);
    f->first = 0;
    f->next = 0;
    head.len = pack((const uint8_t *)f, room);
    struct tl_parked *p = malloc(sizeof *p + head.len);
    if (p == NULL)
        return NULL;
    memcpy(p, &head, sizeof head);
    memcpy(p->data, room, head.len);
    return p;
}

void tl_parked_read(const struct tl_parked *p, struct tl_facts *f)
{
    uint8_t *out = (uint8_t *)f;
    struct run run;
    for (const uint8_t *at = p->data, *end = p->data + p->len; at < end; at += (size_t)run.words * WORD) {
        memcpy(&run, at, sizeof run);
        at += sizeof run;
        out += (size_t)run.zeros * WORD;
        memcpy(out, at, (size_t)run.words * WORD);
        out += (size_t)run.words * WORD;
    }
    f->first = p->first;
    memcpy(f->addr, p->addr, sizeof f->addr);
}
