/* What a command of the program is, and what all of them share. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "mood/device.h"
#include "mood/status.h"

/* Exit statuses; stdlib.h's EXIT_SUCCESS and EXIT_FAILURE are 0 and 1. */
enum { EXIT_USAGE = 2, EXIT_DEADLINE = 3, EXIT_FENCED = 4 };

/* One row of main.c's table, one file cli/NAME.c each. */
struct command {
    const char *name;
    const char *summary;               /* a line of `mood --help` */
    int (*run)(int argc, char **argv); /* argv[0] is "mood NAME"; returns the exit status */
    const struct argp *argp;
    /* The argp for a first argument: its --help lists the options that concern this argument. NULL: all are alike. */
    const struct argp *(*argp_for)(const char *argument);
};

extern const struct command commands[]; /* the last one has no name */

int fit_command(int argc, char **argv);
int predict_command(int argc, char **argv);
int evaluate_command(int argc, char **argv);
int summary_command(int argc, char **argv);
int recipe_command(int argc, char **argv);
int convert_command(int argc, char **argv);
int stream_command(int argc, char **argv);
int replay_command(int argc, char **argv);
int devices_command(int argc, char **argv);
int bench_command(int argc, char **argv);

/* mood completion SHELL: not listed by --help; the build runs it. */
int completion_command(int argc, char **argv);

extern const struct argp bench_argp, convert_argp, devices_argp, evaluate_argp, fit_argp, predict_argp, recipe_argp,
    replay_argp, stream_argp, summary_argp;
const struct argp *stream_argp_for(const char *connector);

/* argp_parse, with --help, -h, --usage and --version; a mistyped option gets the nearest name. */
error_t parse_arguments(const struct argp *argp, unsigned flags, int argc, char **argv, void *input);

/* ---- options that every command takes ---------------------------------------------------------- */

struct common {
    const char *device; /* --device; NULL: the library chooses */
    bool json, quiet, verbose;
};

/* A command's argp has common_children as its children, and its parser begins with
 *     case ARGP_KEY_INIT: state->child_inputs[0] = &arguments->common; */
extern const struct argp_child common_children[];
extern const struct argp common_argp; /* for a command with more children */

/* --help, -h, --usage and --version, which mood itself has, too. */
extern const struct argp help_argp;

/* A positive whole number, or a real one, of an option; else argp_error, which exits with 2. */
size_t parse_count(struct argp_state *state, const char *option, const char *text, size_t least, size_t most);
double parse_real(struct argp_state *state, const char *option, const char *text, double least, double most);

/* One printable character of ASCII that is no letter, digit or space; else argp_error. */
char parse_character(struct argp_state *state, const char *option, const char *text);

/* ---- words to the user, all on standard error ----------------------------------------------------- */

/* Nothing with -q; print_detail only with -v. A line each, without a newline in format. */
void print_note(const struct common *common, const char *format, ...) MOOD_PRINTF(2, 3);
void print_detail(const struct common *common, const char *format, ...) MOOD_PRINTF(2, 3);

/* "mood: message" */
void print_error(const char *format, ...) MOOD_PRINTF(1, 2);

/* Print an error and say which exit status it means: 2 for what the user typed, 1 for the rest. */
int fail(const struct common *common, const mood_error *err);

/* On a terminal, say so if the device that the selector takes has to be tested first, which takes seconds. */
void announce_new_device(const struct common *common, const char *selector);

/* mood_device_open with --device, telling the device with -v. */
MOOD_MUST_CHECK mood_status open_device(const struct common *common, mood_device **device, mood_error *err);

/* The width of a terminal in columns; 0 when fd is none, or does not know. */
size_t terminal_columns(int fd);

/* ---- other ----------------------------------------------------------------------------------------- */

/* Before it is installed the program finds connectors and model where it was built. */
void use_build_tree(void);

/* The one of names [count] that was most likely meant; NULL when none is near. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
