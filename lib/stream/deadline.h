/* Requests to stop, and the time that is left after one. */
#ifndef STREAM_DEADLINE_H
#define STREAM_DEADLINE_H

#include <signal.h>
#include <stdbool.h>

struct deadline {
    const volatile sig_atomic_t *stop; /* mood_stream_options.stop; NULL: never */
    int total_ms;                      /* from the request to stop until the connector is closed */
    double end;                        /* [clock_seconds]; 0: no request seen yet */
};

/* Whether a stop is requested: accept no more records. Starts the deadline. */
bool deadline_stopping(struct deadline *deadline);

/* Whether a stop is requested and only the time to close the connector is left. Starts the deadline. */
bool deadline_expired(struct deadline *deadline);

/* The timeout of one call [ms]: at most `most`, and short enough for the deadline to be noticed. */
int deadline_step_ms(const struct deadline *deadline, int most);

/* The time for closing the connector [ms]. After a failed run it is shorter. */
int deadline_close_ms(const struct deadline *deadline, bool failed);

/* Sleep; ends early if a stop is requested. */
void deadline_sleep(struct deadline *deadline, double seconds);

#endif
