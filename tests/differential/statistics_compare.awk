# Compares the rows of statistics.awk: first tshark's, then ours. Prints the differences, those that a cause explains,
# and their counts. A cause is a line of statistics.tsv: cause, captures, statistic,
# key, and kind: missing (tshark has the row), extra (we have it) or different. Patterns with * and |.
function pattern(text) {
    if (text == "" || text == "*") return ".*"
    gsub(/[].+?(){}^$\\[]/, "\\\\&", text)
    gsub(/\*/, ".*", text)
    return "^(" text ")$"
}
function near(a, b, i, n, x, y, d) {
    n = split(a, x, " ")
    if (split(b, y, " ") != n) return 0
    for (i = 1; i <= n; i++) {
        if (x[i] == y[i]) continue
        if (x[i] !~ /\./ && y[i] !~ /\./) return 0 # counts are equal; times and averages are rounded
        d = x[i] - y[i]
        if (d > 0.000101 || d < -0.000101) return 0
    }
    return 1
}
function explain(name, key, kind, i) {
    for (i = 1; i <= rules; i++)
        if (capture ~ captures[i] && name ~ names[i] && key ~ keys[i] && kind ~ kinds[i]) return cause[i]
    return ""
}
function differs(name, key, ours, theirs, why) {
    why = explain(name, key, ours == "" ? "missing" : theirs == "" ? "extra" : "different")
    if (why != "") explained[why]++
    print (why != "" ? "explained\t" why : "differs") "\t" capture "\t" name "\t" key "\tours: " ours \
        "\ttshark: " theirs
}
BEGIN {
    while ((getline line < causes) > 0) {
        if (line ~ /^#/ || line == "") continue
        split(line, part, "\t")
        rules++
        cause[rules] = part[1]
        captures[rules] = pattern(part[2])
        names[rules] = pattern(part[3])
        keys[rules] = pattern(part[4])
        kinds[rules] = pattern(part[5])
    }
}
FILENAME == ARGV[1] { theirs[$1, $2] = $3; next }
{
    rows++
    if (!(($1, $2) in theirs)) differs($1, $2, $3, "")
    else if (!near($3, theirs[$1, $2])) differs($1, $2, $3, theirs[$1, $2])
    else equal++
    seen[$1, $2] = 1
}
END {
    for (both in theirs)
        if (!(both in seen)) {
            rows++
            split(both, part, SUBSEP)
            differs(part[1], part[2], "", theirs[both])
        }
    print "rows\t" rows + 0 "\t" equal + 0
    for (why in explained) print "cause\t" why "\t" explained[why]
}
