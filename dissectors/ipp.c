/*
 * ipp.c - the Internet Printing Protocol (RFC 8010, RFC 8011): a request or a response in the body of an HTTP message.
 *
 *   version (2), operation or status (2), request (4), then
 *   tag (1) of a group, or
 *   tag (1), length (2), name, length (2), value; without a name: one more value of the attribute before;
 *   3 (end of the attributes), document
 */
#include "core/channel.h"
#include "core/secret_name.h"
#include "dissectors/words.h"

enum { VERSION, OPERATION, STATUS, REQUEST, DELIMITER, ATTRIBUTE, NAME, MEMBER, BOOLEAN, INTEGER, ENUMERATION,
       OUT_OF_BAND, STRING, OCTETS, DATE, RESOLUTION, RANGE, TEXT_LANGUAGE, NAME_LANGUAGE, UNKNOWN, MORE, FIELDS };

static const struct tl_name operations[] = {
    { 0x0002, "Print-Job" }, { 0x0003, "Print-URI" }, { 0x0004, "Validate-Job" }, { 0x0005, "Create-Job" },
    { 0x0006, "Send-Document" }, { 0x0007, "Send-URI" }, { 0x0008, "Cancel-Job" }, { 0x0009, "Get-Job-Attributes" },
    { 0x000a, "Get-Jobs" }, { 0x000b, "Get-Printer-Attributes" }, { 0x000c, "Hold-Job" }, { 0x000d, "Release-Job" },
    { 0x000e, "Restart-Job" }, { 0x0010, "Pause-Printer" }, { 0x0011, "Resume-Printer" }, { 0x0012, "Purge-Jobs" },
    { 0x0013, "Set-Printer-Attributes" }, { 0x0014, "Set-Job-Attributes" }, { 0x0015, "Get-Printer-Supported-Values" },
    { 0x0016, "Create-Printer-Subscriptions" }, { 0x0017, "Create-Job-Subscriptions" },
    { 0x0018, "Get-Subscription-Attributes" }, { 0x0019, "Get-Subscriptions" }, { 0x001a, "Renew-Subscription" },
    { 0x001b, "Cancel-Subscription" }, { 0x001c, "Get-Notifications" }, { 0x0022, "Enable-Printer" },
    { 0x0023, "Disable-Printer" }, { 0x0024, "Pause-Printer-After-Current-Job" }, { 0x0025, "Hold-New-Jobs" },
    { 0x0026, "Release-Held-New-Jobs" }, { 0x0027, "Deactivate-Printer" }, { 0x0028, "Activate-Printer" },
    { 0x0029, "Restart-Printer" }, { 0x002a, "Shutdown-Printer" }, { 0x002b, "Startup-Printer" },
    { 0x002c, "Reprocess-Job" },
    { 0x002d, "Cancel-Current-Job" }, { 0x002e, "Suspend-Current-Job" }, { 0x002f, "Resume-Job" },
    { 0x0030, "Promote-Job" },
    { 0x0031, "Schedule-Job-After" }, { 0x0033, "Cancel-Document" }, { 0x0034, "Get-Document-Attributes" },
    { 0x0035, "Get-Documents" }, { 0x0036, "Delete-Document" }, { 0x0037, "Set-Document-Attributes" },
    { 0x0038, "Cancel-Jobs" },
    { 0x0039, "Cancel-My-Jobs" }, { 0x003a, "Resubmit-Job" }, { 0x003b, "Close-Job" }, { 0x003c, "Identify-Printer" },
    { 0x003d, "Validate-Document" }, { 0x4001, "CUPS-Get-Default" }, { 0x4002, "CUPS-Get-Printers" },
    { 0x4003, "CUPS-Add-Modify-Printer" }, { 0x4004, "CUPS-Delete-Printer" }, { 0x4005, "CUPS-Get-Classes" },
    { 0x4006, "CUPS-Add-Modify-Class" }, { 0x4007, "CUPS-Delete-Class" }, { 0x4008, "CUPS-Accept-Jobs" },
    { 0x4009, "CUPS-Reject-Jobs" }, { 0x400a, "CUPS-Set-Default" }, { 0x400b, "CUPS-Get-Devices" },
    { 0x400c, "CUPS-Get-PPDs" }, { 0x400d, "CUPS-Move-Job" }, { 0x400e, "CUPS-Authenticate-Job" },
    { 0x400f, "CUPS-Get-PPD" },
    { 0x4027, "CUPS-Get-Document" }, { 0x4028, "CUPS-Create-Local-Printer" }, { 0, NULL },
};
static const struct tl_name statuses[] = {
    { 0x0000, "successful-ok" }, { 0x0001, "successful-ok-ignored-or-substituted-attributes" },
    { 0x0002, "successful-ok-conflicting-attributes" }, { 0x0003, "successful-ok-ignored-subscriptions" },
    { 0x0005, "successful-ok-too-many-events" }, { 0x0007, "successful-ok-events-complete" },
    { 0x0400, "client-error-bad-request" }, { 0x0401, "client-error-forbidden" },
    { 0x0402, "client-error-not-authenticated" },
    { 0x0403, "client-error-not-authorized" }, { 0x0404, "client-error-not-possible" },
    { 0x0405, "client-error-timeout" },
    { 0x0406, "client-error-not-found" }, { 0x0407, "client-error-gone" },
    { 0x0408, "client-error-request-entity-too-large" },
    { 0x0409, "client-error-request-value-too-long" }, { 0x040a, "client-error-document-format-not-supported" },
    { 0x040b, "client-error-attributes-or-values-not-supported" }, { 0x040c, "client-error-uri-scheme-not-supported" },
    { 0x040d, "client-error-charset-not-supported" }, { 0x040e, "client-error-conflicting-attributes" },
    { 0x040f, "client-error-compression-not-supported" }, { 0x0410, "client-error-compression-error" },
    { 0x0411, "client-error-document-format-error" }, { 0x0412, "client-error-document-access-error" },
    { 0x0413, "client-error-attributes-not-settable" }, { 0x0414, "client-error-ignored-all-subscriptions" },
    { 0x0415, "client-error-too-many-subscriptions" }, { 0x0418, "client-error-document-password-error" },
    { 0x0500, "server-error-internal-error" }, { 0x0501, "server-error-operation-not-supported" },
    { 0x0502, "server-error-service-unavailable" }, { 0x0503, "server-error-version-not-supported" },
    { 0x0504, "server-error-device-error" }, { 0x0505, "server-error-temporary-error" },
    { 0x0506, "server-error-not-accepting-jobs" }, { 0x0507, "server-error-busy" },
    { 0x0508, "server-error-job-canceled" },
    { 0x0509, "server-error-multiple-document-jobs-not-supported" }, { 0x050a, "server-error-printer-is-deactivated" },
    { 0x050b, "server-error-too-many-jobs" }, { 0x050c, "server-error-too-many-documents" }, { 0, NULL },
};
enum { END_OF_ATTRIBUTES = 3, VALUE_TAG = 0x10 };
static const struct tl_name delimiters[] = {
    { 1, "operation-attributes" }, { 2, "job-attributes" }, { END_OF_ATTRIBUTES, "end-of-attributes" },
    { 4, "printer-attributes" },
    { 5, "unsupported-attributes" }, { 6, "subscription-attributes" }, { 7, "event-notification-attributes" },
    { 9, "document-attributes" }, { 0, NULL },
};
enum { TAG_INTEGER = 0x21, TAG_BOOLEAN, TAG_ENUM, TAG_OCTETS = 0x30, TAG_DATE, TAG_RESOLUTION, TAG_RANGE,
       TAG_COLLECTION,
       TAG_TEXT_LANGUAGE, TAG_NAME_LANGUAGE, TAG_END_COLLECTION, TAG_TEXT = 0x41, TAG_URI = 0x45, TAG_MEMBER = 0x4a };
