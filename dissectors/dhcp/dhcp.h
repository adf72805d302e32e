/* dhcp.h - shared by the files of the DHCP dissector (RFC 2131, RFC 2132). */
#ifndef TL_DISSECTORS_DHCP_H
#define TL_DISSECTORS_DHCP_H

#include "core/dissect.h"

enum tl_dhcp_field {
    DHCP_TYPE, DHCP_HW_TYPE, DHCP_HW_LEN, DHCP_HOPS, DHCP_ID, DHCP_SECS, DHCP_FLAGS, DHCP_FLAGS_BC,
    DHCP_FLAGS_RESERVED, DHCP_CLIENT, DHCP_YOUR, DHCP_SERVER, DHCP_RELAY, DHCP_HW_MAC, DHCP_HW_ADDR, DHCP_HW_PADDING,
    DHCP_SNAME, DHCP_FILE, DHCP_COOKIE, DHCP_VENDOR_AREA, DHCP_OPTION, DHCP_OPTION_TYPE, DHCP_OPTION_LENGTH,
    DHCP_VALUE, DHCP_END, DHCP_PADDING,
    /* options that are one value or a list of values */
    DHCP_SUBNET_MASK, DHCP_TIME_OFFSET, DHCP_ROUTER, DHCP_TIME_SERVER, DHCP_NAME_SERVER, DHCP_DNS, DHCP_LOG_SERVER,
    DHCP_QUOTES_SERVER, DHCP_LPR_SERVER, DHCP_IMPRESS_SERVER, DHCP_RESOURCE_SERVER, DHCP_HOSTNAME, DHCP_FILE_SIZE,
    DHCP_DUMP_FILE, DHCP_DOMAIN, DHCP_SWAP_SERVER, DHCP_ROOT_PATH, DHCP_EXTENSION_PATH, DHCP_FORWARDING,
    DHCP_NON_LOCAL_ROUTING, DHCP_REASSEMBLY, DHCP_TTL, DHCP_MTU_AGING, DHCP_MTU_PLATEAU, DHCP_MTU, DHCP_ALL_LOCAL,
    DHCP_BROADCAST, DHCP_MASK_DISCOVERY, DHCP_MASK_SUPPLIER, DHCP_ROUTER_DISCOVERY, DHCP_SOLICITATION, DHCP_TRAILERS,
    DHCP_ARP_TIMEOUT, DHCP_ETHERNET, DHCP_TCP_TTL, DHCP_KEEPALIVE, DHCP_KEEPALIVE_GARBAGE, DHCP_NIS_DOMAIN,
    DHCP_NIS_SERVER, DHCP_NTP_SERVER, DHCP_NBNS, DHCP_NBDD, DHCP_NODE_TYPE, DHCP_NB_SCOPE, DHCP_FONT_SERVER,
    DHCP_DISPLAY_MANAGER, DHCP_REQUESTED, DHCP_LEASE, DHCP_OVERLOAD, DHCP_MESSAGE_TYPE, DHCP_SERVER_ID,
    DHCP_PARAMETER, DHCP_MESSAGE, DHCP_MAX_SIZE, DHCP_RENEWAL, DHCP_REBINDING, DHCP_VENDOR_CLASS, DHCP_NISPLUS_DOMAIN,
    DHCP_NISPLUS_SERVER, DHCP_TFTP_NAME, DHCP_BOOTFILE, DHCP_HOME_AGENT, DHCP_SMTP, DHCP_POP3, DHCP_NNTP, DHCP_WWW,
    DHCP_FINGER, DHCP_IRC, DHCP_STREETTALK, DHCP_STREETTALK_DA, DHCP_LAST_TRANSACTION, DHCP_ASSOCIATED,
    DHCP_ARCHITECTURE, DHCP_AUTO_CONFIGURATION, DHCP_SUBNET_SELECTION, DHCP_PANA, DHCP_CAPWAP, DHCP_NONCE_ALGORITHM,
    DHCP_TFTP_ADDRESS, DHCP_MUDURL, DHCP_CAPTIVE_PORTAL, DHCP_PROXY, DHCP_TZ_PCODE, DHCP_TZ_TCODE,
    /* options with a layout of their own */
    DHCP_POLICY_IP, DHCP_POLICY_MASK, DHCP_ROUTE_IP, DHCP_ROUTE_ROUTER, DHCP_CLASSLESS_ROUTE, DHCP_CLIENT_ID_UUID,
    DHCP_CLIENT_ID_TYPE, DHCP_CLIENT_ID, DHCP_NETWORK_MAJOR, DHCP_NETWORK_MINOR, DHCP_USER_CLASS_LENGTH,
    DHCP_USER_CLASS_DATA, DHCP_USER_CLASS_TEXT, DHCP_FQDN_FLAGS, DHCP_FQDN_MBZ, DHCP_FQDN_N, DHCP_FQDN_E, DHCP_FQDN_O,
    DHCP_FQDN_S, DHCP_FQDN_RCODE1, DHCP_FQDN_RCODE2, DHCP_FQDN_NAME, DHCP_SUBOPTION, DHCP_AGENT_TYPE,
    DHCP_SUBOPTION_LENGTH, DHCP_CIRCUIT_ID, DHCP_REMOTE_ID, DHCP_LINK_SELECTION, DHCP_SUBSCRIBER_ID,
    DHCP_AGENT_RADIUS, DHCP_AGENT_AUTHENTICATION, DHCP_AGENT_VENDOR, DHCP_AGENT_FLAGS, DHCP_SERVER_OVERRIDE,
    DHCP_RELAY_ID, DHCP_AGENT_VALUE, DHCP_AUTH_PROTOCOL, DHCP_AUTH_ALGORITHM, DHCP_AUTH_RDM, DHCP_AUTH_REPLAY,
    DHCP_AUTH_INFORMATION, DHCP_SEARCH, DHCP_SIP_ENCODING, DHCP_SIP_NAME, DHCP_SIP_ADDRESS, DHCP_VENDOR,
    DHCP_VI_CLASS_ENTERPRISE, DHCP_VI_CLASS_LENGTH, DHCP_VI_CLASS_DATA, DHCP_VI_ENTERPRISE, DHCP_VI_LENGTH,
    DHCP_VI_VALUE, DHCP_LINE,
};

