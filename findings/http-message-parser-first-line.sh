#!/usr/bin/env bash
# http-message-parser 0.0.34 (npm) does not know a response without a reason phrase, and takes a colon in a target for a header.
#
# Input: "HTTP/1.1 200 " with an empty reason phrase, as many servers send it (RFC 9112 section 4: the phrase is optional, the
# space is not); and "GET /search?at=10:30 HTTP/1.1", a target with a colon (RFC 3986 section 3.4). Seen: status, version and
# method are null for the first; the second has a header that nobody sent, "10" of the value "30 HTTP/1.1".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . http-message-parser@0.0.34 >/dev/null
seen=$(node -e '
const parse = require("http-message-parser")
const response = parse("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")
console.log(response.httpVersion, response.statusCode)
const request = parse("GET /search?at=10:30 HTTP/1.1\r\nHost: www.example\r\n\r\n")
console.log(request.method, request.url, request.httpVersion, JSON.stringify(request.headers))')
echo "$seen"
[[ $seen == $'null null\nGET /search?at=10:30 1.1 {"10":"30 HTTP/1.1","Host":"www.example"}' ]]
