/* Text to ids: the tokenizer, padding, and data sets of labelled texts. */
#ifndef MOOD_TEXT_H
#define MOOD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mood/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A text in UTF-8. It needs no final NUL and may contain NULs. Borrowed by every function that takes one. */
typedef struct mood_text {
    const char *data;
    size_t size;
} mood_text;

/** True if text is valid UTF-8. If not, and position is not NULL, *position is the index of the first invalid byte. */
MOOD_API bool mood_text_validate(mood_text text, size_t *position);

/** Replace every invalid part of text by U+FFFD, as Python's bytes.decode(errors="replace").
 *  *repaired is new and NUL-terminated (mood_free); *size is its size without that NUL, *replaced the number of
 *  replacements. size and replaced may be NULL. */
MOOD_API MOOD_MUST_CHECK mood_status mood_text_repair(mood_text text, char **repaired, size_t *size, size_t *replaced,
                                                      mood_error *err);

/** Find the next character, from byte `from` on, that must be escaped for a terminal or a log: control characters
 *  (U+0000 to U+001F, U+007F to U+009F), line separators and characters that reorder text (U+2028 to U+202E, U+2066 to
 *  U+2069), and bytes that are not UTF-8. Returns its offset, or text.size if there is none; *size is set to its
 *  number of bytes, *character to its code point, or -1 if it is not UTF-8. */
MOOD_API size_t mood_text_find_control(mood_text text, size_t from, size_t *size, int32_t *character);

/** A script of texts. */
typedef struct mood_script {
    const char *name; /**< in Unicode: "Latin", "Han"; static */
    size_t letters;
} mood_script;

/** The scripts of texts [n], at most `capacity`, the ones with the most letters first. *count is their number. */
MOOD_API MOOD_MUST_CHECK mood_status mood_text_find_scripts(const mood_text *texts, size_t n, mood_script *scripts,
                                                            size_t capacity, size_t *count, mood_error *err);

/* ---- tokenizer: keras/src/legacy/preprocessing/text.py ------------------------------------------ */

typedef struct mood_tokenizer mood_tokenizer;

typedef struct mood_tokenizer_options {
    size_t size;
    size_t num_words;      /**< ids are below it; 0: no limit. All words are counted and stored */
    const char *filters;   /**< UTF-8; each of its characters separates words; NULL: Keras's default */
    bool lower;            /**< full Unicode lower case, as Python's str.lower() */
    const char *split;     /**< separates words; NULL: one space */
    bool char_level;       /**< every character is a token; filters are ignored */
    const char *oov_token; /**< replaces unknown words, id 1; NULL: they are dropped */
} mood_tokenizer_options;
#define MOOD_TOKENIZER_OPTIONS                                                                                         \
    { sizeof(mood_tokenizer_options), 0, NULL, true, NULL, false, NULL }

/** *tokenizer is new; options may be NULL. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_create(const mood_tokenizer_options *options,
                                                           mood_tokenizer **tokenizer, mood_error *err);

typedef enum mood_matrix_mode {
    MOOD_MATRIX_NONE = -1,     /**< no bags of words: only in mood_recipe, mood_recipe_options, mood_model_get_matrix,
                                 mood_text_vectorization_options, mood_tokenizer_get_matrix */
    MOOD_MATRIX_BINARY = 0,    /**< 1 if the word occurs */
    MOOD_MATRIX_COUNT = 1,     /**< number of occurrences */
    MOOD_MATRIX_FREQ = 2,      /**< number of occurrences / number of ids of the text */
    MOOD_MATRIX_TFIDF = 3,     /**< (1 + ln count) · ln(1 + documents / (1 + documents with the word)) */
    MOOD_MATRIX_MULTI_HOT = 4, /**< of a TextVectorization: 1 if the word occurs */
    MOOD_MATRIX_TF_IDF = 5 /**< of a TextVectorization: count · ln(1 + documents / (1 + documents with the word)) */
} mood_matrix_mode;

/** Keras's name of a mode: "binary", "count", "freq" or "tfidf" of the Tokenizer's, "multi_hot" or "tf_idf" of the
 *  TextVectorization's, which has "count", too. NULL for MOOD_MATRIX_NONE and other numbers. */
MOOD_API const char *mood_matrix_name(mood_matrix_mode mode);

/* Keras's layer TextVectorization is another kind of tokenizer: keras/src/layers/preprocessing/text_vectorization.py.
 * Unlike the Tokenizer it lowers ASCII only, and removes punctuation instead of splitting there. Id 0 is padding, 1 an
 * unknown word, [UNK]; words have ids from 2 on. With output_mode "int" it makes rows of these ids. In its other output
 * modes it makes bags of words, whose column 0 counts unknown words: the column of an id is id - 1. All functions for
 * tokenizers take it. */

