/* The words of a command, which is run in this process or printed for a shell. */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct command_line {
    char **words; /* [count], new; followed by NULL */
    size_t count;
};

/* Append a word. False: out of memory. */
bool command_line_add(struct command_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append copies of all words of another line. False: out of memory. */
bool command_line_append(struct command_line *line, const struct command_line *more);
void command_line_clear(struct command_line *line);

/* Print the words from number `first` on, each in quotes if a shell needs them, separated by spaces. Control characters
 * are escaped. */
void command_line_print(FILE *stream, const struct command_line *line, size_t first);

#endif
