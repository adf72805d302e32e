/*
 * geoip.c - where addresses are, and whose, from files of the MaxMind DB format, version 2.0, over libmaxminddb.
 *
 * The library maps a file into memory, so a copy of the file is opened: a file that is written over would otherwise change
 * under a reader, and one that is cut would end the process.
 */
#include "enrich/geoip.h"

#ifndef TAPLIGHT_MAXMINDDB

struct tl_geoip *tl_geoip_open(const char *folder, void (*notice)(void *context, const char *text), void *context,
                               struct tl_error *error)
{
    (void)folder, (void)notice, (void)context;
    tl_error_set(error, TL_E_USAGE, "--geoip: this program was built without libmaxminddb");
    return NULL;
}

void tl_geoip_free(struct tl_geoip *geoip)
{
    (void)geoip;
}

enum tl_failure tl_geoip_reload(struct tl_geoip *geoip, struct tl_error *error)
{
    (void)geoip, (void)error;
    return TL_E_NONE;
}

void tl_geoip_put_types(struct tl_geoip *geoip, struct tl_buffer *out)
{
    (void)geoip, (void)out;
}

void tl_geoip_fill(struct tl_geoip *geoip, struct tl_conn_record *record, const struct tl_flow_id *id)
{
    (void)geoip, (void)record, (void)id;
}

#else

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/loaded.h"

static struct {
    __typeof__(MMDB_open) *open;
    __typeof__(MMDB_close) *close;
    __typeof__(MMDB_lookup_sockaddr) *lookup;
    __typeof__(MMDB_aget_value) *get;
    __typeof__(MMDB_strerror) *error;
} mmdb;

static const struct tl_loaded_name names[] = {
    { "MMDB_open", (void **)&mmdb.open },
    { "MMDB_close", (void **)&mmdb.close },
    { "MMDB_lookup_sockaddr", (void **)&mmdb.lookup },
    { "MMDB_aget_value", (void **)&mmdb.get },
    { "MMDB_strerror", (void **)&mmdb.error },
};

enum kind { CITY, COUNTRY, ASN, KINDS };
enum { ENTRIES = 4096, STRIPES = 64, NOTICE = 256 };
#define FILE_MOST ((off_t)4 << 30)

/* What is known of an address. Bit n of `set`: field n of enum TL_CONN_COUNTRY... */
struct place {
    uint64_t asn;
    uint32_t set, cut;
    uint8_t country_len, city_len, organisation_len;
    struct tl_conn_room text;
};

/* A place in the cache, found by the hash of the address. */
struct cached {
    uint32_t generation; /* 0: empty */
    uint8_t version;
    uint8_t addr[16];
    struct place place;
};

/* Databases. */
struct set {
    MMDB_s files[KINDS];
    bool there[KINDS];
};

struct tl_geoip {
    const char *folder;
    void (*notice)(void *context, const char *text);
    void *context;
    pthread_rwlock_t lock; /* of databases and generation */
    struct set set;
    uint32_t generation;
    pthread_mutex_t stripes[STRIPES]; /* of the entries whose index has this remainder */
    atomic_bool told;                 /* of damage */
    struct cached cache[ENTRIES];
};

/* --- files --- */

static void close_set(struct set *set)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (set->there[i])
            mmdb.close(&set->files[i]);
    *set = (struct set){ .there = { false } };
}

/* Copies a file into memory that no one else can write. Returns a descriptor, or -1 with errno. */
static int copy_of(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int copy = fd >= 0 ? memfd_create("geoip", MFD_CLOEXEC | MFD_ALLOW_SEALING) : -1;
    bool good = copy >= 0 && fstat(fd, &st) == 0;
    if (good && (!S_ISREG(st.st_mode) || st.st_size > FILE_MOST)) {
        errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
        good = false;
    }
    for (ssize_t n = 1; good && n > 0;) {
        n = sendfile(copy, fd, NULL, 1 << 24);
        good = n >= 0 && lseek(copy, 0, SEEK_CUR) <= FILE_MOST;
    }
    good = good && fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (good || copy < 0) {
        errno = why;
        return copy;
    }
    close(copy);
    errno = why;
    return -1;
}

static enum kind kind_of(const char *type)
{
    if (strcasestr(type, "City") != NULL || strcasestr(type, "Enterprise") != NULL)
        return CITY;
    if (strcasestr(type, "ASN") != NULL || strcasestr(type, "ISP") != NULL)
        return ASN;
    return strcasestr(type, "Country") != NULL ? COUNTRY : KINDS;
}

