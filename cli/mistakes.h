/* Arguments that were probably meant otherwise. */
#ifndef CLI_MISTAKES_H
#define CLI_MISTAKES_H

#include "command.h"

/* The first argument that is a text, and would be read as an option since it begins with '-'; NULL: none. */
const char *find_dashed_text(int argc, char *const *argv, const struct argp *argp);

/* A note when one of the texts is the name of an existing file, which is not read. */
void note_file_names(const struct common *common, const char *model, char *const *texts, size_t count);

/* After the model could not be opened: a note when it is another kind of file, or when one of the other arguments is a
 * model. usage: what the command line should be. */
void note_model_argument(const struct common *common, const char *model, char *const *others, size_t count,
                         const char *usage);

#endif
