#!/usr/bin/env bash
# capture_lan.sh [OUTDIR] - samples of protocols of local networks, by real programs in two network namespaces that a veth pair
# connects. Needs root and (Debian 12): lldpd, freeradius, freeradius-utils, kea-dhcp6-server, isc-dhcp-client, samba, linuxptp,
# inetutils-telnetd, inetutils-telnet, tigervnc-standalone-server, hostapd, wpasupplicant, python3, tcpdump.
out=${1:-samples} ns=tllan net=10.79.0
. "${BASH_SOURCE[0]%/*}/pair.bash"
in_b ip -6 addr add 2001:db8:79::2/64 dev tb nodad
# for_a_while a|b SECONDS COMMAND..
for_a_while() { local side=$1 n=$2; shift 2; "in_$side" timeout "$n" "$@" >"$tmp/while" 2>&1; }

# --- discovery, spanning tree ---
neighbours() {
    printf 'configure system hostname sw1.lan.test\nconfigure system description "Test switch"\n' >"$tmp/lldpd.conf"
    printf 'configure lldp tx-interval 1\nconfigure med fast-start enable\n' >>"$tmp/lldpd.conf"
    for_a_while a 5 lldpd -d -cc -M 4 -S 'Test switch 1.0' -P 'TL-1' -u "$tmp/lldpd.sock" -I ta -O "$tmp/lldpd.conf"
}
cap lan/lldpd.pcap 'ether proto 0x88cc or ether dst 01:00:0c:cc:cc:cc' 1 neighbours

spanning() {
    in_a ip link add br0 type bridge stp_state 1 priority 4096 hello_time 100 forward_delay 400
    in_a ip link set ta master br0
    in_a ip link set br0 up
    sleep 5
    in_a ip link del br0
    in_a ip addr replace 10.79.0.1/24 dev ta
}
cap lan/bridge-stp.pcap 'stp' 0 spanning

# --- EAP over LAN: hostapd's wired driver and its own server, EAP-MD5 then PEAP is refused ---
eapol() {
    cat >"$tmp/hostapd.conf" <<END
interface=tb
driver=wired
ieee8021x=1
eap_server=1
eap_user_file=$tmp/eap_users
use_pae_group_addr=1
END
    printf '"alice"\tMD5\t"wonderland"\n' >"$tmp/eap_users"
    cat >"$tmp/wpa.conf" <<END
ap_scan=0
network={
    key_mgmt=IEEE8021X
    eap=MD5
    identity="alice"
    password="wonderland"
    eapol_flags=0
}
END
    background b hostapd "$tmp/hostapd.conf"
    sleep 1
    for_a_while a 5 wpa_supplicant -D wired -i ta -c "$tmp/wpa.conf"
    kill "${pids[-1]}"
}
cap lan/eapol-md5.pcap 'ether proto 0x888e' 1 eapol

# --- RADIUS ---
radius() {
    cp -r /etc/freeradius/3.0 "$tmp/raddb"
    printf 'alice\tCleartext-Password := "wonderland"\n\tReply-Message := "Hello, %%{User-Name}",\n\tFramed-IP-Address := 10.79.0.50\n' \
        >"$tmp/raddb/mods-config/files/authorize"
    printf 'client lan {\n\tipaddr = 10.79.0.0/24\n\tsecret = testing123\n}\n' >>"$tmp/raddb/clients.conf"
    rm -f "$tmp/raddb/mods-enabled/eap" "$tmp/raddb/sites-enabled/inner-tunnel"
    sed -i 's/^\teap {$/\tok_eap {/' "$tmp/raddb/sites-available/default"
    sed -i '/ok_eap {/,/^\t}/d; s/^\teap$//; s/^\t\teap$//' "$tmp/raddb/sites-available/default"
    sed -i 's/^\tuser = freerad/\tuser = root/; s/^\tgroup = freerad/\tgroup = root/' "$tmp/raddb/radiusd.conf"
    background b freeradius -f -X -d "$tmp/raddb"
    sleep 4
    in_a radtest alice wonderland 10.79.0.2 7 testing123
    in_a radtest alice looking-glass 10.79.0.2 7 testing123
    in_a radtest -t chap alice wonderland 10.79.0.2 7 testing123
    in_a radtest -t mschap alice wonderland 10.79.0.2 7 testing123
    printf 'User-Name=alice\nAcct-Status-Type=Start\nAcct-Session-Id=lan-1\nNAS-IP-Address=10.79.0.1\n' |
        in_a radclient 10.79.0.2 acct testing123
    kill "${pids[-1]}"
}
cap radius/freeradius.pcap 'udp port 1812 or udp port 1813' 1 radius

# --- DHCPv6 with a prefix: Kea and dhclient ---
prefix() {
    cat >"$tmp/kea6.conf" <<END
{ "Dhcp6": { "interfaces-config": { "interfaces": [ "tb" ] },
  "lease-database": { "type": "memfile", "persist": false },
  "server-id": { "type": "LL", "persist": false },
  "option-data": [ { "name": "dns-servers", "data": "2001:db8:79::53" },
                   { "name": "domain-search", "data": "lan.test" } ],
  "subnet6": [ { "subnet": "2001:db8:79::/64", "interface": "tb", "pools": [ { "pool": "2001:db8:79::100-2001:db8:79::1ff" } ],
                 "pd-pools": [ { "prefix": "2001:db8:8000::", "prefix-len": 40, "delegated-len": 56 } ] } ],
  "loggers": [ { "name": "kea-dhcp6", "output_options": [ { "output": "stdout" } ], "severity": "INFO" } ] } }
END
    printf 'send fqdn.fqdn "pc1.lan.test.";\n' >"$tmp/dhclient.conf"
    KEA_LOCKFILE_DIR=$tmp KEA_PIDFILE_DIR=$tmp background b kea-dhcp6 -c "$tmp/kea6.conf"
    sleep 3
    in_a timeout 15 dhclient -6 -1 -v -N -P -D LL -cf "$tmp/dhclient.conf" -lf "$tmp/leases6" -pf "$tmp/dhc6.pid" -sf /bin/true ta
    in_a timeout 10 dhclient -6 -r -N -P -D LL -cf "$tmp/dhclient.conf" -lf "$tmp/leases6" -pf "$tmp/dhc6.pid" -sf /bin/true ta
    kill "${pids[-1]}"
}
cap dhcpv6/kea-prefix.pcap 'udp port 546 or udp port 547' 1 prefix

