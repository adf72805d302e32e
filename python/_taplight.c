/*
 * _taplight.c - the module taplight._taplight over libtaplight, within the stable ABI of CPython 3.11. What users see is
 * in taplight/__init__.py.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <arpa/inet.h>
#include <string.h>
#include <taplight/taplight.h>

enum { ADDRESSES = 4096, KEYS = 4096, WAIT_MS = 100, VALUES_MOST = 64 };

/* Texts that come again and again. */
struct cached_address {
    uint32_t number;
    PyObject *text; /* owned; NULL: none */
};
struct cached_key {
    const char *key; /* a constant of the library */
    PyObject *text;
};

static struct {
    PyObject *error, *usage, *field, *permission, *damaged;
    PyTypeObject *reader, *packet, *columns, *column, *array, *decoder, *writer;
    struct cached_address addresses[ADDRESSES];
    struct cached_key keys[KEYS];
} the;

static PyObject *raise_error(const struct taplight_error *error)
{
    PyObject *kind = error->kind == TAPLIGHT_E_USAGE        ? the.usage
                     : error->kind == TAPLIGHT_E_PERMISSION ? the.permission
                     : error->kind == TAPLIGHT_E_DAMAGED    ? the.damaged
                                                            : the.error;
    PyErr_SetString(kind, error->text);
    return NULL;
}

/* --- values --- */

static PyObject *text_of(const void *bytes, size_t len)
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
    struct cached_address *cached = &the.addresses[(number * 2654435761u) >> 20];
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

static PyObject *key_of(const char *key)
{
    size_t i = ((uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15)) >> 52;
    for (size_t n = 0; n < 8; n++, i = (i + 1) % KEYS) {
        if (the.keys[i].key == key)
            return Py_NewRef(the.keys[i].text);
        if (the.keys[i].key == NULL) {
            PyObject *made = PyUnicode_InternFromString(key);
            if (made != NULL) {
                the.keys[i].key = key;
                the.keys[i].text = Py_NewRef(made);
            }
            return made;
        }
    }
    return PyUnicode_InternFromString(key);
}

static PyObject *seconds_of(int64_t ns, unsigned decimals)
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
    return text_of(text, len < sizeof text ? len : sizeof text - 1);
}

static PyObject *list_of(const struct taplight_value *value, unsigned decimals);
static PyObject *objects_of(const struct taplight_value *value, unsigned decimals);

static PyObject *value_of(const struct taplight_value *value, unsigned decimals)
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
        return seconds_of(value->integer, decimals);
    case TAPLIGHT_IPV4:
        return ipv4_of((uint32_t)value->number);
    case TAPLIGHT_IPV6:
        if (inet_ntop(AF_INET6, value->bytes, text, sizeof text) == NULL)
            Py_RETURN_NONE;
        return text_of(text, strlen(text));
    case TAPLIGHT_MAC:
    case TAPLIGHT_GUID:
    case TAPLIGHT_OID:
        return written(value);
    case TAPLIGHT_BYTES:
    case TAPLIGHT_LAYER:
        return PyBytes_FromStringAndSize((const char *)value->bytes, (Py_ssize_t)value->len);
    case TAPLIGHT_TEXT:
        return text_of(value->bytes, value->len);
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
        PyObject *made = value_of(&item, decimals);
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
            failed = enter(dict, key_of(key), value_of(&inner, decimals));
        failed = failed || PyList_Append(list, dict) < 0;
        Py_XDECREF(dict);
        if (failed)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *record_of(const struct taplight_record *record)
{
    PyObject *dict = PyDict_New();
    struct taplight_value value;
    const char *key;
    unsigned decimals = taplight_record_decimals(record);
    for (uint32_t cursor = 0; dict != NULL && taplight_record_next(record, &cursor, &key, &value);) {
        if (enter(dict, key_of(key), value_of(&value, decimals)))
            Py_CLEAR(dict);
    }
    return dict;
}

/* --- packets --- */

struct packet {
    PyObject_HEAD
    struct taplight_packet *packet; /* a copy of the reader's */
};

static void packet_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    taplight_packet_free(((struct packet *)self)->packet);
    PyObject_Free(self);
    Py_DECREF(type);
}

static struct taplight_packet *packet_in(PyObject *self)
{
    return ((struct packet *)self)->packet;
}

/* The number of values, or -1 with an exception. */
static int look_up(PyObject *self, PyObject *key, struct taplight_value *values, uint32_t most)
{
    struct taplight_error error;
    const char *name = PyUnicode_AsUTF8AndSize(key, NULL);
    if (name == NULL)
        return -1;
    int count = taplight_packet_values(packet_in(self), name, values, most, &error);
    if (count < 0)
        PyErr_SetString(the.field, error.text);
    return count;
}

