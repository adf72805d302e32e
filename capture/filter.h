/* filter.h - BPF capture filters, compiled by libpcap for each link type that turns up. */
#ifndef TL_CAPTURE_FILTER_H
#define TL_CAPTURE_FILTER_H

#include "core/packet.h"
#include "core/status.h"

struct tl_filter;

/* Checks the expression on Ethernet and on raw IP. NULL and error (TL_E_USAGE, with libpcap's words) if neither takes it. */
struct tl_filter *tl_filter_new(const char *expression, struct tl_error *error);
void tl_filter_free(struct tl_filter *filter);
/* A link type the expression cannot be compiled for lets nothing pass; told once through tl_filter_failure(). */
bool tl_filter_passes(struct tl_filter *filter, const struct tl_packet *packet);
enum tl_failure tl_filter_failure(const struct tl_filter *filter, struct tl_error *error);

#endif
