#!/usr/bin/env bash
# docs/LIBRARY.md is current, and every function of the header is in the map and documented.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
"$SOURCE/scripts/library_page" --check >found 2>&1 || fail "$(tail -n 20 found)"
sed -n 's/^TAPLIGHT_API.*[ *]\(taplight_[a-z_]*\)(.*/\1/p' "$SOURCE/include/taplight/taplight.h" | LC_ALL=C sort >declared
(($(wc -l <declared) > 40)) || fail "hardly any function was seen: $(wc -l <declared)"
while read -r name; do
    grep -q "$name(" "$SOURCE/docs/LIBRARY.md" || fail "$name is not in docs/LIBRARY.md"
done <declared

# The header is one for C and for C++, alone.
echo '#include <taplight/taplight.h>' >alone.c
cc -std=c11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only -I"$SOURCE/include" alone.c || fail 'the header does not stand alone'
if command -v c++ >/dev/null; then
    c++ -x c++ -std=c++11 -Wall -Werror -fsyntax-only -I"$SOURCE/include" alone.c || fail 'the header is not for C++'
fi

# Nothing but the functions of the header is public, and the library needs nothing of the program's.
if [[ -n ${LIBRARY-} ]]; then
    nm -D --defined-only "$LIBRARY" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >public
    same public declared 'the public names of the library'
    objdump -p "$LIBRARY" >found
    grep -q 'SONAME  *libtaplight.so.0' found || fail 'the name of the library is another one'
    ! grep -qE 'NEEDED.*(ncurses|libnet|cap-ng|json-c)' found || fail "the library needs more than decoding does: $(grep NEEDED found)"
fi
done_testing
