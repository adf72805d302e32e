# Helpers for the tests of the command: captures built byte by byte, running the program, checks of its output.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${SOURCE:?the path of the source tree}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
wrong=0

fail() {
    echo "FAILED: $*"
    wrong=$((wrong + 1))
}

done_testing() {
    ((wrong == 0)) || exit 1
    exit 0
}

# nap SECONDS: waits, without a process of its own.
exec {nap_fd}<> <(:)
nap() { read -rt "$1" -u "$nap_fd" || true; }

# Prints bytes given in hexadecimal. The shell does it itself: a thousand processes take some seconds.
bytes() {
    local LC_ALL=C digits=$* # the replacement is fast in this locale
    digits=${digits//[!0-9a-f]/}
    printf '%b' "${digits//??/\\x&}"
}

# Prints the header of a little-endian pcap file; $1: link type in hex, default Ethernet.
pcap_header() {
    bytes d4c3b2a1 02000400 00000000 00000000 00000400 "${1:-01}"000000
}

# Prints a record with a DNS query for example.com, 71 bytes on Ethernet; $1: seconds since the epoch, modulo 256.
packet() {
    printf -v second '%02x' $((${1:-0} % 256))
    bytes "$second"f15365 00000000 47000000 47000000 \
        020000000001020000000002 0800 4500003900010000 4011 f67c c0000201 c0000235 9c40003500250000 \
        123401000001000000000000 076578616d706c6503636f6d00 00010001
}

# Prints a capture of $1 such packets.
capture() {
    pcap_header
    local i
    for ((i = 0; i < $1; i++)); do packet "$i"; done
}

# Prints a capture of 2^$1 equal packets; faster than capture.
long_capture() {
    local i
    packet >one.part
    for ((i = 0; i < $1; i++)); do
        cat one.part one.part >two.part
        mv two.part one.part
    done
    pcap_header
    cat one.part
    rm -f one.part
}

# Runs taplight. Standard output goes to the file out, standard error to err, the exit code to rc.
run() {
    ran="taplight $*"
    rc=0
    "$TAPLIGHT" "$@" >out 2>err </dev/null || rc=$?
}

rc_is() {
    ((rc == $1)) || fail "$ran: exit code $rc, not $1: $(head -n 3 err)"
}

# Standard error is one line that starts with the program's name and matches $1.
error_is() {
    local text
    IFS= read -r -d '' text <err
    if [[ ${text%$'\n'} == *$'\n'* || $text != *$'\n' || ! $text =~ ^'taplight: '.*$1 ]]; then
        fail "$ran: standard error is not one line with '$1' but: $(head -n 5 err)"
    fi
}

quiet_is() {
    [[ ! -s err ]] || fail "$ran: standard error is not empty: $(head -n 5 err)"
}

out_has() {
    grep -qE -- "$1" out || fail "$ran: no '$1' in: $(head -n 5 out)"
}

lines_are() {
    (($(wc -l <out) == $1)) || fail "$ran: $(wc -l <out) lines, not $1: $(head -n 3 out)"
}

same() {
    cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"
}
