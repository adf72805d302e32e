/* values.c - values and records as Python objects. */
#include "python/module.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESSES = 4096, KEYS = 4096 };

/* Texts that come again and again. */
static struct cached_address {
    uint32_t number;
    PyObject *text; /* owned; NULL: none */
} addresses[ADDRESSES];
static struct {
    const char *key; /* a constant of the library */
    PyObject *text;
} keys[KEYS];

PyObject *tlp_text(const void *bytes, size_t len)
{
    return PyUnicode_DecodeUTF8(bytes != NULL ? bytes : "", (Py_ssize_t)len, "backslashreplace");
}

static char *put_byte(char *p, unsigned v)
{
    if (v >= 100)
        *p++ = (char)('0' + v / 100);
    if (v >= 10)
        *p++ = (char)('0' + v / 10 % 10);
    *p++ = (char)('0' + v % 10);
    return p;
}

static PyObject *ipv4_of(uint32_t number)
{
    struct cached_address *cached = &addresses[(number * 2654435761u) >> 20];
    char text[16], *p = text;
    if (cached->text == NULL || cached->number != number) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            p = put_byte(p, number >> shift & 255);
            *p++ = '.';
        }
        PyObject *made = PyUnicode_FromStringAndSize(text, p - 1 - text);
        if (made == NULL)
            return NULL;
        Py_XDECREF(cached->text);
        cached->text = made;
        cached->number = number;
    }
    return Py_NewRef(cached->text);
}

PyObject *tlp_key(const char *key)
{
    size_t i = ((uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 52;
    for (size_t n = 0; n < 8; n++, i = (i + 1) % KEYS) {
        if (keys[i].key == key)
            return Py_NewRef(keys[i].text);
        if (keys[i].key == NULL) {
            PyObject *made = PyUnicode_InternFromString(key);
            if (made != NULL) {
                keys[i].key = key;
                keys[i].text = Py_NewRef(made);
            }
            return made;
        }
    }
    return PyUnicode_InternFromString(key);
}

PyObject *tlp_seconds(int64_t ns, unsigned decimals)
{
    if (decimals <= 6)
        return PyFloat_FromDouble((double)(ns / 1000) / 1e6);
    return PyFloat_FromDouble((double)((long double)ns / 1e9L));
}

/* What the library writes as text: addresses, GUIDs, OIDs. */
static PyObject *written(const struct taplight_value *value)
{
    char text[256];
    size_t len = taplight_value_text(value, text, sizeof text);
    return tlp_text(text, len < sizeof text ? len : sizeof text - 1);
}

static PyObject *list_of(const struct taplight_value *value, unsigned decimals);
static PyObject *objects_of(const struct taplight_value *value, unsigned decimals);

PyObject *tlp_value(const struct taplight_value *value, unsigned decimals)
{
    char text[INET6_ADDRSTRLEN];
    switch (value->type) {
    case TAPLIGHT_NONE:
        Py_RETURN_TRUE;
    case TAPLIGHT_BOOL:
        return PyBool_FromLong(value->number != 0);
    case TAPLIGHT_UNSIGNED:
        return PyLong_FromUnsignedLongLong(value->number);
    case TAPLIGHT_SIGNED:
        return PyLong_FromLongLong(value->integer);
    case TAPLIGHT_DOUBLE:
        return PyFloat_FromDouble(value->real);
    case TAPLIGHT_TIME:
    case TAPLIGHT_INTERVAL:
        return tlp_seconds(value->integer, decimals);
    case TAPLIGHT_IPV4:
        return ipv4_of((uint32_t)value->number);
    case TAPLIGHT_IPV6:
        if (inet_ntop(AF_INET6, value->bytes, text, sizeof text) == NULL)
            Py_RETURN_NONE;
        return tlp_text(text, strlen(text));
    case TAPLIGHT_MAC:
    case TAPLIGHT_GUID:
    case TAPLIGHT_OID:
        return written(value);
    case TAPLIGHT_BYTES:
    case TAPLIGHT_LAYER:
        return PyBytes_FromStringAndSize((const char *)value->bytes, (Py_ssize_t)value->len);
    case TAPLIGHT_TEXT:
        return tlp_text(value->bytes, value->len);
    case TAPLIGHT_GROUP:
        Py_RETURN_NONE;
    case TAPLIGHT_LIST:
        return list_of(value, decimals);
    case TAPLIGHT_OBJECTS:
        return objects_of(value, decimals);
    }
    Py_RETURN_NONE;
}

static PyObject *list_of(const struct taplight_value *value, unsigned decimals)
{
    PyObject *list = PyList_New(0);
    struct taplight_value item;
    for (uint32_t i = 0; list != NULL && taplight_value_item(value, i, &item); i++) {
        PyObject *made = tlp_value(&item, decimals);
        if (made == NULL || PyList_Append(list, made) < 0)
            Py_CLEAR(list);
        Py_XDECREF(made);
    }
    return list;
}

/* Enters a pair. Takes both references. */
static int enter(PyObject *dict, PyObject *key, PyObject *value)
{
    int failed = key == NULL || value == NULL || PyDict_SetItem(dict, key, value) < 0;
    Py_XDECREF(key);
    Py_XDECREF(value);
    return failed;
}

static PyObject *objects_of(const struct taplight_value *value, unsigned decimals)
{
    PyObject *list = PyList_New(0);
    struct taplight_value inner;
    const char *key;
    for (uint32_t i = 0; list != NULL && i < value->count; i++) {
        PyObject *dict = PyDict_New();
        int failed = dict == NULL;
        for (uint32_t cursor = 0; !failed && taplight_value_object(value, i, &cursor, &key, &inner);)
            failed = enter(dict, tlp_key(key), tlp_value(&inner, decimals));
        failed = failed || PyList_Append(list, dict) < 0;
        Py_XDECREF(dict);
        if (failed)
            Py_CLEAR(list);
    }
    return list;
}

PyObject *tlp_record(const struct taplight_record *record)
{
    PyObject *dict = PyDict_New();
    struct taplight_value value;
    const char *key;
    unsigned decimals = taplight_record_decimals(record);
    for (uint32_t cursor = 0; dict != NULL && taplight_record_next(record, &cursor, &key, &value);) {
        if (enter(dict, tlp_key(key), tlp_value(&value, decimals)))
            Py_CLEAR(dict);
    }
    return dict;
}
