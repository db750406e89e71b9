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

/** Bytes that should be UTF-8. They need no final NUL and may hold one. Borrowed wherever it is passed. */
typedef struct mood_text {
    const char *data;
    size_t size;
} mood_text;

/** Whether text is UTF-8; if not and position is not NULL, *position is the first wrong byte. */
MOOD_API bool mood_text_validate(mood_text text, size_t *position);

/** text with every invalid part replaced by U+FFFD, as Python's bytes.decode(errors="replace").
 *  *repaired is new and NUL-terminated (mood_free); *size, without that NUL, and *replaced, the number of
 *  replacements, may be NULL. */
MOOD_API MOOD_MUST_CHECK mood_status mood_text_repair(mood_text text, char **repaired, size_t *size,
                                                      size_t *replaced, mood_error *err);

/** Find the next character, from byte `from` on, that must not reach a terminal or a log as it is: control characters
 *  (U+0000 to U+001F, U+007F to U+009F), line separators and characters that reorder text (U+2028 to U+202E, U+2066 to
 *  U+2069), and bytes that are not UTF-8. Returns its offset, or text.size if there is none; *size becomes its bytes,
 *  *character its code point, -1 where it is not UTF-8. */
MOOD_API size_t mood_text_find_control(mood_text text, size_t from, size_t *size, int32_t *character);

/* ---- tokenizer: keras/src/legacy/preprocessing/text.py ------------------------------------------ */

typedef struct mood_tokenizer mood_tokenizer;

typedef struct mood_tokenizer_options {
    size_t size;
    size_t num_words;      /**< ids stay below it; 0: no limit. All words are counted and kept */
    const char *filters;   /**< UTF-8; each of its characters separates words; NULL: Keras's default */
    bool lower;            /**< full Unicode lower case, as Python's str.lower() */
    const char *split;     /**< separates words; NULL: one space */
    bool char_level;       /**< every character is a token; filters don't count then */
    const char *oov_token; /**< stands for unknown words, id 1; NULL: they are dropped */
} mood_tokenizer_options;
#define MOOD_TOKENIZER_OPTIONS {sizeof(mood_tokenizer_options), 0, NULL, true, NULL, false, NULL}

/** *tokenizer is new; options may be NULL. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_create(const mood_tokenizer_options *options,
                                                           mood_tokenizer **tokenizer, mood_error *err);

/** NULL is fine. */
MOOD_API void mood_tokenizer_destroy(mood_tokenizer *tokenizer);

/** Count the words of texts [n] and number them by frequency, ties by first sight; may be called again,
 *  and counts on. Invalid UTF-8 counts as U+FFFD. On failure the tokenizer stays as it was; for that each call copies
 *  the vocabulary, so give it many texts at once. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_fit(mood_tokenizer *tokenizer, const mood_text *texts,
                                                        size_t n, mood_error *err);

typedef enum mood_padding {
    MOOD_PAD_PRE = 0,
    MOOD_PAD_POST = 1,
    MOOD_PAD_UNSET = -1 /**< only in mood_recipe_options */
} mood_padding;

/** What happened on the way from one text to its ids. */
typedef struct mood_sequence_counts {
    size_t words;     /**< tokens seen */
    size_t unknown;   /**< of those, dropped or replaced by oov_token */
    size_t bad_bytes; /**< U+FFFD put in place of invalid UTF-8 */
} mood_sequence_counts;

/** Texts [n] to rows of ids x [n,T]: texts_to_sequences, then pad_sequences with Keras's defaults (pad and
 *  truncate in front, value 0). Thread-safe as long as nobody fits.
 *  Errors: MOOD_ERR_STATE when an unknown word has to become an oov_token that was never numbered. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_sequences(const mood_tokenizer *tokenizer,
                                                              const mood_text *texts, size_t n, size_t T,
                                                              int32_t *x, mood_error *err);

/** The same with a side to pad and a side to truncate. counts [n], one per text, may be NULL; undefined on failure. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_padded(const mood_tokenizer *tokenizer, const mood_text *texts,
                                                           size_t n, size_t T, mood_padding padding,
                                                           mood_padding truncating, int32_t *x,
                                                           mood_sequence_counts *counts, mood_error *err);

/* ---- sequences of ids, and padding: keras/src/utils/sequence_utils.py ---------------------------- */

/** n rows of ids, each as long as it is: row i is ids[starts[i]] … ids[starts[i + 1] - 1]. Begin with
 *  MOOD_SEQUENCES; the calls below grow it, and mood_sequences_clear empties it, keeping its memory.
 *  One that a caller fills himself needs n, starts [n + 1] and ids alone, and is never freed here. */
typedef struct mood_sequences {
    size_t n;
    size_t *starts;
    int32_t *ids;
    size_t starts_capacity, ids_capacity; /**< the library's own */
} mood_sequences;
#define MOOD_SEQUENCES {0, NULL, NULL, 0, 0}

