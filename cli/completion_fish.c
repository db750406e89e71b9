/* Completion for fish: one line for each option. */
#include "completion.h"

struct line {
    FILE *stream;
    const struct completion_case *which;
};

/* The condition of a line: the command, and its restricting argument, or that none of these was typed. */
static void write_condition(const struct completion_case *which, FILE *stream) {
    fprintf(stream, "complete -c mood -n '__fish_seen_subcommand_from %s", which->command->name);
    if (which->argument)
        fprintf(stream, "; and __fish_seen_subcommand_from %s", which->argument);
    else if (which->command->argp_for)
        fprintf(stream, "; and not __fish_seen_subcommand_from %s", completion_argument(which).text);
    fputc('\'', stream);
}

static void write_value(FILE *stream, const struct completion_value *value) {
    if (value->kind == VALUE_WORD)
        fprintf(stream, " -a '%s'", value->text);
    else if (value->kind == VALUE_FILE && value->text[0])
        fprintf(stream, " -k -a '(__fish_complete_suffix .%s)'", value->text);
}

static void write_option(const struct argp_option *option, void *user) {
    const struct line *line = user;
    FILE *stream = line->stream;
    char letter = option_letter(option);
    write_condition(line->which, stream);
    if (letter)
        fprintf(stream, " -s %c", letter);
    if (option->name)
        fprintf(stream, " -l %s", option->name);
    if (option->arg) {
        struct completion_value value = completion_value_of(option->arg);
        if (!option_value_is_optional(option))
            fputs(value.kind == VALUE_FILE && !value.text[0] ? " -r -F" : " -x", stream);
        write_value(stream, &value);
    }
    fputs(" -d '", stream);
    completion_quote(stream, option->doc, "\\");
    fputs("'\n", stream);
}

static void write_case(const struct completion_case *which, void *user) {
    struct line line = {user, which};
    struct completion_value argument = completion_argument(which);
    options_visit(which->argp, write_option, &line);
    if (argument.kind != VALUE_UNKNOWN) {
        write_condition(which, user);
        write_value(user, &argument);
        fputc('\n', user);
    }
}

void completion_write_fish(FILE *stream) {
    fputs("# fish completion for mood, made by: mood completion fish\n"
          "complete -c mood -f\n"
          "complete -c mood -n __fish_use_subcommand -s h -l help -d 'show the commands'\n"
          "complete -c mood -n __fish_use_subcommand -s V -l version -d 'show the version'\n"
          "complete -c mood -n __fish_use_subcommand -a help -d 'show the options of a command'\n",
          stream);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(stream, "complete -c mood -n __fish_use_subcommand -a %s -d '", command->name);
        completion_quote(stream, command->summary, "\\");
        fprintf(stream, "'\ncomplete -c mood -n '__fish_seen_subcommand_from help' -a %s\n", command->name);
    }
    completion_visit_cases(write_case, stream);
}
