#!/usr/bin/env bash
# The Debian packages: what is in each, and that their times are those of the source. scripts/check_packages installs them.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
for program in dpkg-shlibdeps dpkg-deb cpack; do
    command -v $program >/dev/null || { echo "skipped: no $program" && exit 77; }
done
[[ -n ${LIBRARY-} ]] || { echo 'skipped: this build has no shared library' && exit 77; }

SOURCE_DATE_EPOCH=1700000000 "$SOURCE/scripts/package" --build "$BUILD" --to "$work" >list 2>log || fail "$(tail -n 20 log)"
machine=$(dpkg --print-architecture) place=$(gcc -print-multiarch)
version=$("$TAPLIGHT" --version | awk '{ print $2; exit }')

# has PACKAGE FILE..: these files and no others, but for the documents of each package.
has() {
    local package=$1 deb=${1}_${version}_$machine.deb
    shift
    [[ -e $deb ]] || { fail "there is no $deb: $(cat list)" && return; }
    dpkg-deb -c "$deb" | awk '$1 !~ /^d/ { sub(/^\./, "", $6); print $6 }' | LC_ALL=C sort >found
    printf '%s\n' "$@" "/usr/share/doc/$package/copyright" "/usr/share/doc/$package/changelog.gz" | LC_ALL=C sort >due
    same found due "the files of $package: $(diff found due)"
    dpkg-deb -c "$deb" | grep -vE '^(d|-rwxr-xr-x|l)' | grep -vE '^-rw-r--r-- root/root' >odd
    [[ ! -s odd ]] || fail "$package: modes or owners: $(cat odd)"
    dpkg-deb -c "$deb" | grep -v ' 2023-11-1[45] ' >odd
    [[ ! -s odd ]] || fail "$package: times that are not the source's: $(head -n 3 odd)"
}
pages=()
for page in "$SOURCE"/docs/*.[17]; do pages+=("/usr/share/man/man${page##*.}/$(basename "$page").gz"); done
has taplight /usr/bin/taplight "${pages[@]}" /usr/share/bash-completion/completions/taplight \
    /usr/share/zsh/vendor-completions/_taplight /usr/lib/systemd/system/taplight.service \
    /usr/lib/systemd/system/taplight@.service /usr/share/doc/taplight/examples/taplight.conf
has libtaplight0 "/usr/lib/$place/libtaplight.so.0" "/usr/lib/$place/libtaplight.so.$version"
has libtaplight-dev "/usr/lib/$place/libtaplight.so" "/usr/lib/$place/pkgconfig/taplight.pc" /usr/include/taplight/taplight.h
if [[ -n ${PYTHON_MODULE-} ]]; then
    has python3-taplight /usr/lib/python3/dist-packages/taplight/__init__.py \
        /usr/lib/python3/dist-packages/taplight/_taplight.abi3.so
fi
dpkg-deb -f "libtaplight0_${version}_$machine.deb" Depends | grep -q 'libc6 .*libpcap0.8' || fail 'dependencies of libtaplight0'
! dpkg-deb -f "taplight_${version}_$machine.deb" Depends | grep -q libtaplight0 || fail 'the program needs the library'

dpkg-deb -f "taplight_${version}_$machine.deb" Recommends | grep -q 'libmaxminddb0' || fail 'the program does not recommend libmaxminddb0'
! dpkg-deb -f "taplight_${version}_$machine.deb" Depends | grep -q 'maxmind\|curl' || fail 'the program needs what it loads'

# The program in the package runs, and a program is compiled with what is in the packages.
mkdir root
for deb in *.deb; do dpkg-deb -x "$deb" root; done
root/usr/bin/taplight -q -r "$SOURCE/samples/dns/names.pcap" --count >count || fail 'the program of the package does not run'
if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_PATH=$work/root/usr/lib/$place/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
    # shellcheck disable=SC2046
    cc -o packets "$SOURCE/examples/packets.c" $(pkg-config --cflags --libs taplight) 2>log || fail "$(cat log)"
    LD_LIBRARY_PATH=$work/root/usr/lib/$place ./packets "$SOURCE/samples/dns/names.pcap" >out || fail 'a program of the packages'
    [[ $(wc -l <out) == "$(cat count)" ]] || fail 'packets of a program of the packages'
fi
done_testing
