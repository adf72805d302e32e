#!/usr/bin/env bash
# --streams: one file per side of each TCP stream, complete and in order, named after its endpoints; gaps; errors.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

samples=$SOURCE/samples/tcp
text() { tr -d '\r' <"$1" | head -n 1; }

run -r "$SOURCE/samples/http/session.pcap" --streams plain
rc_is 0
quiet_is
[[ ! -s out ]] || fail "$ran: printed $(head -n 1 out)"
first=$(find plain -name '010.077.000.001.*-010.077.000.002.00080' | sort | head -n 1)
[[ $(text "$first") == 'GET '*' HTTP/1.1' ]] || fail "the client's first line is $(text "$first")"
back=${first#plain/}
back=plain/${back#*-}-${back%-*}
[[ $(text "$back") == 'HTTP/1.1 '* ]] || fail "the server's first line is $(text "$back")"
(($(find plain -name 'fd00:77::1.*-fd00:77::2.00080' | wc -l) > 0)) || fail 'no stream over IPv6'

# Gaps as zeros, or left out: 100 of 140 bytes, and the first 40 of 80.
for case in gap-acknowledged:140:40 gap-at-start:80:40; do
    IFS=: read -r sample long short <<<"$case"
    run -r "$samples/$sample.pcap" --streams "zeros-$sample"
    rc_is 0
    run -r "$samples/$sample.pcap" --streams "skip-$sample" --gaps skip
    rc_is 0
    zeros=zeros-$sample/010.001.000.001.40001-010.001.000.002.09000 skipped=skip-${zeros#zeros-}
    cmp -s <(tr -d '\0' <"$zeros") "$skipped" || fail "$sample: --gaps skip is not --gaps zeros without the zeros"
    (($(stat -c %s "$zeros") == long)) || fail "$sample: $(stat -c %s "$zeros") bytes with zeros, not $long"
    (($(stat -c %s "$skipped") == short)) || fail "$sample: $(stat -c %s "$skipped") bytes without, not $short"
done

# Originator and responder swap roles inside a packet: each side's bytes are in that side's file.
run -r "$SOURCE/samples/dns/tcp-turned.pcap" --streams turned --json -o turned.records
rc_is 0
for end in orig:010.001.000.002.00053-010.001.000.001.40002 resp:010.001.000.001.40002-010.001.000.002.00053; do
    due=$(sed -n "s/.*\"${end%%:*}_bytes\":\([0-9]*\).*/\1/p" turned.records)
    (($(stat -c %s "turned/${end#*:}") == due)) || fail "${end#*:} has $(stat -c %s "turned/${end#*:}") bytes, not $due"
done

# The files do not depend on the number of workers, on text output or on the descriptor limit.
all=()
for sample in "$SOURCE"/samples/{tcp,http,smtp,tunnel,dns}/*.pcap; do all+=(-r "$sample"); done
run "${all[@]}" -w all.pcapng
rc_is 0
all=(-r all.pcapng)
run "${all[@]}" --streams one --workers 0
rc_is 0
run "${all[@]}" --streams four --workers 4 --json -o records
rc_is 0
run "${all[@]}" --json -o records.alone
same records records.alone 'records with and without --streams'
rc=0 ran='taplight --streams with 32 descriptors'
(ulimit -n 32 && "$TAPLIGHT" "${all[@]}" --streams few --workers 0) >out 2>err || rc=$?
rc_is 0
(($(find one -type f | wc -l) > 80)) || fail "only $(find one -type f | wc -l) files"
(($(find one -name '*c2' | wc -l) > 1)) || fail "reconnects of the same endpoints: $(find one -name '*c1')"
for other in four few; do
    diff -r one "$other" >differ || fail "the files of one and $other differ: $(head -n 3 differ)"
done

# Rejected: a non-empty directory, a file, a directory that cannot be created, --gaps without --streams.
run -r "$samples/state-SF.pcap" --streams one
rc_is 2
error_is 'one is not empty: give --streams'
run -r "$samples/state-SF.pcap" --streams records
rc_is 1
error_is 'records: Not a directory'
run -r "$samples/state-SF.pcap" --streams none/such
rc_is 1
error_is 'none/such'
run -r "$samples/state-SF.pcap" --gaps skip
rc_is 2
run -r "$samples/state-SF.pcap" --streams other --gaps sometimes
rc_is 2
error_is 'zeros skip'

# A full disk: one line, exit code 1.
mkdir small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
    mkdir small/in
    run -q "${all[@]}" --streams small/in
    umount small
    rc_is 1
    error_is 'cannot write small/in/.*No space left'
fi
done_testing
