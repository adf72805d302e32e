/* module.c - the module itself: errors, types, names. */
#include "python/module.h"

struct tlp_state tlp;

PyObject *tlp_raise(const struct taplight_error *error)
{
    PyObject *kind = error->kind == TAPLIGHT_E_USAGE        ? tlp.usage
                     : error->kind == TAPLIGHT_E_PERMISSION ? tlp.permission
                     : error->kind == TAPLIGHT_E_DAMAGED    ? tlp.damaged
                                                            : tlp.error;
    PyErr_SetString(kind, error->text);
    return NULL;
}

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
    { "columns", (PyCFunction)(void (*)(void))tlp_columns_read, METH_VARARGS | METH_KEYWORDS, NULL },
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
    tlp.error = new_error(m, "Error", PyExc_Exception, NULL);
    tlp.usage = tlp.error != NULL ? new_error(m, "UsageError", tlp.error, PyExc_ValueError) : NULL;
    tlp.field = tlp.usage != NULL ? new_error(m, "FieldError", tlp.usage, PyExc_LookupError) : NULL;
    tlp.permission = tlp.error != NULL ? new_error(m, "PermissionDenied", tlp.error, PyExc_PermissionError) : NULL;
    tlp.damaged = tlp.error != NULL ? new_error(m, "DamagedError", tlp.error, NULL) : NULL;
    tlp.reader = new_type(m, &tlp_reader_spec, "Reader");
    tlp.packet = new_type(m, &tlp_packet_spec, "Packet");
    tlp.columns = new_type(m, &tlp_columns_spec, "_Columns");
    tlp.column = new_type(m, &tlp_column_spec, "Column");
    tlp.array = new_type(m, &tlp_array_spec, "Array");
    tlp.decoder = new_type(m, &tlp_decoder_spec, "Decoder");
    tlp.writer = new_type(m, &tlp_writer_spec, "Writer");
    if (PyErr_Occurred() || PyModule_AddStringConstant(m, "version", taplight_version()) < 0)
        Py_CLEAR(m);
    return m;
}
