/* filter.c - BPF capture filters, compiled by libpcap once for each link type. */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"
#include "capture/lookup.h"

enum {
    LINKTYPE_NULL = 0,
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_LINUX_SLL = 113,
    LINKTYPE_ENC = 109,
    SKF_AD_OFF = -0x1000, /* linux/filter.h, which redefines libpcap's names */
    SKF_AD_VLAN_TAG_PRESENT = 48,
    SNAPLEN = 262144, /* return value of an accepting program: more than any packet's caplen */
};

/* What a program is compiled for: a link type, and the byte order of its file where the program depends on it. */
enum { KEY_ORDERED = 1 << 16, KEY_BIG_ENDIAN = 1 << 17 };

struct compiled {
    uint32_t key;
    bool usable;
    uint8_t skip; /* bytes at the start of a packet that the program does not see */
    struct bpf_program program;
    char *why; /* owned; not usable: libpcap's reason */
};

struct tl_filter {
    char *expression;          /* owned */
    char *behind_tags;         /* owned: also matches inside VLAN tags; NULL: not wanted */
    struct compiled *compiled; /* owned */
    uint32_t count;
    uint32_t capacity;
    bool exact;
    bool needs_netmask; /* it has `ip broadcast` */
    uint8_t *untagged; /* owned: a packet without its tags */
    uint32_t room;     /* bytes of untagged */
    uint32_t last; /* index of the most recently used one */
    const struct tl_interfaces *interfaces; /* borrowed; NULL: none */
    struct tl_error error;
};

/* The handle of a capture file of that link type and byte order; it holds no packets. NULL: out of memory. */
static pcap_t *open_file(uint16_t linktype, bool big_endian)
{
    const uint32_t words[] = { 0xa1b2c3d4, big_endian ? 0x00020004 : 0x00040002, 0, 0, SNAPLEN, linktype };
    uint8_t header[sizeof words];
    for (size_t i = 0; i < sizeof header; i++)
        header[i] = (uint8_t)(words[i / 4] >> (big_endian ? 24 - i % 4 * 8 : i % 4 * 8));
    char unused[PCAP_ERRBUF_SIZE];
    FILE *stream = fmemopen(header, sizeof header, "rb");
    if (stream == NULL)
        return NULL;
    pcap_t *pcap = pcap_fopen_offline(stream, unused); /* pcap_close() closes the stream */
    if (pcap == NULL)
        fclose(stream);
    return pcap;
}

/* BSD loopback and OpenBSD's enc begin with an address family in the byte order of the machine that captured. */
static bool order_counts(uint16_t linktype)
{
    return linktype == LINKTYPE_NULL || linktype == LINKTYPE_ENC;
}

static uint32_t key_of(const struct tl_filter *f, uint16_t linktype, uint32_t index)
{
    if (TL_LIKELY(!order_counts(linktype)))
        return linktype;
    const struct tl_interface *interface = f->interfaces != NULL ? tl_interfaces_get(f->interfaces, index) : NULL;
    bool big_endian = interface != NULL ? interface->big_endian : __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return linktype | KEY_ORDERED | (big_endian ? KEY_BIG_ENDIAN : 0U);
}

/* VLAN tags. */

