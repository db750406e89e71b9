/* Parses command lines with argp; suggests the nearest name for an unknown option. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "terminal.h"

/* ---- argp's tables ---------------------------------------------------------------------------------- */

static bool is_end(const struct argp_option *option) {
    return !option->name && !option->key && !option->doc && !option->group;
}

static bool is_heading(const struct argp_option *option) {
    return !option->name && !option->key;
}

static void visit_all(const struct argp *argp, void (*visit)(const struct argp_option *, void *), void *user) {
    for (const struct argp_option *option = argp->options; option && !is_end(option); option++)
        if (!is_heading(option))
            visit(option, user);
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        visit_all(child->argp, visit, user);
}

struct visible {
    void (*visit)(const struct argp_option *, void *);
    void *user;
};

static void visit_visible(const struct argp_option *option, void *user) {
    const struct visible *visible = user;
    if (!(option->flags & (OPTION_HIDDEN | OPTION_ALIAS)))
        visible->visit(option, visible->user);
}

void options_visit(const struct argp *argp, void (*visit)(const struct argp_option *, void *), void *user) {
    struct visible visible = {visit, user};
    visit_all(argp, visit_visible, &visible);
}

char option_letter(const struct argp_option *option) {
    return option->key > 0 && option->key < 0x80 && isprint(option->key) ? (char)option->key : '\0';
}

bool option_value_is_optional(const struct argp_option *option) {
    return option->arg && (option->flags & OPTION_ARG_OPTIONAL);
}

/* ---- unknown options -------------------------------------------------------------------------------- */

/* The tables in getopt_long's form. argp uses the same function, but it prints its own message for an unknown
 * option. */
enum { MOST_OPTIONS = 128 };
struct known {
    struct option options[MOST_OPTIONS + 1]; /* ends with an empty entry */
    const char *names[MOST_OPTIONS];
    size_t count;
    bool whole; /* false: there are more options than entries */
    char letters[3 * MOST_OPTIONS + 2];
};

static void add_known(const struct argp_option *option, void *user) {
    struct known *known = user;
    int value = !option->arg ? no_argument : option_value_is_optional(option) ? optional_argument : required_argument;
    char letter = option_letter(option);
    size_t size = strlen(known->letters);
    if (letter)
        snprintf(known->letters + size, sizeof known->letters - size, "%c%s", letter,
                 value == no_argument         ? ""
                 : value == optional_argument ? "::"
                                              : ":");
    known->whole &= known->count < MOST_OPTIONS;
    if (!option->name || !known->whole)
        return;
    known->options[known->count] = (struct option){.name = option->name, .has_arg = value, .val = 1};
    known->names[known->count++] = option->name;
}

static bool begins_a_name(const struct known *known, const char *word) {
    for (size_t i = 0; i < known->count; i++)
        if (strncmp(known->names[i], word, strlen(word)) == 0)
            return true;
    return false;
}

/* The first long option in argv that is not in the tables, without dashes and value, new; NULL: none. Abbreviations
 * are left to argp. */
static char *find_unknown(const struct known *known, int argc, char **argv) {
    char **words = calloc((size_t)argc + 1, sizeof *words); /* a copy, because getopt_long reorders it */
    char *unknown = NULL;
    if (!words || !known->whole)
        goto done;
    memcpy(words, argv, (size_t)argc * sizeof *words);
    opterr = 0;
    optind = 0; /* restarts GNU getopt */
    for (;;) {
        optopt = -1;
        int found = getopt_long(argc, words, known->letters, known->options, NULL);
        if (found == -1)
            break;
        if (found != '?' || optopt != 0)
            continue; /* a known option, or a short one */
        const char *word = words[optind - 1] + strlen("--");
        char *name = strndup(word, strcspn(word, "="));
        if (name && !begins_a_name(known, name)) {
            unknown = name;
            break;
        }
        free(name);
    }
done:
    free(words);
    return unknown;
}

error_t parse_arguments(const struct argp *argp, unsigned flags, int argc, char **argv, void *input) {
    struct known known = {.whole = true};
    if (flags & ARGP_IN_ORDER)
        strcpy(known.letters, "+"); /* options after the first argument belong to a command */
    visit_all(argp, add_known, &known);
    char *unknown = find_unknown(&known, argc, argv);
    if (unknown) {
        const char *nearest = nearest_name(unknown, known.names, known.count);
        fprintf(stderr, "%s: unknown option '--", argv[0]);
        print_message(stderr, unknown);
        fputc('\'', stderr);
        fprintf(stderr, nearest ? "; did you mean '--%s'?\n" : "\n", nearest);
        argp_help(argp, stderr, ARGP_HELP_SEE, argv[0]);
        free(unknown);
        return EINVAL;
    }
    return argp_parse(argp, argc, argv, flags | ARGP_NO_HELP, NULL, input);
}
