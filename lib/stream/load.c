/* Plugins: find, open and check. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* first: it asks the system headers for GNU's functions */
#endif
#include <dlfcn.h>
#include <limits.h>
#include <ltdl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mood/connector.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* libltdl keeps its state in globals */

mood_status mood_connector_check(const mood_connector_type *type, mood_error *err) {
    if (!type)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "no connector");
    if (type->abi != MOOD_CONNECTOR_ABI || type->size != sizeof(mood_connector_type))
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL,
                              "the connector was built for interface %u of %zu bytes; this library has %u of %zu",
                              type->abi, type->size, MOOD_CONNECTOR_ABI, sizeof(mood_connector_type));
    bool whole = type->name && type->settings && type->open && type->poll && type->release && type->publish &&
                 type->flush && type->begin && type->commit && type->abort && type->rewind && type->pause &&
                 type->resume && type->statistics && type->close;
    if (!whole)
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the connector '%s' is incomplete",
                              type->name ? type->name : "?");
    return MOOD_OK;
}

/* Accept a name, not a path: plugins are loaded from the plugin folder only. */
static bool is_name(const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= 64 && name[length] == '\0';
}

/* libltdl reports "file not found" for every failure. If the file exists, use the dynamic linker's message. */
static mood_status explain(const char *path, const char *name, mood_error *err) {
    char file[PATH_MAX];
    int size = snprintf(file, sizeof file, "%s.so", path);
    if (size < 0 || (size_t)size >= sizeof file || access(file, F_OK) != 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "unknown connector '%s': %s.so not found (MOOD_PLUGIN_DIR can name another folder)", name,
                              path);
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const char *reason = handle ? "libltdl can't load it" : dlerror();
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the connector '%s' can't be loaded: %s", name, reason);
    if (handle)
        dlclose(handle);
    return MOOD_ERR_CONNECTOR;
}

static mood_status open_file(const char *path, const char *name, lt_dlhandle *module, mood_error *err) {
    if (lt_dlinit() != 0)
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "plugins can't be loaded: %s", lt_dlerror());
    lt_dladvise advise;
    bool advised = lt_dladvise_init(&advise) == 0 && lt_dladvise_ext(&advise) == 0 && lt_dladvise_local(&advise) == 0 &&
                   lt_dladvise_resident(&advise) == 0;
    *module = advised ? lt_dlopenadvise(path, advise) : NULL;
    if (advised)
        lt_dladvise_destroy(&advise);
    return *module ? MOOD_OK : explain(path, name, err);
}

static mood_status load(const char *name, const mood_connector_type **type, mood_error *err) {
    const char *folder = secure_getenv("MOOD_PLUGIN_DIR");
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder && *folder ? folder : MOOD_PLUGIN_DIR, name) < 0)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    lt_dlhandle module = NULL;
    mood_status status = open_file(path, name, &module, err);
    if (status != MOOD_OK)
        goto done;
    const mood_connector_type *(*plugin)(uint32_t, size_t);
    *(void **)&plugin = lt_dlsym(module, "mood_connector_plugin");
    if (!plugin) {
        status = mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "%s is not a connector of mood", path);
        goto done;
    }
    const mood_connector_type *found = plugin(MOOD_CONNECTOR_ABI, sizeof(mood_connector_type));
    if (!found)
        status = mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL,
                                "%s was built for another version of mood than this one (%s)", path, mood_version());
    else if ((status = mood_connector_check(found, err)) != MOOD_OK)
        mood_error_prefix(err, "%s", path);
    else
        *type = found;
done:
    free(path);
    return status;
}

mood_status mood_connector_load(const char *name, const mood_connector_type **type, mood_error *err) {
    if (!name || !type || !is_name(name))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "'%s' is not the name of a connector",
                              name ? name : "");
    pthread_mutex_lock(&lock);
    mood_status status = load(name, type, err);
    pthread_mutex_unlock(&lock);
    return status;
}