typedef enum mood_standardize {
    MOOD_STANDARDIZE_LOWER_AND_STRIP_PUNCTUATION = 0, /**< Keras's default */
    MOOD_STANDARDIZE_LOWER = 1,
    MOOD_STANDARDIZE_STRIP_PUNCTUATION = 2,
    MOOD_STANDARDIZE_NONE = 3
} mood_standardize;

typedef enum mood_text_split {
    MOOD_SPLIT_WHITESPACE = 0, /**< Keras's default: space, tab, LF, VT, FF and CR */
    MOOD_SPLIT_CHARACTER = 1,
    MOOD_SPLIT_NONE = 2 /**< a text is one token */
} mood_text_split;

typedef struct mood_text_vectorization_options {
    size_t size;
    size_t max_tokens; /**< ids are below it; 0: no limit */
    mood_standardize standardize;
    mood_text_split split;
    const size_t *ngrams; /**< [ngram_count] widths, at most 64 of at most 64; Keras's ngrams=2 is {1, 2} */
    size_t ngram_count;
    const mood_text
        *vocabulary; /**< [vocabulary_count] words, as get_vocabulary() returns them, with or without the special */
    size_t vocabulary_count;   /**< tokens at its beginning ("" and [UNK]; in bags of words [UNK] alone); 0:
                                  mood_tokenizer_fit finds the words, as adapt() does */
    mood_matrix_mode matrix;   /**< output_mode: MOOD_MATRIX_NONE ("int"), MULTI_HOT, COUNT or TF_IDF */
    bool pad_to_max_tokens;    /**< bags have max_tokens columns, however many words there are */
    const double *idf_weights; /**< [vocabulary_count], with vocabulary and TF_IDF only. Without [UNK] in the vocabulary
                                    its weight is the mean of the others */
} mood_text_vectorization_options;
#define MOOD_TEXT_VECTORIZATION_OPTIONS                                                                                \
    {                                                                                                                  \
        sizeof(mood_text_vectorization_options), 0, MOOD_STANDARDIZE_LOWER_AND_STRIP_PUNCTUATION,                      \
            MOOD_SPLIT_WHITESPACE, NULL, 0, NULL, 0, MOOD_MATRIX_NONE, false, NULL                                     \
    }

/** *tokenizer is new; options may be NULL. Errors: MOOD_ERR_ARGUMENT if a word is empty, there twice, not UTF-8, or more
 *  than max_tokens allows; or if idf_weights are missing or not finite. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_create_text_vectorization(
    const mood_text_vectorization_options *options, mood_tokenizer **tokenizer, mood_error *err);

/** A tokenizer as it is written in Keras: "TextVectorization(max_tokens=5000, ngrams=2, output_mode='tf_idf')" or
 *  "Tokenizer(num_words=5000, oov_token='<OOV>')", to be fitted (mood_tokenizer_fit) unless it has a vocabulary. *tokenizer
 *  is new. *maxlen is the TextVectorization's output_sequence_length, else 0; maxlen may be NULL.
 *  Errors: MOOD_ERR_ARGUMENT (names the place or the setting), MOOD_ERR_FORMAT (a value), MOOD_ERR_UNSUPPORTED (an unknown
 *  class or setting). */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_create_from_expression(const char *expression,
                                                                           mood_tokenizer **tokenizer, size_t *maxlen,
                                                                           mood_error *err);

/** True for a tokenizer of that kind. */
MOOD_API bool mood_tokenizer_is_text_vectorization(const mood_tokenizer *tokenizer);

/** The output mode of a TextVectorization that makes bags of words; MOOD_MATRIX_NONE for one of output_mode "int", and for
 *  a Tokenizer, which can make rows of ids and bags of all its modes. */
MOOD_API mood_matrix_mode mood_tokenizer_get_matrix(const mood_tokenizer *tokenizer);

/** NULL is allowed. */
MOOD_API void mood_tokenizer_destroy(mood_tokenizer *tokenizer);

/** Count the words of texts [n] and number them by frequency, ties by first occurrence. A TextVectorization orders ties
 *  by the words' bytes, the larger first, and numbers no more words than max_tokens allows; this is Keras's adapt(), also
 *  for the weights of MOOD_MATRIX_TF_IDF. Further calls add to the counts. Invalid UTF-8 counts as U+FFFD. On failure the
 *  tokenizer is unchanged; for this each call copies the vocabulary, so pass many texts per call. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_fit(mood_tokenizer *tokenizer, const mood_text *texts, size_t n,
                                                        mood_error *err);

typedef enum mood_padding {
    MOOD_PAD_PRE = 0,
    MOOD_PAD_POST = 1,
    MOOD_PAD_UNSET = -1 /**< only in mood_recipe_options */
} mood_padding;

