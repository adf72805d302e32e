#!/usr/bin/env bash
# The examples give what the program gives: packets, fields, records, streams, files, columns, single packets.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
: "${EXAMPLES:?}"
samples=$SOURCE/samples

# Runs an example, with valgrind where it is and where no sanitizer does its work.
checked=(env)
if [[ -z $SANITIZED ]] && command -v valgrind >/dev/null; then
    checked=(valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite)
fi
run_example() {
    local rc=0
    "${checked[@]}" "$EXAMPLES/$1" "${@:2}" >out 2>err || rc=$?
    ((rc == 0)) || fail "$* ended with $rc: $(head -n 12 err)"
}

run_example packets "$samples/dns/names.pcap" dns
"$TAPLIGHT" -q -r "$samples/dns/names.pcap" -Y dns -T fields -e frame.number -e frame.protocols -e ip.src -e dns.qry.name |
    sed 's/:ethertype:/:/' | awk -F'\t' '{ print $1 " " $2 " ip.src=" $3 " dns.qry.name=" $4 }' >due
sed 's/  .*//' out >found
same found due 'packets with two fields'
sed 's/^[^ ]* .*  //' out >found
"$TAPLIGHT" -q -r "$samples/dns/names.pcap" -Y dns --text | sed 's/^[^ ]* //' >due
same found due 'lines of packets'

run_example fields "$samples/dns/names.pcap" 1
grep -q '^dns$' out && grep -q '^    dns.qry.name: ' out && grep -q '^  ip.ttl: 64$' out || fail "fields: $(head -n 40 out)"

for sample in http/keep-alive dns/pairing tls/resumed-tls12 files/http; do
    [[ -e $samples/$sample.pcap ]] || continue
    run_example records "$samples/$sample.pcap"
    grep '^{' out >found
    "$TAPLIGHT" -q -r "$samples/$sample.pcap" --json --no-meta >due
    same found due "records of $sample"
    grep -v '^{' out | grep -q '^_path=conn ts=[A-Z].* UTC uid=C[A-Za-z0-9]* id.orig_h=' || fail "values of records of $sample"
done
run_example records "$samples/dns/pairing.pcap" dns
! grep -q '"_path":"conn"' out || fail 'records of other kinds'

# Two more ways to name a stream: its ends, and its uid.
"$TAPLIGHT" -q -r "$samples/showcase.pcap" --json --no-meta |
    sed -n 's/^{"_path":"conn".*"uid":"\(C[^"]*\)","id.orig_h":"\([^"]*\)","id.orig_p":\([0-9]*\),"id.resp_h":"\([^"]*\)","id.resp_p":\([0-9]*\).*"proto":"tcp".*/\1 \2:\3,\4:\5/p' |
    head -n 1 >tcp
if read -r uid ends <tcp; then
    number=$("$TAPLIGHT" -q -r "$samples/showcase.pcap" -T fields -e tcp.stream -Y "tcp.port == ${ends##*:} && tcp.port == $(sed 's/.*:\([0-9]*\),.*/\1/' <<<"$ends")" | head -n 1)
    run_example stream "$samples/showcase.pcap" "$ends"
    cp out by_ends
    [[ -s by_ends ]] || fail "a stream of $ends has no bytes"
    run_example stream "$samples/showcase.pcap" "$uid"
    same out by_ends "the stream by its uid $uid"
    run_example stream "$samples/showcase.pcap" "$number"
    same out by_ends "the stream by its number $number"
fi

run_example select "$samples/dns/names.pcap" 'dns.flags.response == 1' picked.pcapng
"$TAPLIGHT" -q -r "$samples/dns/names.pcap" -Y 'dns.flags.response == 1' --text >due
"$TAPLIGHT" -q -r picked.pcapng --text >found
same found due 'the packets that were written'
[[ -s due ]] || fail 'no packet was picked'
run_example select "$samples/dns/names.pcap" 'dns.flags.response == 1' picked.pcap
[[ $("$TAPLIGHT" -q -r picked.pcap --count) == "$(wc -l <due)" ]] || fail 'the packets in a pcap file'

run_example columns "$samples/showcase.pcap"
"$TAPLIGHT" -q -r "$samples/showcase.pcap" -T fields -E occurrence=f -e ip.src -e frame.len |
    awk '$2 != "" { sum[$1] += $2 } END { for (i in sum) print i " " sum[i] }' | LC_ALL=C sort >due
LC_ALL=C sort out >found
[[ -s found ]] && ! comm -23 found due | grep -q . || fail "sums of columns: $(diff found due)"

run_example decode
printf '%s\n' '10.0.0.1 > 10.0.0.2 DNS 57 query 0x1234 A example.com' example.com '1 A' >due
head -n 3 out >found
same found due 'a packet from bytes'
grep -q "^there is no field 'dns.nothing'" out || fail "an unknown field: $(tail -n 1 out)"

# Errors have the program's words and its exit codes, and nothing else is printed.
for case in '2|nothing here' '2|ip.src ==' '1|'; do
    filter=${case#*|} file=$samples/showcase.pcap rc=0
    [[ -n $filter ]] || file=/does/not/exist
    "$EXAMPLES/packets" "$file" ${filter:+"$filter"} >out 2>err || rc=$?
    [[ $rc == "${case%%|*}" && $(wc -l <err) == 1 && ! -s out ]] || fail "packets $file $filter: $rc $(cat err)"
done
head -c 1000 "$samples/showcase.pcap" >cut.pcap
rc=0
"$EXAMPLES/records" cut.pcap >out 2>err || rc=$?
"$TAPLIGHT" -q -r cut.pcap --json --no-meta >due 2>words
grep '^{' out >found
same found due 'records of a cut capture'
[[ $rc == 4 && $(sed 's/^records: //' err) == "$(sed 's/^taplight: //' words)" ]] || fail "a cut capture: $rc $(cat err words)"
done_testing
