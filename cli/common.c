/* Options that all commands have, and messages. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "log.h"
#include "mood/mood.h"
#include "secrets.h"
#include "terminal.h"

/* Not letters: commands use -d and -j for other options. */
enum { OPTION_DEVICE = 0x1000, OPTION_JSON, OPTION_USAGE };

/* ---- help options ----------------------------------------------------------------------------------- */

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, "show this list of options", -1},
    {NULL, '?', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, -1},
    {"usage", OPTION_USAGE, NULL, 0, "show the options in short", -1},
    {"version", 'V', NULL, 0, "show the version", -1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_help_option(int key, char *argument, struct argp_state *state) {
    (void)argument;
    switch (key) {
    case 'h':
    case '?': argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP); return 0;
    case OPTION_USAGE: argp_state_help(state, state->out_stream, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK); return 0;
    case 'V': fprintf(state->out_stream, "mood %s\n", mood_version()); exit(EXIT_SUCCESS);
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp help_argp = {.options = help_options, .parser = parse_help_option};

static const struct argp_child help_children[] = {
    {&help_argp, 0, NULL, -1},
    {NULL, 0, NULL, 0},
};

/* ---- common options --------------------------------------------------------------------------------- */

static const struct argp_option options[] = {
    {"device", OPTION_DEVICE, "INDEX|TYPE|NAME", 0,
     "run on this OpenCL device: its number in mood devices, its type (cpu, gpu, accelerator), or a part of its name",
     0},
    {"json", OPTION_JSON, NULL, 0, "write JSON: one object, or one per record", 0},
    {"quiet", 'q', NULL, 0, "print nothing but errors", 0},
    {"verbose", 'v', NULL, 0, "print more", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct common *common = state->input;
    switch (key) {
    case OPTION_DEVICE: common->device = argument; return 0;
    case OPTION_JSON: common->json = true; return 0;
    case 'q': common->quiet = true; return 0;
    case 'v': common->verbose = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp common_argp = {.options = options, .parser = parse_option, .children = help_children};

const struct argp_child common_children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {NULL, 0, NULL, 0},
};

size_t parse_count(struct argp_state *state, const char *option, const char *text, size_t least, size_t most) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool digits = *text >= '0' && *text <= '9' && *end == '\0'; /* strtoull would also accept " -1" */
    if (!digits || errno || value < least || value > most)
        argp_error(state, "%s takes a whole number from %zu to %zu, not '%s'", option, least, most, text);
    return (size_t)value;
}

double parse_real(struct argp_state *state, const char *option, const char *text, double least, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < least || value > most)
        argp_error(state, "%s takes a number from %g to %g, not '%s'", option, least, most, text);
    return value;
}

char parse_character(struct argp_state *state, const char *option, const char *text) {
    if (strlen(text) != 1 || !ispunct((unsigned char)*text))
        argp_error(state, "%s takes one character such as | or ;, not '%s'", option, text);
    return *text;
}

size_t terminal_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* ---- messages --------------------------------------------------------------------------------------- */

static void print_line(const struct common *common, enum log_level level, const char *format, va_list args) {
    if (!log_is_text()) {
        log_event_args(common, level, "note", NULL, format, args);
        return;
    }
    char *message = NULL;
    char *shown = vasprintf(&message, format, args) < 0 ? NULL : secrets_hide(message);
    if (shown) {
        print_message(stderr, shown);
        fputc('\n', stderr);
    }
    free(shown);
    free(message);
}

void print_note(const struct common *common, const char *format, ...) {
    if (common->quiet)
        return;
    va_list args;
    va_start(args, format);
    print_line(common, LOG_NOTE, format, args);
    va_end(args);
}

void print_skipped_metrics(const struct common *common, const char *path, const mood_model *model) {
    const char *skipped = mood_model_get_skipped_metrics(model);
    if (*skipped)
        print_note(common, "mood: %s: skipping metrics of the file that mood does not support: %s", path, skipped);
}

void print_detail(const struct common *common, const char *format, ...) {
    if (common->quiet || !common->verbose)
        return;
    va_list args;
    va_start(args, format);
    print_line(common, LOG_DETAIL, format, args);
    va_end(args);
}

const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void print_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    log_event_args(NULL, LOG_ERROR, "error", NULL, format, args);
    va_end(args);
}

int fail(const struct common *common, const mood_error *err) {
    print_error("%s", err->message);
    bool typed = err->status == MOOD_ERR_ARGUMENT || (err->status == MOOD_ERR_NO_DEVICE && common->device);
    return typed ? EXIT_USAGE : EXIT_FAILURE;
}

void announce_new_device(const struct common *common, const char *selector) {
    if (!common->quiet && isatty(STDERR_FILENO) && mood_device_is_new(selector))
        print_note(common,
                   "first use of this device and driver: building and testing its kernels, which takes some seconds");
}

mood_status open_device(const struct common *common, mood_device **device, mood_error *err) {
    announce_new_device(common, common->device);
    mood_status status = mood_device_open(common->device, device, err);
    if (status == MOOD_OK) {
        const mood_device_info *info = mood_device_get_info(*device);
        print_detail(common, "device: %s (%s)", info->name, info->platform);
    }
    return status;
}
