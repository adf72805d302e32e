#!/usr/bin/env bash
# Compares our fields with tshark's over the whole corpus: each protocol of floor.tsv at least as equal as before, and
# no unexplained difference in those protocols. `tests/differential/run --floor` updates the floor: check the diff.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${COMPARE:?the path of differential_compare}" "${CORPUS:?}" "${ORACLE:?}"
here=$(cd "$(dirname "$0")" && pwd)
if [[ -n ${SANITIZED-} || ! -d $ORACLE ]]; then
    echo "skipped: no answers in $ORACLE, or a build with sanitizers"
    exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$here/run" --out "$out" || exit 1
awk -F '\t' -v OFS='\t' '
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
            if (percent[p] + 0 < floor[p] + 0 && ++shown)
                print "FAILED: " p ": " percent[p] " percent are equal, not " floor[p]
            if (with[p] + 0 < moved[p] + 0 && ++shown)
                print "FAILED: " p ": " with[p] " percent are equal here or later, not " moved[p]
        }
        exit shown > 0 || n == 0
    }' "$here/floor.tsv" "$out/protocols.tsv" "$out/differences.tsv"
