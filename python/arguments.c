/* arguments.c - options of readers, from keyword arguments. */
#include "python/module.h"

#include <string.h>

static void strings_free(struct tlp_strings *s)
{
    Py_XDECREF(s->keep);
    PyMem_Free(s->items);
}

/* Reads a str, a path, or an iterable of them. None: none. Returns -1 with an exception. */
static int strings_of(PyObject *value, struct tlp_strings *s)
{
    *s = (struct tlp_strings){ NULL, NULL, 0 };
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

void tlp_arguments_free(struct tlp_arguments *a)
{
    strings_free(&a->files);
    strings_free(&a->interfaces);
    strings_free(&a->fields);
    strings_free(&a->kinds);
    strings_free(&a->keylog);
}

int tlp_arguments_read(struct tlp_arguments *a, PyObject *args, PyObject *kwargs)
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
