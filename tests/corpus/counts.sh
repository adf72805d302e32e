#!/usr/bin/env bash
# Every capture of the corpus has the packet count and exit code of its inventory.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${CORPUS:?the folder of captures}"
if [[ ! -s $CORPUS/inventory.tsv ]]; then
    echo "skipped: no captures in $CORPUS"
    exit 77
fi
# Tests a fixed part of the corpus; CORPUS_EVERY=1 tests all.
every=6
[[ -z ${SANITIZED-} ]] || every=8
every=${CORPUS_EVERY:-$every}

one() {
    local path=$1 packets=$2 code=$3 rc=0 count
    count=$(timeout 10 "$TAPLIGHT" -q -r "$CORPUS/$path" --count 2>/dev/null </dev/null) || rc=$?
    [[ $count == "$packets" && $rc == "$code" ]] ||
        echo "FAILED: $path: $count packets and exit code $rc, not $packets and $code"
}
export -f one

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -F '\t' -v every=$every 'NR > 1 && $3 != "" && NR % every == 0 { printf "%s%c%s%c%s%c", $1, 0, $2, 0, $3, 0 }' \
    "$CORPUS/inventory.tsv" >"$work/list"
count=$(($(tr -dc '\0' <"$work/list" | wc -c) / 3))
xargs -0 -P 2 -n 3 bash -c 'one "$@"' - <"$work/list" >"$work/out"
head -n 40 "$work/out"
echo "$count captures, $(wc -l <"$work/out") failures"
[[ ! -s $work/out ]] && ((count > 0))
