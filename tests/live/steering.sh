#!/usr/bin/env bash
# Another thread changes the filter during the capture; an invalid filter changes nothing.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs python3
: "${STEER:?the program that steers}"
tagged_packets

coproc engine { exec ip netns exec $a "$STEER" va; }
engine_process=$engine_PID
started+=("$engine_process")
say() { echo "$*" >&"${engine[1]}" && read -r -t 20 answer <&"${engine[0]}"; }
counts() { say count && [[ $answer == "$1" ]]; }
# passed_is COUNT: exactly that many packets match.
passed_is() {
    until_true 10 counts "$1" || fail "$2: $answer packets passed, not $1"
    sleep 0.3
    counts "$1" || fail "$2: then $answer packets passed, not $1"
}
until_true 10 counts 0 || fail 'the engine does not start'
in_b python3 send.py
passed_is 3 'the first filter'
say filter udp
[[ $answer == set ]] || fail "udp: $answer"
sleep 0.5
in_b python3 send.py
passed_is 9 'all of UDP'
say filter udp port
[[ $answer == *'syntax error'* ]] || fail "a wrong filter: $answer"
sleep 0.5
in_b python3 send.py
passed_is 15 'after a wrong filter'
say filter udp port 99
sleep 0.5
in_b python3 send.py
passed_is 18 'port 99'
say 'filter '
sleep 0.5
in_b python3 send.py
more() { say count && ((answer >= 24)); }
until_true 10 more || fail "no filter: $answer packets passed, not 24 or more"
echo end >&"${engine[1]}"
until_true 10 gone "$engine_process" || fail 'the engine does not end'
done_testing
