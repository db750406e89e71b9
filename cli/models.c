/* Replaces models while a stream runs: holds the current one, and one that was loaded and will be used next. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* must come first: it selects GNU functions in system headers */
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "models.h"
#include "recipe_options.h"

enum { MAX_LOST_DEVICES = 25 }; /* devices lost in a row without a scored batch */

struct model {
    mood_scorer *scorer;
    int file; /* open descriptor of the file that was loaded, even if the path now names another file; -1: could not be
                 opened */
    int references; /* reference count: the stream and each caller of models_hold */
};

struct models {
    struct models_options options;
    pthread_t thread;
    bool watching;
    pthread_mutex_t lock;         /* guards the members below */
    struct model *current, *next; /* next: NULL, or the model that the stream uses next */
    unsigned long loaded, refused;
    bool stop;
    int lost_devices; /* used by the stream's thread: devices lost since the last scored batch */
    struct stat seen; /* used by the watching thread: status of the last file that was opened or rejected */
};

/* Global for the signal handler. A process runs only one stream. */
static sem_t reload_requested;
static volatile sig_atomic_t reload;

void models_request_reload(void) {
    reload = 1;
    sem_post(&reload_requested);
}

/* ---- one model --------------------------------------------------------------------------------------------------- */

static void destroy(struct model *model) {
    if (!model)
        return;
    mood_scorer_destroy(model->scorer);
    if (model->file >= 0)
        close(model->file);
    free(model);
}

/* Each model has its own device, so that it does not depend on another model. selector: NULL, or as --device. */
static mood_status open_model(const struct models *models, const char *path, const char *selector,
                              struct model **opened, mood_error *err) {
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    struct model *model = calloc(1, sizeof *model);
    if (!model)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    options.selector = selector;
    options.recipe = models->options.recipe;
    /* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
    model->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    mood_status status = mood_scorer_open(path, &options, &model->scorer, err); /* rejects files that are not regular */
    if (status != MOOD_OK) {
        destroy(model);
        return status;
    }
    model->references = 1;
    *opened = model;
    return MOOD_OK;
}

void models_release(struct models *models, struct model *held) {
    if (!held)
        return;
    pthread_mutex_lock(&models->lock);
    bool last = --held->references == 0;
    pthread_mutex_unlock(&models->lock);
    if (last)
        destroy(held);
}

mood_scorer *models_hold(struct models *models, struct model **held) {
    pthread_mutex_lock(&models->lock);
    *held = models->current;
    (*held)->references++;
    pthread_mutex_unlock(&models->lock);
    return (*held)->scorer;
}

mood_scorer *models_first(const struct models *models) {
    return models->current->scorer;
}

static mood_scorer *take_over(struct models *models) {
    struct model *before = NULL;
    pthread_mutex_lock(&models->lock);
    if (models->next) {
        before = models->current;
        models->current = models->next;
        models->next = NULL;
    }
    mood_scorer *scorer = models->current->scorer; /* valid: only this thread replaces it */
    pthread_mutex_unlock(&models->lock);
    models_release(models, before);
    return scorer;
}

void models_describe(struct models *models, struct model_facts *facts) {
    pthread_mutex_lock(&models->lock);
    const mood_scorer *scorer = models->current->scorer;
    snprintf(facts->weights, sizeof facts->weights, "%.12s", mood_scorer_get_digest(scorer));
    snprintf(facts->device, sizeof facts->device, "%s", mood_scorer_get_device(scorer)->name);
    facts->loaded = models->loaded;
    facts->refused = models->refused;
    pthread_mutex_unlock(&models->lock);
}

/* ---- replacing the model --------------------------------------------------------------------------------------- */

static mood_status check_labels(const mood_scorer *old, const mood_scorer *other, mood_error *err) {
    const mood_head *head = mood_scorer_get_head(old), *others = mood_scorer_get_head(other);
    bool same = head->outputs == others->outputs && head->multi_label == others->multi_label &&
                head->probabilities == others->probabilities;
    for (size_t i = 0; same && i < head->labels; i++)
        same = strcmp(mood_scorer_get_label(old, i), mood_scorer_get_label(other, i)) == 0;
    if (same)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "its labels or outputs differ, and those of a running stream can't change; restart the "
                          "stream to use this model");
}

