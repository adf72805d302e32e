/* writer.c - the class Writer: capture files. */
#include "python/module.h"

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
            tlp_raise(&error);
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
    if (Py_TYPE(packet) != tlp.packet) {
        PyErr_SetString(PyExc_TypeError, "write() takes a taplight.Packet");
        return NULL;
    }
    if (writer == NULL) {
        PyErr_SetString(PyExc_ValueError, "the file is closed");
        return NULL;
    }
    if (!taplight_writer_put(writer, tlp_packet_in(packet), &error))
        return tlp_raise(&error);
    Py_RETURN_NONE;
}

static PyObject *writer_close(PyObject *self, PyObject *unused)
{
    struct taplight_error error;
    struct taplight_writer *writer = ((struct writer *)self)->writer;
    (void)unused;
    ((struct writer *)self)->writer = NULL;
    if (!taplight_writer_close(writer, &error))
        return tlp_raise(&error);
    Py_RETURN_NONE;
}

static PyMethodDef writer_methods[] = {
    { "write", writer_write, METH_O, "write(packet): appends a packet" },
    { "close", writer_close, METH_NOARGS, "close(): ends the file" },
    { "__enter__", tlp_self, METH_NOARGS, NULL },
    { "__exit__", writer_close, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot writer_slots[] = { { Py_tp_new, (void *)writer_new }, { Py_tp_dealloc, (void *)writer_dealloc },
                                      { Py_tp_methods, writer_methods },
                                      { Py_tp_doc, "A capture file: pcapng, or pcap if the name ends in .pcap." },
                                      { 0, NULL } };
PyType_Spec tlp_writer_spec = { "taplight.Writer", sizeof(struct writer), 0, Py_TPFLAGS_DEFAULT, writer_slots };
