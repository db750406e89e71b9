/* Reports the state of a stream to systemd: ready, statistics, watchdog keep-alive, stopping. Nothing is sent if
 * NOTIFY_SOCKET is not set or mood was built without libsystemd. All calls come from the stream's thread. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include <stdbool.h>

#include "mood/stream.h"

/* State of the notifications. Initialize with {0}. */
struct notify {
    bool enabled;         /* NOTIFY_SOCKET is set */
    bool ready, stopping; /* sent once each */
    double period, next;  /* seconds between two messages, and the time of the next */
    double seconds;       /* time of the last message */
    uint64_t received;    /* records received until then */
    uint64_t stop_us;     /* time limit of a stop [microseconds] */
    bool watched;         /* the watchdog is enabled */
    uint64_t watchdog_us; /* its timeout [microseconds] */
};

/* deadline_ms: time limit of a stop. */
void notify_begin(struct notify *notify, int deadline_ms);

/* Call with each update of the statistics. The first call reports that the stream is ready: its connector is open. */
void notify_update(struct notify *notify, const mood_stream_statistics *now, bool stopping);

/* The status text that the manager shows for a failed stream. */
void notify_failure(const struct notify *notify, const char *message);

#endif
