#!/usr/bin/env bash
# Includes run one way: every #include "..." of every folder is held against the table of who may see whom.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

seen_by() {
    case $1 in
    core) echo core ;;
    capture | dissectors | flows | export) echo "$1 core" ;;
    decode) echo "decode dissectors flows core" ;;
    crypto) echo "crypto core" ;;
    pipeline) echo "pipeline capture decode dissectors flows export core" ;;
    ui | cli) echo "$1 pipeline capture decode dissectors flows export core ui include" ;;
    *) echo ;;
    esac
}

# The includes under directory $1 that the table does not allow, a line each.
breaches() {
    local folder file included allowed
    for folder in core crypto capture dissectors flows export decode pipeline ui cli inject; do
        [[ -d $1/$folder ]] || continue
        allowed=" $(seen_by $folder) "
        while IFS=: read -r file included; do
            [[ $allowed == *" ${included%%/*} "* ]] || echo "${file#"$1"/} includes \"$included\""
        done < <(grep -rHoE --include='*.[ch]' --include='*.def' \
            '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' "$1/$folder" | sed 's/:[^"]*"/:/; s/"$//')
    done
}

breaches "$SOURCE" >found
[[ ! -s found ]] || fail "includes that the table does not allow: $(cat found)"
(($(grep -rlE --include='*.[ch]' '#include "core/' "$SOURCE"/*/ | wc -l) > 20)) || fail 'hardly any include was seen'

# The check itself sees what it should.
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
