/* Checks of output files. */
#include <errno.h>
#include <stdbool.h>
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
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    if (!*path || (slash && !slash[1]))
        return refuse(path, "it is not the name of a file", err);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return refuse(path, S_ISDIR(status.st_mode) ? "it is a folder" : "it is not a regular file", err);

    if (!dot || strcmp(dot, ".keras") != 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%s: the name of a model's file must end in .keras, from which Keras derives the format",
                              path);

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

static bool stat_input(const char *path, struct stat *status) {
    return (strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, status) : stat(path, status)) == 0;
}

/* Compares device and inode, because a file can have several names; compares names if the output does not exist. */
static bool same_file(const char *output, const char *input) {
    struct stat a, b;
    if (stat(output, &a) != 0 || !stat_input(input, &b))
        return strcmp(output, input) == 0;
    return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

mood_status check_not_input(const char *option, const char *output, const char *const *inputs, size_t n,
                            mood_error *err) {
    for (size_t i = 0; output && i < n; i++)
        if (inputs[i] && same_file(output, inputs[i]))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                                  "%s %s would overwrite the input %s; name another file", option, output, inputs[i]);
    return MOOD_OK;
}

bool is_regular_file(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}
