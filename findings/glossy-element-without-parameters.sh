#!/usr/bin/env bash
# glossy 0.1.7 (npm) joins a syslog SD-ELEMENT without parameters with the element after it.
#
# Input: structured data of RFC 5424, section 6.3.1, where an element may have a name alone: [a@1][b@2 k="v"]. Expected:
# a@1 without parameters, b@2 with k. Seen: one element with the name `a@1][b@2`. With parameters in both, both are there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . glossy@0.1.7 >/dev/null
seen=$(node -e '
const { Parse } = require("glossy")
for (const data of ["[a@1][b@2 k=\"v\"]", "[a@1 x=\"y\"][b@2 k=\"v\"]"])
  console.log(Object.keys(Parse.parse(`<13>1 2003-10-11T22:14:15.003Z host app 1 id ${data} text`).structuredData).join(" "))')
echo "$seen"
[[ $seen == $'a@1][b@2\na@1 b@2' ]]
