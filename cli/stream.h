/* What mood stream's files share. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "command.h"
#include "mood/scorer.h"
#include "mood/stream.h"

/* What the user asked for, from the command line and properties files. */
struct stream_arguments {
    struct common common;
    const char *plugin;
    char *model, *tokenizer, *listen; /* all strings here belong to `strings` */
    bool samples; /* the page may show texts */
    bool check, demo, dead_letters, on_error, text; /* text: --format text was said */
    double report; /* seconds between progress lines; 0: none but the last */
    mood_stream_options options;
    mood_setting *settings, *properties; /* [options.setting_count], [options.property_count] */
    char **strings;
    size_t string_count;
};

/* Long options that take part in properties files; the last is NULL. */
extern const char *const stream_option_names[];

/* Set one option by its long name, resolving ${env:…} and ${file:…} in its value. exposed: it stood in the
 * command line. Errors: MOOD_ERR_ARGUMENT, naming the nearest option where there is none of that name. */
MOOD_MUST_CHECK mood_status stream_set(struct stream_arguments *arguments, const char *name, const char *value,
                                       bool exposed, mood_error *err);

/* KEY=VALUE of -X, and of a properties file. */
MOOD_MUST_CHECK mood_status stream_set_property(struct stream_arguments *arguments, const char *key,
                                                const char *value, bool exposed, mood_error *err);

/* Whether the connector's library knows each property; an unknown one's nearest is named. */
MOOD_MUST_CHECK mood_status stream_check_properties(const struct stream_arguments *arguments, mood_error *err);

const char *stream_setting(const struct stream_arguments *arguments, const char *name); /* NULL: not set */

/* A properties file: KEY=VALUE lines, # and ! comments, a backslash at a line's end goes on, and
 * Java's escapes. */
MOOD_MUST_CHECK mood_status stream_read_file(struct stream_arguments *arguments, const char *path, mood_error *err);

void stream_arguments_clear(struct stream_arguments *arguments);

/* mood stream kafka --demo; returns the exit status. */
int stream_demo(struct stream_arguments *arguments, mood_scorer *scorer);

/* Count words: "1 record", "2 records". */
const char *plural(uint64_t n);

#endif
