/* option_table.c - the options. */
#include "cli/options.h"

#include "capture/live.h"

#include <string.h>

#define AT(member) offsetof(struct tl_options, member)

static const struct tl_option table[] = {
    { 'r', NULL, "FILE", "read packets from FILE (- is standard input); repeatable",
      "Reads pcap, pcapng and snoop files, plain or compressed with gzip, zstd or lz4. The format is detected from the "
      "contents, not from the name. Several files are read one after another, in the order given. A zstd window may "
      "take an eighth of --mem.",
      TL_GROUP_INPUT, TL_OPT_INPUT, .file = true },
    { 0, "file-list", "FILE", "read the files named in FILE, one per line (-: stdin)",
      "As -V of tcpdump. They are read in this order, after the files of -r that come before.", TL_GROUP_INPUT,
      TL_OPT_FILES, .offset = AT(file_list), .file = true },
    { 0, "follow", NULL, "-r: wait at the end of a file until it grows",
      "Like tail -f. Reading ends with a signal, or when -c is reached. A pipe ends when its writer closes it.",
      TL_GROUP_INPUT, TL_OPT_FLAG, .offset = AT(follow) },
    { 'i', NULL, "IF", "capture from interface IF (any: all of them); repeatable",
      "IF is a name, or a number from the list of -D. Packets from several interfaces are ordered by time. SIGINT and "
      "SIGTERM end the capture. SIGUSR1 prints the counters. SIGHUP without a controlling terminal reopens the files "
      "of -o and -w, also after a full disk, and reads the files of --options and -F again.",
      TL_GROUP_INPUT, TL_OPT_DEVICE, .offset = AT(interfaces) },
    { 'c', NULL, "N", "stop after N packets that pass the BPF filter", NULL, TL_GROUP_INPUT, TL_OPT_PACKETS,
      .offset = AT(most) },
    { 'f', NULL, "EXPR", "use the BPF filter EXPR instead of trailing words",
      "Only packets that match the filter are decoded, counted and written. pcap-filter(7) describes the syntax.",
      TL_GROUP_INPUT, TL_OPT_TEXT, .offset = AT(expression) },
    { 'Y', NULL, "FILTER", "select packets, or records, by a display filter",
      "All packets are decoded, so that connections and messages are complete. With --json the filter names keys of "
      "records. taplight-filter(7) describes the language, which is Wireshark's; --fields lists the names.",
      TL_GROUP_INPUT, TL_OPT_TEXT, .offset = AT(display) },
    { 0, "extract", "FLOWS", "packets of FLOWS only: uid, Community ID, record filter",
      "A uid or Community ID is one of --json. A filter is one of -Y on records: a flow is taken if it selects one of "
      "its records. IP fragments, and packets of tunnels that carry the flow, belong to it. See Flows.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(extract) },
    { 0, "index", NULL, "-r: write an index to FILE.tlx, for a fast --extract", "See Flows.", TL_GROUP_RECORDS,
      TL_OPT_FLAG, .offset = AT(index) },
    { 0, "options", "FILE", "read options from FILE: one in each line, as on the command line",
      "The rest of the line after the option is its argument, without quotes: -Y dns.rcode != 0. Empty lines and lines that "
      "begin with # are skipped. In a capture without a controlling terminal SIGHUP reads the file again, and that of -F, and "
      "takes -f and -Y on records from it; if something is wrong, or a file is empty or a pipe, both "
      "stay. Other options need a new start. If FILE has -T, give -e behind --options or in FILE.",
      TL_GROUP_LIVE, TL_OPT_OPTIONS, .offset = AT(option_file), .file = true },
    { 'F', NULL, "FILE", "read the BPF filter from FILE", NULL, TL_GROUP_LIVE, TL_OPT_TEXT,
      .offset = AT(filter_file), .file = true },
    { 0, "resolve", NULL, "look up names of hosts and networks in the filter",
      "This can send DNS queries. Without it a name is refused. Names of ports and protocols need no look-up.",
      TL_GROUP_LIVE, TL_OPT_FLAG, .offset = AT(resolve) },
    { 0, "dump-bpf", "FORM", "print the compiled filter: text (default), c or decimal",
      "As -d, -dd and -ddd of tcpdump. It is compiled for the link type of -i, -r or -y, else for Ethernet. "
      "--exact-filter gives the program that tcpdump prints.",
      TL_GROUP_LIVE, TL_OPT_ASK, .offset = AT(program), .value = TL_ACTION_BPF, .optional = true,
      .choices = "text c decimal" },
    { 0, "exact-filter", NULL, "do not apply the filter inside VLAN tags",
      "By default a filter also matches packets with one or two VLAN tags, unless it mentions VLAN tags, MPLS, PPPoE "
      "or bytes of the link layer.",
      TL_GROUP_LIVE, TL_OPT_FLAG, .offset = AT(exact_filter) },
    { 'D', NULL, NULL, "list the interfaces with their number, state, current rate and addresses", NULL, TL_GROUP_LIVE,
      TL_OPT_ACTION, .value = TL_ACTION_DEVICES },
    { 'L', NULL, NULL, "list the link types of the interface given with -i", NULL, TL_GROUP_LIVE, TL_OPT_ACTION,
      .value = TL_ACTION_LINKTYPES },
    { 'y', NULL, "TYPE", "capture with link type TYPE", NULL, TL_GROUP_LIVE, TL_OPT_TEXT, .offset = AT(linktype) },
    { 'Q', NULL, "WAY", "capture packets that are received (in), sent (out) or both (inout)", NULL, TL_GROUP_LIVE,
      TL_OPT_TEXT, .offset = AT(direction), .choices = "in out inout" },
    { 's', NULL, "BYTES", "capture at most BYTES of each packet (0 and default: 262144)", NULL, TL_GROUP_LIVE,
      TL_OPT_SNAPLEN, .offset = AT(snaplen) },
    { 'p', NULL, NULL, "do not put the interface into promiscuous mode", NULL, TL_GROUP_LIVE, TL_OPT_FLAG,
      .offset = AT(no_promiscuous) },
    { 'B', NULL, "SIZE", "kernel buffer of each interface, in KiB or with K, M or G (default 16M)", NULL,
      TL_GROUP_LIVE, TL_OPT_KIB, .offset = AT(buffer) },
    { 0, "capture-threads", "N", "threads that read each interface (default 1, at most 32)",
      "The kernel shares packets among them by flow; each has its own buffer (-B). Records and packets are in order "
      "of time, as with one.", TL_GROUP_LIVE, TL_OPT_NUMBER, .offset = AT(capture_threads), .most = TL_LIVE_THREADS },
    { 0, "immediate", NULL, "deliver each packet at once; uses more CPU",
      "The kernel's buffer then has slots of equal size. Buffer (-B) or snapshot length (-s), if not given, are chosen "
      "so that 8192 packets fit: 128M and 16256 bytes if none is given, less for many interfaces.", TL_GROUP_LIVE,
      TL_OPT_FLAG, .offset = AT(immediate) },
    { 0, "wait", NULL, "wait for interfaces that do not exist yet or disappear",
      "The process keeps CAP_NET_RAW to open them. Without --wait it drops this capability.", TL_GROUP_LIVE,
      TL_OPT_FLAG, .offset = AT(wait) },
    { 'Z', NULL, "USER", "change to USER when started as root (default: the sudo caller, or the user \"nobody\")",
      "The change happens after the interfaces and the outputs are opened. -Z root stays root.", TL_GROUP_LIVE,
      TL_OPT_TEXT, .offset = AT(user) },
    { 0, "stats-interval", "SECONDS", "time between the stats records of --json (default 60)", NULL, TL_GROUP_LIVE,
      TL_OPT_SECONDS, .offset = AT(stats_interval) },
    { 'U', NULL, NULL, "flush the file of -w after each packet", NULL, TL_GROUP_LIVE, TL_OPT_FLAG,
      .offset = AT(flush_each) },
    { 'C', NULL, "SIZE", "-w, -o: start a new file before one exceeds SIZE, in MB (10^6 bytes) or with K, M or G",
      "The files are numbered: day.pcap gives day-00001.pcap, day-00002.pcap and so on.", TL_GROUP_LIVE, TL_OPT_MB,
      .offset = AT(rotate_bytes) },
    { 'G', NULL, "SECONDS", "-w, -o: start a new file every SECONDS",
      "The name can contain strftime(3) conversions, which are filled with the start time of the file. The files are "
      "numbered if the name has no conversion, if -C is also given, or if two names would be equal.",
      TL_GROUP_LIVE, TL_OPT_WHOLE, .offset = AT(rotate_ns) },
    { 'W', NULL, "N", "-w, -o: keep the last N files of -C and -G, remove older ones", NULL, TL_GROUP_LIVE,
      TL_OPT_NUMBER, .offset = AT(rotate_keep) },

    { 0, "netns", "NS", "capture in network namespace NS: a name of ip-netns(8), a PID or a path",
      "Interfaces (-i, -D, -L) and sockets (--process) are those of NS. The rest of the program stays where it is: files, and "
      "servers of --to. Needs root, or CAP_SYS_ADMIN, until the capture is open.",
      TL_GROUP_LIVE, TL_OPT_TEXT, .offset = AT(netns) },
    { 0, "container", "ID", "capture in the network namespace of a container",
      "ID is the begin of the id of a docker, podman, containerd or CRI-O container, or the name of one of lxc or systemd-nspawn. "
      "It is found by the control groups of processes, without asking a daemon. As --netns PID.",
      TL_GROUP_LIVE, TL_OPT_TEXT, .offset = AT(container) },
    { 'a', NULL, "COND", "stop: duration:S, filesize:KB, packets:N or files:N; repeatable",
      "As in dumpcap and tshark. duration: after S seconds. filesize: when the file of -w has reached so many kB (1000 "
      "bytes). packets: the same as -c. files: when so many files of -C, -G and -b are full.",
      TL_GROUP_LIVE, TL_OPT_STOP, .offset = 0 },
    { 'b', NULL, "COND", "-w: next file: duration:S, interval:S, filesize:KB, packets:N, files:N; repeatable",
      "As in dumpcap and tshark. duration: the same as -G. interval: the same as -G with --align. filesize: when the "
      "file has reached so many kB (1000 bytes). packets: after N packets. files: the same as -W.",
      TL_GROUP_LIVE, TL_OPT_NEXT, .offset = 0 },
    { 0, "after-file", "CMD", "-w, -o: run CMD FILE for each finished file, by sh(1)",
      "CMD can have arguments: --after-file 'zstd -q --rm'. The last file is included. CMD runs as the user of -Z, in "
      "a process that reads no packets; at most 8 run at the same time, and the end of the run waits for them.",
      TL_GROUP_LIVE, TL_OPT_TEXT, .offset = AT(after_file) },
    { 0, "align", NULL, "-G, -b duration: start files at whole multiples of the period, in local time",
      "With -G 3600 at each full hour, with -G 86400 at midnight. The first file is shorter.", TL_GROUP_LIVE,
      TL_OPT_FLAG, .offset = AT(rotate_align) },

    { 'o', NULL, "FILE", "write text or JSON to FILE instead of standard output", NULL, TL_GROUP_OUTPUT, TL_OPT_TEXT,
      .offset = AT(output), .file = true },
    { 0, "text", NULL, "print one line per packet; default without a terminal",
      "On a terminal, without this or another output option, the interactive view opens: see KEYS.", TL_GROUP_OUTPUT,
      TL_OPT_FLAG, .offset = AT(text) },
    { 0, "view", NULL, "open the view together with -w, --streams or --json -o",
      "Only while capturing from an interface. Without --view, -w, --streams and --json run without the view. With -Y and no other output, also for a file: the list begins with that display filter.",
      TL_GROUP_OUTPUT, TL_OPT_FLAG, .offset = AT(beside) },
    { 0, "color-rules", "FILE", "colour the packets of the view by the rules in FILE",
      "See COLOURS. The key \"color_rules\" of the configuration has the same meaning.", TL_GROUP_TEXT, TL_OPT_TEXT,
      .offset = AT(color_rules), .file = true },
    { 0, "print", NULL, "same as --text", "Prints text in addition to -w, as in tcpdump.", TL_GROUP_TEXT, TL_OPT_FLAG,
      .offset = AT(text) },
    { 'v', NULL, NULL, "print all fields of each packet as a tree", "-vv and -vvv are the same.", TL_GROUP_OUTPUT,
      TL_OPT_FLAG, .offset = AT(tree) },
    { 'V', NULL, NULL, "same as -v", NULL, TL_GROUP_TEXT, TL_OPT_FLAG, .offset = AT(tree) },
    { 'O', NULL, "PROTOCOLS", "print a tree with the fields of PROTOCOLS (separated by commas) only",
      "Other protocols have a line without fields. -O ip,tcp", TL_GROUP_TEXT, TL_OPT_TEXT, .offset = AT(only) },
    { 'T', NULL, "FORM", "print as tshark does: fields, json, jsonraw, ek, pdml, text or tabs",
      "fields: a line for each packet, with the fields of -e: -T fields -e ip.src -e tcp.port. json, jsonraw (the "
      "bytes of each field in place of its value), ek (for Elasticsearch) and pdml: all fields, or those of -e. text: "
      "the same as --text. tabs: as text, with tabs between the columns. Where the fields of -e are in the headers of TCP "
      "and below, packets are not decoded, and wrong checksums not counted.",
      TL_GROUP_TEXT, TL_OPT_TEXT, .offset = AT(as), .choices = "fields json jsonraw ek pdml text tabs" },
    { 'e', NULL, "FIELD", "-T: print this field only; repeatable", NULL, TL_GROUP_TEXT, TL_OPT_FIELD,
      .offset = AT(fields) },
    { 'E', NULL, "NAME=VALUE", "-T fields: change the format; repeatable",
      "header=y: names in the first line. separator=/t, /s or a character: between fields (default: tab). "
      "aggregator=,: between values of a field. occurrence=f, l or a: the first, the last, or all values. "
      "quote=d, s or n: double quotes, single quotes, none.",
      TL_GROUP_TEXT, TL_OPT_FORMAT, .offset = AT(format) },
    { 0, "columns", "LIST", "print these columns: no,time,src,dst,proto,len,info and fields",
      "LIST is NAME[:TITLE[:WIDTH]],..: --columns time,src,dns.qry.name:Question:30. A title gives a first line with "
      "titles. Columns are padded to their widths; with -T tabs, tabs are between them.",
      TL_GROUP_TEXT, TL_OPT_TEXT, .offset = AT(columns) },
    { 'x', NULL, NULL, "print the bytes of each packet in hex and ASCII",
      "-x is the same as in tshark, and adds data that was reassembled. -xx: the bytes of the packet in hex alone.",
      TL_GROUP_OUTPUT, TL_OPT_COUNTED, .offset = AT(hex_letters) },
    { 'X', NULL, NULL, "print the bytes after the link-layer header in hex and ASCII",
      "-XX: with the link-layer header.", TL_GROUP_TEXT, TL_OPT_COUNTED, .offset = AT(inner_letters) },
    { 'A', NULL, NULL, "print the bytes after the link-layer header as ASCII text", NULL, TL_GROUP_TEXT, TL_OPT_FLAG,
      .offset = AT(characters) },
    { 'e', NULL, NULL, "print the link-layer header at the start of the line", NULL, TL_GROUP_TEXT, TL_OPT_FLAG,
      .offset = AT(link) },
    { 't', NULL, NULL, "how the time is printed: -t to -ttttt, or -t FORM",
      "As in tcpdump: -t: no time. -tt: seconds since 1970. -ttt: since the previous line. -tttt: date and time. "
      "-ttttt: since the first line. As in tshark, if FORM follows: a: local time; ad: with the date; u and ud: in "
      "UTC; e: seconds since 1970; d or dd: seconds since the previous line; r: seconds since the first line.",
      TL_GROUP_TEXT, TL_OPT_STAMP, .offset = AT(stamp) },
    { '#', "number", NULL, "print the packet's number at the start of the line", NULL, TL_GROUP_TEXT, TL_OPT_FLAG,
      .offset = AT(number) },
    { 'S', NULL, NULL, "print absolute TCP sequence numbers", NULL, TL_GROUP_TEXT, TL_OPT_FLAG,
      .offset = AT(absolute) },
    { 'l', NULL, NULL, "write each piece of text or JSON at once, without a buffer", NULL, TL_GROUP_TEXT, TL_OPT_FLAG,
      .offset = AT(flush_lines) },
    { 0, "color", NULL, "print lines in colours, by protocol", "Also into a pipe or a file: --color | less -R",
      TL_GROUP_TEXT, TL_OPT_FLAG, .offset = AT(colour) },
    { 0, "json", "WHAT", "print JSON lines: flows (default) or packets",
      "flows: one object for each flow when it ends and one for each transaction in it. "
      "packets: one object for each packet with all its fields.",
      TL_GROUP_OUTPUT, TL_OPT_JSON, .offset = AT(json), .optional = true, .choices = "flows packets" },
    { 0, "csv", "KIND[:KEYS]", "print records of one kind, as of --json, as CSV (RFC 4180)",
      "--csv conn, or --csv dns:ts,id.orig_h,query,answers with the keys to print. The first line has the keys. Lists "
      "are written as JSON.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(csv) },
    { 0, "json-sep", "SEP", "replace the dot in JSON keys by SEP: _ gives id_orig_h", NULL, TL_GROUP_RECORDS,
      TL_OPT_KEYS, .offset = AT(separator) },
    { 0, "no-meta", NULL, "omit the first (meta) and last (stats) JSON record", NULL, TL_GROUP_RECORDS, TL_OPT_FLAG,
      .offset = AT(no_meta) },
    { 0, "schema", NULL, "print the JSON Schema of --json or --json=packets", NULL, TL_GROUP_RECORDS, TL_OPT_ACTION,
      .value = TL_ACTION_SCHEMA },
    { 'w', NULL, "FILE", "write the packets to FILE (*.pcapng: pcapng, else pcap)",
      "Packets are then not decoded or printed, unless text or JSON output is also selected. - is standard output. A "
      "pcap file stores one link type, one FCS length and times from 1970 to 2106. Other packets are left out of it "
      "and reported.",
      TL_GROUP_OUTPUT, TL_OPT_TEXT, .offset = AT(write), .file = true },
    { 0, "streams", "DIR", "write each side of each TCP stream to a file in DIR",
      "DIR is created, or must be empty. The files are named as tcpflow names them: sender, then receiver, with c1, c2 "
      "and so on added when the same endpoints connect again. Nothing is printed, unless text or JSON output is also "
      "selected.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(streams), .file = true },
    { 0, "gaps", "HOW", "fill missing bytes in --streams files: zeros or skip",
      "zeros (default): each missing byte becomes a zero, so that later bytes keep their offset; the file is sparse "
      "there. skip: missing bytes are left out.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(gaps), .choices = "zeros skip" },
    { 0, "extract-files", "DIR", "write the files that flows carry to DIR, and their records",
      "Of HTTP, SMTP, POP3, IMAP, FTP, TFTP and others, after transfer and content coding are undone. DIR is created, or "
      "must be empty. The files are named extract-TIME-SOURCE-FUID; files records (--json) have these names and those of "
      "the sender. At most 100 MiB of each are written, and 10 GiB of all; missing bytes are zeros. Nothing is printed, "
      "unless text or JSON output is also selected.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(files), .file = true },
    { 0, "extract-match", "EXPR", "of --extract-files: only files that EXPR, a filter on files records, selects",
      "--extract-match 'mime_type == \"application/pdf\"'. As -Y on records, with keys of files records and those that all "
      "records of flows have: --extract-match 'filename contains \".exe\" || seen_bytes > 1000000'. Where the first bytes "
      "of a file decide (mime_type, filename, source, is_orig, total_bytes, addresses), other files are never written; "
      "else a file is written, and removed when it is known that EXPR does not select it. Records are written of all "
      "files; those that are not kept have no `extracted`.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(match) },
    { 0, "hash", "KINDS", "write files records with sums: md5, sha1, sha256; several with commas",
      "Of each file that a flow carries, after transfer and content coding are undone. A file of which bytes are missing has "
      "no sum.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(hash) },
    { 0, "split-records", "DIR", "write records to DIR, a file for each kind",
      "The files are named as Zeek names its logs: conn.log, dns.log, http.log and so on. DIR is created; lines are "
      "appended. -C, -G and -W rotate each file: conn.log becomes conn.2026-11-29-10-00-00.log, the start of its "
      "period.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(split), .file = true },
    { 0, "geoip", "DIR", "add country, city and AS of both ends to conn records, from DIR/*.mmdb",
      "MaxMind DB files of City, Country and ASN type, as of GeoLite2, GeoIP2 and DB-IP. conn records get orig_cc, orig_city, "
      "orig_asn, orig_as_org and the same with resp, as far as the files know the address. The files are read once, and again "
      "with SIGHUP in a capture. Needs libmaxminddb.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(geoip), .file = true },
    { 0, "process", NULL, "-i: add the process of each end that is of this host to conn records",
      "TCP and UDP. conn records get orig_pid, orig_process (its name), orig_command (the file name of its program), orig_uid, "
      "orig_container (by its control group) and the same with resp. The kernel is asked when a flow begins, so a flow that "
      "ends sooner than its first packet is read may have none; --immediate makes that rarer. A process of its own looks into "
      "/proc, with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH and nothing else; it takes at most a fifth of a core.",
      TL_GROUP_RECORDS, TL_OPT_FLAG, .offset = AT(process) },
    { 0, "to", "URL", "send records to a server: clickhouse://HOST/DB?create=1; repeatable",
      "Records are those of --json, with three more keys, _sensor, _run and _seq, which name each of them for good. A server "
      "that does not answer never holds up a capture. See docs/SINKS.md for the schemes and their keys. A password comes from "
      "?password-file=FILE or the environment variable TAPLIGHT_PASSWORD. Nothing is printed, unless text or JSON output is "
      "also selected.",
      TL_GROUP_SERVERS, TL_OPT_SERVER, .offset = 0 },
    { 0, "sensor", "NAME", "--to: name of this machine in the records (default: host name)",
      "Letters, digits, dots, dashes and underscores.", TL_GROUP_SERVERS, TL_OPT_TEXT, .offset = AT(sensor) },
    { 0, "spool", "DIR", "--to: keep what a server did not take yet in DIR",
      "It is sent when the server answers again, also by a later run with the same --to and --spool. Without --spool such "
      "records wait in memory, and are lost where that is not enough, or at the end of the run.",
      TL_GROUP_SERVERS, TL_OPT_TEXT, .offset = AT(spool), .file = true },
    { 0, "spool-size", "SIZE", "--spool: at most SIZE for each server, in MB or with K, M or G (default 1G)", NULL,
      TL_GROUP_SERVERS, TL_OPT_MB, .offset = AT(spool_size) },
    { 0, "spool-full", "WHICH", "--spool: what is lost if it is full: oldest or newest",
      "By default the oldest records in a capture; a file is read no faster than there is room.", TL_GROUP_SERVERS,
      TL_OPT_TEXT, .offset = AT(spool_full), .choices = "oldest newest" },
    { 0, "to-wait", "SECONDS", "--to: wait so long at the end for a server that does not answer (default 10)", NULL,
      TL_GROUP_SERVERS, TL_OPT_SECONDS, .offset = AT(server_wait) },
    { 0, "metrics", "ADDRESS", "answer GET /metrics over HTTP at ADDRESS: 127.0.0.1:9101, [::1]:9101, :9101",
      "The counters of the run, in the text format of Prometheus: packets and what was lost of them, flows, records by kind, "
      "memory, and for each server of --to what was sent, waits and was lost. An address that is only a port is of 127.0.0.1; "
      "there is no TLS and no password, so give other addresses with care. Nothing is printed, unless text or JSON output is "
      "also selected. See docs/SINKS.md.",
      TL_GROUP_SERVERS, TL_OPT_TEXT, .offset = AT(metrics) },
    { 0, "count", NULL, "print only the number of packets that match the filter", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(count) },
    { 'z', NULL, "STATISTIC", "print a statistic: conv,tcp; repeatable (help: list)",
      "As in tshark: -z conv,tcp. Packets are not printed, unless --text or another form of output is given, too; -q "
      "silences --text. With --json each statistic is a JSON object; --json=flows prints the records before it. -Y "
      "does not apply: give the filter in the argument.",
      TL_GROUP_OUTPUT, TL_OPT_STATISTIC, .offset = AT(statistics) },
    { 0, "assert", "EXPR", "exit with 5 unless EXPR holds: 'count(dns where rtt > 1) == 0'; repeatable",
      "FIGURE(KIND where FILTER) COMPARED NUMBER: FIGURE is count, or sum, min, max or avg of KIND.KEY; KIND is a kind "
      "of records, or * with count; FILTER, which can be left out, is one of -Y on records. See Assertions. Nothing is "
      "printed, unless text, JSON or a report is also selected. -Y does not apply.",
      TL_GROUP_RECORDS, TL_OPT_ASSERTION, .offset = 0 },
    { 0, "assert-format", "FORM", "print a report of --assert: tap or junit",
      "To standard output, or to the file of -o.",
      TL_GROUP_RECORDS, TL_OPT_TEXT, .offset = AT(assert_format), .choices = "tap junit" },
    { 'q', NULL, NULL, "print errors only: no warnings, no progress bar", NULL, TL_GROUP_OUTPUT, TL_OPT_FLAG,
      .offset = AT(quiet) },

    { 'N', NULL, "LETTERS", "print names of addresses: n or d, from DNS answers in the capture",
      "In text, trees and the columns src and dst. A name is shown after the packet that told it: the name that was "
      "asked for. The sender of an answer decides what it says. Nothing is looked up, so N of Wireshark's letters is "
      "refused, and so are m, t and v, for which there are no names. Names may use 1/64 of --mem.",
      TL_GROUP_TEXT, TL_OPT_TEXT, .offset = AT(names) },
    { 0, "hosts", "FILE", "print names of addresses from FILE, in the format of hosts(5)",
      "They come before those of -N, which can be left out.", TL_GROUP_TEXT, TL_OPT_TEXT, .offset = AT(hosts),
      .file = true },
    { 'n', NULL, NULL, "accepted as in tcpdump; names are never looked up",
      "-nn is the same. Addresses and ports are printed as numbers, unless -N or --hosts is given; see --resolve for "
      "names in a filter.",
      TL_GROUP_TEXT, TL_OPT_FLAG, .offset = AT(no_names) },
    { 'd', NULL, "RULE", "decode as: tcp.port==8888,http; repeatable",
      "As in tshark: TABLE==VALUES,PROTOCOL. TABLE is tcp.port, udp.port, ethertype or ip.proto, VALUES a number, FROM-TO "
      "or FROM:COUNT. The content is not asked. tcpdump's -d is --dump-bpf.",
      TL_GROUP_DECODING, TL_OPT_DECODE_AS, .offset = AT(decode_as) },
    { 0, "checksums", "HOW", "what a wrong checksum means: auto (default), strict or off",
      "auto: damage, if that side of the flow showed a right checksum before. If not, the packet is analysed: a "
      "network card fills in the checksums, or the capture was edited. strict: packets with wrong checksums are not "
      "analysed. off: checksums are not verified.",
      TL_GROUP_DECODING, TL_OPT_TEXT, .offset = AT(checksums), .choices = "auto strict off" },
    { 'K', "no-checksums", NULL, "same as --checksums=off", NULL, TL_GROUP_DECODING, TL_OPT_FLAG,
      .offset = AT(no_checksums) },
    { 0, "show-secrets", NULL, "show passwords in records instead of masking them",
      "Everywhere, also in packet detail and bytes. Otherwise bytes are asterisks where they are part of a secret, and where "
      "that is not known yet: the begin of a line or header whose end is in a later packet.", TL_GROUP_DECODING,
      TL_OPT_FLAG, .offset = AT(secrets) },
    { 0, "keylog", "FILE", "decrypt TLS with the secrets in FILE (SSLKEYLOGFILE format)",
      "The key log that browsers, curl and other programs write to the file which the environment variable "
      "SSLKEYLOGFILE names. Live and with --follow, lines that are appended count too. Secrets inside pcapng files are "
      "used without this option. See Decryption.",
      TL_GROUP_DECODING, TL_OPT_TEXT, .offset = AT(keylog), .file = true },
    { 0, "rsa-key", "FILE", "decrypt TLS up to 1.2 with the server's RSA private key in FILE; repeatable",
      "PEM, without a passphrase. Only sessions whose key exchange is RSA (TLS_RSA_WITH_..) can be decrypted with it, and "
      "no resumed ones. See Decryption.",
      TL_GROUP_DECODING, TL_OPT_RSA_KEY, .offset = 0, .file = true },
    { 0, "inject-secrets", "FILE", "-w: put the TLS secrets of the key log FILE into the pcapng file",
      "Who has the file can then decrypt its TLS sessions without another option. Secrets that the input has are kept. "
      "See Decryption.",
      TL_GROUP_DECODING, TL_OPT_TEXT, .offset = AT(inject), .file = true },
    { 0, "dns-sections", NULL, "add the authority and additional sections to dns records", NULL, TL_GROUP_DECODING,
      TL_OPT_FLAG, .offset = AT(sections) },
    { 0, "workers", "N", "decoding threads (default: one per core; 0: none)",
      "The output does not depend on the number.", TL_GROUP_DECODING, TL_OPT_WORKERS, .offset = AT(workers) },
    { 0, "mem", "SIZE", "memory limit, with K, M or G (default 1G)",
      "At least 16M. When flows need more, the oldest flows end early and a warning is printed.", TL_GROUP_DECODING,
      TL_OPT_SIZE, .offset = AT(memory) },

    { 0, "tcp-timeout", "SECONDS", "end an idle TCP flow (default 300)", NULL, TL_GROUP_TIMEOUTS,
      TL_OPT_SECONDS, .offset = AT(timeouts.tcp) },
    { 0, "tcp-attempt-timeout", "SECONDS", "end an unanswered TCP connection attempt (default 5)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.tcp_attempt) },
    { 0, "tcp-closed-timeout", "SECONDS", "end a TCP flow after both FINs or an RST (default 5)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.tcp_closed) },
    { 0, "tcp-login-timeout", "SECONDS", "end an idle FTP, SSH, telnet or rlogin flow (default 3600)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.tcp_login) },
    { 0, "udp-timeout", "SECONDS", "end an idle UDP flow (default 60)", NULL, TL_GROUP_TIMEOUTS, TL_OPT_SECONDS,
      .offset = AT(timeouts.udp) },
    { 0, "icmp-timeout", "SECONDS", "end an idle flow of ICMP or another protocol (default 60)", NULL,
      TL_GROUP_TIMEOUTS, TL_OPT_SECONDS, .offset = AT(timeouts.icmp) },
    { 0, "dns-timeout", "SECONDS", "end an idle DNS flow over UDP (default 10)", NULL, TL_GROUP_TIMEOUTS,
      TL_OPT_SECONDS, .offset = AT(timeouts.dns) },

    { 'h', "help", NULL, "print this help and exit", NULL, TL_GROUP_ABOUT, TL_OPT_ACTION, .value = TL_ACTION_HELP },
    { 0, "fields", "PROTOCOL", "list the fields for -Y and -e: name, type, description", NULL, TL_GROUP_TEXT,
      TL_OPT_LIST, .value = TL_ACTION_FIELDS, .optional = true },
    { 0, "print-config", NULL, "print the configuration of the view and exit",
      "The view reads $XDG_CONFIG_HOME/taplight/config.json or ~/.config/taplight/config.json. Save the printed text "
      "there and edit it.",
      TL_GROUP_TEXT, TL_OPT_ACTION, .value = TL_ACTION_CONFIG },
    { 0, "version", NULL, "print the versions of taplight and its libraries", NULL, TL_GROUP_ABOUT,
      TL_OPT_ACTION, .value = TL_ACTION_VERSION },
    { 0, "generate", "WHAT", "", NULL, TL_GROUP_ABOUT, TL_OPT_HIDDEN, .offset = AT(generate),
      .value = TL_ACTION_GENERATE, .choices = "man bash zsh man-explain man-objects man-send man-ping man-trace man-resolve man-replay" },
};

_Static_assert(TL_COUNT(table) <= TL_OPTIONS_MOST, "TL_OPTIONS_MOST is too small");

const struct tl_option *tl_option_table(size_t *count)
{
    *count = TL_COUNT(table);
    return table;
}

bool tl_option_is_repeatable(const struct tl_option *option)
{
    return option->kind == TL_OPT_INPUT || option->kind == TL_OPT_DEVICE || option->kind == TL_OPT_STOP ||
           option->kind == TL_OPT_NEXT || option->kind == TL_OPT_FIELD || option->kind == TL_OPT_FORMAT ||
           option->kind == TL_OPT_STATISTIC || option->kind == TL_OPT_ASSERTION ||
           option->kind == TL_OPT_DECODE_AS || option->kind == TL_OPT_RSA_KEY ||
           option->kind == TL_OPT_SERVER;
}

/* -e is tshark's with -T, else tcpdump's. */
const struct tl_option *tl_option_of(char letter, bool with_fields)
{
    for (size_t i = 0; i < TL_COUNT(table); i++)
        if (table[i].letter == letter && (letter != 'e' || (table[i].kind == TL_OPT_FIELD) == with_fields))
            return &table[i];
    return NULL;
}

const struct tl_option *tl_option_named(const char *name, size_t len)
{
    for (size_t i = 0; i < TL_COUNT(table); i++)
        if (table[i].name != NULL && strlen(table[i].name) == len && strncmp(table[i].name, name, len) == 0)
            return &table[i];
    return NULL;
}
