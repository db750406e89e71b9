/* Detects arguments that are probably mistakes. */
#ifndef CLI_MISTAKES_H
#define CLI_MISTAKES_H

#include "command.h"

/* The first argument that is a text but begins with '-', and would be read as an option; NULL: none. */
const char *find_dashed_text(int argc, char *const *argv, const struct argp *argp);

/* Print a note if one of the texts is the name of an existing file, because the file is not read. */
void note_file_names(const struct common *common, const char *model, char *const *texts, size_t count);

/* After the model could not be opened: print a note if the file is of another kind, or if another argument is a
 * model. usage: the correct command line. */
void note_model_argument(const struct common *common, const char *model, char *const *others, size_t count,
                         const char *usage);

#endif
