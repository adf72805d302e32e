#!/usr/bin/env bash
# As many messages of each protocol in a capture of the corpus as tshark found there, but for the known differences in
# messages.tsv (path, field, tshark's count, ours, cause). A known difference that is none any more fails too.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${CORPUS:?the folder of captures}" "${SOURCE:?the source tree}"
export ORACLE=${CORPUS%/*}/oracle
if [[ ! -s $CORPUS/inventory.tsv || ! -d $ORACLE ]]; then
    echo "skipped: no captures in $CORPUS, or no answers in $ORACLE"
    exit 77
fi
# A field a message has exactly once, for each kind of message. Another protocol is another word here.
export FIELDS="http.request.method http.response.code"
every=1
[[ -z ${SANITIZED-} ]] || every=8

# Prints path, field, tshark's count, ours, for each field in which either has something.
one() {
    local path=$1 answers=$ORACLE/$1.tsv my head
    my=$(mktemp) || return
    # tshark was run without validating checksums
    timeout 20 "$TAPLIGHT" -q -r "$CORPUS/$path" --json=packets --no-checksums --workers 0 >"$my" 2>/dev/null </dev/null
    read -r head <"$answers"
    for field in $FIELDS; do
        local theirs=0 ours
        if [[ $'\t'$head$'\t' == *$'\t'$field$'\t'* ]]; then
            theirs=$(LC_ALL=C awk -F '\t' -v field="$field" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == field) at = i; next }
                $at != "" { n += gsub("\x1f", "", $at) + 1 } END { print n + 0 }' "$answers")
        fi
        ours=$(LC_ALL=C grep -oF "\"$field\":" "$my" | wc -l)
        ((theirs == 0 && ours == 0)) || printf '%s\t%s\t%s\t%s\n' "$path" "$field" "$theirs" "$ours"
    done
    rm -f "$my"
}
export -f one

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -F '\t' -v every=$every 'NR > 1 && NR % every == 0 { print $1 }' "$CORPUS/inventory.tsv" |
    while IFS= read -r path; do [[ ! -e $ORACLE/$path.tsv ]] || printf '%s\0' "$path"; done >"$work/list"
xargs -0 -P 2 -n 1 bash -c 'one "$@"' - <"$work/list" | LC_ALL=C sort >"$work/counts"
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
