/* dns.c - Domain Name System (RFC 1035), multicast DNS (RFC 6762) and LLMNR (RFC 4795): the message. */
#include "dissectors/dns/dns.h"

#include <stddef.h>

/* Type and flags of a domain name: tl_dns_name_text(). */
#define NAME .type = TL_TEXT, .flags = TL_ESCAPED
#define RECORD_TITLE                                                                                                   \
    .title = "{resp.name}: type {resp.type}[, class {resp.class}][, addr {a}][, addr {aaaa}][, ns {ns}]"               \
             "[, cname {cname}][, mname {soa.mname}][, {ptr.domain_name}][, preference {mx.preference}]"               \
             "[, mx {mx.mail_exchange}][, priority {srv.priority}][, weight {srv.weight}][, port {srv.port}]"          \
             "[, target {srv.target}]"

static const struct tl_field fields[] = {
    [DNS_LENGTH] = { "dns.length", "Length", .type = TL_U16, .unit = "bytes" },
    [DNS_ID] = { "dns.id", "Transaction ID", .type = TL_U16, .base = TL_HEX },
    [DNS_FLAGS] = { "dns.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [DNS_RESPONSE] = { "dns.flags.response", "Response", .type = TL_BOOL, .mask = 0x8000 },
    [DNS_OPCODE] = { "dns.flags.opcode", "Opcode", .type = TL_U8, .mask = 0x7800, .names = tl_dns_opcodes },
    [DNS_AUTHORITATIVE] = { "dns.flags.authoritative", "Authoritative", .type = TL_BOOL, .mask = 0x0400 },
    [DNS_CONFLICT] = { "dns.flags.conflict", "Conflict", .type = TL_BOOL, .mask = 0x0400 },
    [DNS_TRUNCATED] = { "dns.flags.truncated", "Truncated", .type = TL_BOOL, .mask = 0x0200 },
    [DNS_RECDESIRED] = { "dns.flags.recdesired", "Recursion desired", .type = TL_BOOL, .mask = 0x0100 },
    [DNS_TENTATIVE] = { "dns.flags.tentative", "Tentative", .type = TL_BOOL, .mask = 0x0100 },
    [DNS_RECAVAIL] = { "dns.flags.recavail", "Recursion available", .type = TL_BOOL, .mask = 0x0080 },
    [DNS_Z] = { "dns.flags.z", "Z", .type = TL_BOOL, .mask = 0x0040 },
    [DNS_AUTHENTICATED] = { "dns.flags.authenticated", "Answer authenticated", .type = TL_BOOL, .mask = 0x0020 },
    [DNS_CHECKDISABLE] = { "dns.flags.checkdisable", "Non-authenticated data", .type = TL_BOOL, .mask = 0x0010 },
    [DNS_RCODE] = { "dns.flags.rcode", "Reply code", .type = TL_U8, .mask = 0x000f, .names = tl_dns_rcodes },
    [DNS_COUNT_QUERIES] = { "dns.count.queries", "Questions", .type = TL_U16 },
    [DNS_COUNT_ANSWERS] = { "dns.count.answers", "Answer RRs", .type = TL_U16 },
    [DNS_COUNT_AUTH] = { "dns.count.auth_rr", "Authority RRs", .type = TL_U16 },
    [DNS_COUNT_ADD] = { "dns.count.add_rr", "Additional RRs", .type = TL_U16 },
    [DNS_COUNT_ZONES] = { "dns.count.zones", "Zones", .type = TL_U16 },
    [DNS_COUNT_PREREQUISITES] = { "dns.count.prerequisites", "Prerequisites", .type = TL_U16 },
    [DNS_COUNT_UPDATES] = { "dns.count.updates", "Updates", .type = TL_U16 },
    [DNS_QUERIES] = { "dns.queries", "Query", .type = TL_GROUP, .flags = TL_REPEATS, .heading = "Queries",
                      .title = "{qry.name}: type {qry.type}, class {qry.class}" },
    [DNS_QRY_NAME] = { "dns.qry.name", "Name", NAME },
    [DNS_QRY_TYPE] = { "dns.qry.type", "Type", .type = TL_U16, .names = tl_dns_types },
    [DNS_QRY_CLASS] = { "dns.qry.class", "Class", .type = TL_U16, .base = TL_HEX, .names = tl_dns_classes },
    [DNS_QRY_QU] = { "dns.qry.qu", "\"QU\" question", .type = TL_BOOL, .mask = 0x8000 },
    [DNS_ANSWERS] = { "dns.answers", "Answer", .type = TL_GROUP, .flags = TL_REPEATS,
        .heading = "Answers", RECORD_TITLE },
    [DNS_AUTHORITIES] = { "dns.authorities", "Authoritative nameserver", .type = TL_GROUP, .flags = TL_REPEATS,
        .heading = "Authoritative nameservers", RECORD_TITLE },
    [DNS_ADDITIONALS] = { "dns.additionals", "Additional record", .type = TL_GROUP, .flags = TL_REPEATS,
        .heading = "Additional records", RECORD_TITLE },
    [DNS_RESP_NAME] = { "dns.resp.name", "Name", NAME },
    [DNS_RESP_TYPE] = { "dns.resp.type", "Type", .type = TL_U16, .names = tl_dns_types },
    [DNS_RESP_CLASS] = { "dns.resp.class", "Class", .type = TL_U16, .base = TL_HEX, .names = tl_dns_classes },
    [DNS_RESP_CACHE_FLUSH] = { "dns.resp.cache_flush", "Cache flush", .type = TL_BOOL, .mask = 0x8000 },
    [DNS_RESP_TTL] = { "dns.resp.ttl", "Time to live", .type = TL_U32, .unit = "s" },
    [DNS_RESP_LEN] = { "dns.resp.len", "Data length", .type = TL_U16, .unit = "bytes" },
    [DNS_DATA] = { "dns.data", "Data", .type = TL_BYTES },
    [DNS_UDP_PAYLOAD_SIZE] = { "dns.rr.udp_payload_size", "UDP payload size", .type = TL_U16, .unit = "bytes" },
    [DNS_EXT_RCODE] = { "dns.resp.ext_rcode", "Higher bits in extended RCODE", .type = TL_U8, .base = TL_HEX },
    [DNS_EDNS0_VERSION] = { "dns.resp.edns0_version", "EDNS0 version", .type = TL_U8 },
    [DNS_RESP_Z] = { "dns.resp.z", "Z", .type = TL_U16, .base = TL_HEX },
    [DNS_RESP_Z_DO] = { "dns.resp.z.do", "DO bit", .type = TL_BOOL, .mask = 0x8000 },
    [DNS_RESP_Z_RESERVED] = { "dns.resp.z.reserved", "Reserved", .type = TL_U16, .base = TL_HEX, .mask = 0x7fff },
    [DNS_OPT] = { "dns.opt", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [DNS_OPT_CODE] = { "dns.opt.code", "Option code", .type = TL_U16, .names = tl_dns_option_names },
    [DNS_OPT_LEN] = { "dns.opt.len", "Option length", .type = TL_U16, .unit = "bytes" },
    [DNS_OPT_DATA] = { "dns.opt.data", "Option data", .type = TL_BYTES },
    [DNS_ECS_FAMILY] = { "dns.opt.client.family", "Family", .type = TL_U16 },
    [DNS_ECS_NETMASK] = { "dns.opt.client.netmask", "Source netmask", .type = TL_U8 },
    [DNS_ECS_SCOPE] = { "dns.opt.client.scope", "Scope netmask", .type = TL_U8 },
    [DNS_ECS_ADDR] = { "dns.opt.client.addr", "Client subnet", .type = TL_BYTES },
    [DNS_ECS_ADDR4] = { "dns.opt.client.addr4", "Client subnet", .type = TL_IPV4 },
    [DNS_ECS_ADDR6] = { "dns.opt.client.addr6", "Client subnet", .type = TL_IPV6 },
    [DNS_COOKIE_CLIENT] = { "dns.opt.cookie.client", "Client cookie", .type = TL_BYTES },
    [DNS_COOKIE_SERVER] = { "dns.opt.cookie.server", "Server cookie", .type = TL_BYTES },
    [DNS_OPT_DAU] = { "dns.opt.dau", "DAU", .type = TL_U8, .flags = TL_REPEATS },
    [DNS_OPT_DHU] = { "dns.opt.dhu", "DHU", .type = TL_U8, .flags = TL_REPEATS },
    [DNS_OPT_N3U] = { "dns.opt.n3u", "N3U", .type = TL_U8, .flags = TL_REPEATS },
    [DNS_OPT_KEEPALIVE] = { "dns.opt.edns_tcp_keepalive.timeout", "Timeout", .type = TL_U16, .unit = "100ms" },
    [DNS_OPT_PADDING] = { "dns.opt.padding", "Padding", .type = TL_BYTES },
    [DNS_OPT_CHAIN] = { "dns.opt.chain.fqdn", "Closest trust point", NAME },
    [DNS_OPT_ERROR_CODE] = { "dns.opt.ext_error.info_code", "Info code", .type = TL_U16,
                             .names = tl_dns_error_names },
    [DNS_OPT_ERROR_TEXT] = { "dns.opt.ext_error.extra_text", "Extra text", .type = TL_TEXT },
    [DNS_A] = { "dns.a", "Address", .type = TL_IPV4 },
    [DNS_AAAA] = { "dns.aaaa", "AAAA address", .type = TL_IPV6 },
    [DNS_NS] = { "dns.ns", "Name server", NAME },
    [DNS_CNAME] = { "dns.cname", "CNAME", NAME },
    [DNS_DNAME] = { "dns.dname", "DNAME", NAME },
    [DNS_PTR] = { "dns.ptr.domain_name", "Domain name", NAME },
    [DNS_MD] = { "dns.md", "Mail destination", NAME },
    [DNS_MF] = { "dns.mf", "Mail forwarder", NAME },
    [DNS_MB] = { "dns.mb", "Mailbox", NAME },
    [DNS_MG] = { "dns.mg", "Mail group member", NAME },
    [DNS_MR] = { "dns.mr", "Mail rename", NAME },
    [DNS_NULL] = { "dns.null", "Null data", .type = TL_BYTES },
    [DNS_SOA_MNAME] = { "dns.soa.mname", "Primary name server", NAME },
    [DNS_SOA_RNAME] = { "dns.soa.rname", "Responsible authority's mailbox", NAME },
    [DNS_SOA_SERIAL] = { "dns.soa.serial_number", "Serial number", .type = TL_U32 },
    [DNS_SOA_REFRESH] = { "dns.soa.refresh_interval", "Refresh interval", .type = TL_U32, .unit = "s" },
    [DNS_SOA_RETRY] = { "dns.soa.retry_interval", "Retry interval", .type = TL_U32, .unit = "s" },
    [DNS_SOA_EXPIRE] = { "dns.soa.expire_limit", "Expire limit", .type = TL_U32, .unit = "s" },
    [DNS_SOA_MINIMUM] = { "dns.soa.minimum_ttl", "Minimum TTL", .type = TL_U32, .unit = "s" },
    [DNS_MX_PREFERENCE] = { "dns.mx.preference", "Preference", .type = TL_U16 },
    [DNS_MX_EXCHANGE] = { "dns.mx.mail_exchange", "Mail exchange", NAME },
    [DNS_TXT_LENGTH] = { "dns.txt.length", "TXT length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bytes" },
    [DNS_TXT] = { "dns.txt", "TXT", .type = TL_TEXT, .flags = TL_REPEATS },
    [DNS_SPF_LENGTH] = { "dns.spf.length", "SPF length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bytes" },
    [DNS_SPF] = { "dns.spf", "SPF", .type = TL_TEXT, .flags = TL_REPEATS },
    [DNS_HINFO_CPU_LENGTH] = { "dns.hinfo.cpu_length", "CPU length", .type = TL_U8, .unit = "bytes" },
    [DNS_HINFO_CPU] = { "dns.hinfo.cpu", "CPU", .type = TL_TEXT },
    [DNS_HINFO_OS_LENGTH] = { "dns.hinfo.os_length", "OS length", .type = TL_U8, .unit = "bytes" },
    [DNS_HINFO_OS] = { "dns.hinfo.os", "OS", .type = TL_TEXT },
    [DNS_MINFO_R] = { "dns.minfo.r", "Responsible mailbox", NAME },
    [DNS_MINFO_E] = { "dns.minfo.e", "Error mailbox", NAME },
    [DNS_RP_MAILBOX] = { "dns.rp.mailbox", "Mailbox", NAME },
    [DNS_RP_TXT] = { "dns.rp.txt_rr", "TXT RR", NAME },
    [DNS_AFSDB_SUBTYPE] = { "dns.afsdb.subtype", "Subtype", .type = TL_U16 },
    [DNS_AFSDB_HOSTNAME] = { "dns.afsdb.hostname", "Hostname", NAME },
    [DNS_RT_SUBTYPE] = { "dns.rt.subtype", "Preference", .type = TL_U16 },
    [DNS_RT_HOST] = { "dns.rt.intermediate_host", "Intermediate host", NAME },
    [DNS_KX_PREFERENCE] = { "dns.kx.preference", "Preference", .type = TL_U16 },
    [DNS_KX_EXCHANGE] = { "dns.kx.key_exchange", "Key exchange", NAME },
    [DNS_EUI48] = { "dns.eui48", "EUI48 address", .type = TL_MAC },
    [DNS_SRV_PRIORITY] = { "dns.srv.priority", "Priority", .type = TL_U16 },
    [DNS_SRV_WEIGHT] = { "dns.srv.weight", "Weight", .type = TL_U16 },
    [DNS_SRV_PORT] = { "dns.srv.port", "Port", .type = TL_U16 },
    [DNS_SRV_TARGET] = { "dns.srv.target", "Target", NAME },
    [DNS_NAPTR_ORDER] = { "dns.naptr.order", "Order", .type = TL_U16 },
    [DNS_NAPTR_PREFERENCE] = { "dns.naptr.preference", "Preference", .type = TL_U16 },
    [DNS_NAPTR_FLAGS_LENGTH] = { "dns.naptr.flags_length", "Flags length", .type = TL_U8, .unit = "bytes" },
    [DNS_NAPTR_FLAGS] = { "dns.naptr.flags", "Flags", .type = TL_TEXT },
    [DNS_NAPTR_SERVICE_LENGTH] = { "dns.naptr.service_length", "Service length", .type = TL_U8, .unit = "bytes" },
    [DNS_NAPTR_SERVICE] = { "dns.naptr.service", "Service", .type = TL_TEXT },
    [DNS_NAPTR_REGEX_LENGTH] = { "dns.naptr.regex_length", "Regex length", .type = TL_U8, .unit = "bytes" },
    [DNS_NAPTR_REGEX] = { "dns.naptr.regex", "Regex", .type = TL_TEXT },
    [DNS_NAPTR_REPLACEMENT] = { "dns.naptr.replacement", "Replacement", NAME },
    [DNS_CERT_TYPE] = { "dns.cert.type", "Type", .type = TL_U16 },
    [DNS_CERT_KEY_TAG] = { "dns.cert.key_tag", "Key tag", .type = TL_U16, .base = TL_HEX },
    [DNS_CERT_ALGORITHM] = { "dns.cert.algorithm", "Algorithm", .type = TL_U8 },
    [DNS_CERT_CERTIFICATE] = { "dns.cert.certificate", "Certificate (or CRL)", .type = TL_BYTES },
    [DNS_LOC_VERSION] = { "dns.loc.version", "Version", .type = TL_U8 },
    [DNS_LOC_SIZE] = { "dns.loc.size", "Size", .type = TL_U8 },
    [DNS_LOC_HORIZONTAL] = { "dns.loc.horizontal_precision", "Horizontal precision", .type = TL_U8 },
    [DNS_LOC_VERTICAL] = { "dns.loc.vertical_precision", "Vertical precision", .type = TL_U8 },
    [DNS_LOC_LATITUDE] = { "dns.loc.latitude", "Latitude", .type = TL_U32 },
    [DNS_LOC_LONGITUDE] = { "dns.loc.longitude", "Longitude", .type = TL_U32 },
    [DNS_LOC_ALTITUDE] = { "dns.loc.altitude", "Altitude", .type = TL_U32 },
    [DNS_SSHFP_ALGORITHM] = { "dns.sshfp.algorithm", "Algorithm", .type = TL_U8 },
    [DNS_SSHFP_TYPE] = { "dns.sshfp.fingerprint.type", "Fingerprint type", .type = TL_U8 },
    [DNS_SSHFP_FINGERPRINT] = { "dns.sshfp.fingerprint", "Fingerprint", .type = TL_BYTES },
    [DNS_DS_KEY_ID] = { "dns.ds.key_id", "Key id", .type = TL_U16, .base = TL_HEX },
    [DNS_DS_ALGORITHM] = { "dns.ds.algorithm", "Algorithm", .type = TL_U8 },
    [DNS_DS_DIGEST_TYPE] = { "dns.ds.digest_type", "Digest type", .type = TL_U8 },
    [DNS_DS_DIGEST] = { "dns.ds.digest", "Digest", .type = TL_BYTES },
    [DNS_RRSIG_TYPE] = { "dns.rrsig.type_covered", "Type covered", .type = TL_U16, .names = tl_dns_types },
    [DNS_RRSIG_ALGORITHM] = { "dns.rrsig.algorithm", "Algorithm", .type = TL_U8 },
    [DNS_RRSIG_LABELS] = { "dns.rrsig.labels", "Labels", .type = TL_U8 },
    [DNS_RRSIG_TTL] = { "dns.rrsig.original_ttl", "Original TTL", .type = TL_U32, .unit = "s" },
    [DNS_RRSIG_EXPIRATION] = { "dns.rrsig.signature_expiration", "Signature expiration", .type = TL_U32,
                               .help = "Seconds since 1970" },
    [DNS_RRSIG_INCEPTION] = { "dns.rrsig.signature_inception", "Signature inception", .type = TL_U32,
                              .help = "Seconds since 1970" },
    [DNS_RRSIG_KEY_TAG] = { "dns.rrsig.key_tag", "Key tag", .type = TL_U16 },
    [DNS_RRSIG_SIGNER] = { "dns.rrsig.signers_name", "Signer's name", NAME },
    [DNS_RRSIG_SIGNATURE] = { "dns.rrsig.signature", "Signature", .type = TL_BYTES },
    [DNS_DNSKEY_FLAGS] = { "dns.dnskey.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [DNS_DNSKEY_ZONE_KEY] = { "dns.dnskey.flags.zone_key", "Zone key", .type = TL_BOOL, .mask = 0x0100 },
    [DNS_DNSKEY_REVOKED] = { "dns.dnskey.flags.key_revoked", "Key revoked", .type = TL_BOOL, .mask = 0x0080 },
    [DNS_DNSKEY_SEP] = { "dns.dnskey.flags.secure_entry_point", "Key signing key", .type = TL_BOOL, .mask = 0x0001 },
    [DNS_DNSKEY_PROTOCOL] = { "dns.dnskey.protocol", "Protocol", .type = TL_U8 },
    [DNS_DNSKEY_ALGORITHM] = { "dns.dnskey.algorithm", "Algorithm", .type = TL_U8 },
    [DNS_DNSKEY_KEY] = { "dns.dnskey.public_key", "Public key", .type = TL_BYTES },
    [DNS_NSEC_NEXT] = { "dns.nsec.next_domain_name", "Next domain name", NAME },
    [DNS_NSEC_TYPE] = { "dns.nsec.type", "Type", .type = TL_U16, .flags = TL_REPEATS, .names = tl_dns_types,
                        .help = "A type that exists under the name" },
    [DNS_NSEC3_ALGO] = { "dns.nsec3.algo", "Hash algorithm", .type = TL_U8 },
    [DNS_NSEC3_FLAGS] = { "dns.nsec3.flags", "NSEC3 flags", .type = TL_U8 },
    [DNS_NSEC3_OPT_OUT] = { "dns.nsec3.flags.opt_out", "NSEC3 opt-out flag", .type = TL_BOOL, .mask = 0x01 },
    [DNS_NSEC3_ITERATIONS] = { "dns.nsec3.iterations", "NSEC3 iterations", .type = TL_U16 },
    [DNS_NSEC3_SALT_LENGTH] = { "dns.nsec3.salt_length", "Salt length", .type = TL_U8, .unit = "bytes" },
    [DNS_NSEC3_SALT] = { "dns.nsec3.salt_value", "Salt value", .type = TL_BYTES },
    [DNS_NSEC3_HASH_LENGTH] = { "dns.nsec3.hash_length", "Hash length", .type = TL_U8, .unit = "bytes" },
    [DNS_NSEC3_HASH] = { "dns.nsec3.hash_value", "Next hashed owner", .type = TL_TEXT },
    [DNS_TLSA_USAGE] = { "dns.tlsa.certificate_usage", "Certificate usage", .type = TL_U8 },
    [DNS_TLSA_SELECTOR] = { "dns.tlsa.selector", "Selector", .type = TL_U8 },
    [DNS_TLSA_MATCHING] = { "dns.tlsa.matching_type", "Matching type", .type = TL_U8 },
    [DNS_TLSA_DATA] = { "dns.tlsa.certificate_association_data", "Certificate association data", .type = TL_BYTES },
    [DNS_CSYNC_SOA] = { "dns.csync.soa", "SOA", .type = TL_U32 },
    [DNS_CSYNC_FLAGS] = { "dns.csync.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [DNS_CSYNC_BITMAP] = { "dns.csync.type_bitmap", "Type bitmap", .type = TL_BYTES },
    [DNS_CSYNC_IMMEDIATE] = { "dns.csync.flags.immediate", "Immediate", .type = TL_BOOL, .mask = 0x0001 },
    [DNS_CSYNC_SOAMINIMUM] = { "dns.csync.flags.soaminimum", "SOA minimum", .type = TL_BOOL, .mask = 0x0002 },
    [DNS_WKS_ADDRESS] = { "dns.wks.address", "Address", .type = TL_IPV4 },
    [DNS_WKS_PROTOCOL] = { "dns.wks.protocol", "Protocol", .type = TL_U8 },
    [DNS_WKS_BITS] = { "dns.wks.bits", "Bits", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS,
                       .help = "Bytes of the bit map that are not zero" },
    [DNS_OPENPGPKEY] = { "dns.openpgpkey", "OpenPGP key", .type = TL_TEXT },
    [DNS_EUI64] = { "dns.eui64", "EUI64 address", .type = TL_BYTES },
    [DNS_LOC_UNKNOWN] = { "dns.loc.unknown_data", "Unknown data", .type = TL_BYTES },
    [DNS_APL_FAMILY] = { "dns.apl.address_family", "Address family", .type = TL_U16, .flags = TL_REPEATS },
    [DNS_APL_PREFIX] = { "dns.apl.coded_prefix", "Prefix length", .type = TL_U8, .flags = TL_REPEATS },
    [DNS_APL_NEGATION] = { "dns.apl.negation", "Negation", .type = TL_BOOL, .mask = 0x80, .flags = TL_REPEATS },
    [DNS_APL_LENGTH] = { "dns.apl.afdlength", "Address length", .type = TL_U8, .mask = 0x7f, .flags = TL_REPEATS,
                         .unit = "bytes" },
    [DNS_APL_IPV4] = { "dns.apl.afdpart.ipv4", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [DNS_APL_IPV6] = { "dns.apl.afdpart.ipv6", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [DNS_APL_DATA] = { "dns.apl.afdpart.data", "Address", .type = TL_BYTES, .flags = TL_REPEATS },
    [DNS_ZONEMD_SERIAL] = { "dns.zonemd.serial", "Serial", .type = TL_U32 },
    [DNS_ZONEMD_SCHEME] = { "dns.zonemd.scheme", "Scheme", .type = TL_U8 },
    [DNS_ZONEMD_HASH] = { "dns.zonemd.hash_algo", "Hash algorithm", .type = TL_U8 },
    [DNS_ZONEMD_DIGEST] = { "dns.zonemd.digest", "Digest", .type = TL_BYTES },
    [DNS_SVCB_PRIORITY] = { "dns.svcb.svcpriority", "SvcPriority", .type = TL_U16 },
    [DNS_SVCB_TARGET] = { "dns.svcb.targetname", "TargetName", NAME },
    [DNS_SVCB_PARAM] = { "dns.svcb.svcparam", "SvcParam", .type = TL_GROUP, .flags = TL_REPEATS },
    [DNS_SVCB_KEY] = { "dns.svcb.svcparam.key", "SvcParamKey", .type = TL_U16, .names = tl_dns_svc_keys },
    [DNS_SVCB_LENGTH] = { "dns.svcb.svcparam.value.length", "SvcParamValue length", .type = TL_U16, .unit = "bytes" },
    [DNS_SVCB_MANDATORY] = { "dns.svcb.svcparam.mandatory.key", "Mandatory key", .type = TL_U16, .flags = TL_REPEATS,
                             .names = tl_dns_svc_keys },
    [DNS_SVCB_ALPN_LENGTH] = { "dns.svcb.svcparam.alpn.length", "ALPN length", .type = TL_U8, .flags = TL_REPEATS,
                               .unit = "bytes" },
    [DNS_SVCB_ALPN] = { "dns.svcb.svcparam.alpn", "ALPN", .type = TL_TEXT, .flags = TL_REPEATS },
    [DNS_SVCB_PORT] = { "dns.svcb.svcparam.port", "Port", .type = TL_U16 },
    [DNS_SVCB_IPV4HINT] = { "dns.svcb.svcparam.ipv4hint.ip", "IP", .type = TL_IPV4, .flags = TL_REPEATS },
    [DNS_SVCB_IPV6HINT] = { "dns.svcb.svcparam.ipv6hint.ip", "IP", .type = TL_IPV6, .flags = TL_REPEATS },
    [DNS_SVCB_ECH] = { "dns.svcb.svcparam.echconfig", "ECHConfig", .type = TL_BYTES },
    [DNS_SVCB_VALUE] = { "dns.svcb.svcparam.value", "SvcParamValue", .type = TL_BYTES },
    [DNS_TSIG_ALGORITHM] = { "dns.tsig.algorithm_name", "Algorithm name", NAME },
    [DNS_TSIG_TIME] = { "dns.tsig.time_signed", "Time signed", .type = TL_U64, .help = "Seconds since 1970" },
    [DNS_TSIG_FUDGE] = { "dns.tsig.fudge", "Fudge", .type = TL_U16, .unit = "s" },
    [DNS_TSIG_MAC_SIZE] = { "dns.tsig.mac_size", "MAC size", .type = TL_U16, .unit = "bytes" },
    [DNS_TSIG_MAC] = { "dns.tsig.mac", "MAC", .type = TL_BYTES },
    [DNS_TSIG_ORIGINAL_ID] = { "dns.tsig.original_id", "Original id", .type = TL_U16 },
    [DNS_TSIG_ERROR] = { "dns.tsig.error", "Error", .type = TL_U16 },
    [DNS_TSIG_OTHER_LEN] = { "dns.tsig.other_len", "Other length", .type = TL_U16, .unit = "bytes" },
    [DNS_TSIG_OTHER] = { "dns.tsig.other_data", "Other data", .type = TL_BYTES },
    [DNS_TKEY_ALGORITHM] = { "dns.tkey.algo_name", "Algorithm name", NAME },
    [DNS_TKEY_INCEPTION] = { "dns.tkey.signature_inception", "Signature inception", .type = TL_U32,
                             .help = "Seconds since 1970" },
    [DNS_TKEY_EXPIRATION] = { "dns.tkey.signature_expiration", "Signature expiration", .type = TL_U32,
                              .help = "Seconds since 1970" },
    [DNS_TKEY_MODE] = { "dns.tkey.mode", "Mode", .type = TL_U16 },
    [DNS_TKEY_ERROR] = { "dns.tkey.error", "Error", .type = TL_U16 },
    [DNS_TKEY_KEY_SIZE] = { "dns.tkey.key_size", "Key size", .type = TL_U16, .unit = "bytes" },
    [DNS_TKEY_KEY] = { "dns.tkey.key_data", "Key data", .type = TL_BYTES },
    [DNS_TKEY_OTHER_SIZE] = { "dns.tkey.other_size", "Other size", .type = TL_U16, .unit = "bytes" },
    [DNS_TKEY_OTHER] = { "dns.tkey.other_data", "Other data", .type = TL_BYTES },
    [DNS_CAA_FLAGS] = { "dns.caa.flags", "CAA flags", .type = TL_U8, .base = TL_HEX },
    [DNS_CAA_CRITICAL] = { "dns.caa.flags.issuer_critical", "Issuer critical", .type = TL_BOOL, .mask = 0x80 },
    [DNS_CAA_TAG_LENGTH] = { "dns.caa.tag_length", "Tag length", .type = TL_U8, .unit = "bytes" },
    [DNS_CAA_TAG] = { "dns.caa.tag", "Tag", .type = TL_TEXT },
    [DNS_CAA_ISSUE] = { "dns.caa.issue", "Issue", .type = TL_TEXT },
    [DNS_CAA_ISSUEWILD] = { "dns.caa.issuewild", "Issue wildcard", .type = TL_TEXT },
    [DNS_CAA_IODEF] = { "dns.caa.iodef", "Report URL", .type = TL_TEXT },
    [DNS_CAA_UNKNOWN] = { "dns.caa.unknown", "Unknown tag", .type = TL_TEXT },
    [DNS_CAA_VALUE] = { "dns.caa.value", "Value", .type = TL_TEXT },
    [DNS_LINE] = { "dns.line", "Line", .type = TL_TEXT, .flags = TL_DERIVED | TL_ESCAPED | TL_ONLY_LINE },
    [DNS_EXTRANEOUS] = { "dns.extraneous.data", "Extraneous data", .type = TL_BYTES },
    [DNS_RESPONSE_TO] = { "dns.response_to", "Query in packet", .type = TL_U32, .flags = TL_DERIVED | TL_OF_FLOW },
    [DNS_TIME] = { "dns.time", "Time since the query", .type = TL_INTERVAL, .flags = TL_DERIVED | TL_OF_FLOW },
};

enum { MDNS_PORT = 5353, LLMNR_PORT = 5355, NBNS_PORT = 137, DNS_PORT = 53 };

static bool has_port(const struct tl_dissection *d, uint16_t port)
{
    return d->seg->src_port == port || d->seg->dst_port == port;
}

/* The meaning of some flag bits depends on the kind of message. */
static void add_flags(struct tl_dissection *d, const struct tl_dns_message *m)
{
    uint32_t at = d->c.off - 2;
    bool response = (m->flags & TL_DNS_QR) != 0;
    tl_add_bits(d, DNS_RESPONSE, at, 2, m->flags);
    tl_add_bits(d, DNS_OPCODE, at, 2, m->flags);
    if (m->llmnr)
        tl_add_bits(d, DNS_CONFLICT, at, 2, m->flags);
    else if (response)
        tl_add_bits(d, DNS_AUTHORITATIVE, at, 2, m->flags);
    tl_add_bits(d, DNS_TRUNCATED, at, 2, m->flags);
    tl_add_bits(d, m->llmnr ? DNS_TENTATIVE : DNS_RECDESIRED, at, 2, m->flags);
    if (response && !m->llmnr)
        tl_add_bits(d, DNS_RECAVAIL, at, 2, m->flags);
    if (!m->llmnr) {
        tl_add_bits(d, DNS_Z, at, 2, m->flags);
        if (response || (m->flags & 0x20) != 0)
            tl_add_bits(d, DNS_AUTHENTICATED, at, 2, m->flags);
        tl_add_bits(d, DNS_CHECKDISABLE, at, 2, m->flags);
    }
    if (response)
        tl_add_bits(d, DNS_RCODE, at, 2, m->flags);
}

static void header(struct tl_dissection *d, struct tl_dns_message *m)
{
    m->id = tl_u16(d, DNS_ID);
    m->flags = tl_u16(d, DNS_FLAGS);
    if (TL_UNLIKELY(d->wanted != NULL) && tl_ok(d))
        add_flags(d, m);
    bool update = tl_dns_is_update(m);
    m->count[0] = tl_u16(d, update ? DNS_COUNT_ZONES : DNS_COUNT_QUERIES);
    m->count[1] = tl_u16(d, update ? DNS_COUNT_PREREQUISITES : DNS_COUNT_ANSWERS);
    m->count[2] = tl_u16(d, update ? DNS_COUNT_UPDATES : DNS_COUNT_AUTH);
    m->count[3] = tl_u16(d, DNS_COUNT_ADD);
    m->headed = tl_ok(d);
    m->questions = d->c.off;
}

static void questions(struct tl_dissection *d, struct tl_dns_message *m)
{
    bool keeps = (m->flags & TL_DNS_QR) == 0; /* of a response, only what it repeats is looked at */
    for (uint32_t i = 0; i < m->count[0] && tl_ok(d); i++) {
        uint32_t group = tl_group(d, DNS_QUERIES);
        tl_dns_name(d, m, DNS_QRY_NAME, i == 0 && keeps ? &m->first.name : NULL);
        uint16_t type = tl_u16(d, DNS_QRY_TYPE), class = tl_dns_class(d, m, DNS_QRY_CLASS, DNS_QRY_QU);
        tl_group_end(d, group);
        m->asked += tl_ok(d);
        if (i > 0 || !keeps)
            continue;
        m->first.qtype = type;
        m->first.qclass = class;
        tl_dns_lower(&m->first.name);
    }
}

/*
 * Reads the message at the cursor, sent by `side`, up to the end of the cursor's range. Returns false if not even its
 * questions could be read.
 */
static bool message(struct tl_dissection *d, uint8_t side)
{
    bool unicast = has_port(d, DNS_PORT) || d->net->protocol == 6;
    const struct tl_cursor whole = d->c;
    struct tl_dns_message m;
    memset(&m, 0, offsetof(struct tl_dns_message, lists));
    m.start = d->c.off;
    m.end = d->c.end;
    m.side = side;
    m.mdns = !unicast && has_port(d, MDNS_PORT);
    m.llmnr = !unicast && has_port(d, LLMNR_PORT);
    if (TL_UNLIKELY(d->wanted != NULL) && (m.mdns || m.llmnr))
        tl_layer_variant(d, m.mdns ? TL_DNS_MDNS : TL_DNS_LLMNR);
    header(d, &m);
    questions(d, &m);
    bool asked = tl_ok(d);
    size_t used = d->scratch->used;
    if (TL_LIKELY(asked)) {
        m.records = d->c.off;
        tl_dns_sections(d, &m);
        if (TL_UNLIKELY(tl_ok(d) && tl_cursor_left(&d->c) > 0))
            tl_run(d, DNS_EXTRANEOUS, tl_cursor_left(&d->c));
    }
    if (TL_UNLIKELY(tl_wants(d, DNS_LINE)))
        tl_dns_line(d, &m, whole);
    if (asked)
        tl_dns_conclude(d, &m);
    if (TL_UNLIKELY(m.mdns) && tl_ok(d))
        tl_dns_services(d, &m);
    d->scratch->used = used;
    return asked;
}

static enum tl_status dns_dissect(struct tl_dissection *d)
{
    if (TL_UNLIKELY(d->frame->quoted) && d->net->protocol == 6)
        tl_u16(d, DNS_LENGTH);
    if (!message(d, d->flow.side) && d->c.status == TL_BAD && !d->frame->quoted && !tl_dns_confirmed(d))
        tl_violate(d);
    return tl_next_none(d);
}

enum { LOOK = 2 + TL_DNS_HEADER }; /* bytes needed to recognise the beginning of a message */

/* If the length of the message is known, its rest is skipped and the next message follows. Otherwise it is searched. */
static struct tl_want behind_gap(struct tl_dissection *d, const struct tl_stream *s)
{
    uint64_t lost = s->dropped + s->gap;
    bool known = !tl_dns_is_lost(d, s->side);
    if (known && s->want.kind == TL_WANT_BYTES && s->want.n > 2 && lost <= s->want.n)
        return (struct tl_want){ TL_WANT_BODY, s->want.n - lost, NULL };
    if (s->want.kind == TL_WANT_BODY && s->gap <= s->left)
        return (struct tl_want){ TL_WANT_BODY, s->left - s->gap, NULL };
    tl_dns_set_lost(d, s->side, true);
    return (struct tl_want){ TL_WANT_BYTES, LOOK, NULL };
}

/* Returns whether a length and a message header are here. Used after a gap, where any byte may be next. */
static bool begins_message(const uint8_t p[LOOK], unsigned side)
{
    uint32_t len = tl_load_be16(p), records = 0;
    uint16_t flags = tl_load_be16(p + 4), asked = tl_load_be16(p + 6);
    for (unsigned i = 8; i < LOOK; i += 2)
        records += tl_load_be16(p + i);
    bool response = (flags & TL_DNS_QR) != 0;
    if (response != (side == 1) || (flags >> 11 & 15) > 5 || (flags & TL_DNS_Z) != 0)
        return false;
    if (len < TL_DNS_HEADER + asked * 5u + records * 11u)
        return false;
    /* A zone transfer continues without repeating the question (RFC 5936 section 2.2). */
    return asked == 1 || (response && asked == 0 && (flags & 0x0f) == 0 && tl_load_be16(p + 8) > 0 &&
                          tl_load_be16(p + 10) == 0);
}

/* Searches byte by byte for the beginning of a message. */
static struct tl_want find_message(struct tl_dissection *d, const struct tl_stream *s)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, LOOK);
    if (s->event != TL_EV_UNIT || p == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (begins_message(p, s->side)) {
        tl_dns_set_lost(d, s->side, false);
        return (struct tl_want){ TL_WANT_BYTES, 2, NULL };
    }
    tl_skip(d, 1);
    return (struct tl_want){ TL_WANT_BYTES, LOOK, NULL };
}

/* RFC 1035 section 4.2.2. The length is peeked, and read later with its message. */

static struct tl_want dns_stream(struct tl_dissection *d, struct tl_stream *s)
{
    const struct tl_want length = { TL_WANT_BYTES, 2, NULL }, nothing = { TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_OPEN || (s->event == TL_EV_RUN && s->left == 0))
        return length;
    if (s->event == TL_EV_GAP)
        return behind_gap(d, s);
    if (TL_UNLIKELY(tl_dns_is_lost(d, s->side)))
        return find_message(d, s);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (s->event != TL_EV_UNIT || p == NULL)
        return nothing;
    uint32_t len = tl_load_be16(p), end = d->c.end;
    if (len == 0) {
        tl_skip(d, 2);
        return length;
    }
    if (len < TL_DNS_HEADER) {
        tl_violate(d);
        return nothing;
    }
    if (tl_cursor_left(&d->c) < 2 + len)
        return (struct tl_want){ TL_WANT_BYTES, 2 + len, NULL };
    tl_message(d);
    tl_u16(d, DNS_LENGTH);
    if (!message(d, s->side)) {
        tl_violate(d);
        return nothing;
    }
    d->c.off = d->c.end = end; /* the next message begins there, whatever the errors in this one */
    return length;
}

static bool is_class(uint16_t value)
{
    return value == 1 || value == 3 || value == 4 || value == 254 || value == 255;
}

struct header {
    uint16_t flags, count[4];
    unsigned opcode;
};

/* Returns whether the header is plausible. */
static bool header_is_sane(const struct header *h, const struct tl_cursor *c)
{
    uint32_t records = (uint32_t)h->count[1] + h->count[2] + h->count[3];
    if (h->opcode > 6 || h->opcode == 3 || (h->flags & TL_DNS_Z) != 0)
        return false;
    return h->count[0] * 5u + records * 11u <= tl_cursor_wire_left(c);
}

/* A usual query has one question and at most EDNS, TSIG and a zone's serial number. */
static bool is_usual(const struct header *h)
{
    if (h->count[0] != 1 || h->opcode > 5)
        return false;
    return (h->flags & TL_DNS_QR) != 0 || h->opcode > 2 || (h->count[1] == 0 && h->count[2] <= 1 && h->count[3] <= 2);
}

/* Reads the type and class after the first name. */
static enum tl_probe probe_name(const struct tl_cursor *c, uint32_t start, const struct header *h, bool home, bool mdns)
{
    uint32_t after;
    bool sane = header_is_sane(h, c) && (home || is_usual(h));
    enum tl_probe otherwise = home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    enum tl_status status = tl_dns_name_walk(c->base, start, c->off, c->end, &after, NULL);
    if (status == TL_OK && after + 4 > c->end) {
        after += 4;
        status = TL_MORE;
    }
    if (status == TL_MORE)
        return sane && after <= c->wire_end ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (status != TL_OK || c->base[c->off] >= 0xc0) /* nothing to point back to */
        return sane && home && is_usual(h) ? TL_PROBE_MAYBE : TL_PROBE_NO;
    uint16_t type = tl_load_be16(c->base + after), class = tl_load_be16(c->base + after + 2);
    if (mdns)
        class &= 0x7fff;
    if (type == TL_DNS_TYPE_OPT)
        return otherwise;
    if (!is_class(class) || tl_name_of(tl_dns_types, type) == NULL)
        return sane && home && is_class(class) ? TL_PROBE_YES : sane ? otherwise : TL_PROBE_NO;
    return sane ? TL_PROBE_YES : otherwise;
}

static enum tl_probe dns_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    if (has_port(d, NBNS_PORT))
        return TL_PROBE_NO; /* NetBIOS names have the same format */
    bool mdns = has_port(d, MDNS_PORT), home = mdns || has_port(d, DNS_PORT) || has_port(d, LLMNR_PORT);
    if (d->flow.stream) {
        const uint8_t *p = tl_cursor_take(&c, 2);
        if (p == NULL) /* only one byte of the length */
            return TL_PROBE_MAYBE;
        uint16_t len = tl_load_be16(p);
        if (len < TL_DNS_HEADER)
            return TL_PROBE_NO;
        c = (struct tl_cursor){ c.base, c.off, c.end, c.off + len, TL_OK };
        if (c.end > c.wire_end)
            c.end = c.wire_end;
    }
    uint32_t start = c.off;
    const uint8_t *p = tl_cursor_take(&c, TL_DNS_HEADER);
    if (p == NULL)
        return (home || d->flow.stream) && c.status == TL_SHORT ? TL_PROBE_MAYBE : TL_PROBE_NO;
    struct header h = { .flags = tl_load_be16(p + 2) };
    for (unsigned i = 0; i < 4; i++)
        h.count[i] = tl_load_be16(p + 4 + (size_t)i * 2);
    h.opcode = h.flags >> 11 & 15;
    if (h.count[0] + h.count[1] + h.count[2] + h.count[3] > 0)
        return probe_name(&c, start, &h, home, mdns);
    /* Only a header: a refusal without its question, or a stateful operation (RFC 8490). */
    bool alone = (h.flags & TL_DNS_QR) != 0 || h.opcode == 6;
    return home && alone && header_is_sane(&h, &c) ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_dns = {
    .name = "dns",
    .title = "Domain Name System",
    .service = "dns",
    .aliases = { "alpn:dot" }, .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &tl_dns_record_def, &tl_dns_service_record_def },
    .flow_size = TL_DNS_FLOW_SIZE,
    .on = { { TL_ON_UDP_PORT, DNS_PORT }, { TL_ON_UDP_PORT, MDNS_PORT }, { TL_ON_UDP_PORT, LLMNR_PORT },
            { TL_ON_TCP_PORT, DNS_PORT }, { TL_ON_TCP_PORT, LLMNR_PORT } },
    .info = "[{line}]",
    .variants = { [TL_DNS_MDNS] = "MDNS", [TL_DNS_LLMNR] = "LLMNR" },
    .probe = dns_probe,
    .dissect = dns_dissect,
    .stream = dns_stream,
    .finish = tl_dns_finish,
};
