/* The program: find the command and run it. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "mood/mood.h"

static const struct command commands[] = {
    {"fit", "train a model on a CSV file of labelled texts", fit_command},
    {"predict", "score texts, or one a line from standard input", predict_command},
    {"evaluate", "how good a model is on labelled texts", evaluate_command},
    {"summary", "a model's layers, shapes and numbers of parameters", summary_command},
    {"recipe", "how a model's file turns texts into rows; write that into a file from Keras", recipe_command},
    {"stream", "score an endless stream: a Kafka topic, or lines", stream_command},
    {"replay", "put dead letters back where they fell out of a stream", replay_command},
    {"devices", "what OpenCL offers here, which device would be taken, and why", devices_command},
    {"bench", "how fast this machine runs a model", bench_command},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int refuse_command(const char *name) {
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    const char *nearest = nearest_name(name, names, COMMAND_COUNT);
    if (nearest)
        print_error("there is no command '%s'; did you mean '%s'?", name, nearest);
    else
        print_error("there is no command '%s'; see mood --help", name);
    return EXIT_USAGE;
}

/* ---- mood's own options ----------------------------------------------------------------------------- */

static void print_version(FILE *stream, struct argp_state *state) {
    (void)state;
    fprintf(stream, "mood %s\n", mood_version());
}

/* The first word that is no option is the command; what follows is the command's own. */
static error_t parse_argument(int key, char *argument, struct argp_state *state) {
    int *command_index = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_ARG:
        *command_index = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a command; see mood --help");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The commands stand in --help as they stand in the table. */
static char *describe_commands(int key, const char *text, void *input) {
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    char *list = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&list, &size);
    if (!stream)
        return (char *)text;
    fputs("Commands:\n", stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream, "\n%s", text);
    return fclose(stream) == 0 ? list : (char *)text;
}

static const struct argp program_argp = {
    .parser = parse_argument,
    .args_doc = "COMMAND …",
    .doc = "Train LSTM sentiment models on any OpenCL device, and score texts and Kafka topics with them."
           "\vmood COMMAND --help tells a command's options.",
    .help_filter = describe_commands,
};

/* Results that did not reach standard output (a full disk, say) are a failure. At exit, since --help exits in argp. */
static void close_output(int status, void *unused) {
    (void)unused;
    if (ferror(stdout) | (fclose(stdout) != 0)) {
        print_error("standard output can't be written: %s", strerror(errno));
        _exit(status == EXIT_SUCCESS ? EXIT_FAILURE : status);
    }
}

/* A standard descriptor that is closed would be the number of the next file that is opened: standard input could become
 * the model. /dev/null takes the number, opened so that reading from input and writing to output fail (EBADF); what is
 * written to standard error is dropped. False: it can't be opened. */
static bool hold_standard_descriptors(void) {
    static const int modes[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}

/* PoCL ends the process over an empty name of its cache folder. */
static void spare_pocl(void) {
    const char *folder = getenv("POCL_CACHE_DIR");
    if (folder && !*folder)
        unsetenv("POCL_CACHE_DIR");
}

int main(int argc, char **argv) {
    if (!hold_standard_descriptors() || on_exit(close_output, NULL) != 0)
        return EXIT_FAILURE;
    spare_pocl();
    setlocale(LC_CTYPE, ""); /* for argp's wrapping; numbers keep their point */
    argp_err_exit_status = EXIT_USAGE;
    argp_program_version_hook = print_version;
    char program[] = "mood";
    argv[0] = program; /* what argp calls us, wherever we were started from */
    int index = 0;
    if (argp_parse(&program_argp, argc, argv, ARGP_IN_ORDER, NULL, &index) != 0)
        return EXIT_USAGE;

    const struct command *command = find_command(argv[index]);
    if (!command)
        return refuse_command(argv[index]);
    char title[64];
    snprintf(title, sizeof title, "mood %s", command->name);
    use_build_tree();
    argv[index] = title;
    return command->run(argc - index, argv + index);
}
