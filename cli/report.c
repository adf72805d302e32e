/* report.c - messages on standard error: errors, and warnings after a run. */
#include "cli/report.h"

#include "core/buffer.h"
#include "pipeline/engine.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MOST = 160 }; /* columns of a filter that are shown around the mark */

/*
 * Returns the length in bytes of the UTF-8 character at p, or 0 if it is invalid or can control a terminal (C0, C1,
 * bidirectional controls).
 */
static size_t harmless(const uint8_t *p)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f;
    size_t n = (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
    uint32_t c = n > 0 ? p[0] & (0x7fu >> n) : 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (n == 0 || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c < 0xa0)
        return 0;
    bool turns =
        c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return turns ? 0 : n;
}

void tl_tell(const char *format, ...)
{
    char text[1024];
    struct tl_buffer line = { 0 };
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0)
        return;
    tl_put_lit(&line, "taplight: ");
    for (const uint8_t *p = (const uint8_t *)text; *p != '\0';) {
        size_t n = harmless(p);
        if (n > 0)
            tl_put(&line, p, n);
        else
            tl_put_format(&line, "\\x%02x", *p);
        p += n > 0 ? n : 1;
    }
    tl_put_char(&line, '\n');
    if (write(STDERR_FILENO, line.data, line.len) < 0)
        len = 0; /* standard error is closed: nowhere to report it */
    tl_buffer_fini(&line);
}

void tl_tell_place(const char *text, uint32_t at, uint32_t len)
{
    char mark[LINE_MOST + 1];
    uint32_t whole = (uint32_t)strlen(text), from = at > LINE_MOST / 2 ? at - LINE_MOST / 2 : 0, n = 0;
    uint32_t end = at + (len > 0 ? len : 1);
    for (uint32_t i = from; i < end && n < LINE_MOST && i <= whole; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) /* one column for each character of UTF-8 */
            mark[n++] = i < at ? ' ' : i == at ? '^' : '~';
    }
    mark[n] = '\0';
    tl_tell("  %.*s", LINE_MOST, text + from);
    tl_tell("  %s", mark);
}

static const char *are(uint64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

/* Wrong checksums, in packets. */
static void warn_of_checksums(uint64_t believed, uint64_t left_out)
{
    uint64_t n = believed + left_out;
    const char *have = are(n, "packet has a wrong checksum", "packets have wrong checksums");
    if (believed == 0 && left_out > 0)
        tl_tell("%" PRIu64 " %s and %s left out of the analysis: add --checksums=off to include %s", n, have,
                are(n, "was", "were"), are(n, "it", "them"));
    else if (believed > 0 && left_out == 0)
        tl_tell("%" PRIu64 " %s and %s analysed, because %s showed no right one before: add --checksums=strict to "
                "leave %s out", n, have, are(n, "was", "were"), are(n, "its side of the flow", "their sides of the flows"),
                are(n, "it", "them"));
    else if (n > 0)
        tl_tell("%" PRIu64 " %s: %" PRIu64 " analysed, because no right one came before on that side of the flow, "
                "%" PRIu64 " left out; add --checksums=off to include all, --checksums=strict for none", n, have,
                believed, left_out);
}

void tl_warn_of(const struct tl_counters *counters, bool live)
{
    uint64_t n = counters->flows_evicted;
    if (n > 0)
        tl_tell("%" PRIu64 " %s ended early, memory limit reached: raise it with --mem", n,
                are(n, "flow was", "flows were"));
    n = counters->packets_refused;
    if (n > 0)
        tl_tell("%" PRIu64 " %s to no flow, memory limit reached: raise it with --mem", n,
                are(n, "packet belongs", "packets belong"));
    n = counters->reassembly_truncated;
    if (n > 0)
        tl_tell("%" PRIu64 " %s not reassembled, memory limit reached: raise it with --mem", n,
                are(n, "byte was", "bytes were"));
    n = counters->dropped_kernel + counters->dropped_interface;
    if (n > 0 && !live)
        tl_tell("the capture file reports %" PRIu64 " dropped %s: %" PRIu64 " by the kernel, %" PRIu64
                " by the interface", n, are(n, "packet", "packets"), counters->dropped_kernel,
                counters->dropped_interface);
    n = counters->wrong_options;
    if (n > 0)
        tl_tell("the options of %" PRIu64 " %s exceed their pcapng block: from there on they, and any comment in them, are "
                "not read; the %s read", n, are(n, "packet", "packets"), are(n, "packet was", "packets were"));
    n = counters->not_kept;
    if (n > 0)
        tl_tell("the options of %" PRIu64 " pcapng %s too long to keep: %s comments are not shown, and -w writes of "
                "interfaces what Taplight reads of them only", n, are(n, "block of a section or an interface is",
                "blocks of sections or interfaces are"), are(n, "its", "their"));
    n = counters->undecoded;
    if (n > 0) {
        const char *name = pcap_datalink_val_to_name((int)counters->undecoded_linktype);
        tl_tell("%" PRIu64 " %s a link type without a decoder (%" PRIu64 "%s%s): shown as data", n,
                are(n, "packet has", "packets have"), counters->undecoded_linktype, name != NULL ? ", " : "",
                name != NULL ? name : "");
    }
    n = counters->cut_headers;
    if (n > 0)
        tl_tell("%" PRIu64 " %s cut before the port numbers and %s to no flow: capture with a larger snaplen", n,
                are(n, "packet is", "packets are"), are(n, "belongs", "belong"));
    n = counters->offloaded;
    if (n > 0)
        tl_tell("%" PRIu64 " %s captured before checksum offload filled the checksum in: treated as correct", n,
                are(n, "packet was", "packets were"));
    warn_of_checksums(counters->believed, counters->left_out);
}
