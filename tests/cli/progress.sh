#!/usr/bin/env bash
# The progress bar: on a terminal, after a second, made of carriage returns and blanks, gone at the end.
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

# The function runs inside the pseudo-terminal's shell, so its standard error is the terminal.
on_terminal "bash -c slow | '$TAPLIGHT' -r - --json -o records"
grep -q 'packets' typescript || fail 'no progress on a terminal after a second'
LC_ALL=C grep -q $'\e' typescript && fail 'an escape sequence in the bar'
# Blanks at least as long as the last bar go over it.
grep -v '^Script done' typescript | tr '\r' '\n' |
    awk 'NF { bar = length; gone = 0 } !NF && bar && length >= bar { gone = 1 } END { exit !gone }' ||
    fail 'the bar stays'

on_terminal "bash -c slow | '$TAPLIGHT' -q -r - --json -o records"
grep -q 'packets' typescript && fail 'a bar in spite of -q'

slow | "$TAPLIGHT" -r - --json -o records 2>err
[[ ! -s err ]] || fail 'a bar where standard error is a file'
done_testing
