#!/usr/bin/env bash
# Compares the number of messages per protocol and capture of the corpus with tshark's, except for the known differences
# in messages.tsv (path, field, tshark's count, ours, cause). A known difference that no longer exists fails, too.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${CORPUS:?the folder of captures}" "${SOURCE:?the source tree}"
export ORACLE=${CORPUS%/*}/oracle
if [[ ! -s $CORPUS/inventory.tsv || ! -d $ORACLE ]]; then
    echo "skipped: no captures in $CORPUS, or no answers in $ORACLE"
    exit 77
fi
# Fields that occur exactly once per message, for each kind of message. Add further protocols here.
export FIELDS="dns.id http.request.method http.response.code smtp.req.command smtp.response.code"
# Tests a fixed part of the corpus; CORPUS_EVERY=1 tests all.
every=6
[[ -z ${SANITIZED-} ]] || every=48
every=${CORPUS_EVERY:-$every}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -F '\t' -v every=$every 'NR > 1 && NR % every == 0 { print $1 }' "$CORPUS/inventory.tsv" |
    while IFS= read -r path; do [[ ! -e $ORACLE/$path.tsv ]] || printf '%s\0' "$path"; done >"$work/list"

# tshark's path, field and count. The first row of each file names the columns.
theirs() {
    LC_ALL=C awk -F '\t' -v fields="$FIELDS" -v skip=$((${#ORACLE} + 2)) 'BEGIN { n = split(fields, name, " ") }
        FNR == 1 { path = substr(FILENAME, skip, length(FILENAME) - skip - 3)
                   for (f = 1; f <= n; f++) { at[f] = 0; for (i = 1; i <= NF; i++) if ($i == name[f]) at[f] = i }
                   next }
        { for (f = 1; f <= n; f++) if (at[f] && $at[f] != "") count[path "\t" name[f]] += gsub("\x1f", "", $at[f]) + 1 }
        END { for (key in count) print key "\t" count[key] }' "$@"
}
# The same for taplight. tshark ran without checksum validation.
ours() {
    timeout 20 "$TAPLIGHT" -q -r "$CORPUS/$1" --json=packets --no-checksums --workers 0 2>/dev/null </dev/null |
        LC_ALL=C awk -v fields="$FIELDS" -v path="$1" 'BEGIN { n = split(fields, name, " ") }
            # Prints the values of a key, a single one or an array.
            function values(key, rest, list, at, k) {
                for (rest = $0; (at = index(rest, "\"" key "\":")) > 0; k += gsub(",", "", list) + 1) {
                    rest = substr(rest, at + length(key) + 3)
                    list = substr(rest, 1, 1) == "[" ? substr(rest, 1, index(rest, "]")) : ""
                }
                return k
            }
            /^\{/ { for (f = 1; f <= n; f++) if (index($0, "\"" name[f] "\":")) count[f] += values(name[f]) }
            END { for (f in count) print path "\t" name[f] "\t" count[f] }'
}
export -f theirs ours
sed -z "s|^|$ORACLE/|; s|$|.tsv|" "$work/list" | xargs -0 bash -c 'theirs "$@"' - >"$work/theirs"
xargs -0 -P 2 -n 1 bash -c 'ours "$@"' - <"$work/list" >"$work/ours"
awk -F '\t' 'FNR == NR { t[$1 "\t" $2] = $3; next } { o[$1 "\t" $2] = $3 }
    END { for (k in t) print k "\t" t[k] "\t" o[k] + 0; for (k in o) if (!(k in t)) print k "\t0\t" o[k] }' \
    "$work/theirs" "$work/ours" | LC_ALL=C sort >"$work/counts"
awk -F '\t' '$3 != $4' "$work/counts" >"$work/differ"
tr '\0' '\n' <"$work/list" >"$work/paths"
awk -F '\t' 'FNR == NR { here[$0] = 1; next } $1 in here && !/^#/ { print $1 "\t" $2 "\t" $3 "\t" $4 }' "$work/paths" \
    "$SOURCE/tests/corpus/messages.tsv" | LC_ALL=C sort >"$work/known"
comm -23 "$work/differ" "$work/known" | sed 's/^/FAILED: not known: /' >"$work/failed"
comm -13 "$work/differ" "$work/known" | sed 's/^/FAILED: known, but not so: /' >>"$work/failed"
head -n 60 "$work/failed"
for field in $FIELDS; do
    awk -F '\t' -v field="$field" '$2 == field { t += $3; o += $4; n++ }
        END { print field ": " n + 0 " captures, " t + 0 " by tshark, " o + 0 " by taplight" }' "$work/counts"
done
echo "$(wc -l <"$work/differ") known differences, $(wc -l <"$work/failed") failures"
[[ ! -s $work/failed && -s $work/counts ]]
