/* Files: open a regular file, read a whole file, replace a file atomically. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keras/keras.h"
#include "text/pickle.h"

static mood_status system_error(mood_error *err, const char *what) {
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "cannot %s: %s", what, strerror(errno));
}

/* ---- reading --------------------------------------------------------------------------------- */

static mood_status check_file(int fd, size_t *size, mood_error *err) {
    struct stat info;
    if (fstat(fd, &info) < 0)
        return system_error(err, "read its size");
    if (S_ISDIR(info.st_mode))
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "is a folder, not a file");
    if (!S_ISREG(info.st_mode))
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL,
                              "is not a regular file (a FIFO, a socket or a device); copy its content to a file");
    *size = (size_t)info.st_size;
    return MOOD_OK;
}

mood_status file_open(const char *path, FILE **file, size_t *size, mood_error *err) {
    /* Without O_NONBLOCK, opening a FIFO waits for a writer. Regular files ignore it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return system_error(err, "open it");
    mood_status status = check_file(fd, size, err);
    if (status == MOOD_OK && !(*file = fdopen(fd, "rb")))
        status = out_of_memory(err, "opening the file");
    if (status != MOOD_OK)
        close(fd);
    return status;
}

/* JSON begins with a bracket or a quote after optional white space; only these first bytes are checked. */
#define JSON_START ((size_t)4096)

static mood_status check_json_start(const unsigned char *data, size_t size, mood_error *err) {
    size_t blank = 0;
    while (blank < size && data[blank] && strchr(" \t\r\n", data[blank]))
        blank++;
    if (blank < size && data[blank] && strchr("{[\"", data[blank]))
        return MOOD_OK;
    const char *kind = magic_kind(data, size);
    if (kind)
        return broken(err, "is not JSON but %s", kind);
    return broken(err, "is not JSON: it does not begin with a bracket or a quote");
}

static mood_status check_tokenizer_start(const unsigned char *data, size_t size, mood_error *err) {
    return pickle_begins((const char *)data, size) ? MOOD_OK : check_json_start(data, size, err);
}

/* Check the first bytes before the rest is read. */
static mood_status check_start(FILE *file, mood_status (*check)(const unsigned char *, size_t, mood_error *),
                               mood_error *err) {
    unsigned char start[JSON_START];
    size_t size = fread(start, 1, sizeof start, file);
    if (ferror(file))
        return system_error(err, "read it");
    mood_status status = check(start, size, err);
    rewind(file);
    return status;
}

/* fread returns less at the end of the file, which may have been truncated meanwhile. */
static mood_status read_all(FILE *file, size_t size, struct blob *bytes, mood_error *err) {
    unsigned char *data = malloc(size + 1);
    if (!data)
        return out_of_memory(err, "reading the file");
    size_t done = fread(data, 1, size, file);
    if (ferror(file)) {
        free(data);
        return system_error(err, "read it");
    }
    data[done] = '\0';
    *bytes = (struct blob){data, done};
    return MOOD_OK;
}

/* check: called with the first bytes; may be NULL. */
static mood_status read_checked(const char *path, size_t most,
                                mood_status (*check)(const unsigned char *, size_t, mood_error *), struct blob *bytes,
                                mood_error *err) {
    FILE *file;
    size_t size;
    mood_status status = file_open(path, &file, &size, err);
    if (status != MOOD_OK)
        return status;
    if (size > most)
        status = broken(err, "has %zu bytes; at most %zu MiB are read", size, most >> 20);
    if (status == MOOD_OK && check)
        status = check_start(file, check, err);
    if (status == MOOD_OK)
        status = read_all(file, size, bytes, err);
    fclose(file);
    return status;
}

mood_status file_read_open(int fd, size_t most, const char *starts, struct blob *bytes, mood_error *err) {
    size_t size = 0;
    FILE *file = NULL;
    mood_status status = check_file(fd, &size, err);
    if (status == MOOD_OK && size > most)
        status = broken(err, "has %zu bytes; the limit is %zu", size, most);
    if (status == MOOD_OK && !(file = fdopen(fd, "rb")))
        status = out_of_memory(err, "opening the file");
    if (!file)
        close(fd);
    int first = file ? getc(file) : EOF;
    if (status == MOOD_OK && (first == EOF || (starts && (!first || !strchr(starts, first)))))
        status = broken(err, "it is damaged (it %s)", first == EOF ? "is empty" : "does not begin as such a file does");
    if (status == MOOD_OK) {
        rewind(file);
        status = read_all(file, size, bytes, err);
    }
    if (file)
        fclose(file);
    return status;
}

mood_status file_read(const char *path, size_t most, struct blob *bytes, mood_error *err) {
    return read_checked(path, most, NULL, bytes, err);
}

mood_status file_read_json(const char *path, size_t most, struct blob *bytes, mood_error *err) {
    return read_checked(path, most, check_json_start, bytes, err);
}

mood_status file_read_tokenizer(const char *path, size_t most, struct blob *bytes, mood_error *err) {
    return read_checked(path, most, check_tokenizer_start, bytes, err);
}

/* ---- replacing ------------------------------------------------------------------------------- */

/* The target of symbolic links, which are kept. New (free), also if the target does not exist. */
static char *target_of(const char *path) {
    char *target = realpath(path, NULL);
    return target ? target : strdup(path);
}

/* Create a temporary file next to the target, with the target's permissions, or those of a new file. */
static int open_temporary(const char *target, char **beside, mood_error *err) {
    struct stat info;
    bool there = stat(target, &info) == 0;
    if (there && !S_ISREG(info.st_mode)) {
        mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "exists and is not a regular file");
        return -1;
    }
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned number = 0;
        if (getrandom(&number, sizeof number, 0) < 0)
            number = (unsigned)getpid() + (unsigned)attempt;
        if (asprintf(beside, "%s.%08x.tmp", target, number) < 0) {
            *beside = NULL;
            (void)out_of_memory(err, "naming a temporary file");
            return -1;
        }
        int fd = open(*beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            if (there && fchmod(fd, info.st_mode & 07777) < 0) {
                /* Without permission to change the owner, the file has the permissions of a new file. */
            }
            return fd;
        }
        int code = errno;
        free(*beside);
        *beside = NULL;
        errno = code;
        if (code != EEXIST)
            break;
    }
    system_error(err, "write beside it");
    return -1;
}

