#!/usr/bin/env bash
# --extract and --index: the packets are those of the flows, with an index and without, from plain and compressed files;
# an index that does not fit is noticed and told, a damaged one does no harm.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
samples=$SOURCE/samples

# The first uid of a flow whose conn record matches $2.
uid_of() {
    "$TAPLIGHT" -q -r "$1" --json | grep '"_path":"conn"' | grep -E -m 1 "$2" | grep -oE '"uid":"[^"]*"' | cut -d'"' -f4
}

# --- the packets of a flow are those that a BPF filter finds by its addresses and ports ---

cp "$samples/showcase.pcap" day.pcap
"$TAPLIGHT" -q -r day.pcap --json --no-meta >all.json
port=$(grep -m 1 '"service":"smtp"' all.json | grep -oE '"id.orig_p":[0-9]+' | cut -d: -f2)
uid=$(uid_of day.pcap "\"id.orig_p\":$port,")
community=$(grep -m 1 "$uid" all.json | grep -oE '"community_id":"[^"]*"' | cut -d'"' -f4)
run -q -r day.pcap -w due.pcap "tcp port $port"
run -r day.pcap --extract "$uid" -w one.pcap
rc_is 0
quiet_is
same one.pcap due.pcap 'a flow by its uid'
(($(stat -c %s one.pcap) > 1000)) || fail 'the flow has no packets'
run -r day.pcap --extract "$community" -w two.pcap
same two.pcap due.pcap 'a flow by its Community ID'
run -r day.pcap --extract "service == \"smtp\" && id.orig_p == $port" -w three.pcap
same three.pcap due.pcap 'a flow by its conn record'
run -q -r day.pcap -w dns.pcap 'port 53 or (ip[6:2] & 0x1fff != 0)' # a later fragment has no ports
run -r day.pcap --extract '(rcode_name || _path == "dns") && id.resp_p == 53' -w four.pcap
same four.pcap dns.pcap 'flows by their dns records'

# Text and JSON show these packets with the numbers and the uid that they have in the whole file.
run -r day.pcap -# "tcp port $port"
mv out due
run -r day.pcap --extract "$uid" -#
same out due text
run -r day.pcap --extract "$uid" --json --no-meta
grep "$uid" all.json >due
same out due records
run -r day.pcap --extract "$uid" --count
[[ $(<out) == $(grep -c . <("$TAPLIGHT" -q -r day.pcap --text "tcp port $port")) ]] || fail "--count says $(<out)"
run -r day.pcap --extract "$uid" -c 3 --json=packets
lines_are 3
run -r day.pcap --extract CAAAAAAAAAAAAAAAAA --count
rc_is 0
error_is 'no flow of the input is selected'
out_has '^0$'

# --- fragments and tunnels ---