/** Append one row. On failure sequences stays as it was. */
MOOD_API MOOD_MUST_CHECK mood_status mood_sequences_append(mood_sequences *sequences, const int32_t *ids,
                                                           size_t count, mood_error *err);
MOOD_API void mood_sequences_clear(mood_sequences *sequences);
MOOD_API void mood_sequences_free(mood_sequences *sequences); /**< empties it, and gives back its memory */

/** The longest row; Keras's maxlen when none is given. */
MOOD_API size_t mood_sequences_get_longest(const mood_sequences *sequences);

/** Rows to x [n,maxlen], filled up with value on one side and cut on one side; Keras's defaults are
 *  MOOD_PAD_PRE twice and 0. maxlen 0 is an error, as there is nothing to write. */
MOOD_API MOOD_MUST_CHECK mood_status mood_pad_sequences(const mood_sequences *sequences, size_t maxlen,
                                                        mood_padding padding, mood_padding truncating,
                                                        int32_t value, int32_t *x, mood_error *err);

/** Append texts [n] as rows of ids. counts [n] as above. On failure sequences stays as it was. Thread-safe
 *  as long as nobody fits. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_texts_to_sequences(const mood_tokenizer *tokenizer,
                                                                       const mood_text *texts, size_t n,
                                                                       mood_sequences *sequences,
                                                                       mood_sequence_counts *counts,
                                                                       mood_error *err);

/** Rows back to words joined by one space: *texts [n] in one new block with the bytes they show
 *  (mood_free), each NUL-terminated. An unknown id becomes oov_token, or nothing without one. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_sequences_to_texts(const mood_tokenizer *tokenizer,
                                                                       const mood_sequences *sequences,
                                                                       mood_text **texts, mood_error *err);

/* ---- bags of words ------------------------------------------------------------------------------- */

typedef enum mood_matrix_mode {
    MOOD_MATRIX_BINARY = 0, /**< 1 where the word occurs */
    MOOD_MATRIX_COUNT = 1,  /**< how often */
    MOOD_MATRIX_FREQ = 2,   /**< how often, divided by the text's ids */
    MOOD_MATRIX_TFIDF = 3   /**< (1 + ln count) · ln(1 + documents / (1 + documents with the word)) */
} mood_matrix_mode;

/** Columns of the matrices below: num_words, or the number of words + 1; 0 before there are any. */
MOOD_API size_t mood_tokenizer_get_matrix_width(const mood_tokenizer *tokenizer);

/** Texts [n] to x [n,width], width being mood_tokenizer_get_matrix_width's; column 0 stays empty.
 *  Errors: MOOD_ERR_STATE when nothing has been fitted that width or mode need. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_texts_to_matrix(const mood_tokenizer *tokenizer,
                                                                    const mood_text *texts, size_t n,
                                                                    mood_matrix_mode mode, double *x,
                                                                    mood_error *err);

/** The same from ids; those at width or above are passed over, negative ones are an error. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_sequences_to_matrix(const mood_tokenizer *tokenizer,
                                                                        const mood_sequences *sequences,
                                                                        mood_matrix_mode mode, double *x,
                                                                        mood_error *err);

/* ---- looking into a tokenizer -------------------------------------------------------------------- */

MOOD_API size_t mood_tokenizer_count_words(const mood_tokenizer *tokenizer); /**< len(word_index) */
/** The largest id that a text can bring; an Embedding's input_dim has to be above it. 0 before there are words. */
MOOD_API int32_t mood_tokenizer_get_largest_id(const mood_tokenizer *tokenizer);
MOOD_API size_t mood_tokenizer_get_num_words(const mood_tokenizer *tokenizer);
MOOD_API uint64_t mood_tokenizer_get_document_count(const mood_tokenizer *tokenizer);

/** The options it was made with, defaults filled in; strings belong to the tokenizer. */
MOOD_API mood_tokenizer_options mood_tokenizer_get_options(const mood_tokenizer *tokenizer);

/** A word's index, from 1, whatever num_words is; -1 when there is none. The word is taken as it is:
 *  no lower case. */
MOOD_API int32_t mood_tokenizer_get_index(const mood_tokenizer *tokenizer, mood_text word);

/** The word of an index; data is NULL when there is none. It is NUL-terminated and belongs to the
 *  tokenizer; the next fit moves it. */
MOOD_API mood_text mood_tokenizer_get_word(const mood_tokenizer *tokenizer, int32_t index);

/** How often a word was seen, and in how many texts; 0 when never. */
MOOD_API uint64_t mood_tokenizer_get_word_count(const mood_tokenizer *tokenizer, mood_text word);
MOOD_API uint64_t mood_tokenizer_get_word_docs(const mood_tokenizer *tokenizer, mood_text word);

