#!/usr/bin/env bash
# --assert: figures worked out by hand from captures made here, the exit code, the records shown, reports, errors.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# Twelve DNS queries without answers; the responder is 192.0.2.53. One flow each: the timeout of DNS is 10 s.
{ pcap_header; for ((i = 0; i < 12; i++)); do packet $((i * 15)); done; } >twelve.pcap
dns=$SOURCE/samples/dns/errors.pcap

fails() {
    run -r twelve.pcap --assert "$1"
    rc_is 5
    lines_are 0
    grep -qF "taplight: assertion failed: $1: $2" err || fail "$1 does not say '$2': $(head -n 2 err)"
}

holding=(
    'count(dns) == 12'
    'count(dns where query == "example.com" && (AA == 0 or qtype in {1, 28})) == 12'
    'count(dns where query == "example.org") == 0'
    'count(*) == 24'
    'count(* where id.resp_p == 53) >= 24'
    'count(http) < 1'
    'sum(conn.orig_ip_bytes) == 684'
    'sum(conn.orig_ip_bytes where first_pkt <= 2) eq 114'
    'avg(conn.orig_ip_bytes) == 57'
    'min(conn.first_pkt) == 1'
    'max(conn.first_pkt) === 12'
    'max(dns.id.resp_p) != -3'
    'sum(dns.rtt) == 0'
    'max(stats.packets) == 12'
    'count(meta) == 1'
    'max(conn.ts) > 1700000000.5'
)
asked=()
for text in "${holding[@]}"; do asked+=(--assert "$text"); done
run -r twelve.pcap "${asked[@]}"
rc_is 0
quiet_is
lines_are 0
fails 'count(dns) == 11' 'the figure is 12'
fails 'avg(conn.orig_ip_bytes) > 57' 'the figure is 57'
fails 'max(dns.rtt) < 1' 'no record has a value'

# The records that make it false: ten, and how many others; of a minimum or maximum those beyond it; of too few none.
run -r twelve.pcap --assert 'count(dns) <= 11'
rc_is 5
(($(grep -c '^{"_path":"dns"' err) == 10)) || fail "not ten records: $(grep -c '^{' err)"
grep -qx 'taplight: and 2 more records' err || fail 'does not say how many more'
grep -qx 'taplight: 1 of 1 assertions failed' err || fail 'does not say how many failed'
run -r twelve.pcap --assert 'max(conn.first_pkt) < 12'
(($(grep -c '^{"_path":"conn".*"first_pkt":12' err) == 1 && $(grep -c '^{' err) == 1)) ||
    fail "not the one record: $(cat err)"
run -r twelve.pcap --assert 'count(dns) > 12' --assert 'count(dns) > 1'
rc_is 5
! grep -q '^{' err || fail 'records are shown of which there are too few'
grep -qx 'taplight: 1 of 2 assertions failed' err || fail 'does not say 1 of 2'

# Other outputs, filters, inputs, workers.
run -r twelve.pcap --json
mv out alone
run -r twelve.pcap --json --assert 'count(dns) == 0'
rc_is 5
same out alone '--json beside --assert'
run -r twelve.pcap --json -Y '_path == "http"' --no-meta --assert 'count(dns) == 12'
rc_is 0
lines_are 0
run -r twelve.pcap -r twelve.pcap --assert 'count(dns) > 12' --assert 'sum(stats.packets) == 24'
rc_is 0
run -r twelve.pcap -w copy.pcap --assert 'count(dns) == 12' udp
rc_is 0
same copy.pcap twelve.pcap '-w beside --assert'
run -r twelve.pcap --text --assert 'count(dns) == 12'
lines_are 12
for workers in 0 4; do
    run -r "$dns" --workers $workers --assert 'count(dns where rcode_name != "NOERROR") == 0' \
        --assert 'sum(dns.rtt) < 0' --assert-format tap
    rc_is 5
    cat out err >"of.$workers"
    same "of.$workers" of.0 "$workers workers"
done
"$TAPLIGHT" -r - --assert 'count(dns) == 12' <twelve.pcap || fail 'a pipe is read otherwise'

