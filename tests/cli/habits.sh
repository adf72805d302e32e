#!/usr/bin/env bash
# Options of tcpdump and tshark: what they print, which program a letter follows, and hints for those that differ.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
export TZ=UTC

refused() {
    local why=$1
    shift
    run "$@"
    rc_is 2
    error_is "$why"
}

capture 3 >a.pcap
tail='192.0.2.1 > 192.0.2.53 DNS 71 '

# times_are "TIME|TIME|TIME" ARGUMENTS...: the three lines begin so.
times_are() {
    local due=$1 begins
    shift
    run -r a.pcap "$@"
    rc_is 0
    quiet_is
    begins=$(sed "s/ *${tail}.*//" out | tr '\n' '|')
    [[ $begins == "$due|" ]] || fail "$ran: '$begins', not '$due|'"
}
for workers in 0 2; do
    times_are '||' -t --workers $workers
    for form in '-t e' -tt '-nntt'; do
        # shellcheck disable=SC2086
        times_are '1700000000.000000|1700000001.000000|1700000002.000000' $form --workers $workers
    done
    times_are '00:00:00.000000|00:00:01.000000|00:00:01.000000' -ttt --workers $workers
    for form in '-t ad' '-tad' -tttt '-t ud' -tud; do
        # shellcheck disable=SC2086
        times_are '2023-11-14 22:13:20.000000|2023-11-14 22:13:21.000000|2023-11-14 22:13:22.000000' $form
    done
    times_are '00:00:00.000000|00:00:01.000000|00:00:02.000000' -ttttt --workers $workers
    for form in '-t d' '-td' '-t dd' -tdd; do
        # shellcheck disable=SC2086
        times_are '0.000000|1.000000|1.000000' $form --workers $workers
    done
    times_are '0.000000|1.000000|2.000000' -t r --workers $workers
    times_are '22:13:20.000000|22:13:21.000000|22:13:22.000000' -t a
    times_are '    1  0.000000|    2  1.000000|    3  2.000000' -# -t r --workers $workers
    times_are '    1  22:13:20.000000|    2  22:13:21.000000|    3  22:13:22.000000' --number
done
TZ=UTC-2 times_are '2023-11-15 00:13:20.000000|2023-11-15 00:13:21.000000|2023-11-15 00:13:22.000000' -tttt
TZ=UTC-2 times_are '22:13:20.000000|22:13:21.000000|22:13:22.000000' -t u
# A single letter that is an option stays one.
times_are '02:00:00:00:00:02 > 02:00:00:00:00:01 IPv4,|02:00:00:00:00:02 > 02:00:00:00:00:01 IPv4,|02:00:00:00:00:02 > 02:00:00:00:00:01 IPv4,' -te
run -ttr a.pcap -c 1
[[ $(cat out) == 1700000000.000000\ * ]] || fail "$ran: $(cat out)"
refused 'two forms of time' -r a.pcap -tt -t ad
refused 'more than five letters' -r a.pcap -tttttt
refused "bad form 'adoy'" -r a.pcap -t adoy
# In a tree, the time of the first line.
run -r a.pcap -v -t r -c 2
out_has '^Packet 2: 1\.000000, 71 bytes'
run -r a.pcap -V -t -c 1
out_has '^Packet 1: 71 bytes'

# Bytes, as tcpdump prints them without and with the link-layer header.
run -r a.pcap -c 1 -x
cp out x
run -r a.pcap -c 1 -XX
same x out '-x and -XX of a packet that is not reassembled'
run -r a.pcap -c 1 -X
out_has '^  0000  45 00 00 39 '
out_has 'example'
run -r a.pcap -c 1 -xx
out_has '^  0000  02 00 00 00 00 01 02 00  00 00 00 02 08 00 45 00$'
! sed 1d out | grep -q example || fail '-xx prints ASCII'
run -r a.pcap -c 1 -x -x
out_has '^  0000  02 00 00 00 00 01 02 00  00 00 00 02 08 00 45 00$'
run -r a.pcap -c 1 -A
sed -n 2p out | grep -q '^E..9' || fail "-A: $(cat out)"
refused 'give one of them' -r a.pcap -x -A
refused 'give one of them' -r a.pcap -X -A
if type -P tcpdump >/dev/null; then
    for pair in '-xx -xx' '-X -x' '-XX -xx'; do
        read -r ours theirs <<<"$pair"
        tcpdump -nr a.pcap -c 1 "$theirs" 2>/dev/null | sed -n 's/^\t0x[0-9a-f]*: *//p' | tr -d ' \n' >bytes.due
        run -r a.pcap -c 1 "$ours"
        sed -nE 's/^  [0-9a-f]{4}  (.{1,49}).*/\1/p' out | tr -d ' \n' >bytes.out
        same bytes.due bytes.out "$ours and tcpdump's $theirs"
    done
fi

# Trees.
run -r a.pcap -c 1 -v
cp out tree
for words in -V -vv -vvv '-V -v' '-nnvv' '-O eth,ip,udp,dns'; do
    # shellcheck disable=SC2086
    run -r a.pcap -c 1 $words
    same tree out "-v and $words"
