/* The lines connector: one record per line, from a file or standard input; results to a file or standard output. A
 * record's offset is its line number, from 0. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* must come first: it selects GNU functions in system headers */
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mood/connector.h"

/* Longer lines are not scored, and only their first BEGINNING_SIZE bytes are kept. A poll ends after POLL_SIZE
 * bytes, so that the host can limit a batch of large lines. */
enum { LINE_MAX_SIZE = 16 << 20, BEGINNING_SIZE = 1 << 16, POLL_BYTES = 4 << 20 };
enum { READ_SIZE = 1 << 16, WRITE_SIZE = 1 << 16 };

/* An output. Bytes that a full pipe does not accept yet wait in the buffer. */
struct sink {
    int fd;           /* -1: not opened yet */
    const char *name; /* NULL: none */
    int flags;        /* O_TRUNC or O_APPEND; 0: standard output */
    char *data;
    size_t start, size, capacity;
};

/* Memory owned by a record. */
struct held {
    char *problem; /* NULL: none */
    char value[];
};

struct mood_connector {
    int input;
    char *input_name, *output_name, *dead_letters_name; /* NULL: standard input, standard output; none */
    char *data;                                         /* bytes read, but not returned yet: [start, size) */
    size_t start, scanned, size, capacity;
    uint64_t dropped; /* number of bytes removed from the line at start, after its first BEGINNING_SIZE */
    bool begun, ended, paused;
    int64_t line;
    struct sink output, dead_letters;
    mood_record *records;
    size_t record_capacity;
    uint64_t published, delivered;
};

static int64_t clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static mood_connector_result fail(mood_error *err, mood_status status, const char *what, const char *name) {
    mood_error_set(err, status, MOOD_CLASS_FATAL, "%s: %s", name, what);
    return MOOD_CONNECTOR_FATAL;
}

static mood_connector_result out_of_memory(mood_error *err) {
    mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_CONNECTOR_FATAL;
}

static const char *input_name(const mood_connector *lines) {
    return lines->input_name ? lines->input_name : "standard input";
}

/* Reserve size more bytes after the used ones. */
static bool reserve(char **data, size_t *capacity, size_t used, size_t size) {
    if (*capacity - used >= size)
        return true;
    size_t wanted = *capacity ? *capacity : READ_SIZE;
    while (wanted - used < size) {
        if (wanted > SIZE_MAX / 2)
            return false;
        wanted *= 2;
    }
    char *grown = realloc(*data, wanted);
    if (!grown)
        return false;
    *data = grown;
    *capacity = wanted;
    return true;
}

/* ---- opening outputs ---------------------------------------------------------------------------------------- */

/* Outputs are opened here and not in open, so that only opening and closing a connector changes no file. */
static mood_connector_result begin_sink(struct sink *sink, mood_error *err) {
    struct stat status;
    if (sink->fd < 0 && sink->name)
        sink->fd = open(sink->name, O_WRONLY | O_CREAT | O_CLOEXEC | sink->flags, 0666);
    else if (sink->flags == O_TRUNC && fstat(sink->fd, &status) == 0 && S_ISREG(status.st_mode) &&
             ftruncate(sink->fd, 0) != 0)
        return fail(err, MOOD_ERR_IO, strerror(errno), sink->name);
    return sink->fd < 0 && sink->name ? fail(err, MOOD_ERR_IO, strerror(errno), sink->name) : MOOD_CONNECTOR_OK;
}

