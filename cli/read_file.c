/* A whole file in memory. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read_file.h"

mood_status read_file(const char *path, char **data, size_t *size, mood_error *err) {
    char chunk[1 << 16];
    FILE *in = fopen(path, "re");
    FILE *out = open_memstream(data, size);
    bool failed = !in || !out;
    int problem = errno;
    for (size_t got; !failed && (got = fread(chunk, 1, sizeof chunk, in)) > 0;)
        failed = fwrite(chunk, 1, got, out) != got;
    if (in && !failed && ferror(in)) {
        failed = true;
        problem = errno;
    }
    if (in)
        fclose(in);
    if (out && fclose(out) != 0)
        failed = true;
    return failed ? mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be read: %s", path,
                                   strerror(problem)) : MOOD_OK;
}
