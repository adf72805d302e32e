/*
 * peak.c - runs a command and prints its highest anonymous memory in KiB, exactly: peak COMMAND [ARGUMENT...]
 * A process gives memory back only by a system call. So ptrace stops the command before each call that can do so, and
 * "Anonymous" of /proc/PID/smaps_rollup is read; the counters in /proc/PID/status lag. The command runs without huge
 * pages and without address randomization: with them the same run differs by 2 MiB. Only the first thread is traced:
 * use it with --workers 0. The command's standard output goes to /dev/null. Exit code: that of the command.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* After sys/ptrace.h, which names the same requests. */
#include <linux/ptrace.h>

enum { NOT_STARTED = 127, SYSCALL_STOP = SIGTRAP | 0x80 };

static bool gives_memory_back(uint64_t call)
{
    return call == SYS_munmap || call == SYS_madvise || call == SYS_brk || call == SYS_mremap || call == SYS_mmap ||
           call == SYS_exit || call == SYS_exit_group;
}

/* KiB; -1: cannot be read. */
static long anonymous(pid_t pid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    long kib = -1;
    while (kib < 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "Anonymous:", 10) == 0)
            kib = strtol(line + 10, NULL, 10);
    }
    fclose(file);
    return kib;
}

static void become(char **command)
{
    int null = open("/dev/null", O_WRONLY);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    personality(ADDR_NO_RANDOMIZE);
    if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0 && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
        execvp(command[0], command);
    perror(command[0]);
    _exit(NOT_STARTED);
}

/* Lets the command run to its end. Returns its exit code (128 + signal); -1: its memory cannot be read. */
static int follow(pid_t pid, long *most)
{
    int status;
    bool begun = false;
    while (waitpid(pid, &status, 0) == pid) {
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        int pass = 0;
        struct ptrace_syscall_info info = { 0 };
        if (!begun) {
            begun = true;
            ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
        } else if (WSTOPSIG(status) != SYSCALL_STOP) {
            pass = WSTOPSIG(status);
        } else if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0 &&
                   info.op == PTRACE_SYSCALL_INFO_ENTRY && gives_memory_back(info.entry.nr)) {
            long kib = anonymous(pid);
            if (kib < 0)
                return -1;
            *most = kib > *most ? kib : *most;
        }
        ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)pass);
    }
    return NOT_STARTED;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: peak COMMAND [ARGUMENT...]\n");
        return 2;
    }
    long most = 0;
    pid_t pid = fork();
    if (pid == 0)
        become(argv + 1);
    int code = pid < 0 ? NOT_STARTED : follow(pid, &most);
    if (code < 0) {
        fprintf(stderr, "peak: cannot read /proc/%ld/smaps_rollup\n", (long)pid);
        return 1; /* the command is killed with its tracer */
    }
    printf("%ld\n", most);
    return code;
}
