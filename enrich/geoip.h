/* geoip.h - where addresses are, and whose: files of the MaxMind DB format, version 2.0. */
#ifndef TL_ENRICH_GEOIP_H
#define TL_ENRICH_GEOIP_H

#include "core/buffer.h"
#include "core/status.h"
#include "flows/conn.h"

struct tl_geoip;

/*
 * Reads the databases of City, Country and ASN type among the files *.mmdb of `folder`, which is borrowed. Of two of a type
 * the one that was built later counts. notice is told once of a database that turns out to be damaged.
 */
struct tl_geoip *tl_geoip_open(const char *folder, void (*notice)(void *context, const char *text), void *context,
                               struct tl_error *error);
void tl_geoip_free(struct tl_geoip *geoip);
/* Reads them again. On failure the old ones stay. */
enum tl_failure tl_geoip_reload(struct tl_geoip *geoip, struct tl_error *error) TL_MUST_CHECK;
/* Appends the types of the databases, separated by commas. */
void tl_geoip_put_types(struct tl_geoip *geoip, struct tl_buffer *out);
/* Adds country, city and autonomous system of both ends to a record. Thread-safe. */
void tl_geoip_fill(struct tl_geoip *geoip, struct tl_conn_record *record, const struct tl_flow_id *id);

#endif
