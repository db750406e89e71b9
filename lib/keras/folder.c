/* A .keras file that is not zipped: a folder with the same members, as Keras writes it with
 * keras.saving.save_model(model, folder, zipped=False). The folder may come from an untrusted source: no symbolic link in it
 * is followed, and only regular files are read.
 * Source: keras/src/saving/saving_lib.py, _load_model_from_dir */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keras/keras.h"

bool folder_is(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static mood_status cannot_open(mood_error *err) {
    if (errno == ELOOP) /* of O_NOFOLLOW */
        return unsupported(err,
                           "is a symbolic link, which is not followed in a model's folder; copy the folder with its "
                           "files (cp -rL)");
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "cannot open it: %s", strerror(errno));
}

/* O_NOFOLLOW of a folder that is a link fails with ENOTDIR. */
static void tell_link(int folder, const char *name) {
    struct stat info;
    if (errno == ENOTDIR && fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode))
        errno = ELOOP;
}

/* The file of a path below a folder, one part of the path at a time; *fd is -1 if it is not there. */
static mood_status open_below(int folder, const char *path, int *fd, mood_error *err) {
    int at = folder;
    *fd = -1;
    for (const char *slash; (slash = strchr(path, '/')) && at >= 0; path = slash + 1) {
        char part[64];
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        int next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            tell_link(at, part);
        int code = errno;
        if (at != folder)
            close(at);
        errno = code;
        at = next;
    }
    /* Without O_NONBLOCK, opening a FIFO waits for a writer. */
    *fd = at < 0 ? -1 : openat(at, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int code = errno;
    if (at >= 0 && at != folder)
        close(at);
    errno = code;
    return *fd >= 0 || errno == ENOENT ? MOOD_OK : cannot_open(err);
}

static bool has(int folder, const char *name) {
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static mood_status read_members(int folder, struct archive *archive, mood_error *err) {
    mood_status status = MOOD_OK;
    for (int i = 0; i < MEMBER_COUNT && status == MOOD_OK; i++) {
        const struct member_rule *rule = &member_rules[i];
        int fd;
        status = open_below(folder, rule->name, &fd, err);
        if (status == MOOD_OK && fd >= 0)
            status = file_read_open(fd, rule->max_size, rule->starts, &archive->members[i], err);
        if (status != MOOD_OK)
            mood_error_prefix(err, "%s", rule->name);
    }
    return status;
}

static mood_status check_complete(int folder, const struct archive *archive, mood_error *err) {
    if (!archive->members[MEMBER_CONFIG].data && has(folder, "saved_model.pb"))
        return unsupported(err, "is a TensorFlow SavedModel; save the model in Keras with model.save(\"name.keras\")");
    if (!archive->members[MEMBER_CONFIG].data)
        return broken(err, "has no config.json: it is a folder, but not a Keras model");
    return archive_check_weights(archive, has(folder, "model.weights.json"), has(folder, "model.weights.npz"), err);
}

mood_status folder_read(const char *path, struct archive *archive, mood_error *err) {
    *archive = (struct archive){0};
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return cannot_open(err);
    mood_status status = read_members(folder, archive, err);
    if (status == MOOD_OK)
        status = check_complete(folder, archive, err);
    close(folder);
    if (status != MOOD_OK)
        archive_clear(archive);
    return status;
}
