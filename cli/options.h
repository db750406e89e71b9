/* Access to a command's options: those of its argp and of its children. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

/* Call visit for each option of an argp and of its children, in the order of the tables. Headings, hidden options
 * and aliases are skipped. */
void options_visit(const struct argp *argp, void (*visit)(const struct argp_option *option, void *user), void *user);

/* An option's letter; 0: none. */
char option_letter(const struct argp_option *option);

/* True if the value is optional: --NAME or --NAME=VALUE. */
bool option_value_is_optional(const struct argp_option *option);

#endif
