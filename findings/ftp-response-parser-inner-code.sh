#!/usr/bin/env bash
# ftp-response-parser 1.0.1 (npm) takes a line within a multi-line FTP reply for a reply of its own.
#
# Input: a greeting of several lines, of which one begins with another code: "230 users are logged in". RFC 959 section
# 4.2: a reply ends only at the line with its own code and a space; what stands between is text, and only lines that
# begin with that code need padding. Expected: one reply, 220. Seen: 230 first, then 220, whose text has the line again.
# A client that waits for "230 logged in" sees it before it has sent a name.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . ftp-response-parser@1.0.1 >/dev/null
cat >ask.js <<'END'
const Parser = require('ftp-response-parser')
const parser = new Parser()
const codes = []
parser.on('data', (reply) => codes.push(reply.code))
parser.on('end', () => console.log(codes.join(' ')))
parser.end('220-Welcome.\r\n230 users are logged in.\r\n220 Ready.\r\n331 Password?\r\n')
END
seen=$(node ask.js)
echo "codes: $seen"
[[ $seen == '230 220 331' ]]