/* ---- Keras's tokenizer JSON ---------------------------------------------------------------------- */

/** What Keras's tokenizer.to_json() writes, as ASCII; *json is new and NUL-terminated (mood_free). */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_to_json(const mood_tokenizer *tokenizer, char **json,
                                                            mood_error *err);

/** A tokenizer from what to_json() returned, or from a file into which that string was dumped as JSON
 *  once more. *tokenizer is new. Errors: MOOD_ERR_FORMAT; MOOD_ERR_UNSUPPORTED for an analyzer. */
MOOD_API MOOD_MUST_CHECK mood_status mood_tokenizer_from_json(const char *data, size_t size,
                                                              mood_tokenizer **tokenizer, mood_error *err);

/* ---- data sets: labelled texts from CSV ---------------------------------------------------------- */

#define MOOD_LABEL_MAX 256 /**< bytes of a label at most */

/** Whether labels [count] can name classes: each is valid UTF-8, not empty, no longer than MOOD_LABEL_MAX and without
 *  control characters, and no two are equal. Errors: MOOD_ERR_ARGUMENT, naming the label by its number from 1. */
MOOD_API MOOD_MUST_CHECK mood_status mood_labels_check(const char *const *labels, size_t count, mood_error *err);

/** Texts with labels, read from a CSV file as a whole. It never changes. */
typedef struct mood_dataset mood_dataset;

typedef struct mood_dataset_options {
    size_t size;
    const char *text_column, *label_column; /**< their names in the first row */
    const char *positive;      /**< of two labels, the one to be class 1; NULL: by its name, see open */
    const char *const *labels; /**< [label_count] names in class order that the labels have to be among, */
    size_t label_count;        /**< as those of a model; NULL and 0: the classes come from the file */
    char label_separator; /**< a row has any number of labels, joined by this, as in joy|anger; '\0': exactly one */
} mood_dataset_options;
#define MOOD_DATASET_OPTIONS {sizeof(mood_dataset_options), "text", "label", NULL, NULL, 0, '\0'}

/** Read a CSV file (RFC 4180: UTF-8, commas, quotes, a first row of names); gzip is unpacked, and "-" is
 *  standard input. *dataset is new; options may be NULL.
 *  Two labels: class 1, the positive one, is `positive`, else the one called 1, pos, positive, yes, true
 *  or good (in any case), else the second by code point; labels 0 and 1 are named negative and positive.
 *  More labels: classes in numerical order when all are whole numbers, else by code point.
 *  With `labels`, 0 and 1 also stand for the names negative and positive.
 *  Limits: 64 MiB for a field; beyond 256 MiB, 100 times the size of a gzip file for what it unpacks to; with
 *  `label_separator`, 2^28 for rows times classes, and each label has to pass mood_labels_check.
 *  With `label_separator`, spaces around a label do not count, an empty field is a row without labels, and no label is
 *  the positive one.
 *  Errors name the file, and the line where the record starts: MOOD_ERR_IO, MOOD_ERR_FORMAT. */
MOOD_API MOOD_MUST_CHECK mood_status mood_dataset_open(const char *path, const mood_dataset_options *options,
                                                       mood_dataset **dataset, mood_error *err);

/** NULL is fine. */
MOOD_API void mood_dataset_destroy(mood_dataset *dataset);

/* What they return belongs to the data set. */
MOOD_API size_t mood_dataset_get_count(const mood_dataset *dataset);             /**< n rows */
MOOD_API const mood_text *mood_dataset_get_texts(const mood_dataset *dataset);   /**< [n] valid UTF-8 */
MOOD_API const int32_t *mood_dataset_get_classes(const mood_dataset *dataset);   /**< [n] from 0; NULL with a
                                                                                      label_separator */
/** With a label_separator: [n, class_count], 1 where the row has the label, else 0. NULL without. */
MOOD_API const float *mood_dataset_get_targets(const mood_dataset *dataset);
MOOD_API size_t mood_dataset_get_class_count(const mood_dataset *dataset);
/** A class's name, as the file spells it, and its number of rows; NULL and 0 past the last class. */
MOOD_API const char *mood_dataset_get_label(const mood_dataset *dataset, size_t index);
MOOD_API const char *mood_dataset_get_raw_label(const mood_dataset *dataset, size_t index);
MOOD_API size_t mood_dataset_get_class_rows(const mood_dataset *dataset, size_t index);
/** The label that was taken as positive, as the file spells it; NULL unless a row is of one of two classes. */
MOOD_API const char *mood_dataset_get_positive(const mood_dataset *dataset);
/** SHA-256 of the file's bytes (unpacked) in hex, 64 digits. */
MOOD_API const char *mood_dataset_get_digest(const mood_dataset *dataset);

#ifdef __cplusplus
}
#endif
#endif
