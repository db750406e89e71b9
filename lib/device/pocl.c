/* PoCL. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "device/cache.h"
#include "device/pocl.h"

bool pocl_is(const mood_device_info *info) {
    return strcmp(info->platform, "Portable Computing Language") == 0;
}

/* PoCL before 6.0 finds the compiled kernel to release by kernel and local size alone, but it has one for each largest
 * grid, too: it may release another kernel's reference. Drivers are called "3.1+debian" or "6.0". */
bool pocl_takes_turns(const mood_device_info *info) {
    return pocl_is(info) && strtoul(info->driver, NULL, 10) < 6;
}

/* ---- the cache directory ------------------------------------------------------------------------ */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char problem[256];

/* The rule of PoCL 3.1 to 7: $XDG_CACHE_HOME/pocl, else $HOME/.cache/pocl, else pocl in /tmp; below that kcache, or
 * uncached with POCL_KERNEL_CACHE=0. False if PoCL would use /tmp or a relative path. */
static bool default_folder(char *folder, size_t size) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME"), *cache = "";
    if (!base || !*base) {
        base = home;
        cache = "/.cache";
    }
    if (!base || base[0] != '/')
        return false;
    int length = snprintf(folder, size, "%s%s", base, cache);
    if (length < 0 || (size_t)length + sizeof "/pocl/uncached" > size)
        return false;
    mkdir(folder, 0700);
    strcat(folder, "/pocl");
    return true;
}

static bool is_private_if_there(const char *folder, const char *name) {
    char path[4200];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return (lstat(path, &st) != 0 && errno == ENOENT) || cache_is_private(path);
}

static bool default_is_private(void) {
    char folder[4096];
    return default_folder(folder, sizeof folder) && cache_make_private(folder) &&
           is_private_if_there(folder, "kcache") && is_private_if_there(folder, "uncached");
}

/* A directory that the administrator made. */
static bool is_roots(const char *folder) {
    struct stat link, st;
    return lstat(folder, &link) == 0 && link.st_uid == 0 && stat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static void check_chosen(const char *folder) {
    struct stat st;
    mkdir(folder, 0700);
    if (cache_is_private(folder) || is_roots(folder))
        return;
    if (stat(folder, &st) != 0 && errno == ENOENT)
        return; /* its parents are not there, either: PoCL makes all of them, for this user alone */
    snprintf(
        problem, sizeof problem,
        "POCL_CACHE_DIR (%.100s) belongs to another user, or others can write to it: PoCL would run code from there; "
        "choose a directory of your own with mode 0700",
        folder);
}

static void use_own_folder(void) {
    char folder[4096];
    cache_choose_folder(folder, sizeof folder - sizeof "/pocl");
    if (folder[0]) {
        strcat(folder, "/pocl");
        if (cache_make_private(folder) && setenv("POCL_CACHE_DIR", folder, 1) == 0)
            return;
    }
    snprintf(
        problem, sizeof problem,
        "no directory for its cache that only this user can write to: PoCL runs code from there; set POCL_CACHE_DIR to "
        "a directory of your own with mode 0700");
}

static void secure_cache(void) {
    const char *chosen = getenv("POCL_CACHE_DIR");
    if (chosen && *chosen)
        check_chosen(chosen);
    else if ((chosen && !*chosen) || !default_is_private())
        use_own_folder();
}

const char *pocl_secure_cache(void) {
    pthread_once(&once, secure_cache);
    return problem[0] ? problem : NULL;
}
