# capture_services.sh - samples of services that need few lines each, sourced by capture.sh. Needs: snmpd snmp

# SNMP: an agent in b that listens for versions 1, 2c and 3.
start_snmpd() {
    command -v snmpd >/dev/null && command -v snmpget >/dev/null || { say "capture.sh: snmpd or snmpget is missing (see README.md)"; exit 1; }
    mkdir -p "$tmp/snmp"
    cat >"$tmp/snmp/snmpd.conf" <<CONF
agentaddress udp:10.77.0.2:161,udp6:[fd00:77::2]:161
rwcommunity an0ther-one
rocommunity public
rocommunity6 public
createUser joe SHA sample-sample AES sample-sample
createUser ann MD5 sample-sample
rouser joe
rouser ann auth
syslocation a shelf
CONF
    ip netns exec tlcap-b snmpd -f -Lf "$tmp/snmp/log" -C -c "$tmp/snmp/snmpd.conf" -p "$tmp/snmp/pid" -I -smux 2>/dev/null &
    pids+=($!)
    until_ready in_a snmpget -v 2c -c public -t 1 -r 0 10.77.0.2 1.3.6.1.2.1.1.1.0
}
snmp() { in_a env MIBS= "snmp$1" -t 1 -r 0 "${@:2}" >/dev/null 2>&1 || true; }
system=1.3.6.1.2.1.1
snmp_gets() {
    snmp get -v 1 -c public 10.77.0.2 $system.1.0 $system.3.0
    snmp get -v 2c -c public 10.77.0.2 $system.5.0 1.3.6.1.2.1.2.2.1.10.1 1.3.6.1.2.1.31.1.1.1.6.1 1.3.6.1.2.1.2.2.1.5.1
    snmp get -v 2c -c public '[fd00:77::2]' $system.1.0
    snmp getnext -v 1 -c public 10.77.0.2 $system.1.0
    snmp get -v 1 -c public 10.77.0.2 $system.99.0
    snmp get -v 2c -c public 10.77.0.2 $system.99.0
}
snmp_walk() { snmp walk -v 1 -c public 10.77.0.2 $system; snmp bulkget -v 2c -c public -Cn1 -Cr8 10.77.0.2 $system.1 1.3.6.1.2.1.4.20; }
snmp_set() { snmp set -v 2c -c an0ther-one 10.77.0.2 $system.4.0 s somebody; snmp set -v 2c -c public 10.77.0.2 $system.4.0 s nobody; snmp get -v 2c -c a-wrong-one 10.77.0.2 $system.1.0; }
snmp_v3() {
    snmp get -v 3 -u joe -l authPriv -a SHA -A sample-sample -x AES -X sample-sample 10.77.0.2 $system.1.0
    snmp get -v 3 -u ann -l authNoPriv -a MD5 -A sample-sample 10.77.0.2 $system.1.0
    snmp get -v 3 -u nobody -l noAuthNoPriv 10.77.0.2 $system.1.0
}
snmp_traps() {
    in_a snmptrap -v 1 -c public 10.77.0.2 1.3.6.1.4.1.8072.3.2.10 10.77.0.1 3 0 '' 1.3.6.1.2.1.2.2.1.1.1 i 1 || true
    in_a snmptrap -v 2c -c an0ther-one 10.77.0.2 '' 1.3.6.1.6.3.1.1.5.1 $system.6.0 s here || true
}

! wanted snmp/ || start_snmpd
cap snmp/gets.pcap "net-snmp: values of all types in versions 1 and 2c, over IPv6, objects that are not there" "udp port 161" snmp_gets
cap snmp/walk.pcap "a walk, a bulk request" "udp port 161" snmp_walk
cap snmp/set.pcap "an object set; a set that is refused; a wrong community" "udp port 161" snmp_set
cap snmp/version-3.pcap "version 3: encrypted, authenticated, an unknown user" "udp port 161" snmp_v3
cap snmp/traps.pcap "traps of versions 1 and 2c" "udp port 162" snmp_traps
