/* The files that mood ships: models and word vectors. */
#ifndef CLI_SHIPPED_H
#define CLI_SHIPPED_H

/* The path of a shipped file, new, whether or not it is there; NULL: out of memory. */
char *shipped_path(const char *name);

/* The same of a file that can be read; NULL: there is no such file, or no memory. */
char *shipped_file(const char *name);

#endif
