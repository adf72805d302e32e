#!/usr/bin/env bash
# Display filters: the packets that ours select against those that tshark's select: filters.py. FILTERS_ALL=1 asks all
# filters of 200 captures of the corpus, FILTERS_MADE and FILTERS_SEED say how many are made from which seed.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v tshark >/dev/null || { echo 'skipped: tshark is not installed'; exit 77; }
tshark --version 2>/dev/null | grep -q '^TShark (Wireshark) 4\.0\..*' || { echo 'skipped: not tshark 4.0'; exit 77; }
tshark --version 2>/dev/null | grep -qi 'with lua' || { echo 'skipped: a tshark without Lua'; exit 77; }
all=''
if [[ -n ${FILTERS_ALL-} ]]; then
    all=--all
    [[ -d ${CORPUS-} ]] || { echo 'skipped: no corpus'; exit 77; }
fi
python3 "$SOURCE/tests/differential/filters.py" $all || fail 'filters select other packets than tshark'
done_testing