# A damaged input is reported too, and what fails in it counts more.
head -c 300 twelve.pcap >cut.pcap
run -r cut.pcap --assert 'count(dns) == 3'
rc_is 4
run -r cut.pcap --assert 'count(dns) == 9'
rc_is 5
grep -q 'cut short' err || fail "the damage is not reported: $(cat err)"
run -r absent.pcap --assert 'count(dns) == 0'
rc_is 1

# Reports.
run -r twelve.pcap --assert 'count(dns) == 12' \
    --assert 'count(dns where query matches "#|[.]com") < 3' --assert-format tap
rc_is 5
cat >due <<'DUE'
TAP version 13
1..2
ok 1 - count(dns) == 12
not ok 2 - count(dns where query matches "\#|[.]com") < 3
  ---
  figure: 12
  expected: "< 3"
  records:
DUE
head -n 8 out >begun
same begun due TAP
(($(grep -c '^    - {"_path":"dns"' out) == 10)) || fail 'TAP has not ten records'
tail -n 2 out | tr '\n' '|' | grep -qx '  more: 2|  ...|' || fail "TAP ends so: $(tail -n 2 out)"
run -r twelve.pcap --assert 'count(dns) == 12' --assert 'count(dns where query < "z" && qtype_name == "A") < 3' \
    --assert-format junit -o report.xml
rc_is 5
lines_are 0
python3 - <<'CHECK' || fail 'the JUnit report is not right'
import xml.etree.ElementTree as tree
suite = tree.parse('report.xml').getroot().find('testsuite')
cases = suite.findall('testcase')
assert suite.get('tests') == '2' and suite.get('failures') == '1' and len(cases) == 2
assert cases[0].get('name') == 'count(dns) == 12' and len(cases[0]) == 0
failure = cases[1].find('failure')
assert cases[1].get('name') == 'count(dns where query < "z" && qtype_name == "A") < 3'
assert failure.get('message') == 'the figure is 12' and failure.text.count('"_path":"dns"') == 10
assert failure.text.endswith('and 2 more\n')
CHECK

# Secrets stay hidden.
ftp=$SOURCE/samples/ftp/session.pcap
run -r "$ftp" --show-secrets --json
secret=$(grep -o '"password":"[^"]*"' out | head -n 1 | cut -d'"' -f4)
[[ -n $secret ]] || fail 'the sample has no password'
run -r "$ftp" --assert 'count(ftp) == 0' --assert-format tap
rc_is 5
! grep -qF "$secret" out err || fail 'a password is shown'

# Errors: the place is marked, and the exit code is 2.
refused() {
    run -r twelve.pcap --assert "$1"
    rc_is 2
    lines_are 0
    sed -n 2p err | grep -qxF "taplight:   $2" || fail "the mark of '$1' is: $(sed -n 2p err)"
    sed -n 3p err | grep -qF -- "$3" || fail "'$1' is refused so: $(sed -n 3p err)"
}
refused 'count(dns where rcode_nam != 1) == 0' '                ^~~~~~~~~' "there is no field or protocol 'rcode_nam'"
refused 'count(dns where ip.src == 1.2.3.4) == 0' '                ^~~~~~' "'ip.src'"
refused 'count(dns where frame.number == 1) == 0' '               ^~~~~~~~~~~~~~~~~~' 'names keys of records'
refused 'count(dsn) == 0' '      ^~~' 'no records of kind'
refused 'count(dns.rtt) == 0' '         ^~~~' 'takes a kind'
refused 'sum(dns.query) == 0' '    ^~~~~~~~~' 'not a number'
refused 'sum(dns.ttt) == 0' '    ^~~~~~~' "no key 'dns.ttt'"
refused 'count(dns) == x' '              ^' 'a number is needed'
refused 'count(dns) == 1 and count(http) == 2' '                ^~~' 'one comparison'
run -r twelve.pcap --assert-format tap
rc_is 2
run -r twelve.pcap --assert 'count(dns) == 0' --assert-format tap --json
rc_is 2
run -r twelve.pcap --assert 'count(dns) == 0' -Y dns
rc_is 2
run -r twelve.pcap --assert 'count(dns) == 0' -o x
rc_is 2
done_testing
