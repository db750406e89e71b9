/* Creates a tokenizer from words and their ids. */
#ifndef TEXT_WORD_INDEX_H
#define TEXT_WORD_INDEX_H

#include "mood/text.h"

#define WORD_INDEX_LARGEST_FROM 1000 /* limit of index_from */

/* JSON: an object of words and ids, to which index_from is added. If index_from is at least 3, id 2 stands for
 * unknown words; otherwise unknown words are skipped. *tokenizer is new. */
mood_status tokenizer_from_word_index(const char *data, size_t size, size_t index_from, mood_tokenizer **tokenizer,
                                      mood_error *err);

/* Words with ids from num_words on become unknown. */
mood_status tokenizer_limit_ids(mood_tokenizer *tokenizer, size_t num_words, mood_error *err);

#endif
