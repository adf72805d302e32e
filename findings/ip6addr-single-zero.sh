#!/usr/bin/env bash
# ip6addr 0.2.5 (npm) writes one zero group of an IPv6 address as two colons.
#
# Input: 2001:db8:0:1:1:1:1:1, the example of RFC 5952, section 4.2.2: "The symbol \"::\" MUST NOT be used to shorten just one
# 16-bit 0 field. For example, the representation 2001:db8:0:1:1:1:1:1 is correct, but 2001:db8::1:1:1:1:1 is not correct."
# Seen: the one that is not correct, from toString() and from toString with zeroElide, its default; both texts are read as the
# same address. Records that are joined by the text of an address with those of another program do not meet.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . ip6addr@0.2.5 >/dev/null
seen=$(node -e '
const { parse, compare } = require("ip6addr")
const address = parse("2001:db8:0:1:1:1:1:1")
console.log(address.toString(), address.toString({ format: "v6", zeroElide: true }),
  compare(address, "2001:db8::1:1:1:1:1"), parse("2001:db8:0:0:1:0:0:1").toString())')
echo "$seen"
[[ $seen == '2001:db8::1:1:1:1:1 2001:db8::1:1:1:1:1 0 2001:db8::1:0:0:1' ]]
