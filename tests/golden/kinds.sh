#!/usr/bin/env bash
# Kinds of behaviour, each in several variants (other ports, IPv6, VLAN tags, cut, split, one side alone, out of order):
# runs the program for each row of kinds.tsv and looks for the right value.
#
# Columns of the table, separated by tabs:
#   kind, variant   in words
#   input           a capture below samples/; or a test script or unit test, which must contain the texts
#   changes         modes of taplight-mangle with their number, applied in turn; write pcap|pcapng: by the program with
#                   -w; zstd WINDOW (power of two), lz4 LEVEL; skippable BYTES: a frame before; -: none
#   options         of the program, which reads the capture; -: --json
#   lines           how many lines of the output have every text of the last column; +: at least one
#   texts           separated by " ; ". A number at the end of a text ends there in the line too. Standard error and the
#                   line "exit N" are part of the output.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${MANGLE:?the path of taplight-mangle}" "${SOURCE:?the source tree}"
export TZ=UTC LC_ALL=C
table=${KINDS:-$SOURCE/tests/golden/kinds.tsv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# Rows with the same capture and options share a run: $work/runs lists these with the name of the output.
awk -F '\t' -v OFS='\t' '
    /^#/ || NF == 0 { next }
    NF != 7 { print "FAILED: " FILENAME ":" FNR ": " NF " columns" >"/dev/stderr"; wrong = 1; next }
    {
        run = $3 OFS $4 OFS $5
        if (!(run in name)) {
            name[run] = ++runs
            print runs, $3, $4, $5 >"runs"
        }
        print "out." name[run], FNR, $1, $2, $3 " " $4 " " $5, $6, $7 >"rows"
    }
    END { exit wrong }' "$table" || exit 1

# change IN CHANGES..: prints the name of the changed capture.
change() {
    local in=$1 out
    shift
    while (($# > 0)); do
        out=$work/changed.$(($# % 4)).pcap
        case $1 in
            write)
                out=${out%.pcap}.$2
                "$TAPLIGHT" -q -r "$in" --workers 0 -w "$out" 2>/dev/null # damaged input: what is before the damage
                ;;
            # From a pipe: the whole window is declared, because the size is not known.
            zstd) zstd -q -1 --long="$2" -c <"$in" >"$out" || return 1 ;;
            lz4) lz4 -q -"$2" -c <"$in" >"$out" || return 1 ;;
            skippable)
                { printf "\\x50\\x2a\\x4d\\x18\\x$(printf %02x $(($2 % 256)))\\x$(printf %02x $(($2 / 256 % 256)))\\x$(
                    printf %02x $(($2 / 65536)))\\0" && head -c "$2" /dev/zero && cat "$in"; } >"$out" || return 1
                ;;
            *) "$MANGLE" "$in" "$out" "$1" "$2" || return 1 ;;
        esac
        in=$out
        shift 2
    done
    echo "$in"
}

while IFS=$'\t' read -r -u 3 number input changes options; do
    if [[ $input == tests/* ]]; then
        ln -s "$SOURCE/$input" "out.$number"
        continue
    fi
    [[ $changes == - ]] && changes=
    [[ $options == - ]] && options=--json
    # shellcheck disable=SC2086 # words
    capture=$(change "$SOURCE/samples/$input" $changes) || exit 1
    rc=0
    eval "options=($options)"
    "$TAPLIGHT" -r "$capture" --workers 0 "${options[@]}" >"out.$number" 2>err </dev/null || rc=$?
    { cat err; echo "exit $rc"; } >>"out.$number"
done 3<runs

awk -F '\t' '
    # Returns true if the line has the text. What ends with a digit is a whole number.
    function has(line, text,    at, end, rest) {
        end = text ~ /[0-9]$/
        rest = line
        while ((at = index(rest, text)) > 0) {
            rest = substr(rest, at + length(text))
            if (!end || rest !~ /^[0-9.]/)
                return 1
        }
        return 0
    }
    function load(file,    line) {
        lines = 0
        while ((getline line <file) > 0)
            output[++lines] = line
        close(file)
        loaded = file
    }
    {
        if ($1 != loaded)
            load($1)
        count = split($7, texts, / ; /)
        found = 0
        for (i = 1; i <= lines; i++) {
            for (k = 1; k <= count && has(output[i], texts[k]); k++)
                continue
            found += k > count
        }
        rows++
        variants[$3]++
        if (($6 == "+" && found == 0) || ($6 != "+" && found != $6)) {
            printf "FAILED: row %d, %s, %s: %s: %d lines with: %s\n", $2, $3, $4, $5, found, $7
            wrong++
        }
    }
    END {
        for (kind in variants) {
            kinds++
            if (variants[kind] < 5) {
                print "FAILED: " kind ": only " variants[kind] " variants"
                wrong++
            }
        }
        print rows + 0 " variants of " kinds + 0 " kinds, " wrong + 0 " failures"
        exit wrong > 0 || rows == 0
    }' rows
