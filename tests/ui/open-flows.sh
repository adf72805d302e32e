#!/usr/bin/env bash
# A flow that goes on has the service and the round-trip time that its record will have.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

# check FILE SERVICE STATE: the first flow by its bytes, while the input goes on and after its end.
check() {
    local input=$SOURCE/samples/$1
    open 200 60 -r "$input"
    shows '^ +1 '
    keys 2
    shows " tcp .* $2 +(SF|S1|RST[OR]|OTH|S[23]) "
    rtt=$(grep -E -m 1 " tcp .* $2 " now | grep -oE '[0-9.]+ (us|ms|s) +[0-9.]+ (us|ms|s) ' | sed -E 's/^[0-9.]+ (us|ms|s) +//; s/ $//')
    keys q
    ended 0
    feed="(cat $input; sleep 100) | "
    open 200 60 -r -
    feed=
    shows '^ +1 '
    keys 2
    shows " tcp .* $2 +open .*${rtt:+ $rtt }"
}
for name in 'http/session http' 'smtp/auth smtp' 'ftp/session ftp' 'http/pipelined http' 'sieve/session sieve'; do
    # shellcheck disable=SC2086
    check ${name% *}.pcap ${name#* }
done
done_testing
