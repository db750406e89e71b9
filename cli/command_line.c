/* The words of a command. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "terminal.h"

/* Takes ownership of the word. */
static bool add_word(struct command_line *line, char *word) {
    char **words = word ? reallocarray(line->words, line->count + 2, sizeof *words) : NULL;
    if (!words) {
        free(word);
        return false;
    }
    line->words = words;
    words[line->count++] = word;
    words[line->count] = NULL;
    return true;
}

bool command_line_add(struct command_line *line, const char *format, ...) {
    char *word = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&word, format, args);
    va_end(args);
    return size >= 0 && add_word(line, word);
}

bool command_line_append(struct command_line *line, const struct command_line *more) {
    for (size_t i = 0; i < more->count; i++)
        if (!add_word(line, strdup(more->words[i])))
            return false;
    return true;
}

void command_line_clear(struct command_line *line) {
    for (size_t i = 0; i < line->count; i++)
        free(line->words[i]);
    free(line->words);
    *line = (struct command_line){0};
}

static bool needs_quotes(const char *word) {
    return !*word || word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:=,%@")];
}

/* The word in single quotes, new; NULL: out of memory. A single quote in it becomes '\'' (end, quote, begin). */
static char *quote(const char *word) {
    char *quoted = malloc(4 * strlen(word) + 3), *at = quoted;
    if (!quoted)
        return NULL;
    *at++ = '\'';
    for (; *word; word++)
        if (*word == '\'')
            at = stpcpy(at, "'\\''");
        else
            *at++ = *word;
    strcpy(at, "'");
    return quoted;
}

void command_line_print(FILE *stream, const struct command_line *line, size_t first) {
    for (size_t i = first; i < line->count; i++) {
        char *quoted = needs_quotes(line->words[i]) ? quote(line->words[i]) : NULL;
        if (i > first)
            fputc(' ', stream);
        print_message(stream, quoted ? quoted : line->words[i]);
        free(quoted);
    }
}
