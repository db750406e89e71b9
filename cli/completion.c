/* mood completion SHELL: writes a shell's completion script for mood's commands and options. */
#include <ctype.h>
#include <string.h>

#include "completion.h"

/* ---- values ----------------------------------------------------------------------------------------- */

static bool is_word(const char *name) {
    return islower((unsigned char)*name) && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_|-")] == '\0';
}

struct completion_value completion_value_of(const char *name) {
    struct completion_value value = {.kind = VALUE_UNKNOWN};
    const char *dot = strrchr(name, '.');
    if (is_word(name) && strlen(name) < sizeof value.text) {
        value.kind = VALUE_WORD;
        for (size_t i = 0; name[i]; i++)
            value.text[i] = name[i] == '|' ? ' ' : name[i];
    } else if (isupper((unsigned char)*name) && dot && is_word(dot + 1) && strlen(dot) < sizeof value.text) {
        value.kind = VALUE_FILE;
        strcpy(value.text, dot + 1);
    } else if (strcmp(name, "FILE") == 0) {
        value.kind = VALUE_FILE;
    }
    return value;
}

/* args_doc is "MODEL.keras TEXT…\nMODEL.keras -" or "[infer|text]…": the first word is used, without brackets. */
struct completion_value completion_argument(const struct completion_case *which) {
    char name[128] = "";
    const char *begin = which->argp->args_doc;
    if (!begin || which->argument)
        return completion_value_of(name);
    begin += strspn(begin, "[");
    size_t size = strcspn(begin, "] \n");
    if (size < sizeof name)
        memcpy(name, begin, size);
    return completion_value_of(name);
}

/* ---- cases ------------------------------------------------------------------------------------------ */

void completion_visit_cases(void (*visit)(const struct completion_case *which, void *user), void *user) {
    for (const struct command *command = commands; command->name; command++) {
        struct completion_case which = {command, NULL, command->argp};
        struct completion_value value = completion_argument(&which);
        char *words = value.text;
        for (char *word; command->argp_for && (word = strsep(&words, " "));) {
            struct completion_case narrow = {command, word, command->argp_for(word)};
            visit(&narrow, user);
        }
        visit(&which, user);
    }
}

/* ---- the command ------------------------------------------------------------------------------------ */

void completion_quote(FILE *stream, const char *text, const char *special) {
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stream);
        else
            fprintf(stream, strchr(special, *text) ? "\\%c" : "%c", *text);
}

static const struct {
    const char *name;
    void (*write)(FILE *stream);
} shells[] = {
    {"bash", completion_write_bash},
    {"fish", completion_write_fish},
    {"zsh", completion_write_zsh},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    size_t *chosen = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
            if (strcmp(shells[i].name, argument) == 0) {
                *chosen = i;
                return 0;
            }
        argp_error(state, "'%s' is not bash, fish or zsh", argument);
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "missing argument: bash, fish or zsh"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&help_argp, 0, NULL, -1},
    {NULL, 0, NULL, 0},
};

static const struct argp completion_argp = {
    .parser = parse_option,
    .args_doc = "bash|fish|zsh",
    .doc = "Write the completion script of a shell for mood's commands and options. Installing mood installs the "
           "scripts.",
    .children = children,
};

int completion_command(int argc, char **argv) {
    size_t chosen = 0;
    if (parse_arguments(&completion_argp, 0, argc, argv, &chosen) != 0)
        return EXIT_USAGE;
    shells[chosen].write(stdout);
    return 0;
}
