#!/usr/bin/env bash
# Compares our fields of mail, files and shells with the installed tshark's over captures of the corpus that have them
# (captures.txt): no unexplained difference.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${COMPARE:?the path of differential_compare}" "${CORPUS:?}"
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v tshark >/dev/null || [[ -n ${SANITIZED-} || ! -d $CORPUS ]]; then
    echo "skipped: no tshark, no captures in $CORPUS, or a build with sanitizers"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work here work
"$TAPLIGHT" --json=packets --schema >"$work/schema" || exit 1
tshark -G fields 2>/dev/null | awk -F '\t' '$1 == "F" { print $3 }' | sort >"$work/known"
sort "$here/fields.txt" | comm -12 - "$work/known" >"$work/fields"

# A capture, and the protocols whose fields are compared in it.
one() {
    local capture protocols options my
    read -r capture protocols <<<"$1"
    my=$(mktemp "$work/part.XXXXXX")
    mapfile -t options < <(printf 'frame.number\nframe.protocols\n'
        grep -E "^(${protocols// /|})\." "$work/fields")
    tshark -n -r "$CORPUS/$capture" -T fields -E header=y -E occurrence=a -E aggregator=$'\x1f' -E separator=/t -E quote=n \
        "${options[@]/#/-e}" >"$my.tsv" 2>/dev/null </dev/null
    "$TAPLIGHT" -q -r "$CORPUS/$capture" --json=packets --no-checksums --show-secrets --workers 0 2>/dev/null </dev/null |
        "$COMPARE" "$work/schema" "$here/causes.tsv" "$capture" "$my.tsv" - >"$my" || echo "W	$capture" >>"$my"
}
export -f one
# Every sixth one; CORPUS_EVERY=1: all.
grep -v '^#' "$here/captures.txt" | awk -v n="${CORPUS_EVERY:-6}" 'NR % n == 0' | tr '\n' '\0' | xargs -0 -P 2 -n 1 bash -c 'one "$1"' -
cat "$work"/part.?????? >"$work/all"
awk -F '\t' -f "$here/sum.awk" -v out="$work" "$work/all"
column -t "$work/protocols.tsv"
column -t "$work/causes.tsv"
grep -P '^(W|D\t-)\t' "$work/all" | cut -c 1-300 | head -n "${SHOWN:-60}"
! grep -qP '^(W|D\t-)\t' "$work/all" && [[ $(grep -c ^F "$work/all") -gt 100 ]]
