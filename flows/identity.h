/* identity.h - the names of a flow: uid and Community ID. */
#ifndef TL_FLOWS_IDENTITY_H
#define TL_FLOWS_IDENTITY_H

#include "core/crypto.h"
#include "core/record.h"
#include "flows/flow.h"

/* Computed from the flow's key, first timestamp and first packet, so it is the same in every run over the same file. */
struct tl_uid tl_flow_uid(const struct tl_flow *flow, const struct tl_flow_ext *ext);
/* "C", 17 base-62 digits and a NUL. */
void tl_uid_text(struct tl_uid uid, char text[20]);
/* The name of file `number` of one side of a flow: "F", 17 base-62 digits and a NUL. */
void tl_file_uid(const char uid[TL_UID_LEN], unsigned side, uint32_t number, char text[20]);
/* Community ID v1, seed 0 (github.com/corelight/community-id-spec), with a NUL. ICMP ports are types and codes. */
void tl_community_id(const struct tl_flow *flow, const struct tl_crypto *crypto, char text[32]);
/* Fills id except for these two names. */
void tl_flow_describe(const struct tl_flow *flow, struct tl_flow_id *id);

#endif
