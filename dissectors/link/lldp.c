/*
 * lldp.c - Link Layer Discovery Protocol (IEEE 802.1AB clause 8): what a device tells its neighbours about itself, in
 * entries
 * of a type (7 bits), a length (9 bits) and a value. Those of organizations: IEEE 802.1Q annex D, IEEE 802.3 clause 79,
 * LLDP-MED (ANSI/TIA-1057).
 */
#include "core/part.h"
#include "dissectors/header.h"

enum {
    TLV, TYPE, LENGTH, CHASSIS_SUBTYPE, CHASSIS_ID, CHASSIS_MAC, CHASSIS_IP4, CHASSIS_IP6, FAMILY, PORT_SUBTYPE,
    PORT_ID, PORT_MAC,
    PORT_IP4, PORT_IP6, TTL, PORT_DESC, NAME, DESC, CAP, CAP_OTHER, CAP_REPEATER, CAP_BRIDGE, CAP_WLAN, CAP_ROUTER,
    CAP_PHONE, CAP_DOCSIS, CAP_STATION, ENABLED, ENABLED_OTHER, ENABLED_REPEATER, ENABLED_BRIDGE, ENABLED_WLAN,
    ENABLED_ROUTER, ENABLED_PHONE, ENABLED_DOCSIS, ENABLED_STATION, MGMT_LEN, MGMT_SUBTYPE, MGMT_IP4, MGMT_IP6,
    MGMT_HEX,
    MGMT_IF_SUBTYPE, MGMT_IF, MGMT_OID_LEN, MGMT_OID, OUI, DOT1_SUBTYPE, DOT1_PVID, DOT1_FLAGS, DOT1_FLAG_SUPPORTED,
    DOT1_FLAG_ENABLED, DOT1_PPVID, DOT1_VLAN, DOT1_VLAN_LEN, DOT1_VLAN_NAME, DOT1_PROTO_LEN, DOT1_PROTO, DOT1_AGG,
    DOT1_AGG_CAP, DOT1_AGG_ENABLED, DOT1_AGG_PORTTYPE, DOT1_AGG_PORT, ETS_WILLING, ETS_CBS, ETS_MAXTCS, PFC_MBC,
    PFC_NUMTCS, APP_RESERVED, APP_PRIORITY, APP_SELECTOR, APP_PROTO, DOT3_SUBTYPE, DOT3_NEG, DOT3_NEG_SUPPORTED,
    DOT3_NEG_ENABLED, DOT3_CAPS, DOT3_MAU, DOT3_POWER, DOT3_POWER_CLASS, DOT3_POWER_SUPPORTED, DOT3_POWER_ENABLED,
    DOT3_POWER_PAIRS, DOT3_PAIR, DOT3_CLASS, DOT3_POWER_TYPE, DOT3_POWER_SOURCE, DOT3_POWER_PRIORITY, DOT3_REQUESTED,
    DOT3_ALLOCATED, DOT3_AGG, DOT3_AGG_CAP, DOT3_AGG_ENABLED, DOT3_AGG_PORT, DOT3_FRAME, EEE_TX, EEE_RX, EEE_FALLBACK,
    EEE_ECHO_TX, EEE_ECHO_RX, MED_SUBTYPE, MED_CAPS, MED_CAP_MED, MED_CAP_POLICY, MED_CAP_LOCATION, MED_CAP_PSE,
    MED_CAP_PD,
    MED_CAP_INVENTORY, MED_CLASS, MED_APP, MED_POLICY_UNKNOWN, MED_TAGGED, MED_VLAN, MED_L2, MED_DSCP, MED_LOC_FORMAT,
    CIVIC_LEN, CIVIC_WHAT, CIVIC_COUNTRY, CIVIC_TYPE, CIVIC_VALUE, ELIN, MED_POWER_TYPE, MED_POWER_SOURCE,
    MED_POWER_PRIORITY, MED_POWER_VALUE, HARDWARE, FIRMWARE, SOFTWARE, SERIAL, MANUFACTURER, MODEL, ASSET,
    IANA_SUBTYPE, MUD_URL,
    UNKNOWN_SUBTYPE, UNKNOWN_CONTENT, VALUE, FIELDS
};

enum { END, CHASSIS, PORT, TIME_TO_LIVE, PORT_DESCRIPTION, SYSTEM_NAME, SYSTEM_DESCRIPTION, CAPABILITIES, MANAGEMENT,
       ORGANIZATION = 127 };
