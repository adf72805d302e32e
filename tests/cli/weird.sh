#!/usr/bin/env bash
# Every anomaly that can be recorded stands in docs/PROTOCOLS.md, and nothing else does.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# The tables of the dissectors, and how many rows they have.
grep -rlE '^static const struct tl_weird_name ' --include='*.c' "$SOURCE/dissectors" | sort >files
mapfile -t files <files
((${#files[@]} > 0)) || fail 'no dissector lists anomalies'
sed -n '/^static const struct tl_weird_name /,/^};/p' "${files[@]}" >tables
sed -n 's/^ *\[[A-Z0-9_]*\] = { "\([a-z0-9_]*\)",.*/\1/p' tables | sort >listed
sed -n '/^## Anomalies/,/^## [^A]/s/^| `\([a-z0-9_]*\)` |.*/\1/p' "$SOURCE/docs/PROTOCOLS.md" | sort >documented
(($(grep -c '^ *\[' tables) == $(wc -l <listed))) || fail 'a row of a table of anomalies was not understood'
(($(grep -rc 'TL_WEIRDS(' --include='*.c' "$SOURCE/dissectors" | awk -F: '{ n += $2 } END { print n }') == ${#files[@]})) ||
    fail 'a table of anomalies was not found'
[[ -z $(uniq -d listed) ]] || fail "two anomalies have one name: $(uniq -d listed)"
same listed documented 'the tables of dissectors/ and docs/PROTOCOLS.md'
done_testing
