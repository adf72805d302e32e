#!/usr/bin/env bash
# The progress bar: on a terminal, after one second, only carriage returns and spaces, erased at the end.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

slow() {
    pcap_header
    local i
    for i in {1..16}; do
        packet "$i"
        sleep 0.1
    done
}
export -f slow pcap_header packet bytes
on_terminal() {
    SHELL=$(command -v bash) script -qec "$1" typescript >/dev/null </dev/null
    sed -i 1d typescript
}

# The function runs in the shell of the pseudo-terminal, so its standard error is the terminal.
on_terminal "bash -c slow | '$TAPLIGHT' -r - --json -o records"
grep -q 'packets' typescript || fail 'no progress bar on a terminal after one second'
LC_ALL=C grep -q $'\e' typescript && fail 'an escape sequence in the bar'
# Spaces, at least as many as the last bar has columns, erase it.
grep -v '^Script done' typescript | tr '\r' '\n' |
    awk 'NF { bar = length; gone = 0 } !NF && bar && length >= bar { gone = 1 } END { exit !gone }' ||
    fail 'the bar is not erased'

on_terminal "bash -c slow | '$TAPLIGHT' -q -r - --json -o records"
grep -q 'packets' typescript && fail 'a bar with -q'

slow | "$TAPLIGHT" -r - --json -o records 2>err
[[ ! -s err ]] || fail 'a bar although standard error is a file'
done_testing