/* Takes a database, if its type is one of ours. */
static enum tl_failure take_file(struct set *set, const char *folder, const char *name, struct tl_error *error)
{
    char path[PATH_MAX], copied[64];
    MMDB_s file;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return tl_error_set(error, TL_E_USAGE, "--geoip: the name of %.60s is too long", name);
    int copy = copy_of(path);
    if (copy < 0)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "--geoip: cannot read %.300s: %s",
                            path, strerror(errno));
    snprintf(copied, sizeof copied, "/proc/self/fd/%d", copy);
    int status = mmdb.open(copied, MMDB_MODE_MMAP, &file);
    close(copy);
    if (status != MMDB_SUCCESS)
        return tl_error_set(error, TL_E_DAMAGED, "--geoip: %.300s is no whole MaxMind DB (%s): replace or remove it", path,
                            mmdb.error(status));
    enum kind kind = kind_of(file.metadata.database_type);
    if (kind == KINDS || (set->there[kind] && set->files[kind].metadata.build_epoch >= file.metadata.build_epoch)) {
        mmdb.close(&file);
        return TL_E_NONE;
    }
    if (set->there[kind])
        mmdb.close(&set->files[kind]);
    set->files[kind] = file;
    set->there[kind] = true;
    return TL_E_NONE;
}

static int is_database(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 5, ".mmdb") == 0;
}