static mood_status write_all(int fd, const unsigned char *data, size_t size, mood_error *err) {
    while (size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return system_error(err, "write it");
        data += put;
        size -= (size_t)put;
    }
    /* Some file systems report a full disk only here. */
    if (fsync(fd) < 0)
        return system_error(err, "write it to disk");
    return MOOD_OK;
}

/* A rename survives a power failure once its directory is written. Errors are ignored: the file is already
 * complete. */
static void sync_folder(const char *target) {
    char *copy = strdup(target);
    if (!copy)
        return;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

mood_status file_replace(const char *path, const void *data, size_t size, mood_error *err) {
    char *beside = NULL;
    char *target = target_of(path);
    if (!target)
        return out_of_memory(err, "naming a file");
    mood_status status = MOOD_ERR_IO;
    int fd = open_temporary(target, &beside, err);
    if (fd < 0) {
        status = err ? err->status : MOOD_ERR_IO;
        goto free_target;
    }
    status = write_all(fd, data, size, err);
    if (close(fd) < 0 && status == MOOD_OK)
        status = system_error(err, "write it");
    if (status == MOOD_OK && rename(beside, target) < 0)
        status = system_error(err, "put it in its place");
    if (status == MOOD_OK)
        sync_folder(target);
    else
        (void)unlink(beside);
    free(beside);
free_target:
    free(target);
    return status;
}
