/* The connector of a run, with the deadline, the statistics and the log that each call needs. Within a run err is never
 * NULL, and is initialized with {0}. */
#ifndef STREAM_CHANNEL_H
#define STREAM_CHANNEL_H

#include "stream/counts.h"
#include "stream/deadline.h"
#include "stream/positions.h"

struct channel {
    const mood_stream_options *options;
    const mood_connector_type *type;
    mood_connector *connector; /* NULL: not open */
    struct deadline deadline;
    struct counts counts;
    double next_report;  /* on_statistics is due [clock_seconds] */
    bool failed;         /* the connector cannot continue */
    mood_stream_end end; /* how the run ends, once it is known */
};

/* Open the connector. The caller has initialized counts. */
mood_status channel_open(struct channel *channel, mood_error *err);
/* Close the connector, also if the result is an error. failed: the run has failed. */
mood_connector_result channel_close(struct channel *channel, bool failed, mood_error *err);

bool channel_can(const struct channel *channel, mood_connector_ability ability);
void channel_log(const struct channel *channel, mood_log_level level, const char *format, ...) MOOD_PRINTF(3, 4);

/* Call on_statistics: channel_report now, channel_tick if its interval has passed. */
void channel_report(struct channel *channel);
void channel_tick(struct channel *channel);

/* A call of the connector returned an error that ends the run. Sets *err if the connector did not; returns its status.
 */
mood_status channel_failed(struct channel *channel, mood_connector_result result, mood_error *err);

/* Commit, or rewind to, these positions; repeated while the connector returns RETRY, until the deadline expires or
 * `end` [clock_seconds; 0: none] has passed. *err is set unless the result is OK. */
mood_connector_result channel_commit(struct channel *channel, const struct positions *positions, double end,
                                     mood_error *err);
mood_connector_result channel_rewind(struct channel *channel, const struct positions *positions, mood_error *err);

#endif