/* Returns true if the expression contains this word. */
static bool has_word(const char *expression, const char *word)
{
    static const char parts[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
    size_t len = strlen(word);
    for (const char *p = expression; (p = strstr(p, word)) != NULL; p += len)
        if ((p == expression || strchr(parts, p[-1]) == NULL) && (p[len] == '\0' || strchr(parts, p[len]) == NULL))
            return true;
    return false;
}

/* Finds `ether[12:2]`: VLAN tags move link-layer offsets. Offsets into IP or TCP are not affected. */
static bool has_link_offset(const char *expression)
{
    static const char *const links[] = { "ether", "link", "fddi", "tr", "wlan", "ppp", "slip", "radio" };
    for (size_t i = 0; i < TL_COUNT(links); i++) {
        size_t len = strlen(links[i]);
        for (const char *p = expression; (p = strstr(p, links[i])) != NULL; p += len)
            if (p[len + strspn(p + len, " \t\r\n")] == '[')
                return true;
    }
    return false;
}

static bool speaks_of_tags(const char *expression)
{
    static const char *const words[] = { "vlan", "mpls", "pppoed", "pppoes", "geneve", "vxlan",
                                         "0x8100", "0x88a8", "0x9100", "33024", "34984", "37120" };
    for (size_t i = 0; i < TL_COUNT(words); i++)
        if (has_word(expression, words[i]))
            return true;
    return has_link_offset(expression);
}

/*
 * `vlan` moves the offsets of everything after it. The expression must not be tested on a tagged packet before its tag
 * is skipped: `not port 22` would match every packet, because the port would be read from the wrong place.
 */
#define UNTAGGED "not (ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x9100)"
static char *behind_tags(const char *e)
{
    static const char format[] = UNTAGGED " and (%s) or (vlan and (" UNTAGGED " and (%s) or (vlan and (%s))))";
    size_t size = sizeof(format) + 3 * strlen(e);
    char *text = malloc(size);
    if (text != NULL)
        snprintf(text, size, format, e, e, e);
    return text;
}

/* Compiling. */

/* Compiles the expression for the link type of pcap. On failure returns false; pcap_geterr() has the reason. */
static bool compile_for(pcap_t *pcap, const struct tl_filter *f, uint32_t netmask, struct bpf_program *program)
{
    /*
     * Compile the expression alone first: errors must quote the user's text, and its parentheses must not pair with
     * ours.
     */
    if (pcap_compile(pcap, program, f->expression, 1, netmask) != 0)
        return false;
    struct bpf_program whole;
    if (f->behind_tags == NULL || pcap_compile(pcap, &whole, f->behind_tags, 1, netmask) != 0)
        return true; /* without VLAN support, use the expression alone */
    pcap_freecode(program);
    *program = whole;
    return true;
}

/* Offsets in the header of LINKTYPE_LINUX_SLL: 2 bytes of direction, 12 bytes of the sender, the Ethertype. */
enum { SLL_SENDER = 2, SLL_TYPE = 14, SLL_HEADER = 16, TAG = 4, TAGS_MOST = 2 };

/*
 * libpcap knows no `vlan` on cooked packets. From the sender on such a packet is laid out as on Ethernet, with other
 * contents in place of the addresses: the program for Ethernet can tell tags, ports and all that follows.
 */
static void compile_like_ethernet(const struct tl_filter *f, struct compiled *c)
{
    bool fits = has_word(f->expression, "vlan") && !has_word(f->expression, "ether");
    pcap_t *pcap = fits ? open_file(LINKTYPE_ETHERNET, false) : NULL;
    if (pcap == NULL)
        return;
    c->usable = compile_for(pcap, f, PCAP_NETMASK_UNKNOWN, &c->program);
    c->skip = c->usable ? SLL_SENDER : 0;
    pcap_close(pcap);
}

/*
 * Adds the program for a key, usable or not. Returns NULL if out of memory. libpcap compiles for a file otherwise than
 * for pcap_open_dead(): IPv6 has three numbers on BSD's loopback, and what only the kernel knows is refused.
 */
static struct compiled *compile(struct tl_filter *f, uint32_t key)
{
    if (f->count == f->capacity) {
        uint32_t capacity = f->capacity == 0 ? 4 : f->capacity * 2;
        struct compiled *grown = realloc(f->compiled, capacity * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        f->compiled = grown;
        f->capacity = capacity;
    }
    pcap_t *pcap = open_file((uint16_t)key, (key & KEY_BIG_ENDIAN) != 0);
    if (pcap == NULL)
        return NULL;
    struct compiled *c = &f->compiled[f->count];
    *c = (struct compiled){ .key = key };
    c->usable = compile_for(pcap, f, PCAP_NETMASK_UNKNOWN, &c->program);
    if (!c->usable)
        c->why = strdup(pcap_geterr(pcap));
    if (!c->usable && key == LINKTYPE_LINUX_SLL)
        compile_like_ethernet(f, c);
    pcap_close(pcap);
    if (!c->usable && c->why == NULL)
        return NULL;
    f->count++;
    return c;
}

/* Returns false and writes libpcap's reason if the expression is wrong for this link type, also live. */
static bool is_sound(const struct tl_filter *f, int dlt, uint32_t netmask, char why[PCAP_ERRBUF_SIZE])
{
    struct bpf_program program;
    pcap_t *pcap = pcap_open_dead(dlt, SNAPLEN);
    bool sound = pcap != NULL && compile_for(pcap, f, netmask, &program);
    snprintf(why, PCAP_ERRBUF_SIZE, "%s", sound ? "" : pcap != NULL ? pcap_geterr(pcap) : "no memory");
    if (sound)
        pcap_freecode(&program);
    if (pcap != NULL)
        pcap_close(pcap);
    return sound;
}

/* Reports why the expression is refused. For a name that is not looked up, says what to write. */
static enum tl_failure refuse(const char *expression, const char *why, struct tl_error *error)
{
    static const char *const names[] = { "unknown host '", "unknown network '", "unknown ether host '" };
    for (size_t i = 0; i < TL_COUNT(names) && tl_lookup_is_forbidden(); i++) {
        size_t len = strlen(names[i]);
        if (strncmp(why, names[i], len) == 0)
            return tl_error_set(error, TL_E_USAGE,
                                "capture filter \"%.200s\": names are not looked up: write the address of '%.*s, or "
                                "add --resolve", expression, (int)strcspn(why + len, "'") + 1, why + len);
    }
    return tl_error_set(error, TL_E_USAGE, "capture filter \"%s\": %s", expression, why);
}

/*
 * tcpdump takes 0 for the netmask of a file: then `ip broadcast` is 255.255.255.255 and 0.0.0.0, and a broadcast to a
 * subnet is missing without a word.
 */
static enum tl_failure refuse_netmask(const struct tl_filter *f, const char *of, struct tl_error *error)
{
    return tl_error_set(error, TL_E_USAGE,
                        "capture filter \"%.200s\": %s no netmask that 'ip broadcast' needs: write 'ether broadcast', "
                        "or the addresses, as 'dst 255.255.255.255 or dst 192.168.1.255'", f->expression, of);
}

struct tl_filter *tl_filter_new(const char *expression, bool exact, struct tl_error *error)
{
    struct tl_filter *f = calloc(1, sizeof(*f));
    bool tags = !exact && !speaks_of_tags(expression);
    if (f != NULL)
        f->exact = exact;
    if (f == NULL || (f->expression = strdup(expression)) == NULL ||
        (tags && (f->behind_tags = behind_tags(expression)) == NULL)) {
        tl_filter_free(f);
        tl_error_set(error, TL_E_RUNTIME, "out of memory for the capture filter");
        return NULL;
    }
    enum { NO_NETMASK = 0 };
    char why[PCAP_ERRBUF_SIZE], unused[PCAP_ERRBUF_SIZE];
    bool ethernet = is_sound(f, DLT_EN10MB, NO_NETMASK, why);
    if (!ethernet && !is_sound(f, DLT_RAW, NO_NETMASK, unused)) {
        (void)refuse(expression, why, error);
        tl_filter_free(f);
        return NULL;
    }
    f->needs_netmask = !is_sound(f, ethernet ? DLT_EN10MB : DLT_RAW, PCAP_NETMASK_UNKNOWN, unused);
    return f;
}

void tl_filter_free(struct tl_filter *filter)
{
    if (filter == NULL)
        return;
    for (uint32_t i = 0; i < filter->count; i++) {
        if (filter->compiled[i].usable)
            pcap_freecode(&filter->compiled[i].program);
        free(filter->compiled[i].why);
    }
    free(filter->compiled);
    free(filter->expression);
    free(filter->behind_tags);
    free(filter->untagged);
    free(filter);
}

const char *tl_filter_text(const struct tl_filter *filter)
{
    return filter->behind_tags != NULL ? filter->behind_tags : filter->expression;
}

const char *tl_filter_expression(const struct tl_filter *filter)
{
    return filter->expression;
}

static const struct compiled *find(struct tl_filter *f, uint32_t key)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (f->compiled[i].key == key) {
            f->last = i;
            return &f->compiled[i];
        }
    const struct compiled *c = compile(f, key);
    if (c == NULL) {
        tl_error_set(&f->error, TL_E_RUNTIME, "out of memory for the capture filter");
        return NULL;
    }
    f->last = f->count - 1;
    return c;
}

/* Returns whether the filter tells another thing of a packet whose tag the kernel has taken out. */
static bool depends_on_tags(const struct tl_filter *f)
{
    static const char *const words[] = { "len", "less", "greater", "mpls", "pppoed", "pppoes", "geneve", "vxlan",
                                         "0x8100", "0x88a8", "0x9100", "33024", "34984", "37120" };
    for (size_t i = 0; i < TL_COUNT(words); i++)
        if (has_word(f->expression, words[i]))
            return true;
    return has_link_offset(f->expression) || (f->exact && !has_word(f->expression, "vlan"));
}

/* Puts instructions before those of program (NULL: a program that passes all) that pass every tagged packet. */
static bool pass_tagged(const struct bpf_program *program, struct bpf_program *whole)
{
    const struct bpf_insn first[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (bpf_u_int32)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SNAPLEN),
    };
    const struct bpf_insn all = BPF_STMT(BPF_RET | BPF_K, SNAPLEN);
    const struct bpf_insn *rest = program != NULL ? program->bf_insns : &all;
    u_int count = program != NULL ? program->bf_len : 1;
    whole->bf_insns = calloc(TL_COUNT(first) + count, sizeof *whole->bf_insns);
    if (whole->bf_insns == NULL)
        return false;
    memcpy(whole->bf_insns, first, sizeof first);
    memcpy(whole->bf_insns + TL_COUNT(first), rest, count * sizeof *rest);
    whole->bf_len = (u_int)TL_COUNT(first) + count;
    return true;
}

