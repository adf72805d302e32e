#!/usr/bin/env bash
# sdp 3.2.2 (npm) cuts a format parameter at its second equals sign, and leaves out formats that need no rtpmap.
#
# Input: the fmtp line of an H.264 stream with sprop-parameter-sets=Z0IACpZTBYmI,aMljiA== (base64, RFC 6184, section 8.1), and a
# media description "RTP/AVP 0 96" with an rtpmap for 96. Expected: the value with the padding of base64; and formats 0 and 96, as
# an rtpmap is for dynamic payload types and static ones have theirs in RFC 3551 (RFC 8866, section 6.6). Seen: aMljiA without
# its padding, which is what it writes too; and format 96 alone: 0 (PCMU) is not there when the description is written again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . sdp@3.2.2 >/dev/null
seen=$(node -e '
const sdp = require("sdp")
const parameters = sdp.parseFmtp("a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IACpZTBYmI,aMljiA==")
console.log(parameters["sprop-parameter-sets"])
console.log(sdp.writeFmtp({ payloadType: 96, parameters }).trim())
const media = ["m=audio 9 RTP/AVP 0 96", "a=rtpmap:96 opus/48000/2", ""].join("\r\n")
const read = sdp.parseRtpParameters(media)
console.log(read.codecs.map(c => c.payloadType).join(" "))
console.log(sdp.writeRtpDescription("audio", read).split("\r\n")[0])')
echo "$seen"
[[ $seen == "Z0IACpZTBYmI,aMljiA
a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IACpZTBYmI,aMljiA
96
m=audio 9 RTP/AVP 96" ]]