# --- NetBIOS names ---
netbios() {
    printf '[global]\nnetbios name = FILER\nworkgroup = LANTEST\ninterfaces = tb\nbind interfaces only = yes\n' >"$tmp/smb.conf"
    printf 'private dir = %s\nlock directory = %s\nstate directory = %s\ncache directory = %s\npid directory = %s\n' \
        "$tmp" "$tmp" "$tmp" "$tmp" "$tmp" >>"$tmp/smb.conf"
    printf '[global]\nnetbios name = CLIENT\nworkgroup = LANTEST\ninterfaces = ta\nbind interfaces only = yes\nlock directory = %s\n' \
        "$tmp" >"$tmp/client.conf"
    background b nmbd -F --no-process-group -s "$tmp/smb.conf" -l "$tmp"
    sleep 3
    in_a nmblookup -s "$tmp/client.conf" -B 10.79.0.255 FILER
    in_a nmblookup -s "$tmp/client.conf" -B 10.79.0.255 NOBODY
    in_a nmblookup -s "$tmp/client.conf" -A 10.79.0.2
    kill "${pids[-1]}"
}
cap netbios/nmbd.pcap 'udp port 137 or udp port 138' 1 netbios

# --- PTP ---
ptp() {
    background b ptp4l -i tb -4 -S -m --priority1 100
    sleep 1
    for_a_while a 14 ptp4l -i ta -4 -S -m -s
    kill "${pids[-1]}"
}
cap ptp/ptp4l.pcap 'udp port 319 or udp port 320' 0 ptp
ptp_ethernet() {
    background b ptp4l -i tb -2 -P -S -m --priority1 100
    for_a_while a 9 ptp4l -i ta -2 -P -S -m -s
    kill "${pids[-1]}"
}
cap ptp/ptp4l-ethernet.pcap 'ether proto 0x88f7' 0 ptp_ethernet

# --- Telnet: inetutils' server starts a program that asks as login(1) does ---
telnet_session() {
    cat >"$tmp/login.sh" <<'END'
#!/bin/bash
printf 'lan.test login: '; read -r user
printf 'Password: '; stty -echo; read -r word; stty echo; echo
if [[ $word != wonderland ]]; then echo 'Login incorrect'; printf 'lan.test login: '; read -r user
printf 'Password: '; stty -echo; read -r word; stty echo; echo; fi
echo "Last login: Mon Jan  2 03:04:05 from 10.79.0.1"
printf '$ '; read -r line; echo "bye, $user"
END
    chmod 755 "$tmp/login.sh"
    cat >"$tmp/serve.py" <<END
import os, socket
s = socket.create_server(("10.79.0.2", 23))
c, _ = s.accept()
os.dup2(c.fileno(), 0); os.dup2(c.fileno(), 1)
os.execv("/usr/sbin/telnetd", ["telnetd", "-h", "-E", "$tmp/login.sh"])
END
    background b python3 "$tmp/serve.py"
    for _ in {1..100}; do in_b grep -q ':0017 .* 0A ' /proc/net/tcp && break; sleep 0.2; done
    (sleep 2; echo alice; sleep 1; echo looking-glass; sleep 1; echo alice; sleep 1; echo wonderland; sleep 1; echo exit; sleep 1) |
        in_a timeout 12 telnet 10.79.0.2
}
cap telnet/inetutils.pcap 'tcp port 23' 1 telnet_session

# --- VNC: the server of TigerVNC, a client that logs in with a wrong response, then without a password ---
vnc() {
    cat >"$tmp/vnc.py" <<'END'
import socket, sys
def session(port, choose):
    s = socket.create_connection(("10.79.0.2", port), timeout=5)
    s.recv(12); s.sendall(b"RFB 003.008\n")
    n = s.recv(1)[0]; s.recv(n)
    s.sendall(bytes([choose]))
    if choose == 2:
        s.recv(16); s.sendall(bytes(range(16)))
    s.recv(4)
    if choose == 1:
        s.sendall(b"\x01"); s.recv(200)
    else:
        s.recv(200)
    s.close()
session(5901, 1)
session(5902, 2)
END
    printf 'wonder\n' | vncpasswd -f >"$tmp/vncpw"
    HOME=$tmp background b Xtigervnc :1 -rfbport 5901 -geometry 640x480 -SecurityTypes None -desktop lan-test
    HOME=$tmp background b Xtigervnc :2 -rfbport 5902 -geometry 640x480 -SecurityTypes VncAuth -PasswordFile "$tmp/vncpw"
    sleep 4
    in_a python3 "$tmp/vnc.py"
    kill "${pids[-1]}" "${pids[-2]}"
}
cap vnc/tigervnc.pcap 'tcp portrange 5901-5902' 1 vnc