/** Counts from the conversion of one text to ids. */
typedef struct mood_sequence_counts {
    size_t words;     /**< tokens in the texts */
    size_t unknown;   /**< of those, dropped or replaced by oov_token */
    size_t bad_bytes; /**< U+FFFD characters inserted for invalid UTF-8 */
} mood_sequence_counts;

/** Convert texts [n] to rows of ids x [n,T]: texts_to_sequences, then pad_sequences with Keras's defaults (pad and
 *  truncate at the start, value 0). Thread-safe unless another thread calls mood_tokenizer_fit.
 *  Errors: MOOD_ERR_STATE if an unknown word must be replaced by oov_token before any fit gave that an id. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_sequences(const mood_tokenizer *tokenizer, const mood_text *texts,
                                                              size_t n, size_t T, int32_t *x, mood_error *err);

/** The same with a side for padding and a side for truncating. counts [n], one per text, may be NULL; undefined on
 *  failure. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_padded(const mood_tokenizer *tokenizer, const mood_text *texts,
                                                           size_t n, size_t T, mood_padding padding,
                                                           mood_padding truncating, int32_t *x,
                                                           mood_sequence_counts *counts, mood_error *err);

/** Call visit for each word of texts [n] in order, as the tokenizer splits them, known or not; index is the text's. The
 *  word is valid during the call. If visit returns false, no others follow. Thread-safe as above. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_visit_words(const mood_tokenizer *tokenizer, const mood_text *texts,
                                                                size_t n,
                                                                bool (*visit)(size_t index, mood_text word, void *user),
                                                                void *user, mood_error *err);

/* ---- sequences of ids, and padding: keras/src/utils/sequence_utils.py ---------------------------- */

/** n rows of ids with any lengths: row i is ids[starts[i]] … ids[starts[i + 1] - 1]. Initialise with
 *  MOOD_SEQUENCES. The calls below append to it; mood_sequences_clear empties it and keeps its memory.
 *  If the caller fills it directly, it needs only n, starts [n + 1] and ids, and the library never frees them. */
typedef struct mood_sequences {
    size_t n;
    size_t *starts;
    int32_t *ids;
    size_t starts_capacity, ids_capacity; /**< for the library's use */
} mood_sequences;
#define MOOD_SEQUENCES                                                                                                 \
    { 0, NULL, NULL, 0, 0 }

/** Append one row. On failure sequences is unchanged. */
MOOD_API MOOD_MUST_CHECK mood_status mood_sequences_append(mood_sequences *sequences, const int32_t *ids, size_t count,
                                                           mood_error *err);
MOOD_API void mood_sequences_clear(mood_sequences *sequences);
MOOD_API void mood_sequences_free(mood_sequences *sequences); /**< empties it and frees its memory */

/** Length of the longest row: Keras's default for maxlen. */
MOOD_API size_t mood_sequences_get_longest(const mood_sequences *sequences);

/** Write rows to x [n,maxlen], padded with value on one side and truncated on one side; Keras's defaults are
 *  MOOD_PAD_PRE for both, and 0. maxlen 0 is an error. */
MOOD_API MOOD_MUST_CHECK mood_status mood_pad_sequences(const mood_sequences *sequences, size_t maxlen,
                                                        mood_padding padding, mood_padding truncating, int32_t value,
                                                        int32_t *x, mood_error *err);

/** Append texts [n] as rows of ids. counts [n] as above. On failure sequences is unchanged. Thread-safe
 *  unless another thread calls mood_tokenizer_fit. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_texts_to_sequences(const mood_tokenizer *tokenizer,
                                                                       const mood_text *texts, size_t n,
                                                                       mood_sequences *sequences,
                                                                       mood_sequence_counts *counts, mood_error *err);

/** Convert rows to texts, words separated by one space. *texts [n] and the bytes that they point to are one new block
 *  (mood_free); each text is NUL-terminated. An unknown id becomes oov_token, or is dropped if there is none. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_sequences_to_texts(const mood_tokenizer *tokenizer,
                                                                       const mood_sequences *sequences,
                                                                       mood_text **texts, mood_error *err);

/* ---- bags of words ------------------------------------------------------------------------------- */

/** Number of columns of the matrices below: num_words, or the number of words + 1; 0 if there are no words yet. Of a
 *  TextVectorization: the number of words + 1, or max_tokens with pad_to_max_tokens; 0 for output_mode "int". */
