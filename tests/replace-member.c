/* replace-member FILE.keras MEMBER FROM TO: replaces every FROM in a member of a zip archive, for tests that need a
 * valid archive with invalid content. Exits with 1 if FROM does not occur. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* The member's bytes, new and NUL-terminated. */
static char *read_member(zip_t *archive, const char *member) {
    zip_stat_t info;
    zip_file_t *file = zip_fopen(archive, member, 0);
    if (!file || zip_stat(archive, member, 0, &info) != 0)
        return NULL;
    char *data = calloc(1, info.size + 1);
    if (!data || zip_fread(file, data, info.size) != (zip_int64_t)info.size)
        return NULL;
    zip_fclose(file);
    return data;
}

static char *replace(const char *data, const char *from, const char *to, int *count) {
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);
    for (const char *found; (found = strstr(data, from)); data = found + strlen(from), ++*count)
        fprintf(out, "%.*s%s", (int)(found - data), data, to);
    fputs(data, out);
    fclose(out);
    return result;
}

int main(int argc, char **argv) {
    int error = 0, count = 0;
    zip_t *archive = argc == 5 ? zip_open(argv[1], 0, &error) : NULL;
    char *data = archive ? read_member(archive, argv[2]) : NULL;
    if (!data)
        return 2;
    char *changed = replace(data, argv[3], argv[4], &count);
    zip_source_t *source = zip_source_buffer(archive, changed, strlen(changed), 1);
    if (zip_file_add(archive, argv[2], source, ZIP_FL_OVERWRITE) < 0 || zip_close(archive) != 0)
        return 2;
    free(data);
    return count ? 0 : 1;
}
