/* Whether a file could be written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

static mood_status refuse(const char *path, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", path, why);
}

mood_status check_writable(const char *path, mood_error *err) {
    struct stat status;
    const char *slash = strrchr(path, '/');
    if (!*path || (slash && !slash[1]))
        return refuse(path, "that names no file", err);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return refuse(path, S_ISDIR(status.st_mode) ? "that is a folder" : "that is no regular file", err);

    char *trial = NULL;
    if (asprintf(&trial, "%.*s.mood-XXXXXX", slash ? (int)(slash - path + 1) : 0, path) < 0)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    int fd = mkstemp(trial);
    int problem = errno;
    if (fd >= 0) {
        close(fd);
        unlink(trial);
    }
    free(trial);
    return fd >= 0 ? MOOD_OK : refuse(path, strerror(problem), err);
}
