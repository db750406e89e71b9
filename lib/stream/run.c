/* The stream: take a batch in, process it, again, until something ends it. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stream/run.h"

/* What failed does not deserve the whole deadline; and what is stopped keeps a quarter of it, but no more than
 * this, for closing. */
enum { FAILED_CLOSE_MS = 5000, CLOSE_MS = 2000, REWIND_MS = 1000, LEAST_STEP_MS = 20, MOST_WAIT_MS = 5000 };

double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what the other files of a run need ------------------------------------------------------------------ */

bool run_stopping(struct run *run) {
    if (!run->options->stop || *run->options->stop == 0)
        return false;
    if (run->deadline == 0)
        run->deadline = clock_seconds() + run->options->deadline_ms / 1e3;
    return true;
}

static int closing_ms(const struct run *run) {
    int quarter = run->options->deadline_ms / 4;
    return quarter < CLOSE_MS ? quarter : CLOSE_MS;
}

bool run_forced(struct run *run) {
    if (!run->options->stop)
        return false;
    return *run->options->stop > 1 || (run->deadline > 0 && clock_seconds() > run->deadline - closing_ms(run) / 1e3);
}

int run_step_ms(const struct run *run, int most) {
    double left = run->deadline == 0 ? most : (run->deadline - clock_seconds()) * 1e3 - closing_ms(run);
    return left >= most ? most : left < LEAST_STEP_MS ? LEAST_STEP_MS : (int)left;
}

bool run_can(const struct run *run, mood_connector_ability ability) {
    return (run->type->abilities & ability) != 0;
}

void run_log(const struct run *run, mood_log_level level, const char *format, ...) {
    if (!run->options->log)
        return;
    char message[MOOD_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    run->options->log(level, message, run->options->user);
}

static void tell_statistics(struct run *run) {
    mood_stream_statistics told = run->statistics;
    told.size = sizeof told;
    told.labels = run->labels;
    told.label_count = run->judge->head.labels;
    told.seconds = clock_seconds() - run->start;
    told.connector = (mood_connector_statistics){.size = sizeof told.connector};
    transaction_tell(run, &told);
    if (run->type->statistics(run->connector, &told.connector, NULL) == MOOD_CONNECTOR_OK)
        run->options->on_statistics(&told, run->options->user);
}

void run_tick(struct run *run) {
    if (!run->options->on_statistics || run->options->statistics_ms <= 0 || clock_seconds() < run->next_statistics)
        return;
    run->next_statistics = clock_seconds() + run->options->statistics_ms / 1e3;
    tell_statistics(run);
}

void run_nap(struct run *run, double seconds) {
    double end = clock_seconds() + seconds, left;
    while ((left = end - clock_seconds()) > 0 && !run_stopping(run))
        poll(NULL, 0, left < 0.05 ? (int)(left * 1e3) + 1 : 50);
}

bool run_note_beginnings(struct run *run, size_t first, struct positions *positions) {
    for (size_t i = first; i < run->count; i++) {
        const mood_position *at = &run->records[i].position;
        if (!positions_find(positions, at) && !positions_set(positions, at, at->offset))
            return false;
    }
    return true;
}

mood_connector_result run_rewind(struct run *run, const struct positions *positions, mood_error *err) {
    mood_connector_result result;
    do {
        result = run->type->rewind(run->connector, positions->list, positions->count, run_step_ms(run, REWIND_MS), err);
        run_tick(run);
    } while (result == MOOD_CONNECTOR_RETRY && !(run_stopping(run) && run_forced(run)));
    return result;
}

mood_status run_failed(struct run *run, mood_connector_result result, mood_error *err) {
    run->failed = true;
    run->end = result == MOOD_CONNECTOR_FENCED ? MOOD_STREAM_FENCED : MOOD_STREAM_FAILED;
    if (err->status == MOOD_OK)
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the connector '%s' failed", run->type->name);
    return err->status;
}

/* ---- before and after ------------------------------------------------------------------------------------ */

static mood_status check(const mood_stream_options *options, mood_error *err) {
    if (!options || options->size != sizeof *options)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the options are not a mood_stream_options of this library's version");
    mood_status status = mood_connector_check(options->connector, err);
    if (status != MOOD_OK)
        return status;
    const uint32_t needed = MOOD_CONNECTOR_TRANSACTIONS | MOOD_CONNECTOR_REWIND;
    if (options->guarantee == MOOD_EXACTLY_ONCE && (options->connector->abilities & needed) != needed)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "the connector '%s' has no transactions, so it can't do exactly-once",
                              options->connector->name);
    if (options->batch == 0 || options->batch > 1 << 20 || options->wait_ms < 0 || options->deadline_ms < 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "batch must be 1 to %d, and waiting times must not be negative", 1 << 20);
    if (options->guarantee == MOOD_EXACTLY_ONCE && options->wait_ms > MOST_WAIT_MS)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "with exactly-once a batch waits at most %d ms, so that its transaction does not time "
                              "out",
                              MOST_WAIT_MS);
    if (options->keep && options->format != MOOD_FORMAT_JSON)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the input can be kept only if it is a JSON object (format json)");
    if (!options->field || !options->member)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "field and member need names");
    if (options->keep && strcmp(options->field, options->member) == 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the member to add ('%s') is the one with the text; choose another name with --member",
                              options->member);
    return MOOD_OK;
}

