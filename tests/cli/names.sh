#!/usr/bin/env bash
# A name is one thing: no tag of a struct, union or enum is defined in two files. Tags without tl_ in a .c file are the
# file's own.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# The tags that are defined twice in the rooms under directory $1, with their files, a line each.
doubles() {
    local rooms=() room
    for room in core capture dissectors flows export crypto codec decode explain pipeline library sinks enrich ui cli inject include; do
        [[ ! -d $1/$room ]] || rooms+=("$room")
    done
    (cd "$1" && grep -rHoE --include='*.[ch]' '\b(struct|union|enum)[[:space:]]+[A-Za-z_0-9]+[[:space:]]*\{' "${rooms[@]}") |
        sed -E 's/:(struct|union|enum)[[:space:]]+([A-Za-z_0-9]+).*/ \2/' | awk '
        $1 ~ /\.c$/ && $2 !~ /^tl_/ { next }
        { count[$2]++; files[$2] = files[$2] " " $1 }
        END {
            for (tag in count)
                if (count[tag] > 1)
                    print tag ":" files[tag]
        }' | LC_ALL=C sort
}

doubles "$SOURCE" >found
[[ ! -s found ]] || fail "tags that are defined twice: $(cat found)"
(($(grep -rhoE --include='*.h' '^struct tl_[a-z_0-9]+ \{' "$SOURCE"/*/ | wc -l) > 50)) || fail 'hardly any tag was seen'

# The check itself sees what it should.
mkdir -p tree/core tree/ui/store
printf 'struct tl_key {\nstruct tl_other *next;\n};\nenum tl_kind { A };\n' >tree/core/key.h
printf 'struct tl_key {\n};\nstruct entry {\n};\n' >tree/ui/store/keys.c
printf 'struct entry {\n};\nstruct tl_other;\n' >tree/ui/store/entries.c
printf 'enum tl_kind { B };\n' >tree/ui/store/kind.h
doubles tree | sed -E 's/:.*//' >found
printf '%s\n' tl_key tl_kind >due
same found due 'the check of names on a tree with two doubles'
done_testing
