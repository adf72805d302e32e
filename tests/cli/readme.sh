#!/usr/bin/env bash
# The examples of the README: each command that stands there with its output gives this output. Those that capture stand
# there without.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v jq >/dev/null || { echo 'skipped: jq is not installed'; exit 77; }
ln -s "$SOURCE/samples" samples
export TZ=UTC
PATH=${TAPLIGHT%/*}:$PATH
# One file a command: the command, and what it prints. Its lines are indented, and a command goes on after a |.
awk '
    /^    \$ / { n++; file = sprintf("example-%02d", n); command = substr($0, 7); open = 1; print command > (file ".sh")
                 goes_on = command ~ /\|$/; next }
    open && /^    / && goes_on { print substr($0, 5) > (file ".sh"); goes_on = $0 ~ /\|$/; next }
    open && /^    / { print substr($0, 5) > (file ".right"); next }
    { open = 0 }' "$SOURCE/README.md"
sed -i "s|/tmp/|$PWD/|g" example-*.sh
count=0
for example in example-*.sh; do
    example=${example%.sh}
    [[ -e $example.right ]] || : >"$example.right"
    # The text there has no CR of CSV, and no empty line at the end.
    bash "$example.sh" 2>"$example.err" </dev/null | tr -d '\r' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$example.out"
    cmp -s "$example.right" "$example.out" ||
        fail "the README's $(head -n 1 "$example.sh"): $(diff "$example.right" "$example.out" | head -n 5) $(head -n 2 "$example.err")"
    count=$((count + 1))
done
((count >= 15)) || fail "only $count examples in the README"
done_testing
