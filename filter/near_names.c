/* near_names.c - the names that are most like a mistyped one, by edit distance (Levenshtein, 1965). */
#include "filter/names.h"

enum { LONGEST = 64, NEAR = 3 };

struct near {
    char name[LONGEST]; /* "": none */
    unsigned distance;
};

struct search {
    struct tl_bytes name;
    struct near best[NEAR];
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(struct tl_bytes a, struct tl_bytes b)
{
    unsigned row[LONGEST + 1];
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned change = diagonal + ((a.data[i - 1] | 0x20) != (b.data[j - 1] | 0x20));
            diagonal = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.len];
}

/* Keeps the nearest names, in their order; of equally near ones the first. */
static void consider(void *context, const struct tl_name_row *row)
{
    struct search *s = context;
    struct tl_bytes name = tl_bytes_of(row->name, strlen(row->name));
    if (name.len >= LONGEST)
        return;
    bool begins = name.len > s->name.len && memcmp(name.data, s->name.data, s->name.len) == 0;
    uint32_t most = s->name.len / 3 + 1;
    bool alike = name.len <= s->name.len + most && s->name.len <= name.len + most;
    if (!begins && !alike)
        return;
    unsigned d = begins ? 1 : distance(s->name, name);
    if (d > most)
        return;
    for (unsigned i = 0; i < NEAR; i++) {
        if (s->best[i].name[0] != '\0' && strcmp(s->best[i].name, row->name) == 0)
            return;
        if (s->best[i].name[0] != '\0' && s->best[i].distance <= d)
            continue;
        for (unsigned k = NEAR - 1; k > i; k--)
            s->best[k] = s->best[k - 1];
        memcpy(s->best[i].name, row->name, name.len + 1);
        s->best[i].distance = d;
        return;
    }
}

/* What stands here for a name of Wireshark; NULL: nothing is known. */
static const char *stands_for(struct tl_bytes name)
{
    static const char later[] = ": only a later packet tells, and a capture is read once",
                      body[] = ": bodies are files here, see taplight objects and --extract-files",
                      columns[] = ": columns are not fields here, see --columns no,time,src,dst,proto,len,info",
                      expert[] = ": see -z expert";
    static const struct {
        const char *name;
        bool all; /* and all names that begin with it */
        const char *hint;
    } rows[] = {
        { "http.response_in", false, later }, { "http.next_request_in", false, later },
        { "http.next_response_in", false, later }, { "dns.response_in", false, later },
        { "tcp.completeness", false, later }, { "tcp.reassembled_in", false, later },
        { "ip.reassembled_in", false, later }, { "ipv6.reassembled_in", false, later }, { "icmp.resp_in", false, later },
        { "http.file_data", false, body }, { "data-text-lines", false, body }, { "media", false, body },
        { "json", false, body }, { "xml", false, body }, { "image-", true, body }, { "_ws.col.", true, columns },
        { "_ws.expert", true, expert },
        { "mdns", false, ": it is dns here, as in dns && udp.port == 5353" },
        { "llmnr", false, ": it is dns here, as in dns && udp.port == 5355" },
    };
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        const size_t len = strlen(rows[i].name);
        if ((rows[i].all ? name.len >= len : name.len == len) && memcmp(rows[i].name, name.data, len) == 0)
            return rows[i].hint;
    }
    return NULL;
}

void tl_names_near(const struct tl_names *names, struct tl_bytes name, char *out, size_t size)
{
    struct search s = { .name = name };
    size_t used = 0;
    out[0] = '\0';
    if (name.len == 0 || name.len >= LONGEST)
        return;
    tl_names_each(names, consider, &s);
    for (unsigned i = 0; i < NEAR && s.best[i].name[0] != '\0'; i++) {
        size_t len = strlen(s.best[i].name), between = used > 0 ? 2 : 0;
        if (used + between + len >= size)
            break;
        memcpy(out + used, ", ", between);
        memcpy(out + used + between, s.best[i].name, len + 1);
        used += between + len;
    }
}

const char *tl_names_hint(const struct tl_names *names, struct tl_bytes name, char *out, size_t size)
{
    static const char mean[] = ": did you mean ";
    const char *known = stands_for(name);
    if (known != NULL)
        return known;
    if (size <= sizeof mean)
        return "";
    memcpy(out, mean, sizeof mean);
    tl_names_near(names, name, out + sizeof mean - 1, size - sizeof mean + 1);
    return out[sizeof mean - 1] != '\0' ? out : ": see taplight --fields";
}
