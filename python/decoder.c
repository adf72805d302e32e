/* decoder.c - the class Decoder: single packets. */
#include "python/module.h"

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
    return tlp_raise(&error);
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
    PyObject *made = packet != NULL ? tlp_packet_with(packet, NULL) : tlp_raise(&error);
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
PyType_Spec tlp_decoder_spec = { "taplight.Decoder", sizeof(struct decoder), 0, Py_TPFLAGS_DEFAULT, decoder_slots };