static mood_connector_result begin(mood_connector *lines, mood_error *err) {
    if (lines->begun)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = begin_sink(&lines->output, err);
    if (result == MOOD_CONNECTOR_OK)
        result = begin_sink(&lines->dead_letters, err);
    lines->begun = result == MOOD_CONNECTOR_OK;
    return result;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

/* data [size]: the line; total: its size in the input, which is larger if bytes were removed. */
struct line {
    const char *data;
    size_t size;
    uint64_t total;
};

/* The next complete line, or at the end of the input also an incomplete one; false: none yet. */
static bool take_line(mood_connector *lines, struct line *line) {
    if (lines->size == lines->start)
        return false;
    char *newline = memchr(lines->data + lines->scanned, '\n', lines->size - lines->scanned);
    if (!newline && !lines->ended) {
        lines->scanned = lines->size;
        return false;
    }
    char *end = newline ? newline : lines->data + lines->size;
    line->data = lines->data + lines->start;
    line->size = (size_t)(end - line->data);
    if (newline && line->size > 0 && line->data[line->size - 1] == '\r')
        line->size--;
    line->total = line->size + lines->dropped;
    lines->dropped = 0;
    lines->start = lines->scanned = (size_t)(end - lines->data) + (newline != NULL);
    return true;
}

/* Remove the middle of a line that is already too long, so that memory is bounded. */
static void drop_middle(mood_connector *lines) {
    size_t kept = lines->start + BEGINNING_SIZE;
    if (lines->size - lines->start <= LINE_MAX_SIZE)
        return;
    lines->dropped += lines->size - kept;
    lines->size = lines->scanned = kept;
}

/* New; NULL: out of memory. */
static char *describe_length(const mood_connector *lines, const struct line *line) {
    char *problem;
    return asprintf(&problem, "line %" PRId64 " has %" PRIu64 " bytes, more than %d; only its first %d bytes are kept",
                    lines->line + 1, line->total, LINE_MAX_SIZE, BEGINNING_SIZE) < 0
               ? NULL
               : problem;
}

/* A record outlives the buffer, so it has a copy of its line. */
static bool add_record(mood_connector *lines, size_t index, const struct line *line) {
    bool too_long = line->total > LINE_MAX_SIZE;
    size_t size = too_long ? BEGINNING_SIZE : line->size;
    struct held *held = malloc(sizeof *held + size);
    char *problem = held && too_long ? describe_length(lines, line) : NULL;
    if (!held || (too_long && !problem)) {
        free(held);
        return false;
    }
    held->problem = problem;
    memcpy(held->value, line->data, size);
    lines->records[index] = (mood_record){
        .position = {input_name(lines), 0, lines->line++},
        .value = held->value,
        .value_size = size,
        .timestamp = -1,
        .problem = problem,
        .held = held,
    };
    return true;
}

/* Read once. False: no data within the time limit, or an error in err. */
static bool read_some(mood_connector *lines, int timeout_ms, mood_event *event) {
    struct pollfd waiting = {.fd = lines->input, .events = POLLIN};
    if (poll(&waiting, 1, timeout_ms) <= 0)
        return false;
    drop_middle(lines);
    if (lines->start > 0) {
        memmove(lines->data, lines->data + lines->start, lines->size - lines->start);
        lines->size -= lines->start;
        lines->scanned -= lines->start;
        lines->start = 0;
    }
    ssize_t got = -1;
    if (!reserve(&lines->data, &lines->capacity, lines->size, READ_SIZE))
        out_of_memory(&event->error);
    else if ((got = read(lines->input, lines->data + lines->size, READ_SIZE)) < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return false;
        fail(&event->error, MOOD_ERR_IO, strerror(errno), input_name(lines));
    }
    if (got < 0) {
        event->type = MOOD_EVENT_ERROR;
        event->result = MOOD_CONNECTOR_FATAL;
        return false;
    }
    lines->size += (size_t)got;
    lines->ended = got == 0;
    return true;
}

static bool reserve_records(mood_connector *lines, size_t n) {
    if (n <= lines->record_capacity)
        return true;
    mood_record *records = reallocarray(lines->records, n, sizeof *records);
    if (!records)
        return false;
    lines->records = records;
    lines->record_capacity = n;
    return true;
}

static void lines_poll(mood_connector *lines, size_t max_records, int timeout_ms, mood_event *event) {
    size_t count = 0, bytes = 0;
    int64_t end = clock_ms() + timeout_ms;
    event->type = MOOD_EVENT_NONE;
    event->record_count = event->position_count = 0;
    event->result = begin(lines, &event->error);
    if (event->result != MOOD_CONNECTOR_OK) {
        event->type = MOOD_EVENT_ERROR;
        return;
    }
    bool fits = reserve_records(lines, max_records);
    while (fits && count < max_records && bytes < POLL_BYTES && !lines->paused) {
        struct line line;
        if (take_line(lines, &line)) {
            if (!(fits = add_record(lines, count, &line)))
                break;
            bytes += lines->records[count++].value_size;
            continue;
        }
        int64_t left = count ? 0 : end - clock_ms();
        if (lines->ended || !read_some(lines, left > 0 ? (int)left : 0, event))
            break;
    }
    if (lines->paused && timeout_ms > 0)
        poll(NULL, 0, timeout_ms);
    if (!fits) {
        event->type = MOOD_EVENT_ERROR;
        event->result = out_of_memory(&event->error);
    }
    if (count) { /* the next call reports the error again */
        event->type = MOOD_EVENT_RECORDS;
        event->records = lines->records;
        event->record_count = count;
    } else if (event->type == MOOD_EVENT_NONE && lines->ended && lines->start == lines->size)
        event->type = MOOD_EVENT_END;
}

static void lines_release(mood_connector *lines, const mood_record *records, size_t n) {
    (void)lines;
    for (size_t i = 0; i < n; i++) {
        struct held *held = records[i].held;
        free(held->problem);
        free(held);
    }
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static mood_connector_result sink_write(struct sink *sink, int timeout_ms, mood_error *err) {
    int64_t end = clock_ms() + timeout_ms;
    while (sink->start < sink->size) {
        int64_t left = end - clock_ms();
        struct pollfd waiting = {.fd = sink->fd, .events = POLLOUT};
        if (poll(&waiting, 1, left > 0 ? (int)left : 0) <= 0) {
            mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_RETRYABLE, "%s: its reader accepts no data", sink->name);
            return MOOD_CONNECTOR_RETRY;
        }
        /* A pipe that is ready accepts PIPE_BUF bytes without blocking; a file accepts any number. */
        size_t size = sink->size - sink->start;
        ssize_t written = write(sink->fd, sink->data + sink->start, size < 4096 ? size : 4096);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return fail(err, MOOD_ERR_IO, strerror(errno), sink->name);
        if (written > 0)
            sink->start += (size_t)written;
    }
    sink->start = sink->size = 0;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result lines_publish(mood_connector *lines, const mood_output *output, mood_error *err) {
    struct sink *sink = output->dead_letter ? &lines->dead_letters : &lines->output;
    mood_connector_result result = begin(lines, err);
    if (result != MOOD_CONNECTOR_OK)
        return result;
    if (!sink->name) {
        mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                       "no file for dead letters; name one with --dead-letters FILE");
        return MOOD_CONNECTOR_REJECTED;
    }
    if (sink->size >= WRITE_SIZE && (result = sink_write(sink, 0, err)) != MOOD_CONNECTOR_OK)
        return result;
    if (output->value_size == SIZE_MAX || !reserve(&sink->data, &sink->capacity, sink->size, output->value_size + 1))
        return out_of_memory(err);
    if (output->value_size)
        memcpy(sink->data + sink->size, output->value, output->value_size);
    sink->size += output->value_size;
    sink->data[sink->size++] = '\n';
    lines->published++;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result lines_flush(mood_connector *lines, int timeout_ms, mood_error *err) {
    int64_t end = clock_ms() + timeout_ms;
    mood_connector_result result = sink_write(&lines->output, timeout_ms, err);
    if (result == MOOD_CONNECTOR_OK && lines->dead_letters.fd >= 0) {
        int64_t left = end - clock_ms();
        result = sink_write(&lines->dead_letters, left > 0 ? (int)left : 0, err);
    }
    if (result == MOOD_CONNECTOR_OK)
        lines->delivered = lines->published;
    return result;
}

/* Flushes: a program that reads the output should receive each batch when it is done. */
static mood_connector_result lines_commit(mood_connector *lines, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    (void)positions, (void)n, (void)timeout_ms;
    mood_connector_result result = lines_flush(lines, 0, err);
    return result == MOOD_CONNECTOR_RETRY ? MOOD_CONNECTOR_OK
                                          : result; /* the remaining bytes are written by the next call */
}

/* ---- open and close ------------------------------------------------------------------------------------------ */

static void close_fd(int fd) {
    if (fd > STDERR_FILENO)
        close(fd);
}

static mood_connector_result lines_close(mood_connector *lines, int timeout_ms, mood_error *err) {
    if (!lines)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = lines_flush(lines, timeout_ms, err);
    close_fd(lines->input);
    close_fd(lines->output.fd);
    close_fd(lines->dead_letters.fd);
    free(lines->input_name);
    free(lines->output_name);
    free(lines->dead_letters_name);
    free(lines->output.data);
    free(lines->dead_letters.data);
    free(lines->data);
    free(lines->records);
    free(lines);
    return result;
}

static mood_connector_result read_setting(mood_connector *lines, const mood_setting *setting, mood_error *err) {
    char **name = strcmp(setting->name, "input") == 0          ? &lines->input_name
                  : strcmp(setting->name, "output") == 0       ? &lines->output_name
                  : strcmp(setting->name, "dead-letters") == 0 ? &lines->dead_letters_name
                                                               : NULL;
    if (!name)
        return strcmp(setting->name, "end") == 0
                   ? MOOD_CONNECTOR_OK /* a file does not grow */
                   : fail(err, MOOD_ERR_ARGUMENT, "the lines connector has no such setting", setting->name);
    free(*name);
    *name = NULL;
    if (strcmp(setting->value, "-") != 0 && !(*name = strdup(setting->value)))
        return out_of_memory(err);
    return MOOD_CONNECTOR_OK;
}

/* A new file needs a directory with write permission. */
static bool can_make(const char *name) {
    char *copy = strdup(name);
    bool can = copy && access(dirname(copy), W_OK | X_OK) == 0;
    free(copy);
    return can;
}

static mood_connector_result open_sink(struct sink *sink, const char *name, int flags, mood_error *err) {
    *sink = (struct sink){.name = name, .flags = flags};
    sink->fd = open(name, O_WRONLY | O_CLOEXEC | (flags & O_APPEND));
    bool later = sink->fd < 0 && errno == ENOENT && can_make(name);
    return sink->fd < 0 && !later ? fail(err, MOOD_ERR_IO, strerror(errno), name) : MOOD_CONNECTOR_OK;
}

static bool is_same(int one, const char *one_name, int other, const char *other_name) {
    struct stat a, b;
    if (one >= 0 && other >= 0)
        return fstat(one, &a) == 0 && fstat(other, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
    return one < 0 && other < 0 && one_name && other_name && strcmp(one_name, other_name) == 0;
}

static mood_connector_result check_files(const mood_connector *lines, mood_error *err) {
    const struct sink *output = &lines->output, *dead = &lines->dead_letters;
    if (is_same(lines->input, NULL, output->fd, NULL))
        return fail(err, MOOD_ERR_ARGUMENT, "input and output are the same file", output->name);
    if (is_same(lines->input, NULL, dead->fd, NULL))
        return fail(err, MOOD_ERR_ARGUMENT, "input and dead letters are the same file", dead->name);
    if (is_same(output->fd, output->name, dead->fd, dead->name))
        return fail(err, MOOD_ERR_ARGUMENT, "output and dead letters are the same file", output->name);
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result open_files(mood_connector *lines, mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (lines->input_name && (lines->input = open(lines->input_name, O_RDONLY | O_CLOEXEC)) < 0)
        return fail(err, MOOD_ERR_IO, strerror(errno), lines->input_name);
    if (lines->output_name)
        result = open_sink(&lines->output, lines->output_name, O_TRUNC, err);
    if (lines->dead_letters_name && result == MOOD_CONNECTOR_OK)
        result = open_sink(&lines->dead_letters, lines->dead_letters_name, O_APPEND, err);
    return result == MOOD_CONNECTOR_OK ? check_files(lines, err) : result;
}

static mood_connector_result lines_open(const mood_connector_config *config, mood_connector **connector,
                                        mood_error *err) {
    if (config->size != sizeof *config)
        return fail(err, MOOD_ERR_CONNECTOR, "the host's configuration has another size", "lines");
    mood_connector *lines = calloc(1, sizeof *lines);
    if (!lines)
        return out_of_memory(err);
    lines->input = STDIN_FILENO;
    lines->output = (struct sink){.fd = STDOUT_FILENO, .name = "standard output"};
    lines->dead_letters.fd = -1;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (config->guarantee == MOOD_EXACTLY_ONCE) {
        mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL, "the lines connector has no transactions");
        result = MOOD_CONNECTOR_UNSUPPORTED;
    } else if (config->property_count) {
        result = fail(err, MOOD_ERR_ARGUMENT, "the lines connector has no properties", config->properties[0].name);
    }
    for (size_t i = 0; i < config->setting_count && result == MOOD_CONNECTOR_OK; i++)
        result = read_setting(lines, &config->settings[i], err);
    if (result == MOOD_CONNECTOR_OK)
        result = open_files(lines, err);
    if (result != MOOD_CONNECTOR_OK) {
        lines_close(lines, 0, NULL);
        return result;
    }
    *connector = lines;
    return MOOD_CONNECTOR_OK;
}

/* ---- other functions of the connector ---------------------------------------------------------------------- */

static mood_connector_result unsupported(mood_error *err) {
    mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL, "lines can't be aborted or read again");
    return MOOD_CONNECTOR_UNSUPPORTED;
}

static mood_connector_result lines_begin(mood_connector *lines, mood_error *err) {
    (void)lines;
    return unsupported(err);
}

static mood_connector_result lines_abort(mood_connector *lines, int timeout_ms, mood_error *err) {
    (void)lines, (void)timeout_ms;
    return unsupported(err);
}

static mood_connector_result lines_rewind(mood_connector *lines, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    (void)lines, (void)positions, (void)n, (void)timeout_ms;
    return unsupported(err);
}

static mood_connector_result lines_pause(mood_connector *lines, mood_error *err) {
    (void)err;
    lines->paused = true;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result lines_resume(mood_connector *lines, mood_error *err) {
    (void)err;
    lines->paused = false;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result lines_statistics(mood_connector *lines, mood_connector_statistics *statistics,
                                              mood_error *err) {
    (void)err;
    *statistics = (mood_connector_statistics){
        .size = sizeof *statistics,
        .assigned = true,
        .received = (uint64_t)lines->line,
        .published = lines->published,
        .delivered = lines->delivered,
        .in_flight = lines->published - lines->delivered,
    };
    return MOOD_CONNECTOR_OK;
}

static const char *const setting_names[] = {"input", "output", "dead-letters", "end", NULL};

static const mood_connector_type type = {
    .abi = MOOD_CONNECTOR_ABI,
    .size = sizeof(mood_connector_type),
    .name = "lines",
    .summary = "lines of a file or of standard input",
    .abilities = MOOD_CONNECTOR_PAUSE,
    .settings = setting_names,
    .open = lines_open,
    .poll = lines_poll,
    .release = lines_release,
    .publish = lines_publish,
    .flush = lines_flush,
    .begin = lines_begin,
    .commit = lines_commit,
    .abort = lines_abort,
    .rewind = lines_rewind,
    .pause = lines_pause,
    .resume = lines_resume,
    .statistics = lines_statistics,
    .close = lines_close,
};

const mood_connector_type *mood_connector_plugin(uint32_t host_abi, size_t host_size) {
    bool fits = host_abi == MOOD_CONNECTOR_ABI && host_size == sizeof(mood_connector_type);
    return fits ? &type : NULL;
}
