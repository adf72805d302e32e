#!/usr/bin/env bash
# The filter line: display filters, errors in place, history, completion; a filter over many packets that is stopped.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=showcase.pcap
cp "$SOURCE/samples/$file" .
count() { "$TAPLIGHT" --count -q -r "$file" -Y "$1"; }
all=$("$TAPLIGHT" --count -q -r "$file")

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows "$all packets"
    keys F
    shows '^Display filter:'
    keys -l 'dns and not icmp'
    keys Enter
    shows "Packets .* filter dns and not icmp: [0-9]+/$(count 'dns and not icmp') "
    chooses ' DNS '

    # A refused filter stays in the line, with a mark under the word, and can be corrected.
    keys F C-u
    keys -l 'udp.port == 53 && dns.nothing'
    keys Enter
    shows '^Display filter: udp\.port == 53 && dns\.nothing *$'
    shows '\^~~'
    screen >now
    [[ $(grep -A 1 '^Display filter: ' now | tail -n 1) =~ ^\ {34}\^~{10}\ *$ ]] ||
        fail "the mark is elsewhere: $(cat now)"
    shows "^ .*dns\.nothing.*"
    for ((i = 0; i < 7; i++)); do keys BSpace; done
    hides '\^~~'
    keys -l 'qry.name'
    keys Enter
    shows "filter udp\.port == 53 && dns\.qry\.name: [0-9]+/$(count 'udp.port == 53 && dns.qry.name') "
    [[ $size == 80* ]] || { # the rest does not depend on the size
        keys q
        ended 0
        continue
    }

    # History; the cursor moves.
    keys F C-u
    keys -l 'half a fil'
    keys Up Up
    shows '^Display filter: dns and not icmp *$'
    keys Down Down Down
    shows '^Display filter: half a fil *$'
    keys Escape F Up
    shows '^Display filter: dns and not icmp *$'
    keys Down
    shows '^Display filter: udp\.port == 53 && dns\.qry\.name *$'
    keys Up Home
    keys -l 'not '
    keys End BSpace BSpace BSpace BSpace
    keys -l 'ipv6'
    keys Enter
    shows "filter not dns and not ipv6: [0-9]+/$(count 'not dns and not ipv6') "

    # Names of fields and of values are completed.
    keys F C-u
    keys -l 'dns.qry.ty'
    keys Tab
    shows '^Display filter: dns\.qry\.type *$'
    keys -l ' == aaa'
    keys Tab
    shows '^Display filter: dns\.qry\.type == "AAAA" *$'
    keys -l ' || tcp.fl'
    keys Tab
    shows '\|\| tcp\.flags *$'
    shows '^ tcp\.flags  tcp\.flags\.[a-z]'
    keys C-w BSpace BSpace BSpace Enter
    shows "filter dns\.qry\.type == \"AAAA\": [0-9]+/$(count 'dns.qry.type == "AAAA"') "

    # A filter from a field, combined with the one that is shown.
    keys Tab
    keys / 'Transaction ID' Enter
    chooses 'Transaction ID'
    id=$(chosen | sed 's/.*\(0x[0-9a-f]*\).*/\1/')
    keys A
    shows "^Display filter: dns\.id == $id *\$"
    shows '^ Up and Down: not, and, or'
    keys Up
    shows "^Display filter: !\(dns\.id == $id\) *\$"
    keys Up
    shows "^Display filter: dns\.qry\.type == \"AAAA\" && dns\.id == $id *\$"
    keys Enter
    shows "filter dns\.qry\.type == \"AAAA\" && d.*: [0-9]+/$(count "dns.qry.type == \"AAAA\" && dns.id == $id") "

    # An empty filter shows all packets; so does Escape.
    keys F C-u Enter
    shows " [0-9]+/$all "
    keys F Up Enter
    hides " [0-9]+/$all "
    keys Escape
    shows " [0-9]+/$all "
    keys q
    ended 0
done

