/* The files that mood ships. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "shipped.h"

char *shipped_path(const char *name) {
    const char *folder = secure_getenv("MOOD_MODEL_DIR");
    char *path;
    return asprintf(&path, "%s/%s", folder && *folder ? folder : MOOD_MODEL_DIR, name) < 0 ? NULL : path;
}

char *shipped_file(const char *name) {
    char *path = shipped_path(name);
    if (path && access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

char *model_path(const char *name) {
    char *file = NULL, *path = NULL;
    if (!strpbrk(name, "/.") && access(name, F_OK) != 0 && asprintf(&file, "%s.keras", name) >= 0)
        path = shipped_file(file);
    free(file);
    return path ? path : strdup(name);
}

const char *model_argument(const char *name) {
    static char *path;
    free(path);
    path = model_path(name);
    if (!path) {
        print_error("out of memory");
        exit(EXIT_FAILURE);
    }
    return path;
}
