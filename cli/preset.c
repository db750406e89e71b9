/* The choices of --preset auto. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preset.h"
#include "shipped.h"

enum {
    EPOCHS = 30,
    PATIENCE = 4,
    LARGE_BATCH = 64,
    MOST_WORDS = 400, /* words per text */
    FEWEST_WORDS = 8,
    MANY_ROWS = 15000,   /* from here on rare words and n-grams are dropped, and batches are larger */
    VECTOR_WORDS = 30000 /* further words of the vectors */
};
#define LONG_TEXTS 0.99 /* part of the texts that is not cut */
#define KNOWN_SHARE 0.6 /* of the words in the texts that the vectors must have */
#define UNEVEN 1.5      /* the most frequent label has so many times more rows than the rarest */

#define CLEAN "html,unicode,quotes,urls,emoji,repeats,punctuation"
#define CLEAN_ENGLISH "html,unicode,quotes,urls,emoji,contractions,repeats,punctuation"

bool preset_applies(const struct fit_arguments *arguments) {
    const mood_recipe_options *given = &arguments->recipe.options;
    return !arguments->article && !arguments->resume && !arguments->layers_given && !arguments->vectorizer &&
           !given->architecture && given->matrix == MOOD_MATRIX_NONE;
}

/* ---- before the tokenizer ------------------------------------------------------------------------- */

/* The part of the letters that belong to scripts without spaces between words. */
static mood_status find_script(struct training *training, double *unspaced, mood_error *err) {
    static const char *const names[] = {"Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"};
    mood_script scripts[32];
    size_t count = 0, all = 0, those = 0;
    mood_status status = mood_text_find_scripts(mood_dataset_get_texts(training->data),
                                                mood_dataset_get_count(training->data), scripts, 32, &count, err);
    for (size_t i = 0; i < count; i++) {
        all += scripts[i].letters;
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            those += strcmp(scripts[i].name, names[k]) == 0 ? scripts[i].letters : 0;
    }
    *unspaced = all ? (double)those / (double)all : 0;
    snprintf(training->script, sizeof training->script, "%s", count ? scripts[0].name : "none");
    return status;
}

static bool is_uneven(const mood_dataset *data) {
    size_t least = SIZE_MAX, most = 0;
    for (size_t k = 0; k < mood_dataset_get_class_count(data); k++) {
        size_t rows = mood_dataset_get_class_rows(data, k);
        least = rows < least ? rows : least;
        most = rows > most ? rows : most;
    }
    return (double)most > UNEVEN * (double)least;
}

static void choose_training(struct training *training) {
    struct fit_arguments *arguments = training->arguments;
    bool validates = training_validates(training);
    if (!arguments->epochs_given)
        arguments->epochs = validates ? EPOCHS : EPOCHS / 2;
    if (!arguments->early_stopping_given && validates) {
        arguments->early_stopping = PATIENCE;
        arguments->early_stopping_given = true;
    }
    if (!arguments->batch_size_given && training_rows(training) >= MANY_ROWS)
        arguments->batch_size = LARGE_BATCH;
    if (!arguments->class_weight && !training->separator && is_uneven(training->data))
        arguments->class_weight = "balanced";
}

mood_status preset_choose(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    double unspaced;
    mood_status status = find_script(training, &unspaced, err);
    if (status != MOOD_OK)
        return status;
    if (!arguments->segment)
        arguments->segment = unspaced > 0.3 ? "characters" : "words";
    if (!arguments->clean) {
        arguments->clean = strcmp(training->script, "Latin") == 0 ? CLEAN_ENGLISH : CLEAN;
        training->chosen_clean = true;
    }
    bool ships = !arguments->vectors && !arguments->no_vectors;
    if (ships && strcmp(training->script, "Latin") == 0)
        training->shipped_vectors = shipped_file("english.vectors");
    if (ships && strcmp(training->script, "Han") == 0 && strcmp(arguments->segment, "characters") == 0)
        training->shipped_vectors = shipped_file("chinese-characters.vectors");
    choose_training(training);
    return MOOD_OK;
}

/* ---- the tokenizer -------------------------------------------------------------------------------- */

static mood_status fit_words(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = arguments->num_words_given ? arguments->num_words : 0;
    mood_tokenizer_destroy(training->words);
    training->words = NULL;
    mood_status status = mood_tokenizer_create(&options, &training->words, err);
    if (status == MOOD_OK)
        status = mood_tokenizer_set_preparation(training->words, arguments->clean, arguments->segment, err);
    if (status == MOOD_OK)
        status =
            mood_tokenizer_fit(training->words, mood_dataset_get_texts(training->data), training_rows(training), err);
    if (status == MOOD_OK && mood_tokenizer_count_words(training->words) == 0)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: the texts have no words", arguments->data);
    return status;
}

