/* What the files of mood stream and mood replay share. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "command.h"
#include "mood/scorer.h"
#include "mood/stream.h"
#include "recipe_options.h"

/* Where an option stood. What stood in the command line goes over what a file says. */
enum said { UNSAID, SAID_IN_FILE, SAID_IN_COMMAND_LINE };

/* What the user asked for, from the command line and properties files. */
struct stream_arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *const *names; /* long options that a properties file may have; the last is NULL */
    const char *plugin;
    char *model, *listen, *listen_host; /* all strings here belong to `strings` */
    bool samples;                       /* the page may show texts */
    bool check, demo;
    enum said dead_letters, on_error, text, field, keep; /* of options that exclude others; text: --format text */
    double report;                                       /* seconds between progress lines; 0: none but the last */
    mood_stream_options options;
    mood_setting *settings, *properties; /* [options.setting_count], [options.property_count] */
    const char **files;                  /* [file_count]: those of -F */
    size_t file_count;
    char **strings;
    size_t string_count;
};

/* Set one of arguments->names by its long name, resolving ${env:…} and ${file:…} in its value. Errors:
 * MOOD_ERR_ARGUMENT, naming the nearest option where there is none of that name. */
MOOD_MUST_CHECK mood_status stream_set(struct stream_arguments *arguments, const char *name, const char *value,
                                       enum said said, mood_error *err);

/* KEY=VALUE of -X, and of a properties file. exposed: it stood in the command line. */
MOOD_MUST_CHECK mood_status stream_set_property(struct stream_arguments *arguments, const char *key, const char *value,
                                                bool exposed, mood_error *err);

/* A setting of the connector's that is no option; its name is kept as it is, its value copied. */
MOOD_MUST_CHECK mood_status stream_add_setting(struct stream_arguments *arguments, const char *name, const char *value,
                                               mood_error *err);

/* Whether the connector's library knows each property; an unknown one's nearest is named. */
MOOD_MUST_CHECK mood_status stream_check_properties(const struct stream_arguments *arguments, mood_error *err);

const char *stream_setting(const struct stream_arguments *arguments, const char *name); /* NULL: not set */
void stream_drop_setting(struct stream_arguments *arguments, const char *name);

/* A properties file: KEY=VALUE lines, # and ! comments, a backslash at a line's end goes on, and
 * Java's escapes. Up to 1 MiB. Errors: MOOD_ERR_ARGUMENT for an option, MOOD_ERR_IO or MOOD_ERR_FORMAT for the file. */
MOOD_MUST_CHECK mood_status stream_read_file(struct stream_arguments *arguments, const char *path, mood_error *err);

/* placeholders.c: value with ${env:NAME} and ${file:PATH} filled in, and $${ as ${. *filled is new; *hidden: something
 * was filled in. Errors: MOOD_ERR_ARGUMENT, and MOOD_ERR_IO or MOOD_ERR_FORMAT for a file; they show nothing of a value but
 * the placeholder's name. */
MOOD_MUST_CHECK mood_status placeholders_fill(const char *value, char **filled, bool *hidden, mood_error *err);

void stream_arguments_clear(struct stream_arguments *arguments);

/* ---- stream_parse.c: the command line ------------------------------------------------------------------------- */

/* Read it, and the files that it names; check looks at the whole. False: wrong usage, of which the user was told. The
 * argp's parser is stream_parse_option; its options but check, demo, -X and -F are among arguments->names. */
bool stream_parse(const struct argp *argp, void (*check)(struct argp_state *, struct stream_arguments *), int argc,
                  char **argv, struct stream_arguments *arguments);
/* Of options that exclude each other: the command line's, where a file has the other one; wrong usage, where both stand
 * in the same place. */
void stream_settle(struct argp_state *state, struct stream_arguments *arguments);
error_t stream_parse_option(int key, char *value, struct argp_state *state);
extern const struct argp_child stream_children[]; /* of mood stream's argp: recipe_option_table is among its options */

/* ---- stream_help.c: what --help lists for one connector ------------------------------------------------------- */

/* The argp for the first of argv that names a connector, wherever it stands; without one stream_argp. All parse the same. */
const struct argp *stream_argp_among(int argc, char **argv);

/* ---- stream_run.c: a run, whatever it does ------------------------------------------------------------------------ */

/* After parsing: the connector, and what it is told, become the options'. */
MOOD_MUST_CHECK mood_status stream_load_connector(struct stream_arguments *arguments, mood_error *err);

/* SIGTERM and SIGINT ask to stop, the second time at once. */
void stream_catch_signals(mood_stream_options *options);

/* Milliseconds until the deadline of a stop, at most that many; 0 after a second signal. Without a stop: most. */
int stream_time_left(const struct stream_arguments *arguments, int most);

/* A line that the library logs. */
void stream_log(const struct stream_arguments *arguments, mood_log_level level, const char *message);

/* How it ended, in words and as the exit status. fate: what becomes of records that were in hand at the deadline. */
int stream_exit(const struct stream_arguments *arguments, mood_status status, mood_stream_end end,
                const mood_error *err, const char *fate);

/* mood stream kafka --demo; returns the exit status. */
int stream_demo(struct stream_arguments *arguments, mood_scorer *scorer);

/* Count words: "1 record", "2 records". */
const char *plural(uint64_t n);

#endif