MOOD_API size_t mood_tokenizer_get_matrix_width(const mood_tokenizer *tokenizer);

/** Texts [n] to x [n,width], width being mood_tokenizer_get_matrix_width's. Column 0 stays empty; of a TextVectorization it
 *  is that of unknown words, and mode must be mood_tokenizer_get_matrix's.
 *  Errors: MOOD_ERR_STATE if width or mode needs words and none have been fitted; MOOD_ERR_UNSUPPORTED if the tokenizer
 *  does not have that mode. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_texts_to_matrix(const mood_tokenizer *tokenizer,
                                                                    const mood_text *texts, size_t n,
                                                                    mood_matrix_mode mode, double *x, mood_error *err);

/** The same from ids. Ids of width or above are skipped; negative ids are an error. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_sequences_to_matrix(const mood_tokenizer *tokenizer,
                                                                        const mood_sequences *sequences,
                                                                        mood_matrix_mode mode, double *x,
                                                                        mood_error *err);

/** The factors of MOOD_MATRIX_TFIDF and MOOD_MATRIX_TF_IDF [width] that do not depend on the text: ln(1 + documents /
 *  (1 + documents with the word)), or a TextVectorization's idf_weights. Errors: MOOD_ERR_STATE
 *  as above, also of a tokenizer whose file has no document counts. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_get_idf(const mood_tokenizer *tokenizer, double *idf,
                                                            mood_error *err);

/* ---- word vectors ---------------------------------------------------------------------------------- */

/** The spelling under which a file has the vector of a word. NONE: it has none. */
enum { MOOD_SPELLING_NONE, MOOD_SPELLING_OWN, MOOD_SPELLING_OTHER };

/** Read pre-trained word vectors: a text file (also compressed) with a word and its numbers on each line, separated by single
 *  spaces, as GloVe, word2vec (text format) and fastText (.vec) have them; word2vec's binary format; or mood's compact
 *  format, in which it ships vectors. *values [rows,*dim] is new (mood_free): row i is the vector of the word with id i, and
 *  zero where the file has none, for the first weight of a model that begins with Embedding(rows, *dim)
 *  (mood_model_set_weight). Only those rows are stored, however large the file is. *found is the number of ids with a
 *  vector. spellings [rows]: MOOD_SPELLING_… of each id. Both may be NULL.
 *
 *  A word without a vector under its own spelling gets that of the first of these spellings that the file has: each of
 *  the following forms as it is, in lower case, with a capital first letter (Paris), with a capital letter also after
 *  each hyphen or underscore (New-York), and in upper case. Forms: the word itself; in NFC; in NFKC; with ' for
 *  typographic apostrophes, and - for typographic hyphens and dashes; with the typographic apostrophe for '; without a
 *  final 's or apostrophe; without apostrophes, unless one or two letters other than t follow the last one; without
 *  hyphens; with underscores for hyphens; Latin and Greek words without accents; letters repeated three times or more
 *  reduced to two (soo for sooo); reduced to one; with # for each digit of numbers of two or more digits (GoogleNews);
 *  with 0 for each digit. Last, a word of the file whose hyphens the word does not have (e-mail for email). Words of
 *  more than 255 bytes have no other spellings. If the file has a spelling several times, its last vector is used for
 *  the own spelling, its first one for another spelling. Otherwise the order in the file has no influence.
 *  Errors: MOOD_ERR_IO, MOOD_ERR_FORMAT (names the line). */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_read_vectors(const mood_tokenizer *tokenizer, const char *path,
                                                                 size_t rows, float **values, size_t *dim,
                                                                 uint8_t *spellings, size_t *found, mood_error *err);

/** Give words of a file of vectors the ids after the tokenizer's: so they are known to a model whose training texts did
 *  not contain them. Only words that a text can contain as one token are added, the first ones of the file, at most
 *  `most`. Call it after mood_tokenizer_fit; another fit drops them. *added is their number; added may be NULL. On
 *  failure the tokenizer is unchanged. Errors: as above; MOOD_ERR_UNSUPPORTED for a TextVectorization. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_add_vector_words(mood_tokenizer *tokenizer, const char *path,
                                                                     size_t most, size_t *added, mood_error *err);
/** Give words the ids after the tokenizer's, unless they have one. Call it after mood_tokenizer_fit; another fit drops
 *  them. *added is the number of new ids; added may be NULL. On failure the tokenizer is unchanged. Errors:
 *  MOOD_ERR_UNSUPPORTED for a TextVectorization. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_add_words(mood_tokenizer *tokenizer, const mood_text *words,
                                                              size_t count, size_t *added, mood_error *err);
/** Words that occur fewer than min_count times lose their ids: they are unknown. Call it after mood_tokenizer_fit; another
 *  fit counts and numbers all words again. On failure the tokenizer is unchanged. Errors: MOOD_ERR_UNSUPPORTED for a
 *  TextVectorization. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_drop_rare(mood_tokenizer *tokenizer, uint64_t min_count,
                                                              mood_error *err);

/* ---- preparation of texts: cleaning and segmentation ----------------------------------------------- */

