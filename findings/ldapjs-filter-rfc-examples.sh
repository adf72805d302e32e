#!/usr/bin/env bash
# @ldapjs/filter 2.1.1 (npm) refuses LDAP filters that are valid, some of them examples of the RFCs.
#
# Input: (seeAlso=), an example of RFC 4515 section 4; (|), the absolute false filter of RFC 4526; a numeric OID as the
# attribute and an attribute with an option, as RFC 4512 sections 1.4 and 2.5 allow. Expected: four filters. Seen: an error
# for each of them, whereas (&), the absolute true filter, and an OID as matching rule are taken.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @ldapjs/filter@2.1.1 >/dev/null
seen=$(node -e '
const { parseString } = require("@ldapjs/filter")
for (const text of ["(seeAlso=)", "(|)", "(2.5.4.3=x)", "(cn;lang-de=x)", "(&)", "(cn:2.5.13.5:=x)"])
  try { console.log(text, parseString(text).toString()) } catch (error) { console.log(text, "refused") }')
echo "$seen"
[[ $(grep -c refused <<<"$seen") == 4 && $seen == *'(&) (&)'* && $seen == *'(cn:2.5.13.5:=x) (cn:2.5.13.5:=x)'* ]]
