/* filter.h - BPF capture filters, compiled by libpcap for each link type in the input. */
#ifndef TL_CAPTURE_FILTER_H
#define TL_CAPTURE_FILTER_H

#include "core/buffer.h"
#include "core/packet.h"
#include "core/status.h"

struct tl_filter;

/*
 * Checks the expression on Ethernet and raw IP. Returns NULL and sets error (TL_E_USAGE, with libpcap's text) if it
 * compiles for neither.
 * Unless `exact`, packets with one or two VLAN tags are matched as if they had no tags, on link types with VLAN
 * support. An expression that mentions tags, labels or link-layer bytes is not changed.
 */
struct tl_filter *tl_filter_new(const char *expression, bool exact, struct tl_error *error);
void tl_filter_free(struct tl_filter *filter);
/* Returns the text compiled for link types with VLAN support, or the expression itself if it was not extended. */
const char *tl_filter_text(const struct tl_filter *filter);
const char *tl_filter_expression(const struct tl_filter *filter);
/*
 * Calls pcap_setfilter() on pcap (a pcap_t). netmask: of its interface, in host byte order, for `ip broadcast`; 0: it
 * has no address; PCAP_NETMASK_UNKNOWN: it is "any". On failure returns TL_E_USAGE and sets error. The kernel takes the
 * outer VLAN tag out of a packet before it runs the filter, and libpcap puts it back. Where the program cannot tell for
 * such a packet what it would tell for a file, it passes all tagged packets and *check is set: test them with
 * tl_filter_passes().
 */
enum tl_failure tl_filter_install(struct tl_filter *filter, void *pcap, uint32_t netmask, bool *check,
                                  struct tl_error *error) TL_MUST_CHECK;
/*
 * Packets come from files with these interfaces (borrowed): the byte order of a file counts for BSD loopback. If all of
 * them are known already and the expression compiles for none, returns TL_E_USAGE with libpcap's text. Also for
 * `ip broadcast`, because a file has no netmask.
 */
enum tl_failure tl_filter_use_files(struct tl_filter *filter, const struct tl_interfaces *interfaces, bool all_known,
                                    struct tl_error *error) TL_MUST_CHECK;
/*
 * Compiles as libpcap does for a capture file. Returns false for a link type the expression does not compile for;
 * reported once, with libpcap's text, by tl_filter_failure().
 */
bool tl_filter_passes(struct tl_filter *filter, const struct tl_packet *packet);
enum tl_failure tl_filter_failure(const struct tl_filter *filter, struct tl_error *error);

/* Forms of a printed program: those of tcpdump's -d, -dd and -ddd. */
enum tl_program { TL_PROGRAM_TEXT, TL_PROGRAM_C, TL_PROGRAM_DECIMAL };
/*
 * Appends the program for packets of a file with this link type or, if pcap (a pcap_t) is not NULL, for those that it
 * captures; netmask as for tl_filter_install(). Returns TL_E_USAGE, with libpcap's text, if the expression does not
 * compile for it.
 */
enum tl_failure tl_filter_print(const struct tl_filter *filter, uint16_t linktype, void *pcap, uint32_t netmask,
                                enum tl_program form, struct tl_buffer *out, struct tl_error *error) TL_MUST_CHECK;

#endif
