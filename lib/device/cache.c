/* Program binaries on disk: FOLDER/KEY.bin, a magic word and a SHA-256 before the bytes, since a driver
 * given a damaged binary may crash. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sha256.h>

#include "device/cache.h"

static const char magic[8] = "moodbin1";
#define HEADER_SIZE (sizeof magic + SHA256_DIGEST_LENGTH)
#define LARGEST_BINARY ((off_t)256 << 20)

static bool belongs_to_us(const struct stat *st) {
    return st->st_uid == geteuid();
}

/* Other users could put code into a directory that they can write to. So could a symbolic link that another user made:
 * its owner can point it elsewhere after the check. */
bool cache_is_private(const char *folder) {
    struct stat link, st;
    return lstat(folder, &link) == 0 && belongs_to_us(&link) && stat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
           belongs_to_us(&st) && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

bool cache_make_private(const char *folder) {
    mkdir(folder, 0700);
    return cache_is_private(folder);
}

/* Below $XDG_CACHE_HOME, else $HOME/.cache. */
static bool make_users_folder(char *folder, size_t size) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME"), *cache = "";
    if (!base || base[0] != '/') {
        base = home;
        cache = "/.cache";
    }
    if (!base || base[0] != '/')
        return false;
    int length = snprintf(folder, size, "%s%s", base, cache);
    if (length < 0 || (size_t)length + sizeof "/mood" > size)
        return false;
    mkdir(folder, 0700);
    strcat(folder, "/mood");
    return cache_make_private(folder);
}

/* For services without a home directory. /tmp is sticky, so other users cannot replace a directory there. */
static bool make_temporary_folder(char *folder, size_t size) {
    int length = snprintf(folder, size, "/tmp/mood-%u", (unsigned)geteuid());
    return length > 0 && (size_t)length < size && cache_make_private(folder);
}

void cache_choose_folder(char *folder, size_t size) {
    if (!make_users_folder(folder, size) && !make_temporary_folder(folder, size))
        folder[0] = '\0';
}

static bool path_of(const char *folder, const char *key, const char *suffix, char *path, size_t size) {
    int length = snprintf(path, size, "%s/%s%s", folder, key, suffix);
    return folder[0] && length > 0 && (size_t)length < size;
}

bool cache_read(const char *folder, const char *key, unsigned char **data, size_t *size) {
    char path[4200];
    unsigned char header[HEADER_SIZE], digest[SHA256_DIGEST_LENGTH];
    struct stat st;
    *data = NULL;
    if (!path_of(folder, key, ".bin", path, sizeof path))
        return false;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    if (fstat(fileno(file), &st) != 0 || st.st_size <= (off_t)HEADER_SIZE || st.st_size > LARGEST_BINARY)
        goto bad;
    *size = (size_t)st.st_size - HEADER_SIZE;
    *data = malloc(*size);
    if (!*data || fread(header, 1, HEADER_SIZE, file) != HEADER_SIZE || fread(*data, 1, *size, file) != *size)
        goto bad;
    SHA256_CTX sum;
    SHA256Init(&sum);
    SHA256Update(&sum, *data, *size);
    SHA256Final(digest, &sum);
    if (memcmp(header, magic, sizeof magic) != 0 || memcmp(header + sizeof magic, digest, sizeof digest) != 0)
        goto bad;
    fclose(file);
    return true;
bad:
    fclose(file);
    free(*data);
    *data = NULL;
    return false;
}

time_t cache_time(const char *folder, const char *key) {
    char path[4200];
    struct stat st;
    return path_of(folder, key, ".bin", path, sizeof path) && stat(path, &st) == 0 ? st.st_mtime : 0;
}

static bool write_all(int fd, const unsigned char *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

void cache_write(const char *folder, const char *key, const unsigned char *data, size_t size) {
    char path[4200], temporary[4220];
    unsigned char header[HEADER_SIZE];
    if (!path_of(folder, key, ".bin", path, sizeof path) ||
        !path_of(folder, key, ".XXXXXX", temporary, sizeof temporary))
        return;
    SHA256_CTX sum;
    SHA256Init(&sum);
    SHA256Update(&sum, data, size);
    memcpy(header, magic, sizeof magic);
    SHA256Final(header + sizeof magic, &sum);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return;
    bool written = write_all(fd, header, sizeof header) && write_all(fd, data, size);
    if (close(fd) != 0 || !written || rename(temporary, path) != 0)
        unlink(temporary);
}