static PyObject *packet_subscript(PyObject *self, PyObject *key)
{
    struct taplight_value value;
    int count = look_up(self, key, &value, 1);
    if (count == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    return count > 0 ? value_of(&value, 9) : NULL;
}

static int packet_contains(PyObject *self, PyObject *key)
{
    struct taplight_value value;
    int count = look_up(self, key, &value, 1);
    return count < 0 ? -1 : count > 0;
}

static PyObject *packet_get(PyObject *self, PyObject *args)
{
    PyObject *key, *missing = Py_None;
    struct taplight_value value;
    if (!PyArg_ParseTuple(args, "U|O", &key, &missing))
        return NULL;
    int count = look_up(self, key, &value, 1);
    if (count < 0)
        return NULL;
    return count > 0 ? value_of(&value, 9) : Py_NewRef(missing);
}

static PyObject *packet_all(PyObject *self, PyObject *key)
{
    struct taplight_value some[VALUES_MOST], *values = some;
    int count = look_up(self, key, values, VALUES_MOST);
    if (count < 0)
        return NULL;
    if (count > VALUES_MOST) {
        values = PyMem_Malloc((size_t)count * sizeof *values);
        if (values == NULL)
            return PyErr_NoMemory();
        count = look_up(self, key, values, (uint32_t)count);
    }
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < count; i++) {
        PyObject *made = value_of(&values[i], 9);
        if (made == NULL || PyList_Append(list, made) < 0)
            Py_CLEAR(list);
        Py_XDECREF(made);
    }
    if (values != some)
        PyMem_Free(values);
    return list;
}

static PyObject *packet_name(PyObject *self, PyObject *key)
{
    struct taplight_value value;
    int count = look_up(self, key, &value, 1);
    if (count < 0)
        return NULL;
    if (count == 0 || value.name == NULL)
        Py_RETURN_NONE;
    return text_of(value.name, strlen(value.name));
}

static PyObject *packet_fields(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    struct taplight_field field;
    (void)unused;
    for (uint32_t cursor = 0; list != NULL && taplight_packet_next(packet_in(self), &cursor, &field);) {
        PyObject *value = field.depth == 0 ? Py_NewRef(Py_None) : value_of(&field.value, 9);
        PyObject *row = value != NULL ? Py_BuildValue("(sNI)", field.name, value, field.depth) : NULL;
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

static PyObject *packet_json(PyObject *self, PyObject *unused)
{
    size_t len;
    (void)unused;
    const char *json = taplight_packet_json(packet_in(self), &len);
    return json != NULL ? text_of(json, len) : PyErr_NoMemory();
}

static PyObject *packet_get_number(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(taplight_packet_number(packet_in(self)));
}

static PyObject *packet_get_time(PyObject *self, void *unused)
{
    (void)unused;
    return seconds_of(taplight_packet_time(packet_in(self)), 9);
}

static PyObject *packet_get_time_ns(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromLongLong(taplight_packet_time(packet_in(self)));
}

static PyObject *packet_get_length(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(taplight_packet_length(packet_in(self)));
}

static PyObject *packet_get_linktype(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromLong(taplight_packet_linktype(packet_in(self)));
}

static PyObject *packet_get_bytes(PyObject *self, void *unused)
{
    size_t len;
    (void)unused;
    const uint8_t *bytes = taplight_packet_bytes(packet_in(self), &len);
    return PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)len);
}

static PyObject *packet_get_interface(PyObject *self, void *unused)
{
    (void)unused;
    const char *name = taplight_packet_interface(packet_in(self));
    return text_of(name, strlen(name));
}

static PyObject *packet_get_layers(PyObject *self, void *unused)
{
    uint32_t count = taplight_packet_layers(packet_in(self));
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    (void)unused;
    for (uint32_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *name = key_of(taplight_packet_layer(packet_in(self), i));
        if (name == NULL || PyTuple_SetItem(tuple, (Py_ssize_t)i, name) < 0)
            Py_CLEAR(tuple);
    }
    return tuple;
}

static PyObject *packet_str(PyObject *self)
{
    const char *line = taplight_packet_line(packet_in(self));
    return line != NULL ? text_of(line, strlen(line)) : PyErr_NoMemory();
}

static PyObject *packet_repr(PyObject *self)
{
    PyObject *line = packet_str(self);
    PyObject *repr = NULL;
    if (line != NULL)
        repr = PyUnicode_FromFormat("<taplight.Packet %llu: %U>",
                                    (unsigned long long)taplight_packet_number(packet_in(self)), line);
    Py_XDECREF(line);
    return repr;
}

