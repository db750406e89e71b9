/* Tell the service manager how a stream is, in systemd's way: ready, what it does, that its loop turns, that it stops.
 * Where nobody asked for it (no NOTIFY_SOCKET in the environment), or mood was built without libsystemd, nothing is
 * sent. All from the stream's thread. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include <stdbool.h>

#include "mood/stream.h"

/* What was told. Begins as {0}. */
struct notify {
    bool heard;           /* somebody listens */
    bool ready, stopping; /* said once each */
    double period, next;  /* seconds of the stream between two messages, and when the next is due */
    double seconds;       /* of the last message, */
    uint64_t received;    /* and the records until then */
    uint64_t stop_us;     /* what a stop may take */
    bool watched;         /* there is a watchdog, */
    uint64_t watchdog_us; /* that waits so long */
};

/* deadline_ms: that of a stop. */
void notify_begin(struct notify *notify, int deadline_ms);

/* With each of the stream's statistics. The first says that the stream is ready: its connector is open. */
void notify_tell(struct notify *notify, const mood_stream_statistics *now, bool stopping);

/* What the manager shows of a stream that failed. */
void notify_failure(const struct notify *notify, const char *message);

#endif
