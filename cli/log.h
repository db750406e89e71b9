/* What the program says on standard error: a line an event, for a person or for a machine. */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include <jansson.h>
#include <stdbool.h>

#include "mood/status.h"

struct common;

enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };
enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DETAIL };

/* For the whole process; text until then. */
void log_use(enum log_format format);
bool log_is_text(void);

/* A string for a field, or for the page: text in whatever bytes, what is not UTF-8 as U+FFFD. NULL: out of memory. */
json_t *log_string(const char *text);

/* Notes are not said with -q, details only with -v; common NULL: anything is. fields is an object that is taken over,
 * or NULL; it says for machines what the message says for people. Never a record's text or key. */
void log_event(const struct common *common, enum log_level level, const char *event, json_t *fields, const char *format,
               ...) MOOD_PRINTF(5, 6);
void log_event_args(const struct common *common, enum log_level level, const char *event, json_t *fields,
                    const char *format, va_list args) MOOD_PRINTF(5, 0);

#endif
