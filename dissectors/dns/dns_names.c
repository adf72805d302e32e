/* dns_names.c - names of DNS numbers as in Zeek's logs (IANA "Domain Name System (DNS) Parameters"). */
#include "dissectors/dns/dns.h"

const struct tl_name tl_dns_types[] = {
    { 1, "A" }, { 2, "NS" }, { 3, "MD" }, { 4, "MF" }, { 5, "CNAME" }, { 6, "SOA" }, { 7, "MB" }, { 8, "MG" },
    { 9, "MR" }, { 10, "NULL" }, { 11, "WKS" }, { 12, "PTR" }, { 13, "HINFO" }, { 14, "MINFO" }, { 15, "MX" },
    { 16, "TXT" }, { 17, "RP" }, { 18, "AFSDB" }, { 19, "X25" }, { 20, "ISDN" }, { 21, "RT" }, { 22, "NSAP" },
    { 23, "NSAP-PTR" }, { 24, "SIG" }, { 25, "KEY" }, { 26, "PX" }, { 27, "GPOS" }, { 28, "AAAA" }, { 29, "LOC" },
    { 30, "NXT" }, { 31, "EID" }, { 32, "NIMLOC" }, { 33, "SRV" }, { 34, "ATMA" }, { 35, "NAPTR" }, { 36, "KX" },
    { 37, "CERT" }, { 38, "A6" }, { 39, "DNAME" }, { 40, "SINK" }, { 41, "OPT" }, { 42, "APL" }, { 43, "DS" },
    { 44, "SSHFP" }, { 45, "IPSECKEY" }, { 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 49, "DHCID" },
    { 50, "NSEC3" }, { 51, "NSEC3PARAM" }, { 52, "TLSA" }, { 53, "SMIMEA" }, { 55, "HIP" }, { 56, "NINFO" },
    { 57, "RKEY" }, { 58, "TALINK" }, { 59, "CDS" }, { 60, "CDNSKEY" }, { 61, "OPENPGPKEY" }, { 62, "CSYNC" },
    { 63, "ZONEMD" }, { 64, "SVCB" }, { 65, "HTTPS" }, { 99, "SPF" }, { 100, "UINFO" }, { 101, "UID" }, { 102, "GID" },
    { 103, "UNSPEC" }, { 104, "NID" }, { 105, "L32" }, { 106, "L64" }, { 107, "LP" }, { 108, "EUI48" },
    { 109, "EUI64" }, { 249, "TKEY" }, { 250, "TSIG" }, { 251, "IXFR" }, { 252, "AXFR" }, { 253, "MAILB" },
    { 254, "MAILA" }, { 255, "*" }, { 256, "URI" }, { 257, "CAA" }, { 32768, "TA" }, { 32769, "DLV" },
    { 65281, "WINS" }, { 65282, "WINS-R" }, { 65422, "XPF" }, { 65521, "INTEGRITY" }, { 0, NULL },
};

const struct tl_name tl_dns_classes[] = {
    { 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" }, { 0, NULL },
};

const struct tl_name tl_dns_opcodes[] = {
    { 0, "query" }, { 1, "iquery" }, { 2, "server-status" }, { 4, "notify" }, { 5, "dynamic-update" }, { 6, "dso" },
    { 0, NULL },
};

const struct tl_name tl_dns_rcodes[] = {
    { 0, "NOERROR" }, { 1, "FORMERR" }, { 2, "SERVFAIL" }, { 3, "NXDOMAIN" }, { 4, "NOTIMP" }, { 5, "REFUSED" },
    { 6, "YXDOMAIN" }, { 7, "YXRRSET" }, { 8, "NXRRSet" }, { 9, "NOTAUTH" }, { 10, "NOTZONE" },
    { 11, "unassigned-11" }, { 12, "unassigned-12" }, { 13, "unassigned-13" }, { 14, "unassigned-14" },
    { 15, "unassigned-15" }, { 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" }, { 19, "BADMODE" },
    { 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" }, { 23, "BADCOOKIE" }, { 3842, "BADSIG" }, { 0, NULL },
};

const struct tl_name tl_dns_svc_keys[] = {
    { 0, "mandatory" }, { 1, "alpn" }, { 2, "no-default-alpn" }, { 3, "port" }, { 4, "ipv4hint" }, { 5, "ech" },
    { 6, "ipv6hint" }, { 7, "dohpath" }, { 8, "ohttp" }, { 0, NULL },
};

const struct tl_name tl_dns_option_names[] = {
    { 1, "LLQ" }, { 2, "Update Lease" }, { 3, "NSID" }, { 5, "DAU" }, { 6, "DHU" }, { 7, "N3U" },
    { 8, "client subnet" }, { 9, "EXPIRE" }, { 10, "COOKIE" }, { 11, "TCP keepalive" }, { 12, "padding" },
    { 13, "CHAIN" }, { 14, "key tag" }, { 15, "extended error" }, { 16, "client tag" }, { 17, "server tag" },
    { 18, "report channel" }, { 19, "ZONEVERSION" }, { 20292, "Umbrella identity" }, { 26946, "device ID" },
    { 0, NULL },
};

const struct tl_name tl_dns_error_names[] = {
    { 0, "Other Error" }, { 1, "Unsupported DNSKEY Algorithm" }, { 2, "Unsupported DS Digest Type" },
    { 3, "Stale Answer" }, { 4, "Forged Answer" }, { 5, "DNSSEC Indeterminate" }, { 6, "DNSSEC Bogus" },
    { 7, "Signature Expired" }, { 8, "Signature Not Yet Valid" }, { 9, "DNSKEY Missing" }, { 10, "RRSIGs Missing" },
    { 11, "No Zone Key Bit Set" }, { 12, "NSEC Missing" }, { 13, "Cached Error" }, { 14, "Not Ready" },
    { 15, "Blocked" }, { 16, "Censored" }, { 17, "Filtered" }, { 18, "Prohibited" }, { 19, "Stale NXDOMAIN Answer" },
    { 20, "Not Authoritative" }, { 21, "Not Supported" }, { 22, "No Reachable Authority" }, { 23, "Network Error" },
    { 24, "Invalid Data" }, { 25, "Signature Expired before Valid" }, { 26, "Too Early" },
    { 27, "Unsupported NSEC3 Iterations Value" }, { 28, "Unable to conform to policy" }, { 29, "Synthesized" },
    { 30, "Invalid Query Type" }, { 0, NULL },
};

/* DNS Security Algorithm Numbers (IANA). */
const struct tl_name tl_dns_algorithms[] = {
    { 1, "RSAMD5" }, { 2, "DH" }, { 3, "DSA" }, { 5, "RSASHA1" }, { 6, "NSEC3DSA" }, { 7, "NSEC3RSASHA1" },
    { 8, "RSASHA256" }, { 10, "RSASHA512" }, { 12, "ECCGOST" }, { 13, "ECDSAP256SHA256" }, { 14, "ECDSAP384SHA384" },
    { 15, "ED25519" }, { 16, "ED448" }, { 252, "INDIRECT" }, { 253, "PRIVATEDNS" }, { 254, "PRIVATEOID" }, { 0, NULL },
};

/* RFC 4398 section 2.1. */
const struct tl_name tl_dns_cert_types[] = {
    { 1, "PKIX" }, { 2, "SPKI" }, { 3, "PGP" }, { 4, "IPKIX" }, { 5, "ISPKI" }, { 6, "IPGP" }, { 7, "ACPKIX" },
    { 8, "IACPKIX" }, { 253, "URI" }, { 254, "OID" }, { 0, NULL },
};
