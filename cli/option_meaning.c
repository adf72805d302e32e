/* option_meaning.c - what options mean that depend on others, or that name kinds. */
#include "cli/option_meaning.h"

#include "core/crypto.h"

#include <string.h>

bool tl_options_change_text(const struct tl_options *o)
{
    return o->stamp_letters > 0 || o->stamp_formed || o->number || o->link || o->absolute || o->colour ||
           o->flush_lines || o->names != NULL || o->hosts != NULL;
}

void tl_options_settle_form(struct tl_options *o)
{
    static const char *const names[] = {
        [TL_FORM_OF_FIELDS] = "fields", [TL_FORM_OF_JSON] = "json", [TL_FORM_OF_JSONRAW] = "jsonraw",
        [TL_FORM_OF_EK] = "ek",         [TL_FORM_OF_PDML] = "pdml", [TL_FORM_OF_TEXT] = "text",
        [TL_FORM_OF_TABS] = "tabs",
    };
    for (unsigned i = TL_FORM_OF_FIELDS; o->as != NULL && i < TL_COUNT(names); i++)
        if (strcmp(o->as, names[i]) == 0)
            o->form = (enum tl_form)i;
    o->text |= o->form >= TL_FORM_OF_TEXT || (o->columns != NULL && o->form == TL_FORM_OF_NOTHING);
    o->format.secrets = o->secrets;
    if (o->csv != NULL && o->json == TL_JSON_NONE)
        o->json = TL_JSON_FLOWS;
}

void tl_options_settle_statistics(struct tl_options *o)
{
    if (o->statistic_count == 0)
        return;
    o->statistics_json = o->json != TL_JSON_NONE;
    if (o->json == TL_JSON_FLOWS && !o->json_named)
        o->json = TL_JSON_NONE;
    if (o->quiet)
        o->text = false;
}

enum tl_checksums tl_options_checksums(const struct tl_options *options)
{
    const char *how = options->no_checksums ? "off" : options->checksums != NULL ? options->checksums : "auto";
    if (strcmp(how, "off") == 0)
        return TL_CHECKSUMS_OFF;
    return strcmp(how, "strict") == 0 ? TL_CHECKSUMS_STRICT : TL_CHECKSUMS_AUTO;
}

uint32_t tl_options_hashes(const struct tl_options *options)
{
    static const struct {
        const char *name;
        enum tl_hash hash;
    } kinds[] = { { "md5", TL_HASH_MD5 }, { "sha1", TL_HASH_SHA1 }, { "sha256", TL_HASH_SHA256 } };
    uint32_t all = 0;
    for (const char *p = options->hash != NULL ? options->hash : ""; *p != '\0'; p += *p == ',') {
        size_t len = strcspn(p, ",");
        uint32_t found = 0;
        for (size_t i = 0; i < TL_COUNT(kinds); i++) {
            if (strlen(kinds[i].name) == len && strncmp(kinds[i].name, p, len) == 0)
                found = 1U << kinds[i].hash;
        }
        if (found == 0)
            return 0;
        all |= found;
        p += len;
        if (p[0] == ',' && p[1] == '\0')
            return 0;
    }
    return all;
}
