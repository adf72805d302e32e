#!/usr/bin/env bash
# docs/PROTOCOLS.md lists exactly the anomalies of core/weird.def.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

sed -n 's/^TL_WEIRD([A-Z0-9_]*, "\([a-z0-9_]*\)".*/\1/p' "$SOURCE/core/weird.def" | sort >listed
sed -n '/^## Anomalies/,/^## [^A]/s/^| `\([a-z0-9_]*\)` |.*/\1/p' "$SOURCE/docs/PROTOCOLS.md" | sort >documented
grep -q . listed || fail 'core/weird.def names no anomaly'
(($(grep -c '^TL_WEIRD(' "$SOURCE/core/weird.def") == $(wc -l <listed))) ||
    fail 'a line of core/weird.def was not parsed'
same listed documented 'core/weird.def and docs/PROTOCOLS.md'
done_testing
