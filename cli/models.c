/* Models while a stream runs: the current one, and one that was loaded and waits to take its place. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* first: it asks the system headers for GNU's functions */
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

enum { MOST_LOST = 25 }; /* devices in a row, no batch scored in between */

struct model {
    mood_scorer *scorer;
    int file;    /* the file that it was loaded from, whatever file has the path by now; -1: it could not be opened */
    int holders; /* the stream, or waiting for it, is one */
};

struct models {
    struct models_options options;
    pthread_t thread;
    bool watching;
    pthread_mutex_t lock;            /* guards the rest */
    struct model *current, *waiting; /* waiting: NULL, or what the stream takes next */
    unsigned long loaded, refused;
    bool stop;
    int lost;         /* the stream's thread's: devices since a batch was last scored */
    struct stat seen; /* the watching thread's: the file that was opened last, or refused */
};

/* One process runs one stream: a handler has no other way to find it. */
static sem_t asked;
static volatile sig_atomic_t reload;

void models_ask(void) {
    reload = 1;
    sem_post(&asked);
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

/* Each has a device of its own, so that it can outlive another's. selector: NULL, or as --device. */
static mood_status open_model(const struct models *models, const char *path, const char *selector,
                              struct model **opened, mood_error *err) {
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    struct model *model = calloc(1, sizeof *model);
    if (!model)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    options.selector = selector;
    options.recipe = models->options.recipe;
    model->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* without it a FIFO would wait for a writer here */
    mood_status status = mood_scorer_open(path, &options, &model->scorer, err); /* refuses what is no regular file */
    if (status != MOOD_OK) {
        destroy(model);
        return status;
    }
    model->holders = 1;
    *opened = model;
    return MOOD_OK;
}

void models_let_go(struct models *models, struct model *held) {
    if (!held)
        return;
    pthread_mutex_lock(&models->lock);
    bool last = --held->holders == 0;
    pthread_mutex_unlock(&models->lock);
    if (last)
        destroy(held);
}

mood_scorer *models_hold(struct models *models, struct model **held) {
    pthread_mutex_lock(&models->lock);
    *held = models->current;
    (*held)->holders++;
    pthread_mutex_unlock(&models->lock);
    return (*held)->scorer;
}

mood_scorer *models_first(const struct models *models) {
    return models->current->scorer;
}

static mood_scorer *take_over(struct models *models) {
    struct model *before = NULL;
    pthread_mutex_lock(&models->lock);
    if (models->waiting) {
        before = models->current;
        models->current = models->waiting;
        models->waiting = NULL;
    }
    mood_scorer *scorer = models->current->scorer; /* only we replace it, so it lasts */
    pthread_mutex_unlock(&models->lock);
    models_let_go(models, before);
    return scorer;
}

void models_tell(struct models *models, struct model_facts *facts) {
    pthread_mutex_lock(&models->lock);
    const mood_scorer *scorer = models->current->scorer;
    snprintf(facts->weights, sizeof facts->weights, "%.12s", mood_scorer_get_digest(scorer));
    snprintf(facts->device, sizeof facts->device, "%s", mood_scorer_get_device(scorer)->name);
    facts->loaded = models->loaded;
    facts->refused = models->refused;
    pthread_mutex_unlock(&models->lock);
}

/* ---- another one ----------------------------------------------------------------------------------------------- */

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

/* The stream takes it before its next batch. One that waits already, and was never used, is dropped. */
static void put_in_line(struct models *models, struct model *model) {
    pthread_mutex_lock(&models->lock);
    struct model *unused = models->waiting;
    models->waiting = model;
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
    models_let_go(models, current);
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
    put_in_line(models, model);
    json_t *fields =
        json_pack("{so ss ss}", "model", log_string(models->options.path), "weights", digest, "result", "loaded");
    log_event(models->options.common, LOG_NOTE, "model", fields, "%s loaded: the next batch is scored with weights %s",
              models->options.path, digest);
}

/* ---- when a device is lost ----------------------------------------------------------------------------------------- */

static int count_devices(void) {
    size_t count = 0;
    return mood_device_list(NULL, 0, &count, NULL) == MOOD_OK ? (int)count : 0;
}

/* The file of the model in use, which may have lost its name. 0: the chosen device, opened anew; then each that there
 * is. */
static mood_status open_choice(struct models *models, int choice, struct model **model, mood_error *err) {
    char index[16], path[64];
    snprintf(index, sizeof index, "%d", choice - 1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", models->current->file);
    mood_status status = open_model(models, path, choice ? index : models->options.common->device, model, err);
    return status == MOOD_OK ? check_labels(models->current->scorer, (*model)->scorer, err) : status;
}

/* Where --device names one, that one alone. A lost device may need a moment, so that the stream asks more than once, and
 * each time the search begins behind the one that was tried last. NULL: none can be opened, or enough were lost. */
static struct model *open_another(struct models *models) {
    int choices = models->options.common->device ? 1 : 1 + count_devices();
    for (int i = 0; i < choices && models->lost < MOST_LOST; i++) {
        struct model *model = NULL;
        mood_error err = {0};
        if (open_choice(models, models->lost++ % choices, &model, &err) == MOOD_OK)
            return model;
        destroy(model);
        log_event(models->options.common, LOG_DETAIL, "device", NULL, "can't continue on another device: %s",
                  err.message);
    }
    return NULL;
}

static mood_scorer *recover(struct models *models, const mood_error *failure) {
    struct model *model = open_another(models);
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
    models_let_go(models, before);
    return model->scorer;
}

mood_scorer *models_next(struct models *models, const mood_error *failure) {
    if (failure)
        return recover(models, failure);
    models->lost = 0;
    return take_over(models);
}

/* ---- watching -------------------------------------------------------------------------------------------------- */

static bool is_same_file(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_size == other->st_size &&
           one->st_mtim.tv_sec == other->st_mtim.tv_sec && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* Once a second, by asking for its status: that works on every file system, and through the links by which containers
 * are given their files. */
static void wait_a_second(void) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until); /* the other may be set back */
    until.tv_sec++;
    while (sem_clockwait(&asked, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR)
        ;
}

/* A file that changes under our eyes is still being written: it has to look the same twice. */
static bool is_due(struct models *models, struct stat *before) {
    struct stat now;
    if (reload) {
        reload = 0;
        if (stat(models->options.path, &now) == 0)
            models->seen = now;
        return true;
    }
    if (stat(models->options.path, &now) != 0) /* between two files, maybe */
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
        if (is_due(models, &before))
            load(models);
        wait_a_second();
    }
    return NULL;
}

/* Signals are the stream's. */
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
    destroy(models->waiting);
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
    sem_init(&asked, 0, 0);
    if (stat(options->path, &models->seen) != 0) /* before loading: a file that comes later is a new one */
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

/* Exit handlers run in reverse order. This one is the newest, so it runs before those of OpenCL and LLVM, which destroy
 * objects that the loading thread still uses. */
static void exit_at_once(int status, void *unused) {
    (void)unused;
    bool written = fflush(NULL) == 0;
    _exit(status == EXIT_SUCCESS && !written ? EXIT_FAILURE : status);
}

/* The thread may be in a read or in the compiler, and neither can be interrupted. */
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
    sem_post(&asked);
    if (models->watching && !join_until(models, timeout_ms)) {
        on_exit(exit_at_once, NULL);
        return false;
    }
    release(models);
    return true;
}