/* Set the next model. The stream takes it before its next batch. A previous next model that was not used is
 * released. */
static void set_next_model(struct models *models, struct model *model) {
    pthread_mutex_lock(&models->lock);
    struct model *unused = models->next;
    models->next = model;
    models->loaded++;
    pthread_mutex_unlock(&models->lock);
    destroy(unused);
}

static bool is_over(struct models *models) {
    pthread_mutex_lock(&models->lock);
    bool stop = models->stop;
    pthread_mutex_unlock(&models->lock);
    return stop;
}

static void reject(struct models *models, const mood_error *err) {
    pthread_mutex_lock(&models->lock);
    models->refused++;
    pthread_mutex_unlock(&models->lock);
    json_t *fields = json_pack("{so ss}", "model", log_string(models->options.path), "result", "refused");
    log_event(models->options.common, LOG_WARNING, "model", fields, "%s rejected; keeping the previous model: %s",
              models->options.path, err->message);
}

static void load(struct models *models) {
    struct model *model = NULL, *current;
    mood_error err = {0};
    mood_scorer *before = models_hold(models, &current);
    mood_status status = open_model(models, models->options.path, models->options.common->device, &model, &err);
    if (status == MOOD_OK)
        status = check_labels(before, model->scorer, &err);
    models_release(models, current);
    if (status != MOOD_OK) {
        destroy(model);
        if (!is_over(models))
            reject(models, &err);
        return;
    }
    char digest[13];
    snprintf(digest, sizeof digest, "%.12s", mood_scorer_get_digest(model->scorer));
    if (is_over(models)) {
        destroy(model);
        return;
    }
    recipe_print_notes(models->options.common, models->options.path, mood_scorer_get_recipe(model->scorer));
    set_next_model(models, model);
    json_t *fields =
        json_pack("{so ss ss}", "model", log_string(models->options.path), "weights", digest, "result", "loaded");
    log_event(models->options.common, LOG_NOTE, "model", fields, "%s loaded: the next batch is scored with weights %s",
              models->options.path, digest);
}

/* ---- lost devices -------------------------------------------------------------------------------------------- */

static int count_devices(void) {
    size_t count = 0;
    return mood_device_list(NULL, 0, &count, NULL) == MOOD_OK ? (int)count : 0;
}

/* Open the file of the current model, which may have been renamed or removed, on another device. choice 0: the
 * chosen device again; then each device of the machine. */
