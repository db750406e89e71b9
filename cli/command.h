/* The type of a command, and functions that all commands use. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "mood/device.h"
#include "mood/model.h"
#include "mood/status.h"

/* Exit statuses; stdlib.h's EXIT_SUCCESS and EXIT_FAILURE are 0 and 1. */
enum { EXIT_USAGE = 2, EXIT_DEADLINE = 3, EXIT_FENCED = 4 };

/* One row of main.c's table. A command is in cli/NAME.c. */
struct command {
    const char *name;
    const char *summary;               /* its line in `mood --help` */
    int (*run)(int argc, char **argv); /* argv[0] is "mood NAME"; returns the exit status */
    const struct argp *argp;
    /* The argp for a given first argument: its --help lists only the options that apply to that argument. NULL: the
     * options are always the same. */
    const struct argp *(*argp_for)(const char *argument);
};

extern const struct command commands[]; /* ends with a row without a name */

int fit_command(int argc, char **argv);
int tune_command(int argc, char **argv);
int predict_command(int argc, char **argv);
int explain_command(int argc, char **argv);
int evaluate_command(int argc, char **argv);
int report_command(int argc, char **argv);
int summary_command(int argc, char **argv);
int recipe_command(int argc, char **argv);
int convert_command(int argc, char **argv);
int stream_command(int argc, char **argv);
int replay_command(int argc, char **argv);
int devices_command(int argc, char **argv);
int bench_command(int argc, char **argv);

/* mood completion SHELL: not listed by --help; the build runs it. */
int completion_command(int argc, char **argv);

extern const struct argp bench_argp, convert_argp, devices_argp, evaluate_argp, explain_argp, fit_argp, predict_argp,
    recipe_argp, replay_argp, report_argp, stream_argp, summary_argp, tune_argp;
const struct argp *stream_argp_for(const char *connector);

/* argp_parse with --help, -h, --usage and --version. For an unknown option the nearest name is suggested. */
error_t parse_arguments(const struct argp *argp, unsigned flags, int argc, char **argv, void *input);

/* ---- common options ---------------------------------------------------------------------------- */

struct common {
    const char *device; /* --device; NULL: the library chooses */
    bool json, quiet, verbose;
};

/* A command's argp has common_children as its children, and its parser begins with
 *     case ARGP_KEY_INIT: state->child_inputs[0] = &arguments->common; */
extern const struct argp_child common_children[];
extern const struct argp common_argp; /* for a command with more children */

/* --help, -h, --usage and --version, which are also options of mood itself. */
extern const struct argp help_argp;

/* Parse a positive integer or a real number; a wrong value calls argp_error, which exits with status 2. */
size_t parse_count(struct argp_state *state, const char *option, const char *text, size_t least, size_t most);
double parse_real(struct argp_state *state, const char *option, const char *text, double least, double most);

/* Parse one printable ASCII character that is not a letter, a digit or a space; else argp_error. */
char parse_character(struct argp_state *state, const char *option, const char *text);

/* The part of a path after its last '/'. HTML pages do not show directories. */
const char *file_name(const char *path);

/* ---- messages, on standard error ------------------------------------------------------------------ */

/* Print one line; format has no newline. Nothing is printed with -q; print_detail prints only with -v. */
void print_note(const struct common *common, const char *format, ...) MOOD_PRINTF(2, 3);
void print_detail(const struct common *common, const char *format, ...) MOOD_PRINTF(2, 3);

/* Print a note that lists the unsupported metrics of an opened model's file; nothing if there are none. */
void print_skipped_metrics(const struct common *common, const char *path, const mood_model *model);

/* "mood: message" */
void print_error(const char *format, ...) MOOD_PRINTF(1, 2);

/* Print an error. Returns the exit status: 2 if the command line is wrong, else 1. */
int fail(const struct common *common, const mood_error *err);

/* On a terminal, announce the test of a new device, which takes seconds. */
void announce_new_device(const struct common *common, const char *selector);

/* mood_device_open with --device; with -v, print the device. */
MOOD_MUST_CHECK mood_status open_device(const struct common *common, mood_device **device, mood_error *err);

/* The width of a terminal [columns]; 0: fd is not a terminal, or the width is unknown. */
size_t terminal_columns(int fd);

/* ---- miscellaneous --------------------------------------------------------------------------------- */

/* In a build directory, use the connectors and the model there instead of the installed ones. */
void use_build_tree(void);

/* The name among names [count] that is nearest to word; NULL: none is near. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
