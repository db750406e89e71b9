/* Reads Keras's tokenizer JSON, in two files: the document with its settings, and the dicts of words. */
#ifndef TEXT_TOKENIZER_JSON_H
#define TEXT_TOKENIZER_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "mood/text.h"
#include "text/vocabulary.h"

mood_status tokenizer_json_error(mood_error *err, const char *member, const char *what);

/* *json is new; what: its name in messages. */
mood_status tokenizer_json_parse(const char *data, size_t size, const char *what, json_t **json, mood_error *err);

/* The document in data, also if it is nested in JSON strings; *root is new. */
mood_status tokenizer_json_open(const char *data, size_t size, json_t **root, mood_error *err);

/* True if a member of config is one of the dicts. */
bool is_vocabulary_member(const char *name);

/* Fill an empty vocabulary from config's five dicts; the caller reads document_count. */
mood_status vocabulary_read(struct vocabulary *vocabulary, const json_t *config, mood_error *err);

#endif
