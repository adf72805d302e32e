/*
 * mail_text.h - text in the header fields of messages: encoded words (RFC 2047), parameters (RFC 2045, RFC 2231) and
 * lists of addresses (RFC 5322). Knows no protocol: what carries the message does not matter.
 */
#ifndef TL_DISSECTORS_MAIL_TEXT_H
#define TL_DISSECTORS_MAIL_TEXT_H

#include "core/bytes.h"
#include "core/charset.h"

/* Text that was decoded into a room of its own. */
struct tl_mail_text {
    uint8_t *data;  /* the caller's */
    uint32_t room;  /* bytes of it */
    uint32_t len;
    bool cut;       /* there was more */
};

/*
 * Appends the value of an unfolded field with its encoded words decoded. What is no encoded word, or one in an unknown
 * character set, stays as it is.
 */
void tl_mail_decode(struct tl_charsets *sets, struct tl_bytes value, struct tl_mail_text *out);

/*
 * Appends the parameter `name` (lower case) of a structured field such as Content-Type: quotes removed, continuations
 * put together, its character set undone. false: there is none.
 */
bool tl_mail_parameter(struct tl_charsets *sets, struct tl_bytes value, const char *name, struct tl_mail_text *out);

/* The part before the first ';', without white space around it. */
struct tl_bytes tl_mail_main_value(struct tl_bytes value);

/*
 * Takes the next item off a list of addresses that are parted by commas, not those in quotes, comments or angle
 * brackets. White space around it is left out. false: there are no more.
 */
bool tl_mail_next_address(struct tl_bytes *list, struct tl_bytes *item);

/* Without spaces, tabs and line ends around it. */
struct tl_bytes tl_mail_trim(struct tl_bytes text);
/* Is text this word (lower case), in any case? */
bool tl_mail_is(struct tl_bytes text, const char *word);

/* The next IPv4 or IPv6 address that stands in text as a word of its own, behind *at. Moves *at behind it. */
bool tl_mail_next_ip(struct tl_bytes text, uint32_t *at, struct tl_bytes *ip);

#endif
