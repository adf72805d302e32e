# Reads the tables of -z of tshark (tshark=1) or of taplight, and prints a line for each row: the statistic, the key of
# the row, and its numbers. Rows with the same key are numbered.
# The layers that are compared in io,phs: those that both know by the same name. What is inside TCP comes at other packets:
# corpus.messages compares it. tshark also shows contents, segments and problems as protocols.
BEGIN { layers = "^(eth|vlan|llc|sll|null|ip|ipv6|icmp|icmpv6|igmp|arp|gre|vxlan|udp|tcp|dns|mdns|llmnr|ntp)$" }

function bytes(n) { # as tshark shortens them; its own are read with their unit
    if (n + 0 < 10000) return n "bytes"
    if (n + 0 < 10000000) return int(n / 1000) "kB"
    if (n + 0 < 10000000000) return int(n / 1000000) "MB"
    return int(n / 1000000000) "GB"
}
function put(name, key, values) {
    count[name, key]++
    print name "\t" key "#" count[name, key] "\t" values
}
function plain(address) { gsub(/[][]/, "", address); return address }

/^(Ethernet|IPv4|IPv6|TCP|UDP) (Conversations|Endpoints)/ {
    name = ($2 == "Conversations" ? "conv," : "endpoints,") tolower($1)
    if ($1 == "Ethernet") sub(/ethernet/, "eth", name)
    next
}
/^\| IO Statistics/ { name = "io,stat"; intervals = 0; next }
/^Protocol Hierarchy/ { name = "io,phs"; next }
/^Filter/ { # statistics that differ in the filter only
    sub(/^Filter: */, "")
    if ($0 != "" && $0 != "<No Filter>") name = name "/" $0
    next
}
/^(=|-)/ || NF == 0 { next }
name ~ /^conv/ && $2 == "<->" {
    if (tshark) values = $4 " " $5 $6 " " $7 " " $8 $9 " " $10 " " $11 $12 " " $13 " " $14
    else values = $4 " " bytes($5) " " $6 " " bytes($7) " " $8 " " bytes($9) " " $10 " " $11
    put(name, plain($1) " " plain($3), values)
}
name ~ /^endpoints/ && $2 ~ /^[0-9]+$/ {
    key = $1; from = 2
    if (name ~ /tcp|udp/) { key = $1 ":" $2; from = 3 }
    values = ""
    for (i = from; i <= NF; i++) values = values " " $i
    put(name, key, values)
}
name == "io,stat" && /<>/ {
    split($0, cells, "|")
    values = ""
    for (i = 3; i in cells; i++) if (cells[i] ~ /[0-9]/) values = values " " cells[i] + 0
    put(name, intervals++, values)
}
name ~ /^io,phs/ && /frames:/ {
    match($0, /^ */)
    depth = RLENGTH / 2
    path[depth] = $1
    key = ""
    for (i = 0; i <= depth; i++) {
        if (path[i] == "frame") continue # tshark shows it now and then
        if (path[i] !~ layers || (path[i] == "dns" && path[i - 1] != "udp")) next
        key = key ":" path[i]
    }
    if (key == "") next
    sub(/frames:/, "", $2); sub(/bytes:/, "", $3)
    put(name, key, $2 " " $3)
}