done
run -r a.pcap -c 1 -O DNS
out_has '^Internet Protocol Version 4'
out_has '^    Name: example.com|example.com'
! grep -q 'Time to live' out || fail '-O dns prints the fields of IP'
refused "no protocol 'dnss': did you mean 'dns'" -r a.pcap -O dnss

# Colours; -K; -l.
run -r a.pcap --color -c 1
grep -q $'^\e\\[36m.*\e\\[0m$' out || fail '--color: the DNS line has no colour'
run -r a.pcap --color -v -c 1
grep -q $'^\e\\[1mPacket 1' out || fail '--color -v: the first line has no colour'
run -r a.pcap -c 1
cp out plain
for words in -K -S -nnl '-l --text'; do
    # shellcheck disable=SC2086
    run -r a.pcap -c 1 $words
    rc_is 0
    same plain out "$words"
done
for words in -t -e -# -S --color; do
    refused 'changes text, not JSON' -r a.pcap --json "$words"
    refused 'changes text: add --text' -r a.pcap -w b.pcap "$words"
done
refused '-l applies to text and JSON' -r a.pcap -w b.pcap -l
run -r a.pcap -w b.pcap --text -t -l
rc_is 0
lines_are 3

# Input lists.
printf 'a.pcap\n\r\n./a.pcap' >list
run --file-list list --count
[[ $(cat out) == 6 ]] || fail "--file-list: $(cat out) packets, not 6"
run -r a.pcap --file-list list -r a.pcap --count
[[ $(cat out) == 12 ]] || fail "--file-list with -r: $(cat out) packets, not 12"
"$TAPLIGHT" --file-list - --count <list >out 2>err
[[ $(cat out) == 6 ]] || fail "--file-list -: $(cat out err)"
: >empty
refused 'is empty' --file-list empty
printf 'a\0b\n' >binary
refused 'is not text' --file-list binary
run --file-list absent
rc_is 1
error_is 'cannot read the file list absent'
refused 'given twice' --file-list list --file-list list
refused 'cannot be an output too' --file-list list -w a.pcap

# Compiled filters are tcpdump's.
if type -P tcpdump >/dev/null; then
    for filter in 'tcp port 80 or udp' 'ip6 and greater 100' 'not host 10.0.0.1' 'vlan 7 and port 53' ''; do
        for pair in '--dump-bpf -d' '--dump-bpf=c -dd' '--dump-bpf=decimal -ddd'; do
            read -r ours theirs <<<"$pair"
            tcpdump -s 262144 -r a.pcap "$theirs" "$filter" >due 2>/dev/null
            run "$ours" --exact-filter -r a.pcap "$filter"
            rc_is 0
            same due out "$ran and tcpdump $theirs"
            run "$ours" --exact-filter "$filter"
            same due out "$ran and tcpdump $theirs"
        done
    done
fi
run --dump-bpf udp
cp out tags
run --dump-bpf --exact-filter udp
! cmp -s out tags || fail '--dump-bpf does not print the program that looks inside tags'
run --dump-bpf -y RAW udp
out_has 'ldb'
refused "no link type 'XYZ'" --dump-bpf -y XYZ udp
refused 'give one of: text c decimal' --dump-bpf=x

# Hints.
refused "unknown option '--interface': did you mean '-i IF'" --interface lo
refused "did you mean '-s BYTES'" --snapshot-length=96
refused "did you mean '--immediate'" -i lo --immediate-mode
refused "did you mean '--dump-bpf'" -d udp
refused "did you mean '--dump-bpf=c'" -dd udp
refused "did you mean '--print'" -r a.pcap -P
refused "did you mean '--color'" -r a.pcap --colour
refused "'dns' is no word of BPF: write 'port 53'" -r a.pcap dns
refused "'dns' is no word of BPF: write 'port 53'" -r a.pcap not dns and host 10.0.0.1
refused "'http' is no word of BPF: write 'tcp port 80'" -r a.pcap --count http or arp
refused "'HTTP' is no word of BPF" -r a.pcap -f HTTP
refused "'ntp' is no word of BPF: write 'udp port 123'" --dump-bpf ntp
refused "'icmpv6' is no word of BPF: write 'icmp6'" -r a.pcap icmpv6
refused "'websocket' is no word of BPF: write the ports" -r a.pcap websocket
refused "give one of: in out inout" -i lo -Q up
refused '-Q applies to live capture: add -i' -r a.pcap -Q in
refused 'lists 1 to ' -i 99999

# Names are not looked up.
for words in 'host www.example.com' 'src host localhost' 'net example' 'ether host printer' 'udp and dst localhost' \
    'ip6 host ip6-localhost' 'not (host a.example or b.example)'; do
    # shellcheck disable=SC2086
    refused 'names are not looked up: write the address of .*, or add --resolve' -r a.pcap $words
done
run -r a.pcap --count port domain and ip proto '\udp'
rc_is 0
[[ $(cat out) == 3 ]] || fail "$ran: $(cat out) packets, not 3"
refused 'add a filter' -r a.pcap --resolve
if getent hosts localhost >/dev/null; then
    run -r a.pcap --resolve --count not host localhost
    rc_is 0
    [[ $(cat out) == 3 ]] || fail "$ran: $(cat out) packets, not 3"
fi
done_testing
