/*
 * inflate.h - decompression as a table of functions: raw deflate (RFC 1951) in pieces that share their context, content
 * codings (RFC 9110 section 8.4.1), and the header fields of HTTP/2 and 3 (HPACK, RFC 7541; QPACK, RFC 9204).
 *
 * A room that needs it is handed the table and links no library; codec/ fills it. Memory comes from the caller's slab:
 * it is bounded and counted there, at most TL_INFLATE_MEMORY bytes an inflater. How much comes out of how little is the
 * caller's to bound: a call never writes more than it has room for.
 */
#ifndef TL_CORE_INFLATE_H
#define TL_CORE_INFLATE_H

#include "core/bytes.h"

struct tl_inflation;
struct tl_slab;

enum {
    TL_INFLATE_MEMORY = 48 << 10,
    TL_CONTENT_MEMORY = 3 << 19, /* the same for content codings: most need a tenth of it */
    /*
     * Bytes that a content coding may refer back. Where it announces a larger window, only as many bytes of the content
     * (for zstd: of each frame) are decoded. RFC 9659 allows 8 MiB, which is too much for each of many flows.
     */
    TL_CONTENT_REACH = (1 << 19) - 16,
};

enum tl_inflate_status {
    TL_INFLATE_DONE, /* all input was taken, all output written */
    TL_INFLATE_FULL, /* there is no more room for output: call again */
    TL_INFLATE_END,  /* the same, and the content is complete; only for content codings */
    TL_INFLATE_BAD,  /* the input is not as coded, or there is no memory: nothing can follow but end() */
    TL_INFLATE_CUT,  /* the limits above or lack of memory: what was written is right; only for content codings */
};

enum tl_coding {
    TL_CODING_NONE,
    TL_CODING_GZIP,    /* RFC 1952; several members are one content */
    TL_CODING_DEFLATE, /* zlib (RFC 1950); also raw deflate, which some servers send */
    TL_CODING_BROTLI,  /* RFC 7932 */
    TL_CODING_ZSTD,    /* RFC 8878, several frames are one content */
};

/* A content has up to two codings, one applied to the result of the other: a number of TL_CODING_BITS for each. */
enum { TL_CODING_BITS = 4, TL_CODINGS_MOST = 0xff };

/* Returns the codings of what had `codings` and was then coded once more; TL_CODING_NONE if these are too many. */
static inline uint8_t tl_coded_again(uint8_t codings, enum tl_coding coding)
{
    unsigned both = (unsigned)codings << TL_CODING_BITS | (unsigned)coding;
    return both <= TL_CODINGS_MOST ? (uint8_t)both : (uint8_t)TL_CODING_NONE;
}

struct tl_content;
struct tl_headers;
struct tl_qpack;

enum {
    TL_HEADERS_TABLE = 64 << 10, /* bytes of the largest dynamic table of header fields */
    TL_HEADERS_STATIC = 61,      /* entries of the static table */
    TL_HEADERS_STRING = 64 << 10, /* bytes of the longest name or value */
};

struct tl_header_field {
    struct tl_bytes name, value;
};

struct tl_inflate {
    /* window_bits: 8 to 15, base 2 logarithm of how far back the sender refers. NULL without memory. */
    struct tl_inflation *(*begin)(struct tl_slab *slab, unsigned window_bits);
    /*
     * Takes bytes off the start of *in and writes to out, which has room for *out_len bytes; *out_len is then how many
     * were written, also when the status is BAD. A block that is marked as the last may be followed by others.
     */
    enum tl_inflate_status (*feed)(struct tl_inflation *inflater, struct tl_bytes *in, uint8_t *out, uint32_t *out_len);
    /* What follows refers to nothing before it. */
    void (*reset)(struct tl_inflation *inflater);
    /* Gives its memory back. May be NULL. */
    void (*end)(struct tl_inflation *inflater);

    /*
     * The same for content codings: one, or two as tl_coded_again() gives them. Memory depends on the coding and its
     * window, up to TL_CONTENT_MEMORY for each: a limit of the content alone. Where the slab has no room, the request is
     * a wish there (core/slab.h). What comes out of the first of two codings is bounded too (CUT).
     */
    struct tl_content *(*begin_content)(struct tl_slab *slab, uint8_t codings);
    /*
     * Bytes after the end of the content are taken and ignored. Where the input is wrong, libraries drop some of what
     * the same call would have written: a caller whose results must not depend on how its input is cut passes pieces of
     * equal size.
     */
    enum tl_inflate_status (*feed_content)(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                           uint32_t *out_len);
    void (*end_content)(struct tl_content *content);

    /*
     * Header fields of one direction of a connection. Memory: what the table holds, and one field. `unknown`: earlier
     * fields were missed. The table is then as large as it may be, which is right for any encoder: what it adds comes
     * before all older entries, and it never refers to an entry that it evicted.
     */
    struct tl_headers *(*begin_headers)(struct tl_slab *slab, bool unknown);
    /*
     * Reads exactly one representation (RFC 7541 section 6), whole. DONE: *field is valid until the next call; its name
     * has no data after a change of the table's size. BAD, or CUT without memory: nothing can follow but end_headers().
     */
    enum tl_inflate_status (*feed_headers)(struct tl_headers *headers, struct tl_bytes in,
                                           struct tl_header_field *field);
    /* A header block is complete. */
    void (*end_block)(struct tl_headers *headers);
    /* Returns the number of entries of the static and the dynamic table: the greatest index. */
    uint32_t (*header_entries)(const struct tl_headers *headers);
    /* May be NULL. */
    void (*end_headers)(struct tl_headers *headers);

    /*
     * Header fields of one direction of HTTP/3. table: bytes of the dynamic table that the other side allows; at most
     * TL_HEADERS_TABLE. NULL without memory.
     */
    struct tl_qpack *(*begin_qpack)(struct tl_slab *slab, uint32_t table);
    /* Bytes of the encoder's stream. BAD: nothing can be decoded any more. */
    enum tl_inflate_status (*feed_qpack)(struct tl_qpack *qpack, struct tl_bytes in);
    /*
     * Reads a whole section, and passes its fields on. CUT: it refers to fields that did not come yet, or there is no
     * memory. BAD: it is wrong, and so is all that follows.
     */
    enum tl_inflate_status (*qpack_section)(struct tl_qpack *qpack, uint64_t stream, struct tl_bytes in,
                                            void (*take)(void *context, const struct tl_header_field *field),
                                            void *context);
    /* May be NULL. */
    void (*end_qpack)(struct tl_qpack *qpack);
};

#endif
