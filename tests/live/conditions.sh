#!/usr/bin/env bash
# Stop conditions (-a), the next file (-b) and aligned periods, with the numbers that dumpcap gives.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping

# counts NAME: the packets in each file, in order of their names.
counts() {
    local file
    for file in "$1"*; do printf '%s ' "$(packets_of "$file")"; done
}
# ends_itself: the run ends without a signal.
ends_itself() {
    until_true 20 gone "$live_pid" || { fail "$ran: does not end"; kill -KILL "$live_pid"; }
    rc=0
    wait "$live_pid" || rc=$?
    rc_is 0
}

# A record of ping is 98 + 16 bytes; 24 bytes of header.
while read -r name want options; do
    # shellcheck disable=SC2086
    live -i va -w "$name.pcap" $options
    ping_b 25
    ends_itself
    [[ $(counts "$name") == "${want//,/ } " ]] || fail "$ran: the files have $(counts "$name") packets, not $want"
    grep -q 'packets captured' err || fail "$ran: no counts"
done <<'LIST'
packets 7 -a packets:7
fewer 5 -a packets:7 -c 5
size 9 -a filesize:1
files 9,9,9 -a files:3 -b filesize:1
kept 9,9 -a files:3 -b filesize:1 -b files:2
counted 4,4,4 -a files:3 -b packets:4
both 4,4,2 -b packets:4 -a packets:10
mega 8,8 -C 1K -a files:2
sized 9,9 -a filesize:1 -b packets:100 -a files:2
LIST

# With records beside, which go on until the run ends.
live -i va -w beside.pcapng -a filesize:1 --json -o beside.json
ping_b 25
ends_itself
tail -n 1 beside.json | grep -q '"_path":"stats"' || fail "$ran: no stats"

# The duration ends a run without packets too.
for options in '' '-i lo' '--workers 0 --json -o long.json'; do
    # shellcheck disable=SC2086
    live -i va -w long.pcap -a duration:1.5 $options
    begin=$(date +%s%N)
    ends_itself
    took=$((($(date +%s%N) - begin) / 1000000))
    ((took > 900 && took < 4000)) || fail "$ran: took $took ms"
done

# Aligned periods: a file begins at a whole multiple, and no file has packets of two periods.
for options in '-G 2 --align' '-b duration:2 --align' '-b interval:2'; do
    rm -f even-*
    # shellcheck disable=SC2086
    live -i va -w even-%s.pcap $options
    for ((i = 0; i < 10; i++)); do ping_b 1; sleep 0.45; done
    live_ends INT
    rc_is 0
    first=1
    for file in even-*; do
        seconds=${file//[!0-9]/}
        ((first || seconds % 2 == 0)) || fail "$ran: $file does not begin at a multiple of 2 s"
        first=0
        [[ $("$TAPLIGHT" -q -r "$file" --json=packets | sed 's/.*"ts":\([0-9]*\).*/\1/' | awk '{ print int($1 / 2) }' |
            sort -u | wc -l) -le 1 ]] || fail "$ran: $file has packets of two periods"
    done
    set -- even-*
    (($# >= 2)) || fail "$ran: $# files"
done

# From a file, the same.
capture 10 >ten.pcap
run -r ten.pcap -w from.pcap -b packets:4
rc_is 0
[[ $(counts from-) == '4 4 2 ' ]] || fail "$ran: $(counts from-)"
run -r ten.pcap -w stop.pcap -a filesize:0
rc_is 2
error_is 'give kB'
run -r ten.pcap -w stop.pcap -b packets:3 -a files:2
rc_is 0
[[ $(counts stop-) == '3 3 ' ]] || fail "$ran: $(counts stop-)"

# What contradicts itself or does nothing is refused, with what to write.
while IFS='|' read -r options message; do
    # shellcheck disable=SC2086
    run $options
    rc_is 2
    error_is "$message"
done <<'LIST'
-r ten.pcap -a duration:1|add -i
-r ten.pcap -a files:1 -w x.pcap|add one of them
-r ten.pcap -a filesize:1|add -w FILE
-r ten.pcap -w x.pcap --json -a filesize:1|leave out text and JSON
-r ten.pcap -a size:1|give duration:S, filesize:KB
-i lo -w x.pcap -b files|give duration:S, interval:S
-i lo -w x.pcap -C 1 -b filesize:1|give one
-i lo -w x.pcap -G 1 -b duration:2|give one
-i lo -w x.pcap --align|add one of them
LIST
done_testing
