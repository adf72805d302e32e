#!/usr/bin/env bash
# nsyslog-parser 0.10.1 (npm) loses all structured data of a syslog message if one value has an escaped quote.
#
# Input: RFC 5424, section 6.3.3: inside a PARAM-VALUE, " is written as \". Expected: the element with its value. Seen:
# no structured data at all, and its text at the start of the message. With an escaped ] the element is there, with the backslash.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . nsyslog-parser@0.10.1 >/dev/null
seen=$(node -e '
const parse = require("nsyslog-parser")
for (const value of ["plain", "a\\]b", "a\\\"b"]) {
  const m = parse(`<13>1 2003-10-11T22:14:15.003Z host app - id [x@1 k="${value}"] text`)
  console.log(m.structuredData.length, m.message)
}')
echo "$seen"
[[ $seen == $'1 text\n1 text\n0 [x@1 k="a\\"b"] text' ]]