static mood_status open_choice(struct models *models, int choice, struct model **model, mood_error *err) {
    char index[16], path[64];
    snprintf(index, sizeof index, "%d", choice - 1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", models->current->file);
    mood_status status = open_model(models, path, choice ? index : models->options.common->device, model, err);
    return status == MOOD_OK ? check_labels(models->current->scorer, (*model)->scorer, err) : status;
}

/* Open the model on another device. With --device only the named devices are tried. A lost device may need time to
 * recover, so the stream calls this repeatedly, and each search begins after the device that was tried last. NULL:
 * no device can be opened, or the limit of lost devices is reached. */
static struct model *open_on_another_device(struct models *models) {
    int choices = models->options.common->device ? 1 : 1 + count_devices();
    for (int i = 0; i < choices && models->lost_devices < MAX_LOST_DEVICES; i++) {
        struct model *model = NULL;
        mood_error err = {0};
        if (open_choice(models, models->lost_devices++ % choices, &model, &err) == MOOD_OK)
            return model;
        destroy(model);
        log_event(models->options.common, LOG_DETAIL, "device", NULL, "can't continue on another device: %s",
                  err.message);
    }
    return NULL;
}

static mood_scorer *recover(struct models *models, const mood_error *failure) {
    struct model *model = open_on_another_device(models);
    if (!model)
        return NULL;
    const char *device = mood_scorer_get_device(model->scorer)->name;
    json_t *fields = json_pack("{so}", "device", log_string(device));
    log_event(models->options.common, LOG_WARNING, "device", fields, "the device was lost (%s); continuing on %s",
              failure->message, device);
    pthread_mutex_lock(&models->lock);
    struct model *before = models->current;
    models->current = model;
    pthread_mutex_unlock(&models->lock);
    models_release(models, before);
    return model->scorer;
}

mood_scorer *models_next(struct models *models, const mood_error *failure) {
    if (failure)
        return recover(models, failure);
    models->lost_devices = 0;
    return take_over(models);
}

/* ---- watching the file ----------------------------------------------------------------------------------------- */

static bool is_same_file(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_size == other->st_size &&
           one->st_mtim.tv_sec == other->st_mtim.tv_sec && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* Check the file's status once a second. This works on every file system, and with the symbolic links through which
 * containers receive their files. */
static void wait_a_second(void) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until); /* the real-time clock may be set back */
    until.tv_sec++;
    while (sem_clockwait(&reload_requested, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR)
        ;
}

/* True if the file has changed and is complete: its status must be the same twice, because a changing file is still
 * being written. */
static bool has_new_file(struct models *models, struct stat *before) {
    struct stat now;
    if (reload) {
        reload = 0;
        if (stat(models->options.path, &now) == 0)
            models->seen = now;
        return true;
    }
    if (stat(models->options.path, &now) != 0) /* the file may be missing for a moment while it is replaced */
        return false;
    bool due = !is_same_file(&now, &models->seen) && is_same_file(&now, before);
    *before = now;
    if (due)
        models->seen = now;
    return due;
}

static void *watch(void *user) {
    struct models *models = user;
    struct stat before = models->seen;
    while (!is_over(models)) {
        if (has_new_file(models, &before))
            load(models);
        wait_a_second();
    }
    return NULL;
}

/* The thread blocks all signals: they are handled by the stream's thread. */
mood_status models_watch(struct models *models, mood_error *err) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int problem = pthread_create(&models->thread, NULL, watch, models);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (problem)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "a thread can't be started");
    models->watching = true;
    return MOOD_OK;
}

/* ---- open and close ---------------------------------------------------------------------------------------------- */

static void release(struct models *models) {
    destroy(models->next);
    destroy(models->current);
    pthread_mutex_destroy(&models->lock);
    free(models);
}

mood_status models_open(const struct models_options *options, struct models **opened, mood_error *err) {
    struct models *models = calloc(1, sizeof *models);
    *opened = NULL;
    if (!models)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    models->options = *options;
    pthread_mutex_init(&models->lock, NULL);
    sem_init(&reload_requested, 0, 0);
    if (stat(options->path, &models->seen) != 0) /* before loading, so that a file replaced meanwhile counts as new */
        models->seen = (struct stat){0};
    announce_new_device(options->common, options->common->device);
    mood_status status = open_model(models, options->path, options->common->device, &models->current, err);
    if (status != MOOD_OK) {
        release(models);
        return status;
    }
    recipe_print_notes(options->common, options->path, mood_scorer_get_recipe(models->current->scorer));
    *opened = models;
    return MOOD_OK;
}

/* Exit handlers run in reverse order. This one is the last registered, so it runs before those of OpenCL and LLVM,
 * which would destroy objects that the loading thread still uses. */
static void exit_at_once(int status, void *unused) {
    (void)unused;
    bool written = fflush(NULL) == 0;
    _exit(status == EXIT_SUCCESS && !written ? EXIT_FAILURE : status);
}

/* The thread may be reading or compiling, neither of which can be interrupted. */
static bool join_until(struct models *models, int timeout_ms) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return pthread_clockjoin_np(models->thread, NULL, CLOCK_MONOTONIC, &end) == 0;
}

bool models_close(struct models *models, int timeout_ms) {
    if (!models)
        return true;
    pthread_mutex_lock(&models->lock);
    models->stop = true;
    pthread_mutex_unlock(&models->lock);
    sem_post(&reload_requested);
    if (models->watching && !join_until(models, timeout_ms)) {
        on_exit(exit_at_once, NULL);
        return false;
    }
    release(models);
    return true;
}
