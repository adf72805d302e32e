#!/usr/bin/env bash
# -N and --hosts: names of addresses from DNS answers and from a file, in lines, trees and columns; no look-ups.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
day=$SOURCE/samples/showcase.pcap

# Packet 1 asks for www.example.test, packet 2 answers with 10.77.0.2: from there on the address has the name.
run -r "$day" -c 3 -t
cp out plain
run -r "$day" -c 3 -t -N n
rc_is 0
quiet_is
head -n 1 out >first
head -n 1 plain | cmp -s first - || fail "a name before it was told: $(cat first)"
sed -n 2p out | grep -q '^www.example.test > 10.77.0.1 DNS .* A 10.77.0.2,10.77.0.3$' ||
    fail "packet 2: $(sed -n 2p out)"
sed -n 3p out | grep -q '^10.77.0.1 > www.example.test DNS ' || fail "packet 3: $(sed -n 3p out)"
run -r "$day" -c 3 -t -N d -Y 'frame.number == 3'
out_has '^10.77.0.1 > www.example.test '
run -r "$day" -c 2 -N n -v
out_has '^    Source: www.example.test \(10.77.0.2\)$'
out_has '^        Address: www.example.test \(10.77.0.3\)$'

# A file comes first, and needs no DNS. Comments, other lines and bytes that do not print are harmless.
printf '# a comment\n10.77.0.1\tclient me # x\n10.77.0.1 other\nnonsense\n10.77.0.2\nfd00:77::2 six\n' >hosts
run -r "$day" -c 3 -t --hosts hosts
sed -n 2p out | grep -q '^10.77.0.2 > client DNS' || fail "packet 2: $(sed -n 2p out)"
run -r "$day" -c 3 -N n --hosts hosts --columns no,src:From:20,dst,proto
cat >due <<'DUE'
no    From                 dst             proto
1     client               10.77.0.2       DNS
2     www.example.test     client          DNS
3     client               www.example.test DNS
DUE
same out due columns
printf '10.77.0.2 a\033[31mb\n' >evil
run -r "$day" -c 1 -t --hosts evil
! grep -q $'\033' out || fail 'an escape sequence of a hosts file is printed'

# The same for any number of workers, also where times depend on earlier packets.
for form in -ttt -v; do
    for workers in 0 3; do
        run -q -r "$day" -N n $form --workers $workers 2>/dev/null
        cp out "of.$workers"
    done
    same of.3 of.0 "$form with 3 workers"
done
run -r "$day" -c 2 -t -N n -w copy.pcap --text
lines_are 2

refused() {
    local why=$1
    shift
    run -r "$day" "$@"
    rc_is 2
    error_is "$why"
}
refused 'never looked up' -N nN
refused 'names of addresses only' -N m
refused 'changes text' -N n --json
refused 'add --text' --hosts hosts -w x.pcap
run -r "$day" --hosts absent
rc_is 1
error_is 'hosts file absent'
done_testing
