/* filter.h - BPF capture filters, compiled by libpcap for each link type that turns up. */
#ifndef TL_CAPTURE_FILTER_H
#define TL_CAPTURE_FILTER_H

#include "core/packet.h"
#include "core/status.h"

struct tl_filter;

/*
 * Checks the expression on Ethernet and on raw IP. NULL and error (TL_E_USAGE, with libpcap's words) if neither takes
 * it.
 *
 * Unless `exact`, packets behind one or two VLAN tags are held against it as if they had none, where the link type
 * knows such tags. An expression that itself speaks of tags, labels or bytes of the link layer is left as it is.
 */
struct tl_filter *tl_filter_new(const char *expression, bool exact, struct tl_error *error);
void tl_filter_free(struct tl_filter *filter);
/* What is compiled where the link type knows VLAN tags; the expression itself where nothing was added to it. */
const char *tl_filter_text(const struct tl_filter *filter);
const char *tl_filter_expression(const struct tl_filter *filter);
/* For the capture that pcap (a pcap_t) has open: pcap_setfilter() with it. TL_E_USAGE and error where that fails. */
enum tl_failure tl_filter_install(const struct tl_filter *filter, void *pcap, struct tl_error *error) TL_MUST_CHECK;
/* A link type the expression cannot be compiled for lets nothing pass; told once through tl_filter_failure(). */
bool tl_filter_passes(struct tl_filter *filter, const struct tl_packet *packet);
enum tl_failure tl_filter_failure(const struct tl_filter *filter, struct tl_error *error);

#endif
