/* folder.c - opens a folder for the files of a sink. */
#include "export/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_empty(int directory)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    bool empty = entries != NULL;
    if (entries == NULL && copy >= 0)
        close(copy);
    for (struct dirent *e; empty && (e = readdir(entries)) != NULL;)
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    if (entries != NULL)
        closedir(entries);
    return empty;
}

enum tl_failure tl_folder_open(const char *path, const char *what, const char *option, int *directory,
                               struct tl_error *error)
{
    if ((mkdir(path, 0777) != 0 && errno != EEXIST) ||
        (*directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return tl_error_set(error, errno == EACCES || errno == EPERM ? TL_E_PERMISSION : TL_E_RUNTIME,
                            "cannot write %s to %s: %s", what, path, strerror(errno));
    if (!is_empty(*directory))
        return tl_error_set(error, TL_E_USAGE, "%s is not empty: give %s a new or empty directory", path, option);
    return TL_E_NONE;
}
