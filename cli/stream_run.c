/* Runs a stream, for scoring and for replay: connector, signals, log lines and exit status. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "stream.h"

mood_status stream_load_connector(struct stream_arguments *arguments, mood_error *err) {
    mood_status status = mood_connector_load(arguments->plugin, &arguments->options.connector, err);
    if (status == MOOD_OK)
        status = stream_check_properties(arguments, err);
    arguments->options.settings = arguments->settings;
    arguments->options.properties = arguments->properties;
    return status;
}

static volatile sig_atomic_t stop;
static atomic_llong stopped_at; /* milliseconds on the monotonic clock */

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first signal requests a stop, the second one forces it. */
static void on_signal(int number) {
    (void)number;
    if (!stop)
        atomic_store(&stopped_at, now_ms());
    stop = stop ? 2 : 1;
}

int stream_time_left(const struct stream_arguments *arguments, int most) {
    if (stop == 0)
        return most;
    long long left = stop > 1 ? 0 : atomic_load(&stopped_at) + arguments->options.deadline_ms - now_ms();
    return left < 0 ? 0 : left < most ? (int)left : most;
}

void stream_catch_signals(mood_stream_options *options) {
    struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART, so that blocking calls return */
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    options->stop = &stop;
}

void stream_log(const struct stream_arguments *arguments, mood_log_level level, const char *message) {
    static const enum log_level levels[] = {
        [MOOD_LOG_WARNING] = LOG_WARNING, [MOOD_LOG_NOTE] = LOG_NOTE, [MOOD_LOG_DETAIL] = LOG_DETAIL};
    log_event(&arguments->common, levels[level], "stream", NULL, "%s", message);
}

const char *plural(uint64_t n) {
    return n == 1 ? "" : "s";
}

int stream_exit(const struct stream_arguments *arguments, mood_status status, mood_stream_end end,
                const mood_error *err, const char *fate) {
    if (status != MOOD_OK) {
        int result = fail(&arguments->common, err);
        return end == MOOD_STREAM_FENCED ? EXIT_FENCED : result;
    }
    if (arguments->check)
        log_event(&arguments->common, LOG_NOTE, "check", NULL, "the check passed; nothing was read or written");
    if (end == MOOD_STREAM_DEADLINE)
        print_error("stopped at the deadline: records that were not delivered and acknowledged in time %s", fate);
    return end == MOOD_STREAM_DEADLINE ? EXIT_DEADLINE : EXIT_SUCCESS;
}
