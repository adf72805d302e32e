#!/usr/bin/env bash
# Other targets of -w and -o: standard output by name, FIFOs with and without readers, files in a moved directory,
# closed standard streams; all started as root, which drops its privileges.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping
count_is() { [[ $(packets_of "$1") == "$2" ]]; }
lines_are_more_than() { (($(wc -l <"$1") > $2)); }

# The names of descriptors belong to this process.
live -i va --text -o /dev/stdout icmp
ping_b 10
live_ends INT
rc_is 0
[[ $(wc -l <out) == 20 ]] || fail "$ran: $(wc -l <out) lines of 20"
live -i va -w /dev/stdout icmp
ping_b 10
kill -HUP "$live_pid"
ping_b 10
live_ends INT
rc_is 0
count_is out 40 || fail "$ran: $(packets_of out) packets of 40"

# Waits for the reader of a FIFO; the wait can be interrupted.
mkfifo fifo
ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" -i va -w fifo icmp 2>err </dev/null &
live_pid=$! ran='taplight -w fifo, without a reader'
started+=($!)
until_true 10 grep -q 'waiting for a reader of FIFO fifo' err || fail "$ran: no message: $(cat err)"
live_ends INT
rc_is 0

# The FIFO is read, its reader leaves, then SIGHUP arrives: the other output and its files go on.
cat fifo >fifo.json &
reader=$!
started+=($!)
live -i va --json=packets -o fifo -w part.pcap -C 20K icmp
ping_b 10
until_true 10 lines_are_more_than fifo.json 19 || fail "$ran: the reader of the FIFO has $(wc -l <fifo.json) lines"
kill "$reader"
ping_b 100
kill -HUP "$live_pid"
for _ in 1 2 3; do ping_b 100; done
live_ends INT
rc_is 0
[[ $(packets_of part*.pcap) == 820 ]] || fail "$ran: $(packets_of part*.pcap) packets of 820"
for file in part*.pcap; do [[ $(packets_of "$file") != 0 ]] || fail "$ran: $file is empty"; done
(($(stat -c %s part-00001.pcap) <= 20480)) || fail "$ran: a file is longer than -C"

# Two FIFOs, opened for reading in either order.
mkfifo second
(
    exec 3<fifo 4<second
    cat <&4 >second.json &
    cat <&3 >fifo.pcap
    wait
) &
started+=($!)
live -i va -w fifo --json=packets -o second icmp
ping_b 10
live_ends INT
rc_is 0
until_true 10 count_is fifo.pcap 20 || fail "$ran: $(packets_of fifo.pcap) packets of 20"
until_true 10 lines_are_more_than second.json 19 || fail "$ran: $(wc -l <second.json) lines of 20"

# The reader of -w leaves: this is reported, and later packets are counted.
head -c 1000 fifo >got &
reader=$!
started+=($!)
live -i va --json=packets -o all.json -w fifo icmp
ping_b 20
until_true 10 gone "$reader" || fail "$ran: the reader does not leave"
ping_b 100
until_true 10 grep -q 'the reader of -w is gone' err || fail "$ran: no message: $(cat err)"
ping_b 50
live_ends INT
rc_is 0
lost=$(sed -nE 's/.* ([0-9]+) not written by -w.*/\1/p' err)
((lost >= 100 && lost <= 340)) || fail "$ran: '$lost' packets of 340 reported as not written: $(cat err)"
[[ $(wc -l <all.json) == 340 ]] || fail "$ran: $(wc -l <all.json) lines of 340"

# A directory is moved: SIGHUP reports it and both outputs keep their files; they start new ones once it exists again.
mkdir -m 700 place
live -i va --json=packets -o place/all.json -w place/all.pcap icmp
ping_b 10
mv place moved
kill -HUP "$live_pid"
said() { (($(grep -c 'the old file stays in use' err) == $1)); }
until_true 10 said 2 || fail "$ran: the move is not reported: $(cat err)"
ping_b 10
until_true 10 count_is moved/all.pcap 40 || fail "$ran: $(packets_of moved/all.pcap) packets of 40 in what was moved"
mkdir -m 700 place
kill -HUP "$live_pid"
until_true 10 test -s place/all.pcap || fail "$ran: not created again"
ping_b 10
live_ends INT
rc_is 0
[[ $(packets_of moved/all.pcap place/all.pcap) == 60 && $(cat moved/all.json place/all.json | wc -l) == 60 ]] ||
    fail "$ran: $(packets_of moved/all.pcap place/all.pcap) packets, $(cat moved/all.json place/all.json | wc -l) lines of 60"

# Opened files never get the descriptors of closed standard streams, so messages do not end up in them.
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    rm -f std*
    eval "in_a setsid \"\$TAPLIGHT\" -i va -c 60 -w std.pcap -C 2K icmp $closed" &
    process=$!
    started+=($!)
    for _ in 1 2 3 4 5 6 7 8; do gone "$process" || in_b ping -q -c 10 -i 0.01 10.9.0.1 >/dev/null; done
    until_true 10 gone "$process" || fail "with $closed: it does not end"
    [[ $(packets_of std*.pcap) == 60 && $(ls std* | wc -l) -gt 2 ]] ||
        fail "with $closed: $(packets_of std*.pcap) packets of 60 in $(ls std* | wc -l) files"
done
rc=0 ran='taplight --json >&-'
"$TAPLIGHT" -r std-00001.pcap --json >&- 2>err || rc=$?
[[ $rc == 1 ]] && grep -q 'cannot write standard output' err || fail "$ran: exit code $rc: $(cat err)"
done_testing
