/* Completion for zsh: specifications for _arguments. */
#include "completion.h"

static void write_value(FILE *stream, const char *name, const struct completion_value *value) {
    fputc(':', stream);
    completion_quote(stream, name, "\\:[]");
    fputc(':', stream);
    if (value->kind == VALUE_WORD)
        fprintf(stream, "(%s)", value->text);
    else if (value->kind == VALUE_FILE && value->text[0])
        fprintf(stream, "_files -g \"*.%s(|.gz)(-.)\"", value->text);
    else if (value->kind == VALUE_FILE)
        fputs("_files", stream);
}

/* '(-o --output)'{-o+,--output=}'[write the model here]:MODEL.keras:_files …' */
static void write_option(const struct argp_option *option, void *user) {
    FILE *stream = user;
    char letter = option_letter(option);
    const char *long_end = !option->arg ? "" : option_value_is_optional(option) ? "=-" : "=";
    fputs("                ", stream);
    if (letter)
        fprintf(stream, "'(-%c --%s)'{-%c%s,--%s%s}'", letter, option->name, letter, option->arg ? "+" : "",
                option->name, long_end);
    else
        fprintf(stream, "'--%s%s", option->name, long_end);
    fputc('[', stream);
    completion_quote(stream, option->doc, "\\:[]");
    fputc(']', stream);
    if (option->arg) {
        struct completion_value value = completion_value_of(option->arg);
        if (option_value_is_optional(option))
            fputc(':', stream);
        write_value(stream, option->arg, &value);
    }
    fputs("' \\\n", stream);
}

static void write_case(const struct completion_case *which, void *user) {
    FILE *stream = user;
    const char *name = which->command->name;
    struct completion_value argument = completion_argument(which);
    if (which->argument)
        fprintf(stream, "        '%s %s')\n", name, which->argument);
    else
        fprintf(stream, "        '%s '*)\n", name);
    fputs("            _arguments -s : \\\n", stream);
    options_visit(which->argp, write_option, stream);
    fputs("                '*", stream);
    write_value(stream, "argument", &argument);
    fputs("' ;;\n", stream);
}

static void write_narrowing(const struct completion_case *which, void *user) {
    if (which->argument)
        fprintf(user, "            (( ${words[(I)%s]} > 1 )) && [[ $words[1] == %s ]] && narrow=%s\n", which->argument,
                which->command->name, which->argument);
}

static void write_commands(FILE *stream) {
    fputs("    commands=(\n        'help:show the options of a command'\n", stream);
    for (const struct command *command = commands; command->name; command++) {
        fprintf(stream, "        '%s:", command->name);
        completion_quote(stream, command->summary, "\\:");
        fputs("'\n", stream);
    }
    fputs("    )\n", stream);
}

void completion_write_zsh(FILE *stream) {
    fputs("#compdef mood\n"
          "# zsh completion for mood, made by: mood completion zsh\n"
          "_mood() {\n"
          "    local curcontext=$curcontext state line narrow\n"
          "    local -a commands\n",
          stream);
    write_commands(stream);
    fputs("    _arguments -C '(- *)'{-h,--help}'[show the commands]' '(- *)'{-V,--version}'[show the version]' \\\n"
          "        '1:command:->command' '*::argument:->argument' && return\n"
          "    case $state in\n"
          "        command) _describe command commands ; return ;;\n"
          "        argument)\n",
          stream);
    completion_visit_cases(write_narrowing, stream);
    fputs("            ;;\n"
          "        *) return ;;\n"
          "    esac\n"
          "    case \"$words[1] $narrow\" in\n"
          "        'help '*) _describe command commands ;;\n",
          stream);
    completion_visit_cases(write_case, stream);
    fputs("    esac\n"
          "}\n"
          "_mood \"$@\"\n",
          stream);
}
