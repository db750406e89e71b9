/* Replaces notify.c in a build without libsystemd. */
#include "notify.h"

void notify_begin(struct notify *notify, int deadline_ms) {
    (void)notify;
    (void)deadline_ms;
}

void notify_update(struct notify *notify, const mood_stream_statistics *now, bool stopping) {
    (void)notify;
    (void)now;
    (void)stopping;
}

void notify_failure(const struct notify *notify, const char *message) {
    (void)notify;
    (void)message;
}
