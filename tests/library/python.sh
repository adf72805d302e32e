#!/usr/bin/env bash
# The module of Python against the program, and that it stays within the stable ABI.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
if [[ -z ${PYTHON_MODULE-} ]]; then
    echo 'skipped: the module was not built: there is no Python.h (python3-dev), or this build has sanitizers'
    exit 77
fi
module=$PYTHON_MODULE/taplight/_taplight.abi3.so
nm -D --defined-only "$module" | awk '{ print $3 }' >found
[[ $(cat found) == PyInit__taplight ]] || fail "other names are public: $(cat found)"
PYTHONPATH=$PYTHON_MODULE PYTHONDONTWRITEBYTECODE=1 SOURCE=$SOURCE \
    python3 -X faulthandler "$SOURCE/tests/python/test_taplight.py" >log 2>&1 || fail "$(tail -n 40 log)"
grep -E '^(Ran|OK)' log
done_testing