static PyMethodDef packet_methods[] = {
    { "get", packet_get, METH_VARARGS, "get(name, default=None): the first value of a field, or the default" },
    { "all", packet_all, METH_O, "all(name): a list of all values of a field" },
    { "name", packet_name, METH_O, "name(field): the name of the field's first value, such as 'AAAA', or None" },
    { "fields", packet_fields, METH_NOARGS,
      "fields(): a list of (name, value, depth) of all layers (depth 0, value None) and fields in their order" },
    { "json", packet_json, METH_NOARGS, "json(): the packet as a line of --json=packets" },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef packet_getset[] = {
    { "number", packet_get_number, NULL, "number in the capture, from 1", NULL },
    { "time", packet_get_time, NULL, "seconds since 1970, a float", NULL },
    { "time_ns", packet_get_time_ns, NULL, "nanoseconds since 1970, an int", NULL },
    { "length", packet_get_length, NULL, "bytes on the wire", NULL },
    { "linktype", packet_get_linktype, NULL, "LINKTYPE_ value", NULL },
    { "bytes", packet_get_bytes, NULL, "the bytes as captured", NULL },
    { "interface", packet_get_interface, NULL, "name of the interface, or ''", NULL },
    { "layers", packet_get_layers, NULL, "names of the layers from the outside in, such as ('eth', 'ip', 'udp', 'dns')",
      NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot packet_slots[] = {
    { Py_tp_dealloc, (void *)packet_dealloc }, { Py_mp_subscript, (void *)packet_subscript },
    { Py_sq_contains, (void *)packet_contains }, { Py_tp_methods, packet_methods }, { Py_tp_getset, packet_getset },
    { Py_tp_str, (void *)packet_str }, { Py_tp_repr, (void *)packet_repr },
    { Py_tp_doc, "A packet. p[name] is the first value of a field by its display-filter name." }, { 0, NULL },
};
static PyType_Spec packet_spec = { "taplight.Packet", sizeof(struct packet), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, packet_slots };

/* Returns a packet with a copy, in `old` if nothing else refers to it. Takes the reference of old, which may be NULL. */
static PyObject *packet_with(const struct taplight_packet *packet, PyObject *old)
{
    PyObject *self = old;
    if (self != NULL && Py_REFCNT(self) > 1) {
        Py_DECREF(self);
        self = NULL;
    }
    if (self == NULL) {
        self = PyType_GenericAlloc(the.packet, 0);
        if (self == NULL)
            return NULL;
    }
    struct packet *p = (struct packet *)self;
    p->packet = taplight_packet_copy(packet, p->packet);
    if (p->packet != NULL)
        return self;
    Py_DECREF(self);
    return PyErr_NoMemory();
}

/* --- options --- */

/* Strings that options point to, while they are read. */
struct strings {
    PyObject *keep;     /* a list of bytes objects */
    const char **items; /* owned */
    Py_ssize_t count;
};

static void strings_free(struct strings *s)
{
    Py_XDECREF(s->keep);
    PyMem_Free(s->items);
}

/* Reads a str, a path, or an iterable of them. None: none. Returns -1 with an exception. */
static int strings_of(PyObject *value, struct strings *s)
{
    *s = (struct strings){ NULL, NULL, 0 };
    if (value == NULL || value == Py_None)
        return 0;
    PyObject *one = NULL, *list = NULL;
    if (PyUnicode_Check(value) || PyBytes_Check(value) || PyObject_HasAttrString(value, "__fspath__")) {
        one = PyTuple_Pack(1, value);
        value = one;
    }
    list = value != NULL ? PySequence_List(value) : NULL;
    Py_XDECREF(one);
    s->keep = PyList_New(0);
    s->count = list != NULL ? PyList_Size(list) : 0;
    s->items = PyMem_Calloc((size_t)s->count + 1, sizeof *s->items);
    int failed = list == NULL || s->keep == NULL || s->items == NULL;
    for (Py_ssize_t i = 0; !failed && i < s->count; i++) {
        PyObject *bytes = NULL;
        failed = !PyUnicode_FSConverter(PyList_GetItem(list, i), &bytes) || PyList_Append(s->keep, bytes) < 0;
        if (!failed)
            s->items[i] = PyBytes_AsString(bytes);
        Py_XDECREF(bytes);
    }
    Py_XDECREF(list);
    return failed ? -1 : 0;
}

struct arguments {
    struct taplight_options options;
    struct strings files, interfaces, fields, kinds, keylog;
};

static void arguments_free(struct arguments *a)
{
    strings_free(&a->files);
    strings_free(&a->interfaces);
    strings_free(&a->fields);
    strings_free(&a->kinds);
    strings_free(&a->keylog);
}

static int read_arguments(struct arguments *a, PyObject *args, PyObject *kwargs)
{
    static char *names[] = { "files", "interfaces", "take", "filter", "capture_filter", "fields", "kinds", "stream",
                             "keylog", "secrets", "follow", "promiscuous", "immediate", "snaplen", "workers", "memory",
                             "most", "rows", NULL };
    PyObject *files = NULL, *interfaces = NULL, *fields = NULL, *kinds = NULL, *keylog = NULL;
    int take = 0, secrets = 0, follow = 0, promiscuous = 1, immediate = 0, workers = 0, rows = 0;
    unsigned snaplen = 0;
    unsigned long long memory = 0, most = 0;
    memset(a, 0, sizeof *a);
    taplight_options_init(&a->options);
    struct taplight_options *o = &a->options;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOizzOOzOppppIiKKp", names, &files, &interfaces, &take, &o->filter,
                                     &o->capture_filter, &fields, &kinds, &o->stream, &keylog, &secrets, &follow,
                                     &promiscuous, &immediate, &snaplen, &workers, &memory, &most, &rows))
        return -1;
    if (strings_of(files, &a->files) < 0 || strings_of(interfaces, &a->interfaces) < 0 ||
        strings_of(fields, &a->fields) < 0 || strings_of(kinds, &a->kinds) < 0 || strings_of(keylog, &a->keylog) < 0)
        return -1;
    o->files = a->files.items;
    o->file_count = (size_t)a->files.count;
    o->interfaces = a->interfaces.items;
    o->interface_count = (size_t)a->interfaces.count;
    o->fields = a->fields.items;
    o->field_count = (size_t)a->fields.count;
    o->kinds = a->kinds.items;
    o->kind_count = (size_t)a->kinds.count;
    o->keylog = a->keylog.count > 0 ? a->keylog.items[0] : NULL;
    o->take = (unsigned)take;
    o->secrets = secrets;
    o->follow = follow;
    o->no_promiscuous = !promiscuous;
    o->immediate = immediate;
    o->snaplen = snaplen;
    o->workers = workers;
    o->memory = (size_t)memory;
    o->most = most;
    o->values_only = rows;
    return 0;
}

/* --- readers --- */

struct reader {
    PyObject_HEAD
    struct taplight_reader *reader; /* NULL: closed */
    PyObject *spare[2];             /* packets that were given; owned */
    unsigned turn;
    bool busy;                      /* a thread waits in it */
    bool ended;
    uint32_t row; /* fields of a tuple; 0: packets are given */
};

static PyObject *reader_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct arguments a;
    struct taplight_error error;
    struct reader *self = NULL;
    struct taplight_reader *opened = NULL;
    if (read_arguments(&a, args, kwargs) == 0)
        self = (struct reader *)PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        Py_BEGIN_ALLOW_THREADS
        opened = taplight_open(&a.options, &error);
        Py_END_ALLOW_THREADS
        self->reader = opened;
        self->row = a.options.values_only ? (uint32_t)a.options.field_count : 0;
        if (opened == NULL) {
            raise_error(&error);
            Py_CLEAR(self);
        }
    }
    arguments_free(&a);
    return (PyObject *)self;
}

