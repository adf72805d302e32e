#!/usr/bin/env bash
# guard.sh TOOLS DIR FILE ACTION NOTE ORIGIN COPIES CAPTURE...: measures instructions and memory of TOOLS/taplight on
# six inputs, made in DIR. ACTION "compare" compares them with FILE (exit code 1: they grew); "record" writes FILE.
# The input "mix" is COPIES copies of the captures; ORIGIN is "corpus" or "samples". scripts/bench --guard runs this.
set -euo pipefail
export LC_ALL=C
tools=$1 dir=$2 file=$3 action=$4 note=$5 origin=$6 copies=$7
captures=("${@:8}")
workloads=(mix campus flows-1000 flows-100000 streams mail)
most_instructions=1.02 most_memory=1.05

die() {
    echo "guard: $*" >&2
    exit 1
}
mkdir -p "$dir"
cd "$dir" # relative names: the length of a path costs instructions

# make NAME GENERATOR ARGUMENT...: makes NAME.pcap and NAME.packets. In every run: a changed generator is detected.
make() {
    local name=$1 generator=$2
    shift 2
    "$tools/bench_$generator" "$name.pcap" "$@" | cut -d ' ' -f 1 >"$name.packets" || die "could not make $name"
}
make mix amplify "$copies" "${captures[@]}"
make campus campus 1500 1
make flows-1000 flows 200000 1000 1
make flows-100000 flows 200000 100000 1
make streams streams bytes 30000 body 40000000 pipeline 20000 header 16384 mime 1000
make mail mail 800 1

# A fixed environment and a fixed hash seed (seed.c). Valgrind has no SHA extensions: switch them off by name too.
fixed=(env -i LC_ALL=C PATH="$PATH" OPENSSL_ia32cap=":~0x20000000" LD_PRELOAD="$tools/bench_seed")

# instructions WORKLOAD: as callgrind counts them; keeps its file for callgrind_annotate.
instructions() {
    local out=$1.callgrind
    "${fixed[@]}" valgrind --tool=callgrind --callgrind-out-file="$out" \
        "$tools/taplight" -q -r "$1.pcap" --json --workers 0 >/dev/null 2>"$1.log" ||
        die "taplight failed under valgrind: see $dir/$1.log"
    sed -n 's/^totals: \([0-9]*\).*/\1/p' "$out"
}
memory() {
    "${fixed[@]}" "$tools/bench_peak" "$tools/taplight" -q -r "$1.pcap" --json --workers 0 ||
        die "taplight failed on $dir/$1.pcap"
}

versions() {
    local libc openssl
    libc=$(ldd --version | head -n 1) openssl=$(openssl version 2>/dev/null | cut -d ' ' -f 1-2) || true
    echo "$(valgrind --version), ${libc#ldd }, ${openssl:-OpenSSL unknown}"
}

# measure WORKLOAD: prints a line of FILE.
measure() {
    local count kib sum
    count=$(instructions "$1") || exit 1
    kib=$(memory "$1") || exit 1
    sum=$(sha256sum "$1.pcap")
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(cat "$1.packets")" "$(stat -c %s "$1.pcap")" "${sum%% *}" "$count" "$kib"
}

if [[ $action == record ]]; then
    {
        echo "# Written by scripts/bench --guard --record: the costs of \`taplight -r FILE --json --workers 0\`."
        echo "# program: $("$tools/taplight" --version | head -n 1)${note:+, $note}"
        echo "# mix: $copies x ${#captures[@]} captures of the $origin"
        echo "# measured with: $(versions)"
        printf 'workload\tpackets\tbytes\tsha256\tinstructions\tanonymous_kib\n'
        for workload in "${workloads[@]}"; do
            measure "$workload"
        done
    } >guard.tsv
    cp guard.tsv "$file"
    grep -v '^#' "$file" | cut -f 1-3,5-
    exit
fi

[[ -r $file ]] || die "there is no $file: write it with scripts/bench --guard --record"
# The columns: workload, packets; instructions recorded, now, ratio; memory recorded, now, ratio; verdict.
format='%-13s %8s %14s %14s %7s %10s %10s %7s  %s\n'
# shellcheck disable=SC2059
printf "$format" workload packets "instructions:" now ratio "anon KiB:" now ratio ''
failed=0
for workload in "${workloads[@]}"; do
    IFS=$'\t' read -r _ packets _ sum count kib < <(measure "$workload")
    recorded=$(awk -F'\t' -v name="$workload" '$1 == name' "$file")
    IFS=$'\t' read -r _ _ _ old_sum old_count old_kib <<<"$recorded"
    if [[ -z $recorded || $sum != "$old_sum" ]]; then
        verdict="FAILED: the input changed"
        [[ $recorded ]] || verdict="FAILED: not recorded"
        if [[ $workload == mix && $origin == samples ]]; then
            verdict="not compared: no corpus, made from samples/"
        else
            failed=1
        fi
        # shellcheck disable=SC2059
        printf "$format" "$workload" "$packets" "${old_count:--}" "$count" - "${old_kib:--}" "$kib" - "$verdict"
        continue
    fi
    read -r more ratio memory_ratio verdict < <(awk -v a="$old_count" -v b="$count" -v m="$old_kib" -v n="$kib" \
        -v most="$most_instructions" -v memory="$most_memory" 'BEGIN {
            if (b > a * most) why = "more instructions"
            if (n > m * memory) why = why (why == "" ? "" : ", ") "more memory"
            print why != "", sprintf("%.4f %.3f", b / a, n / m), why == "" ? "ok" : "FAILED: " why }')
    ((!more)) || failed=1
    # shellcheck disable=SC2059
    printf "$format" "$workload" "$packets" "$old_count" "$count" "$ratio" "$old_kib" "$kib" "$memory_ratio" "$verdict"
done
((!failed)) || die "the limits are $most_instructions x the instructions and $most_memory x the memory;" \
    "see where they grew with callgrind_annotate $dir/NAME.callgrind"