/** What a Tokenizer does with a text before it splits it into words, in fit as in all conversions to ids: repair of
 *  UTF-8, the cleaning steps in the given order, the segmentation. A model's file stores it (mood_model_save).
 *
 *  clean: names of steps, separated by commas, each at most once; NULL, "" or "none": no steps. html, unicode, nfc,
 *  quotes, urls, mentions, hashtags, emoji, no-emoji, emoticons, contractions, repeats, punctuation, accents, case,
 *  numbers, symbols; mood-fit(1) describes them. punctuation makes '!' and '?' words, so it also removes them from the
 *  tokenizer's filters.
 *  segment: "words": words are separated by spaces; "characters": also each character of a script without spaces, such as
 *  Han, Kana and Thai, is a word; "icu": the words that ICU finds. NULL: "words".
 *
 *  Call it before mood_tokenizer_fit. On failure the tokenizer is unchanged.
 *  Errors: MOOD_ERR_UNSUPPORTED (an unknown name), MOOD_ERR_ARGUMENT (a step is there twice; a TextVectorization, which
 *  cleans and splits texts itself; a segmentation together with char_level, or with a split that is not a space),
 *  MOOD_ERR_STATE (the tokenizer has words already). */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_set_preparation(mood_tokenizer *tokenizer, const char *clean,
                                                                    const char *segment, mood_error *err);

/** The names of the steps, as above; "" if there are none. It belongs to the tokenizer. */
MOOD_API const char *mood_tokenizer_get_clean(const mood_tokenizer *tokenizer);
MOOD_API const char *mood_tokenizer_get_segment(const mood_tokenizer *tokenizer);

/** The names of all cleaning steps, from index 0 on; NULL after the last one. */
MOOD_API const char *mood_clean_step_at(size_t index);

/* ---- properties of a tokenizer ------------------------------------------------------------------- */

MOOD_API size_t mood_tokenizer_count_words(const mood_tokenizer *tokenizer); /**< len(word_index) */
/** The largest id that a text can produce; an Embedding's input_dim must be larger. 0 if there are no words yet. */
MOOD_API int32_t mood_tokenizer_get_largest_id(const mood_tokenizer *tokenizer);
MOOD_API size_t mood_tokenizer_get_num_words(const mood_tokenizer *tokenizer);
MOOD_API uint64_t mood_tokenizer_get_document_count(const mood_tokenizer *tokenizer);

/** The options that it was created with, with defaults filled in; strings belong to the tokenizer. Of a
 *  TextVectorization: num_words is max_tokens, char_level its split into characters, oov_token "[UNK]"; filters is "".
 */
MOOD_API mood_tokenizer_options mood_tokenizer_get_options(const mood_tokenizer *tokenizer);

/** A word's index, from 1, independent of num_words; -1 if it is unknown. The word is not converted to lower case. */
MOOD_API int32_t mood_tokenizer_get_index(const mood_tokenizer *tokenizer, mood_text word);

/** The word of an index; data is NULL if there is none. It is NUL-terminated and belongs to the
 *  tokenizer; the next fit invalidates it. */
MOOD_API mood_text mood_tokenizer_get_word(const mood_tokenizer *tokenizer, int32_t index);

/** Number of occurrences of a word, and number of texts that contain it. */
MOOD_API uint64_t mood_tokenizer_get_word_count(const mood_tokenizer *tokenizer, mood_text word);
MOOD_API uint64_t mood_tokenizer_get_word_docs(const mood_tokenizer *tokenizer, mood_text word);

/* ---- Keras's tokenizer JSON ---------------------------------------------------------------------- */

