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
#define KNOWN_SHARE 0.6 /* of the words in the texts that the vectors must have */
#define UNEVEN 1.5      /* the most frequent label has so many times more rows than the rarest */

/* In the order in which they have to run. */
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
    if (arguments->vectors && training->known_share == 0)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: it has no vector for any word of the texts; use vectors in the texts' language",
                              path);
    if (!arguments->vectors && training->known_share < KNOWN_SHARE)
        return MOOD_OK;
    arguments->vectors = path;
    return MOOD_OK;
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
        training->lengths = lengths_of(counts, n);
        size_t most = training->lengths.most;
        if (!training->arguments->recipe.options.maxlen)
            training->T = most < FEWEST_WORDS ? FEWEST_WORDS : most > MOST_WORDS ? MOST_WORDS : most;
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
    if (status == MOOD_OK)
        status = choose_length(training, err);
    if (status == MOOD_OK && arguments->vectors && !arguments->num_words_given)
        status = mood_tokenizer_add_vector_words(training->words, arguments->vectors, VECTOR_WORDS,
                                                 &training->vector_words, err);
    return status;
}

/* ---- what was chosen --------------------------------------------------------------------------------- */

static void print_vectors(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    double percent = 100 * training->known_share;
    if (arguments->vectors)
        print_note(common, "vectors: %s; %.0f %% of the words in the texts have one; %zu further words are known",
                   arguments->vectors, percent, training->vector_words);
    else if (training->shipped_vectors)
        print_note(common, "vectors: none; only %.0f %% of the words in the texts are in %s", percent,
                   training->shipped_vectors);
    else
        print_note(common, "vectors: none%s", arguments->no_vectors ? "" : "; mood ships none for this script");
    if (arguments->vectors && training->known_share < KNOWN_SHARE)
        print_note(common,
                   "mood: warning: only %.0f %% of the words in the texts have a vector in %s; it may be of "
                   "another language, or split words in another way",
                   percent, arguments->vectors);
}

static void print_warnings(const struct training *training) {
    const struct common *common = &training->arguments->common;
    size_t T = training->train.T, cut = 0;
    if (training->lengths.longest > T)
        for (size_t i = 0; i < training->train.n; i++)
            cut += training->train.x[i * T + T - 1] != 0;
    if (cut)
        print_note(common, "%.1f %% of the texts have %zu words or more; what follows is cut",
                   100.0 * (double)cut / (double)training->train.n, T);
    if (training->train.words.unknown_texts)
        print_note(common, "mood: warning: %zu texts have no known word", training->train.words.unknown_texts);
}

void preset_print(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    const struct lengths *lengths = &training->lengths;
    print_note(common, "words per text: median %zu, 90 %% up to %zu, 99 %% up to %zu, longest %zu; rows have %zu",
               lengths->median, lengths->nine_tenths, lengths->most, lengths->longest, training->T);
    print_note(common, "split into %s; cleaned: %s", arguments->segment, *arguments->clean ? arguments->clean : "no");
    print_vectors(training);
    print_warnings(training);
    print_note(common, "model: bidirectional LSTM of %s states, and %zu n-grams", arguments->vectors ? "2 x 64" : "2 x 16",
               mood_model_count_ngrams(training->model));
    print_note(common, "training: at most %zu epochs, batches of %zu%s%s", arguments->epochs, arguments->batch_size,
               arguments->early_stopping_given ? "; the best epoch is kept" : "",
               arguments->class_weight ? "; rows of rare labels count more (--class-weight)" : "");
}
