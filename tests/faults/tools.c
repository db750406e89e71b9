/* Time, chance, words, processes. */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "faults.h"

volatile sig_atomic_t interrupted;

static const struct {
    enum mode mode;
    const char *name;
} modes[] = {{EXACTLY_ONCE, "exactly-once"}, {AT_LEAST_ONCE, "at-least-once"}, {AT_MOST_ONCE, "at-most-once"}};

const char *mode_name(enum mode mode) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].mode == mode)
            return modes[i].name;
    return "?";
}

enum mode mode_of(const char *name) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, name) == 0)
            return modes[i].mode;
    return 0;
}

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void nap(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

long chance(long from, long to) {
    return from + random() % (to - from);
}

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("faults: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(99);
}

void print_path(char *path, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path, size, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= size)
        die("a path is too long: %s", path);
}

int shell(const char *format, ...) {
    char command[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
