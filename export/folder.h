/* folder.h - a folder that gets files of a sink. */
#ifndef TL_EXPORT_FOLDER_H
#define TL_EXPORT_FOLDER_H

#include "core/status.h"

/*
 * Opens a folder, which is made if it does not exist and must be empty. what, option: for the message ("streams",
 * "--streams"). Sets *directory, which the caller closes.
 */
enum tl_failure tl_folder_open(const char *path, const char *what, const char *option, int *directory,
                               struct tl_error *error);

#endif
