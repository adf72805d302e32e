#!/usr/bin/env bash
# stompjs 2.3.3 (npm) cuts a STOMP frame at the first NUL of its body, and does not take escapes of header values.
#
# Input: a MESSAGE of STOMP 1.1, which the library announces ("1.1,1.0"), with content-length:5 and the body "ab", NUL, "cd"; and
# one whose destination is /queue/a:b, written as /queue/a\cb. STOMP 1.1: "If a content-length header is included, this number
# of octets MUST be read, regardless of whether or not there are null octets in the body", and \c in a header is a colon. Expected:
# one frame of five bytes; /queue/a:b. Seen: a frame with "ab", and one without a command whose body is "d"; /queue/a\cb.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . stompjs@2.3.3 >/dev/null
seen=$(node -e '
const { Frame, VERSIONS } = require("stompjs")
console.log(VERSIONS.supportedVersions())
const frames = Frame.unmarshall("MESSAGE\ndestination:/q\nmessage-id:1\ncontent-length:5\n\nab\0cd\0")
console.log(frames.map((frame) => frame.command + ":" + frame.body).join(" "))
console.log(Frame.unmarshall("MESSAGE\ndestination:/queue/a\\cb\nmessage-id:1\n\nx\0")[0].headers.destination)')
echo "$seen"
[[ $seen == $'1.1,1.0\nMESSAGE:ab :d\n/queue/a\\cb' ]]