static void close_reader(struct reader *self)
{
    struct taplight_reader *reader = self->reader;
    self->reader = NULL;
    Py_BEGIN_ALLOW_THREADS
    taplight_close(reader);
    Py_END_ALLOW_THREADS
}

static void reader_dealloc(PyObject *object)
{
    struct reader *self = (struct reader *)object;
    PyTypeObject *type = Py_TYPE(object);
    close_reader(self);
    Py_XDECREF(self->spare[0]);
    Py_XDECREF(self->spare[1]);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *piece_of(const struct taplight_piece *piece)
{
    return Py_BuildValue("(sIy#KN)", piece->flow.uid, piece->side, (const char *)piece->bytes, (Py_ssize_t)piece->len,
                         (unsigned long long)piece->gap, PyBool_FromLong(piece->end));
}

/* Waits without the interpreter's lock, and looks at signals now and then. Returns TAPLIGHT_FAILED with an exception. */
static enum taplight_event wait_for(struct reader *self, int milliseconds)
{
    struct taplight_error error;
    enum taplight_event event;
    int waited = 0;
    do {
        self->busy = true;
        Py_BEGIN_ALLOW_THREADS
        event = taplight_next(self->reader, WAIT_MS, &error);
        Py_END_ALLOW_THREADS
        self->busy = false;
        waited += WAIT_MS;
        if (event == TAPLIGHT_NOTHING && PyErr_CheckSignals() < 0)
            return TAPLIGHT_FAILED;
    } while (event == TAPLIGHT_NOTHING && (milliseconds < 0 || waited < milliseconds));
    if (event == TAPLIGHT_FAILED)
        raise_error(&error);
    return event;
}

static PyObject *next_packet(struct reader *self)
{
    unsigned turn = self->turn ^= 1;
    PyObject *packet = packet_with(taplight_packet(self->reader), self->spare[turn]);
    self->spare[turn] = packet;
    return packet != NULL ? Py_NewRef(packet) : NULL;
}

/* The values of all fields of a packet. */
static PyObject *next_row(const struct reader *self)
{
    const struct taplight_packet *packet = taplight_packet(self->reader);
    PyObject *row = PyTuple_New((Py_ssize_t)self->row);
    struct taplight_value value;
    for (uint32_t i = 0; row != NULL && i < self->row; i++) {
        PyObject *made = taplight_packet_at(packet, i, &value) ? value_of(&value, 9) : Py_NewRef(Py_None);
        if (made == NULL || PyTuple_SetItem(row, (Py_ssize_t)i, made) < 0)
            Py_CLEAR(row);
    }
    return row;
}

static PyObject *reader_next(PyObject *object)
{
    struct reader *self = (struct reader *)object;
    struct taplight_error error;
    if (self->reader == NULL || self->ended)
        return NULL;
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "another thread waits for this reader");
        return NULL;
    }
    enum taplight_event event = taplight_next(self->reader, 0, &error);
    if (event == TAPLIGHT_NOTHING)
        event = wait_for(self, -1);
    else if (event == TAPLIGHT_FAILED)
        raise_error(&error);
    self->ended = event == TAPLIGHT_END || (event == TAPLIGHT_FAILED && self->reader == NULL);
    switch (event) {
    case TAPLIGHT_PACKET:
        return self->row > 0 ? next_row(self) : next_packet(self);
    case TAPLIGHT_RECORD:
        return record_of(taplight_record(self->reader));
    case TAPLIGHT_PIECE:
        return piece_of(taplight_piece(self->reader));
    case TAPLIGHT_END:
    case TAPLIGHT_NOTHING:
    case TAPLIGHT_FAILED:
        break;
    }
    return NULL;
}

