/* rdp.h - shared by the files of the Remote Desktop Protocol (MS-RDPBCGR). */
#ifndef TL_DISSECTORS_RDP_RDP_H
#define TL_DISSECTORS_RDP_RDP_H

#include "core/dissect.h"

enum tl_rdp_field {
    RDP_TPKT_VERSION, RDP_TPKT_RESERVED, RDP_TPKT_LENGTH, RDP_LI, RDP_TYPE, RDP_DST_REF, RDP_SRC_REF, RDP_CLASS,
    RDP_NUMBER, RDP_EOT, RDP_COOKIE, RDP_NEG_TYPE, RDP_REQ_FLAGS, RDP_RSP_FLAGS, RDP_NEG_LENGTH, RDP_REQUESTED,
    RDP_R_SSL, RDP_R_HYBRID, RDP_R_RDSTLS, RDP_R_HYBRID_EX, RDP_SELECTED, RDP_FAILURE,
    RDP_MCS, RDP_MCS_RESULT, RDP_GCC, RDP_GCC_RESULT,
    RDP_CLIENT_CORE, RDP_CLIENT_SECURITY, RDP_CLIENT_NETWORK, RDP_CLIENT_CLUSTER, RDP_CLIENT_MONITOR,
    RDP_CLIENT_MESSAGE, RDP_CLIENT_MONITOR_EX, RDP_CLIENT_TRANSPORT, RDP_CLIENT_OTHER, RDP_SERVER_CORE, RDP_SERVER_SECURITY,
    RDP_SERVER_NETWORK, RDP_SERVER_MESSAGE, RDP_SERVER_TRANSPORT, RDP_SERVER_OTHER,
    RDP_BLOCK_TYPE, RDP_BLOCK_LENGTH, RDP_MAJOR, RDP_MINOR, RDP_WIDTH, RDP_HEIGHT, RDP_COLOR_DEPTH, RDP_SAS, RDP_LAYOUT,
    RDP_BUILD, RDP_CLIENT_NAME, RDP_KEYBOARD, RDP_SUBTYPE, RDP_FUNCTION_KEYS, RDP_IME, RDP_POST_BETA_DEPTH, RDP_PRODUCT,
    RDP_SERIAL, RDP_HIGH_DEPTH, RDP_DEPTHS, RDP_EARLY, RDP_DIG_PRODUCT, RDP_CONNECTION, RDP_PAD, RDP_SERVER_SELECTED,
    RDP_METHODS, RDP_EXT_METHODS, RDP_CLUSTER_FLAGS, RDP_SESSION, RDP_CHANNELS, RDP_CHANNEL_NAME, RDP_CHANNEL_OPTIONS,
    RDP_MCS_CHANNEL, RDP_CLIENT_REQUESTED, RDP_METHOD, RDP_LEVEL, RDP_RANDOM_LEN, RDP_CERT_LEN, RDP_RANDOM, RDP_CERT,
    RDP_REST, RDP_FAST_HEADER, RDP_FAST_ACTION, RDP_FAST_FLAGS, RDP_FAST_LENGTH, RDP_FIELDS
};

extern const struct tl_record_def tl_rdp_record_def;

enum { TL_RDP_CHANNELS = 31, TL_RDP_CHANNEL_NAME = 8, TL_RDP_NAME = 16 * 3, TL_RDP_PRODUCT = 32 * 3 };

/* What the two ends said before they began to encrypt. */
struct tl_rdp_facts {
    int64_t since;
    const char *result, *security; /* NULL: not known */
    bool asked;                    /* the request was seen */
    bool emitted;
    bool core, deep, secured, certified; /* which of what follows is known */
    bool cert_permanent;
    uint8_t cookie_len, name_len, product_len, channel_count;
    uint16_t width, height, depth, early;
    uint32_t layout, build, method, level, cert_type, cert_count;
    char cookie[128], name[TL_RDP_NAME], product[TL_RDP_PRODUCT];
    char channels[TL_RDP_CHANNELS][TL_RDP_CHANNEL_NAME]; /* with NULs behind each name */
};

/* The cursor is behind the X.224 header of a data PDU: MCS connect-initial, or connect-response (T.125 section 7). */
void tl_rdp_connect(struct tl_dissection *d, struct tl_rdp_facts *facts);
/* Writes the record of the flow, once, if there is something to tell. */
void tl_rdp_emit(struct tl_dissection *d, struct tl_rdp_facts *facts);

/* Names of values; NULL: none. */
const char *tl_rdp_layout(uint32_t layout);
const char *tl_rdp_build(uint32_t build);
const char *tl_rdp_depth(uint32_t depth);
extern const struct tl_name tl_rdp_methods[], tl_rdp_levels[], tl_rdp_results[], tl_rdp_cert_types[];

#endif
