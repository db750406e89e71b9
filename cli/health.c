/* Liveness and readiness of a stream, for orchestrators. */
#include <inttypes.h>
#include <stdio.h>

#include "observer.h"

/* Opening and closing have time limits of their own. Between them the loop runs several times a second, or once per
 * batch. A restart costs more than a delay, so the limit leaves time for a slow batch. */
bool is_alive(const struct snapshot *snapshot, double now, char *reason, size_t size) {
    double silent = now - snapshot->at;
    bool runs = snapshot->statistics.size > 0 && !snapshot->stopping;
    if (runs && silent > STUCK_SECONDS) {
        snprintf(reason, size, "the stream's loop has been blocked for %.0f s", silent);
        return false;
    }
    snprintf(reason, size, "alive");
    return true;
}

bool is_ready(const struct snapshot *snapshot, double now, char *reason, size_t size) {
    const mood_connector_statistics *connector = &snapshot->statistics.connector;
    double idle = now - snapshot->progressed;
    bool ready = false;
    if (snapshot->stopping)
        snprintf(reason, size, "stopping");
    else if (snapshot->statistics.size == 0)
        snprintf(reason, size, "starting: the connector is not open yet");
    else if (!is_alive(snapshot, now, reason, size))
        return false;
    else if (!connector->assigned)
        snprintf(reason, size, "no partitions are assigned yet");
    else if (idle > STALLED_SECONDS)
        snprintf(reason, size, "stalled: lag %" PRId64 ", %" PRIu64 " in flight, no progress for %.0f s",
                 snapshot_lag(snapshot), connector->in_flight, idle);
    else {
        snprintf(reason, size, "ready");
        ready = true;
    }
    return ready;
}
