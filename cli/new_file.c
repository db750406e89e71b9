/* An output file that is complete or absent. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "new_file.h"

#define GZIP_BUFFER (128u << 10)

static const char *name_of(const struct new_file *file) {
    return strcmp(file->path, "-") == 0 ? "standard output" : file->path;
}

static mood_status refuse(const struct new_file *file, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", name_of(file), why);
}

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

bool is_gzip_name(const char *path) {
    size_t size = strlen(path);
    return size > 3 && strcmp(path + size - 3, ".gz") == 0;
}

/* ---- opening ---------------------------------------------------------------------------------------- */

/* Create a file beside the target, with the target's permissions if it exists. *problem: errno of a failure. */
static int create_beside(struct new_file *file, const struct stat *existing, int *problem) {
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned number = 0;
        if (getrandom(&number, sizeof number, 0) < 0)
            number = (unsigned)getpid() + (unsigned)attempt;
        *problem = ENOMEM;
        if (asprintf(&file->beside, "%s.%08x.tmp", file->target, number) < 0) {
            file->beside = NULL;
            return -1;
        }
        int descriptor = open(file->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        *problem = errno;
        if (descriptor >= 0) {
            if (existing && fchmod(descriptor, existing->st_mode & 07777) < 0) {
                /* The file has the permissions of a new file. */
            }
            return descriptor;
        }
        free(file->beside);
        file->beside = NULL;
        if (*problem != EEXIST)
            return -1;
    }
    return -1;
}

static mood_status open_target(struct new_file *file, mood_error *err) {
    struct stat info;
    const char *slash = strrchr(file->path, '/');
    int problem;
    if (!*file->path || (slash && !slash[1]))
        return refuse(file, "it is not the name of a file", err);
    char *target = realpath(file->path, NULL); /* keeps symbolic links */
    file->target = target ? target : strdup(file->path);
    if (!file->target)
        return no_memory(err);
    bool exists = stat(file->target, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return refuse(file, "it is a folder", err);
    if (exists && !S_ISREG(info.st_mode)) {
        file->descriptor = open(file->target, O_WRONLY | O_CLOEXEC);
        problem = errno;
    } else {
        file->descriptor = create_beside(file, exists ? &info : NULL, &problem);
    }
    return file->descriptor >= 0 ? MOOD_OK : refuse(file, strerror(problem), err);
}

static mood_status start_gzip(struct new_file *file, mood_error *err) {
    int copy = fcntl(file->descriptor, F_DUPFD_CLOEXEC, 0); /* gzclose closes it, and then the file is synced */
    file->gzip = copy >= 0 ? gzdopen(copy, "wb") : NULL;
    if (!file->gzip) {
        if (copy >= 0)
            close(copy);
        return no_memory(err);
    }
    gzbuffer(file->gzip, GZIP_BUFFER);
    return MOOD_OK;
}

mood_status new_file_open(struct new_file *file, const char *path, mood_error *err) {
    *file = (struct new_file){.path = path, .descriptor = STDOUT_FILENO};
    if (strcmp(path, "-") == 0)
        return MOOD_OK;
    mood_status status = open_target(file, err);
    if (status == MOOD_OK && is_gzip_name(path))
        status = start_gzip(file, err);
    if (status != MOOD_OK)
        new_file_discard(file);
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

mood_status new_file_write(struct new_file *file, mood_text bytes, mood_error *err) {
    while (file->gzip && bytes.size > 0) {
        unsigned part = bytes.size < (1u << 30) ? (unsigned)bytes.size : 1u << 30;
        errno = 0;
        if (gzwrite(file->gzip, bytes.data, part) != (int)part)
            return refuse(file, errno ? strerror(errno) : "it can't be compressed", err);
        bytes = (mood_text){bytes.data + part, bytes.size - part};
    }
    while (bytes.size > 0) {
        ssize_t put = write(file->descriptor, bytes.data, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return refuse(file, strerror(errno), err);
        bytes = (mood_text){bytes.data + put, bytes.size - (size_t)put};
    }
    return MOOD_OK;
}

/* ---- end -------------------------------------------------------------------------------------------- */

static void release(struct new_file *file) {
    free(file->beside);
    free(file->target);
    *file = (struct new_file){.path = file->path, .descriptor = -1};
}

mood_status new_file_commit(struct new_file *file, mood_error *err) {
    mood_status status = MOOD_OK;
    if (file->gzip) {
        gzFile gzip = file->gzip;
        file->gzip = NULL;
        errno = 0;
        if (gzclose(gzip) != Z_OK)
            status = refuse(file, errno ? strerror(errno) : "it can't be compressed", err);
    }
    if (status == MOOD_OK && file->beside && fsync(file->descriptor) < 0) /* may report a full disk */
        status = refuse(file, strerror(errno), err);
    if (file->target) {
        int descriptor = file->descriptor;
        file->descriptor = -1;
        if (close(descriptor) < 0 && status == MOOD_OK)
            status = refuse(file, strerror(errno), err);
    }
    if (status == MOOD_OK && file->beside && rename(file->beside, file->target) < 0)
        status = refuse(file, strerror(errno), err);
    if (status != MOOD_OK)
        new_file_discard(file);
    else
        release(file);
    return status;
}

void new_file_discard(struct new_file *file) {
    if (file->gzip)
        gzclose(file->gzip);
    if (file->target && file->descriptor >= 0)
        close(file->descriptor);
    if (file->beside)
        unlink(file->beside);
    release(file);
}