static mood_status open_connector(const mood_stream_options *options, mood_connector **connector, mood_error *err) {
    const mood_connector_config config = {
        .size = sizeof config,
        .guarantee = options->guarantee,
        .instance = options->instance,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .properties = options->properties,
        .property_count = options->property_count,
        .log = options->log,
        .user = options->user,
        .stop = options->stop,
    };
    if (options->connector->open(&config, connector, err) == MOOD_CONNECTOR_OK)
        return MOOD_OK;
    if (err->status == MOOD_OK)
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the connector '%s' can't be opened",
                       options->connector->name);
    return err->status;
}

static mood_status set_up(struct run *run, mood_error *err) {
    size_t batch = run->options->batch;
    run->statistics.batch_sizes = histogram_of_sizes();
    run->statistics.batch_waits = histogram_of_seconds();
    run->statistics.inference = histogram_of_seconds();
    run->statistics.end_to_end = histogram_of_seconds();
    run->records = calloc(batch, sizeof *run->records);
    run->items = calloc(batch, sizeof *run->items);
    run->texts = calloc(batch, sizeof *run->texts);
    run->scores = reallocarray(NULL, batch, run->judge->head.outputs * sizeof *run->scores);
    run->labels = calloc(run->judge->head.labels, sizeof *run->labels);
    run->labels_before = calloc(run->judge->head.labels, sizeof *run->labels_before);
    if (!run->records || !run->items || !run->texts || !run->scores || !run->labels || !run->labels_before)
        return error_no_memory(err);
    mood_status status =
        result_writer_init(&run->writer, &run->judge->head, run->judge->labels, run->options->member, err);
    return status == MOOD_OK ? open_connector(run->options, &run->connector, err) : status;
}

static void clean_up(struct run *run) {
    result_writer_clear(&run->writer);
    bytes_free(&run->value);
    free(run->headers);
    positions_free(&run->transaction.began);
    positions_free(&run->positions);
    free(run->labels_before);
    free(run->labels);
    free(run->scores);
    free(run->texts);
    free(run->items);
    free(run->records);
}

/* ---- the loop ---------------------------------------------------------------------------------------------- */

/* Revoked partitions: what is in hand has been processed; let it arrive while there is time. The next poll
 * hands them over. */
static mood_status drain_revoked(struct run *run, mood_error *err) {
    bool flushed;
    if (run->revoke_end == 0)
        return MOOD_OK;
    mood_status status = outlet_flush(run, run->revoke_end, &flushed, err);
    run->revoke_end = 0;
    return status;
}