enum tl_dhcp_op { TL_DHCP_REQUEST = 1, TL_DHCP_REPLY = 2 };

/* What the line and the record of a message are made of. Texts are in the packet or in scratch memory. */
struct tl_dhcp_message {
    uint32_t start;        /* of the header, offset in the source */
    const uint8_t *header; /* 240 bytes, with the cookie */
    struct tl_bytes areas[3]; /* what holds options: see tl_dhcp_survey() */
    unsigned area_count;
    uint32_t id;
    uint8_t op, hw_type, hw_len;
    uint8_t type;          /* option 53; 0: none */
    uint8_t overload;      /* option 52 */
    bool headed;           /* the header was read */
    bool has_lease;
    uint32_t lease;        /* seconds */
    const uint8_t *client, *your, *relay; /* 4 bytes each */
    const uint8_t *hardware;      /* 16 bytes */
    const uint8_t *requested;     /* option 50; NULL: none */
    const uint8_t *id_mac;        /* option 61 of hardware type 1; NULL: none */
    struct tl_bytes host_name, fqdn, domain, message;
    uint32_t repeated[8];  /* bits: codes of options that occur more than once (RFC 3396) */
    uint32_t seen[8];      /* bits: codes of options of which a piece was read */
};

extern const struct tl_record_def tl_dhcp_record_def;
/* Reports a message for the record of its exchange. */
void tl_dhcp_join(struct tl_dissection *d, const struct tl_dhcp_message *m);
/* The flow ends: exchanges that wait for a message in it are over. */
void tl_dhcp_join_end(struct tl_dissection *d);

extern const struct tl_name tl_dhcp_option_names[], tl_dhcp_message_types[], tl_dhcp_agent_names[];

/* Finds the areas that hold options, and the options that have several pieces. The cursor is after the cookie. */
void tl_dhcp_survey(const struct tl_dissection *d, struct tl_dhcp_message *m);
/* Reads the options at the cursor, and those in the header if option 52 says so. */
void tl_dhcp_options(struct tl_dissection *d, struct tl_dhcp_message *m);
/* Reads the value of an option; the cursor is limited to it. */
void tl_dhcp_value(struct tl_dissection *d, struct tl_dhcp_message *m, uint8_t code);
/* Returns whether the option's value is one number. */
bool tl_dhcp_is_number(uint8_t code);
/* Reads a string to the end of the cursor's range, or to a NUL. */
struct tl_bytes tl_dhcp_text(struct tl_dissection *d, unsigned field, uint32_t len);

#endif
