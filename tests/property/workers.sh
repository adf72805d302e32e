#!/usr/bin/env bash
# The output does not depend on the number of workers, or on file, pipe or compression; only the meta record names the
# input.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${SOURCE:?the source tree}"
for tool in gzip zstd lz4; do
    command -v "$tool" >/dev/null || {
        echo "no $tool"
        exit 77
    }
done

# Tests one sample; prints differences.
one() {
    local sample=$1 work expected rc=0 got
    work=$(mktemp -d)
    # The first line is meta.
    sum() {
        local rc=0
        "$TAPLIGHT" -q "$@" --json >"$work/out" 2>/dev/null || rc=$?
        echo "$rc $(tail -n +2 "$work/out" | sha256sum) $(wc -l <"$work/out")"
    }
    hold() {
        got=$(sum "${@:2}")
        [[ $got == "$expected" ]] || echo "FAILED: $sample: $1: $got, not $expected"
    }
    expected=$(sum -r "$sample" --workers 0)
    hold '1 worker' -r "$sample" --workers 1
    hold '4 workers' -r "$sample" --workers 4
    hold 'a pipe, 2 workers' -r - --workers 2 < <(cat "$sample")
    hold 'standard input, a file' -r - --workers 0 <"$sample"
    if [[ -s $sample ]]; then
        gzip -c "$sample" >"$work/gz"
        zstd -q -c "$sample" >"$work/zst"
        lz4 -q -c "$sample" >"$work/lz4"
        hold 'gzip' -r "$work/gz" --workers 0
        hold 'zstd, 2 workers' -r "$work/zst" --workers 2
        hold 'lz4, 4 workers' -r "$work/lz4" --workers 4
        hold 'gzip through a pipe' -r - --workers 0 < <(cat "$work/gz")
    fi
    rm -rf "$work"
}
export -f one

# Every thirtieth sample; CORPUS_EVERY=1: all.
every=30
every=${CORPUS_EVERY:-$every}
mapfile -t samples < <(find "$SOURCE/samples" -name '*.pcap' -o -name '*.pcapng' -o -name '*.snoop' | sort | awk "NR % $every == 0")
count=${#samples[@]}
out=$(printf '%s\n' "${samples[@]}" | xargs -P 2 -I{} bash -c 'one {}')
echo "${out:+$out
}$count samples"
[[ -z $out ]] && ((count > 0))
