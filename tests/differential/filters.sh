#!/usr/bin/env bash
# Display filters: the packets that -Y selects against those that tshark's -Y selects. filters.tsv lists the filters,
# each with the samples it is asked of; filter_generator.awk makes more from a seed. Where the two differ on purpose,
# filters.tsv has the cause in its third column, and the test then wants a difference.
# FILTERS_EVERY=N: every Nth filter (default: a fixed part). FILTERS_MADE=N: so many made ones. CORPUS: captures to ask.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v tshark >/dev/null || { echo 'skipped: tshark is not installed'; exit 77; }
tshark --version 2>/dev/null | grep -q '^TShark (Wireshark) 4\.0\.' || { echo 'skipped: not tshark 4.0'; exit 77; }
export TZ=UTC
every=${FILTERS_EVERY:-10} made=${FILTERS_MADE:-8} seed=${FILTERS_SEED:-1} failed=0 asked=0 n=0

numbers() { # numbers PROGRAM CAPTURE FILTER
    if [[ $1 == tshark ]]; then
        # not -T fields: then tshark 4.0 finds no bytes of tcp after its header
        tshark -n -o 'gui.column.format:"No.","%m"' -r "$2" -Y "$3" 2>err || echo refused
    else
        "$TAPLIGHT" -q -r "$2" -Y "$3" -T fields -e frame.number --no-checksums 2>err || echo refused
    fi
}

ask() { # ask CAPTURE FILTER CAUSE
    ((asked++))
    numbers tshark "$1" "$2" | tr -d " " >theirs
    numbers taplight "$1" "$2" >ours
    if cmp -s ours theirs; then
        [[ -z $3 ]] || echo "no difference any more: $2 on ${1##*/}: remove its cause ($3)"
    elif [[ -z $3 ]]; then
        failed=1
        echo "differs: $2 on ${1##*/}: $(wc -l <ours) packets, tshark $(wc -l <theirs); $(diff ours theirs | head -3 | tr '\n' ' ')"
    fi
}

while IFS=$'\t' read -r captures filter cause; do
    [[ -n $filter && $captures != \#* ]] || continue
    ((n++ % every == 0)) || continue
    for capture in $captures; do
        case $capture in
        corpus/*) capture=${CORPUS:-none}/${capture#corpus/} ;;
        *) capture=$SOURCE/samples/$capture ;;
        esac
        [[ ! -r $capture ]] || ask "$capture" "$filter" "$cause"
    done
done <"$SOURCE/tests/differential/filters.tsv"
while read -r capture filter; do
    ask "$SOURCE/samples/$capture" "$filter" ''
done < <(awk -v seed="$seed" -v count="$made" -f "$SOURCE/tests/differential/filter_generator.awk" </dev/null)
echo "$asked questions"
((failed == 0)) || fail 'filters select other packets than tshark'
done_testing
