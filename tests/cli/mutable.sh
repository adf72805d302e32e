#!/usr/bin/env bash
# Dissectors have no mutable static state: the objects of a plain build have no writable sections.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

build=$(dirname "$TAPLIGHT")
grep -q '^TAPLIGHT_SANITIZE:STRING=$' "$build/CMakeCache.txt" || exit 77 # one build is enough
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
command -v "$compiler" >/dev/null && command -v objdump >/dev/null || exit 77

# Prints the non-empty writable sections of objects. Constants with pointers (.data.rel.ro) do not count.
writable() {
    objdump -hw "$@" | awk '
        / file format / { object = $1 }
        $2 ~ /^\.(data|bss|tdata|tbss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ { print object " " $2 " 0x" $3 }'
}

compile() {
    "$compiler" -std=c11 -D_GNU_SOURCE -O1 -fno-common -fno-lto -I"$SOURCE" -include "$SOURCE/core/poison.h" \
        -c "$1" -o "$(basename "$1" .c).o"
}
# The objects of the build have machine code, also where they are linked with optimisation (-ffat-lto-objects).
mapfile -t objects < <(cd "$SOURCE" && find dissectors -name '*.c' | sed "s|^|$build/CMakeFiles/taplight_dissectors.dir/|; s|\$|.o|")
for object in "${objects[@]}"; do [[ -s $object ]] || fail "the build has no $object"; done
writable "${objects[@]}" >found
[[ ! -s found ]] || fail "mutable data in dissectors: $(cat found)"

# The check finds what it must.
cat >state.c <<'END'
int count(void);
int count(void)
{
    static int n, m = 3;
    static const int k = 4;
    return n++ + m-- + k;
}
END
compile ./state.c
seen=$(writable state.o | wc -l)
((seen == 2)) || fail "found $seen of 2 mutable variables"
done_testing