static const struct tl_name types[] = {
    { END, "End" }, { CHASSIS, "Chassis id" }, { PORT, "Port id" }, { TIME_TO_LIVE, "Time to live" },
    { PORT_DESCRIPTION, "Port description" }, { SYSTEM_NAME, "System name" }, { SYSTEM_DESCRIPTION,
    "System description" },
    { CAPABILITIES, "System capabilities" }, { MANAGEMENT, "Management address" }, { ORGANIZATION, "Organization" },
    { 0, NULL },
};
static const struct tl_name chassis_subtypes[] = {
    { 1, "Chassis component" }, { 2, "Interface alias" }, { 3, "Port component" }, { 4, "MAC address" },
    { 5, "Network address" }, { 6, "Interface name" }, { 7, "Locally assigned" }, { 0, NULL },
};
static const struct tl_name port_subtypes[] = {
    { 1, "Interface alias" }, { 2, "Port component" }, { 3, "MAC address" }, { 4, "Network address" },
    { 5, "Interface name" }, { 6, "Agent circuit id" }, { 7, "Locally assigned" }, { 0, NULL },
};
static const struct tl_name families[] = { { 1, "IPv4" }, { 2, "IPv6" }, { 6, "802" }, { 0, NULL } };
static const struct tl_name numberings[] = {
    { 1, "Unknown" }, { 2, "ifIndex" }, { 3, "System port number" }, { 0, NULL },
};

enum { OUI_DOT1 = 0x0080c2, OUI_DOT3 = 0x00120f, OUI_MED = 0x0012bb, OUI_IANA = 0x00005e };
static const struct tl_name organizations[] = {
    { OUI_IANA, "IANA" },
    { 0x000ecf, "PROFIBUS Nutzerorganisation" }, { 0x00120f, "IEEE 802.3" }, { 0x0012bb, "LLDP-MED" },
    { 0x0080c2, "IEEE 802.1" }, { 0, NULL },
};
static const struct tl_name dot1_subtypes[] = {
    { 1, "Port VLAN id" }, { 2, "Port and protocol VLAN id" }, { 3, "VLAN name" }, { 4, "Protocol identity" },
    { 5, "VID usage digest" }, { 6, "Management VID" }, { 7, "Link aggregation" }, { 8, "Congestion notification" },
    { 9, "ETS configuration" }, { 10, "ETS recommendation" }, { 11, "Priority flow control" }, { 12,
    "Application priority" },
    { 0, NULL },
};
static const struct tl_name dot3_subtypes[] = {
    { 1, "MAC/PHY configuration and status" }, { 2, "Power via MDI" }, { 3, "Link aggregation" }, { 4,
    "Maximum frame size" },
    { 5, "Energy-efficient Ethernet" }, { 0, NULL },
};
static const struct tl_name med_subtypes[] = {
    { 1, "Capabilities" }, { 2, "Network policy" }, { 3, "Location" }, { 4, "Extended power via MDI" },
    { 5, "Hardware revision" }, { 6, "Firmware revision" }, { 7, "Software revision" }, { 8, "Serial number" },
    { 9, "Manufacturer" }, { 10, "Model" }, { 11, "Asset id" }, { 0, NULL },
};
static const struct tl_name med_classes[] = {
    { 0, "Not defined" }, { 1, "Endpoint class I" }, { 2, "Endpoint class II" }, { 3, "Endpoint class III" },
    { 4, "Network connectivity" }, { 0, NULL },
};
static const struct tl_name med_applications[] = {
    { 1, "Voice" }, { 2, "Voice signaling" }, { 3, "Guest voice" }, { 4, "Guest voice signaling" }, { 5,
    "Softphone voice" },
    { 6, "Video conferencing" }, { 7, "Streaming video" }, { 8, "Video signaling" }, { 0, NULL },
};
static const struct tl_name location_formats[] = {
    { 1, "Coordinates" }, { 2, "Civic address" }, { 3, "ECS ELIN" }, { 0, NULL },
};

#define FLAG(key_, label_, mask_) { key_, label_, .type = TL_BOOL, .mask = mask_ }

