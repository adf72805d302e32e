#!/usr/bin/env bash
# File rotation of -w: by size, by time, by both, with -W; in a directory that only root can write to.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping

mkdir -m 700 mine
names() { (cd mine && ls -1 "$1"* 2>/dev/null | tr '\n' ' '); }

# All packets are there, in files within the size limit. A record is 98 + 16 bytes.
live -i va -w mine/size.pcap -C 2K
ping_b 50
live_ends INT
rc_is 0
[[ $(packets_of mine/size-*.pcap) == 100 ]] || fail "-C: $(packets_of mine/size-*.pcap) packets of 100"
(($(find mine -name 'size-*' -size +2048c | wc -l) == 0)) || fail '-C: a file is longer'
[[ $(names size-) == 'size-00001.pcap size-00002.pcap size-00003.pcap size-00004.pcap size-00005.pcap size-00006.pcap ' ]] ||
    fail "-C: the files are $(names size)"

# Each file has a packet, even one larger than the limit.
live -i va -w mine/long.pcap -C 1K
sleep 0.3 # the first file gets its header before a packet arrives
in_b ping -q -c 3 -i 0.01 -s 1000 10.9.0.1 >/dev/null
live_ends INT
rc_is 0
for file in mine/long-*.pcap; do [[ $(packets_of "$file") == 1 ]] ||
    fail "-C: $file has $(packets_of "$file") packets, not 1"; done
[[ $(names long- | wc -w) == 6 ]] || fail "-C: the files are $(names long-)"

# -W keeps the last files.
live -i va -w mine/ring.pcapng -C 2K -W 2
ping_b 50
live_ends INT
rc_is 0
count=$(names ring- | wc -w)
((count == 2)) || fail "-C -W 2: $count files: $(names ring-)"
last=$(packets_of mine/ring-*.pcapng)
((last > 10 && last < 40)) || fail "-C -W 2: $last packets"

# By time, with a date in the name.
live -i va -w 'mine/%s.pcap' -G 1
first=$(names 1)
for ((i = 0; i < 5; i++)); do
    ping_b 4
    sleep 0.5
done
live_ends INT
rc_is 0
count=$(names 1 | wc -w)
((count >= 3)) || fail "-G 1: $count files: $(names 1)"
[[ $(names 1) == "$first"* ]] || fail "-G 1: the first file was $first, now there are $(names 1)"
[[ $(packets_of mine/1*.pcap) == 40 ]] || fail "-G 1: $(packets_of mine/1*.pcap) packets of 40"
rm mine/1*

# By both, with -W; a date that gives equal names gets numbers.
live -i va -w 'mine/both-%Y.pcap' -G 1 -C 2K -W 3 --print -o /dev/stdout
for ((i = 0; i < 3; i++)); do
    ping_b 25
    sleep 0.5
done
live_ends INT
rc_is 0
year=$(date +%Y) count=$(names both- | wc -w)
((count == 3)) || fail "-G -C -W 3: $count files: $(names both-)"
[[ $(names both-) == "both-$year-000"* ]] || fail "-G -C: the files are $(names both-)"
(($(wc -l <out) == 150)) || fail "--print with -w: $(wc -l <out) lines of 150"

live -i va -w 'mine/same-%Y.pcap' -G 1
ping_b 2
sleep 1.2
ping_b 2
live_ends INT
rc_is 0
[[ $(names same-) == "same-$year-00001.pcap "*"same-$year.pcap " ]] || fail "-G with a year: $(names same-)"
[[ $(packets_of mine/same-*) == 8 ]] || fail "-G with a year: $(packets_of mine/same-*) packets of 8"

# A missing directory is reported before the capture starts.
ran='taplight -w no/such.pcap'
rc=0
in_a "$TAPLIGHT" -i va -w no/such.pcap -C 1 >out 2>err || rc=$?
rc_is 1
error_is 'cannot write no/such-00001\.pcap: No such file'

# The file of -o is rotated too, between lines, alone and with -w; -W removes old ones.
while IFS='|' read -r name options; do
    # shellcheck disable=SC2086
    live -i va -o "mine/$name" $options
    for ((i = 0; i < 3; i++)); do
        ping_b 25
        sleep 0.5
    done
    live_ends INT
    rc_is 0
    set -- mine/"${name%%[.%]*}"*
    (($# >= 2)) || fail "$ran: the files are $*"
    for file in "$@"; do
        [[ ! -s $file ]] || [[ -z $(tail -c 1 "$file") && $(head -c 1 "$file") == [0-9{] ]] ||
            fail "$ran: $file does not begin and end with a line"
    done
    [[ $options == *-W* ]] || (($(cat "$@" | grep -c ICMP -i) == 150)) || fail "$ran: $(cat "$@" | wc -l) lines of 150"
    [[ $options != *-W* || $# == 2 ]] || fail "$ran: $# files, not 2"
done <<'LIST'
lines.txt|--text -C 2K
packets.json|--json=packets -C 20K
clock-%s.txt|--text -G 1
kept.txt|--text -C 2K -W 2
twin.txt|--text -C 3K -w mine/with.pcap
single.txt|--text -C 3K --workers 0
LIST
[[ $(packets_of mine/with-*.pcap) == 150 ]] || fail "-o -w -C: $(packets_of mine/with-*.pcap) packets of 150"
capture 100 >hundred.pcap
run -r hundred.pcap --text -o split.txt -C 1K
rc_is 0
(($(cat split-*.txt | wc -l) == 100)) || fail "$ran: $(cat split-*.txt | wc -l) lines of 100"
(($(find . -name 'split-*.txt' -size +1024c | wc -l) == 0)) || fail "$ran: a file is longer"

# From a file, by size.
capture 100 >hundred.pcap
run -r hundred.pcap -w split.pcap -C 2K
rc_is 0
[[ $(packets_of split-*.pcap) == 100 ]] || fail "-r -w -C: $(packets_of split-*.pcap) packets of 100"
done_testing
