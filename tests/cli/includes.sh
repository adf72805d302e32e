#!/usr/bin/env bash
# Includes point one way: checks every #include "..." against the table of allowed folders.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

seen_by() {
    case $1 in
    core) echo core ;;
    capture | dissectors | flows | export) echo "$1 core" ;;
    pipeline) echo "pipeline capture dissectors flows export core" ;;
    ui | cli) echo "$1 pipeline capture dissectors flows export core ui include" ;;
    *) echo ;;
    esac
}

# Prints the includes under directory $1 that the table does not allow, one per line.
breaches() {
    local folder file included allowed
    for folder in core capture dissectors flows export pipeline ui cli inject; do
        [[ -d $1/$folder ]] || continue
        allowed=" $(seen_by $folder) "
        while IFS=: read -r file included; do
            [[ $allowed == *" ${included%%/*} "* ]] || echo "${file#"$1"/} includes \"$included\""
        done < <(grep -rHoE --include='*.[ch]' --include='*.def' \
            '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' "$1/$folder" | sed 's/:[^"]*"/:/; s/"$//')
    done
}

breaches "$SOURCE" >found
[[ ! -s found ]] || fail "includes not allowed by the table: $(cat found)"
(($(grep -rlE --include='*.[ch]' '#include "core/' "$SOURCE"/*/ | wc -l) > 20)) ||
    fail 'the check found too few includes'

# The check finds what it must.
mkdir -p tree/core tree/dissectors tree/cli tree/flows
echo '#include "core/bytes.h"' >tree/dissectors/good.c
echo '#include "flows/flow.h"' >tree/dissectors/bad.c
echo '  # include "dissectors/ip.h"' >tree/flows/bad.h
echo '#include "inject/send.h"' >tree/cli/bad.c
echo '#include "bytes.h"' >tree/core/bad.c
breaches tree | sort >found
printf '%s\n' 'cli/bad.c includes "inject/send.h"' 'core/bad.c includes "bytes.h"' \
    'dissectors/bad.c includes "flows/flow.h"' 'flows/bad.h includes "dissectors/ip.h"' >due
same found due 'the check of includes on a tree with four breaches'
done_testing
