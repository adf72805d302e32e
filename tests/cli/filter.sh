#!/usr/bin/env bash
# Display filters and chosen fields: what they select in each output, errors with a mark, the list of fields.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
export TZ=UTC
err_has() {
    grep -q -- "$1" err || fail "standard error lacks '$1': $(cat err)"
}
capture=$SOURCE/samples/showcase.pcap

# The same packets in every output, with any number of workers.
for filter in 'tcp.port == 80' 'dns.flags.response == 1' 'ip.src#2' 'tcp.stream == 3' 'frame.time_delta > 0.5' \
    'http or arp' 'not tcp' 'frame.number in {1, 30 .. 50}'; do
    run -r "$capture" -Y "$filter" --count
    rc_is 0
    count=$(cat out)
    ((count > 0)) || fail "$filter: nothing is selected"
    for workers in 0 1 2 4; do
        run -r "$capture" -Y "$filter" --workers $workers -T fields -e frame.number -e tcp.stream -e frame.time_delta
        cp out "numbers.$workers"
        same numbers.$workers numbers.0 "$filter with $workers workers"
    done
    (($(wc -l <numbers.0) == count)) || fail "$filter: -T fields and --count differ"
    run -r "$capture" -Y "$filter" --text
    (($(wc -l <out) == count)) || fail "$filter: --text and --count differ"
    run -r "$capture" -Y "$filter" -v
    (($(grep -c '^Packet ' out) == count)) || fail "$filter: -v and --count differ"
    run -r "$capture" -Y "$filter" --json=packets
    (($(wc -l <out) == count)) || fail "$filter: --json=packets and --count differ"
    sed 's/{"number":\([0-9]*\),.*/\1/' out >numbers.json
    cut -f 1 numbers.0 >numbers.fields
    same numbers.json numbers.fields "$filter: the packets of --json=packets"
    run -r "$capture" -Y "$filter" -w selected.pcap
    rc_is 0
    run -r selected.pcap --count
    [[ $(cat out) == "$count" ]] || fail "$filter: -w wrote $(cat out) packets, not $count"
done
run -r "$capture" --json=packets
grep -E '^\{"number":(1|5),' out >two
run -r "$capture" --json=packets -Y 'frame.number == 1 or frame.number == 5'
same out two 'packets have all their fields'
run -r "$SOURCE/samples/files/sections.pcapng" -Y frame -w whole.pcapng
rc_is 0
run -r "$SOURCE/samples/files/sections.pcapng" --json=packets
cp out all
run -r whole.pcapng --json=packets
(($(wc -l <out) == $(wc -l <all))) || fail 'a pcapng file is not written whole'

# Records.
run -r "$capture" --json --no-meta
grep '"_path":"conn"' out | grep '"service":"http"' >due
run -r "$capture" --json --no-meta -Y '_path == "conn" && service == "http"'
same out due 'records of a kind'
run -r "$capture" --json --no-meta -Y 'http.status_code >= 400' --workers 4
cp out due
run -r "$capture" --json --no-meta -Y 'http.status_code >= 400' --workers 0
same out due 'records with workers'

# Errors: a mark under the place, exit status 2.
wrong() { # wrong MARK FILTER OPTIONS..
    local mark=$1 filter=$2
    shift 2
    run -r "$capture" -Y "$filter" "$@"
    rc_is 2
    [[ ! -s out ]] || fail "$filter: output after an error"
    grep -qxF "taplight:   $filter" err || fail "$filter: the filter is not shown: $(cat err)"
    grep -qxF "taplight:   $mark" err || fail "$filter: no mark '$mark': $(cat err)"
}
wrong '         ^' 'tcp.port = 80' --text
wrong '^~~~~~~' 'tcp.prt == 80' --count
wrong '        ^~~~~~~~~~~~~' 'tcp and conn.duration > 1' --text
wrong '       ^' 'tcp and' --text
run -r "$capture" -Y 'tcp.port == 80' --json
rc_is 2
err_has 'json=packets'
run -r "$capture" -Y 'conn.duration > 1' --text
rc_is 2
err_has 'add --json'
run -r "$capture" -Y 'tcp[13] == 18' --count
rc_is 0
err_has 'hexadecimal'

# Whether a packet is selected does not depend on whether it had to be decoded: those that -w and --count decide by their
# headers are those of which --json=packets builds a tree.
for sample in tunnel/gre-udp tunnel/vxlan fragments/v4-reversed http/session link/vlan; do
    for filter in 'tcp.port == 80' 'udp.port == 53 || tcp.flags.syn == 1' 'ip.ttl < 65 and not icmp' 'frame.number % 3 == 1 && ip' \
        'vlan || tcp.srcport in {20..1024}'; do
        run -r "$SOURCE/samples/$sample.pcap" -Y "$filter" --json=packets --workers 0
        rc_is 0
        due=$(wc -l <out)
        run -r "$SOURCE/samples/$sample.pcap" -Y "$filter" -w selected.pcap
        rc_is 0
        [[ $("$TAPLIGHT" -q -r selected.pcap --count) == "$due" ]] || fail "$ran: not $due packets"
    done
done

# -T fields and its formats.
run -r "$capture" -Y 'frame.number == 31' -T fields -e frame.number -e ip.addr -e tcp.flags -e tcp.flags.syn -e dns.id
[[ $(cat out) == $'31\t10.77.0.1,10.77.0.2\t0x0002\t1\t' ]] || fail "-T fields: $(cat -A out)"
run -r "$capture" -Y 'frame.number == 31' -T fields -e frame.number -e ip.addr -E header=y -E separator=, -E quote=d \
    -E aggregator='|' -E occurrence=a
printf 'frame.number,ip.addr\n"31","10.77.0.1|10.77.0.2"\n' >due
same out due '-E'
run -r "$capture" -c 31 -Y 'frame.number == 31' -T fields -e ip.addr -E occurrence=l
[[ $(cat out) == 10.77.0.2 ]] || fail "-E occurrence: $(cat out)"
for bad in separator=ab occurrence=x nonsense=1 quote header=maybe; do
    run -r "$capture" -T fields -e ip.src -E "$bad"
    rc_is 2
done
run -r "$capture" -T fields
rc_is 2
run -r "$capture" -T fields -e bogus.field
rc_is 2
run -r "$capture" -T fields -e ip.srcc
err_has 'ip.src'

# The list of fields is docs/fields.md.
run --fields
rc_is 0
{
    printf '# Fields\n\nThe names for `-Y` and `-T fields -e`, with the keys of records at the end. '
    printf 'This file is the output of `taplight --fields`.\n\n| name | type | description |\n| --- | --- | --- |\n'
    awk -F '\t' '{ gsub(/\|/, "\\|"); print "| `" $1 "` | " $2 " | " $3 " |" }' out
} >fields.md
[[ -z ${TAPLIGHT_UPDATE_GOLDEN-} ]] || cp fields.md "$SOURCE/docs/fields.md"
same fields.md "$SOURCE/docs/fields.md" 'out of date: run this test with TAPLIGHT_UPDATE_GOLDEN=1'
run --fields=tcp
grep -q $'^tcp.port\tnumber, 2 bytes\t' out || fail "--fields=tcp lacks tcp.port"
! grep -q '^udp' out || fail '--fields=tcp lists udp'
run --fields=nonsense
rc_is 2
done_testing
