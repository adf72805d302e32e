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

# Syslog: rsyslogd in b writes what logger sends to a file.
start_rsyslogd() {
    command -v rsyslogd >/dev/null || { say "capture.sh: rsyslogd is missing (see README.md)"; exit 1; }
    mkdir -p "$tmp/rsyslog"
    cat >"$tmp/rsyslog/conf" <<CONF
global(workDirectory="$tmp/rsyslog")
module(load="imudp")
module(load="imtcp")
input(type="imudp" port="514")
input(type="imtcp" port="514")
input(type="imtcp" port="10514")
*.* action(type="omfile" file="$tmp/rsyslog/messages")
CONF
    ip netns exec tlcap-b rsyslogd -n -f "$tmp/rsyslog/conf" -i "$tmp/rsyslog/pid" 2>/dev/null &
    pids+=($!)
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/10514'
}
log() { in_a logger -n 10.77.0.2 --id=77 -t sample "$@"; }
syslog_udp() {
    log -d --rfc3164 -p local0.notice 'a notice in the old form'
    log -d --rfc5424 -p auth.warning --msgid LOGIN 'a warning with a structure'
    log -d --rfc5424=notime,nohost -p cron.debug --sd-id 'x@1' --sd-param 'k="v"' 'without time and host'
}
syslog_tcp() {
    printf 'first\nsecond\nthird\n' | log -T -P 514 --rfc3164 -p daemon.info
    printf 'counted\nand counted\n' | log -T -P 514 --rfc5424 --octet-count -p mail.err
    log -T -P 10514 --rfc5424 -p kern.crit 'on another port'
}

! wanted syslog/ || start_rsyslogd
cap syslog/udp.pcap "logger and rsyslogd: messages of both forms over UDP" "udp port 514" syslog_udp
cap syslog/tcp.pcap "over TCP: with end marks, with counts, on port 10514" "tcp port 514 or tcp port 10514" syslog_tcp