/** Write the same JSON as Keras's tokenizer.to_json(), in ASCII; *json is new and NUL-terminated (mood_free). A
 *  TextVectorization becomes Keras's description of that layer, with its vocabulary and without counts. The preparation of
 *  texts is not in it. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_to_json(const mood_tokenizer *tokenizer, char **json,
                                                            mood_error *err);

/** Create a tokenizer from the result of to_json(), or from a file into which that string was dumped as a JSON
 *  string. A TextVectorization is created from the layer as Keras serializes it, {"class_name": "TextVectorization",
 *  "config": {…}} with its "vocabulary" (and "idf_weights"), or, with Keras's default settings, from a list ["", "[UNK]", …], which
 *  get_vocabulary() returned. *tokenizer is new. Errors: MOOD_ERR_FORMAT; MOOD_ERR_UNSUPPORTED for an analyzer, for
 *  Python functions, and for output_mode "one_hot". */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_from_json(const char *data, size_t size, mood_tokenizer **tokenizer,
                                                              mood_error *err);

/* ---- data sets: labelled texts from CSV, JSON lines or fastText's format ---------------------------- */

#define MOOD_LABEL_MAX 256 /**< maximum size of a label [bytes] */

/** Check labels [count] as names of classes: each must be valid UTF-8, not empty, at most MOOD_LABEL_MAX bytes and
 * without control characters, and no two may be equal. Errors: MOOD_ERR_ARGUMENT; the message has the label's number
 * from 1. */
MOOD_API MOOD_MUST_CHECK mood_status mood_labels_check(const char *const *labels, size_t count, mood_error *err);

/** Texts with labels, read from one file. Only mood_dataset_stratify and mood_dataset_fold change it. */
typedef struct mood_dataset mood_dataset;

typedef struct mood_dataset_options {
    size_t size;
    const char *text_column, *label_column; /**< names of columns or JSON fields, or, in a CSV file without names,
                                               numbers from 1; NULL: found by name and values, see open */
    const char *positive;      /**< with two labels: the label of class 1; NULL: chosen by name, see open. Or a
                                  comparison such as ">=4": numbers as labels become two classes */
    const char *const *labels; /**< [label_count] allowed names, in class order, for example a model's labels; */
    size_t label_count;        /**< NULL and 0: the classes come from the file */
    char label_separator;      /**< separates any number of labels of a row, as in joy|anger; '\0': exactly one label */
    char separator;            /**< of CSV columns: a printable ASCII character or a tab; '\0': found by itself */
    bool no_header;            /**< a CSV file's first row is data, not names */
    bool no_quotes;            /**< in CSV a quote (") is a character like others */
    bool drop_empty_texts;     /**< drop rows whose text is empty or white space */
    bool skip_errors;          /**< a row that can't be read is dropped and counted; false: it is an error */
    const char *encoding; /**< one of ICU's names, such as "windows-1252"; NULL: by the byte-order mark, else UTF-8 */
    const char *const *skip; /**< [skip_count] labels whose rows are dropped */
    size_t skip_count;
    const char *const
        *probability_columns; /**< [probability_count] columns or JSON fields of soft labels, in the place */
    size_t probability_count; /**< of label_column, see open; NULL and 0: there are none */
} mood_dataset_options;
#define MOOD_DATASET_OPTIONS                                                                                           \
    {                                                                                                                  \
        sizeof(mood_dataset_options), NULL, NULL, NULL, NULL, 0, '\0', '\0', false, false, false, false, NULL, NULL,   \
            0, NULL, 0                                                                                                 \
    }

/** Read a file of labelled texts. "-" is standard input. *dataset is new; options may be NULL. What the file is, is
 *  found by its bytes, not by its name:
 *  - Compression: gzip, bzip2, xz, or zip with one file in it.
 *  - Encoding: `encoding`, or UTF-16 or UTF-32 with a byte-order mark, else UTF-8.
 *  - JSON lines, if the first character is {: one object per line. Text and label are strings; a number, true or false
 *    can be a label. With label_separator the label can be an array of such values.
 *  - fastText's format, if the first line begins with __label__: each line has its labels, then the text. If a line
 *    has several, the rows have any number of labels, as with label_separator.
 *  - Else CSV (RFC 4180). The separator is the one of comma, semicolon, tab and | for which the first rows have as
 *    many fields as the first line. If it is not a comma, and the first rows fit only without quotes, quotes are
 *    characters. The first row has the names of the columns, unless its values look like those of the other rows.
 *  Columns, unless given: text and label; else known names such as review and sentiment; else, by the first rows, the
 *  column with the longest texts and the one with few different values. It is an error if several are possible.
 *  Two labels: class 1, the positive one, is `positive`; by default the one named 1, pos, positive, yes, true
 *  or good (case does not matter), else the second in code point order. Labels 0 and 1 are named negative and positive.
 *  More labels: classes are in numerical order if all are numbers, else in code point order.
 *  Labels that differ only in case, or are the same number (1 and 1.0), are one, named by its most frequent spelling;
 *  they stay separate if `labels` has several of them.
 *  With `labels`, 0 and 1 are also accepted for the names negative and positive, and `positive` can only be a
 *  comparison, with two labels. With a comparison all labels must be numbers; the classes are negative and positive.
 *  Soft labels, with `probability_columns`: one column has the probability of the second of two classes, which are
 *  `labels` or negative and positive; two columns or more have one class each, named by `labels` or as the columns (if the labels are the
 *  columns' names, each column belongs to its name, else they have the same order), and
 *  a row's numbers add up to 1, or are counts, such as those of annotators, which are divided by their sum. A row's
 *  class is the most probable one. label_column, positive, label_separator and skip can't be given; fastText's format
 *  has no such columns. At most 1000 columns.
 *  Limits: a field or line has at most 64 MiB; a compressed file that unpacks to more than 256 MiB, at most 100 times
 *  its own size; with several labels per row, rows times classes are at most 2^28; each label must pass
 *  mood_labels_check.
 *  With `label_separator`, spaces around a label are ignored, an empty field is a row without labels, and there is no
 *  positive label.
 *  Error messages contain the file, and the line where the record starts: MOOD_ERR_IO, MOOD_ERR_FORMAT. */
