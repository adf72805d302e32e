#!/usr/bin/env bash
# diameter 0.7.0 (npm) writes Framed-IP-Address with six octets, and -1 of an Integer64 as 4294967295.
#
# Input: an AA-Request of NASREQ with Framed-IP-Address 192.0.2.1, whose type is OctetString and whose value is the IPv4 address
# (RFC 7155 section 4.4.10.5.1; four octets, RFC 2865 section 5.8); and -1 as an Integer64, which is signed (RFC 6733 section
# 4.2). Expected: an AVP of 12 octets that ends in c0000201, and ffffffffffffffff. Seen: an AVP of 14 octets, with the family of
# the type Address, 0001, before the address; and 00000000ffffffff. The library reads the first back as 192.0.2.1, so that a
# test with it at both ends sees nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . diameter@0.7.0 >/dev/null
seen=$(node --no-deprecation -e '
const codec = require("diameter/lib/diameter-codec")
const types = require("diameter/lib/diameter-types")
const request = codec.constructRequest("NASREQ Application", "AA", "client;1")
request.header.hopByHopId = 1
request.body.push(["Framed-IP-Address", "192.0.2.1"])
const wire = codec.encodeMessage(request)
console.log(wire.subarray(36).toString("hex"), codec.decodeMessage(wire).body[1][1])
const minus = types.encode("Integer64", -1)
console.log(minus.toString("hex"), String(types.decode("Integer64", minus)))')
echo "$seen"
[[ $seen == $'000000086000000e0001c00002010000 192.0.2.1\n00000000ffffffff 4294967295' ]]
