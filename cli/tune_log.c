/* The log of mood tune. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tune_log.h"

enum { MOST_BYTES = 1 << 28 };
#define HEAD "mood_tune"

const char *const tune_metric_names[TUNE_METRIC_COUNT] = {"accuracy", "macro_f1", "log_loss"};

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

static mood_status io_error(const struct tune_log *log, const char *what, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be %s: %s", log->path, what, strerror(errno));
}

static mood_status refuse_line(const struct tune_log *log, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "%s:%zu: %s; give another file with --log, or remove this one to start again", log->path,
                          log->line, why);
}

/* ---- bytes --------------------------------------------------------------------------------------------------- */

static mood_status open_file(struct tune_log *log, mood_error *err) {
    struct stat info;
    log->descriptor = open(log->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
    if (log->descriptor < 0)
        return io_error(log, "opened", err);
    if (fstat(log->descriptor, &info) != 0)
        return io_error(log, "read", err);
    if (!S_ISREG(info.st_mode) || info.st_size > MOST_BYTES)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--log: %s must be a regular file of at most 256 MiB", log->path);
    if (flock(log->descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                              "%s: another mood tune writes this log; wait for it, or give another --log", log->path);
    log->size = (size_t)info.st_size;
    return MOOD_OK;
}

static mood_status read_bytes(struct tune_log *log, mood_error *err) {
    size_t filled = 0;
    log->bytes = malloc(log->size + 1);
    if (!log->bytes)
        return no_memory(err);
    while (filled < log->size) {
        ssize_t got = pread(log->descriptor, log->bytes + filled, log->size - filled, (off_t)filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_error(log, "read", err);
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    log->size = filled;
    log->bytes[filled] = '\0';
    return MOOD_OK;
}

/* Whether the bytes can be the beginning of a first line. */
static bool is_begun(const struct tune_log *log) {
    static const char begin[] = "{\"" HEAD "\":";
    size_t size = log->size < strlen(begin) ? log->size : strlen(begin);
    return memcmp(log->bytes, begin, size) == 0;
}

/* Remove what follows the last line end. */
static mood_status cut_incomplete_line(struct tune_log *log, mood_error *err) {
    const char *end = memrchr(log->bytes, '\n', log->size);
    size_t size = end ? (size_t)(end - log->bytes) + 1 : 0;
    if (size == log->size)
        return MOOD_OK;
    log->size = size;
    return ftruncate(log->descriptor, (off_t)size) == 0 ? MOOD_OK : io_error(log, "written", err);
}

/* Append a JSON value as one line. */
static mood_status append(const struct tune_log *log, const json_t *value, mood_error *err) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17)), *line = NULL;
    int size = text ? asprintf(&line, "%s\n", text) : -1;
    free(text);
    if (size < 0)
        return no_memory(err);
    ssize_t written = 0;
    for (int at = 0; at < size; at += (int)(written < 0 ? 0 : written)) {
        written = write(log->descriptor, line + at, (size_t)(size - at));
        if (written < 0 && errno != EINTR)
            break;
    }
    free(line);
    if (written < 0 || (fsync(log->descriptor) != 0 && errno != EINVAL))
        return io_error(log, "written", err);
    return MOOD_OK;
}

/* ---- the head ------------------------------------------------------------------------------------------------ */

/* How the log differs if this member of the head differs, for a message. */
static const char *describe_difference(const char *key) {
    static const char *const names[][2] = {
        {"data", "of other data"},
        {"validation", "of another file of --validation"},
        {"mood", "of another version of mood"},
        {"options", "of other options"},
        {"preset", "of other settings of --preset"},
        {"space", "of other settings and values"},
        {"seed", "of another --seed"},
        {"epochs", "of another --epochs"},
        {"folds", "of another number of --folds"},
        {"metric", "of another --metric"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], key) == 0)
            return names[i][1];
    return "of another search";
}

static mood_status check_head(const struct tune_log *log, const json_t *found, const json_t *wanted, mood_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value)
        if (!json_equal(json_object_get(found, key), value))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "%s: the log is %s; give another file with --log, or remove this one to start again",
                                  log->path, describe_difference(key));
    return MOOD_OK;
}

