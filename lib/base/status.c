/* Errors as values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "mood/status.h"
#include "base/printable.h"

/* A message that was cut may end inside a UTF-8 character: go back to its edge. */
static void trim_to_character(char *message) {
    size_t size = strlen(message);
    if (size + 1 < MOOD_MESSAGE_SIZE)
        return;
    size_t start = size;
    while (start > 0 && ((unsigned char)message[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)message[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (size - (start - 1) < wanted)
        message[start - 1] = '\0';
}

mood_status mood_error_set(mood_error *err, mood_status status, mood_error_class error_class, const char *format, ...) {
    if (!err)
        return status;
    va_list args;
    va_start(args, format);
    if (vsnprintf(err->message, sizeof err->message, format, args) < 0)
        err->message[0] = '\0';
    va_end(args);
    trim_to_character(err->message);
    text_blank_controls(err->message);
    err->status = status;
    err->error_class = error_class;
    return status;
}

void mood_error_prefix(mood_error *err, const char *format, ...) {
    if (!err)
        return;
    char rest[MOOD_MESSAGE_SIZE];
    memcpy(rest, err->message, sizeof rest);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (used < 0)
        used = 0;
    if ((size_t)used < sizeof err->message)
        snprintf(err->message + used, sizeof err->message - (size_t)used, ": %s", rest);
    trim_to_character(err->message);
    text_blank_controls(err->message);
}

const char *mood_status_name(mood_status status) {
    switch (status) {
    case MOOD_OK: return "ok";
    case MOOD_ERR_ARGUMENT: return "bad argument";
    case MOOD_ERR_MEMORY: return "out of memory";
    case MOOD_ERR_IO: return "input/output error";
    case MOOD_ERR_FORMAT: return "bad format";
    case MOOD_ERR_SHAPE: return "sizes do not fit";
    case MOOD_ERR_UNSUPPORTED: return "not supported";
    case MOOD_ERR_NO_DEVICE: return "no such device";
    case MOOD_ERR_DEVICE: return "device error";
    case MOOD_ERR_STATE: return "called out of order";
    case MOOD_ERR_STOPPED: return "stopped";
    case MOOD_ERR_CONNECTOR: return "connector error";
    }
    return "unknown status";
}

void mood_free(void *memory) {
    free(memory);
}

const char *mood_version(void) {
    return PACKAGE_VERSION;
}
