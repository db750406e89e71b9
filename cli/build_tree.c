/* A program that runs in its build directory uses the connectors, the model and try-device there instead of the
 * installed ones. Libtool puts such a program into the subdirectory .libs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

/* Set an environment variable to a directory, unless the user has set it or the directory does not contain the
 * file. */
static void set_folder(const char *variable, const char *build, const char *folder, const char *file) {
    char *path = NULL, *probe = NULL;
    if (asprintf(&path, "%s/%s", build, folder) < 0)
        path = NULL;
    if (!path || asprintf(&probe, "%s/%s", path, file) < 0)
        probe = NULL;
    if (probe && access(probe, R_OK) == 0)
        setenv(variable, path, 0);
    free(probe);
    free(path);
}

void use_build_tree(void) {
    char program[4096];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program);
    if (size <= 0 || (size_t)size == sizeof program)
        return;
    program[size] = '\0';
    char *libs = strstr(program, "/.libs/");
    if (!libs || strchr(libs + strlen("/.libs/"), '/'))
        return;
    *libs = '\0';
    set_folder("MOOD_PLUGIN_DIR", program, "plugin", "lines.la");
    set_folder("MOOD_LIBEXEC_DIR", program, "libexec", "try-device");
    set_folder("MOOD_MODEL_DIR", program, "../models", "english.vectors");
}
