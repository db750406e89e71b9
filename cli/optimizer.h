/* The option --optimizer. */
#ifndef CLI_OPTIMIZER_H
#define CLI_OPTIMIZER_H

/* The optimizer in Keras's notation, new (free); NULL if out of memory. option: a name, "sgd:momentum=0.9,nesterov=True", or
 * Keras's notation itself; NULL: adam. learning_rate: one more argument; NULL: none. Not checked. */
char *optimizer_expression(const char *option, const double *learning_rate);

#endif
