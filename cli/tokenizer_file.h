/* --tokenizer FILE: a recipe for a model whose file has none, as Keras's own files have none. */
#ifndef CLI_TOKENIZER_FILE_H
#define CLI_TOKENIZER_FILE_H

#include "mood/model.h"

struct tokenizer_file {
    mood_recipe recipe; /* padding in front, as Keras's default; labels negative and positive, or numbers */
};

/* The rest of the recipe is the model's own where its file has one (own may be NULL). */
MOOD_MUST_CHECK mood_status tokenizer_file_read(struct tokenizer_file *file, const char *path,
                                                const mood_model *model, const mood_recipe *own, mood_error *err);
void tokenizer_file_destroy(struct tokenizer_file *file);

#endif
