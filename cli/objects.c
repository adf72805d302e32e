/* objects.c - `taplight objects`: the files that a capture carries, as a table or as their records. */
#include "capture/lookup.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/verb.h"

#include <stdlib.h>

struct options {
    const char *read, *write, *match, *hash, *keylog;
    bool json, quiet;
};

#define AT(member) offsetof(struct options, member)
static const struct tl_verb_option options[] = {
    { 'r', NULL, "FILE", "read the capture FILE; - is standard input", NULL, TL_VERB_TEXT, .offset = AT(read),
      .file = true },
    { 0, "json", NULL, "print the files records as JSON lines", NULL, TL_VERB_FLAG, .offset = AT(json) },
    { 0, "extract-files", "DIR", "save the files in DIR",
      "DIR is created, or must be empty. The files are named extract-TIME-SOURCE-FUID.", TL_VERB_TEXT,
      .offset = AT(write), .file = true },
    { 0, "extract-match", "EXPR", "save only files that EXPR selects",
      "A filter on files records: mime_type == \"application/pdf\". The table lists all files.", TL_VERB_TEXT,
      .offset = AT(match) },
    { 0, "hash", "KINDS", "compute sums for --json: md5, sha1, sha256", NULL, TL_VERB_TEXT, .offset = AT(hash) },
    { 'q', NULL, NULL, "print errors only: no warnings, no progress bar", NULL, TL_VERB_FLAG, .offset = AT(quiet) },
    { 0, "keylog", "FILE", "decrypt TLS with the secrets in FILE", NULL, TL_VERB_TEXT, .offset = AT(keylog),
      .file = true },
};

/* The command line of a run that does it. */
static int build(const struct options *o, char *const *words, unsigned count, const char **argv)
{
    const char *const pairs[][2] = { { "-r", o->read },
                                     { "--extract-files", o->write },
                                     { "--extract-match", o->match },
                                     { "--hash", o->hash },
                                     { "--keylog", o->keylog } };
    int argc = 0;
    argv[argc++] = "taplight";
    argv[argc++] = "--json";
    argv[argc++] = "--no-meta";
    if (o->quiet)
        argv[argc++] = "-q";
    for (unsigned i = 0; i < TL_COUNT(pairs); i++) {
        if (pairs[i][1] == NULL)
            continue;
        argv[argc++] = pairs[i][0];
        argv[argc++] = pairs[i][1];
    }
    if (count > 0)
        argv[argc++] = "--";
    for (unsigned i = 0; i < count; i++)
        argv[argc++] = words[i];
    argv[argc] = NULL;
    return argc;
}

static enum tl_failure run_objects(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct tl_options run;
    if (o->read == NULL)
        return tl_error_set(error, TL_E_USAGE, "objects: give a capture file: taplight objects -r FILE");
    const char **argv = calloc(count + 16, sizeof *argv);
    if (argv == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    int argc = build(o, words, count, argv);
    enum tl_failure failure = tl_options_parse(&run, argc, (char *const *)(uintptr_t)argv, error);
    if (failure == TL_E_NONE) {
        run.objects = true;
        run.table = !o->json;
        run.display = o->json ? "_path == \"files\"" : "_path == \"files\" || _path == \"http\"";
        tl_lookup_forbid(); /* names in the filter, as without the verb */
        failure = tl_files_check(&run, error);
    }
    if (failure == TL_E_NONE)
        failure = tl_run_options(&run, error);
    tl_options_fini(&run);
    free(argv);
    return failure;
}

static const char description[] =
    "Reads a capture and lists the files that its flows carry: bodies of HTTP, parts of mails (SMTP, POP3, IMAP), files\n"
    "of FTP, TFTP, SMB and others, after transfer and content coding are undone. A line has the identifier of the file,\n"
    "what brought it, its bytes, its media type as its first bytes tell it, the sender, the host of\n"
    "HTTP, and the name that the sender gave; of files of HTTP without one, the last part of the path in the URI.\n"
    ".PP\n.I FILTER\nis a BPF filter: only packets that it selects are read.\n"
    ".PP\nThe same as\n.BR \"taplight \\-\\-json \\-\\-extract\\-files\" ,\nfor files alone.\n";

const struct tl_verb tl_verb_objects = {
    .name = "objects",
    .words = "[FILTER]",
    .words_most = UINT16_MAX,
    .summary = "lists and saves the files that a capture carries",
    .description = description,
    .examples = "  taplight objects -r day.pcap\n"
                "  taplight objects -r day.pcap --extract-files out port 80\n"
                "  taplight objects -r day.pcap --extract-files pdf \\\n"
                "      --extract-match 'mime_type == \"application/pdf\"'\n"
                "  taplight objects -r day.pcap --json --hash sha256 | jq -r .sha256\n",
    .status = "All objects were listed or written.\n"
              "A file that cannot be read or written.\n"
              "The command line is wrong.\n"
              "No permission to read a file.\n"
              "The capture is damaged: objects before the damage were taken.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_objects,
};
