/* sd_notify: sends datagrams to the service manager. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "notify.h"
#include "observer.h"
#include "secrets.h"

/* One message every few seconds: if the manager hangs, its queue fills, and sends block, only after many minutes.
 * The period is at most a third of the watchdog's timeout, so that one message may be late. */
enum { PERIOD = 5, PARTS = 3, MARGIN_SECONDS = 15 };

void notify_begin(struct notify *notify, int deadline_ms) {
    uint64_t watchdog = 0;
    const char *socket = getenv("NOTIFY_SOCKET");
    notify->enabled = socket && *socket;
    notify->period = PERIOD;
    notify->stop_us = (uint64_t)deadline_ms * 1000 + MARGIN_SECONDS * UINT64_C(1000000);
    notify->watched = sd_watchdog_enabled(0, &watchdog) > 0;
    notify->watchdog_us = watchdog;
    if (notify->watched && (double)watchdog / 1e6 / PARTS < PERIOD)
        notify->period = (double)watchdog / 1e6 / PARTS;
}

/* Send a line for systemctl status. This is called once per iteration of the loop, so it also serves as the
 * watchdog's keep-alive. */
static void send_state(const struct notify *notify, const mood_stream_statistics *now) {
    double seconds = now->seconds - notify->seconds;
    double rate = seconds > 0 ? (double)(now->received - notify->received) / seconds : 0;
    sd_notifyf(0,
               "%sWATCHDOG=1\nSTATUS=%s%" PRIu64 " records, %.0f records/s, lag %" PRId64 ", %" PRIu64 " dead letters",
               notify->ready ? "" : "READY=1\n", now->connector.assigned ? "" : "no partitions are assigned yet; ",
               now->received, rate, connector_lag(&now->connector), now->dead_letters);
}

/* Closing has its own time limit and sends no messages, so this asks the manager to extend the unit's limits by
 * that time. */
static void send_stopping(struct notify *notify) {
    char watchdog[48] = "";
    if (notify->watched && notify->watchdog_us < notify->stop_us)
        snprintf(watchdog, sizeof watchdog, "WATCHDOG_USEC=%" PRIu64 "\n", notify->stop_us);
    sd_notifyf(0,
               "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRIu64 "\n%sWATCHDOG=1\nSTATUS=stopping: delivering and "
               "committing the remaining records",
               notify->stop_us, watchdog);
    notify->stopping = true;
}

void notify_update(struct notify *notify, const mood_stream_statistics *now, bool stopping) {
    if (!notify->enabled || notify->stopping)
        return;
    if (!notify->ready || now->seconds >= notify->next) {
        send_state(notify, now);
        notify->ready = true;
        notify->next = now->seconds + notify->period;
        notify->seconds = now->seconds;
        notify->received = now->received;
    }
    if (stopping)
        send_stopping(notify);
}

void notify_failure(const struct notify *notify, const char *message) {
    char *shown = notify->enabled ? secrets_hide(message) : NULL;
    if (shown)
        sd_notifyf(0, "STATUS=%s", shown);
    free(shown);
}
