/* The files that mood ships: models and word vectors. */
#ifndef CLI_SHIPPED_H
#define CLI_SHIPPED_H

/* The path of a shipped file, new, whether or not it is there; NULL: out of memory. */
char *shipped_path(const char *name);

/* The same of a file that can be read; NULL: there is no such file, or no memory. */
char *shipped_file(const char *name);

/* The path of a model, new: the shipped one of that name, such as english-reviews, unless there is a file with that name;
 * else the name itself. NULL: out of memory. */
char *model_path(const char *name);

/* The same for a command's argument. Valid until the next call; it ends the program if there is no memory. */
const char *model_argument(const char *name);

#endif
