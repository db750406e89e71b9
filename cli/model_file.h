/* Writes a model that was read from a file, with its recipe. */
#ifndef CLI_MODEL_FILE_H
#define CLI_MODEL_FILE_H

#include "command.h"
#include "mood/model.h"

/* Write the model of the file `from` to the .keras file `to`, with this recipe, and with new check texts if it has
 * a tokenizer. The members of a .keras file are copied byte for byte. The recipe becomes that of the new file.
 * Prints a note about the new file. */
MOOD_MUST_CHECK mood_status model_file_write(const struct common *common, const char *from, const char *to,
                                             mood_model *model, mood_recipe *recipe, mood_error *err);

#endif
