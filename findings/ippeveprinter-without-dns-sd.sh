#!/usr/bin/env bash
# ippeveprinter 2.4.2 (Debian 12, CUPS): `-r off` does not do without DNS-SD.
#
# Input: `ippeveprinter -r off -p PORT NAME` where no Avahi daemon runs. ippeveprinter(1): "-r off: Turns off DNS-SD service
# advertisements entirely." Expected: a printer that listens. Seen: "Error: Unable to initialize DNS-SD." and exit code 1: the
# connection to Avahi is made first, whatever the option says. For a capture of IPP run avahi-daemon, or use cupsd.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=2.4.2-3+deb12u9
missing=$(apt-get install -s --no-install-recommends cups-ipp-utils=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -v '^cups-ipp-utils$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download cups-ipp-utils=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

code=0
# No bus, so no Avahi, also where one runs.
DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/none LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) \
    timeout 10 usr/sbin/ippeveprinter -r off -p 18631 test >out 2>&1 || code=$?
echo "exit code $code: $(cat out)"
[[ $code == 1 && $(cat out) == *'Unable to initialize DNS-SD.'* ]]
