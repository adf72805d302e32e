/* dhcp.c - BOOTP (RFC 951) and the Dynamic Host Configuration Protocol (RFC 2131). */
#include "dissectors/dhcp/dhcp.h"

#include "core/buffer.h"
#include "dissectors/header.h"

static const struct tl_name ops[] = {
    { TL_DHCP_REQUEST, "Boot request" }, { TL_DHCP_REPLY, "Boot reply" }, { 0, NULL },
};

static const struct tl_name node_types[] = {
    { 1, "B-node" }, { 2, "P-node" }, { 4, "M-node" }, { 8, "H-node" }, { 0, NULL },
};

static const struct tl_name overloads[] = {
    { 1, "File name holds options" }, { 2, "Server name holds options" }, { 3, "Both names hold options" }, { 0, NULL },
};

/* IANA registry "Processor Architecture Types". */
static const struct tl_name architectures[] = {
    { 0, "x86 BIOS" },     { 6, "x86 UEFI" },       { 7, "x64 UEFI" },        { 9, "EBC" },
    { 10, "ARM 32-bit UEFI" }, { 11, "ARM 64-bit UEFI" }, { 15, "x86 UEFI, HTTP" }, { 16, "x64 UEFI, HTTP" },
    { 18, "ARM 32-bit UEFI, HTTP" }, { 19, "ARM 64-bit UEFI, HTTP" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [DHCP_TYPE] = { "dhcp.type", "Message", .type = TL_U8, .names = ops },
    [DHCP_HW_TYPE] = { "dhcp.hw.type", "Hardware type", .type = TL_U8, .base = TL_HEX, .names = tl_hardware_names },
    [DHCP_HW_LEN] = { "dhcp.hw.len", "Hardware address length", .type = TL_U8, .unit = "bytes" },
    [DHCP_HOPS] = { "dhcp.hops", "Hops", .type = TL_U8 },
    [DHCP_ID] = { "dhcp.id", "Transaction id", .type = TL_U32, .base = TL_HEX },
    [DHCP_SECS] = { "dhcp.secs", "Seconds elapsed", .type = TL_U16 },
    [DHCP_FLAGS] = { "dhcp.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [DHCP_FLAGS_BC] = { "dhcp.flags.bc", "Broadcast", .type = TL_BOOL, .mask = 0x8000 },
    [DHCP_FLAGS_RESERVED] = { "dhcp.flags.reserved", "Reserved flags", .type = TL_U16, .base = TL_HEX,
                              .mask = 0x7fff },
    [DHCP_CLIENT] = { "dhcp.ip.client", "Client address", .type = TL_IPV4 },
    [DHCP_YOUR] = { "dhcp.ip.your", "Your (client) address", .type = TL_IPV4 },
    [DHCP_SERVER] = { "dhcp.ip.server", "Next server address", .type = TL_IPV4 },
    [DHCP_RELAY] = { "dhcp.ip.relay", "Relay agent address", .type = TL_IPV4 },
    [DHCP_HW_MAC] = { "dhcp.hw.mac_addr", "Client MAC address", .type = TL_MAC },
    [DHCP_HW_ADDR] = { "dhcp.hw.addr", "Client hardware address", .type = TL_BYTES },
    [DHCP_HW_PADDING] = { "dhcp.hw.addr_padding", "Client hardware address padding", .type = TL_BYTES },
    [DHCP_SNAME] = { "dhcp.server", "Server name", .type = TL_TEXT },
    [DHCP_FILE] = { "dhcp.file", "Boot file name", .type = TL_TEXT },
    [DHCP_COOKIE] = { "dhcp.cookie", "Magic cookie", .type = TL_IPV4 },
    [DHCP_VENDOR_AREA] = { "dhcp.vendor_specific_options", "Vendor area", .type = TL_BYTES },
    [DHCP_OPTION] = { "dhcp.option", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [DHCP_OPTION_TYPE] = { "dhcp.option.type", "Option", .type = TL_U8, .names = tl_dhcp_option_names },
    [DHCP_OPTION_LENGTH] = { "dhcp.option.length", "Length", .type = TL_U8, .unit = "bytes" },
    [DHCP_VALUE] = { "dhcp.option.value", "Value", .type = TL_BYTES },
    [DHCP_END] = { "dhcp.option.end", "End", .type = TL_U8 },
    [DHCP_PADDING] = { "dhcp.option.padding", "Padding", .type = TL_BYTES, .flags = TL_REPEATS },
    [DHCP_SUBNET_MASK] = { "dhcp.option.subnet_mask", "Subnet mask", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_TIME_OFFSET] = { "dhcp.option.time_offset", "Time offset", .type = TL_I32, .unit = "seconds",
                           .flags = TL_REPEATS },
    [DHCP_ROUTER] = { "dhcp.option.router", "Router", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_TIME_SERVER] = { "dhcp.option.time_server", "Time server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_NAME_SERVER] = { "dhcp.option.name_server", "Name server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_DNS] = { "dhcp.option.domain_name_server", "Domain name server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_LOG_SERVER] = { "dhcp.option.log_server", "Log server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_QUOTES_SERVER] = { "dhcp.option.quotes_server", "Quotes server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_LPR_SERVER] = { "dhcp.option.lpr_server", "LPR server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_IMPRESS_SERVER] = { "dhcp.option.impress_server", "Impress server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_RESOURCE_SERVER] = { "dhcp.option.resource_location_server", "Resource location server", .type = TL_IPV4,
                               .flags = TL_REPEATS },
    [DHCP_HOSTNAME] = { "dhcp.option.hostname", "Host name", .type = TL_TEXT },
    [DHCP_FILE_SIZE] = { "dhcp.option.boot_file_size", "Boot file size", .type = TL_U16, .flags = TL_REPEATS },
    [DHCP_DUMP_FILE] = { "dhcp.option.merit_dump_file", "Merit dump file", .type = TL_TEXT },
    [DHCP_DOMAIN] = { "dhcp.option.domain_name", "Domain name", .type = TL_TEXT },
    [DHCP_SWAP_SERVER] = { "dhcp.option.swap_server", "Swap server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_ROOT_PATH] = { "dhcp.option.root_path", "Root path", .type = TL_TEXT },
    [DHCP_EXTENSION_PATH] = { "dhcp.option.extension_path", "Extensions path", .type = TL_TEXT },
    [DHCP_FORWARDING] = { "dhcp.option.ip_forwarding", "IP forwarding", .type = TL_BOOL, .flags = TL_REPEATS },
    [DHCP_NON_LOCAL_ROUTING] = { "dhcp.option.non_local_source_routing", "Non-local source routing", .type = TL_BOOL,
                                 .flags = TL_REPEATS },
    [DHCP_REASSEMBLY] = { "dhcp.option.max_datagram_reassembly_size",
                          "Maximum datagram reassembly size", .type = TL_U16,
                          .unit = "bytes", .flags = TL_REPEATS },
    [DHCP_TTL] = { "dhcp.option.default_ip_ttl", "Default IP time to live", .type = TL_U8, .flags = TL_REPEATS },
    [DHCP_MTU_AGING] = { "dhcp.option.path_mtu_aging_timeout", "Path MTU aging timeout", .type = TL_U32,
                         .unit = "seconds", .flags = TL_REPEATS },
    [DHCP_MTU_PLATEAU] = { "dhcp.option.path_mtu_plateau_table_item", "Path MTU plateau", .type = TL_U16,
                           .flags = TL_REPEATS },
    [DHCP_MTU] = { "dhcp.option.interface_mtu", "Interface MTU", .type = TL_U16, .flags = TL_REPEATS },
    [DHCP_ALL_LOCAL] = { "dhcp.option.all_subnets_are_local", "All subnets are local", .type = TL_BOOL,
                         .flags = TL_REPEATS },
    [DHCP_BROADCAST] = { "dhcp.option.broadcast_address", "Broadcast address", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_MASK_DISCOVERY] = { "dhcp.option.perform_mask_discovery", "Perform mask discovery", .type = TL_BOOL,
                              .flags = TL_REPEATS },
    [DHCP_MASK_SUPPLIER] = { "dhcp.option.mask_supplier", "Mask supplier", .type = TL_BOOL, .flags = TL_REPEATS },
    [DHCP_ROUTER_DISCOVERY] = { "dhcp.option.perform_router_discover", "Perform router discovery", .type = TL_BOOL,
                                .flags = TL_REPEATS },
    [DHCP_SOLICITATION] = { "dhcp.option.router_solicitation_address", "Router solicitation address", .type = TL_IPV4,
                            .flags = TL_REPEATS },
    [DHCP_TRAILERS] = { "dhcp.option.trailer_encapsulation", "Trailer encapsulation", .type = TL_BOOL,
                        .flags = TL_REPEATS },
    [DHCP_ARP_TIMEOUT] = { "dhcp.option.arp_cache_timeout", "ARP cache timeout", .type = TL_U32, .unit = "seconds",
                           .flags = TL_REPEATS },
    [DHCP_ETHERNET] = { "dhcp.option.ethernet_encapsulation", "Ethernet encapsulation", .type = TL_BOOL,
                        .flags = TL_REPEATS },
    [DHCP_TCP_TTL] = { "dhcp.option.tcp_default_ttl", "TCP default time to live", .type = TL_U8,
                       .flags = TL_REPEATS },
    [DHCP_KEEPALIVE] = { "dhcp.option.tcp_keepalive_interval", "TCP keepalive interval", .type = TL_U32,
                         .unit = "seconds", .flags = TL_REPEATS },
    [DHCP_KEEPALIVE_GARBAGE] = { "dhcp.option.tcp_keepalive_garbage", "TCP keepalive garbage", .type = TL_BOOL,
                                 .flags = TL_REPEATS },
    [DHCP_NIS_DOMAIN] = { "dhcp.option.nis_domain", "NIS domain", .type = TL_TEXT },
    [DHCP_NIS_SERVER] = { "dhcp.option.nis_server", "NIS server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_NTP_SERVER] = { "dhcp.option.ntp_server", "NTP server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_NBNS] = { "dhcp.option.netbios_over_tcpip_name_server", "NetBIOS name server", .type = TL_IPV4,
                    .flags = TL_REPEATS },
    [DHCP_NBDD] = { "dhcp.option.netbios_over_tcpip_dd_name_server",
                    "NetBIOS datagram distribution server", .type = TL_IPV4,
                    .flags = TL_REPEATS },
    [DHCP_NODE_TYPE] = { "dhcp.option.netbios_over_tcpip_node_type", "NetBIOS node type", .type = TL_U8,
                         .names = node_types, .flags = TL_REPEATS },
    [DHCP_NB_SCOPE] = { "dhcp.option.netbios_over_tcpip_scope", "NetBIOS scope", .type = TL_TEXT },
    [DHCP_FONT_SERVER] = { "dhcp.option.xwindows_system_font_server", "X Window font server", .type = TL_IPV4,
                           .flags = TL_REPEATS },
    [DHCP_DISPLAY_MANAGER] = { "dhcp.option.xwindows_system_display_manager",
                               "X Window display manager", .type = TL_IPV4,
                               .flags = TL_REPEATS },
    [DHCP_REQUESTED] = { "dhcp.option.requested_ip_address", "Requested address", .type = TL_IPV4,
                         .flags = TL_REPEATS },
    [DHCP_LEASE] = { "dhcp.option.ip_address_lease_time", "Lease time", .type = TL_U32, .unit = "seconds",
                     .flags = TL_REPEATS },
    [DHCP_OVERLOAD] = { "dhcp.option.option_overload", "Option overload", .type = TL_U8, .names = overloads,
                        .flags = TL_REPEATS },
    [DHCP_MESSAGE_TYPE] = { "dhcp.option.dhcp", "DHCP message type", .type = TL_U8, .names = tl_dhcp_message_types,
                            .flags = TL_REPEATS },
    [DHCP_SERVER_ID] = { "dhcp.option.dhcp_server_id", "Server identifier", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_PARAMETER] = { "dhcp.option.request_list_item", "Requested option", .type = TL_U8,
                         .names = tl_dhcp_option_names, .flags = TL_REPEATS },
    [DHCP_MESSAGE] = { "dhcp.option.message", "Message", .type = TL_TEXT },
    [DHCP_MAX_SIZE] = { "dhcp.option.dhcp_max_message_size", "Maximum message size", .type = TL_U16,
                        .unit = "bytes", .flags = TL_REPEATS },
    [DHCP_RENEWAL] = { "dhcp.option.renewal_time_value", "Renewal time", .type = TL_U32, .unit = "seconds",
                       .flags = TL_REPEATS },
    [DHCP_REBINDING] = { "dhcp.option.rebinding_time_value", "Rebinding time", .type = TL_U32, .unit = "seconds",
                         .flags = TL_REPEATS },
    [DHCP_VENDOR_CLASS] = { "dhcp.option.vendor_class_id", "Vendor class", .type = TL_TEXT },
    [DHCP_NISPLUS_DOMAIN] = { "dhcp.option.nis_plus_domain", "NIS+ domain", .type = TL_TEXT },
    [DHCP_NISPLUS_SERVER] = { "dhcp.option.nis_plus_server", "NIS+ server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_TFTP_NAME] = { "dhcp.option.tftp_server_name", "TFTP server name", .type = TL_TEXT },
    [DHCP_BOOTFILE] = { "dhcp.option.bootfile_name", "Boot file name", .type = TL_TEXT },
    [DHCP_HOME_AGENT] = { "dhcp.option.mobile_ip_home_agent", "Mobile IP home agent", .type = TL_IPV4,
                          .flags = TL_REPEATS },
    [DHCP_SMTP] = { "dhcp.option.smtp_server", "SMTP server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_POP3] = { "dhcp.option.pop3_server", "POP3 server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_NNTP] = { "dhcp.option.nntp_server", "NNTP server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_WWW] = { "dhcp.option.default_www_server", "WWW server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_FINGER] = { "dhcp.option.default_finger_server", "Finger server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_IRC] = { "dhcp.option.default_irc_server", "IRC server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_STREETTALK] = { "dhcp.option.streettalk_server", "StreetTalk server", .type = TL_IPV4,
                          .flags = TL_REPEATS },
    [DHCP_STREETTALK_DA] = { "dhcp.option.streettalk_da_server",
                             "StreetTalk directory assistance server", .type = TL_IPV4,
                             .flags = TL_REPEATS },
    [DHCP_LAST_TRANSACTION] = { "dhcp.option.client_last_transaction_time",
                                "Client last transaction time", .type = TL_U32,
                                .unit = "seconds", .flags = TL_REPEATS },
    [DHCP_ASSOCIATED] = { "dhcp.option.associated_ip_option", "Associated address", .type = TL_IPV4,
                          .flags = TL_REPEATS },
    [DHCP_ARCHITECTURE] = { "dhcp.option.client_system_architecture", "Client architecture", .type = TL_U16,
                            .names = architectures, .flags = TL_REPEATS },
    [DHCP_AUTO_CONFIGURATION] = { "dhcp.option.dhcp_auto_configuration", "Auto-configuration", .type = TL_U8,
                                  .flags = TL_REPEATS },
    [DHCP_SUBNET_SELECTION] = { "dhcp.option.subnet_selection_option", "Subnet selection", .type = TL_IPV4,
                                .flags = TL_REPEATS },
    [DHCP_PANA] = { "dhcp.option.pana_agent", "PANA agent", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_CAPWAP] = { "dhcp.option.capwap_access_controller", "CAPWAP access controller", .type = TL_IPV4,
                      .flags = TL_REPEATS },
    [DHCP_NONCE_ALGORITHM] = { "dhcp.option.forcerenew_nonce.algorithm", "Forcerenew nonce algorithm", .type = TL_U8,
                               .flags = TL_REPEATS },
    [DHCP_TFTP_ADDRESS] = { "dhcp.option.tftp_server_address", "TFTP server address", .type = TL_IPV4,
                            .flags = TL_REPEATS },
    [DHCP_MUDURL] = { "dhcp.option.mudurl", "Manufacturer usage description", .type = TL_TEXT },
    [DHCP_CAPTIVE_PORTAL] = { "dhcp.option.captive_portal", "Captive portal", .type = TL_TEXT },
    [DHCP_PROXY] = { "dhcp.option.private_proxy_autodiscovery", "Proxy autodiscovery", .type = TL_TEXT },
    [DHCP_TZ_PCODE] = { "dhcp.option.tz_pcode", "Time zone, POSIX", .type = TL_TEXT },
    [DHCP_TZ_TCODE] = { "dhcp.option.tz_tcode", "Time zone, by name", .type = TL_TEXT },
    [DHCP_POLICY_IP] = { "dhcp.option.policy_filter.ip", "Destination", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_POLICY_MASK] = { "dhcp.option.policy_filter.subnet_mask", "Mask", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_ROUTE_IP] = { "dhcp.option.static_route.ip", "Destination", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_ROUTE_ROUTER] = { "dhcp.option.static_route.router", "Router", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_CLASSLESS_ROUTE] = { "dhcp.option.classless_static_route", "Route", .type = TL_BYTES, .flags = TL_REPEATS,
                               .help = "Width of the mask, network, router" },
    [DHCP_CLIENT_ID_UUID] = { "dhcp.client_id.uuid", "UUID", .type = TL_GUID_LE },
    [DHCP_CLIENT_ID_TYPE] = { "dhcp.client_id.type", "Identifier type", .type = TL_U8 },
    [DHCP_CLIENT_ID] = { "dhcp.client_id", "Identifier", .type = TL_BYTES },
    [DHCP_NETWORK_MAJOR] = { "dhcp.client_network_id_major", "Major version", .type = TL_U8 },
    [DHCP_NETWORK_MINOR] = { "dhcp.client_network_id_minor", "Minor version", .type = TL_U8 },
    [DHCP_USER_CLASS_LENGTH] = { "dhcp.option.user_class.length", "Length", .type = TL_U8, .unit = "bytes",
                                 .flags = TL_REPEATS },
    [DHCP_USER_CLASS_DATA] = { "dhcp.option.user_class.data", "User class", .type = TL_BYTES, .flags = TL_REPEATS },
    [DHCP_USER_CLASS_TEXT] = { "dhcp.option.user_class.text", "User class", .type = TL_TEXT },
    [DHCP_FQDN_FLAGS] = { "dhcp.fqdn.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [DHCP_FQDN_MBZ] = { "dhcp.fqdn.mbz", "Reserved", .type = TL_U8, .base = TL_HEX, .mask = 0xf0 },
    [DHCP_FQDN_N] = { "dhcp.fqdn.n", "Server must not update", .type = TL_BOOL, .mask = 0x08 },
    [DHCP_FQDN_E] = { "dhcp.fqdn.e", "Name as in DNS", .type = TL_BOOL, .mask = 0x04 },
    [DHCP_FQDN_O] = { "dhcp.fqdn.o", "Server overrides", .type = TL_BOOL, .mask = 0x02 },
    [DHCP_FQDN_S] = { "dhcp.fqdn.s", "Server updates the name", .type = TL_BOOL, .mask = 0x01 },
    [DHCP_FQDN_RCODE1] = { "dhcp.fqdn.rcode1", "Result of A", .type = TL_U8 },
    [DHCP_FQDN_RCODE2] = { "dhcp.fqdn.rcode2", "Result of PTR", .type = TL_U8 },
    [DHCP_FQDN_NAME] = { "dhcp.fqdn.name", "Client name", .type = TL_TEXT },
    [DHCP_SUBOPTION] = { "dhcp.option.agent_information_option", "Suboption", .type = TL_GROUP, .flags = TL_REPEATS },
    [DHCP_AGENT_TYPE] = { "dhcp.option.agent_information_option.suboption", "Suboption", .type = TL_U8,
                          .names = tl_dhcp_agent_names },
    [DHCP_SUBOPTION_LENGTH] = { "dhcp.option.suboption_length", "Length", .type = TL_U8, .unit = "bytes" },
    [DHCP_CIRCUIT_ID] = { "dhcp.option.agent_information_option.agent_circuit_id", "Circuit id", .type = TL_BYTES },
    [DHCP_REMOTE_ID] = { "dhcp.option.agent_information_option.agent_remote_id", "Remote id", .type = TL_BYTES },
    [DHCP_LINK_SELECTION] = { "dhcp.option.agent_information_option.link_selection",
                              "Link selection", .type = TL_IPV4 },
    [DHCP_SUBSCRIBER_ID] = { "dhcp.option.agent_information_option.subscriber_id", "Subscriber id", .type = TL_TEXT },
    [DHCP_AGENT_RADIUS] = { "dhcp.option.agent_information_option.radius_attributes",
                            "RADIUS attributes", .type = TL_BYTES,
                            .secret = TL_SECRET_WHOLE },
    [DHCP_AGENT_AUTHENTICATION] = { "dhcp.option.agent_information_option.authentication",
                                    "Authentication", .type = TL_BYTES },
    [DHCP_AGENT_VENDOR] = { "dhcp.option.agent_information_option.vi", "Vendor-specific", .type = TL_BYTES },
    [DHCP_AGENT_FLAGS] = { "dhcp.option.agent_information_option.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [DHCP_SERVER_OVERRIDE] = { "dhcp.option.agent_information_option.server_id_override",
                               "Server id override", .type = TL_IPV4 },
    [DHCP_RELAY_ID] = { "dhcp.option.agent_information_option.relay_agent_id", "Relay agent id", .type = TL_BYTES },
    [DHCP_AGENT_VALUE] = { "dhcp.option.agent_information_option.value", "Value", .type = TL_BYTES },
    [DHCP_AUTH_PROTOCOL] = { "dhcp.option.dhcp_authentication.protocol", "Protocol", .type = TL_U8 },
    [DHCP_AUTH_ALGORITHM] = { "dhcp.option.dhcp_authentication.algorithm", "Algorithm", .type = TL_U8 },
    [DHCP_AUTH_RDM] = { "dhcp.option.dhcp_authentication.rdm", "Replay detection method", .type = TL_U8 },
    [DHCP_AUTH_REPLAY] = { "dhcp.option.dhcp_authentication.rdm_replay_detection",
                           "Replay detection value", .type = TL_U64,
                           .base = TL_HEX },
    [DHCP_AUTH_INFORMATION] = { "dhcp.option.dhcp_authentication.information",
                                "Authentication information", .type = TL_TEXT,
                                .secret = TL_SECRET_WHOLE },
    [DHCP_SEARCH] = { "dhcp.option.dhcp_dns_domain_search_list_fqdn", "Search domain", .type = TL_TEXT,
                      .flags = TL_REPEATS | TL_ESCAPED },
    [DHCP_SIP_ENCODING] = { "dhcp.option.sip_server.encoding", "Encoding", .type = TL_U8 },
    [DHCP_SIP_NAME] = { "dhcp.option.sip_server.name", "SIP server", .type = TL_TEXT,
                        .flags = TL_REPEATS | TL_ESCAPED },
    [DHCP_SIP_ADDRESS] = { "dhcp.option.sip_server.address", "SIP server", .type = TL_IPV4, .flags = TL_REPEATS },
    [DHCP_VENDOR] = { "dhcp.option.vi", "Vendor", .type = TL_GROUP, .flags = TL_REPEATS },
    [DHCP_VI_CLASS_ENTERPRISE] = { "dhcp.option.vi_class.enterprise", "Enterprise", .type = TL_U32 },
    [DHCP_VI_CLASS_LENGTH] = { "dhcp.option.vi_class.length", "Length", .type = TL_U8, .unit = "bytes" },
    [DHCP_VI_CLASS_DATA] = { "dhcp.option.vi_class.data", "Vendor class", .type = TL_TEXT },
    [DHCP_VI_ENTERPRISE] = { "dhcp.option.vi.enterprise", "Enterprise", .type = TL_U32 },
    [DHCP_VI_LENGTH] = { "dhcp.option.vi.length", "Length", .type = TL_U8, .unit = "bytes" },
    [DHCP_VI_VALUE] = { "dhcp.option.vi.value", "Value", .type = TL_BYTES },
    [DHCP_LINE] = { "dhcp.line", "Line", .type = TL_TEXT, .flags = TL_DERIVED | TL_ONLY_LINE },
};

enum { COOKIE_AT = 236, HEADER = 240, HARDWARE_MOST = 16, MAC = 6, SNAME = 64, FILE_NAME = 128 };
static const uint8_t cookie[4] = { 99, 130, 83, 99 };

struct flow {
    bool seen;      /* a message was read */
    bool confirmed;
};

/* A message that was cut before its options: its first bytes have to do. */
static enum tl_probe cut_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 4);
    if (p == NULL || !d->flow.home || d->flow.stream || tl_cursor_wire_left(&c) < HEADER)
        return TL_PROBE_NO;
    return (p[0] == TL_DHCP_REQUEST || p[0] == TL_DHCP_REPLY) && p[2] <= HARDWARE_MOST ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* Returns whether these are the options of RFC 2132, behind a header that can be one. */
static enum tl_probe dhcp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (p == NULL)
        return cut_probe(c, d);
    if (d->flow.ip_proto != 17 || d->flow.stream || p[0] < TL_DHCP_REQUEST || p[0] > TL_DHCP_REPLY)
        return TL_PROBE_NO;
    if (memcmp(p + COOKIE_AT, cookie, sizeof cookie) == 0)
        return TL_PROBE_YES;
    return d->flow.home && p[2] <= HARDWARE_MOST ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

static void hardware_address(struct tl_dissection *d, struct tl_dhcp_message *m)
{
    bool mac = (m->hw_type == 1 || m->hw_type == 6) && m->hw_len == MAC;
    uint32_t len = m->hw_len < HARDWARE_MOST ? m->hw_len : HARDWARE_MOST;
    m->hardware = d->c.base + d->c.off;
    if (len > 0)
        tl_run(d, mac ? DHCP_HW_MAC : DHCP_HW_ADDR, len);
    if (len > 0 && len < HARDWARE_MOST)
        tl_run(d, DHCP_HW_PADDING, HARDWARE_MOST - len);
    else
        tl_skip(d, HARDWARE_MOST - len);
}

static void header(struct tl_dissection *d, struct tl_dhcp_message *m)
{
    m->start = d->c.off;
    m->header = d->c.base + d->c.off;
    m->op = tl_u8(d, DHCP_TYPE);
    m->hw_type = tl_u8(d, DHCP_HW_TYPE);
    m->hw_len = tl_u8(d, DHCP_HW_LEN);
    tl_u8(d, DHCP_HOPS);
    m->id = tl_u32(d, DHCP_ID);
    tl_u16(d, DHCP_SECS);
    uint16_t flags = tl_u16(d, DHCP_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, DHCP_FLAGS_BC, DHCP_FLAGS_RESERVED, d->c.off - 2, 2, flags);
    m->client = tl_ipv4(d, DHCP_CLIENT);
    m->your = tl_ipv4(d, DHCP_YOUR);
    tl_ipv4(d, DHCP_SERVER);
    m->relay = tl_ipv4(d, DHCP_RELAY);
    hardware_address(d, m);
}

/* The names are shown unless option 52 says that they hold options: the options are read first. */
static void names(struct tl_dissection *d, const struct tl_dhcp_message *m)
{
    if ((m->overload & 2) == 0)
        (void)tl_dhcp_text(d, DHCP_SNAME, SNAME);
    else
        tl_skip(d, SNAME);
    if ((m->overload & 1) == 0)
        (void)tl_dhcp_text(d, DHCP_FILE, FILE_NAME);
    else
        tl_skip(d, FILE_NAME);
}

/* "DHCP Offer - Transaction ID 0x3cd0af7e, 10.30.4.4 for 5a:4f:34:b1:af:66" */
static void put_line(struct tl_dissection *d, const struct tl_dhcp_message *m)
{
    static const uint8_t none[4];
    uint8_t room[256];
    struct tl_buffer text = { .data = room, .capacity = sizeof room, .failed = true };
    const char *type = tl_name_of(tl_dhcp_message_types, m->type);
    if (m->type == 0) {
        tl_puts(&text, m->op == TL_DHCP_REQUEST ? "Boot Request" : "Boot Reply");
    } else {
        tl_put_lit(&text, "DHCP ");
        if (type != NULL)
            tl_puts(&text, type);
        else
            tl_put_u64(&text, m->type);
    }
    tl_put_lit(&text, " - Transaction ID 0x");
    tl_put_hex(&text, m->id, 8);
    const uint8_t *address = m->op == TL_DHCP_REPLY ? m->your : m->requested != NULL ? m->requested : m->client;
    if (memcmp(address, none, sizeof none) != 0) {
        tl_put_lit(&text, ", ");
        tl_put_ipv4(&text, address);
    }
    if (m->hw_len == MAC) {
        tl_put_lit(&text, " for ");
        tl_put_mac(&text, m->hardware);
    }
    if (m->host_name.len > 0 && m->host_name.len < 64) {
        tl_put_lit(&text, " (");
        tl_put(&text, m->host_name.data, m->host_name.len);
        tl_put_lit(&text, ")");
    }
    tl_add_text(d, DHCP_LINE, m->start, 0, text.data, (uint32_t)text.len);
}

static void conclude(struct tl_dissection *d, const struct tl_dhcp_message *m)
{
    struct flow *flow = d->flow.slot;
    if (flow == NULL || d->frame->quoted)
        return;
    if (!flow->seen && m->op == TL_DHCP_REPLY && d->flow.side == 0 && !d->flow.multicast) {
        tl_turn(d);
        flow = d->flow.slot;
        if (flow == NULL)
            return;
    }
    flow->seen = true;
    if (!flow->confirmed)
        tl_confirm(d);
    flow->confirmed = true;
    if (m->type != 0 && d->recorded)
        tl_dhcp_join(d, m);
}

static void dhcp_finish(struct tl_dissection *d)
{
    const struct flow *flow = d->flow.slot;
    if (flow != NULL && flow->seen && d->recorded)
        tl_dhcp_join_end(d);
}

static enum tl_status dhcp_dissect(struct tl_dissection *d)
{
    struct tl_dhcp_message m = { .op = 0 };
    header(d, &m);
    if (tl_ok(d) && (m.op < TL_DHCP_REQUEST || m.op > TL_DHCP_REPLY))
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    m.headed = tl_ok(d);
    const uint8_t *after = tl_cursor_peek(&d->c, SNAME + FILE_NAME, sizeof cookie);
    bool options = after != NULL && memcmp(after, cookie, sizeof cookie) == 0;
    if (options) {
        const struct tl_cursor at = d->c;
        tl_skip(d, SNAME + FILE_NAME + sizeof cookie);
        tl_dhcp_survey(d, &m);
        d->c = at;
    }
    names(d, &m);
    if (options) {
        tl_ipv4(d, DHCP_COOKIE);
        tl_dhcp_options(d, &m);
    } else if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && after != NULL) {
        tl_run(d, DHCP_VENDOR_AREA, tl_cursor_wire_left(&d->c));
    }
    if (m.headed) {
        conclude(d, &m);
        if (TL_UNLIKELY(tl_wants(d, DHCP_LINE)))
            put_line(d, &m);
    }
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_dhcp = {
    .name = "dhcp",
    .title = "Dynamic Host Configuration Protocol",
    .service = "dhcp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .has_secrets = true,
    .records = { &tl_dhcp_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 67 }, { TL_ON_UDP_PORT, 68 }, { TL_ON_UDP_PORT, 4011 } },
    .info = "{line}",
    TL_BEGINS("\x01\x02"), .probe = dhcp_probe,
    .dissect = dhcp_dissect,
    .finish = dhcp_finish,
};
