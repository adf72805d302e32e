#!/usr/bin/env bash
# The stream hides what the fields hide: SMTP, FTP, HTTP, over segments of one byte; --show-secrets shows it.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

# hides_secret FILE TEXT-TO-FIND SHOWN SECRET: the stream of the packet with the text.
check() {
    local input=$SOURCE/samples/$1
    open 120 40 -r "$input"
    shows '^ +1 '
    keys / "$2" Enter
    sleep 0.5
    keys s
    shows '^━━ Stream .* secrets hidden \(--show-secrets\), '
    keys '\' "$3" Enter
    shows "${3/^/^> }"
    hides "$4"
    keys v # as a hex dump: also there
    shows '2a 2a 2a '
    keys q
    ended 0
    open 120 40 -r "$input" --show-secrets
    shows '^ +1 '
    keys / "$2" Enter
    sleep 0.5
    keys s
    shows '^━━ Stream '
    keys '\' "$3" Enter
    shows "$4"
    hides 'secrets hidden'
    keys q
    ended 0
}
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$SOURCE/samples/smtp/auth.pcap"
    shows '^ +1 '
    keys s
    shows '^━━ Stream '
    keys / 'AUTH*PLAIN' Enter
    shows '^> AUTH\*PLAIN\*{20,}$'
    keys q
    ended 0
done
check smtp/auth.pcap 'C: AUTH' '^AUTH' 'AHVzZXJAbXgu'
check ftp/session.pcap 'PASS' '^PASS' 'PASS [^*]'
check ftp/extended.pcap 'PASS' '^PASS' 'PASS [^*]'
check http/session.pcap 'Authorization' '^Authorization: Basic' 'Basic [A-Za-z0-9]'
check http/session-reorder.pcap 'Authorization' '^Authorization: Basic' 'Basic [A-Za-z0-9]'

# A guest's password is none.
open 80 24 -r "$SOURCE/samples/ftp/active.pcap"
shows '^ +1 '
keys s
shows '^> PASS ftp@example\.com'
hides 'secrets hidden'
keys q
ended 0
done_testing