MOOD_API MOOD_MUST_CHECK mood_status mood_dataset_open(const char *path, const mood_dataset_options *options,
                                                       mood_dataset **dataset, mood_error *err);

/** NULL is allowed. */
MOOD_API void mood_dataset_destroy(mood_dataset *dataset);

/* The results of these functions belong to the data set. */
MOOD_API size_t mood_dataset_get_count(const mood_dataset *dataset);           /**< n rows */
MOOD_API const mood_text *mood_dataset_get_texts(const mood_dataset *dataset); /**< [n] valid UTF-8 */
MOOD_API const int32_t *mood_dataset_get_classes(const mood_dataset *dataset); /**< [n] from 0; NULL with several
                                                                                      labels per row */
/** With several labels per row (label_separator, or fastText's format): [n, class_count], 1 where the row has the
 *  label, else 0. Else NULL. */
MOOD_API const float *mood_dataset_get_targets(const mood_dataset *dataset);
/** With soft labels (probability_columns): [n, class_count] probabilities. Else NULL. */
MOOD_API const float *mood_dataset_get_probabilities(const mood_dataset *dataset);
MOOD_API size_t mood_dataset_get_class_count(const mood_dataset *dataset);
/** A class's name, its label in the file, and its number of rows; NULL and 0 past the last class. */
MOOD_API const char *mood_dataset_get_label(const mood_dataset *dataset, size_t index);
MOOD_API const char *mood_dataset_get_raw_label(const mood_dataset *dataset, size_t index);
MOOD_API size_t mood_dataset_get_class_rows(const mood_dataset *dataset, size_t index);
/** The positive label as spelled in the file; NULL unless each row has one of two classes. */
MOOD_API const char *mood_dataset_get_positive(const mood_dataset *dataset);
/** SHA-256 of the file's (decompressed) bytes in hex, 64 digits. */
MOOD_API const char *mood_dataset_get_digest(const mood_dataset *dataset);

/** How a file was read. Only the library makes it; later versions can have more members at the end. */
typedef struct mood_dataset_info {
    const char *format;      /**< "CSV", "JSON lines" or "fastText" */
    const char *compression; /**< "gzip", "bzip2", "xz" or "zip"; NULL: none */
    const char *encoding;    /**< as given, else "UTF-8" or that of the byte-order mark */
    char separator;          /**< of CSV columns; else '\0' */
    bool header;             /**< a CSV file's first row has the names of the columns */
    bool quotes;             /**< of CSV: fields can be in quotes */
    const char *text_column,
        *label_column;                /**< names, or numbers from 1 if there are none; NULL in fastText's format */
    bool text_guessed, label_guessed; /**< not given, and not named text and label */
    size_t rows_read;                 /**< all rows but that of the names: those of the data set and the next three */
    size_t rows_skipped;              /**< could not be read (skip_errors) */
    size_t rows_of_skipped_labels;    /**< had one of the labels to skip */
    size_t rows_of_empty_texts;       /**< had an empty text, and were dropped */
    size_t empty_texts;               /**< rows of the data set whose text is empty or white space */
    size_t first_skipped_line;        /**< line of the first row that could not be read; 0: none */
    const char *first_skipped_reason; /**< the error, without file and line; NULL: none */
    size_t joined_labels;             /**< labels with several spellings */
    const char *joined_spellings;     /**< such as "positive" = "Positive"; "1" = "1.0"; may be cut; "": none */
} mood_dataset_info;

