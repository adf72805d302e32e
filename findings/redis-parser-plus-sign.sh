#!/usr/bin/env bash
# redis-parser 3.0.0 (npm) reads a Redis integer with a plus sign as another number.
#
# Input: the answers :5, :-5, :+5 and :+1000. Expected: 5, -5, 5 and 1000, as the Redis serialization protocol has an integer as
# :[<+|->]<value> with an optional plus or minus as its sign. Seen: -45 and -49000 for the last two: the plus counts as a digit
# of the value -5. There is no error, so that a server or proxy that writes the sign changes the numbers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . redis-parser@3.0.0 >/dev/null
seen=$(node -e '
const Parser = require("redis-parser")
const read = []
const parser = new Parser({ returnReply: reply => read.push(reply), returnError: error => read.push(error.message) })
parser.execute(Buffer.from([":5", ":-5", ":+5", ":+1000", ""].join("\r\n")))
console.log(read.join(" "))')
echo "$seen"
[[ $seen == '5 -5 -45 -49000' ]]
