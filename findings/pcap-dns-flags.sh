#!/usr/bin/env bash
# pcap 3.1.0 (npm, "node_pcap"): its decoder of DNS calls every message a query without error.
#
# Input: an answer with the flags 0x8583: response, authoritative, recursion desired and available, NXDOMAIN (RFC 1035, section
# 4.1.1). Expected: isResponse true, responseCode 3. Seen: all flags false and both codes 0, as the decoder of the flags is given
# a number where it wants the octets. The identifier and the counts are right. The native part of the package is not built here;
# the decoders do not use it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . pcap@3.1.0 >/dev/null 2>&1
seen=$(node -e '
const DNS = require("pcap/decode/dns")
const read = new DNS().decode(Buffer.from("123485830001000000000000" + "04686f7374047465737400" + "00010001", "hex"), 0)
const { isResponse, isAuthority, isRecursionDesired, isRecursionAvailible, responseCode } = read.header
console.log(read.id.toString(16), read.qdcount, isResponse, isAuthority, isRecursionDesired, isRecursionAvailible, responseCode)')
echo "$seen"
[[ $seen == "1234 1 false false false false 0" ]]
