/* target.c - a saved file appears whole or not at all; until then the old one stays. */
#include "export_fixture.h"

#include <fcntl.h>

#include "ui/tasks/target.h"

struct directory {
    char name[32];
};

static int enter(void **state)
{
    static struct directory d;
    snprintf(d.name, sizeof d.name, "/tmp/taplight-target-XXXXXX");
    *state = &d;
    return mkdtemp(d.name) != NULL ? chdir(d.name) : -1;
}

static int leave(void **state)
{
    const struct directory *d = *state;
    (void)unlink("file");
    (void)unlink("link");
    (void)unlink("other");
    return chdir("/") != 0 || rmdir(d->name) != 0; /* no other file may be left */
}

static void make(const char *name, const char *text, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void has(const char *name, const char *text)
{
    char found[32] = "";
    int fd = open(name, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(read(fd, found, sizeof found - 1) >= 0);
    assert_string_equal(found, text);
    close(fd);
}

static mode_t mode_of(const char *name)
{
    struct stat st;
    assert_int_equal(lstat(name, &st), 0);
    return st.st_mode & 0777;
}

static void save(struct tl_target *t, const char *path, const char *text, struct tl_error *error)
{
    *error = (struct tl_error){ 0 };
    struct tl_output *output = tl_target_open(t, path, error);
    assert_non_null(output);
    assert_int_equal(tl_output_write(output, text, strlen(text), error), TL_E_NONE);
    assert_int_equal(tl_output_close(output, error), TL_E_NONE);
}

static void a_new_file_is_there_once_it_is_whole(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error;
    mode_t mask = umask(027);
    save(&t, "file", "new", &error);
    assert_int_equal(access("file", F_OK), -1);
    tl_target_end(&t, true, &error);
    has("file", "new");
    assert_int_equal(mode_of("file"), 0640);
    umask(mask);
}

static void what_fails_leaves_nothing(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error;
    save(&t, "file", "new", &error);
    tl_error_set(&error, TL_E_RUNTIME, "cannot write file: no space");
    tl_target_end(&t, false, &error);
    assert_int_equal(access("file", F_OK), -1);
    assert_string_equal(error.text, "cannot write file: no space; nothing was saved");
}

static void an_old_file_stays_until_then(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error;
    make("file", "old", 0600);
    make("file.1.part", "another's", 0600);
    save(&t, "file", "new", &error);
    has("file", "old");
    tl_target_end(&t, false, &error);
    has("file", "old");
    save(&t, "file", "new", &error);
    tl_target_end(&t, true, &error);
    has("file", "new");
    assert_int_equal(mode_of("file"), 0600);
    has("file.1.part", "another's");
    assert_int_equal(unlink("file.1.part"), 0);
}

/* A symbolic link keeps its target, and the old contents until the new file is whole. */
static void a_link_stays(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error;
    struct stat st;
    make("other", "old", 0600);
    assert_int_equal(symlink("other", "link"), 0);
    save(&t, "link", "new", &error);
    has("other", "old");
    tl_target_end(&t, false, &error);
    has("other", "old");
    save(&t, "link", "new", &error);
    tl_target_end(&t, true, &error);
    has("other", "new");
    assert_int_equal(lstat("link", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(unlink("link"), 0);
}

/* Both hard links of a file get the new contents. */
static void two_names_are_written_in_place(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error;
    make("other", "old", 0600);
    assert_int_equal(link("other", "file"), 0);
    save(&t, "file", "again", &error);
    has("other", "again");
    tl_error_set(&error, TL_E_RUNTIME, "stopped");
    tl_target_end(&t, false, &error);
    assert_string_equal(error.text, "stopped; file is incomplete");
    has("other", "again");
}

static void so_are_others_files(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error;
    struct stat st;
    if (geteuid() != 0)
        skip();
    make("file", "old", 0644);
    assert_int_equal(chown("file", 1, 1), 0);
    save(&t, "file", "new", &error);
    tl_target_end(&t, true, &error);
    has("file", "new");
    assert_int_equal(stat("file", &st), 0);
    assert_int_equal(st.st_uid, 1);
}

/* Write permission for the file but not its directory, and the reverse. */
static void rights_are_kept(void **state)
{
    const struct directory *d = *state;
    struct tl_target t;
    struct tl_error error = { 0 };
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(d->name, 0755), 0);
    assert_int_equal(seteuid(65534), 0);
    assert_null(tl_target_open(&t, "file", &error));
    assert_int_equal(error.kind, TL_E_PERMISSION);
    assert_int_equal(seteuid(0), 0);
    make("file", "old", 0666);
    assert_int_equal(seteuid(65534), 0);
    save(&t, "file", "new", &error);
    tl_target_end(&t, true, &error);
    has("file", "new");
    assert_int_equal(seteuid(0), 0);
    make("file", "old", 0444);
    assert_int_equal(chmod(d->name, 0777), 0);
    assert_int_equal(chown("file", 65534, (gid_t)-1), 0);
    assert_int_equal(seteuid(65534), 0);
    error = (struct tl_error){ 0 };
    assert_null(tl_target_open(&t, "file", &error));
    assert_string_equal(error.text, "cannot write file: Permission denied");
    has("file", "old");
    assert_int_equal(seteuid(0), 0);
}

static void missing_directory_is_reported(void **state)
{
    (void)state;
    struct tl_target t;
    struct tl_error error = { 0 };
    assert_null(tl_target_open(&t, "no/such/directory", &error));
    assert_string_equal(error.text, "cannot write no/such/directory: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_file_is_there_once_it_is_whole, enter, leave),
        cmocka_unit_test_setup_teardown(what_fails_leaves_nothing, enter, leave),
        cmocka_unit_test_setup_teardown(an_old_file_stays_until_then, enter, leave),
        cmocka_unit_test_setup_teardown(a_link_stays, enter, leave),
        cmocka_unit_test_setup_teardown(two_names_are_written_in_place, enter, leave),
        cmocka_unit_test_setup_teardown(so_are_others_files, enter, leave),
        cmocka_unit_test_setup_teardown(rights_are_kept, enter, leave),
        cmocka_unit_test_setup_teardown(missing_directory_is_reported, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
