/* The connector of a run. */
#include <stdio.h>

#include "base/clock.h"
#include "stream/channel.h"

enum { COMMIT_MS = 500, REWIND_MS = 1000 };

mood_status channel_open(struct channel *channel, mood_error *err) {
    const mood_stream_options *options = channel->options;
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
    if (channel->type->open(&config, &channel->connector, err) == MOOD_CONNECTOR_OK)
        return MOOD_OK;
    if (err->status == MOOD_OK)
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the connector '%s' can't be opened",
                       channel->type->name);
    return err->status;
}

mood_connector_result channel_close(struct channel *channel, bool failed, mood_error *err) {
    mood_connector *connector = channel->connector;
    channel->connector = NULL;
    return channel->type->close(connector, deadline_close_ms(&channel->deadline, failed), err);
}

bool channel_can(const struct channel *channel, mood_connector_ability ability) {
    return (channel->type->abilities & ability) != 0;
}

void channel_log(const struct channel *channel, mood_log_level level, const char *format, ...) {
    if (!channel->options->log)
        return;
    char message[MOOD_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    channel->options->log(level, message, channel->options->user);
}

/* ---- statistics ------------------------------------------------------------------------------------------ */

void channel_report(struct channel *channel) {
    if (!channel->options->on_statistics)
        return;
    mood_stream_statistics report = counts_report(&channel->counts);
    report.connector = (mood_connector_statistics){.size = sizeof report.connector};
    if (channel->type->statistics(channel->connector, &report.connector, NULL) == MOOD_CONNECTOR_OK)
        channel->options->on_statistics(&report, channel->options->user);
}

void channel_tick(struct channel *channel) {
    int interval_ms = channel->options->statistics_ms;
    if (!channel->options->on_statistics || interval_ms <= 0 || clock_seconds() < channel->next_report)
        return;
    channel->next_report = clock_seconds() + interval_ms / 1e3;
    channel_report(channel);
}

/* ---- results of calls --------------------------------------------------------------------------------------- */

mood_status channel_failed(struct channel *channel, mood_connector_result result, mood_error *err) {
    channel->failed = true;
    channel->end = result == MOOD_CONNECTOR_FENCED ? MOOD_STREAM_FENCED : MOOD_STREAM_FAILED;
    if (err->status == MOOD_OK)
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the connector '%s' failed", channel->type->name);
    return err->status;
}

/* commit and rewind of a connector have the same parameters. */
typedef mood_connector_result (*positions_call)(mood_connector *connector, const mood_position *positions, size_t n,
                                                int timeout_ms, mood_error *err);

static mood_connector_result repeat(struct channel *channel, positions_call call, const struct positions *positions,
                                    int step_ms, double end, mood_error *err) {
    mood_connector_result result;
    mood_error failure;
    do {
        failure = (mood_error){0};
        result = call(channel->connector, positions->list, positions->count,
                      deadline_step_ms(&channel->deadline, step_ms), &failure);
        channel_tick(channel);
    } while (result == MOOD_CONNECTOR_RETRY && !deadline_expired(&channel->deadline) &&
             (end == 0 || clock_seconds() <= end));
    if (result != MOOD_CONNECTOR_OK)
        *err = failure;
    return result;
}

mood_connector_result channel_commit(struct channel *channel, const struct positions *positions, double end,
                                     mood_error *err) {
    return repeat(channel, channel->type->commit, positions, COMMIT_MS, end, err);
}

mood_connector_result channel_rewind(struct channel *channel, const struct positions *positions, mood_error *err) {
    return repeat(channel, channel->type->rewind, positions, REWIND_MS, 0, err);
}