static const struct tl_field fields[FIELDS] = {
    [TLV] = { "lldp.tlv", "Entry", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{tlv.type}" },
    [TYPE] = { "lldp.tlv.type", "Type", .type = TL_U16, .mask = 0xfe00, .names = types },
    [LENGTH] = { "lldp.tlv.len", "Length", .type = TL_U16, .mask = 0x01ff, .unit = "bytes" },
    [CHASSIS_SUBTYPE] = { "lldp.chassis.subtype", "Chassis id subtype", .type = TL_U8, .names = chassis_subtypes },
    [CHASSIS_ID] = { "lldp.chassis.id", "Chassis id", .type = TL_BYTES },
    [CHASSIS_MAC] = { "lldp.chassis.id.mac", "Chassis id", .type = TL_MAC },
    [CHASSIS_IP4] = { "lldp.chassis.id.ip4", "Chassis id", .type = TL_IPV4 },
    [CHASSIS_IP6] = { "lldp.chassis.id.ip6", "Chassis id", .type = TL_IPV6 },
    [FAMILY] = { "lldp.network_address.subtype", "Address family", .type = TL_U8, .names = families },
    [PORT_SUBTYPE] = { "lldp.port.subtype", "Port id subtype", .type = TL_U8, .names = port_subtypes },
    [PORT_ID] = { "lldp.port.id", "Port id", .type = TL_TEXT },
    [PORT_MAC] = { "lldp.port.id.mac", "Port id", .type = TL_MAC },
    [PORT_IP4] = { "lldp.port.id.ip4", "Port id", .type = TL_IPV4 },
    [PORT_IP6] = { "lldp.port.id.ip6", "Port id", .type = TL_IPV6 },
    [TTL] = { "lldp.time_to_live", "Time to live", .type = TL_U16, .unit = "seconds" },
    [PORT_DESC] = { "lldp.port.desc", "Port description", .type = TL_TEXT },
    [NAME] = { "lldp.tlv.system.name", "System name", .type = TL_TEXT },
    [DESC] = { "lldp.tlv.system.desc", "System description", .type = TL_TEXT },
    [CAP] = { "lldp.tlv.system_cap", "Capabilities", .type = TL_U16, .base = TL_HEX },
    [CAP_OTHER] = FLAG("lldp.tlv.system_cap.other", "Other", 0x01),
    [CAP_REPEATER] = FLAG("lldp.tlv.system_cap.repeater", "Repeater", 0x02),
    [CAP_BRIDGE] = FLAG("lldp.tlv.system_cap.bridge", "Bridge", 0x04),
    [CAP_WLAN] = FLAG("lldp.tlv.system_cap.wlan_access_pt", "WLAN access point", 0x08),
    [CAP_ROUTER] = FLAG("lldp.tlv.system_cap.router", "Router", 0x10),
    [CAP_PHONE] = FLAG("lldp.tlv.system_cap.telephone", "Telephone", 0x20),
    [CAP_DOCSIS] = FLAG("lldp.tlv.system_cap.docsis_cable_device", "DOCSIS cable device", 0x40),
    [CAP_STATION] = FLAG("lldp.tlv.system_cap.station_only", "Station only", 0x80),
    [ENABLED] = { "lldp.tlv.enable_system_cap", "Enabled capabilities", .type = TL_U16, .base = TL_HEX },
    [ENABLED_OTHER] = FLAG("lldp.tlv.enable_system_cap.other", "Other", 0x01),
    [ENABLED_REPEATER] = FLAG("lldp.tlv.enable_system_cap.repeater", "Repeater", 0x02),
    [ENABLED_BRIDGE] = FLAG("lldp.tlv.enable_system_cap.bridge", "Bridge", 0x04),
    [ENABLED_WLAN] = FLAG("lldp.tlv.enable_system_cap.wlan_access_pt", "WLAN access point", 0x08),
    [ENABLED_ROUTER] = FLAG("lldp.tlv.enable_system_cap.router", "Router", 0x10),
    [ENABLED_PHONE] = FLAG("lldp.tlv.enable_system_cap.telephone", "Telephone", 0x20),
    [ENABLED_DOCSIS] = FLAG("lldp.tlv.enable_system_cap.docsis_cable_device", "DOCSIS cable device", 0x40),
    [ENABLED_STATION] = FLAG("lldp.tlv.enable_system_cap.station_only", "Station only", 0x80),
    [MGMT_LEN] = { "lldp.mgn.address.len", "Address length", .type = TL_U8, .unit = "bytes" },
    [MGMT_SUBTYPE] = { "lldp.mgn.address.subtype", "Address family", .type = TL_U8, .names = families },
    [MGMT_IP4] = { "lldp.mgn.addr.ip4", "Management address", .type = TL_IPV4 },
    [MGMT_IP6] = { "lldp.mgn.addr.ip6", "Management address", .type = TL_IPV6 },
    [MGMT_HEX] = { "lldp.mgn.addr.hex", "Management address", .type = TL_BYTES },
    [MGMT_IF_SUBTYPE] = { "lldp.mgn.interface.subtype", "Interface numbering", .type = TL_U8, .names = numberings },
    [MGMT_IF] = { "lldp.mgn.interface.number", "Interface number", .type = TL_U32 },
    [MGMT_OID_LEN] = { "lldp.mgn.obj.len", "Object identifier length", .type = TL_U8, .unit = "bytes" },
    [MGMT_OID] = { "lldp.mgn.obj.id", "Object identifier", .type = TL_OID },
    [OUI] = { "lldp.orgtlv.oui", "Organization", .type = TL_U24, .base = TL_HEX, .names = organizations },
    [DOT1_SUBTYPE] = { "lldp.ieee.802_1.subtype", "Subtype", .type = TL_U8, .base = TL_HEX, .names = dot1_subtypes },
    [DOT1_PVID] = { "lldp.ieee.802_1.port_vlan.id", "Port VLAN id", .type = TL_U16 },
    [DOT1_FLAGS] = { "lldp.ieee.802_1.port_and_vlan_id_flag", "Flags", .type = TL_U8, .base = TL_HEX },
    [DOT1_FLAG_SUPPORTED] = FLAG("lldp.ieee.802_1.port_and_vlan_id_flag.supported", "Supported", 0x02),
    [DOT1_FLAG_ENABLED] = FLAG("lldp.ieee.802_1.port_and_vlan_id_flag.enabled", "Enabled", 0x04),
    [DOT1_PPVID] = { "lldp.ieee.802_1.port_proto_vlan.id", "Port and protocol VLAN id", .type = TL_U16 },
    [DOT1_VLAN] = { "lldp.ieee.802_1.vlan.id", "VLAN id", .type = TL_U16 },
    [DOT1_VLAN_LEN] = { "lldp.ieee.802_1.vlan.name_len", "VLAN name length", .type = TL_U8, .unit = "bytes" },
    [DOT1_VLAN_NAME] = { "lldp.ieee.802_1.vlan.name", "VLAN name", .type = TL_TEXT },
    [DOT1_PROTO_LEN] = { "lldp.ieee.802_1.proto.id_length", "Protocol identity length", .type = TL_U8,
                         .unit = "bytes" },
    [DOT1_PROTO] = { "lldp.ieee.802_1.proto.id", "Protocol identity", .type = TL_BYTES },
    [DOT1_AGG] = { "lldp.ieee.802_1.aggregation_status", "Aggregation status", .type = TL_U8, .base = TL_HEX },
    [DOT1_AGG_CAP] = FLAG("lldp.ieee.802_1.aggregation_status.cap", "Capable of aggregation", 0x01),
    [DOT1_AGG_ENABLED] = FLAG("lldp.ieee.802_1.aggregation_status.enabled", "Aggregated", 0x02),
    [DOT1_AGG_PORTTYPE] = { "lldp.ieee.802_1.aggregation_status.porttype", "Port type", .type = TL_U8, .mask = 0x0c },
    [DOT1_AGG_PORT] = { "lldp.ieee.802_1.aggregated_port_id", "Aggregated port id", .type = TL_U32 },
    [ETS_WILLING] = FLAG("lldp.dcbx.ieee.willing", "Willing", 0x80),
    [ETS_CBS] = FLAG("lldp.dcbx.ieee.ets.cbs", "Credit-based shaper", 0x40),
    [ETS_MAXTCS] = { "lldp.dcbx.ieee.ets.maxtcs", "Traffic classes", .type = TL_U8, .mask = 0x07 },
    [PFC_MBC] = FLAG("lldp.dcbx.ieee.pfc.mbc", "MACsec bypass", 0x40),
    [PFC_NUMTCS] = { "lldp.dcbx.ieee.pfc.numtcs", "Traffic classes", .type = TL_U8, .mask = 0x0f },
    [APP_RESERVED] = { "lldp.dcbx.ieee.app.reserved", "Reserved", .type = TL_U8, .base = TL_HEX },
    [APP_PRIORITY] = { "lldp.dcbx.ieee.app.prio", "Application priority", .type = TL_U8, .mask = 0xe0,
                       .flags = TL_REPEATS },
    [APP_SELECTOR] = { "lldp.dcbx.iee.app.sf", "Selector", .type = TL_U8, .mask = 0x07, .flags = TL_REPEATS },
    [APP_PROTO] = { "lldp.dcbx.feature.app.proto", "Application protocol", .type = TL_U16, .base = TL_HEX,
                    .flags = TL_REPEATS },
    [DOT3_SUBTYPE] = { "lldp.ieee.802_3.subtype", "Subtype", .type = TL_U8, .base = TL_HEX, .names = dot3_subtypes },
    [DOT3_NEG] = { "lldp.ieee.802_3.mac_phy_auto_neg_status", "Auto-negotiation", .type = TL_U8, .base = TL_HEX },
    [DOT3_NEG_SUPPORTED] = FLAG("lldp.ieee.802_3.mac_phy_auto_neg_status.supported", "Supported", 0x01),
    [DOT3_NEG_ENABLED] = FLAG("lldp.ieee.802_3.mac_phy_auto_neg_status.enabled", "Enabled", 0x02),
    [DOT3_CAPS] = { "lldp.ieee.802_3.pmd_auto_neg_advertised_caps", "Advertised capabilities", .type = TL_U16,
                    .base = TL_HEX },
    [DOT3_MAU] = { "lldp.ieee.802_3.pmd_mau_type", "Operational MAU type", .type = TL_U16, .base = TL_HEX },
    [DOT3_POWER] = { "lldp.ieee.802_3.mdi_power_support", "MDI power support", .type = TL_U8, .base = TL_HEX },
    [DOT3_POWER_CLASS] = FLAG("lldp.ieee.802_3.mdi_power_support.port_class", "PSE", 0x01),
    [DOT3_POWER_SUPPORTED] = FLAG("lldp.ieee.802_3.mdi_power_support.supported", "Supported", 0x02),
    [DOT3_POWER_ENABLED] = FLAG("lldp.ieee.802_3.mdi_power_support.enabled", "Enabled", 0x04),
    [DOT3_POWER_PAIRS] = FLAG("lldp.ieee.802_3.mdi_power_support.pse_pairs", "Pairs can be chosen", 0x08),
    [DOT3_PAIR] = { "lldp.ieee.802_3.mdi_pse_pair", "Power pair", .type = TL_U8 },
    [DOT3_CLASS] = { "lldp.ieee.802_3.mdi_power_class", "Power class", .type = TL_U8, .help = "Class plus 1" },
    [DOT3_POWER_TYPE] = { "lldp.ieee.802_3.mdi_power_type", "Power type", .type = TL_U8, .mask = 0xc0 },
    [DOT3_POWER_SOURCE] = { "lldp.ieee.802_3.mdi_power_source", "Power source", .type = TL_U8, .mask = 0x30 },
    [DOT3_POWER_PRIORITY] = { "lldp.ieee.802_3.mdi_power_priority", "Power priority", .type = TL_U8, .mask = 0x0f },
    [DOT3_REQUESTED] = { "lldp.ieee.802_3.mdi_pde_requested", "Power requested", .type = TL_U16, .unit = "0.1 W" },
    [DOT3_ALLOCATED] = { "lldp.ieee.802_3.mdi_pse_allocated", "Power allocated", .type = TL_U16, .unit = "0.1 W" },
    [DOT3_AGG] = { "lldp.ieee.802_3.aggregation_status", "Aggregation status", .type = TL_U8, .base = TL_HEX },
    [DOT3_AGG_CAP] = FLAG("lldp.ieee.802_3.aggregation_status.cap", "Capable of aggregation", 0x01),
    [DOT3_AGG_ENABLED] = FLAG("lldp.ieee.802_3.aggregation_status.enabled", "Aggregated", 0x02),
    [DOT3_AGG_PORT] = { "lldp.ieee.802_3.aggregated_port_id", "Aggregated port id", .type = TL_U32 },
    [DOT3_FRAME] = { "lldp.ieee.802_3.max_frame_size", "Maximum frame size", .type = TL_U16, .unit = "bytes" },
    [EEE_TX] = { "lldp.ieee.802_3.eee.transmit", "Transmit wake time", .type = TL_U16 },
    [EEE_RX] = { "lldp.ieee.802_3.eee.receive", "Receive wake time", .type = TL_U16 },
    [EEE_FALLBACK] = { "lldp.ieee.802_3.eee.fallback_receive", "Fallback wake time", .type = TL_U16 },
    [EEE_ECHO_TX] = { "lldp.ieee.802_3.eee.echo_transmit", "Echo of transmit", .type = TL_U16 },
    [EEE_ECHO_RX] = { "lldp.ieee.802_3.eee.echo_receive", "Echo of receive", .type = TL_U16 },
    [MED_SUBTYPE] = { "lldp.media.subtype", "Subtype", .type = TL_U8, .base = TL_HEX, .names = med_subtypes },
    [MED_CAPS] = { "lldp.media.subtype.caps", "Capabilities", .type = TL_U16, .base = TL_HEX },
    [MED_CAP_MED] = FLAG("lldp.media.subtype.caps.llpd", "LLDP-MED capabilities", 0x01),
    [MED_CAP_POLICY] = FLAG("lldp.media.subtype.caps.network_policy", "Network policy", 0x02),
    [MED_CAP_LOCATION] = FLAG("lldp.media.subtype.caps.location_id", "Location", 0x04),
    [MED_CAP_PSE] = FLAG("lldp.media.subtype.caps.mdi_pse", "Power via MDI, PSE", 0x08),
    [MED_CAP_PD] = FLAG("lldp.media.subtype.caps.mid_pd", "Power via MDI, PD", 0x10),
    [MED_CAP_INVENTORY] = FLAG("lldp.media.subtype.caps.inventory", "Inventory", 0x20),
    [MED_CLASS] = { "lldp.media.subtype.class", "Class", .type = TL_U8, .names = med_classes },
    [MED_APP] = { "lldp.media.app_type", "Application", .type = TL_U8, .names = med_applications },
    [MED_POLICY_UNKNOWN] = FLAG("lldp.media.policy_flag", "Policy unknown", 0x800000),
    [MED_TAGGED] = FLAG("lldp.media.tag_flag", "Tagged", 0x400000),
    [MED_VLAN] = { "lldp.media.vlan_id", "VLAN id", .type = TL_U24, .mask = 0x1ffe00 },
    [MED_L2] = { "lldp.media.l2_prio", "Priority", .type = TL_U24, .mask = 0x0001c0 },
    [MED_DSCP] = { "lldp.media.dscp", "DSCP", .type = TL_U24, .mask = 0x00003f },
    [MED_LOC_FORMAT] = { "lldp.media.loc.data_format", "Format", .type = TL_U8, .names = location_formats },
    [CIVIC_LEN] = { "lldp.media.civic.length", "Length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bytes" },
    [CIVIC_WHAT] = { "lldp.media.civic.what", "Whose", .type = TL_U8,
                     .help = "0: the DHCP server's, 1: the switch's, 2: the client's" },
    [CIVIC_COUNTRY] = { "lldp.media.civic.country", "Country", .type = TL_TEXT },
    [CIVIC_TYPE] = { "lldp.media.civic.type", "Part", .type = TL_U8, .flags = TL_REPEATS,
                     .help = "RFC 4776 section 3.4" },
    [CIVIC_VALUE] = { "lldp.media.civic.value", "Value", .type = TL_TEXT, .flags = TL_REPEATS },
    [ELIN] = { "lldp.media.ecs", "ELIN", .type = TL_TEXT },
    [MED_POWER_TYPE] = { "lldp.media.power.type", "Power type", .type = TL_U8, .mask = 0xc0 },
    [MED_POWER_SOURCE] = { "lldp.media.power.source", "Power source", .type = TL_U8, .mask = 0x30 },
    [MED_POWER_PRIORITY] = { "lldp.media.power.prio", "Power priority", .type = TL_U8, .mask = 0x0f },
    [MED_POWER_VALUE] = { "lldp.media.power.value", "Power", .type = TL_U16, .unit = "0.1 W" },
    [HARDWARE] = { "lldp.media.hardware", "Hardware revision", .type = TL_TEXT },
    [FIRMWARE] = { "lldp.media.firmware", "Firmware revision", .type = TL_TEXT },
    [SOFTWARE] = { "lldp.media.software", "Software revision", .type = TL_TEXT },
    [SERIAL] = { "lldp.media.sn", "Serial number", .type = TL_TEXT },
    [MANUFACTURER] = { "lldp.media.manufacturer", "Manufacturer", .type = TL_TEXT },
    [MODEL] = { "lldp.media.model", "Model", .type = TL_TEXT },
    [ASSET] = { "lldp.media.asset", "Asset id", .type = TL_TEXT },
    [IANA_SUBTYPE] = { "lldp.iana.subtype", "Subtype", .type = TL_U8 },
    [MUD_URL] = { "lldp.iana.mudurl", "Manufacturer usage description", .type = TL_TEXT },
    [UNKNOWN_SUBTYPE] = { "lldp.unknown_subtype", "Subtype", .type = TL_U8 },
    [UNKNOWN_CONTENT] = { "lldp.unknown_subtype.content", "Value", .type = TL_BYTES },
    [VALUE] = { "lldp.tlv.value", "Value", .type = TL_BYTES },
};

/* The rest of the entry. A text ends at its first NUL. */
static void rest(struct tl_dissection *d, unsigned field)
{
    uint32_t left = tl_cursor_wire_left(&d->c), n = tl_cursor_left(&d->c);
    if (left == 0 || !tl_ok(d))
        return;
    const uint8_t *p = d->c.base + d->c.off, *nul = n > 0 ? memchr(p, 0, n) : NULL;
    if (nul != NULL && fields[field].type == TL_TEXT) {
        tl_run(d, field, (uint32_t)(nul - p));
        left = tl_cursor_wire_left(&d->c);
        tl_skip(d, left);
        return;
    }
    tl_run(d, field, left);
}

/* Reads an integer of `size` bytes and adds fields first..last, which are bits of it. */
static uint32_t bits(struct tl_dissection *d, unsigned first, unsigned last, uint32_t size)
{
    const uint8_t *p = tl_cursor_take(&d->c, size);
    if (p == NULL)
        return 0;
    uint32_t whole = size == 1 ? p[0] : size == 2 ? tl_load_be16(p) : tl_load_be24(p);
    tl_add_all_bits(d, first, last, d->c.off - size, size, whole);
    return whole;
}

/* The same, where the integer is a field of its own in front of the bits. */
static void flags(struct tl_dissection *d, unsigned whole, unsigned last, uint32_t size)
{
    uint32_t value = size == 1 ? tl_u8(d, whole) : tl_u16(d, whole);
    if (tl_ok(d))
        tl_add_all_bits(d, whole + 1, last, d->c.off - size, size, value);
}

/* An identifier of a chassis or a port: `as` has the fields for bytes, a MAC address, IPv4 and IPv6. */
static void identifier(struct tl_dissection *d, uint8_t subtype, uint8_t mac, uint8_t network, const uint8_t as[4])
{
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (subtype == mac && left == 6) {
        tl_mac(d, as[1]);
    } else if (subtype == network && left > 1) {
        uint8_t family = tl_u8(d, FAMILY);
        if (family == 1 && left == 5)
            tl_ipv4(d, as[2]);
        else if (family == 2 && left == 17)
            tl_ipv6(d, as[3]);
        else
            rest(d, as[0]);
    } else {
        rest(d, as[0]);
    }
}

/* Clause 8.5.9. */
static void management(struct tl_dissection *d)
{
    uint8_t len = tl_u8(d, MGMT_LEN);
    if (tl_ok(d) && len == 0)
        tl_bad(d);
    uint8_t family = tl_u8(d, MGMT_SUBTYPE);
    if (family == 1 && len == 5)
        tl_ipv4(d, MGMT_IP4);
    else if (family == 2 && len == 17)
        tl_ipv6(d, MGMT_IP6);
    else if (len > 1)
        tl_run(d, MGMT_HEX, len - 1u);
    tl_u8(d, MGMT_IF_SUBTYPE);
    tl_u32(d, MGMT_IF);
    len = tl_u8(d, MGMT_OID_LEN);
    if (tl_ok(d) && len > 0)
        tl_run(d, MGMT_OID, len);
}

/* IEEE 802.1Q D.2.10. */
static void pfc(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    tl_add_bits(d, ETS_WILLING, d->c.off - 1, 1, p[0]);
    tl_add_all_bits(d, PFC_MBC, PFC_NUMTCS, d->c.off - 1, 1, p[0]);
    rest(d, VALUE);
}

static void dot1(struct tl_dissection *d)
{
    switch (tl_u8(d, DOT1_SUBTYPE)) {
    case 1:
        tl_u16(d, DOT1_PVID);
        break;
    case 2:
        flags(d, DOT1_FLAGS, DOT1_FLAG_ENABLED, 1);
        tl_u16(d, DOT1_PPVID);
        break;
    case 3: {
        tl_u16(d, DOT1_VLAN);
        uint8_t len = tl_u8(d, DOT1_VLAN_LEN);
        if (len > 0)
            tl_run(d, DOT1_VLAN_NAME, len);
        break;
    }
    case 4: {
        uint8_t len = tl_u8(d, DOT1_PROTO_LEN);
        if (len > 0)
            tl_run(d, DOT1_PROTO, len);
        break;
    }
    case 7:
        flags(d, DOT1_AGG, DOT1_AGG_PORTTYPE, 1);
        tl_u32(d, DOT1_AGG_PORT);
        break;
    case 9:
        bits(d, ETS_WILLING, ETS_MAXTCS, 1);
        rest(d, VALUE);
        break;
    case 11:
        pfc(d);
        break;
    case 12:
        tl_u8(d, APP_RESERVED);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 3) {
            bits(d, APP_PRIORITY, APP_SELECTOR, 1);
            tl_u16(d, APP_PROTO);
        }
        break;
    default:
        rest(d, VALUE);
        break;
    }
}