static PyObject *reader_close(PyObject *object, PyObject *unused)
{
    struct reader *self = (struct reader *)object;
    (void)unused;
    if (self->busy) { /* the thread that waits ends by itself */
        taplight_stop(self->reader);
        Py_RETURN_NONE;
    }
    close_reader(self);
    Py_RETURN_NONE;
}

static PyObject *reader_stop(PyObject *object, PyObject *unused)
{
    struct reader *self = (struct reader *)object;
    (void)unused;
    if (self->reader != NULL)
        taplight_stop(self->reader);
    Py_RETURN_NONE;
}

static PyObject *reader_counters(PyObject *object, PyObject *unused)
{
    struct reader *self = (struct reader *)object;
    struct taplight_counters c = { .size = sizeof c };
    (void)unused;
    if (self->reader != NULL)
        taplight_counters(self->reader, &c);
    return Py_BuildValue("{s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K}", "packets", c.packets, "bytes", c.bytes, "flows",
                         c.flows, "flows_evicted", c.flows_evicted, "malformed", c.malformed, "bad_checksums",
                         c.bad_checksums, "snaplen_cut", c.snaplen_cut, "dropped_kernel", c.dropped_kernel,
                         "dropped_interface", c.dropped_interface, "dropped_reader", c.dropped_reader);
}

static PyObject *return_self(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}

static PyObject *self_iter(PyObject *self)
{
    return Py_NewRef(self);
}

