# sum.awk - sums the lines of differential_compare into tables in `out`. Percentages are of all pairs, including values
# only we have: equal pairs, and equal pairs plus those that tshark shows at a later packet.
function share(equal, all) {
    return all ? sprintf("%.4f", int(1000000 * equal / all) / 10000) : "-"
}
$1 == "F" && $3 + $7 > 0 {
    split($2, name, ".")
    for (i = 3; i <= 8; i++) {
        field[$2, i] += $i
        protocol[name[1], i] += $i
        total[i] += $i
    }
    fields[$2]
    protocols[name[1]]
}
$1 == "D" {
    split($6, name, ".")
    cause[$2]++
    if ($2 == "-") {
        unexplained[name[1]]++
        file[$4]++
    }
}
END {
    sorted = "LC_ALL=C sort > " out "/fields.tsv"
    for (f in fields)
        printf "%s\t%d\t%d\t%d\t%d\t%d\t%d\n", f, field[f, 3], field[f, 4], field[f, 8], field[f, 5], field[f, 6],
            field[f, 7] | sorted
    close(sorted)
    sorted = "LC_ALL=C sort > " out "/protocols.tsv"
    for (p in protocols) {
        all = protocol[p, 3] + protocol[p, 7]
        printf "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\n", p, protocol[p, 3], protocol[p, 4], protocol[p, 8], protocol[p, 5],
            protocol[p, 6], protocol[p, 7], share(protocol[p, 4], all), share(protocol[p, 4] + protocol[p, 8], all),
            unexplained[p] | sorted
    }
    all = total[3] + total[7]
    printf "~all\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\n", total[3], total[4], total[8], total[5], total[6], total[7],
        share(total[4], all), share(total[4] + total[8], all), cause["-"] | sorted
    close(sorted)
    sorted = "LC_ALL=C sort -t '\t' -k 2,2nr -k 1,1 > " out "/causes.tsv"
    for (c in cause)
        printf "%s\t%d\n", c, cause[c] | sorted
    close(sorted)
    sorted = "LC_ALL=C sort > " out "/files.tsv"
    printf "" | sorted
    for (f in file)
        printf "%s\t%d\n", f, file[f] | sorted
    close(sorted)
}
