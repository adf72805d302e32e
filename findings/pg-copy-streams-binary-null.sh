#!/usr/bin/env bash
# pg-copy-streams-binary 2.2.0 (npm): NULL at the end of an array of PostgreSQL is read as an empty string.
#
# Input: the text array {a,NULL} in the binary form of COPY, written by the library itself. Expected: the length -1 of NULL, which it
# writes, is NULL when it is read. The flag before the type says whether there are nulls, and PostgreSQL sends 1. Seen: the flag
# is 0, and ["a",""] is read: -1 is taken as the length 4294967295, and all that is left as the element.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . pg-copy-streams-binary@2.2.0 >/dev/null 2>&1
seen=$(node -e '
const Put = require("bufferput")
const { types } = require("pg-copy-streams-binary/lib/pg_types")
const put = new Put()
types._text.send(put, ["a", null])
const array = put.buffer()
console.log("flag", array.readInt32BE(4), "last length", array.readInt32BE(array.length - 4), JSON.stringify(types._text.recv(array)))')
echo "$seen"
[[ $seen == "flag 0 last length -1 [\"a\",\"\"]" ]]
