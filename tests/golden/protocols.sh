#!/usr/bin/env bash
# The tables of docs/PROTOCOLS.md between the markers are those of the descriptors. With TAPLIGHT_UPDATE_GOLDEN they are
# written again.
set -euo pipefail
: "${PROTOCOLS:?the program that prints the tables}" "${SOURCE:?the source tree}"
doc=$SOURCE/docs/PROTOCOLS.md
work=$(mktemp)
trap 'rm -f "$work"' EXIT

# The document with the tables of this build between its markers.
awk -v program="$PROTOCOLS" '
    /^<!-- table: [a-z]+ -->$/ { print; name = $3; print ""; fflush(); system(program " " name); print ""; inside = 1; count++; next }
    /^<!-- end of table -->$/ { inside = 0 }
    !inside { print }
    END { if (count != 2 || inside) exit 1 }' "$doc" >"$work" || {
    echo "FAILED: $doc has not two tables between markers"
    exit 1
}
if [[ -n ${TAPLIGHT_UPDATE_GOLDEN-} ]]; then
    cmp -s "$work" "$doc" || cat "$work" >"$doc"
elif ! diff -u "$doc" "$work"; then
    echo "FAILED: docs/PROTOCOLS.md is not what the descriptors say: run scripts/test --update-golden"
    exit 1
fi
