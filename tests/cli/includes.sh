#!/usr/bin/env bash
# Includes run one way: every #include "..." of every room is held against the table of which room may see which, and
# within a room no file includes itself in a circle.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

seen_by() {
    case $1 in
    core) echo core ;;
    capture | dissectors | flows | filter | crypto | codec | inject) echo "$1 core" ;;
    export) echo "export filter core" ;;
    statistics) echo "statistics export filter core" ;;
    decode) echo "decode dissectors flows core" ;;
    pipeline) echo "pipeline $below_pipeline" ;;
    library) echo "library pipeline $below_pipeline include" ;;
    explain) echo "explain decode crypto codec dissectors flows export filter core" ;;
    sinks) echo "sinks export filter core" ;;
    enrich) echo "enrich flows core" ;;
    ui) echo "ui pipeline $below_pipeline explain include" ;;
    cli) echo "cli pipeline $below_pipeline explain ui statistics inject sinks enrich include" ;;
    ui/store) echo ui/store ;;
    ui/tasks) echo ui/tasks ui/store ;;
    ui/screen) echo ui/screen ;;
    ui/panes) echo ui/panes ui/screen ui/tasks ui/store ;;
    ui/view) echo ui/view ui/panes ui/screen ui/tasks ui/store ;;
    *) echo ;;
    esac
}
below_pipeline="decode crypto codec capture dissectors flows export filter core"

# The includes of the files in directory $1: "file" "included", a line each.
includes() {
    grep -rHoE --include='*.[ch]' --include='*.def' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' "$1" |
        sed 's/:[^"]*"/ /; s/"$//'
}

# Prints the includes under directory $1 that the table does not allow, one per line.
breaches() {
    local folder file included allowed
    for folder in core capture dissectors flows filter export crypto codec statistics decode explain pipeline library sinks enrich ui cli inject; do
        [[ -d $1/$folder ]] || continue
        allowed=" $(seen_by $folder) "
        while read -r file included; do
            [[ $allowed == *" ${included%%/*} "* ]] || echo "${file#"$1"/} includes \"$included\""
        done < <(includes "$1/$folder")
    done
    for folder in store tasks screen panes view; do
        [[ -d $1/ui/$folder ]] || continue
        allowed=" $(seen_by ui/$folder) "
        while read -r file included; do
            [[ $included != ui/* || $allowed == *" ${included%/*} "* ]] || echo "${file#"$1"/} includes \"$included\""
        done < <(includes "$1/ui/$folder")
    done
}

# The files of room $2 under directory $1 that include themselves in a circle; a header and its .c are one. What no
# file of the rest includes, or includes no file of the rest, is taken away until nothing is left but circles.
circles() {
    includes "$1/$2" | awk -v tree="$1/" -v room="$2/" '
        {
            from = substr($1, length(tree) + 1); to = $2
            sub(/\.[ch]$/, "", from); sub(/\.[ch]$/, "", to)
            if (index(to, room) == 1 && from != to && !((from, to) in edge)) {
                edge[from, to] = 1; out[from]++; in_[to]++; unit[from]; unit[to]
            }
        }
        END {
            do {
                taken = 0
                for (u in unit) {
                    if (out[u] > 0 && in_[u] > 0)
                        continue
                    for (v in unit) {
                        if ((u, v) in edge) { delete edge[u, v]; in_[v]-- }
                        if ((v, u) in edge) { delete edge[v, u]; out[v]-- }
                    }
                    delete unit[u]
                    taken = 1
                }
            } while (taken)
            for (u in unit)
                print u
        }' | LC_ALL=C sort
}


breaches "$SOURCE" >found
[[ ! -s found ]] || fail "includes that the table does not allow: $(cat found)"
for room in decode pipeline library sinks ui; do
    [[ -d $SOURCE/$room ]] || continue
    circles "$SOURCE" $room >found
    [[ ! -s found ]] || fail "files of $room/ that include themselves in a circle: $(tr '\n' ' ' <found)"
done
(($(grep -rlE --include='*.[ch]' '#include "core/' "$SOURCE"/*/ | wc -l) > 20)) || fail 'hardly any include was seen'

# The check itself sees what it should.
mkdir -p tree/core tree/dissectors tree/cli tree/flows tree/crypto tree/decode tree/ui/store tree/ui/view
echo '#include "core/bytes.h"' >tree/dissectors/good.c
echo '#include "flows/flow.h"' >tree/dissectors/bad.c
echo '  # include "dissectors/ip.h"' >tree/flows/bad.h
echo '#include "inject/send.h"' >tree/ui/view/bad.c
echo '#include "bytes.h"' >tree/core/bad.c
echo '#include "decode/decoder.h"' >tree/crypto/bad.c
printf '#include "%s"\n' flows/flow.h dissectors/ip.h core/bytes.h >tree/decode/good.c
echo '#include "crypto/hash.h"' >tree/decode/bad.c
echo '#include "ui/view/view.h"' >tree/ui/store/bad.h
echo '#include "ui/store/rows.h"' >tree/ui/view/good.c
breaches tree | LC_ALL=C sort >found
printf '%s\n' 'core/bad.c includes "bytes.h"' \
    'crypto/bad.c includes "decode/decoder.h"' 'decode/bad.c includes "crypto/hash.h"' \
    'dissectors/bad.c includes "flows/flow.h"' 'flows/bad.h includes "dissectors/ip.h"' \
    'ui/store/bad.h includes "ui/view/view.h"' 'ui/view/bad.c includes "inject/send.h"' >due
same found due 'the check of includes on a tree with seven breaches'

# a.h - b.c - b.h - c.h - a.h is a circle; top.c and d.h only hang on it, and e.c includes its own header.
mkdir -p circle/ui/store
cd circle/ui/store || fail 'no tree'
echo '#include "ui/store/a.h"' >top.c
echo '#include "ui/store/b.h"' >a.h
printf '#include "ui/store/%s"\n' b.h c.h >b.c
printf '#include "%s"\n' core/bytes.h ui/store/d.h >b.h
echo '#include "ui/store/a.h"' >c.h
echo '#include "core/bytes.h"' >d.h
echo '#include "ui/store/e.h"' >e.c
cd ../../.. || fail 'no tree'
circles circle ui >found
printf 'ui/store/%s\n' a b c >due
same found due 'the check of circles on a tree with one'
echo >circle/ui/store/c.h
circles circle ui >found
[[ ! -s found ]] || fail "a circle in a tree without one: $(cat found)"
done_testing
