#!/usr/bin/env bash
# sip 0.0.6 (npm) cuts a Via with an IPv6 address at its first colon, and loses the branch.
#
# Input: Via: SIP/2.0/UDP [2001:db8::9]:5060;branch=z9hG4bK1, as RFC 3261 section 25.1 (IPv6reference) and its errata have
# it. Expected: the host, port 5060 and the branch, by which a response finds its transaction. Seen: host `[2001`, no
# port, no parameters, no error; parseUri() of a URI with such a host gives nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . sip@0.0.6 >/dev/null
seen=$(node -e '
const sip = require("sip")
const of = (host) => sip.parse(`OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP ${host}:5060;branch=z9hG4bK1\r\n` +
  "CSeq: 1 OPTIONS\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n").headers.via[0]
for (const host of ["[2001:db8::9]", "192.0.2.9"])
  console.log(of(host).host, of(host).port, of(host).params.branch)
console.log(sip.parseUri("sip:a@[2001:db8::9]"))')
echo "$seen"
[[ $seen == $'[2001 undefined undefined\n192.0.2.9 5060 z9hG4bK1\nundefined' ]]
