/* What shells can complete, derived from the tables of commands and options. Each shell has a file that writes its
 * script. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "options.h"

/* A command, or a command with a first argument that restricts its options ("stream", "stream kafka"). */
struct completion_case {
    const struct command *command;
    const char *argument; /* "kafka"; NULL: any argument */
    const struct argp *argp;
};

/* Call visit for each case. Cases with an argument come before their command without one. */
void completion_visit_cases(void (*visit)(const struct completion_case *which, void *user), void *user);

/* How to complete a value, derived from its name in the table: "text|json" is one of these words, "FILE.csv" a file
 * with that suffix, "FILE" any file. Other values can't be completed. */
enum value_kind { VALUE_UNKNOWN, VALUE_WORD, VALUE_FILE };
struct completion_value {
    enum value_kind kind;
    char text[256]; /* the words, separated by spaces; or a file's suffix ("csv"), or "" */
};
struct completion_value completion_value_of(const char *name);

/* The value of a command's first argument, or of the argument after the restricting one. */
struct completion_value completion_argument(const struct completion_case *which);

/* Write text inside the shell's single quotes: each character of `special` gets a backslash, and ' closes and
 * reopens the quotes. */
void completion_quote(FILE *stream, const char *text, const char *special);

void completion_write_bash(FILE *stream);
void completion_write_fish(FILE *stream);
void completion_write_zsh(FILE *stream);

#endif
