/* Keras's description of a TextVectorization as JSON, and its vocabulary as a text file. */
#ifndef TEXT_VECTORIZATION_JSON_H
#define TEXT_VECTORIZATION_JSON_H

#include <jansson.h>

#include "text/tokenizer.h"

/* Whether a document is one: an object of that class, or a list of words. */
bool vectorization_json_begins(const json_t *document);

/* The tokenizer of such a document; *tokenizer is new. */
mood_status vectorization_from_json(const json_t *document, mood_tokenizer **tokenizer, mood_error *err);

/* The same of a config alone, which may have no vocabulary yet. *length: its output_sequence_length; 0: none. */
mood_status vectorization_from_settings(const json_t *config, mood_tokenizer **tokenizer, size_t *length,
                                        mood_error *err);

/* False if there is no memory. */
bool vectorization_to_json(const mood_tokenizer *tokenizer, struct bytes *out);

/* Whether a file is a vocabulary as get_vocabulary() returns it, one word per line: "" and [UNK] come first, which no
 * JSON document does. */
bool vocabulary_lines_begin(const char *data, size_t size);

/* The lines of a vocabulary as a JSON list, as Keras reads vocabulary.txt. */
mood_status vocabulary_lines_to_json(const char *data, size_t size, struct bytes *out, mood_error *err);

#endif
