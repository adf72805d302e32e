#!/usr/bin/env bash
# Dissectors have no mutable static state: the objects of a plain build have no writable sections.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

build=$(dirname "$TAPLIGHT")
grep -q '^TAPLIGHT_SANITIZE:STRING=$' "$build/CMakeCache.txt" || exit 77 # one build is enough
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
command -v "$compiler" >/dev/null && command -v objdump >/dev/null || exit 77

# Prints the non-empty writable sections of an object. Constants with pointers (.data.rel.ro) do not count.
writable() {
    objdump -hw "$1" | awk -v object="$(basename "$1")" '
        $2 ~ /^\.(data|bss|tdata|tbss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ { print object ": " $2 " 0x" $3 }'
}

mkdir objects
compile() {
    "$compiler" -std=c11 -D_GNU_SOURCE -O0 -fno-common -fno-lto -I"$SOURCE" -include "$SOURCE/core/poison.h" \
        -c "$1" -o "objects/$(basename "$1" .c).o" || echo "$1"
}
export -f compile
export compiler
find "$SOURCE/dissectors" -name '*.c' -print0 | xargs -0 -P 2 -I{} bash -c 'compile {}' >not-compiled
[[ ! -s not-compiled ]] || fail "these do not compile: $(cat not-compiled)"
(($(find objects -name '*.o' | wc -l) == $(find "$SOURCE/dissectors" -name '*.c' | wc -l))) ||
    fail 'two dissectors have a file of the same name'
for object in objects/*.o; do writable "$object"; done >found
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
seen=$(writable objects/state.o | wc -l)
((seen == 2)) || fail "found $seen of 2 mutable variables"
done_testing
