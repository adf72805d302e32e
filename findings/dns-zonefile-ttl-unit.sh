#!/usr/bin/env bash
# dns-zonefile 0.3.2 (npm) leaves out a record whose own TTL has a unit, without an error.
#
# Input: a zone file as BIND 9 takes it ("TTLs" of its manual: 2h is 7200 seconds), with the TTL once as a number and once
# with a unit. Expected: two A records, or an error. Seen: one A record. $TTL with a unit is taken.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . dns-zonefile@0.3.2 >/dev/null
seen=$(node -e '
const { parse } = require("dns-zonefile").default
const zone = parse("$ORIGIN example.test.\n$TTL 1h\na 7200 IN A 192.0.2.1\nb 2h IN A 192.0.2.2\n")
console.log(zone.$ttl, zone.a.map((a) => a.name).join(" "))')
echo "$seen"
[[ $seen == '1h a' ]]