/** Belongs to the data set. */
MOOD_API const mood_dataset_info *mood_dataset_get_info(const mood_dataset *dataset);

/** Order the rows so that the last ones, which mood_model_fit's validation_split takes for validation, have each label
 *  in proportion: n - floor(n * (1 - validation_split)) rows, chosen at random by the seed. The order within both parts
 *  stays that of the file. A label with two rows or more keeps one for training. With several labels per row each set
 *  of labels counts as one. The same seed gives the same order. On failure the data set is unchanged.
 *  Errors: MOOD_ERR_ARGUMENT if validation_split is not from 0 to below 1. */
MOOD_API MOOD_MUST_CHECK mood_status mood_dataset_stratify(mood_dataset *dataset, double validation_split,
                                                           uint64_t seed, mood_error *err);

/** The same for cross-validation: the last rows are those of one of `folds` parts, whose number is *validation_rows.
 *  The same seed gives the same parts; each row is in one of them, and each part has each label in proportion. A label
 *  with one row is in no part: it is always for training. Call it on the order of the file, not after another call.
 *  On failure the data set is unchanged. Errors: MOOD_ERR_ARGUMENT if folds is below 2, or fold, from 0, is not less
 *  than folds. */
MOOD_API MOOD_MUST_CHECK mood_status mood_dataset_fold(mood_dataset *dataset, size_t folds, size_t fold, uint64_t seed,
                                                       size_t *validation_rows, mood_error *err);

/* ---- tables: rows of which one column has texts, read one after the other ---------------------------- */

/** A file of rows, which need no labels. It is read in order, in constant memory. */
typedef struct mood_table mood_table;

typedef struct mood_table_options {
    size_t size;
    const char *text_column;    /**< as for a data set; NULL: found by name and values */
    const char *const *columns; /**< [column_count] names of other columns, or JSON fields, whose values are needed */
    size_t column_count;
    char separator; /**< this one and the next five: as for a data set */
    bool no_header;
    bool no_quotes;
    bool skip_errors;
    const char *encoding;
} mood_table_options;
#define MOOD_TABLE_OPTIONS                                                                                             \
    { sizeof(mood_table_options), NULL, NULL, 0, '\0', false, false, false, NULL }

/** Open a file: CSV or JSON lines, found by its bytes, in the compressions and encodings of mood_dataset_open. The path
 *  "-" is standard input. *table is new; options may be NULL. The text column is the given one, else text, else one with a
 *  known name, else that with the longest texts. Errors contain the file and, if known, the line: MOOD_ERR_IO,
 *  MOOD_ERR_FORMAT (also: the file is empty, a column does not exist), MOOD_ERR_UNSUPPORTED (fastText's format). */
MOOD_API MOOD_MUST_CHECK mood_status mood_table_open(const char *path, const mood_table_options *options,
                                                     mood_table **table, mood_error *err);

/** NULL is allowed. */
MOOD_API void mood_table_destroy(mood_table *table);

/** A row; what it points to is valid until the next call for the table. All texts are valid UTF-8. */
typedef struct mood_table_row {
    size_t line; /**< at which the row starts, from 1 */
    mood_text text;
    const mood_text
        *values; /**< [column_count] of options.columns; numbers, true and false of JSON as text. data is NULL
                                if a JSON object does not have the field, or another value there */
    const mood_text *fields; /**< CSV: [mood_table_get_width] all fields; JSON lines: NULL */
    mood_text object;        /**< JSON lines: the line, which is one object; CSV: empty */
} mood_table_row;

/** Read the next row. *found is false at the end. A row that can't be read is an error with file and line, or, with
 *  skip_errors, is skipped and counted. */
MOOD_API MOOD_MUST_CHECK mood_status mood_table_next(mood_table *table, mood_table_row *row, bool *found,
                                                     mood_error *err);

/* The results of these functions belong to the table. */

/** The columns' names [mood_table_get_width]: of a CSV file, or numbers from 1 if it has none; of JSON lines the names of
 *  the fields in the first objects (the first MiB, at most 1000 objects), in the order of their first occurrence. */
MOOD_API const mood_text *mood_table_get_names(const mood_table *table);
MOOD_API size_t mood_table_get_width(const mood_table *table);

/** How the file is read, and counts of the rows so far. Members about labels are empty. */
MOOD_API const mood_dataset_info *mood_table_get_info(const mood_table *table);

/** The bytes of the file that are read, and its size. *size is 0 if it is unknown: a pipe, or a zip file. */
MOOD_API void mood_table_get_progress(const mood_table *table, uint64_t *read, uint64_t *size);

#ifdef __cplusplus
}
#endif
#endif