enum tl_failure tl_filter_install(struct tl_filter *filter, void *pcap, uint32_t netmask, bool *check,
                                  struct tl_error *error)
{
    struct bpf_program program, whole = { 0 };
    uint16_t linktype = tl_file_linktype((uint16_t)pcap_datalink(pcap));
    if (filter->needs_netmask && netmask == PCAP_NETMASK_UNKNOWN)
        return refuse_netmask(filter, "\"any\" has", error);
    bool cooked = linktype == LINKTYPE_LINUX_SLL, compiled = compile_for(pcap, filter, netmask, &program);
    *check = cooked || (linktype == LINKTYPE_ETHERNET && depends_on_tags(filter));
    if (*check) {
        const struct compiled *c = find(filter, key_of(filter, linktype, 0));
        *check = c != NULL && c->usable; /* else the expression asks for what only the kernel knows */
    }
    if (!compiled && !*check)
        return tl_error_set(error, TL_E_USAGE, "capture filter \"%s\": %s", filter->expression, pcap_geterr(pcap));
    bool made = !*check || pass_tagged(compiled ? &program : NULL, &whole);
    int set = made ? pcap_setfilter(pcap, *check ? &whole : &program) : -1;
    if (compiled)
        pcap_freecode(&program);
    free(whole.bf_insns);
    if (set != 0)
        return tl_error_set(error, TL_E_RUNTIME, "capture filter \"%s\": %s", filter->expression,
                            made ? pcap_geterr(pcap) : "out of memory");
    return TL_E_NONE;
}

