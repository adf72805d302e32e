/*
 * nfs4.c - compounds of NFS version 4.0 (RFC 7530) and 4.1 (RFC 8881): operations one after the other, without lengths, so
 * each must be read to find the next. The arguments and results are written here as short texts: see step().
 */
#include "dissectors/rpc/rpc.h"

enum { ATTRS_MOST = 64, LIST_MOST = 1024, OPS_MOST = 256, OPS = 59 };

/*
 * u: 4 bytes, h: 8, s: a state id, 16: S: a session id, f: a handle, n: a name, o: opaque, b: a bit map, a: attributes,
 * O: an offset, C: a count, D: data, others: see step(). A text that ends with "!" cannot be read further.
 */
static const char *const arguments[OPS] = {
    [3] = "u", [4] = "us", [5] = "OC", [6] = "Tna", [7] = "h", [8] = "s", [9] = "b", [10] = "", [11] = "n", [12] = "uuhhL",
    [13] = "uhhho", [14] = "uushh", [15] = "n", [16] = "", [17] = "a", [18] = "P", [19] = "u", [20] = "su", [21] = "suuu",
    [22] = "f", [23] = "", [24] = "", [25] = "sOC", [26] = "hhuub", [27] = "", [28] = "n", [29] = "nn", [30] = "h", [31] = "",
    [32] = "", [33] = "n", [34] = "sa", [35] = "houoou", [36] = "hh", [37] = "a", [38] = "sOuD", [39] = "ho",
    [41] = "Suu", [42] = "hou0I", [43] = "huu66uk", [44] = "S", [45] = "s", [50] = "uuuhhhsu", [52] = "u", [53] = "Suuuu",
    [55] = "t", [57] = "h", [58] = "u",
};
static const char *const results[OPS] = {
    [3] = "uu", [4] = "s", [5] = "h", [6] = "5b", [7] = "", [8] = "", [9] = "a", [10] = "f", [11] = "5", [12] = "s", [13] = "",
    [14] = "s", [15] = "", [16] = "", [17] = "", [18] = "s5ubG", [19] = "", [20] = "s", [21] = "s", [22] = "", [23] = "", [24] = "",
    [25] = "uD", [26] = "hE", [27] = "p", [28] = "5", [29] = "55", [30] = "", [31] = "", [32] = "", [33] = "X", [34] = "", [35] = "hh",
    [36] = "", [37] = "", [38] = "Cuh", [39] = "", [41] = "Suu", [42] = "huu0hooV", [43] = "Suu66", [44] = "", [45] = "",
    [52] = "X", [53] = "Suuuuu", [55] = "t", [57] = "", [58] = "",
};

static uint32_t word(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    return p != NULL ? tl_load_be32(p) : 0;
}

static void skip_opaque(struct tl_dissection *d)
{
    (void)tl_xdr_opaque(d, NFS_NAME, false);
}

static void words(struct tl_dissection *d)
{
    uint32_t n = word(d);
    if (n > LIST_MOST)
        tl_bad(d);
    for (uint32_t i = 0; i < n && tl_ok(d); i++)
        tl_skip(d, 4);
}

static void attributes(struct tl_dissection *d)
{
    words(d);
    skip_opaque(d);
}

/* OPEN (RFC 7530 section 16.16): how it is opened, and by what name or handle. */
static void open_arguments(struct tl_dissection *d, struct tl_nfs *n)
{
    tl_skip(d, 12);  /* sequence id, access, denial */
    tl_skip(d, 8);   /* client id */
    skip_opaque(d);  /* owner */
    if (word(d) == 1) {
        uint32_t how = word(d);
        if (how == 0 || how == 1) {
            attributes(d);
        } else {
            tl_skip(d, 8);
            if (how == 3)
                attributes(d);
        }
    }
    switch (word(d)) {
    case 0: n->name = tl_xdr_opaque(d, NFS_NAME, true); break;
    case 1: tl_skip(d, 4); break;
    case 2:
        tl_skip(d, 16);
        n->name = tl_xdr_opaque(d, NFS_NAME, true);
        break;
    case 3: n->name = tl_xdr_opaque(d, NFS_NAME, true); break;
    case 4: break;
    case 5: tl_skip(d, 16); break;
    case 6: break;
    default: tl_bad(d); break;
    }
}

/* A delegation (section 16.16.2). */
static void delegation(struct tl_dissection *d)
{
    uint32_t type = word(d);
    if (type == 1 || type == 2) {
        tl_skip(d, 20); /* state id, recall */
        if (type == 2) { /* space limit */
            uint32_t by = word(d);
            tl_skip(d, 8);
            (void)by;
        }
        tl_skip(d, 12); /* type, flag, mask of an access control entry */
        skip_opaque(d);
    } else if (type == 3) {
        uint32_t why = word(d);
        if (why == 1 || why == 2)
            tl_skip(d, 4);
    }
}

static void locker(struct tl_dissection *d)
{
    if (word(d) != 0) {
        tl_skip(d, 4 + 16 + 4 + 8);
        skip_opaque(d);
    } else {
        tl_skip(d, 16 + 4);
    }
}

/* Entries of a directory: a cookie, a name, attributes. */
static void entries(struct tl_dissection *d)
{
    for (unsigned i = 0; i < LIST_MOST && tl_ok(d) && word(d) == 1; i++) {
        tl_skip(d, 8);
        (void)tl_xdr_opaque(d, NFS_NAME, true);
        attributes(d);
    }
    tl_skip(d, 4);
}