# Numbers of connections need all packets, also in a subset; a search looks only at what is shown.
first=$("$TAPLIGHT" -r "$file" -Y 'tcp.stream == 1' -T fields -e frame.number | head -n 1)
open 120 40 -r "$file"
shows "$all packets"
keys F 'tcp.stream == 1' Enter
chooses "^ +$first "
keys a
shows "flow [0-9]+ only: [0-9]+/$(count 'tcp.stream == 1') "
keys F 'tcp.stream == 1' Enter
shows "flow [0-9]+ only, filter tcp.stream == 1: [0-9]+/$(count 'tcp.stream == 1') "
keys F C-u 'tcp.stream == 0' Enter
shows "filter tcp.stream == 0: 0/0 "
keys Escape
keys F C-u 'udp' Enter
shows 'filter udp: '
keys / 'TCP' Enter
shows 'not found: TCP'

# What earlier packets of a flow decide is the same as without the view.
for filter in 'tcp.analysis.flags' 'http.time' 'tcp.seq > 100' 'dns.response_to' 'tcp.analysis.bytes_in_flight'; do
    keys F C-u
    keys -l "$filter"
    keys Enter
    shows "filter $filter: [0-9]+/$(count "$filter") "
done

# A right click on a field makes a filter of it.
keys Escape g
shows '^ +Transaction ID: 0x6d2b'
row=$(screen | grep -nE '^ +Transaction ID: 0x6d2b')
keys -H 1b 5b 4d 22 34 "$(printf '%x' $((32 + ${row%%:*})))"
shows '^Display filter: dns\.id == 0x6d2b *$'
keys Escape
keys q
ended 0

# A filter goes on as packets come; with a text of the line, both are asked.
half=$(($(stat -c %s "$file") / 2))
feed="{ head -c $half $file; until test -e go; do sleep 0.1; done; tail -c +$((half + 1)) $file; } | " open 80 24 -r -
shows 'reading'
keys F 'dns' Enter
shows 'filter dns: 1/[1-9]'
hides "filter dns: 1/$(count dns) "
touch go
shows "filter dns: 1/$(count dns) "
keys '&' 'AAAA' Enter
shows "filter dns, lines with \"AAAA\": 1/$("$TAPLIGHT" --text -q -r "$file" -Y dns | grep -ic aaaa) "
keys q
ended 0

# A filter over a million packets shows its progress, and is stopped.
"$TAPLIGHT" -r "$SOURCE/samples/dns/tcp-one-byte.pcap" -c 16 -w one.pcap -q
tail -c +25 one.pcap >packets
for ((i = 0; i < 16; i++)); do # 65,536 times the packets
    cat packets packets >twice
    mv twice packets
done
cat <(head -c 24 one.pcap) packets >long.pcap
rm packets
slow='frame.number == 3'
for ((i = 0; i < 25; i++)); do
    slow+=" or frame matches \"$i.*(c|d)+.*nowhere\""
done
open 80 24 -r long.pcap
shows ' 1048576 packets'
keys F
keys -l "$slow"
keys Enter
shows 'filter frame\.number == 3 or .*\.\., [0-9]+ %: 1/1 '
chooses '^ +3 '
keys Escape
shows 'stopped: only the packets found so far are shown'
shows 'filter frame\.number == 3 or .*\.\., stopped at [0-9]+ %: 1/1 '
keys Escape
shows ' 3/1048576 '
keys q
ended 0
# -Y with --view: the list begins with it, and F has it in its line. Outputs beside are refused, and a wrong filter is told
# before there is a view.
open 80 24 -r "$file" --view -Y 'http.request.method == "GET"'
shows "Packets .* filter http\.request\.method == \"GET\": [0-9]+/$(count 'http.request.method == "GET"') "
keys F
shows '^Display filter: http\.request\.method == "GET"'
keys Escape q
ended 0
run -r "$file" --view -Y 'tcp' -w x.pcap
rc_is 2
error_is 'leave out the other outputs'
run -r "$file" --view
rc_is 2
error_is 'needs a live capture'
open 80 24 -r "$file" --view -Y 'http.nothing'
ended 2
done_testing