enum tl_failure tl_filter_use_files(struct tl_filter *filter, const struct tl_interfaces *interfaces, bool all_known,
                                    struct tl_error *error)
{
    filter->interfaces = interfaces;
    if (filter->needs_netmask)
        return refuse_netmask(filter, "a capture file has", error);
    const struct compiled *wrong = NULL;
    for (uint32_t i = 0; all_known && i < tl_interfaces_count(interfaces); i++) {
        const struct compiled *c = find(filter, key_of(filter, tl_interfaces_get(interfaces, i)->linktype, i));
        if (c == NULL)
            return tl_error_set(error, TL_E_RUNTIME, "%s", filter->error.text);
        if (c->usable)
            return TL_E_NONE;
        wrong = c;
    }
    return wrong == NULL ? TL_E_NONE
                         : tl_error_set(error, TL_E_USAGE, "capture filter \"%s\": %s", filter->expression, wrong->why);
}

static bool is_tag(const uint8_t *type)
{
    unsigned value = (unsigned)type[0] << 8 | type[1];
    return value == 0x8100 || value == 0x88a8 || value == 0x9100;
}

/* Returns the bytes that the tags of a cooked packet take, at most two. */
static uint32_t tag_bytes(const struct tl_packet *packet)
{
    uint32_t tags = 0;
    while (tags < TAGS_MOST * TAG && packet->caplen >= SLL_HEADER + tags + TAG &&
           is_tag(packet->bytes + SLL_TYPE + tags))
        tags += TAG;
    return tags;
}

