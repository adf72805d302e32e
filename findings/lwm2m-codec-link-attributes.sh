#!/usr/bin/env bash
# lwm2m-codec 0.1.1 (npm) loses the attributes of all links but the first, and keeps pieces of them in the paths.
#
# Input: the answer of a device to Discover, </3/0>;pmin=10,</3/0/9>;pmax=60,</3/0/13>: links are separated by commas, each has its
# own attributes, and the path is what stands in angle brackets (RFC 6690, section 2). Expected: the paths /3/0, /3/0/9 and
# /3/0/13. Seen: "/3/0/9>;pmax=6", with a bracket, and its maximum period cut: the first and the last letter of each link are
# taken off as if there were nothing but the brackets.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . lwm2m-codec@0.1.1 >/dev/null 2>&1
seen=$(node -e '
const read = require("lwm2m-codec").decode("link", "</3/0>;pmin=10,</3/0/9>;pmax=60,</3/0/13>")
console.log(read.path, read.attrs.pmin, ...read.resrcList)')
echo "$seen"
[[ $seen == "/3/0 10 /3/0/9>;pmax=6 /3/0/13" ]]