/* Clause 79.3.2: later editions append the layer 2 classification to the power of a port. */
static void power(struct tl_dissection *d)
{
    flags(d, DOT3_POWER, DOT3_POWER_PAIRS, 1);
    tl_u8(d, DOT3_PAIR);
    tl_u8(d, DOT3_CLASS);
    if (!tl_ok(d) || tl_cursor_wire_left(&d->c) == 0)
        return;
    bits(d, DOT3_POWER_TYPE, DOT3_POWER_PRIORITY, 1);
    tl_u16(d, DOT3_REQUESTED);
    tl_u16(d, DOT3_ALLOCATED);
    rest(d, VALUE);
}

static void dot3(struct tl_dissection *d)
{
    switch (tl_u8(d, DOT3_SUBTYPE)) {
    case 1:
        flags(d, DOT3_NEG, DOT3_NEG_ENABLED, 1);
        tl_u16(d, DOT3_CAPS);
        tl_u16(d, DOT3_MAU);
        break;
    case 2:
        power(d);
        break;
    case 3:
        flags(d, DOT3_AGG, DOT3_AGG_ENABLED, 1);
        tl_u32(d, DOT3_AGG_PORT);
        break;
    case 4:
        tl_u16(d, DOT3_FRAME);
        break;
    case 5:
        for (unsigned i = EEE_TX; i <= EEE_ECHO_RX; i++)
            tl_u16(d, i);
        break;
    default:
        rest(d, VALUE);
        break;
    }
}

