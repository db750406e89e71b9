/* The program: finds the command and runs it. */
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

const struct command commands[] = {
    {"fit", "train a model on a file of labelled texts", fit_command, &fit_argp, NULL},
    {"tune", "search for better settings of fit", tune_command, &tune_argp, NULL},
    {"predict", "score texts, the lines of standard input, or a whole file", predict_command, &predict_argp, NULL},
    {"explain", "show which words of a text move its score", explain_command, &explain_argp, NULL},
    {"evaluate", "measure how good a model is on labelled texts", evaluate_command, &evaluate_argp, NULL},
    {"report", "score a file and write a page about its texts", report_command, &report_argp, NULL},
    {"summary", "show a model's layers, shapes and numbers of parameters", summary_command, &summary_argp, NULL},
    {"recipe", "show or change how a model's file turns texts into rows", recipe_command, &recipe_argp, NULL},
    {"convert", "convert a model (.h5 or .keras) to a .keras file with its tokenizer and labels", convert_command,
     &convert_argp, NULL},
    {"stream", "score an endless stream: a Kafka topic, or lines", stream_command, &stream_argp, stream_argp_for},
    {"replay", "put dead letters back into their topics", replay_command, &replay_argp, NULL},
    {"devices", "list the OpenCL devices, and which one would be chosen", devices_command, &devices_argp, NULL},
    {"bench", "measure how fast this machine runs a model", bench_command, &bench_argp, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands - 1 };

static const struct command hidden = {"completion", NULL, completion_command, NULL, NULL};

static const struct command *find_command(const char *name) {
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return strcmp(hidden.name, name) == 0 ? &hidden : NULL;
}

static int refuse_command(const char *name) {
    const char *names[COMMAND_COUNT + 1];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    names[COMMAND_COUNT] = "help";
    const char *nearest = nearest_name(name, names, COMMAND_COUNT + 1);
    if (nearest)
        print_error("unknown command '%s'; did you mean '%s'?", name, nearest);
    else
        print_error("unknown command '%s'; see mood --help", name);
    return EXIT_USAGE;
}

/* ---- mood's own options ----------------------------------------------------------------------------- */

/* The first argument that is not an option is the command. The rest belongs to the command. */
static error_t parse_argument(int key, char *argument, struct argp_state *state) {
    int *command_index = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_ARG:
        *command_index = state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "missing command; see mood --help"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Lists the commands in --help, in the order of the table. */
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
    for (const struct command *command = commands; command->name; command++)
        fprintf(stream, "  %-10s %s\n", command->name, command->summary);
    fprintf(stream, "\n%s", text);
    return fclose(stream) == 0 ? list : (char *)text;
}

static const struct argp_child program_children[] = {
    {&help_argp, 0, NULL, -1},
    {NULL, 0, NULL, 0},
};

static const struct argp program_argp = {
    .parser = parse_argument,
    .args_doc = "COMMAND …",
    .doc = "Train LSTM sentiment models on any OpenCL device, and score texts and Kafka topics with them."
           "\vmood help COMMAND, or mood COMMAND --help, shows a command's options.\n\n"
           "Examples:\n"
           "  mood fit reviews.csv -o reviews.keras\n"
           "  mood predict reviews.keras \"What a film!\"\n"
           "  mood stream kafka -m reviews.keras -b localhost:9092 -i reviews -o sentiment",
    .children = program_children,
    .help_filter = describe_commands,
};

/* argv[0] is the command's name. */
static int run_command(int argc, char **argv) {
    const struct command *command = find_command(argv[0]);
    if (!command)
        return refuse_command(argv[0]);
    char title[64];
    snprintf(title, sizeof title, "mood %s", command->name);
    use_build_tree();
    argv[0] = title;
    return command->run(argc, argv);
}

/* mood help [COMMAND [ARGUMENT…]]: the same as mood COMMAND ARGUMENT… --help. Without a command, or for help
 * itself, it lists the commands. */
static int help(int argc, char **argv) {
    char option[] = "--help";
    if (argc == 0 || *argv[0] == '-' || strcmp(argv[0], "help") == 0) {
        char program[] = "mood";
        argp_help(&program_argp, stdout, ARGP_HELP_STD_HELP, program);
        return EXIT_SUCCESS;
    }
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (!words)
        return EXIT_FAILURE;
    memcpy(words, argv, (size_t)argc * sizeof *words);
    words[argc] = option;
    int result = run_command(argc + 1, words);
    free(words);
    return result;
}

/* A failure to write to standard output, for example on a full disk, is an error. This runs at exit because argp
 * exits after --help. */
static void close_output(int status, void *unused) {
    (void)unused;
    if (ferror(stdout) | (fclose(stdout) != 0)) {
        print_error("standard output can't be written: %s", strerror(errno));
        _exit(status == EXIT_SUCCESS ? EXIT_FAILURE : status);
    }
}

/* If a standard descriptor is closed, the next opened file would get its number: the model could become standard
 * input. So open /dev/null for it, in the mode in which reads from input and writes to output fail (EBADF); writes
 * to standard error are discarded. False: /dev/null can't be opened. */
static bool open_standard_descriptors(void) {
    static const int modes[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}

/* PoCL ends the process if POCL_CACHE_DIR is empty. */
static void unset_empty_pocl_cache(void) {
    const char *folder = getenv("POCL_CACHE_DIR");
    if (folder && !*folder)
        unsetenv("POCL_CACHE_DIR");
}

int main(int argc, char **argv) {
    if (!open_standard_descriptors() || on_exit(close_output, NULL) != 0)
        return EXIT_FAILURE;
    unset_empty_pocl_cache();
    setlocale(LC_CTYPE, ""); /* for argp's line wrapping; numbers keep the decimal point */
    argp_err_exit_status = EXIT_USAGE;
    char program[] = "mood";
    argv[0] = program; /* the name that argp prints, without a path */
    int index = 0;
    if (parse_arguments(&program_argp, ARGP_IN_ORDER, argc, argv, &index) != 0)
        return EXIT_USAGE;
    argc -= index;
    argv += index;
    if (strcmp(argv[0], "help") == 0)
        return help(argc - 1, argv + 1);
    return run_command(argc, argv);
}
