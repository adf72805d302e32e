#!/usr/bin/env bash
# The outputs for the corpus: the same bytes for any number of workers, from a pipe and from a compressed copy; every
# line valid by the schema; the right number of packets; text and -v; limits on time and, with sanitizers, on memory.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${VALIDATE:?the path of golden_validate}" "${CORPUS:?the folder of captures}"
if [[ ! -s $CORPUS/inventory.tsv ]]; then
    echo "skipped: no captures in $CORPUS"
    exit 77
fi
# Tests a fixed part of the corpus; CORPUS_EVERY=1 tests all. With sanitizers a different, smaller part.
every=24 first=12
[[ -z ${SANITIZED-} ]] || every=192 first=0
every=${CORPUS_EVERY:-$every}
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}hard_rss_limit_mb=1024 # --mem, shadow and quarantine
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT
"$TAPLIGHT" --schema >"$work/records.schema" && "$TAPLIGHT" --json=packets --schema >"$work/packets.schema" || exit 1

one() {
    local path=$1 packets=$2 code=$3 my rc sum expected how
    my=$(mktemp -d "$work/XXXXXX")
    wrong() {
        echo "FAILED: $path: $*"
    }
    # Runs with a limit of 10 s. Output goes to $my/out, the exit code to rc.
    go() {
        rc=0
        timeout 10 "$TAPLIGHT" "$@" >"$my/out" 2>"$my/err" || rc=$?
        ((rc != 124)) || wrong "$*: more than 10 seconds"
        ((rc < 125)) || wrong "$*: $(grep -m 1 -e SUMMARY -e 'runtime error' "$my/err" || tail -n 1 "$my/err")"
        ((rc == code)) || wrong "$*: exit code $rc, not $code"
    }
    go -r "$CORPUS/$path" --json --no-meta --workers 0 </dev/null
    expected=$(sha256sum <"$my/out")
    "$VALIDATE" "$work/records.schema" "$my/out" >"$my/said" || wrong "records and schema: $(head -c 800 "$my/said")"
    gzip -c "$CORPUS/$path" >"$my/gz"
    for how in 1 2 4 pipe gz; do
        case $how in
        pipe) go -r - --json --no-meta --workers 2 < <(cat "$CORPUS/$path") ;;
        gz) go -r "$my/gz" --json --no-meta --workers 0 </dev/null ;;
        *) go -r "$CORPUS/$path" --json --no-meta --workers "$how" </dev/null ;;
        esac
        sum=$(sha256sum <"$my/out")
        [[ $sum == "$expected" ]] || wrong "$how: other records than with --workers 0"
    done
    go -r "$CORPUS/$path" --json=packets --workers 0 </dev/null
    "$VALIDATE" -n "$packets" "$work/packets.schema" "$my/out" >"$my/said" ||
        wrong "packets and schema: $(head -c 800 "$my/said")"
    go -r "$CORPUS/$path" </dev/null
    go -r "$CORPUS/$path" -v -x </dev/null
    rm -rf "$my"
}
export -f one

awk -F '\t' -v every=$every -v first=$((first % every)) 'NR > 1 && $3 != "" && NR % every == first { printf "%s%c%s%c%s%c", $1, 0, $2, 0, $3, 0 }' \
    "$CORPUS/inventory.tsv" >"$work/list"
count=$(($(tr -dc '\0' <"$work/list" | wc -c) / 3))
xargs -0 -P 2 -n 3 bash -c 'one "$@"' - <"$work/list" >"$work/failed"
head -n 60 "$work/failed"
echo "$count captures, $(grep -c '^FAILED' "$work/failed") failures"
[[ ! -s $work/failed ]] && ((count > 0))
