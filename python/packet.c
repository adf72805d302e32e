/* packet.c - the class Packet. */
#include "python/module.h"

#include <string.h>

enum { VALUES_MOST = 64 };

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

struct taplight_packet *tlp_packet_in(PyObject *self)
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
    int count = taplight_packet_values(tlp_packet_in(self), name, values, most, &error);
    if (count < 0)
        PyErr_SetString(tlp.field, error.text);
    return count;
}

static PyObject *packet_subscript(PyObject *self, PyObject *key)
{
    struct taplight_value value;
    int count = look_up(self, key, &value, 1);
    if (count == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    return count > 0 ? tlp_value(&value, 9) : NULL;
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
    return count > 0 ? tlp_value(&value, 9) : Py_NewRef(missing);
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
        PyObject *made = tlp_value(&values[i], 9);
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
    return tlp_text(value.name, strlen(value.name));
}

static PyObject *packet_fields(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    struct taplight_field field;
    (void)unused;
    for (uint32_t cursor = 0; list != NULL && taplight_packet_next(tlp_packet_in(self), &cursor, &field);) {
        PyObject *value = field.depth == 0 ? Py_NewRef(Py_None) : tlp_value(&field.value, 9);
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
    const char *json = taplight_packet_json(tlp_packet_in(self), &len);
    return json != NULL ? tlp_text(json, len) : PyErr_NoMemory();
}

static PyObject *packet_get_number(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(taplight_packet_number(tlp_packet_in(self)));
}

static PyObject *packet_get_time(PyObject *self, void *unused)
{
    (void)unused;
    return tlp_seconds(taplight_packet_time(tlp_packet_in(self)), 9);
}

static PyObject *packet_get_time_ns(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromLongLong(taplight_packet_time(tlp_packet_in(self)));
}

static PyObject *packet_get_length(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(taplight_packet_length(tlp_packet_in(self)));
}

static PyObject *packet_get_linktype(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromLong(taplight_packet_linktype(tlp_packet_in(self)));
}

static PyObject *packet_get_bytes(PyObject *self, void *unused)
{
    size_t len;
    (void)unused;
    const uint8_t *bytes = taplight_packet_bytes(tlp_packet_in(self), &len);
    return PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)len);
}

static PyObject *packet_get_interface(PyObject *self, void *unused)
{
    (void)unused;
    const char *name = taplight_packet_interface(tlp_packet_in(self));
    return tlp_text(name, strlen(name));
}

static PyObject *packet_get_layers(PyObject *self, void *unused)
{
    uint32_t count = taplight_packet_layers(tlp_packet_in(self));
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    (void)unused;
    for (uint32_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *name = tlp_key(taplight_packet_layer(tlp_packet_in(self), i));
        if (name == NULL || PyTuple_SetItem(tuple, (Py_ssize_t)i, name) < 0)
            Py_CLEAR(tuple);
    }
    return tuple;
}

static PyObject *packet_str(PyObject *self)
{
    const char *line = taplight_packet_line(tlp_packet_in(self));
    return line != NULL ? tlp_text(line, strlen(line)) : PyErr_NoMemory();
}

static PyObject *packet_repr(PyObject *self)
{
    PyObject *line = packet_str(self);
    PyObject *repr = NULL;
    if (line != NULL)
        repr = PyUnicode_FromFormat("<taplight.Packet %llu: %U>",
                                    (unsigned long long)taplight_packet_number(tlp_packet_in(self)), line);
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
PyType_Spec tlp_packet_spec = { "taplight.Packet", sizeof(struct packet), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, packet_slots };

PyObject *tlp_packet_with(const struct taplight_packet *packet, PyObject *old)
{
    PyObject *self = old;
    if (self != NULL && Py_REFCNT(self) > 1) {
        Py_DECREF(self);
        self = NULL;
    }
    if (self == NULL) {
        self = PyType_GenericAlloc(tlp.packet, 0);
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
