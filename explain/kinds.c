/* kinds.c - the table of findings: causes before symptoms. The first of the worst is the verdict. */
#include "explain/making.h"

#define KIND(name_, title_, recognised_, next_, mistaken_, raise_, source_) \
    { .name = (title_), .find = tl_find_##name_, .recognised = (recognised_), .next = (next_), .mistaken = (mistaken_),  \
      .raise = (raise_), .source = (source_) }

const struct tl_finding_kind tl_finding_kinds[] = {
    KIND(mirror, "duplicate packets",
         "A fifth of the packets or more comes twice within a second with the same IP identification (20 ms if "
         "that does not count), numbers, flags and "
         "window; IPv6, which has no identification: within 0.2 ms, with payload, SYN or FIN. Copies are left out of all "
         "other findings.",
         "Mirror one direction of each port only, or remove copies with editcap -d.",
         "A retransmission has another IP identification. A router on both sides of the tap changes the hop limit.",
         "A capture at one end.", "RFC 6864"),
    KIND(one_sided, "one side only",
         "One end sends three packets or more, none of the other end is there, and its acknowledgments advance or it goes "
         "on after its SYN.",
         "Capture where both directions pass, or at one end; look for asymmetric routes and for a mirror of one direction.",
         "A filter of the capture that takes one direction only.", "A capture at one of the ends.", "RFC 9293, section 3.4"),
    KIND(vlan, "different VLAN tags",
         "The packets of both directions have different VLAN tags, or those of one have none. If the client repeats its SYN and "
         "takes no answer it is a problem, else a note.",
         "The VLAN of the ports of both hosts, and the native VLAN at both ends of each trunk; where the tap or the mirror is.",
         "A mirror of both sides of a router, or of a trunk on which routes differ.", "A capture at one of the ends.",
         "IEEE 802.1Q"),
    KIND(two_hosts, "address of two hosts",
         "ARP shows that two hosts have the address of an end (see the findings of ARP). If the connection is not set up, or "
         "that end resets it or is silent, it is a problem, else a note.",
         "Switch one of the hosts off: arping still finds the other. Leases of DHCP beside addresses that were set by hand.",
         "A proxy for ARP; a cluster that answers with several hardware addresses.", "A capture in the network of that address.",
         "RFC 5227, section 2.4"),
    KIND(ecn, "ECN packets dropped",
         "SYNs with ECE and CWR have no answer, and the first without them has one.",
         "Look for a firewall that drops or clears ECN bits; switch ECN off on the client to confirm it.",
         "A loss of the first SYNs by chance.", "More connections of the same client.", "RFC 3168, section 6.1.1.1"),
    KIND(icmp_unreachable, "unreachable",
         "An ICMP error of type unreachable quotes a packet of the flow.",
         "The sender of the error says where: a router has no route, a host has no program, a filter forbids it.",
         "A forged or late error: a connection that goes on ignores it.", "A capture at the server.",
         "RFC 792, RFC 4443, RFC 1122 section 3.2.2.1"),
    KIND(ttl_exceeded, "hop limit exceeded", "An ICMP error 'time exceeded' quotes a packet of the flow.",
         "Look for a routing loop: traceroute shows the same routers again and again.", "traceroute itself.",
         "A traceroute to the same address.", "RFC 792, RFC 4443"),
    KIND(refused, "refused", "A reset answers the SYN, and nothing else is seen of the server.",
         "Does the program run, and does it listen on this address and port (ss -ltn)? Does a filter reject?",
         "A packet filter that sends resets: its hop limit may differ from that of other flows of the host.",
         "Another flow of the same server, whose hop limit can be compared.", "RFC 9293, section 3.5.2"),
    KIND(syn_unanswered, "no answer to SYN", "Two SYNs or more, no packet of the server, no ICMP error. ARP that asks for the server in vain is further evidence.",
         "Is the host up (ping, ARP)? Does a filter drop? Does the server see the SYN, and where does its answer go?",
         "A full backlog of the server, which drops SYNs; a path that the tap does not see.", "A capture at the server.",
         "RFC 9293, section 3.5; RFC 6298, section 5"),
    KIND(syn_ack_unanswered, "no answer to SYN-ACK",
         "The server sends the SYN-ACK twice or more, the client never acknowledges it.",
         "Capture at the client: does the SYN-ACK arrive? Look for asymmetric routes and filters that keep state.",
         "A scan or a flood of SYNs with forged addresses.", "A capture at the client.", "RFC 9293, section 3.5"),
    KIND(idle_silence, "forgotten after idle time",
         "After 4 s or more without a packet one end sends again, repeats it twice or more, and the peer says nothing.",
         "Compare the idle time with the time-outs of firewalls, NAT and load balancers; use keep-alives below it.",
         "A path or a host that failed in the meantime.", "A second connection that ends after the same time; a capture on "
         "the other side of the firewall.", "RFC 5382, section 5"),
    KIND(jumbo, "jumbo frames do not pass",
         "As of packets too big, and the segment has more than 1460 bytes: both ends announced an MSS above that.",
         "The MTU of both hosts, and of each switch port and tunnel between them: ping -M do -s 8972.",
         "Segments that offloading merged in the card of the capturing host: then the peer acknowledges parts of them.",
         "A capture at the other end.", "RFC 2923 section 2.1, RFC 8899"),
    KIND(mtu, "packets too big",
         "A segment that is larger than all that were acknowledged is sent again twice or more, while smaller packets of "
         "the same side passed.",
         "ping -M do -s SIZE finds the limit. Let ICMP 'too big' pass, or lower the MSS at the tunnel.",
         "A peer that is gone: then small packets get no answer, too.", "A capture behind the router with the smaller MTU.",
         "RFC 1191, RFC 8201, RFC 2923 section 2.1"),
    KIND(half_open, "half open after a restart",
         "A SYN is answered by an acknowledgment without SYN, of other numbers, and the client resets that. Or: after 1 s or "
         "more without a packet of it, an end answers with a reset that has no ACK, whose number is its peer's last "
         "acknowledgment, and whose hop limit is that of its other packets; no side has closed before.",
         "Was the host, or its program's machine, restarted, or its address moved? Keep-alives find such connections.",
         "A firewall that resets with the address and the hop limit of the host; a NAT that gives a port to another host while "
         "the server has the old connection; a SYN with forged numbers.",
         "The old connection in the capture; the start time of the host.", "RFC 9293, section 3.5.1 and 3.10.7; RFC 5961, "
         "section 4"),
    KIND(idle_reset, "reset after idle time",
         "A reset comes within 2 s after 4 s or more without a packet, no side has closed, and it is not half open. A "
         "reset of an idle client is a warning.",
         "Compare the idle time with the time-outs of firewalls, NAT, load balancers and of the server program.",
         "A server that closes idle connections by reset; a host that was restarted.",
         "A hop limit of the reset that differs; a capture on the other side of the firewall.", "RFC 9293, section 3.5.2"),
    KIND(box_reset, "reset by a box in between",
         "The hop limit of the reset is not that of the other packets from the same address.",
         "Look for a firewall, an intrusion prevention system or a load balancer at that distance.",
         "A system that sends resets with another first hop limit; a path that changed.", "A capture at the server: it has "
         "not sent the reset.", "RFC 3360"),
    KIND(late_request, "request on a closing connection",
         "One end sends a FIN, payload of the other comes after it, a reset answers that. If the client closes it is a note, for it "
         "has all that it wants. An alert of TLS that closes is no such payload.",
         "Make the keep-alive time of the client, or of the proxy, shorter than that of the server.",
         "A client that does not read the end of the answer.", "The log of the client: it fails at once, not by time-out.",
         "RFC 9112, section 9.5"),
    KIND(keep_alive_dead, "keep-alives without answer", "Three keep-alive probes or more have no answer.",
         "Is the peer up? Did a firewall forget the connection?", "A capture that does not see the answers.",
         "A capture at the peer.", "RFC 9293, section 3.8.4"),
    KIND(no_answer, "no answer to the request",
         "The server's TCP acknowledges the request, and no payload comes: the server closes, or the client gives up after "
         "1 s or more since it sent the last of it, again if it was lost. Ten segments or more of a client that closes are an "
         "upload, not a request.",
         "The log of the server program; is a back end of it down?", "A protocol whose client speaks only.",
         "A capture at the server.", "RFC 9293, section 3.8"),
    KIND(zero_window, "receiver does not read",
         "An end sends a window of 0 (not in a SYN, FIN or reset). The time until the window opens is lost.",
         "What does that program wait for: disk, processor, another server, a lock? Size of its receive buffer.",
         "A window that is full for a moment is usual in fast transfers.", "The same in other flows of that host.",
         "RFC 9293, section 3.8.6.1"),
    KIND(delayed_ack, "Nagle and delayed acknowledgment",
         "Three times or more an acknowledgment comes 30-70 or 150-260 ms after the payload and three times later than the "
         "usual round trip, and the sender goes on within 5 ms.",
         "Write a message with one call, or set TCP_NODELAY.", "A program that waits for each answer and answers itself "
         "at such intervals.", "The system calls of the sender: several small writes for one message.",
         "RFC 1122, sections 4.2.3.2 and 4.2.3.4"),
    KIND(reset, "reset", "A reset after the connection was set up.",
         "The log of the program that sent it; a reset after the peer closed, or of a client that has all it wants, is usual.",
         "The end of a connection that a program closes without reading all.", "A capture at the end that sent it.",
         "RFC 9293, section 3.5.2"),
    KIND(silence, "no more answers",
         "The same payload is sent three times again or more, and nothing of the peer comes any more, or nothing of it is in the "
         "capture. Of a FIN it is a warning; once or twice at the end of the capture is a note.",
         "Is the peer up? Did the route change? Did a firewall lose its state?",
         "Large packets that do not pass; a capture that does not see the answers.",
         "A capture at the peer.", "RFC 6298, section 5"),
    KIND(syn_retried, "set-up after retries",
         "The SYN or the SYN-ACK is sent twice or more before the client acknowledges the SYN-ACK.",
         "Losses on the path, or a backlog of the server that is full (nstat TcpExtListenDrops).",
         "A server that just started.", "A capture at the server.", "RFC 6298, section 2.1"),
    KIND(policer, "rate limited by drops",
         "Ten losses or more and at least 2 % of the segments, six of ten in bursts of three or more. From burst to burst "
         "the same rate passes, within a factor of two, or near the mean three times of four, and the round trip does not double with many bytes in flight; of losses "
         "before the tap, where that cannot be seen: one in four is repaired within 1.6 round trips of the handshake and 10 ms.",
         "Rate limits of the provider, of a firewall or a virtual network (a policer). A shaper, which queues, serves the "
         "same rate with fewer losses.",
         "A link with a queue of few packets; losses at random in bursts, as of radio.",
         "A longer transfer; two flows at a time, which share the rate.",
         "RFC 2475 section 2.3.3; Flach et al., An Internet-Wide Analysis of Traffic Policing, SIGCOMM 2016"),
    KIND(shaper, "rate held by a shaper",
         "The acknowledged bytes of the transfer's equal parts, after its first quarter, are within a factor of 1.25, and the round "
         "trip within 2, half as long again as the least one and 10 ms more. Before, 1.5 times that rate passed in a round trip "
         "that was not longer. At most 5 % of the segments are lost, as when the queue is full once. The side has data all "
         "the time, for 20 round trips or more, and the peer sends next to none. The handshake takes 10 ms or more.",
         "The rate of the contract, of a virtual network or a traffic class; a short queue (fq_codel) before the shaper.",
         "A link that became slower, as of radio or with other traffic. Without the fast burst a shaper is the same as a "
         "narrow link, and not named; near the receiver the queue is not seen.",
         "A capture at the sender; a longer transfer; the same rate in other flows.",
         "RFC 2475 section 2.3.3.3; Kanuparthy and Dovrolis, ShaperProbe: End-to-End Detection of ISP Traffic Shaping, "
         "IMC 2011"),
    KIND(loss_before, "loss before the tap",
         "The tap sees a hole in the sequence numbers, and the missing segment later; by its IP identification, or by a "
         "delay of a round trip, it was sent after the one that showed the hole. At the end of a flight: payload after a "
         "pause of 0.18 s or more, with all before acknowledged, whose IP identification leaves some out, where they count "
         "the packets of the connection otherwise.",
         "Counters of errors and drops of the interfaces between the sender and the tap.",
         "Reordering, where there is no IP identification; drops of the capture: then no retransmission follows.",
         "A capture nearer to the sender.", "RFC 5681, section 3.2; RFC 6298"),
    KIND(loss_after, "loss after the tap",
         "The tap sees a segment twice with different IP identifications, and the peer did not acknowledge the first. What is "
         "repeated by time-out counts when a packet of the peer follows: without one the place is not known.",
         "Counters of errors and drops of the interfaces between the tap and the receiver; a policer; a full queue.",
         "A lost or late acknowledgment.", "A capture nearer to the receiver; duplicate acknowledgments of the receiver.",
         "RFC 5681, section 3.2; RFC 6298"),
    KIND(congestion, "limited by the congestion window",
         "Three bursts of losses or episodes of ECN-Echo or more, in 20 round trips or more of 10 ms or more: after two of three "
         "of them, and two at least, the side sends less (88 % or less of the round trip before, over three round trips), and "
         "grows again; after three of four, and three at least, it need not grow. The receive window is not nearly full, the side pauses in one round trip of ten at most, and neither "
         "a policer, a shaper nor a long queue explains it.",
         "Where the losses or marks are made, as of the findings of losses; the congestion control of the sender (ss -ti); the "
         "round trip, which makes growth slow.",
         "A program that sends less by chance after losses; other traffic that takes turns with this flow. BBR does not cut "
         "its window in this way, and is not found.",
         "A longer transfer; ss -ti at the sender.",
         "RFC 5681, section 3.1; RFC 9438, section 4; RFC 3168, section 6.1.2; Mathis et al., The Macroscopic Behavior of the "
         "TCP Congestion Avoidance Algorithm, 1997"),
    KIND(capture_drops, "packets not captured",
         "An end acknowledges bytes that the capture does not have, and nobody sends them again.",
         "Capture with a larger buffer (-B), with a filter, or with a smaller snaplen.",
         "Packets that take another path; offloading that merges segments in the card.", "Counts of drops of the capture.",
         "RFC 9293, section 3.4"),
    KIND(reordering, "reordering",
         "A segment fills a hole, and by its IP identification it was sent before the segment that showed the hole; without "
         "identification: it comes within 3 ms or 4/5 of the round trip.",
         "Several links or queues that share the packets of a flow; a network card with many queues.",
         "Loss with a very short round trip.", "A capture at the sender, where the order is right.", "RFC 4737, RFC 5236"),
    KIND(spurious, "needless retransmission",
         "A segment is sent again though the tap saw its acknowledgment before, or the receiver says that it came twice "
         "(D-SACK) or echoes a timestamp from before it. A SYN-ACK that comes again after the client acknowledged it "
         "is one, too.",
         "Losses of acknowledgments between the tap and the sender; delays that vary; a queue that is full.",
         "A tail loss probe, which is meant to be so.", "A capture at the sender.", "RFC 2883, RFC 3522, RFC 4138, RFC 8985"),
    KIND(bufferbloat, "long queue",
         "With three quarters of the most bytes in flight the round trip is three times the least one and 50 ms more, over "
         "10 samples or more.",
         "Limit the rate before the narrow link, and use a queue discipline such as fq_codel there.",
         "Delayed acknowledgments; a peer that is busy.", "A ping through the same path during the transfer.", "RFC 8289"),
    KIND(options, "options of TCP missing",
         "The SYN and the SYN-ACK differ in selective acknowledgments or window scaling, or neither has them.",
         "Compare the SYN at both ends: does a firewall strip options? sysctl net.ipv4.tcp_sack, tcp_window_scaling.",
         "A system without these options.", "A capture at the other end.", "RFC 7323, RFC 2018"),
    KIND(window_limit, "limited by the receive window",
         "Three segments or more, and one in five round trips of 10 ms or more, fill the receive window exactly, and the window is "
         "never 0.",
         "Larger receive buffers (SO_RCVBUF, net.ipv4.tcp_rmem); is window scaling on?",
         "A receiver that is slow at times.", "A longer transfer.", "RFC 7323, section 2"),
    KIND(pauses, "sender pauses",
         "One second or more between pieces of payload of a side, with all before acknowledged, no loss, and an open window.",
         "What does that program wait for?", "A user who types; a protocol that sends at intervals.", "The program's log.",
         "RFC 9293, section 3.8"),
    KIND(slow_server, "server answers late",
         "One second or more from the last payload of the client to the first of the server, without a retransmission in "
         "between. Messages of one size at intervals that differ by a quarter at most, which the client answers at once, are "
         "no answers if the server spoke first, or after a pause of its own; of a single one it is a warning.",
         "The log and the load of the server, its database, its look-ups.", "A protocol in which the server waits for an "
         "event, such as push or long polling.", "A capture at the server: the same wait is seen there.",
         "RFC 9293, section 3.8"),
    KIND(restart, "slow start after a pause",
         "After 0.2 s and two round trips or more without payload, all acknowledged, a side sends two full segments or more, "
         "at most half of what it sent in one of the two round trips before, and goes on a round trip later with half as much "
         "again or more, without payload of the peer in between. From 0.3 s in all it is a warning.",
         "sysctl net.ipv4.tcp_slow_start_after_idle of the sender; one connection that is kept busy.",
         "A program that writes that much and waits for a round trip.", "More pauses in the same connection.",
         "RFC 5681, section 4.1; RFC 7661"),
    KIND(small_writes, "very small segments",
         "100 segments or more of one side, nine of ten below 128 bytes, with less than 32 bytes on average.",
         "Collect data before it is written; is TCP_NODELAY set?", "A terminal, or a protocol of events.",
         "The system calls of the program.", "RFC 896"),
    KIND(keep_alives, "keep-alives", "Segments of one byte or none below the next number.", "Nothing is wrong.",
         "Probes of a window of 0.", "", "RFC 9293, section 3.8.4"),
    KIND(reuse, "port used again", "A SYN begins a connection between the ports of an earlier one.",
         "Many short connections: are ports scarce (TIME-WAIT)?", "A retransmission of the SYN.", "", "RFC 6191"),
    KIND(dns_unanswered, "DNS without answer", "A query has no answer until the flow ends. If the capture ends within a second, or all hosts of a network are asked "
         "(mDNS, LLMNR), it is a note.",
         "Ask the server directly (dig @SERVER); does a filter drop UDP or large answers?", "A capture that ends too early.",
         "A capture at the server.", "RFC 1035, RFC 8767"),
    KIND(dns_failed, "DNS error", "The answer has an error other than 'no such name'.",
         "SERVFAIL: the servers of the zone, DNSSEC. REFUSED: the access list of the server.", "", "The same query to another "
         "server.", "RFC 1035, section 4.1.1; RFC 8914"),
    KIND(certificate_time, "certificate out of date",
         "The time of the capture is not within the certificate's validity.", "Renew the certificate; check the clocks.",
         "A wrong clock of the machine that captured.", "The clock of the capturing machine.", "RFC 5280, section 4.1.2.5"),
    KIND(certificate_name, "certificate for another name",
         "No name of the server's certificate matches the name that the client asks for.",
         "The name that the client uses; the default certificate of the server.", "A client that does not check names.",
         "The client's message.", "RFC 9525"),
    KIND(alert, "TLS alert", "The handshake ends with an alert that was sent in clear, or that could be decrypted.",
         "Which side sent it, and its log.", "An alert at the end of a session is usual.", "Keys (--keylog) for encrypted alerts.",
         "RFC 8446, section 6"),
    KIND(http_server_error, "HTTP server error", "A status of 500 or more.", "The log of the server; of a gateway: its back end.",
         "", "The log of the server.", "RFC 9110, section 15.6"),
    KIND(http_slow_first, "HTTP answer begins late", "One second or more from the end of the request to the first byte.",
         "What the server computes; its back ends.", "Losses of the request or of the first packet.", "A capture at the server.",
         "RFC 9110"),
    KIND(http_behind, "HTTP requests wait in line",
         "A request of HTTP/1 is sent before the answer to an earlier one has ended, and waits one second or more for that.",
         "What makes the earlier answer slow; more connections, or HTTP/2.", "A server that answers slowly by itself.",
         "The earlier answer's own times.", "RFC 9112, section 9.3.2"),
    KIND(smtp_refused, "mail refused", "A reply that begins with 5.", "The text of the reply.", "", "The log of the server.",
         "RFC 5321, section 4.2.1"),
    KIND(smtp_later, "mail put off", "A reply that begins with 4.", "Greylisting: the client tries again later. Else the text "
         "of the reply.", "", "The log of the server.", "RFC 5321, section 4.2.1"),
    KIND(dns_truncated, "DNS answer cut", "An answer has TC set.", "Does TCP to port 53 pass? Larger EDNS sizes.", "", "A longer "
         "capture.", "RFC 7766, section 5"),
    KIND(dns_slow, "DNS slow", "Half a second or more from the query to its answer.",
         "The resolver's load, and the servers that it asks.", "", "A capture at the resolver.", "RFC 1035"),
    KIND(dns_search, "search list", "Names that do not exist, followed by the same first part with another domain.",
         "A dot at the end of the name, ndots and search in resolv.conf.", "", "", "RFC 1536, section 6"),
    KIND(dns_missing, "no such name", "The answer is 'no such name'.", "The spelling of the name; its zone.", "", "", "RFC 2308"),
    KIND(first_choice, "IPv4 after IPv6 failed",
         "A SYN over IPv6 to an address of the same name has no answer, a reset or an ICMP error; at most 5 s later this "
         "connection begins over IPv4. Of 1 s and more it is a warning. The look-up of the name is in the capture.",
         "Does the IPv6 address of the name work (ping -6, trace)? A wrong AAAA record, a route or a filter of IPv6.",
         "Clients that try both at once (RFC 8305 waits 250 ms); another host that tries the same name.", "A capture at the "
         "router.", "RFC 8305"),
    KIND(two_routers, "asymmetric path",
         "Frames to an end go to one hardware address, and those from it come from another, which is not a virtual one (VRRP, "
         "HSRP).",
         "Routes of both hosts: which router does each use for the other? Firewalls that keep state see one direction only.",
         "A router that sends from its own address and is reached by a virtual one; a bond of network cards.",
         "A capture at each router.", "RFC 2991; RFC 5798, section 7.3"),
    KIND(lookup_slow, "name look-up before it was slow",
         "The answer that gave the server's address to this client took half a second or more.", "The resolver.",
         "A look-up of another program of that client.", "", "RFC 1035"),
    KIND(http_slow_body, "HTTP body slow", "One second or more from the first byte of the answer to the last.",
         "Losses, windows and pauses of this flow.", "A large body.", "", "RFC 9110"),
    KIND(http_client_error, "HTTP refusal", "A status from 400 to 499.", "The request.", "", "", "RFC 9110, section 15.5"),
    KIND(udp_unanswered, "datagrams without answer", "Two datagrams or more of one side, none of the other.",
         "Is an answer due at all?", "A protocol without answers.", "A capture at the server.", "RFC 768"),
};
#undef KIND

const unsigned tl_finding_kind_count = TL_COUNT(tl_finding_kinds);