static mood_status loop(struct run *run, mood_error *err) {
    mood_status status = MOOD_OK;
    while (!run_stopping(run) && !run->input_ended && status == MOOD_OK) {
        if ((status = transaction_begin(run, err)) == MOOD_OK)
            status = intake_collect(run, err);
        bool idle = run->count == 0;
        if (status == MOOD_OK && !idle && !run->transaction.broken)
            status = batch_process(run, err);
        if (status == MOOD_OK)
            status = transaction_settle(run, idle, err);
        if (status == MOOD_OK)
            status = drain_revoked(run, err);
        run_tick(run);
    }
    return status;
}

static int time_to_close(const struct run *run, mood_status status) {
    if (run->options->stop && *run->options->stop > 1)
        return 0;
    int most = status == MOOD_OK || run->options->deadline_ms < FAILED_CLOSE_MS ? run->options->deadline_ms
                                                                                : FAILED_CLOSE_MS;
    if (run->deadline == 0)
        return most;
    double left = (run->deadline - clock_seconds()) * 1e3;
    return left < 0 ? 0 : left < most ? (int)left : most;
}

/* Let everything arrive, acknowledge it, leave. */
static mood_status finish(struct run *run, mood_status status, mood_error *err) {
    bool flushed = false;
    intake_release(run);
    mood_error unsettled = {0};
    if (!run->failed && transaction_settle(run, true, &unsettled) != MOOD_OK && status == MOOD_OK) {
        *err = unsettled;
        status = err->status;
    }
    if (status == MOOD_OK)
        status = outlet_flush(run, 0, &flushed, err);
    if (run->options->on_statistics)
        tell_statistics(run);
    if (status != MOOD_OK) /* the caller reports the error */
        run_log(run, MOOD_LOG_NOTE, "the stream failed; closing the connector '%s'", run->type->name);
    mood_error late = {0};
    mood_connector_result closed = run->type->close(run->connector, time_to_close(run, status), &late);
    if (status != MOOD_OK)
        return status;
    if (!flushed || closed == MOOD_CONNECTOR_RETRY || transaction_has_content(run)) {
        run->end = MOOD_STREAM_DEADLINE;
        return MOOD_OK;
    }
    if (closed != MOOD_CONNECTOR_OK) {
        *err = late;
        return run_failed(run, closed, err);
    }
    run->end = run->input_ended ? MOOD_STREAM_INPUT_ENDED : MOOD_STREAM_STOPPED;
    return MOOD_OK;
}

mood_status stream_run(const mood_stream_options *options, struct judge *judge, const mood_replay *replay,
                       mood_stream_end *end, mood_error *err) {
    mood_error failure = {.status = MOOD_OK};
    struct run run = {.options = options, .judge = judge, .replay = replay, .start = clock_seconds()};
    mood_status status = check(options, &failure);
    if (status == MOOD_OK) {
        run.type = options->connector;
        status = set_up(&run, &failure);
        if (status == MOOD_OK)
            status = finish(&run, loop(&run, &failure), &failure);
        else if (status == MOOD_ERR_STOPPED) { /* nothing was in hand yet */
            run.end = MOOD_STREAM_STOPPED;
            status = MOOD_OK;
        }
        clean_up(&run);
    }
    if (end)
        *end = run.end;
    if (status != MOOD_OK && err)
        *err = failure;
    return status;
}

mood_status mood_stream_check(const mood_stream_options *options, mood_error *err) {
    mood_connector *connector = NULL;
    mood_error failure = {.status = MOOD_OK};
    mood_status status = check(options, &failure);
    if (status == MOOD_OK)
        status = open_connector(options, &connector, &failure);
    if (status == MOOD_OK)
        options->connector->close(connector, options->deadline_ms, NULL);
    else if (err)
        *err = failure;
    return status;
}
