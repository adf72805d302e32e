/* x509.h - certificates (RFC 5280) in protocols that carry them: their fields in the tree, and their record. */
#ifndef TL_DISSECTORS_X509_X509_H
#define TL_DISSECTORS_X509_X509_H

#include "core/crypto.h"
#include "core/dissect.h"

extern const struct tl_record_def tl_x509_def;

/*
 * Adds the fields of the certificate at [off, off + len) of d's source, in a layer inside d's. Does nothing without a
 * tree. Returns false when they cannot be read.
 */
bool tl_x509_show(struct tl_dissection *d, uint32_t off, uint32_t len);
/*
 * Adds the distinguished names at [off, off + len) of d's source, each behind two bytes with its length, in one layer
 * inside d's. Does nothing without a tree. Returns false when they cannot be read.
 */
bool tl_x509_show_names(struct tl_dissection *d, uint32_t off, uint32_t len);
/* Reads a certificate for records. NULL: it is malformed, or there is no cryptography. Valid until the next call. */
const struct tl_certificate *tl_x509_read(const struct tl_dissection *d, struct tl_bytes der);
/* Emits the record. host: it is the first of its chain. client: a client sent it. */
void tl_x509_emit(struct tl_dissection *d, const struct tl_certificate *c, int64_t ts, bool host, bool client);
/* Emits the records of the certificates in signed data of CMS (RFC 5652), if it is that. */
void tl_x509_emit_signed(struct tl_dissection *d, struct tl_bytes cms, int64_t ts, bool client);
/* Is the certificate for this name (RFC 6125 section 6.4)? A name may stand for all labels in place of its first. */
bool tl_x509_is_for(const struct tl_certificate *c, struct tl_bytes name);

#endif