/* The next line as a JSON object, new; NULL: it is not one. *ended: there is no further line. */
static json_t *read_object(struct tune_log *log, bool *ended) {
    *ended = log->at == log->size;
    if (*ended)
        return NULL;
    const char *begin = log->bytes + log->at, *end = memchr(begin, '\n', log->size - log->at);
    size_t size = (size_t)(end - begin);
    log->at += size + 1;
    log->line++;
    json_t *object = json_loadb(begin, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static mood_status read_head(struct tune_log *log, const json_t *head, mood_error *err) {
    bool ended;
    json_t *object = read_object(log, &ended);
    const json_t *found = json_object_get(object, HEAD);
    mood_status status = json_is_object(found) ? check_head(log, found, head, err)
                                               : refuse_line(log, "this is not the log of mood tune", err);
    json_decref(object);
    return status;
}

static mood_status write_head(const struct tune_log *log, const json_t *head, mood_error *err) {
    json_t *object = json_pack("{sO}", HEAD, head);
    mood_status status = object ? append(log, object, err) : no_memory(err);
    json_decref(object);
    return status;
}

mood_status tune_log_open(struct tune_log *log, const char *path, const json_t *head, mood_error *err) {
    *log = (struct tune_log){.path = path, .descriptor = -1};
    mood_status status = open_file(log, err);
    if (status == MOOD_OK)
        status = read_bytes(log, err);
    if (status == MOOD_OK && !is_begun(log)) {
        log->line = 1;
        status = refuse_line(log, "this is not the log of mood tune", err);
    }
    if (status == MOOD_OK)
        status = cut_incomplete_line(log, err);
    if (status == MOOD_OK)
        status = log->size ? read_head(log, head, err) : write_head(log, head, err);
    return status;
}

void tune_log_close(struct tune_log *log) {
    if (log->descriptor >= 0)
        close(log->descriptor);
    free(log->bytes);
    *log = (struct tune_log){.descriptor = -1};
}

/* ---- results ------------------------------------------------------------------------------------------------- */

/* null is NAN. False: it is neither a number nor null. */
static bool read_real(const json_t *value, double *real) {
    *real = json_is_number(value) ? json_number_value(value) : NAN;
    return json_is_number(value) || json_is_null(value);
}

static bool read_count(const json_t *value, size_t *count) {
    json_int_t number = json_integer_value(value);
    *count = number > 0 ? (size_t)number : 0;
    return json_is_integer(value) && number > 0;
}

static bool is_list_of_strings(const json_t *list) {
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item)
        if (!json_is_string(item))
            return false;
    return json_is_array(list);
}

static bool read_result(const json_t *object, struct tune_line *line) {
    struct tune_result *result = &line->result;
    const json_t *scores = json_object_get(object, "scores"), *stopped = json_object_get(object, "stopped");
    size_t parts = json_array_size(scores);
    bool valid = read_count(json_object_get(object, "trial"), &line->trial) &&
                 read_count(json_object_get(object, "folds"), &line->folds) &&
                 read_count(json_object_get(object, "epochs"), &line->epochs) &&
                 read_real(json_object_get(object, "seconds"), &result->seconds) && result->seconds >= 0 &&
                 parts >= 1 && parts <= ASHA_MOST_PARTS && json_is_boolean(stopped) &&
                 is_list_of_strings(json_object_get(object, "options"));
    for (size_t i = 0; i < parts && valid; i++)
        valid = read_real(json_array_get(scores, i), &result->scores[i]);
    for (size_t i = 0; i < TUNE_METRIC_COUNT && valid; i++)
        valid = read_real(json_object_get(object, tune_metric_names[i]), &result->figures[i]);
    result->parts = parts;
    result->stopped = json_is_true(stopped);
    return valid;
}

mood_status tune_log_read(struct tune_log *log, struct tune_line *line, bool *found, mood_error *err) {
    bool ended;
    json_t *object = read_object(log, &ended);
    *line = (struct tune_line){0};
    *found = !ended;
    if (ended)
        return MOOD_OK;
    bool valid = object && read_result(object, line);
    if (valid)
        line->options = json_incref(json_object_get(object, "options"));
    json_decref(object);
    return valid ? MOOD_OK : refuse_line(log, "the line is damaged", err);
}

static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

mood_status tune_log_write(struct tune_log *log, const struct tune_line *line, mood_error *err) {
    const struct tune_result *result = &line->result;
    json_t *scores = json_array();
    for (size_t i = 0; i < result->parts; i++)
        json_array_append_new(scores, real_or_null(result->scores[i]));
    json_t *object = json_pack("{sI sI sI sO so sb sf}", "trial", (json_int_t)line->trial, "folds",
                               (json_int_t)line->folds, "epochs", (json_int_t)line->epochs, "options", line->options,
                               "scores", scores, "stopped", (int)result->stopped, "seconds", result->seconds);
    for (size_t i = 0; i < TUNE_METRIC_COUNT && object; i++)
        json_object_set_new(object, tune_metric_names[i], real_or_null(result->figures[i]));
    mood_status status = object ? append(log, object, err) : no_memory(err);
    json_decref(object);
    return status;
}