/* For cooked packets libpcap's program cannot look inside tags: unless exact, it is given the packet without them. */
static bool passes_cooked(struct tl_filter *f, const struct compiled *c, const struct tl_packet *packet)
{
    struct pcap_pkthdr header = { .caplen = packet->caplen, .len = packet->len };
    const uint8_t *bytes = packet->bytes;
    uint32_t tags = c->skip == 0 && f->behind_tags != NULL ? tag_bytes(packet) : 0;
    if (packet->caplen < SLL_HEADER)
        return pcap_offline_filter(&c->program, &header, bytes) != 0;
    if (tags > 0 && f->room < packet->caplen) {
        uint8_t *grown = realloc(f->untagged, packet->caplen);
        if (grown == NULL)
            return false;
        f->untagged = grown;
        f->room = packet->caplen;
    }
    if (tags > 0) {
        memcpy(f->untagged, bytes, SLL_TYPE);
        memcpy(f->untagged + SLL_TYPE, bytes + SLL_TYPE + tags, packet->caplen - tags - SLL_TYPE);
        bytes = f->untagged;
    }
    header.caplen -= tags + c->skip;
    header.len -= c->skip;
    return pcap_offline_filter(&c->program, &header, bytes + c->skip) != 0;
}

bool tl_filter_passes(struct tl_filter *filter, const struct tl_packet *packet)
{
    const struct compiled *c = filter->count > 0 ? &filter->compiled[filter->last] : NULL;
    if (TL_UNLIKELY(c == NULL || c->key != packet->linktype) &&
        (c = find(filter, key_of(filter, packet->linktype, (uint32_t)packet->interface))) == NULL)
        return false;
    if (TL_UNLIKELY(!c->usable)) {
        if (filter->error.kind == TL_E_NONE)
            tl_error_set(&filter->error, TL_E_USAGE,
                         "capture filter \"%s\" does not apply to link type %u, its packets are left out: %s",
                         filter->expression, packet->linktype, c->why);
        return false;
    }
    struct pcap_pkthdr header = { .caplen = packet->caplen, .len = packet->len };
    if (TL_UNLIKELY(packet->linktype == LINKTYPE_LINUX_SLL))
        return passes_cooked(filter, c, packet);
    return pcap_offline_filter(&c->program, &header, packet->bytes) != 0;
}

enum tl_failure tl_filter_failure(const struct tl_filter *filter, struct tl_error *error)
{
    if (filter->error.kind != TL_E_NONE)
        tl_error_set(error, filter->error.kind, "%s", filter->error.text);
    return filter->error.kind;
}

static void put_program(struct tl_buffer *out, const struct bpf_program *program, enum tl_program form)
{
    if (form == TL_PROGRAM_DECIMAL)
        tl_put_format(out, "%u\n", program->bf_len);
    for (u_int i = 0; i < program->bf_len; i++) {
        const struct bpf_insn *one = &program->bf_insns[i];
        if (form == TL_PROGRAM_TEXT)
            tl_put_format(out, "%s\n", bpf_image(one, (int)i));
        else if (form == TL_PROGRAM_C)
            tl_put_format(out, "{ 0x%x, %u, %u, 0x%08x },\n", (unsigned)one->code, (unsigned)one->jt, (unsigned)one->jf,
                          (unsigned)one->k);
        else
            tl_put_format(out, "%u %u %u %u\n", (unsigned)one->code, (unsigned)one->jt, (unsigned)one->jf,
                          (unsigned)one->k);
    }
}

enum tl_failure tl_filter_print(const struct tl_filter *filter, uint16_t linktype, void *pcap, uint32_t netmask,
                                enum tl_program form, struct tl_buffer *out, struct tl_error *error)
{
    struct bpf_program program;
    if (filter->needs_netmask && (pcap == NULL || netmask == PCAP_NETMASK_UNKNOWN))
        return refuse_netmask(filter, pcap == NULL ? "a capture file has" : "\"any\" has", error);
    pcap_t *used = pcap != NULL ? pcap : open_file(linktype, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    if (used == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory for the capture filter");
    enum tl_failure failure = TL_E_NONE;
    if (compile_for(used, filter, netmask, &program)) {
        put_program(out, &program, form);
        pcap_freecode(&program);
    } else {
        failure = tl_error_set(error, TL_E_USAGE, "capture filter \"%s\": %s", filter->expression, pcap_geterr(used));
    }
    if (pcap == NULL)
        pcap_close(used);
    return failure;
}
