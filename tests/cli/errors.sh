#!/usr/bin/env bash
# Bad input: each prints one line with the cause and the name, and sets the exit code.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

capture 3 >good.pcap
run -r good.pcap
rc_is 0
quiet_is
lines_are 3
out_has '192\.0\.2\.1.*192\.0\.2\.53.*example\.com'

run -r missing.pcap
rc_is 1
error_is 'missing\.pcap'

run -r .
rc_is 1
error_is 'directory'

: >empty.pcap
run -r empty.pcap
rc_is 4
error_is 'empty\.pcap'

echo 'this is a text, long enough to be a header' >text.pcap
run -r text.pcap
rc_is 4
error_is 'text\.pcap'

pcap_header | head -c 20 >header.pcap
run -r header.pcap
rc_is 4
error_is 'header\.pcap'

# Packets before the damage are printed.
head -c -30 good.pcap >cut.pcap
for workers in 0 2; do
    run -r cut.pcap --workers $workers
    rc_is 4
    error_is 'cut\.pcap'
    out_has 'example\.com'
    run -r cut.pcap --json --workers $workers
    rc_is 4
    out_has '"_path":"conn"'
    out_has '"_path":"stats"'
done

# A bad input does not stop the others.
run -r cut.pcap -r good.pcap --count
rc_is 4
(($(cat out) >= 5)) || fail "$ran: $(cat out) packets"

run -r missing.pcap -r good.pcap -r text.pcap --count
rc_is 1
error_is 'missing\.pcap'
(($(cat out) >= 1)) || fail "$ran: the other inputs were not read"

{ pcap_header fa && packet; } >link.pcap
run -r link.pcap
rc_is 0
error_is 'link type without a decoder .250'
lines_are 1

run -r good.pcap 'udp port'
rc_is 2
error_is 'syntax'
run -r good.pcap -f 'host 999.1.2.3'
rc_is 2
error_is '999'
echo 'udp port 53 and' >filter
run -r good.pcap -F filter
rc_is 2
error_is .
run -r good.pcap -F missing
rc_is 1
error_is 'missing'

for output in '' '-v' '--json' '--json=packets' '--count'; do
    # shellcheck disable=SC2086
    run -r good.pcap $output -o /dev/full
    rc_is 1
    error_is 'space'
done
run -r good.pcap -w /dev/full
rc_is 1
error_is 'space'
run -r good.pcap -o missing/file
rc_is 1
error_is 'missing/file'
"$TAPLIGHT" --help >/dev/full 2>err
rc=$? ran='taplight --help >/dev/full'
rc_is 1
error_is 'space'

# Control characters in names do not reach the terminal.
run -r $'no\e[31m\x9b\u202efile'
rc_is 1
error_is 'no\\x1b'
LC_ALL=C grep -q $'\e\|\x9b\|\xe2\x80\xae' err && fail "an escape sequence from a file name reached the terminal"

# The reader of the output closes the pipe: no error message.
long_capture 15 >long.pcap
for options in '' '-v' '--json=packets' '-w -' '--help'; do
    # shellcheck disable=SC2086
    { "$TAPLIGHT" -r long.pcap $options 2>err; echo $? >code; } | head -c 1 >/dev/null
    ran="taplight $options | head -c 1" rc=$(cat code)
    rc_is 0
    quiet_is
done
done_testing