fragments=$samples/fragments/v4-interleaved.pcap
run -r "$fragments" --extract "$(uid_of "$fragments" '"service":"dns"')" --count
out_has '^7$'
for sample in ipip vxlan; do
    tunnel=$samples/tunnel/$sample.pcap
    inner=$("$TAPLIGHT" -q -r "$tunnel" --json | grep -m 1 tunnel_parents) || fail "no tunnel in $sample"
    count=$(grep -oE '"(orig|resp)_pkts":[0-9]+' <<<"$inner" | cut -d: -f2 | paste -sd+ | bc)
    run -q -r "$tunnel" --extract "$(grep -oE '"uid":"[^"]*"' <<<"$inner" | cut -d'"' -f4)" --count
    [[ $(<out) == "$count" ]] || fail "$sample: $(<out) packets, not $count"
done

# --- with an index, without, compressed; any number of workers ---

# All the ways to the packets give the same bytes. $1: a file, $2: what to extract.
every_way() {
    local name=${1##*/}
    name=in-$name
    cp "$1" "$name"
    run -q -r "$name" --extract "$2" -w plain.pcapng --workers 1
    rc_is "${3:-0}"
    run -q -r "$name" --index --workers 3
    [[ ${3:-0} == 0 ]] || return 0
    rc_is 0
    [[ -s $name.tlx ]] || fail "$name: no index"
    run -r "$name" --extract "$2" -w indexed.pcapng
    ! grep -q 'is not used' err || fail "$name: the index is not used"
    same indexed.pcapng plain.pcapng "$name with an index"
    gzip -c "$name" >"$name.gz"
    run -q -r "$name.gz" --extract "$2" -w packed.pcapng
    same packed.pcapng plain.pcapng "$name compressed"
}
all='conn.first_pkt > 0'
every_way day.pcap "$all"
every_way "$fragments" 'service == "dns"'
for file in sections.pcapng solaris.snoop; do every_way "$samples/files/$file" "$all"; done
# A pcapng file with interfaces, comments and names between the packets.
"$TAPLIGHT" -q -r day.pcap -r "$fragments" -w mixed.pcapng
every_way mixed.pcapng 'service == "dns"'
run -q -r in-day.pcap.gz --index
rc_is 0
run -q -r in-day.pcap.gz --extract "$uid" -w packed.pcap
same packed.pcap due.pcap 'a compressed file with an index'
# Several files are one input.
dns="service == \"dns\""
one=$("$TAPLIGHT" -q -r day.pcap --extract "$dns" --count)
two=$("$TAPLIGHT" -q -r "$samples/dns/errors.pcap" --extract "$dns" --count)
run -q -r day.pcap -r "$samples/dns/errors.pcap" --extract "$dns" --count
[[ $(<out) == $((one + two)) ]] || fail "two files: $(<out), not $one and $two"

# --- indexes that do not fit ---

told() {
    run -r day.pcap --extract "$uid" -w told.pcap
    rc_is 0
    error_is "day.pcap.tlx is not used: $1"
    same told.pcap due.pcap "an index that does not fit ($1)"
}
run -r day.pcap --index
rc_is 0
quiet_is
lines_are 0
run -r day.pcap --index
error_is 'day.pcap.tlx is up to date'
touch -d '2020-01-01' day.pcap
told 'the capture file changed'
run -r day.pcap --index
rc_is 0
cp day.pcap.tlx whole.tlx
run -r day.pcap --extract "$uid" --count --tcp-timeout 7
grep -q 'made with other options' err || fail "other options are not told: $(cat err)"
head -c 1000 whole.tlx >day.pcap.tlx
told 'it is damaged'
size=$(stat -c %s whole.tlx)
for at in 60 $((size / 2)); do
    cp whole.tlx day.pcap.tlx
    printf '\xa5\x5a\xa5' | dd of=day.pcap.tlx bs=1 seek="$at" conv=notrunc status=none
    run -q -r day.pcap --extract "$uid" -w told.pcap
    rc_is 0
    same told.pcap due.pcap "an index damaged at $at"
done
rm day.pcap.tlx
mkdir day.pcap.tlx
told 'it is damaged'
rmdir day.pcap.tlx

# --- conn records that -Y selects are in the index ---

for filter in 'conn.service == "http"' 'conn.duration > 0.01 or conn.history contains "F"' 'conn.duration'; do
    rm -f day.pcap.tlx
    run -q -r day.pcap --json -Y "$filter"
    mv out due.json
    [[ $(wc -l <due.json) -gt 3 ]] || fail "$filter selects nothing"
    run -q -r day.pcap --index
    run -q -r day.pcap --json -Y "$filter" --workers 2
    rc_is 0
    same out <(grep -v '"_path":"stats"' due.json) "the answer of an index to $filter"
done
# The index is asked for no other records, nor if it does not fit.
for filter in 'not conn.service == "http"' 'id.resp_p == 53' 'dns.query' 'conn.duration or dns.query'; do
    run -q -r day.pcap --json --no-meta -Y "$filter" -o asked.json
    mv day.pcap.tlx aside
    run -q -r day.pcap --json --no-meta -Y "$filter"
    mv aside day.pcap.tlx
    same out asked.json "$filter beside an index"
done
printf '\xa5\x5a\xa5' | dd of=day.pcap.tlx bs=1 seek=$(($(stat -c %s day.pcap.tlx) / 2)) conv=notrunc status=none
run -r day.pcap --json -Y 'conn.duration'
rc_is 0
same out due.json 'the answer beside a damaged index'
touch day.pcap
run -r day.pcap --json -Y 'conn.duration'
error_is 'is not used: the capture file changed since'
same out due.json 'the answer beside an index that is stale'
rm day.pcap.tlx

# A capture that is cut: what is readable is extracted, and the exit code says so. There is no index of it.
head -c 20000 day.pcap >cut.pcap
run -q -r cut.pcap --extract 'service == "dns"' -w some.pcap
rc_is 4
error_is 'cut'
[[ -s some.pcap ]] || fail 'nothing of a cut file'
run -q -r cut.pcap --index
rc_is 4
[[ ! -e cut.pcap.tlx ]] || fail 'a damaged file has an index'
ls ./*.tlx.* 2>/dev/null && fail 'a temporary index stays'

# --- errors ---

refused() {
    local why=$1
    shift
    run "$@"
    rc_is 2
    lines_are 0
    grep -qE "$why" err || fail "$ran: $(cat err)"
}
refused 'takes a uid, a Community ID or a filter on records' -r day.pcap --extract 'ip.src == 10.0.0.1'
refused '\^~~~~~~~' -r day.pcap --extract 'dns.quer == "a"'
refused 'cannot be read twice' -r - --extract "$uid"
refused 'reads a file twice' -i lo --extract "$uid"
refused 'one file' -r day.pcap -r cut.pcap --index
mkfifo pipe
refused 'cannot be read twice|can be read twice' -r pipe --extract "$uid"
run -r absent.pcap --extract "$uid"
rc_is 1
done_testing
