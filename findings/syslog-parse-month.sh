#!/usr/bin/env bash
# syslog-parse 2.0.0 (npm): a line of February is read as one of March when it is read on the 31st, and a line without a
# priority as an emergency of the kernel.
#
# Input: "<34>Feb 28 22:14:15 host su: text", read on 28 and on 31 March 2026, and the same line without <34>. RFC 3164 section
# 4.1.2: the timestamp has month and day; section 4.3.3: a relay that gets a message without a PRI gives it 13, user.notice.
# Expected: 28 February on both days; user.notice, or nothing. Seen: 28 March on the 31st, since the month is set while the day
# still is 31, and February has no such day; and kern.emerg, the highest priority there is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . syslog-parse@2.0.0 >/dev/null
cat >read.mjs <<'END'
import parse from "syslog-parse"
const RealDate = Date
for (const today of [28, 31]) {
  globalThis.Date = class extends RealDate {
    constructor() { super(2026, 2, today, 12) }
  }
  const read = parse("<34>Feb 28 22:14:15 host su: text").time
  console.log(today, read.getMonth() + 1, read.getDate())
}
const read = parse("Feb 28 22:14:15 host su: text")
console.log(read.facility, read.severity)
END
seen=$(TZ=UTC node read.mjs)
echo "$seen"
[[ $seen == $'28 2 28\n31 3 28\nkern emerg' ]]
