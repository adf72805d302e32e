#!/usr/bin/env bash
# Compares the output for the samples of folder $1 with the goldens of that folder, byte for byte, and validates every line
# with the schema of this build. TAPLIGHT_UPDATE_GOLDEN=1 updates the goldens: check the diff.
#
# X.records.jsonl  the record stream          X.packets.jsonl  packet detail, if not larger than 200 KB
# X.exit           the exit code, if not 0
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${VALIDATE:?the path of golden_validate}" "${SOURCE:?the source tree}"
export TZ=UTC LC_ALL=C

folder=$1
packets_most=200000
samples=$SOURCE/samples goldens=$SOURCE/tests/golden
if [[ $folder != top ]]; then
    samples+=/$folder goldens+=/$folder
fi
update=${TAPLIGHT_UPDATE_GOLDEN-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0

fail() {
    echo "FAILED: $*"
    wrong=$((wrong + 1))
}

# Compares $1 with the golden $2, or updates that.
hold() {
    if [[ -n $update ]]; then
        cmp -s "$1" "$2" || cp "$1" "$2"
    elif [[ ! -e $2 ]]; then
        fail "${2#"$SOURCE"/} is missing: check the output, then run scripts/test --update-golden"
    elif ! cmp -s "$1" "$2"; then
        fail "${2#"$SOURCE"/} differs:"
        diff -u "$2" "$1" | cut -c 1-400 | sed -n 3,20p
    fi
}

"$TAPLIGHT" --schema >"$work/records.schema" && "$TAPLIGHT" --json=packets --schema >"$work/packets.schema" ||
    fail "no schema"
mkdir -p "$goldens" "$work/records" "$work/packets"
shopt -s nullglob
count=0
for sample in "$samples"/*.pcap "$samples"/*.pcapng "$samples"/*.snoop; do
    name=${sample##*/}
    golden=$goldens/${name%.*}
    records=$work/records/$name packets=$work/packets/$name
    count=$((count + 1))
    rc=0
    "$TAPLIGHT" -q -r "$sample" --json --no-meta --workers 0 >"$records" 2>"$work/err" || rc=$?
    if ((rc > 4)); then
        fail "$name: exit code $rc: $(tail -n 3 "$work/err")"
    fi
    packets_rc=0
    "$TAPLIGHT" -q -r "$sample" --json=packets --workers 0 >"$packets" 2>"$work/err" || packets_rc=$?
    ((packets_rc == rc)) || fail "$name: exit code $packets_rc with packets, $rc with records"
    hold "$records" "$golden.records.jsonl"
    if (($(stat -c %s "$packets") <= packets_most)); then
        hold "$packets" "$golden.packets.jsonl"
    elif [[ -n $update ]]; then
        rm -f "$golden.packets.jsonl"
    elif [[ -e $golden.packets.jsonl ]]; then
        fail "$name: its packets exceed $packets_most bytes"
    fi
    if ((rc != 0)); then
        echo "$rc" >"$work/exit"
        hold "$work/exit" "$golden.exit"
    elif [[ -n $update ]]; then
        rm -f "$golden.exit"
    elif [[ -e $golden.exit ]]; then
        fail "$name: exit code 0, not $(<"$golden.exit")"
    fi
done
((count > 0)) || fail "no samples in $samples"
# The schema is read once for all files: it is larger than most of them.
for kind in records packets; do
    "$VALIDATE" "$work/$kind.schema" "$work/$kind"/* || fail "$kind and schema"
done

for golden in "$goldens"/*.jsonl "$goldens"/*.exit; do
    sample=${golden##*/}
    sample=${sample%.exit}
    sample=${sample%.records.jsonl}
    sample=${sample%.packets.jsonl}
    if [[ ! -e $samples/$sample.pcap && ! -e $samples/$sample.pcapng && ! -e $samples/$sample.snoop ]]; then
        if [[ -n $update ]]; then rm -f "$golden"; else fail "${golden#"$SOURCE"/} has no sample"; fi
    fi
done
echo "$count samples, $wrong failures"
((wrong == 0))
