/*
 * gss.h - authentication tokens that LDAP, SMB, DCE/RPC and others carry: SPNEGO (RFC 4178), NTLMSSP (MS-NLMP), Kerberos
 * (RFC 4121). Each is shown as a layer of its own. Exchanges make records of their own.
 */
#ifndef TL_DISSECTORS_GSS_H
#define TL_DISSECTORS_GSS_H

#include "core/ber.h"

enum tl_gss_mechanism { TL_GSS_NONE, TL_GSS_NTLM, TL_GSS_KERBEROS };
enum tl_gss_result { TL_GSS_UNKNOWN, TL_GSS_ACCEPTED, TL_GSS_REJECTED };

/* An exchange, in the protocol's flow state. Zero at first. Handles are kept texts. */
struct tl_gss {
    int64_t ts;             /* of the client's message */
    uint32_t user, domain, host, computer, dns, tree; /* NTLM */
    uint32_t realm, service; /* Kerberos, of the ticket */
    int32_t etype;
    uint8_t mechanism;      /* enum tl_gss_mechanism: of the last token */
    bool waits;             /* the client authenticated, and no result was seen */
    bool has_etype, replied;
};

/* Reads a token that lies in d's source. */
void tl_gss_token(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes token);
/* The exchange has ended: writes the record if the client authenticated. */
void tl_gss_end(struct tl_dissection *d, struct tl_gss *x, enum tl_gss_result result);

/*
 * Makes `inner` the context for a layer of `protocol` in these bytes of d's source, with or without a tree. To be closed
 * by tl_gss_inner_end().
 */
void tl_gss_inner_begin(struct tl_dissection *d, struct tl_dissection *inner, const struct tl_protocol *protocol,
                        struct tl_bytes bytes);
void tl_gss_inner_end(struct tl_dissection *d, struct tl_dissection *inner);

/* Of tl_gss_token(). */
void tl_ntlmssp_token(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes token);
void tl_ntlm_emit(struct tl_dissection *d, const struct tl_gss *x, enum tl_gss_result result);
uint32_t tl_gss_keep_utf16(struct tl_dissection *d, uint32_t old, struct tl_bytes text, bool unicode);

extern const struct tl_record_def tl_ntlm_record_def;
extern const struct tl_protocol tl_protocol_spnego, tl_protocol_ntlmssp;

#endif
