/* Log lines: plain text, logfmt (name=value), or JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "log.h"
#include "mood/text.h"
#include "secrets.h"
#include "terminal.h"

static enum log_format chosen = LOG_TEXT;

void log_use(enum log_format format) {
    chosen = format;
}

bool log_is_text(void) {
    return chosen == LOG_TEXT;
}

/* 2026-11-23T10:15:00.123Z */
static void write_time(char *text, size_t size) {
    struct timespec now;
    struct tm utc;
    char seconds[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, size, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
}

/* The text may contain any bytes, for example from a file name or a broker's message. */
json_t *log_string(const char *text) {
    char *shown = secrets_hide(text), *repaired = NULL;
    size_t size;
    json_t *string = NULL;
    if (shown && mood_text_repair((mood_text){shown, strlen(shown)}, &repaired, &size, NULL, NULL) == MOOD_OK)
        string = json_stringn(repaired, size);
    mood_free(repaired);
    free(shown);
    return string;
}

/* ts, level, event, msg, then the fields. NULL: out of memory. */
static json_t *make_line(enum log_level level, const char *event, const json_t *fields, const char *message) {
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    char now[64];
    write_time(now, sizeof now);
    json_t *line =
        json_pack("{ss ss ss so}", "ts", now, "level", levels[level], "event", event, "msg", log_string(message));
    if (line && fields)
        json_object_update_missing(line, (json_t *)fields);
    return line;
}

/* ---- logfmt ----------------------------------------------------------------------------------------- */

static bool is_plain(const char *text) {
    mood_text whole = {text, strlen(text)};
    size_t size;
    int32_t character;
    return whole.size > 0 && !strpbrk(text, " \"=\\") &&
           mood_text_find_control(whole, 0, &size, &character) == whole.size;
}

/* Plain strings are written unchanged, others as JSON strings. */
static void write_value(const char *name, const json_t *value, FILE *to) {
    const char *text = json_string_value(value);
    if (text && is_plain(text)) {
        fprintf(to, "%s=%s", name, text);
        return;
    }
    fprintf(to, "%s=", name);
    dump_json(to, value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
}

static void write_logfmt(json_t *line, FILE *to) {
    const char *name, *space = "";
    json_t *value;
    json_object_foreach(line, name, value) {
        fputs(space, to);
        write_value(name, value, to);
        space = " ";
    }
    fputc('\n', to);
}

/* ---- the three formats -------------------------------------------------------------------------------- */

/* One write per line, because other threads and processes write to the same stream. */
static void write_line(enum log_level level, const json_t *line, const char *message) {
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    if (chosen == LOG_TEXT) {
        fputs(level == LOG_WARNING ? "mood: warning: " : "mood: ", memory);
        print_message(memory, message);
        fputc('\n', memory);
    } else if (chosen == LOG_JSON) {
        dump_json(memory, line, JSON_COMPACT | JSON_REAL_PRECISION(6));
        fputc('\n', memory);
    } else
        write_logfmt((json_t *)line, memory);
    if (fclose(memory) == 0)
        fwrite(text, 1, size, stderr);
    free(text);
}

void log_event_args(const struct common *common, enum log_level level, const char *event, json_t *fields,
                    const char *format, va_list args) {
    char *message = NULL;
    bool said = !common || level == LOG_ERROR || (!common->quiet && (level != LOG_DETAIL || common->verbose));
    if (!said || vasprintf(&message, format, args) < 0)
        message = NULL;
    json_t *line = message && chosen != LOG_TEXT ? make_line(level, event, fields, message) : NULL;
    char *shown = message && chosen == LOG_TEXT ? secrets_hide(message) : NULL;
    if (line || shown)
        write_line(level, line, shown);
    json_decref(line);
    free(shown);
    free(message);
    json_decref(fields);
}

void log_event(const struct common *common, enum log_level level, const char *event, json_t *fields, const char *format,
               ...) {
    va_list args;
    va_start(args, format);
    log_event_args(common, level, event, fields, format, args);
    va_end(args);
}
