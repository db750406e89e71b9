/* Declarations that mood stream and mood replay share. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "command.h"
#include "mood/scorer.h"
#include "mood/stream.h"
#include "recipe_options.h"

/* Where an option was given. The command line takes precedence over files. */
enum origin { ORIGIN_NONE, ORIGIN_FILE, ORIGIN_COMMAND_LINE };

/* The settings from the command line and properties files. */
struct stream_arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *const *names; /* long options that a properties file may contain; ends with NULL */
    const char *plugin;
    char *model, *listen, *listen_host; /* `strings` owns all strings here */
    bool samples;                       /* --samples: the page may show texts */
    bool check, demo;
    enum origin dead_letters, on_error, text, field, keep; /* of options that exclude others; text: --format text */
    double report; /* interval of progress lines [seconds]; 0: only the last one */
    mood_stream_options options;
    mood_setting *settings, *properties; /* [options.setting_count], [options.property_count] */
    const char **files;                  /* [file_count]: the files of -F */
    size_t file_count;
    char **strings;
    size_t string_count;
};

/* Set the option `name`, one of arguments->names, replacing ${env:…} and ${file:…} in its value. Errors:
 * MOOD_ERR_ARGUMENT; for an unknown name the nearest is suggested. */
MOOD_MUST_CHECK mood_status stream_set(struct stream_arguments *arguments, const char *name, const char *value,
                                       enum origin origin, mood_error *err);

/* KEY=VALUE of -X or of a properties file. exposed: it is visible in the command line. */
MOOD_MUST_CHECK mood_status stream_set_property(struct stream_arguments *arguments, const char *key, const char *value,
                                                bool exposed, mood_error *err);

/* Add a setting of the connector. The name is borrowed, the value copied. */
MOOD_MUST_CHECK mood_status stream_add_setting(struct stream_arguments *arguments, const char *name, const char *value,
                                               mood_error *err);

/* Check that the connector's library knows each property; for an unknown one the nearest is suggested. */
MOOD_MUST_CHECK mood_status stream_check_properties(const struct stream_arguments *arguments, mood_error *err);

const char *stream_setting(const struct stream_arguments *arguments, const char *name); /* NULL: not set */
void stream_drop_setting(struct stream_arguments *arguments, const char *name);

/* Read a properties file: lines KEY=VALUE, comments with # or !, a backslash at the end of a line continues it,
 * escapes as in Java. At most 1 MiB. Errors: MOOD_ERR_ARGUMENT for an option, MOOD_ERR_IO or MOOD_ERR_FORMAT for
 * the file. */
MOOD_MUST_CHECK mood_status stream_read_file(struct stream_arguments *arguments, const char *path, mood_error *err);

/* placeholders.c: replace ${env:NAME} and ${file:PATH} in value, and $${ by ${. *filled is new; *hidden: a
 * placeholder was replaced. Errors: MOOD_ERR_ARGUMENT, and MOOD_ERR_IO or MOOD_ERR_FORMAT for a file; messages
 * contain the placeholder's name, but nothing else of the value. */
MOOD_MUST_CHECK mood_status placeholders_fill(const char *value, char **filled, bool *hidden, mood_error *err);

void stream_arguments_clear(struct stream_arguments *arguments);

/* ---- stream_parse.c: the command line ------------------------------------------------------------------------- */

/* Parse it, and the files that it names; check validates the result. False: wrong usage, which was reported. The
 * argp's parser is stream_parse_option; all its options except check, demo, -X and -F are in arguments->names. */
bool stream_parse(const struct argp *argp, void (*check)(struct argp_state *, struct stream_arguments *), int argc,
                  char **argv, struct stream_arguments *arguments);
/* For options that exclude each other: the command line takes precedence over a file; both in the same place is
 * wrong usage. */
void stream_resolve_conflict(struct argp_state *state, struct stream_arguments *arguments);
error_t stream_parse_option(int key, char *value, struct argp_state *state);
/* Children of mood stream's argp; recipe_option_table is among its options. */
extern const struct argp_child stream_children[];

/* ---- stream_help.c: --help for one connector ------------------------------------------------------------------ */

/* The argp for the first argument that names a connector; stream_argp if there is none. All of them parse the same
 * options. */
const struct argp *stream_argp_for_arguments(int argc, char **argv);

/* ---- stream_run.c: running a stream -------------------------------------------------------------------------- */

/* After parsing: load the connector and add its settings to the options. */
MOOD_MUST_CHECK mood_status stream_load_connector(struct stream_arguments *arguments, mood_error *err);

/* SIGTERM and SIGINT request a stop; the second signal forces it. */
void stream_catch_signals(mood_stream_options *options);

/* Milliseconds until the deadline of a stop, but at most `most`; 0 after a second signal. Without a stop: most. */
int stream_time_left(const struct stream_arguments *arguments, int most);

/* Log a line of the library. */
void stream_log(const struct stream_arguments *arguments, mood_log_level level, const char *message);

/* Print how the stream ended; returns the exit status. fate: what happens to unfinished records after the deadline. */
int stream_exit(const struct stream_arguments *arguments, mood_status status, mood_stream_end end,
                const mood_error *err, const char *fate);

/* mood stream kafka --demo; returns the exit status. */
int stream_demo(struct stream_arguments *arguments, mood_scorer *scorer);

/* The number with its noun: "1 record", "2 records". */
const char *plural(uint64_t n);

#endif