/* TIA-1057 10.2.4.3.2, in the form of RFC 4776. */
static void civic(struct tl_dissection *d)
{
    struct tl_part part = tl_part_enter(d, tl_u8(d, CIVIC_LEN));
    tl_u8(d, CIVIC_WHAT);
    tl_run(d, CIVIC_COUNTRY, 2);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u8(d, CIVIC_TYPE);
        uint8_t len = tl_u8(d, CIVIC_LEN);
        if (len > 0)
            tl_run(d, CIVIC_VALUE, len);
    }
    tl_part_leave(d, part);
}

static void med(struct tl_dissection *d)
{
    static const uint8_t texts[] = { [5] = HARDWARE, [6] = FIRMWARE, [7] = SOFTWARE, [8] = SERIAL, [9] = MANUFACTURER,
                                     [10] = MODEL, [11] = ASSET };
    uint8_t subtype = tl_u8(d, MED_SUBTYPE), format;
    switch (subtype) {
    case 1:
        flags(d, MED_CAPS, MED_CAP_INVENTORY, 2);
        tl_u8(d, MED_CLASS);
        break;
    case 2:
        tl_u8(d, MED_APP);
        bits(d, MED_POLICY_UNKNOWN, MED_DSCP, 3);
        break;
    case 3:
        format = tl_u8(d, MED_LOC_FORMAT);
        if (format == 2)
            civic(d);
        else
            rest(d, format == 3 ? ELIN : VALUE);
        break;
    case 4:
        bits(d, MED_POWER_TYPE, MED_POWER_PRIORITY, 1);
        tl_u16(d, MED_POWER_VALUE);
        break;
    default:
        rest(d, subtype < TL_COUNT(texts) && texts[subtype] != 0 ? texts[subtype] : VALUE);
        break;
    }
}

