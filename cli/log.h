/* Log of the program on standard error: one line per event, as text or in a machine-readable format. */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include <jansson.h>
#include <stdbool.h>

#include "mood/status.h"

struct common;

enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };
enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DETAIL };

/* Set the format for the whole process. The default is text. */
void log_use(enum log_format format);
bool log_is_text(void);

/* A JSON string for a field or the page: bytes that are not UTF-8 become U+FFFD. NULL: out of memory. */
json_t *log_string(const char *text);

/* -q suppresses notes, details need -v; with common NULL everything is logged. fields: an object whose ownership is
 * taken, or NULL; it contains the message's data for machines. Must not contain a record's text or key. */
void log_event(const struct common *common, enum log_level level, const char *event, json_t *fields, const char *format,
               ...) MOOD_PRINTF(5, 6);
void log_event_args(const struct common *common, enum log_level level, const char *event, json_t *fields,
                    const char *format, va_list args) MOOD_PRINTF(5, 0);

#endif
