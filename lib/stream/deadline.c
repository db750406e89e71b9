/* Requests to stop, and the time that is left after one. */
#include <poll.h>

#include "base/clock.h"
#include "stream/deadline.h"

/* A quarter of the time, but at most CLOSE_MS, is kept for closing. */
enum { FAILED_CLOSE_MS = 5000, CLOSE_MS = 2000, MIN_STEP_MS = 20, SLEEP_STEP_MS = 50 };

static bool stop_at_once(const struct deadline *deadline) {
    return deadline->stop && *deadline->stop > 1;
}

bool deadline_stopping(struct deadline *deadline) {
    if (!deadline->stop || *deadline->stop == 0)
        return false;
    if (deadline->end == 0)
        deadline->end = clock_seconds() + deadline->total_ms / 1e3;
    return true;
}

static int reserved_ms(const struct deadline *deadline) {
    int quarter = deadline->total_ms / 4;
    return quarter < CLOSE_MS ? quarter : CLOSE_MS;
}

bool deadline_expired(struct deadline *deadline) {
    return deadline_stopping(deadline) &&
           (stop_at_once(deadline) || clock_seconds() > deadline->end - reserved_ms(deadline) / 1e3);
}

int deadline_step_ms(const struct deadline *deadline, int most) {
    if (deadline->end == 0)
        return most;
    double left = (deadline->end - clock_seconds()) * 1e3 - reserved_ms(deadline);
    return left >= most ? most : left < MIN_STEP_MS ? MIN_STEP_MS : (int)left;
}

int deadline_close_ms(const struct deadline *deadline, bool failed) {
    int most = failed && deadline->total_ms > FAILED_CLOSE_MS ? FAILED_CLOSE_MS : deadline->total_ms;
    if (stop_at_once(deadline))
        return 0;
    if (deadline->end == 0)
        return most;
    double left = (deadline->end - clock_seconds()) * 1e3;
    return left < 0 ? 0 : left < most ? (int)left : most;
}

void deadline_sleep(struct deadline *deadline, double seconds) {
    double end = clock_seconds() + seconds, left;
    while ((left = end - clock_seconds()) > 0 && !deadline_stopping(deadline))
        poll(NULL, 0, left * 1e3 < SLEEP_STEP_MS ? (int)(left * 1e3) + 1 : SLEEP_STEP_MS);
}
