#!/usr/bin/env bash
# capture_office.sh [OUTDIR] - samples of a printer, an X server, a Subversion server and a KNX gateway, in two network
# namespaces that a veth pair connects. Needs root and (Debian 12): cups-daemon, cups-ipp-utils, xvfb, x11-utils, xauth,
# subversion, knxd, knxd-tools, tcpdump.
out=${1:-samples} ns=tlof net=10.83.0
. "${BASH_SOURCE[0]%/*}/pair.bash"

# --- IPP: a queue, a job, its queue, an operation that the server does not have ---
# ippeveprinter would do, but it does not start without Avahi, not even with -r off.
printer() {
    mkdir "$tmp/cups" "$tmp/cups/ppd" "$tmp/spool" "$tmp/spool/tmp" "$tmp/cache" "$tmp/state"
    chown -R root:lp "$tmp/cups" "$tmp/spool" "$tmp/cache" "$tmp/state"
    chmod 770 "$tmp/spool" "$tmp/spool/tmp" "$tmp/cache" "$tmp/state"
    cat >"$tmp/cups/cups-files.conf" <<END
ServerRoot $tmp/cups
RequestRoot $tmp/spool
TempDir $tmp/spool/tmp
CacheDir $tmp/cache
StateDir $tmp/state
AccessLog $tmp/access
ErrorLog $tmp/error
PageLog $tmp/page
FileDevice Yes
SystemGroup root
END
    cat >"$tmp/cups/cupsd.conf" <<END
Listen 10.83.0.1:631
ServerName printer.example.test
ServerAlias *
Browsing No
DefaultAuthType None
<Location />
Allow all
</Location>
<Policy default>
<Limit All>
Order deny,allow
</Limit>
</Policy>
END
    background a cupsd -f -c "$tmp/cups/cupsd.conf" -s "$tmp/cups/cups-files.conf"
    sleep 2
    printf 'A page of text\n' >"$tmp/page.txt"
    # test NAME OPERATION WHERE ATTRIBUTES
    ipp() {
        cat >"$tmp/$1.test" <<END
{
    NAME "$1"
    OPERATION $2
    GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8
    ATTR naturalLanguage attributes-natural-language en
    ATTR uri printer-uri ipp://10.83.0.1/$3
    ATTR name requesting-user-name someone
    $4
}
END
        in_b ipptool -q -f "$tmp/page.txt" "ipp://10.83.0.1/$3" "$tmp/$1.test"
    }
    ipp add CUPS-Add-Modify-Printer printers/raw 'GROUP printer-attributes-tag
    ATTR uri device-uri file:///dev/null
    ATTR enum printer-state 3
    ATTR boolean printer-is-accepting-jobs true
    ATTR text printer-info "A printer"'
    ipp attributes Get-Printer-Attributes printers/raw 'ATTR keyword requested-attributes all'
    ipp print Print-Job printers/raw 'ATTR name job-name "A page"
    ATTR mimeMediaType document-format application/octet-stream
    GROUP job-attributes-tag
    ATTR integer copies 2
    ATTR rangeOfInteger page-ranges 1-2
    ATTR resolution printer-resolution 600dpi
    FILE $filename'
    ipp jobs Get-Jobs printers/raw 'ATTR keyword which-jobs all
    ATTR keyword requested-attributes job-id,job-name,job-state,time-at-creation'
    ipp odd 0x7777 printers/raw ''
    ipp nowhere Get-Printer-Attributes printers/none ''
}
cap ipp/cups.pcap 'tcp port 631' 1 printer

# --- X11: a client that is let in with a cookie, one that is refused ---
windows() {
    export XAUTHORITY=$tmp/xauth
    xauth -q add 10.83.0.1:3 MIT-MAGIC-COOKIE-1 706c346e7465642d7831312d636f6f6b >/dev/null 2>&1
    background a Xvfb :3 -screen 0 320x200x24 -listen tcp -nolisten unix -auth "$tmp/xauth"
    sleep 2
    in_b env XAUTHORITY="$tmp/xauth" xdpyinfo -display 10.83.0.1:3
    in_b env XAUTHORITY=/dev/null xdpyinfo -display 10.83.0.1:3
}
cap x11/display.pcap 'tcp port 6003' 1 windows

# --- Subversion: a checkout, a commit with a login, a wrong password ---
versions() {
    svnadmin create "$tmp/repo"
    printf '[general]\nanon-access = read\nauth-access = write\npassword-db = passwd\nrealm = test\n' \
        >"$tmp/repo/conf/svnserve.conf"
    printf '[users]\nann = pl4nted-svn\n' >"$tmp/repo/conf/passwd"
    background a svnserve -d --foreground -r "$tmp" --listen-host 10.83.0.1
    sleep 1
    local svn=(env HOME="$tmp" svn --non-interactive --no-auth-cache)
    in_b "${svn[@]}" checkout svn://10.83.0.1/repo "$tmp/work"
    echo one >"$tmp/work/file"
    in_b "${svn[@]}" add "$tmp/work/file"
    in_b "${svn[@]}" commit -m 'One file' --username ann --password pl4nted-svn "$tmp/work"
    in_b "${svn[@]}" log svn://10.83.0.1/repo
    echo two >"$tmp/work/file"
    in_b "${svn[@]}" commit -m 'Two' --username ann --password wrong "$tmp/work"
    in_b "${svn[@]}" ls svn://10.83.0.1/none
}
cap svn/svnserve.pcap 'tcp port 3690' 1 versions

# --- KNXnet/IP: a search, a tunnel and a telegram in it ---
building() {
    background a knxd -e 1.1.1 -E 1.1.10:8 -n Gateway -D -T -R -S224.0.23.12:3671 -u "$tmp/knx-a" -b dummy:
    sleep 2
    background b knxd -e 2.2.2 -E 2.2.10:4 -u "$tmp/knx-b" -b ipt:10.83.0.1
    sleep 2
    in_b knxtool groupswrite "local:$tmp/knx-b" 1/2/3 1
    in_b knxtool groupwrite "local:$tmp/knx-b" 1/2/4 12 34
    in_b python3 - <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.83.0.2", 3700))
s.settimeout(2)
hpai = bytes((8, 1, 10, 83, 0, 2)) + (3700).to_bytes(2, "big")
for kind, to in ((0x0201, "224.0.23.12"), (0x0203, "10.83.0.1")):
    s.sendto(bytes((6, 16)) + kind.to_bytes(2, "big") + bytes((0, 14)) + hpai, (to, 3671))
    try:
        s.recv(1024)
    except OSError:
        pass
END
}
cap knx/knxd.pcap 'udp port 3671' 2 building
