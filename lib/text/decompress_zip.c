/* Unpacks zip files that have one member, with libzip. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>
#include <zip.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "base/printable.h"
#include "text/decompressor.h"
#include "text/utf8.h"

#define NAMES_SHOWN 10
#define NAME_SHOWN 60 /* bytes */

struct archive {
    zip_t *zip;
    zip_file_t *member;
};

static bool matches(const unsigned char *bytes, size_t size) {
    return size >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
}

static void close_archive(void *state) {
    struct archive *archive = state;
    if (archive->member)
        zip_fclose(archive->member);
    if (archive->zip)
        zip_discard(archive->zip);
    free(archive);
}

/* Folders, and what macOS adds to each file, are not data. */
static bool is_data(const char *name) {
    size_t size = strlen(name);
    return size > 0 && name[size - 1] != '/' && strncmp(name, "__MACOSX/", 9) != 0;
}

/* The members that may be data: their number, the last one's index, and the first names for a message, NUL-terminated.
 * False: out of memory. */
static bool list_members(zip_t *zip, size_t *count, zip_uint64_t *index, struct bytes *names) {
    zip_int64_t entries = zip_get_num_entries(zip, 0);
    *count = 0;
    for (zip_int64_t i = 0; i < entries; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (!name || !is_data(name))
            continue;
        *index = (zip_uint64_t)i;
        if ((*count)++ > NAMES_SHOWN)
            continue;
        bool more = *count > NAMES_SHOWN;
        if ((*count > 1 && !bytes_append(names, ", ", 2)) ||
            !bytes_append(names, more ? "…" : name, more ? strlen("…") : (size_t)utf8_shown(name, NAME_SHOWN)))
            return false;
    }
    if (!bytes_append_byte(names, '\0'))
        return false;
    text_blank_controls(names->data);
    return true;
}

static mood_status refuse(const struct raw_file *raw, mood_error *err, const char *problem) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: %s", raw->name, problem);
}

static mood_status open_member(struct archive *archive, const struct raw_file *raw, mood_error *err) {
    struct bytes names = {0};
    size_t count;
    zip_uint64_t index = 0;
    mood_status status = MOOD_OK;
    if (!list_members(archive->zip, &count, &index, &names))
        status = error_no_memory(err);
    else if (count != 1)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                "%s: the zip file has %zu files%s%s; give one with a single file, or unpack it and "
                                "give one of its files",
                                raw->name, count, count ? ": " : "", names.data);
    else if (!(archive->member = zip_fopen_index(archive->zip, index, 0)))
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                "%s: the member %s of the zip file can't be unpacked (%s); unpack it first", raw->name,
                                names.data, zip_strerror(archive->zip));
    bytes_free(&names);
    return status;
}

/* libzip reads the end of the file first, so it can't read from a pipe. */
static mood_status open_archive(struct raw_file *raw, void **state, mood_error *err) {
    struct stat info;
    if (fstat(raw->descriptor, &info) != 0 || !S_ISREG(info.st_mode))
        return refuse(raw, err, "a zip file can't be unpacked from a pipe; give the name of a file");
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive)
        return error_no_memory(err);
    *state = archive;
    int copy = fcntl(raw->descriptor, F_DUPFD_CLOEXEC, 0), code = ZIP_ER_OPEN;
    archive->zip = copy >= 0 ? zip_fdopen(copy, 0, &code) : NULL;
    if (archive->zip)
        return open_member(archive, raw, err);
    if (copy >= 0)
        close(copy);
    if (code == ZIP_ER_MEMORY)
        return error_no_memory(err);
    return refuse(raw, err, "the zip file is damaged or cut off; copy or make it again");
}

static mood_status read_member(void *state, struct raw_file *raw, char *bytes, size_t capacity, size_t *size,
                               mood_error *err) {
    struct archive *archive = state;
    for (*size = 0; *size < capacity;) {
        zip_int64_t got = zip_fread(archive->member, bytes + *size, capacity - *size);
        if (got < 0)
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                  "%s: the zip file is damaged (%s); copy or make it again", raw->name,
                                  zip_file_strerror(archive->member));
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    return MOOD_OK;
}

const struct decompressor decompress_zip = {
    .name = "zip",
    .matches = matches,
    .open = open_archive,
    .close = close_archive,
    .read = read_member,
};