static PyMethodDef reader_methods[] = {
    { "close", reader_close, METH_NOARGS, "close(): ends reading" },
    { "stop", reader_stop, METH_NOARGS, "stop(): ends a capture soon: what was captured before still comes" },
    { "counters", reader_counters, METH_NOARGS, "counters(): what was read so far, a dict" },
    { "__enter__", return_self, METH_NOARGS, NULL },
    { "__exit__", reader_close, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot reader_slots[] = {
    { Py_tp_new, (void *)reader_new }, { Py_tp_dealloc, (void *)reader_dealloc }, { Py_tp_iter, (void *)self_iter },
    { Py_tp_iternext, (void *)reader_next }, { Py_tp_methods, reader_methods },
    { Py_tp_doc, "Packets, records or pieces of streams, one after another." }, { 0, NULL },
};
static PyType_Spec reader_spec = { "taplight.Reader", sizeof(struct reader), 0, Py_TPFLAGS_DEFAULT, reader_slots };

/* --- columns --- */

struct columns {
    PyObject_HEAD
    struct taplight_columns *columns;
};

/* A part of a column: what numpy and others read in place. */
struct array {
    PyObject_HEAD
    PyObject *owner; /* struct columns */
    const void *data;
    const char *format;
    Py_ssize_t shape[2], strides[2], bytes;
    int dimensions;
};

struct column {
    PyObject_HEAD
    PyObject *owner;
    const struct taplight_column *column;
    PyObject *values; /* struct array */
};

static void columns_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    taplight_columns_free(((struct columns *)self)->columns);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot columns_slots[] = { { Py_tp_dealloc, (void *)columns_dealloc }, { 0, NULL } };
static PyType_Spec columns_spec = { "taplight._Columns", sizeof(struct columns), 0,
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, columns_slots };

static void array_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(((struct array *)self)->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int array_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    struct array *self = (struct array *)object;
    if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
        PyErr_SetString(PyExc_BufferError, "columns cannot be written");
        return -1;
    }
    *view = (Py_buffer){ .buf = (void *)(uintptr_t)self->data, .obj = Py_NewRef(object), .len = self->bytes,
                         .itemsize = self->strides[self->dimensions - 1], .readonly = 1,
                         .ndim = self->dimensions, .format = (flags & PyBUF_FORMAT) != 0 ? (char *)(uintptr_t)self->format : NULL,
                         .shape = (flags & PyBUF_ND) != 0 ? self->shape : NULL,
                         .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? self->strides : NULL };
    return 0;
}

static Py_ssize_t array_length(PyObject *self)
{
    return ((struct array *)self)->shape[0];
}

static PyType_Slot array_slots[] = { { Py_tp_dealloc, (void *)array_dealloc },
                                     { Py_bf_getbuffer, (void *)array_getbuffer },
                                     { Py_sq_length, (void *)array_length },
                                     { 0, NULL } };
static PyType_Spec array_spec = { "taplight.Array", sizeof(struct array), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, array_slots };

/* columns > 0: rows of so many bytes each. */
static PyObject *array_of(PyObject *owner, const void *data, const char *format, size_t size, size_t count, size_t columns)
{
    struct array *self = (struct array *)PyType_GenericAlloc(the.array, 0);
    if (self == NULL)
        return NULL;
    self->owner = Py_NewRef(owner);
    self->data = data;
    self->format = format;
    self->dimensions = columns > 0 ? 2 : 1;
    self->shape[0] = (Py_ssize_t)count;
    self->shape[1] = (Py_ssize_t)columns;
    self->strides[0] = (Py_ssize_t)(columns > 0 ? columns : size);
    self->strides[1] = 1;
    self->bytes = self->strides[0] * self->shape[0];
    return (PyObject *)self;
}

static bool is_long(const struct taplight_column *column)
{
    return column->form == TAPLIGHT_COLUMN_TEXT || column->form == TAPLIGHT_COLUMN_BYTES;
}

static PyObject *values_of(PyObject *owner, const struct taplight_column *c)
{
    const char *format = c->width == 1 ? "B" : c->width == 2 ? "H" : c->width == 4 ? "I" : "Q";
    size_t count = (size_t)c->count;
    if (c->form == TAPLIGHT_COLUMN_FIXED)
        return array_of(owner, c->values, "B", 1, count, c->width);
    if (is_long(c))
        return array_of(owner, c->values, "B", 1, (size_t)c->offsets[count], 0);
    if (c->form == TAPLIGHT_COLUMN_BOOL)
        format = "?";
    else if (c->form == TAPLIGHT_COLUMN_DOUBLE)
        format = "d";
    else if (c->form == TAPLIGHT_COLUMN_INT || c->form == TAPLIGHT_COLUMN_TIME || c->form == TAPLIGHT_COLUMN_INTERVAL)
        format = "q";
    return array_of(owner, c->values, format, c->width, count, 0);
}

static void column_dealloc(PyObject *object)
{
    struct column *self = (struct column *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(self->values);
    Py_XDECREF(self->owner);
    PyObject_Free(object);
    Py_DECREF(type);
}

static int column_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    return array_getbuffer(((struct column *)object)->values, view, flags);
}

static Py_ssize_t column_length(PyObject *object)
{
    return (Py_ssize_t)((struct column *)object)->column->count;
}

static PyObject *column_item(PyObject *object, Py_ssize_t i)
{
    const struct taplight_column *c = ((struct column *)object)->column;
    struct taplight_value value = { .type = c->type };
    if (i < 0 || (uint64_t)i >= c->count) {
        PyErr_SetString(PyExc_IndexError, "there is no packet with this index");
        return NULL;
    }
    if (c->present != NULL && !c->present[i])
        Py_RETURN_NONE;
    const uint8_t *at = (const uint8_t *)c->values + (is_long(c) ? c->offsets[i] : i * (Py_ssize_t)c->width);
    if (is_long(c)) {
        value.len = (size_t)(c->offsets[i + 1] - c->offsets[i]);
        value.bytes = at;
    } else if (c->form == TAPLIGHT_COLUMN_FIXED) {
        value.len = c->width;
        value.bytes = at;
    } else {
        memcpy(&value.number, at, c->width);
    }
    return value_of(&value, 9);
}

static PyObject *column_get_name(PyObject *object, void *unused)
{
    (void)unused;
    const char *name = ((struct column *)object)->column->name;
    return text_of(name, strlen(name));
}

static PyObject *column_get_values(PyObject *object, void *unused)
{
    (void)unused;
    return Py_NewRef(((struct column *)object)->values);
}

static PyObject *column_get_offsets(PyObject *object, void *unused)
{
    struct column *self = (struct column *)object;
    (void)unused;
    if (self->column->offsets == NULL)
        Py_RETURN_NONE;
    return array_of(self->owner, self->column->offsets, "q", 8, (size_t)self->column->count + 1, 0);
}

static PyObject *column_get_present(PyObject *object, void *unused)
{
    struct column *self = (struct column *)object;
    (void)unused;
    if (self->column->present == NULL)
        Py_RETURN_NONE;
    return array_of(self->owner, self->column->present, "?", 1, (size_t)self->column->count, 0);
}

static PyObject *column_get_type(PyObject *object, void *unused)
{
    static const char *const names[] = { "bool", "uint", "int", "double", "time", "interval", "ipv4", "fixed", "text",
                                         "bytes" };
    (void)unused;
    return text_of(names[((struct column *)object)->column->form], strlen(names[((struct column *)object)->column->form]));
}

static PyGetSetDef column_getset[] = {
    { "name", column_get_name, NULL, "the field", NULL },
    { "type", column_get_type, NULL,
      "bool, uint, int, double, time (ns since 1970), interval (ns), ipv4 (in host order), fixed, text or bytes", NULL },
    { "values", column_get_values, NULL, "the entries; of text and bytes all bytes", NULL },
    { "offsets", column_get_offsets, NULL, "of text and bytes: where each entry begins, and the end; else None", NULL },
    { "present", column_get_present, NULL, "which packets have the field; None: all", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot column_slots[] = {
    { Py_tp_dealloc, (void *)column_dealloc }, { Py_bf_getbuffer, (void *)column_getbuffer },
    { Py_sq_length, (void *)column_length }, { Py_sq_item, (void *)column_item }, { Py_tp_getset, column_getset },
    { Py_tp_doc, "A field of all packets. column[i] is a value or None; numpy.asarray(column) copies nothing." },
    { 0, NULL },
};
static PyType_Spec column_spec = { "taplight.Column", sizeof(struct column), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, column_slots };

static PyObject *column_of(PyObject *owner, const struct taplight_column *column)
{
    struct column *self = (struct column *)PyType_GenericAlloc(the.column, 0);
    if (self == NULL)
        return NULL;
    self->owner = Py_NewRef(owner);
    self->column = column;
    self->values = values_of(owner, column);
    if (self->values == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *dict_of(PyObject *owner, struct taplight_columns *columns)
{
    PyObject *dict = PyDict_New();
    const struct taplight_column *column;
    for (size_t i = 0; dict != NULL && (column = taplight_columns_get(columns, i)) != NULL; i++) {
        PyObject *made = column_of(owner, column);
        if (made == NULL || PyDict_SetItemString(dict, column->name, made) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(made);
    }
    return dict;
}

/* Returns the columns and the words about a damage, or None. */
static PyObject *read_columns(PyObject *module, PyObject *args, PyObject *kwargs)
{
    struct arguments a;
    struct taplight_error error;
    struct taplight_columns *columns = NULL;
    PyObject *dict = NULL;
    (void)module;
    if (read_arguments(&a, args, kwargs) == 0) {
        Py_BEGIN_ALLOW_THREADS
        columns = taplight_columns(&a.options, &error);
        Py_END_ALLOW_THREADS
        if (columns == NULL)
            raise_error(&error);
    }
    arguments_free(&a);
    struct columns *owner = columns != NULL ? (struct columns *)PyType_GenericAlloc(the.columns, 0) : NULL;
    if (owner == NULL) {
        taplight_columns_free(columns);
        return NULL;
    }
    owner->columns = columns;
    dict = dict_of((PyObject *)owner, columns);
    Py_DECREF(owner);
    if (dict == NULL)
        return NULL;
    return Py_BuildValue("(Nz)", dict, error.kind == TAPLIGHT_FINE ? NULL : error.text);
}

/* --- single packets --- */

struct decoder {
    PyObject_HEAD
    struct taplight_decoder *decoder;
};

static PyObject *decoder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = { "secrets", "keylog", "memory", NULL };
    struct taplight_options options;
    struct taplight_error error;
    int secrets = 0;
    unsigned long long memory = 0;
    taplight_options_init(&options);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pzK", names, &secrets, &options.keylog, &memory))
        return NULL;
    options.secrets = secrets;
    options.memory = (size_t)memory;
    struct decoder *self = (struct decoder *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    self->decoder = taplight_decoder_new(&options, &error);
    if (self->decoder != NULL)
        return (PyObject *)self;
    Py_DECREF(self);
    return raise_error(&error);
}

static void decoder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    taplight_decoder_free(((struct decoder *)self)->decoder);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *decoder_decode(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = { "data", "linktype", "time_ns", "length", NULL };
    Py_buffer data;
    unsigned short linktype = 1;
    long long time = 0;
    unsigned long long length = 0;
    struct taplight_error error;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|HLK", names, &data, &linktype, &time, &length))
        return NULL;
    const struct taplight_packet *packet = taplight_decode(((struct decoder *)self)->decoder, data.buf, (size_t)data.len,
                                                           (size_t)length, linktype, time, &error);
    PyObject *made = packet != NULL ? packet_with(packet, NULL) : raise_error(&error);
    PyBuffer_Release(&data);
    return made;
}

static PyObject *decoder_forget(PyObject *self, PyObject *unused)
{
    (void)unused;
    taplight_decoder_forget(((struct decoder *)self)->decoder);
    Py_RETURN_NONE;
}

static PyMethodDef decoder_methods[] = {
    { "decode", (PyCFunction)(void (*)(void))decoder_decode, METH_VARARGS | METH_KEYWORDS,
      "decode(data, linktype=1, time_ns=0, length=0): a Packet. Packets of a flow go to one decoder in their order." },
    { "forget", decoder_forget, METH_NOARGS, "forget(): the next packet belongs to none of the flows before" },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot decoder_slots[] = { { Py_tp_new, (void *)decoder_new }, { Py_tp_dealloc, (void *)decoder_dealloc },
                                       { Py_tp_methods, decoder_methods },
                                       { Py_tp_doc, "Decodes packets that are in no file." }, { 0, NULL } };
static PyType_Spec decoder_spec = { "taplight.Decoder", sizeof(struct decoder), 0, Py_TPFLAGS_DEFAULT, decoder_slots };

/* --- capture files --- */

struct writer {
    PyObject_HEAD
    struct taplight_writer *writer; /* NULL: closed */
};

static PyObject *writer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = { "path", NULL };
    PyObject *path = NULL;
    struct taplight_error error;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&", names, PyUnicode_FSConverter, &path))
        return NULL;
    struct writer *self = (struct writer *)PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        self->writer = taplight_writer_open(PyBytes_AsString(path), &error);
        if (self->writer == NULL) {
            raise_error(&error);
            Py_CLEAR(self);
        }
    }
    Py_DECREF(path);
    return (PyObject *)self;
}

static void writer_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    (void)taplight_writer_close(((struct writer *)self)->writer, NULL);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *writer_write(PyObject *self, PyObject *packet)
{
    struct taplight_error error;
    struct taplight_writer *writer = ((struct writer *)self)->writer;
    if (Py_TYPE(packet) != the.packet) {
        PyErr_SetString(PyExc_TypeError, "write() takes a taplight.Packet");
        return NULL;
    }
    if (writer == NULL) {
        PyErr_SetString(PyExc_ValueError, "the file is closed");
        return NULL;
    }
    if (!taplight_writer_put(writer, packet_in(packet), &error))
        return raise_error(&error);
    Py_RETURN_NONE;
}

static PyObject *writer_close(PyObject *self, PyObject *unused)
{
    struct taplight_error error;
    struct taplight_writer *writer = ((struct writer *)self)->writer;
    (void)unused;
    ((struct writer *)self)->writer = NULL;
    if (!taplight_writer_close(writer, &error))
        return raise_error(&error);
    Py_RETURN_NONE;
}

static PyMethodDef writer_methods[] = {
    { "write", writer_write, METH_O, "write(packet): appends a packet" },
    { "close", writer_close, METH_NOARGS, "close(): ends the file" },
    { "__enter__", return_self, METH_NOARGS, NULL },
    { "__exit__", writer_close, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot writer_slots[] = { { Py_tp_new, (void *)writer_new }, { Py_tp_dealloc, (void *)writer_dealloc },
                                      { Py_tp_methods, writer_methods },
                                      { Py_tp_doc, "A capture file: pcapng, or pcap if the name ends in .pcap." },
                                      { 0, NULL } };
static PyType_Spec writer_spec = { "taplight.Writer", sizeof(struct writer), 0, Py_TPFLAGS_DEFAULT, writer_slots };

/* --- names --- */

static bool add_name(void *context, const struct taplight_name *name)
{
    PyObject *row = Py_BuildValue("(sssz)", name->name, name->protocol, name->type, name->help);
    bool fine = row != NULL && PyList_Append(context, row) == 0;
    Py_XDECREF(row);
    return fine;
}

static PyObject *names(PyObject *module, PyObject *args)
{
    int records = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "|p", &records))
        return NULL;
    PyObject *list = PyList_New(0);
    if (list != NULL)
        taplight_names(records, add_name, list);
    if (PyErr_Occurred())
        Py_CLEAR(list);
    return list;
}

static PyMethodDef module_methods[] = {
    { "columns", (PyCFunction)(void (*)(void))read_columns, METH_VARARGS | METH_KEYWORDS, NULL },
    { "names", names, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "_taplight", "The module taplight over libtaplight", -1,
                                     module_methods, NULL, NULL, NULL, NULL };

static PyObject *new_error(PyObject *m, const char *name, PyObject *first, PyObject *second)
{
    char full[64];
    PyOS_snprintf(full, sizeof full, "taplight.%s", name);
    PyObject *bases = second != NULL ? PyTuple_Pack(2, first, second) : Py_NewRef(first);
    PyObject *error = bases != NULL ? PyErr_NewException(full, bases, NULL) : NULL;
    Py_XDECREF(bases);
    if (error != NULL && PyModule_AddObjectRef(m, name, error) < 0)
        Py_CLEAR(error);
    return error;
}

static PyTypeObject *new_type(PyObject *m, PyType_Spec *spec, const char *name)
{
    PyObject *type = PyType_FromSpec(spec);
    if (type != NULL && PyModule_AddObjectRef(m, name, type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}

PyMODINIT_FUNC PyInit__taplight(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
    the.error = new_error(m, "Error", PyExc_Exception, NULL);
    the.usage = the.error != NULL ? new_error(m, "UsageError", the.error, PyExc_ValueError) : NULL;
    the.field = the.usage != NULL ? new_error(m, "FieldError", the.usage, PyExc_LookupError) : NULL;
    the.permission = the.error != NULL ? new_error(m, "PermissionDenied", the.error, PyExc_PermissionError) : NULL;
    the.damaged = the.error != NULL ? new_error(m, "DamagedError", the.error, NULL) : NULL;
    the.reader = new_type(m, &reader_spec, "Reader");
    the.packet = new_type(m, &packet_spec, "Packet");
    the.columns = new_type(m, &columns_spec, "_Columns");
    the.column = new_type(m, &column_spec, "Column");
    the.array = new_type(m, &array_spec, "Array");
    the.decoder = new_type(m, &decoder_spec, "Decoder");
    the.writer = new_type(m, &writer_spec, "Writer");
    if (PyErr_Occurred() || PyModule_AddStringConstant(m, "version", taplight_version()) < 0)
        Py_CLEAR(m);
    return m;
}