static enum tl_failure read_folder(const char *folder, struct set *set, struct tl_error *error)
{
    struct dirent **entries = NULL;
    enum tl_failure failure = TL_E_NONE;
    int count = scandir(folder, &entries, is_database, alphasort);
    if (count < 0)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                            "--geoip: cannot read the folder %.300s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (failure == TL_E_NONE)
            failure = take_file(set, folder, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    if (failure == TL_E_NONE && !set->there[CITY] && !set->there[COUNTRY] && !set->there[ASN])
        failure = tl_error_set(error, TL_E_USAGE,
                               "--geoip: no file *.mmdb in %.300s is of City, Country or ASN type: give another folder",
                               folder);
    if (failure != TL_E_NONE)
        close_set(set);
    return failure;
}

struct tl_geoip *tl_geoip_open(const char *folder, void (*notice)(void *context, const char *text), void *context,
                               struct tl_error *error)
{
    static const char *const files[] = { "libmaxminddb.so.0", NULL };
    pthread_rwlockattr_t writers_first;
    if (!tl_load(files, names, TL_COUNT(names))) {
        tl_error_set(error, TL_E_RUNTIME, "--geoip needs libmaxminddb: install libmaxminddb0");
        return NULL;
    }
    struct tl_geoip *geoip = calloc(1, sizeof *geoip);
    if (geoip == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    geoip->folder = folder;
    geoip->notice = notice;
    geoip->context = context;
    geoip->generation = 1;
    pthread_rwlockattr_init(&writers_first); /* else workers that never pause would keep a reload waiting */
    pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&geoip->lock, &writers_first);
    pthread_rwlockattr_destroy(&writers_first);
    for (unsigned i = 0; i < STRIPES; i++)
        pthread_mutex_init(&geoip->stripes[i], NULL);
    if (read_folder(folder, &geoip->set, error) == TL_E_NONE)
        return geoip;
    tl_geoip_free(geoip);
    return NULL;
}

void tl_geoip_free(struct tl_geoip *geoip)
{
    if (geoip == NULL)
        return;
    close_set(&geoip->set);
    pthread_rwlock_destroy(&geoip->lock);
    for (unsigned i = 0; i < STRIPES; i++)
        pthread_mutex_destroy(&geoip->stripes[i]);
    free(geoip);
}

enum tl_failure tl_geoip_reload(struct tl_geoip *geoip, struct tl_error *error)
{
    struct set fresh = { .there = { false } }, old;
    enum tl_failure failure = read_folder(geoip->folder, &fresh, error);
    if (failure != TL_E_NONE)
        return failure;
    pthread_rwlock_wrlock(&geoip->lock);
    old = geoip->set;
    geoip->set = fresh;
    geoip->generation++;
    pthread_rwlock_unlock(&geoip->lock);
    atomic_store(&geoip->told, false);
    close_set(&old);
    return TL_E_NONE;
}

void tl_geoip_put_types(struct tl_geoip *geoip, struct tl_buffer *out)
{
    const char *between = "";
    pthread_rwlock_rdlock(&geoip->lock);
    for (unsigned i = 0; i < KINDS; i++) {
        if (!geoip->set.there[i])
            continue;
        tl_put_format(out, "%s%.64s", between, geoip->set.files[i].metadata.database_type);
        between = ", ";
    }
    pthread_rwlock_unlock(&geoip->lock);
}

/* --- addresses --- */

/* Prepares a notice, once. It is written when no lock is held: standard error may be a pipe that no one reads. */
static void note_damage(struct tl_geoip *geoip, const MMDB_s *file, int status, char notice[NOTICE])
{
    if (geoip->notice == NULL || atomic_exchange(&geoip->told, true))
        return;
    snprintf(notice, NOTICE, "--geoip: the database %.64s is damaged (%s): some addresses have no place",
             file->metadata.database_type, mmdb.error(status));
}

/* Copies a text of the database. Cuts it between two characters of UTF-8. */
static void take_text(struct place *place, MMDB_entry_s *entry, const char *const *path, unsigned field, char *room,
                      size_t size, uint8_t *len)
{
    MMDB_entry_data_s data;
    if (mmdb.get(entry, &data, path) != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
        data.data_size == 0)
        return;
    size_t n = data.data_size;
    if (n > size) {
        place->cut |= 1U << field;
        for (n = size; n > 0 && ((uint8_t)data.utf8_string[n] & 0xc0) == 0x80;)
            n--;
    }
    memcpy(room, data.utf8_string, n);
    *len = (uint8_t)n;
    place->set |= 1U << field;
}

static void take_number(struct place *place, MMDB_entry_s *entry)
{
    static const char *const path[] = { "autonomous_system_number", NULL };
    MMDB_entry_data_s data;
    if (mmdb.get(entry, &data, path) != MMDB_SUCCESS || !data.has_data)
        return;
    if (data.type == MMDB_DATA_TYPE_UINT32)
        place->asn = data.uint32;
    else if (data.type == MMDB_DATA_TYPE_UINT16)
        place->asn = data.uint16;
    else
        return;
    place->set |= 1U << TL_CONN_ASN;
}

static void take_entry(struct place *place, enum kind kind, MMDB_entry_s *entry)
{
    static const char *const country[] = { "country", "iso_code", NULL };
    static const char *const city[] = { "city", "names", "en", NULL };
    static const char *const organisation[] = { "autonomous_system_organization", NULL };
    struct tl_conn_room *text = &place->text;
    if (kind == ASN) {
        take_number(place, entry);
        take_text(place, entry, organisation, TL_CONN_ORGANISATION, text->organisation, sizeof text->organisation,
                  &place->organisation_len);
        return;
    }
    if ((place->set >> TL_CONN_COUNTRY & 1) == 0)
        take_text(place, entry, country, TL_CONN_COUNTRY, text->country, sizeof text->country, &place->country_len);
    if (kind == CITY)
        take_text(place, entry, city, TL_CONN_CITY, text->city, sizeof text->city, &place->city_len);
}

static void look_up(struct tl_geoip *geoip, struct place *place, uint8_t version, const uint8_t *addr,
                    char notice[NOTICE])
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = { .v6 = { .sin6_family = AF_INET6 } };
    *place = (struct place){ .set = 0 };
    if (version == 4) {
        name.v4 = (struct sockaddr_in){ .sin_family = AF_INET };
        memcpy(&name.v4.sin_addr, addr, 4);
    } else {
        memcpy(&name.v6.sin6_addr, addr, 16);
    }
    for (unsigned i = 0; i < KINDS; i++) {
        const MMDB_s *file = &geoip->set.files[i];
        int status = MMDB_SUCCESS;
        if (!geoip->set.there[i])
            continue;
        MMDB_lookup_result_s found = mmdb.lookup(file, &name.any, &status);
        if (status == MMDB_SUCCESS && found.found_entry)
            take_entry(place, (enum kind)i, &found.entry);
        else if (status != MMDB_SUCCESS && status != MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
            note_damage(geoip, file, status, notice);
    }
}

static uint32_t index_of(const uint8_t addr[16])
{
    uint64_t a, b;
    memcpy(&a, addr, 8);
    memcpy(&b, addr + 8, 8);
    uint64_t hash = (a ^ (b + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 40) % ENTRIES;
}

static void fill_end(struct tl_conn_record *r, unsigned side, const struct place *place)
{
    struct tl_conn_room *room = &r->room[side];
    struct tl_conn_end *end = &r->ends[side];
    memcpy(room->country, place->text.country, sizeof room->country);
    memcpy(room->city, place->text.city, place->city_len);
    memcpy(room->organisation, place->text.organisation, place->organisation_len);
    end->country = tl_bytes_of(room->country, place->country_len);
    end->city = tl_bytes_of(room->city, place->city_len);
    end->organisation = tl_bytes_of(room->organisation, place->organisation_len);
    end->asn = place->asn;
    r->head.set |= (uint64_t)place->set << (TL_CONN_ADDED + side * TL_CONN_OF_END);
    r->head.cut |= (uint64_t)place->cut << (TL_CONN_ADDED + side * TL_CONN_OF_END);
}

void tl_geoip_fill(struct tl_geoip *geoip, struct tl_conn_record *record, const struct tl_flow_id *id)
{
    char notice[NOTICE];
    notice[0] = '\0';
    pthread_rwlock_rdlock(&geoip->lock);
    for (unsigned side = 0; side < 2; side++) {
        const uint8_t *addr = side == 0 ? id->orig_addr : id->resp_addr;
        uint32_t index = index_of(addr);
        struct cached *entry = &geoip->cache[index];
        pthread_mutex_lock(&geoip->stripes[index % STRIPES]);
        if (entry->generation != geoip->generation || entry->version != id->version ||
            memcmp(entry->addr, addr, sizeof entry->addr) != 0) {
            look_up(geoip, &entry->place, id->version, addr, notice);
            entry->generation = geoip->generation;
            entry->version = id->version;
            memcpy(entry->addr, addr, sizeof entry->addr);
        }
        fill_end(record, side, &entry->place);
        pthread_mutex_unlock(&geoip->stripes[index % STRIPES]);
    }
    pthread_rwlock_unlock(&geoip->lock);
    if (notice[0] != '\0')
        geoip->notice(geoip->context, notice);
}

#endif
