/*
 * mail_text.h - text in the header fields of messages: encoded words (RFC 2047), parameters (RFC 2045, RFC 2231) and
 * lists of addresses (RFC 5322). It does not depend on the protocol that carries the message.
 */
#ifndef TL_DISSECTORS_MAIL_TEXT_H
#define TL_DISSECTORS_MAIL_TEXT_H

#include "core/bytes.h"
#include "core/charset.h"

/* A buffer for decoded text. */
struct tl_mail_text {
    uint8_t *data;  /* owned by the caller */
    uint32_t room;  /* size of data in bytes */
    uint32_t len;
    bool cut;       /* the text did not fit */
};

/*
 * Appends the value of an unfolded field with its encoded words decoded. Other text, and words in an unknown character
 * set, are unchanged.
 */
void tl_mail_decode(struct tl_charsets *sets, struct tl_bytes value, struct tl_mail_text *out);

/*
 * Appends the parameter `name` (lower case) of a structured field such as Content-Type: without quotes, with
 * continuations joined and its character set converted. Returns false if there is none.
 */
bool tl_mail_parameter(struct tl_charsets *sets, struct tl_bytes value, const char *name, struct tl_mail_text *out);

/* Returns the part before the first ';', without surrounding white space. */
struct tl_bytes tl_mail_main_value(struct tl_bytes value);

/*
 * Removes the next item from a list of addresses (RFC 5322 section 3.4) separated by commas. Commas in quotes, comments
 * or brackets do not separate. The members of a group are items without the group's name; a group without members is an
 * item as it is written. Removes surrounding white space. Returns false if there are no more items.
 */
bool tl_mail_next_address(struct tl_bytes *list, struct tl_bytes *item);

/* Returns text without surrounding spaces, tabs and line ends. */
struct tl_bytes tl_mail_trim(struct tl_bytes text);
/* Compares text with a word (lower case), ignoring case. */
bool tl_mail_is(struct tl_bytes text, const char *word);

/* Finds the next IPv4 or IPv6 address in text that is a separate word, after *at. Moves *at past it. */
bool tl_mail_next_ip(struct tl_bytes text, uint32_t *at, struct tl_bytes *ip);

#endif
