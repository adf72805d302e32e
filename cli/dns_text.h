/* dns_text.h - DNS messages as text, from the fields that the decoder found: one record a line, as in zone files. */
#ifndef TL_CLI_DNS_TEXT_H
#define TL_CLI_DNS_TEXT_H

#include "core/buffer.h"
#include "core/tree.h"

struct tl_dns_text {
    bool response, truncated;
    bool malformed;   /* not all of it could be read */
    uint32_t soas;    /* SOA records in the answer: a zone ends with the second */
    uint32_t records; /* in the answer */
};

/* What to print. */
enum tl_dns_form { TL_DNS_NOTHING, TL_DNS_WHOLE, TL_DNS_SHORT /* only the data of answers */ };

/* Reads a message out of its tree, and appends its text. */
struct tl_dns_text tl_dns_text_put(struct tl_buffer *out, const struct tl_tree *tree, enum tl_dns_form form);

#endif