static const struct tl_name bands[] = {
    { 0x10, "unsupported" }, { 0x11, "default" }, { 0x12, "unknown" }, { 0x13, "no-value" }, { 0x15, "not-settable" },
    { 0x16, "delete-attribute" }, { 0x17, "admin-define" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "ipp.version", "Version", .type = TL_U16, .base = TL_HEX },
    [OPERATION] = { "ipp.operation_id", "Operation", .type = TL_U16, .base = TL_HEX, .names = operations },
    [STATUS] = { "ipp.status_code", "Status", .type = TL_U16, .base = TL_HEX, .names = statuses },
    [REQUEST] = { "ipp.request_id", "Request", .type = TL_U32 },
    [DELIMITER] = { "ipp.group", "Group", .type = TL_U8, .flags = TL_REPEATS, .names = delimiters },
    [ATTRIBUTE] = { "ipp.attribute", "Attribute", .type = TL_GROUP, .flags = TL_REPEATS,
                    .help = "An attribute with a value; a further value has no name" },
    [NAME] = { "ipp.name", "Name", .type = TL_TEXT },
    [MEMBER] = { "ipp.memberattrname", "Name of a member", .type = TL_TEXT },
    [BOOLEAN] = { "ipp.boolean_value", "Value", .type = TL_BOOL },
    [INTEGER] = { "ipp.integer_value", "Value", .type = TL_I32 },
    [ENUMERATION] = { "ipp.enum_value", "Value", .type = TL_I32 },
    [OUT_OF_BAND] = { "ipp.outofband_value", "Value", .type = TL_U8, .base = TL_HEX, .names = bands },
    [STRING] = { "ipp.charstring_value", "Value", .type = TL_TEXT },
    [OCTETS] = { "ipp.octetstring_value", "Value", .type = TL_TEXT },
    [DATE] = { "ipp.datetime_value", "Value", .type = TL_BYTES, .help =
               "Year (2 bytes), month, day, hour, minute, second, tenth, zone" },
    [RESOLUTION] = { "ipp.resolution_value", "Value", .type = TL_BYTES, .help =
                     "Across and along the feed (4 bytes each), unit" },
    [RANGE] = { "ipp.rangeofinteger_value", "Value", .type = TL_BYTES, .help = "Lower and upper bound, 4 bytes each" },
    [TEXT_LANGUAGE] = { "ipp.textwithlanguage_value", "Value", .type = TL_BYTES },
    [NAME_LANGUAGE] = { "ipp.namewithlanguage_value", "Value", .type = TL_BYTES },
    [UNKNOWN] = { "ipp.unknown_value", "Value", .type = TL_BYTES },
    [MORE] = { "ipp.line", "More of a message", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { HEAD = 8, TAG_AND_LENGTH = 3 };

enum state { AT_HEAD, AT_TAG, AT_DOCUMENT };

struct flow {
    uint8_t state;
    bool response, secret; /* secret: the attribute before is a password */
};

static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

/* A message goes on in another packet: it has a layer there too. */
static void layer(struct tl_dissection *d)
{
    static const char more[] = "More attributes";
    if (TL_LIKELY(d->wanted == NULL) || d->layer != TL_NO_NODE)
        return;
    tl_message(d);
    if (tl_wants(d, MORE))
        tl_add_text(d, MORE, d->c.off, 0, more, sizeof more - 1);
}

static struct tl_want head(struct tl_dissection *d, struct flow *f)
{
    const struct tl_handed told = tl_channel_note(d);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEAD);
    f->response = told.from != NULL && told.note.len == 1 && told.note.data[0] == 1;
    if (p == NULL || p[0] < 1 || p[0] > 9) { /* versions 1.0 to 2.2 exist */
        tl_violate(d);
        return nothing;
    }
    tl_confirm(d);
    tl_message(d);
    (void)tl_u16(d, VERSION);
    (void)tl_u16(d, f->response ? STATUS : OPERATION);
    (void)tl_u32(d, REQUEST);
    f->state = AT_TAG;
    return bytes(1);
}

/* --- values (RFC 8010 section 3.9) --- */

/* Integers, or what is not of the length of its type, as bytes. */
static void number(struct tl_dissection *d, unsigned field, uint32_t n)
{
    if (n == 4)
        (void)tl_u32(d, field);
    else if (n > 0)
        tl_run(d, UNKNOWN, n);
}

static void text(struct tl_dissection *d, const struct flow *f, uint8_t tag, unsigned field, uint32_t n)
{
    const enum tl_secret kind = f->secret ? TL_SECRET_WHOLE : tag == TAG_URI ? TL_SECRET_URI : TL_SECRET_NOT;
    if (kind != TL_SECRET_NOT)
        tl_add_secret(d, field, d->c.off, n, kind);
    else
        tl_add(d, field, d->c.off, n, 0);
    tl_skip(d, n);
}

static void value(struct tl_dissection *d, const struct flow *f, uint8_t tag, uint32_t n)
{
    if (tag < 0x20)
        tl_add(d, OUT_OF_BAND, d->c.off, 0, tag);
    else if (tag == TAG_INTEGER || tag == TAG_ENUM)
        number(d, tag == TAG_ENUM ? ENUMERATION : INTEGER, n);
    else if (tag == TAG_BOOLEAN && n == 1)
        (void)tl_u8(d, BOOLEAN);
    else if (tag == TAG_MEMBER)
        tl_run(d, MEMBER, n);
    else if (tag == TAG_OCTETS)
        text(d, f, tag, OCTETS, n);
    else if (n > 0 && tag >= TAG_DATE && tag <= TAG_NAME_LANGUAGE && tag != TAG_COLLECTION)
        tl_run(d, tag == TAG_DATE ? DATE : tag == TAG_RESOLUTION ? RESOLUTION : tag == TAG_RANGE ? RANGE
               : tag == TAG_TEXT_LANGUAGE ? TEXT_LANGUAGE : NAME_LANGUAGE, n);
    else if (tag >= 0x40 && tag < 0x60)
        text(d, f, tag, STRING, n);
    else if (n > 0)
        tl_run(d, UNKNOWN, n);
}

/* The attribute is at the cursor, whole. */
static struct tl_want attribute(struct tl_dissection *d, struct flow *f, uint32_t name_len, uint32_t value_len)
{
    const uint8_t *p = tl_cursor_take(&d->c, TAG_AND_LENGTH);
    if (p == NULL)
        return bytes(1);
    const uint8_t tag = p[0];
    d->c.off -= TAG_AND_LENGTH;
    layer(d);
    uint32_t group = tl_group(d, ATTRIBUTE);
    tl_skip(d, TAG_AND_LENGTH);
    struct tl_bytes name = tl_bytes_of(d->c.base + d->c.off, name_len);
    if (name_len > 0)
        tl_run(d, NAME, name_len);
    tl_skip(d, 2);
    struct tl_bytes held = tl_bytes_of(d->c.base + d->c.off, value_len);
    if (tag == TAG_MEMBER)
        name = held;
    if (name.len > 0)
        f->secret = tl_secret_name(name);
    if (f->secret && tag != TAG_MEMBER)
        tl_hide(d, held);
    uint32_t end = d->c.off + value_len;
    if (!f->secret || d->secrets || tag == TAG_MEMBER)
        value(d, f, tag, value_len);
    if (d->c.off < end)
        tl_skip(d, end - d->c.off);
    tl_group_end(d, group);
    return bytes(1);
}

/* A tag, and what it has behind it as far as it is there. */
static struct tl_want tagged(struct tl_dissection *d, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    if (n == 0)
        return bytes(1);
    if (p[0] < VALUE_TAG) {
        layer(d);
        if (tl_u8(d, DELIMITER) != END_OF_ATTRIBUTES)
            return bytes(1);
        f->state = AT_DOCUMENT;
        return (struct tl_want){ TL_WANT_BODY, UINT64_MAX, NULL };
    }
    if (n < TAG_AND_LENGTH)
        return bytes(TAG_AND_LENGTH);
    uint32_t name = tl_load_be16(p + 1);
    if (n < TAG_AND_LENGTH + name + 2)
        return bytes(TAG_AND_LENGTH + name + 2);
    uint32_t length = tl_load_be16(p + TAG_AND_LENGTH + name);
    if (n < TAG_AND_LENGTH + name + 2 + length)
        return bytes(TAG_AND_LENGTH + name + 2 + length);
    return attribute(d, f, name, length);
}

/* A gap in the document is none of ours; in the attributes no one can tell where the next one begins. */
static struct tl_want ipp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    s->open = f->state == AT_DOCUMENT;
    switch (s->event) {
    case TL_EV_OPEN:
        return bytes(HEAD);
    case TL_EV_UNIT:
        return f->state == AT_HEAD ? head(d, f) : tagged(d, f);
    case TL_EV_RUN:
        return s->want;
    default:
        return nothing;
    }
}

const struct tl_protocol tl_protocol_ipp = {
    .name = "ipp",
    .title = "Internet Printing Protocol",
    .service = "ipp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .info = "[{operation_id}][{status_code}][ ({request_id})][{line}]",
    .stream = ipp_stream,
};