static void organization(struct tl_dissection *d)
{
    uint32_t oui = tl_u24(d, OUI);
    if (oui == OUI_DOT1)
        dot1(d);
    else if (oui == OUI_DOT3)
        dot3(d);
    else if (oui == OUI_MED)
        med(d);
    else if (oui == OUI_IANA) { /* RFC 8520 section 11 */
        uint8_t subtype = tl_u8(d, IANA_SUBTYPE);
        rest(d, subtype == 1 ? MUD_URL : VALUE);
    } else {
        tl_u8(d, UNKNOWN_SUBTYPE);
        rest(d, UNKNOWN_CONTENT);
    }
}

static void value(struct tl_dissection *d, unsigned type)
{
    static const uint8_t chassis[] = { CHASSIS_ID, CHASSIS_MAC, CHASSIS_IP4, CHASSIS_IP6 };
    static const uint8_t port[] = { PORT_ID, PORT_MAC, PORT_IP4, PORT_IP6 };
    switch (type) {
    case CHASSIS:
        identifier(d, tl_u8(d, CHASSIS_SUBTYPE), 4, 5, chassis);
        break;
    case PORT:
        identifier(d, tl_u8(d, PORT_SUBTYPE), 3, 4, port);
        break;
    case TIME_TO_LIVE:
        tl_u16(d, TTL);
        break;
    case PORT_DESCRIPTION:
        rest(d, PORT_DESC);
        break;
    case SYSTEM_NAME:
        rest(d, NAME);
        break;
    case SYSTEM_DESCRIPTION:
        rest(d, DESC);
        break;
    case CAPABILITIES:
        flags(d, CAP, CAP_STATION, 2);
        flags(d, ENABLED, ENABLED_STATION, 2);
        break;
    case MANAGEMENT:
        management(d);
        break;
    case ORGANIZATION:
        organization(d);
        break;
    default:
        rest(d, VALUE);
        break;
    }
}

/* Reads an entry. Returns its type. */
static unsigned entry(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, TLV);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint16_t head = p != NULL ? tl_load_be16(p) : 0;
    if (p != NULL)
        tl_add_all_bits(d, TYPE, LENGTH, d->c.off - 2, 2, head);
    uint32_t len = head & 0x1ff;
    if (tl_ok(d) && len > tl_cursor_wire_left(&d->c))
        tl_bad(d);
    if (tl_ok(d)) {
        struct tl_part part = tl_part_begin(d, len);
        value(d, head >> 9);
        tl_part_end(d, part);
    }
    tl_group_end(d, group);
    return head >> 9;
}

static enum tl_status lldp_dissect(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && entry(d) != END)
        ;
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_lldp = {
    .name = "lldp",
    .title = "Link Layer Discovery Protocol",
    .kind = TL_KIND_LAYER,
    .info = "[{tlv.system.name} ][MA/{chassis.id.mac} ][ID/{chassis.id} ][{chassis.id.ip4} ][{chassis.id.ip6} ]"
            "[port {port.id} ][port {port.id.mac} ][port {port.id.ip4} ][TTL {time_to_live}][, {port.desc}]",
    .dissect = lldp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x88cc } },
};
