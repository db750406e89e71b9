/* sd_notify: a datagram to the service manager, which costs some microseconds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "notify.h"
#include "observer.h"

/* A message every few seconds: were the manager to hang, its queue would not be full, and hold us up, for many minutes.
 * Of the watchdog's time a third, so that one may come late. */
enum { PERIOD = 5, PARTS = 3 };

void notify_begin(struct notify *notify) {
    uint64_t watchdog = 0;
    const char *socket = getenv("NOTIFY_SOCKET");
    notify->heard = socket && *socket;
    notify->period = PERIOD;
    if (sd_watchdog_enabled(0, &watchdog) > 0 && (double)watchdog / 1e6 / PARTS < PERIOD)
        notify->period = (double)watchdog / 1e6 / PARTS;
}

static int64_t sum_lag(const mood_connector_statistics *connector) {
    int64_t sum = 0;
    for (size_t i = 0; i < connector->partition_count; i++) {
        int64_t lag = partition_lag(&connector->partitions[i]);
        sum += lag > 0 ? lag : 0;
    }
    return sum;
}

/* A line for systemctl status. The loop turns, or nobody would call this: that is all that the watchdog asks. */
static void tell_state(const struct notify *notify, const mood_stream_statistics *now) {
    double seconds = now->seconds - notify->seconds;
    double rate = seconds > 0 ? (double)(now->received - notify->received) / seconds : 0;
    sd_notifyf(0, "%sWATCHDOG=1\nSTATUS=%s%" PRIu64 " records, %.0f a second, %" PRId64 " behind, %" PRIu64
                  " dead letters",
               notify->ready ? "" : "READY=1\n", now->connector.assigned ? "" : "no partitions are assigned yet; ",
               now->received, rate, sum_lag(&now->connector), now->dead_letters);
}

/* Closing has a time limit of its own, and tells nothing: the watchdog's time begins anew with it. */
static void tell_stopping(struct notify *notify) {
    sd_notify(0, "STOPPING=1\nWATCHDOG=1\nSTATUS=stopping: what is in hand is delivered and committed");
    notify->stopping = true;
}

void notify_tell(struct notify *notify, const mood_stream_statistics *now, bool stopping) {
    if (!notify->heard || notify->stopping)
        return;
    if (!notify->ready || now->seconds >= notify->next) {
        tell_state(notify, now);
        notify->ready = true;
        notify->next = now->seconds + notify->period;
        notify->seconds = now->seconds;
        notify->received = now->received;
    }
    if (stopping)
        tell_stopping(notify);
}

void notify_reload(const struct notify *notify, bool begins) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t at = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    if (!notify->heard)
        return;
    if (begins)
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, at);
    else
        sd_notify(0, "READY=1");
}

void notify_failure(const struct notify *notify, const char *message) {
    if (notify->heard)
        sd_notifyf(0, "STATUS=%s", message);
}
