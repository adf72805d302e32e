/* smb2_info.c - lists of directories, and what is asked and set of a file (MS-FSCC section 2.4). */
#include "dissectors/smb/smb2.h"

enum { FILE_CLASS = 1, RENAME = 10, DISPOSITION = 13, ALL = 18, END_OF_FILE = 20, ENTRIES_MOST = 4096 };

/* Where the length of a name and the name are in an entry; 0: not known. */
static uint32_t name_at(uint8_t level, uint32_t *length_at)
{
    *length_at = level == 12 ? 8 : 60;
    switch (level) {
    case 1: return 64;   /* FileDirectoryInformation */
    case 2: return 68;   /* FileFullDirectoryInformation */
    case 3: return 94;   /* FileBothDirectoryInformation */
    case 12: return 12;  /* FileNamesInformation */
    case 37: return 104; /* FileIdBothDirectoryInformation */
    case 38: return 80;  /* FileIdFullDirectoryInformation */
    default: return 0;
    }
}

void tl_smb2_listing(struct tl_dissection *d, uint8_t level, struct tl_bytes bytes)
{
    uint32_t length_at, at = 0, name = name_at(level, &length_at);
    for (unsigned i = 0; name != 0 && i < ENTRIES_MOST && name <= bytes.len - at; i++) {
        const uint8_t *p = bytes.data + at;
        uint32_t next = tl_load_le32(p), len = tl_load_le32(p + length_at);
        if (len > bytes.len - at - name)
            break;
        tl_smb2_name(d, S2_FILENAME, tl_bytes_of(p + name, len));
        if (next < name || next > bytes.len - at)
            break;
        at += next;
    }
}

static void time_at(struct tl_dissection *d, unsigned field, const uint8_t *p)
{
    uint64_t value = tl_load_le64(p);
    if (value != 0)
        tl_add(d, field, (uint32_t)(p - d->c.base), 8, (uint64_t)tl_smb_time(value));
}

void tl_smb2_info(struct tl_dissection *d, uint8_t class, uint8_t level, struct tl_bytes bytes)
{
    if (class != FILE_CLASS)
        return;
    const uint8_t *p = bytes.data;
    bool all = level == ALL, basic = level == 4 || level == 34;
    if ((all || basic) && bytes.len >= 40) {
        for (unsigned i = 0; i < 4; i++)
            time_at(d, S2_CREATED + i, p + 8 * i);
    }
    uint32_t sizes = all ? 40 : level == 5 ? 0 : level == 34 ? 32 : UINT32_MAX; /* allocation and end of file */
    if (sizes != UINT32_MAX && bytes.len >= sizes + 16) {
        uint32_t off = (uint32_t)(p - d->c.base) + sizes;
        tl_add(d, S2_ALLOCATION, off, 8, tl_load_le64(p + sizes));
        tl_add(d, S2_EOF, off + 8, 8, tl_load_le64(p + sizes + 8));
    }
    if (all && bytes.len >= 100) {
        uint32_t len = tl_load_le32(p + 96);
        if (len <= bytes.len - 100)
            tl_smb2_name(d, S2_FILENAME, tl_bytes_of(p + 100, len));
    }
}

static void rename_file(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file, struct tl_bytes bytes)
{
    if (bytes.len < 20)
        return;
    const uint8_t *p = bytes.data;
    uint32_t len = tl_load_le32(p + 16);
    tl_add_bits(d, S2_REPLACE, (uint32_t)(p - d->c.base), 1, p[0]);
    if (len > bytes.len - 20)
        return;
    struct tl_bytes name = tl_bytes_of(p + 20, len);
    tl_smb2_name(d, S2_FILENAME, name);
    if (file == NULL)
        return;
    uint32_t old = file->name;
    file->name = tl_smb_keep(d, name, true);
    tl_smb_emit_file(d, f, "SMB::FILE_RENAME", file, file->name != 0 ? tl_kept(d, file->name) : name,
                     old != 0 ? tl_kept(d, old) : (struct tl_bytes){ NULL, 0 });
    if (old != 0)
        tl_forget(d, old);
}

void tl_smb2_set(struct tl_dissection *d, struct tl_smb_flow *f, struct tl_smb_file *file, uint8_t class, uint8_t level,
                 struct tl_bytes bytes)
{
    if (class != FILE_CLASS || bytes.len == 0)
        return;
    uint32_t off = (uint32_t)(bytes.data - d->c.base);
    if (level == RENAME) {
        rename_file(d, f, file, bytes);
    } else if (level == DISPOSITION) {
        tl_add_bits(d, S2_DELETE_PENDING, off, 1, bytes.data[0]);
        if (file != NULL && bytes.data[0] != 0)
            tl_smb_emit_file(d, f, "SMB::FILE_DELETE", file,
                             file->name != 0 ? tl_kept(d, file->name) : (struct tl_bytes){ NULL, 0 },
                             (struct tl_bytes){ NULL, 0 });
    } else if (level == END_OF_FILE && bytes.len >= 8) {
        tl_add(d, S2_EOF, off, 8, tl_load_le64(bytes.data));
    }
}
