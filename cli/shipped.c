/* The files that mood ships. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
