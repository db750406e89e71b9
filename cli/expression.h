/* Options whose values are in Keras's notation. */
#ifndef CLI_EXPRESSION_H
#define CLI_EXPRESSION_H

#include <stddef.h>

/* An optimizer or a loss in Keras's notation, new (free); NULL: out of memory. option: a name,
 * "sgd:momentum=0.9,nesterov=True", or Keras's notation itself. argument: one more argument; NULL: none. The result
 * is not checked. */
char *keras_expression(const char *option, const char *argument);

/* Split a list in place at the commas outside of brackets and quotes. *parts, new (free), points to the parts,
 * without surrounding spaces. Returns their number; 0: out of memory. */
size_t split_expressions(char *list, const char ***parts);

/* If option names no class of a list, but a similar name: "; did you mean 'mean_squared_error'?" in hint [size]; else "".
 * class_at: mood_loss_class_at or another such function. */
void expression_hint(const char *option, const char *(*class_at)(size_t index), char *hint, size_t size);

#endif
