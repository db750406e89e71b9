/* What a shell can complete, from the tables of commands and options. One file for each shell writes its script. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "options.h"

/* A command, or a command with a first argument that narrows its options ("stream", "stream kafka"). */
struct completion_case {
    const struct command *command;
    const char *argument; /* "kafka"; NULL: the command by itself */
    const struct argp *argp;
};

/* Call visit for each; of a command those with an argument come first. */
void completion_visit_cases(void (*visit)(const struct completion_case *which, void *user), void *user);

/* A value of an option or an argument, as its name in the table says: "text|json" is one of these words, "FILE.csv" a
 * file with that suffix, "FILE" any file, and anything else can't be completed. */
enum value_kind { VALUE_UNKNOWN, VALUE_WORD, VALUE_FILE };
struct completion_value {
    enum value_kind kind;
    char text[256]; /* the words, with blanks between; a file's suffix ("csv"), or "" */
};
struct completion_value completion_value_of(const char *name);

/* The value of a command's first argument, or of the one after the narrowing argument. */
struct completion_value completion_argument(const struct completion_case *which);

/* Write text within quotes of the shell: each of `special` gets a backslash, and ' ends and begins the quotes. */
void completion_quote(FILE *stream, const char *text, const char *special);

void completion_write_bash(FILE *stream);
void completion_write_fish(FILE *stream);
void completion_write_zsh(FILE *stream);

#endif
