#!/usr/bin/env bash
# Compares our fields with tshark's over a fixed part of the corpus: no unexplained difference in the protocols of
# floor.tsv. CORPUS_EVERY=1: over all of it; then each protocol must be at least as equal as floor.tsv says, too, which
# `tests/differential/run --floor` writes: check the diff.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${COMPARE:?the path of differential_compare}" "${CORPUS:?}" "${ORACLE:?}"
here=$(cd "$(dirname "$0")" && pwd)
if [[ -n ${SANITIZED-} || ! -d $ORACLE ]]; then
    echo "skipped: no answers in $ORACLE, or a build with sanitizers"
    exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
every=${CORPUS_EVERY:-6}
"$here/run" --every "$every" --out "$out" || exit 1
awk -F '\t' -v OFS='\t' -v whole="$((every == 1))" '
    /^#/ { next }
    FILENAME ~ /floor.tsv$/ { floor[$1] = $2; moved[$1] = $3; next }
    FILENAME ~ /protocols.tsv$/ { percent[$1] = $8; with[$1] = $9; next }
    {
        split($5, name, ".")
        if ($1 == "-" && name[1] in floor && shown++ < 40)
            print "FAILED: no cause", $2, $3, $4, $5, $6, $8, $9
    }
    END {
        for (p in floor) {
            n++
            if (!whole)
                continue
            if (percent[p] + 0 < floor[p] + 0 && ++shown)
                print "FAILED: " p ": " percent[p] " percent are equal, not " floor[p]
            if (with[p] + 0 < moved[p] + 0 && ++shown)
                print "FAILED: " p ": " with[p] " percent are equal here or later, not " moved[p]
        }
        exit shown > 0 || n == 0
    }' "$here/floor.tsv" "$out/protocols.tsv" "$out/differences.tsv"
