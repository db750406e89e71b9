/* The option --optimizer: "sgd:momentum=0.9" becomes "sgd(momentum=0.9)". */
#include <stdio.h>
#include <string.h>

#include "optimizer.h"

char *optimizer_expression(const char *option, const double *learning_rate) {
    char *expression, rate[60] = "";
    option = option ? option : "adam";
    size_t name = strcspn(option, ":("), size = strlen(option);
    const char *arguments = option[name] ? option + name + 1 : option + name;
    size_t argument_size = (size_t)(option + size - arguments);
    if (option[name] == '(') {
        if (option[size - 1] != ')')
            return strdup(option); /* the library reports what is wrong with it */
        argument_size--;
    }
    if (learning_rate)
        snprintf(rate, sizeof rate, "%slearning_rate=%.17g", argument_size ? ", " : "", *learning_rate);
    if (asprintf(&expression, "%.*s(%.*s%s)", (int)name, option, (int)argument_size, arguments, rate) < 0)
        return NULL;
    return expression;
}
