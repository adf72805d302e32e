#!/usr/bin/env bash
# The numbers of -z conv, endpoints, io,stat and io,phs against tshark's, over our samples and a part of the corpus.
# statistics.tsv has the causes of differences: docs/DIFFERENCES.md explains them.
# A fixed part of them; STATISTICS_EVERY=N: one of N captures of the corpus and of N samples, chosen by a hash of the name. STATISTICS_ALL=1: print
# all differences, also those with a cause. STATISTICS_KEEP=DIR: keep tshark's tables there, and read those that are there.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${SOURCE:?the source tree}"
here=$SOURCE/tests/differential
command -v tshark >/dev/null || { echo 'skipped: tshark is not installed'; exit 77; }
tshark --version 2>/dev/null | grep -q '^TShark (Wireshark) 4\.0\.' || { echo 'skipped: not tshark 4.0'; exit 77; }
[[ -z ${SANITIZED-} ]] || { echo 'skipped: a build with sanitizers'; exit 77; }
every=${STATISTICS_EVERY:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work LC_ALL=C here work TAPLIGHT

statistics=(-z conv,eth -z conv,ip -z conv,ipv6 -z conv,tcp -z conv,udp -z conv,udp,"frame.len > 90"
    -z endpoints,eth -z endpoints,ip -z endpoints,ipv6 -z endpoints,tcp -z endpoints,udp -z io,phs -z io,phs,tcp)
intervals='io,stat,0.5,,tcp,COUNT(ip.ttl)ip.ttl,SUM(tcp.len)tcp.len,MIN(ip.len)ip.len,MAX(udp.length)udp.length,AVG(frame.time_delta)frame.time_delta,AVG(frame.len)frame.len'
export intervals
printf '%s\n' "${statistics[@]}" >"$work/options"

one() {
    local name=$1 file=$2 my kept statistics
    mapfile -t statistics <"$work/options"
    my=$(mktemp "$work/part.XXXXXX")
    # tshark keeps every interval in memory, so a capture of years is not asked for intervals
    local seconds
    seconds=$("$TAPLIGHT" -q -r "$file" -z io,stat,0 2>/dev/null </dev/null | sed -n 's/^| Duration: \([0-9]*\).*/\1/p')
    ((${seconds:-0} >= 20000)) || statistics+=(-z "$intervals")
    kept=${STATISTICS_KEEP:-$my.tables}/${name//\//+}
    mkdir -p "${kept%/*}"
    [[ -s $kept ]] || timeout -s KILL 60 tshark -n -q -r "$file" "${statistics[@]}" 2>/dev/null </dev/null >"$kept"
    if [[ ! -s $kept ]]; then
        printf 'silent\t%s\n' "$name" >"$my"
        return
    fi
    awk -v tshark=1 -f "$here/statistics.awk" "$kept" | sort >"$my.theirs"
    timeout 60 "$TAPLIGHT" -q -r "$file" --no-checksums "${statistics[@]}" 2>/dev/null </dev/null |
        awk -f "$here/statistics.awk" | sort >"$my.ours"
    awk -F '\t' -v capture="$name" -v causes="$here/statistics.tsv" -f "$here/statistics_compare.awk" "$my.theirs" \
        "$my.ours" >"$my"
    rm -rf "$my".*
}
export -f one

# Prints one of $1 names. A new file does not change which others are chosen.
fixed=(samples/socks/v4a-single-bytes.pcap samples/tcp/history-flip-syn.pcap samples/telnet/rlogin.pcap samples/tunnel/ayiya.pcap
       corpus/suricata-verify/tests/decode-too-small/test.pcap corpus/arkime/tests/pcap/long-session.pcap
       corpus/suricata-verify/tests/mqtt31-unsub-qos1/input.pcap corpus/suricata-verify/tests/smtp-bug-5981/input.pcap
       corpus/suricata-verify/tests/http-evader/http-evader-254/input.pcap)
# The names that are tested: of all that are read, if there is no `every`, those of the fixed part.
chosen() {
    if [[ -z $every ]]; then
        grep -xFf <(printf '%s\n' "${fixed[@]}")
        return
    fi
    while read -r name; do
        (($(cksum <<<"$name" | cut -d ' ' -f 1) % every)) || echo "$name"
    done
}

{
    # Packets that are wrong on purpose: goldens say what comes out.
    (cd "$SOURCE" && find samples -name '*.pcap' -o -name '*.pcapng') | grep -v wrong | sort | chosen |
        while read -r name; do printf '%s\0%s\0' "$name" "$SOURCE/$name"; done
    [[ ! -d ${CORPUS:-none} ]] || (cd "$CORPUS" && find . -type f -size -400k \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' \)) |
        sed 's|^\.|corpus|' | sort | chosen | while read -r name; do printf '%s\0%s\0' "$name" "$CORPUS/${name#corpus/}"; done
} >"$work/captures"
xargs -0 -P 2 -n 2 bash -c 'one "$1" "$2"' - <"$work/captures"
cat "$work"/part.?????? >"$work/all"
awk -F '\t' '$1 == "silent" { silent++ } $1 == "rows" { captures++; rows += $2; equal += $3 } $1 == "cause" { causes[$2] += $3 }
    END { printf "%d captures (tshark was silent on %d), %d rows, %d equal\n", captures, silent, rows, equal; for (c in causes) print causes[c], c }' "$work/all"
[[ -z ${STATISTICS_ALL-} ]] || grep -P '^(differs|explained)\t' "$work/all"
grep -P '^differs\t' "$work/all" | head -n 60
! grep -qP '^differs\t' "$work/all" && [[ $(awk -F '\t' '$1 == "rows" { n += $3 } END { print n }' "$work/all") -gt $([[ -d ${CORPUS:-none} ]] && echo 1000 || echo 50) ]]
