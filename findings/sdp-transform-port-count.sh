#!/usr/bin/env bash
# sdp-transform 3.0.0 (npm) loses a media line that has a number of ports, and writes "NaN" in its place.
#
# Input: "m=audio 5004/2 RTP/AVP 0" (RFC 8866, section 5.14, with this very form as its example). Expected: type, port
# 5004 and a number of ports, 2. Seen: media without type, port and protocol; written back, the line is
# "m=undefined NaN undefined". A call whose SDP has layers this way has no port to expect its RTP at.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . sdp-transform@3.0.0 >/dev/null
cat >read.mjs <<'END'
import { createRequire } from 'node:module'
const sdp = createRequire(import.meta.url)('sdp-transform')
const got = sdp.parse('v=0\r\nm=audio 5004/2 RTP/AVP 0\r\n')
console.log(got.media.length, got.media[0].port, sdp.write(got).split('\r\n').find((line) => line.startsWith('m=')))
END
seen=$(node read.mjs)
echo "media, port, written back: $seen"
[[ $seen == '1 undefined m=undefined NaN undefined'* ]]
