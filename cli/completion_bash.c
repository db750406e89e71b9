/* Completion for bash: a function that does not depend on the package bash-completion, which loads it. */
#include "completion.h"

static void write_name(const struct argp_option *option, void *user) {
    if (option->name)
        fprintf(user, " --%s", option->name);
}

static void write_value(FILE *stream, const struct completion_value *value) {
    if (value->kind == VALUE_WORD)
        fprintf(stream, "words '%s'", value->text);
    else if (value->kind == VALUE_FILE)
        fprintf(stream, "files '%s'", value->text);
    else
        fputs(":", stream);
}

/* One branch of `case $before`: completes the value of an option. */
static void write_option_value(const struct argp_option *option, void *user) {
    FILE *stream = user;
    char letter = option_letter(option);
    if (!option->arg)
        return;
    struct completion_value value = completion_value_of(option->arg);
    fprintf(stream, "            --%s", option->name);
    if (letter)
        fprintf(stream, " | -%c", letter);
    /* An optional value follows '=' only. */
    fputs(option_value_is_optional(option) ? ") [[ $equals ]] && { " : ") ", stream);
    write_value(stream, &value);
    fputs("; return", stream);
    fputs(option_value_is_optional(option) ? "; } ;;\n" : " ;;\n", stream);
}

static void write_case(const struct completion_case *which, void *user) {
    FILE *stream = user;
    struct completion_value argument = completion_argument(which);
    if (which->argument)
        fprintf(stream, "        '%s %s')\n", which->command->name, which->argument);
    else
        fprintf(stream, "        '%s' | '%s '*)\n", which->command->name, which->command->name);
    fputs("            case $before in\n", stream);
    options_visit(which->argp, write_option_value, stream);
    fputs("            esac\n            if [[ $word == -* ]]; then words '", stream);
    options_visit(which->argp, write_name, stream);
    fputs("'; else ", stream);
    write_value(stream, &argument);
    fputs("; fi ;;\n", stream);
}

static void write_narrowing(const struct completion_case *which, void *user) {
    if (which->argument)
        fprintf(user, "            '%s %s') narrow=%s ;;\n", which->command->name, which->argument, which->argument);
}

void completion_write_bash(FILE *stream) {
    fputs("# bash completion for mood, made by: mood completion bash\n"
          "_mood() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} equals= command= narrow= i\n"
          "    # bash cuts --option=value into three words.\n"
          "    if [[ $word == = ]]; then\n"
          "        equals=1 word=\n"
          "    elif [[ $before == = ]]; then\n"
          "        equals=1 before=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    fi\n"
          "    words() { COMPREPLY=($(compgen -W \"$1\" -- \"$word\")); }\n"
          "    files() { # files SUFFIX: those, and folders; all without a suffix\n"
          "        local file\n"
          "        COMPREPLY=()\n"
          "        while IFS= read -r file; do\n"
          "            if [[ -z $1 || $file == *.$1 || $file == *.$1.gz || -d ${file/#\\~/$HOME} ]]; then\n"
          "                COMPREPLY+=(\"$file\")\n"
          "            fi\n"
          "        done < <(compgen -f -- \"$word\")\n"
          "        compopt -o filenames 2>/dev/null\n"
          "    }\n"
          "    COMPREPLY=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        [[ ${COMP_WORDS[i]} == -* ]] && continue\n"
          "        if [[ -z $command ]]; then\n"
          "            command=${COMP_WORDS[i]}\n"
          "            [[ $command == help ]] && command=\n"
          "            continue\n"
          "        fi\n"
          "        case \"$command ${COMP_WORDS[i]}\" in\n",
          stream);
    completion_visit_cases(write_narrowing, stream);
    fputs("        esac\n"
          "    done\n"
          "    case \"$command${narrow:+ $narrow}\" in\n"
          "        '') if [[ $word == -* ]]; then words '--help --usage --version'; else words 'help",
          stream);
    for (const struct command *command = commands; command->name; command++)
        fprintf(stream, " %s", command->name);
    fputs("'; fi ;;\n", stream);
    completion_visit_cases(write_case, stream);
    fputs("    esac\n"
          "}\n"
          "complete -F _mood mood\n",
          stream);
}
