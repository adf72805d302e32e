/* columns.c - the classes of columns, which give their memory by the buffer protocol. */
#include "python/module.h"

#include <string.h>

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
PyType_Spec tlp_columns_spec = { "taplight._Columns", sizeof(struct columns), 0,
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
PyType_Spec tlp_array_spec = { "taplight.Array", sizeof(struct array), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, array_slots };

/* columns > 0: rows of so many bytes each. */
static PyObject *array_of(PyObject *owner, const void *data, const char *format, size_t size, size_t count, size_t columns)
{
    struct array *self = (struct array *)PyType_GenericAlloc(tlp.array, 0);
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
    return tlp_value(&value, 9);
}

static PyObject *column_get_name(PyObject *object, void *unused)
{
    (void)unused;
    const char *name = ((struct column *)object)->column->name;
    return tlp_text(name, strlen(name));
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
    return tlp_text(names[((struct column *)object)->column->form], strlen(names[((struct column *)object)->column->form]));
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
PyType_Spec tlp_column_spec = { "taplight.Column", sizeof(struct column), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, column_slots };

static PyObject *column_of(PyObject *owner, const struct taplight_column *column)
{
    struct column *self = (struct column *)PyType_GenericAlloc(tlp.column, 0);
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
PyObject *tlp_columns_read(PyObject *module, PyObject *args, PyObject *kwargs)
{
    struct tlp_arguments a;
    struct taplight_error error;
    struct taplight_columns *columns = NULL;
    PyObject *dict = NULL;
    (void)module;
    if (tlp_arguments_read(&a, args, kwargs) == 0) {
        Py_BEGIN_ALLOW_THREADS
        columns = taplight_columns(&a.options, &error);
        Py_END_ALLOW_THREADS
        if (columns == NULL)
            tlp_raise(&error);
    }
    tlp_arguments_free(&a);
    struct columns *owner = columns != NULL ? (struct columns *)PyType_GenericAlloc(tlp.columns, 0) : NULL;
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
