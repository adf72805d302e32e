/* cgroup.c - containers by the text of /proc/PID/cgroup, as programs write it. */
#include "tests/unit/captures.h"

#include <stdio.h>

#include "enrich/cgroup.h"

#define HEX "3f2a9c0d4be1784455667788990011223344556677889900aabbccddeeff0011"

static const struct {
    const char *text, *id; /* NULL: none */
} cases[] = {
    { "0::/\n", NULL },
    { "", NULL },
    { "0::/user.slice/user-1000.slice/session-2.scope\n", NULL },
    { "0::/system.slice/docker.service\n", NULL },
    { "0::/system.slice/docker-" HEX ".scope\n", HEX },
    { "0::/docker/" HEX "\n", HEX },
    { "12:pids:/docker/" HEX "\n11:memory:/docker/" HEX "\n0::/system.slice/containerd.service\n", HEX },
    { "0::/machine.slice/libpod-" HEX ".scope/container\n", HEX },
    { "0::/machine.slice/libpod-conmon-" HEX ".scope\n", NULL },
    { "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" HEX ".scope\n", HEX },
    { "0::/kubepods/burstable/pod0a1b2c3d-0000-1111-2222-333344445555/" HEX "\n", HEX },
    { "0::/kubepods.slice/kubepods-pod0a1b.slice/cri-containerd-" HEX ".scope\n", HEX },
    { "0::/kubepods.slice/crio-" HEX ".scope\n", HEX },
    { "0::/../docker-" HEX ".scope", HEX },
    { "0::/lxc/web/ns/init.scope\n", "web" },
    { "0::/lxc.payload.web-1/system.slice/ssh.service\n", "web-1" },
    { "0::/lxc.monitor.web-1\n", NULL },
    { "0::/machine.slice/machine-sid.scope/payload\n", "sid" },
    { "0::/docker/" HEX "/docker/0" "f2a9c0d4be1784455667788990011223344556677889900aabbccddeeff0011\n",
      "0f2a9c0d4be1784455667788990011223344556677889900aabbccddeeff0011" },
    { "0::/docker/x" HEX "\n", NULL },
    { "0::/docker/F" HEX "\n", NULL },
    { "no line at all", NULL },
    { "0:no second colon\n", NULL },
    { ":::::\n", NULL },
};

static void finds_containers(void **state)
{
    (void)state;
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        char id[TL_CONTAINER_ID];
        bool found = tl_cgroup_container(cases[i].text, id);
        if (found != (cases[i].id != NULL) || (found && strcmp(id, cases[i].id) != 0))
            fail_msg("%s: %s", cases[i].text, found ? id : "none");
    }
}

static void cuts_long_names(void **state)
{
    char text[400] = "0::/lxc/", id[TL_CONTAINER_ID];
    (void)state;
    memset(text + 8, 'a', 300);
    assert_true(tl_cgroup_container(text, id));
    assert_int_equal(strlen(id), TL_CONTAINER_ID - 1);
}

static void compares(void **state)
{
    (void)state;
    assert_true(tl_cgroup_is(HEX, HEX));
    assert_true(tl_cgroup_is(HEX, "3f2a9c0d4be1"));
    assert_true(tl_cgroup_is(HEX, "3f2a"));
    assert_false(tl_cgroup_is(HEX, "3f2"));
    assert_false(tl_cgroup_is(HEX, ""));
    assert_false(tl_cgroup_is(HEX, "3f2b"));
    assert_true(tl_cgroup_is("web", "web"));
    assert_false(tl_cgroup_is("webserver", "webs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_containers),
        cmocka_unit_test(cuts_long_names),
        cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
