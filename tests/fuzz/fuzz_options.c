/* Bytes from outside as an options file of mood stream, placeholders in its values included. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stream.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *const names[] = {
    "model",     "brokers",  "input",    "output",  "dead-letters", "batch",  "wait",    "format", "field", "keep",
    "guarantee", "on-error", "deadline", "samples", "device",       "labels", "padding", "maxlen", NULL};

/* What was set is text, and no placeholder was left in it that was understood. */
static void check(const struct stream_arguments *arguments) {
    for (size_t i = 0; i < arguments->options.property_count; i++)
        if (!arguments->properties[i].name || !arguments->properties[i].value)
            abort();
    for (size_t i = 0; i < arguments->options.setting_count; i++)
        if (!stream_setting(arguments, arguments->settings[i].name))
            abort();
    if (arguments->options.batch < 1 || arguments->options.wait_ms < 0 || arguments->options.deadline_ms < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    struct stream_arguments arguments = {.options = MOOD_STREAM_OPTIONS, .recipe = RECIPE_ARGUMENTS, .names = names};
    char path[64];
    mood_error err;
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        exit(2);
    setenv("MOOD_FUZZ", "${file:/dev/null}", 1); /* what was filled in is not filled again */
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (stream_read_file(&arguments, path, &err) == MOOD_OK)
        check(&arguments);
    else if (!err.message[0])
        abort();
    stream_arguments_clear(&arguments);
    close(file);
    return 0;
}
