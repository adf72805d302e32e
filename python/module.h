/*
 * module.h - the module taplight._taplight over libtaplight, within the stable ABI of CPython 3.11. What users see is in
 * taplight/__init__.py. Functions that return an object return NULL with an exception on failure.
 */
#ifndef TLP_MODULE_H
#define TLP_MODULE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <taplight/taplight.h>

/* Errors and types; made once. */
struct tlp_state {
    PyObject *error, *usage, *field, *permission, *damaged;
    PyTypeObject *reader, *packet, *columns, *column, *array, *decoder, *writer;
};
extern struct tlp_state tlp;
extern PyType_Spec tlp_packet_spec, tlp_reader_spec, tlp_columns_spec, tlp_column_spec, tlp_array_spec, tlp_decoder_spec,
    tlp_writer_spec;

/* module.c: sets the exception of an error. Returns NULL. */
PyObject *tlp_raise(const struct taplight_error *error);

/* values.c. */
PyObject *tlp_text(const void *bytes, size_t len);
/* A constant of the library as a str; the same object each time. */
PyObject *tlp_key(const char *key);
/* Nanoseconds as a float of seconds. */
PyObject *tlp_seconds(int64_t ns, unsigned decimals);
PyObject *tlp_value(const struct taplight_value *value, unsigned decimals);
PyObject *tlp_record(const struct taplight_record *record);

/* packet.c. Returns a packet with a copy, in `old` if nothing else refers to it. Takes the reference of old, or NULL. */
PyObject *tlp_packet_with(const struct taplight_packet *packet, PyObject *old);
struct taplight_packet *tlp_packet_in(PyObject *self);

/* arguments.c. */
/* Strings that options point to, while they are read. */
struct tlp_strings {
    PyObject *keep;     /* a list of bytes objects */
    const char **items; /* owned */
    Py_ssize_t count;
};

struct tlp_arguments {
    struct taplight_options options;
    struct tlp_strings files, interfaces, fields, kinds, keylog;
};
/* Returns -1 with an exception. */
int tlp_arguments_read(struct tlp_arguments *a, PyObject *args, PyObject *kwargs);
void tlp_arguments_free(struct tlp_arguments *a);

/* reader.c: __enter__ of everything that is closed. */
PyObject *tlp_self(PyObject *self, PyObject *unused);
/* columns.c: taplight.columns(). */
PyObject *tlp_columns_read(PyObject *module, PyObject *args, PyObject *kwargs);

#endif
