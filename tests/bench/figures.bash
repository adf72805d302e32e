# figures.bash - statistics of the runs that scripts/bench recorded in $runs, a file for each row. Sourced by it.
# shellcheck shell=bash disable=SC2154

# figures RUN WHAT: prints one number for each round.
figures() {
    awk -v what="$2" '{ v["cpu"] = $1 + $2; v["wall"] = $3; v["anon"] = $4; v["rss"] = $5; v["first"] = $6
                        printf "%.0f\n", v[what] }' "$runs/$1"
}
# spread: prints median, minimum and maximum of the numbers on standard input.
spread() {
    sort -g | awk '{ v[NR] = $1 }
        END { h = int((NR + 1) / 2); printf "%.9g %.9g %.9g\n", (v[h] + v[NR - h + 1]) / 2, v[1], v[NR] }'
}
median() { figures "$1" "$2" | spread | cut -d ' ' -f 1; }
least() { figures "$1" "$2" | sort -g | head -n 1; }
most() { figures "$1" "$2" | sort -g | tail -n 1; }
# ratio A B WHAT: divides A by B for each round (a shorter list repeats its last): median, minimum, maximum.
ratio() {
    paste <(figures "$1" "$3") <(figures "$2" "$3") |
        awk -F'\t' '{ if ($1 != "") a = $1; if ($2 != "") b = $2; print a / b }' | spread
}
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