/* The part of the words in the training texts that have a vector. */
static double known_share(const mood_tokenizer *words, const struct vectors *vectors) {
    uint64_t all = 0, known = 0;
    for (size_t id = 1; id < vectors->rows; id++) {
        mood_text word = mood_tokenizer_get_word(words, (int32_t)id);
        const float *values = vectors->values + id * vectors->dim;
        size_t d = 0;
        while (d < vectors->dim && values[d] == 0)
            d++;
        uint64_t count = word.data ? mood_tokenizer_get_word_count(words, word) : 0;
        all += count;
        known += d < vectors->dim ? count : 0;
    }
    return all ? (double)known / (double)all : 0;
}

/* Use the shipped vectors if they are of the texts' language. */
static mood_status try_vectors(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    const char *path = arguments->vectors ? arguments->vectors : training->shipped_vectors;
    struct vectors vectors = {0};
    if (!path)
        return MOOD_OK;
    size_t rows = (size_t)mood_tokenizer_get_largest_id(training->words) + 1;
    mood_status status =
        mood_tokenizer_read_vectors(training->words, path, rows, &vectors.values, &vectors.dim, &vectors.found, err);
    vectors.rows = rows;
    if (status == MOOD_OK)
        training->known_share = known_share(training->words, &vectors);
    vectors_free(&vectors);
    if (status != MOOD_OK)
        return status;
    if (!arguments->vectors && training->known_share < KNOWN_SHARE)
        return MOOD_OK;
    arguments->vectors = path;
    return MOOD_OK;
}

static int compare_sizes(const void *left, const void *right) {
    const mood_sequence_counts *a = left, *b = right;
    return (a->words > b->words) - (a->words < b->words);
}

/* Rows as long as nearly all texts. */
static mood_status choose_length(struct training *training, mood_error *err) {
    size_t n = training_rows(training);
    mood_sequences sequences = MOOD_SEQUENCES;
    mood_sequence_counts *counts = calloc(n, sizeof *counts);
    if (!counts)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = mood_tokenizer_texts_to_sequences(training->words, mood_dataset_get_texts(training->data), n,
                                                           &sequences, counts, err);
    if (status == MOOD_OK) {
        qsort(counts, n, sizeof *counts, compare_sizes);
        training->longest_text = counts[n - 1].words;
        training->T = counts[(size_t)((double)(n - 1) * LONG_TEXTS)].words;
        training->T = training->T < FEWEST_WORDS ? FEWEST_WORDS : training->T > MOST_WORDS ? MOST_WORDS : training->T;
    }
    mood_sequences_free(&sequences);
    free(counts);
    return status;
}

mood_status preset_make_words(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    mood_status status = fit_words(training, err);
    if (status == MOOD_OK)
        status = try_vectors(training, err);
    if (status == MOOD_OK && training->chosen_clean && !arguments->vectors &&
        strcmp(arguments->clean, CLEAN_ENGLISH) == 0) { /* another language */
        arguments->clean = CLEAN;
        status = fit_words(training, err);
    }
    if (status == MOOD_OK && training_rows(training) >= MANY_ROWS)
        status = mood_tokenizer_drop_rare(training->words, 2, err);
    if (status == MOOD_OK && !arguments->recipe.options.maxlen)
        status = choose_length(training, err);
    if (status == MOOD_OK && arguments->vectors && !arguments->num_words_given)
        status = mood_tokenizer_add_vector_words(training->words, arguments->vectors, VECTOR_WORDS,
                                                 &training->vector_words, err);
    return status;
}

/* ---- what was chosen --------------------------------------------------------------------------------- */

void preset_print(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    print_note(common, "script: %s; split into %s; cleaned: %s", training->script, arguments->segment,
               *arguments->clean ? arguments->clean : "none");
    print_note(common, "%zu words per text; the longest text has %zu", training->T, training->longest_text);
    if (arguments->vectors)
        print_note(common, "vectors: %s: %.0f %% of the words in the texts have one; %zu further words are known",
                   arguments->vectors, 100 * training->known_share, training->vector_words);
    else if (training->shipped_vectors)
        print_note(common, "no vectors: only %.0f %% of the words in the texts are in %s", 100 * training->known_share,
                   training->shipped_vectors);
    print_note(common, "n-grams: %zu", mood_model_count_ngrams(training->model));
}
