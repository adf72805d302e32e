/* reader.c - the class Reader: packets, rows, records, streams. */
#include "python/module.h"

enum { WAIT_MS = 100 };

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
    struct tlp_arguments a;
    struct taplight_error error;
    struct reader *self = NULL;
    struct taplight_reader *opened = NULL;
    if (tlp_arguments_read(&a, args, kwargs) == 0)
        self = (struct reader *)PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        Py_BEGIN_ALLOW_THREADS
        opened = taplight_open(&a.options, &error);
        Py_END_ALLOW_THREADS
        self->reader = opened;
        self->row = a.options.values_only ? (uint32_t)a.options.field_count : 0;
        if (opened == NULL) {
            tlp_raise(&error);
            Py_CLEAR(self);
        }
    }
    tlp_arguments_free(&a);
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
        tlp_raise(&error);
    return event;
}

static PyObject *next_packet(struct reader *self)
{
    unsigned turn = self->turn ^= 1;
    PyObject *packet = tlp_packet_with(taplight_packet(self->reader), self->spare[turn]);
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
        PyObject *made = taplight_packet_at(packet, i, &value) ? tlp_value(&value, 9) : Py_NewRef(Py_None);
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
        tlp_raise(&error);
    self->ended = event == TAPLIGHT_END || (event == TAPLIGHT_FAILED && self->reader == NULL);
    switch (event) {
    case TAPLIGHT_PACKET:
        return self->row > 0 ? next_row(self) : next_packet(self);
    case TAPLIGHT_RECORD:
        return tlp_record(taplight_record(self->reader));
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

PyObject *tlp_self(PyObject *self, PyObject *unused)
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
    { "__enter__", tlp_self, METH_NOARGS, NULL },
    { "__exit__", reader_close, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot reader_slots[] = {
    { Py_tp_new, (void *)reader_new }, { Py_tp_dealloc, (void *)reader_dealloc }, { Py_tp_iter, (void *)self_iter },
    { Py_tp_iternext, (void *)reader_next }, { Py_tp_methods, reader_methods },
    { Py_tp_doc, "Packets, records or pieces of streams, one after another." }, { 0, NULL },
};
PyType_Spec tlp_reader_spec = { "taplight.Reader", sizeof(struct reader), 0, Py_TPFLAGS_DEFAULT, reader_slots };
