#!/usr/bin/env bash
# pcap 3.1.0 (npm) finds nothing in the flags of a DNS header: a refused answer is a query that nobody refused.
#
# Input: a DNS response with the flags 8185 (RFC 1035, section 4.1.1: QR, RD and RA are set, RCODE is 5). Expected: a response, response
# code 5. Seen: isResponse false and responseCode 0, for these and all other flags.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . pcap@3.1.0 >/dev/null
seen=$(node -e '
const Dns = require("pcap/decode/dns")
for (const flags of ["8185", "0100", "a400"]) {
  const { header } = new Dns().decode(Buffer.from("0001" + flags + "0001000000000000" + "01610000010001", "hex"), 0)
  console.log(flags, header.isResponse, header.isRecursionDesired, header.opcode, header.responseCode)
}')
echo "$seen"
[[ $seen == $'8185 false false 0 0\n0100 false false 0 0\na400 false false 0 0' ]]
