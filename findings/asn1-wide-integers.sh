#!/usr/bin/env bash
# asn1 0.2.6 (npm) writes 4294967295 as -1, and reads it in an object identifier as -1.
#
# Input: an INTEGER above 31 bits, as counters and times have them, and the object identifier 1.3.6.1.4.1.4294967295 (SNMP
# allows sub-identifiers up to 2^32-1, RFC 2578 section 3.5). Expected: the numbers, or an error. Seen: 02 01 ff, which
# is -1, without an error; the identifier is right on the wire and is read back as 1.3.6.1.4.1.-1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . asn1@0.2.6 >/dev/null
seen=$(node -e '
const { Ber } = require("asn1")
const one = new Ber.Writer(), other = new Ber.Writer()
one.writeInt(4294967295)
other.writeOID("1.3.6.1.4.1.4294967295")
console.log(one.buffer.toString("hex"), other.buffer.toString("hex"), new Ber.Reader(other.buffer).readOID())')
echo "$seen"
[[ $seen == '0201ff 060a2b060104018fffffff7f 1.3.6.1.4.1.-1' ]]