static void security(struct tl_dissection *d)
{
    uint32_t n = word(d);
    for (uint32_t i = 0; i < n && i < ATTRS_MOST && tl_ok(d); i++) {
        if (word(d) == 6) {
            skip_opaque(d);
            tl_skip(d, 8);
        }
    }
}

/* Names of an implementation (RFC 8881 section 18.35): at most one. */
static void implementations(struct tl_dissection *d)
{
    uint32_t n = word(d);
    for (uint32_t i = 0; i < n && i < 2 && tl_ok(d); i++) {
        skip_opaque(d);
        skip_opaque(d);
        tl_skip(d, 12);
    }
}

static void callback_security(struct tl_dissection *d)
{
    uint32_t n = word(d);
    for (uint32_t i = 0; i < n && i < 8 && tl_ok(d); i++) {
        uint32_t flavor = word(d);
        if (flavor == 1) {
            tl_skip(d, 4);
            skip_opaque(d);
            tl_skip(d, 8);
            words(d);
        } else if (flavor == 6) {
            tl_skip(d, 4);
            skip_opaque(d);
            skip_opaque(d);
        }
    }
}

/* Reads what one letter stands for. */
static void step(struct tl_dissection *d, struct tl_nfs *n, char letter)
{
    switch (letter) {
    case 'u': tl_skip(d, 4); break;
    case 'h': tl_skip(d, 8); break;
    case 's': case 'S': tl_skip(d, 16); break;
    case '5': tl_skip(d, 20); break; /* change information */
    case '6': /* attributes of a channel */
        tl_skip(d, 24);
        words(d);
        break;
    case '0': /* state protection: none */
        if (word(d) != 0)
            tl_bad(d);
        break;
    case 'f': n->handle = tl_xdr_opaque(d, NFS_FH, true); break;
    case 'n': n->name = tl_xdr_opaque(d, NFS_NAME, true); break;
    case 'p': (void)tl_xdr_opaque(d, NFS_PATH, true); break;
    case 'o': skip_opaque(d); break;
    case 'b': words(d); break;
    case 'a': attributes(d); break;
    case 'O': n->offset = tl_u64(d, NFS_OFFSET); break;
    case 'C': tl_u32(d, NFS_COUNT); break;
    case 'D': tl_nfs_data(d, n, true); break;
    case 'T': { /* type of an object, with the text of a link or a device */
        uint32_t type = word(d);
        if (type == 5)
            (void)tl_xdr_opaque(d, NFS_PATH, true);
        else if (type == 3 || type == 4)
            tl_skip(d, 8);
        break;
    }
    case 'P': open_arguments(d, n); break;
    case 'G': delegation(d); break;
    case 'L': locker(d); break;
    case 'E': entries(d); break;
    case 'X': security(d); break;
    case 'I':
    case 'V': implementations(d); break;
    case 'k': callback_security(d); break;
    default: tl_bad(d); break;
    }
}

/* What an operation of a call tells of files. All of its arguments were read but for the end of what it writes. */
static void take_arguments(struct tl_dissection *d, struct tl_nfs *n, uint32_t opcode)
{
    switch (opcode) {
    case 4: tl_nfs_asks_close(n, n->current); break;
    case 6: case 15: case 18:
        tl_nfs_asks_name(d, n, n->name);
        n->current = 0;
        break;
    case 22: n->current = tl_nfs_handle(n->handle); break;
    case 23: case 24: n->current = 0; break;
    case 25: tl_nfs_asks_read(n, n->current, n->offset); break;
    case 31: n->current = n->saved; break;
    case 32: n->saved = n->current; break;
    case 38: tl_nfs_writes(d, n, n->current); break;
    default: break;
    }
}

static void take_results(struct tl_dissection *d, struct tl_nfs *n, uint32_t opcode)
{
    switch (opcode) {
    case 4: tl_nfs_closed(d, n); break;
    case 10: tl_nfs_named(d, n, n->handle); break;
    case 25: tl_nfs_has_read(d, n, UINT64_MAX); break;
    default: break;
    }
}

/* Returns false if what follows cannot be found. */
static bool operation(struct tl_dissection *d, struct tl_nfs *n, bool reply)
{
    uint32_t opcode = tl_u32(d, NFS_OPCODE);
    if (!tl_ok(d))
        return false;
    if (reply) {
        uint32_t status = tl_u32(d, NFS_STATUS);
        if (status != 0)
            return false;
    }
    const char *text = opcode < OPS ? (reply ? results : arguments)[opcode] : NULL;
    if (text == NULL)
        return false;
    n->data_len = 0;
    n->name = n->handle = (struct tl_bytes){ NULL, 0 };
    const uint8_t *eof = reply && opcode == 25 ? tl_cursor_peek(&d->c, 0, 4) : NULL;
    n->eof = eof != NULL && tl_load_be32(eof) == 1;
    for (; *text != 0 && tl_ok(d); text++)
        step(d, n, *text);
    if (n->files != NULL && (tl_ok(d) || n->data_len > 0))
        (reply ? take_results : take_arguments)(d, n, opcode);
    return tl_ok(d);
}

void tl_nfs4_read(struct tl_dissection *d, struct tl_nfs *n, bool reply)
{
    if (reply) {
        uint32_t status = tl_u32(d, NFS_STATUS);
        if (tl_ok(d) && status != 0)
            tl_add(d, NFS_LINE_STATUS, d->c.off - 4, 4, status);
    }
    (void)tl_xdr_opaque(d, NFS_TAG, true);
    if (!reply)
        tl_u32(d, NFS_MINOR);
    uint32_t count = word(d);
    for (uint32_t i = 0; i < count && i < OPS_MOST && tl_ok(d); i++)
        if (!operation(d, n, reply))
            break;
}
