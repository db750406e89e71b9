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
    VECTOR_WORDS = 30000, /* further words of the vectors */
    MOST_TRAINED = 100000 /* words of the training texts */
};
#define LOW_SHARE 0.5 /* of the words in the texts; below it, a warning says that the vectors may not fit */
#define UNEVEN 3.0    /* ratio of rows, most frequent to rarest label, above which labels need weights */

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

bool preset_is_uneven(const mood_dataset *data) {
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
    if (!arguments->early_stopping_given && !arguments->no_early_stopping && validates) {
        arguments->early_stopping = PATIENCE;
        arguments->early_stopping_given = true;
    }
    if (!arguments->batch_size_given && training_rows(training) >= PRESET_MANY_ROWS)
        arguments->batch_size = LARGE_BATCH;
    if (!arguments->class_weight && !training->separator && !training->soft && preset_is_uneven(training->data))
        arguments->class_weight = "balanced";
}

/* Use the segmentation and the cleaning of the base model. */
static void take_preparation(struct training *training) {
    struct fit_arguments *arguments = training->arguments;
    const mood_tokenizer *tokenizer = training->base.recipe->tokenizer;
    if (!arguments->segment)
        arguments->segment = mood_tokenizer_get_segment(tokenizer);
    if (!arguments->clean)
        arguments->clean = mood_tokenizer_get_clean(tokenizer);
}

mood_status preset_choose(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    double unspaced;
    mood_status status = find_script(training, &unspaced, err);
    if (status != MOOD_OK)
        return status;
    if (training->base.model)
        take_preparation(training);
    if (!arguments->segment)
        arguments->segment = unspaced > 0.3 ? "characters" : "words";
    if (!arguments->clean) {
        arguments->clean = strcmp(training->script, "Latin") == 0 ? CLEAN_ENGLISH : CLEAN;
        training->chosen_clean = true;
    }
    bool latin = strcmp(training->script, "Latin") == 0;
    bool han = strcmp(training->script, "Han") == 0 && strcmp(arguments->segment, "characters") == 0;
    const char *name = latin ? "english.vectors" : han ? "chinese-characters.vectors" : NULL;
    training->shipped_vectors = name ? shipped_file(name) : NULL;
    if (name && !training->shipped_vectors)
        print_note(&arguments->common,
                   "mood: warning: %s, which mood ships, is missing; install it again, or set MOOD_MODEL_DIR", name);
    choose_training(training);
    return MOOD_OK;
}

/* ---- the tokenizer -------------------------------------------------------------------------------- */

static void count_occurrences(struct training *training) {
    training->occurrences = 0;
    for (int32_t id = 1; id <= mood_tokenizer_get_largest_id(training->words); id++) {
        mood_text word = mood_tokenizer_get_word(training->words, id);
        training->occurrences += word.data ? mood_tokenizer_get_word_count(training->words, word) : 0;
    }
}

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
    if (status == MOOD_OK)
        count_occurrences(training);
    if (status == MOOD_OK && mood_tokenizer_count_words(training->words) == 0)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: the texts have no words", arguments->data);
    return status;
}

/* Rare words have no use in large data, and the Embedding and its file stay small. */
static mood_status drop_rare_words(struct training *training, mood_error *err) {
    mood_status status = MOOD_OK;
    uint64_t min_count = training_rows(training) >= PRESET_MANY_ROWS ? 2 : 1;
    if (min_count > 1)
        status = mood_tokenizer_drop_rare(training->words, min_count, err);
    while (status == MOOD_OK && mood_tokenizer_count_words(training->words) > MOST_TRAINED)
        status = mood_tokenizer_drop_rare(training->words, ++min_count, err);
    return status;
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
        for (size_t i = 0; i < n; i++)
            training->cut_texts += counts[i].words > training->T;
    }
    mood_sequences_free(&sequences);
    free(counts);
    return status;
}

/* The part of the words in the training texts that the base model knows. */
static double share_of_base(const struct training *training) {
    const struct base_model *base = &training->base;
    uint64_t all = 0, known = 0;
    for (int32_t id = 1; id <= mood_tokenizer_get_largest_id(training->words); id++) {
        mood_text word = mood_tokenizer_get_word(training->words, id);
        uint64_t count = word.data ? mood_tokenizer_get_word_count(training->words, word) : 0;
        int32_t row = word.data ? mood_tokenizer_get_index(base->recipe->tokenizer, word) : 0;
        all += count;
        known += row > 0 && (size_t)row < base->rows ? count : 0;
    }
    return all ? (double)known / (double)all : 0;
}

/* Words that training does not contain: those of the base model, and those of the vectors. */
static mood_status add_known_words(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    size_t of_base = 0, of_vectors = 0;
    mood_status status = MOOD_OK;
    if (training->base.model) {
        training->base_share = share_of_base(training);
        status = base_model_add_words(&training->base, training->words, &of_base, err);
    }
    if (status == MOOD_OK && arguments->vectors)
        status = mood_tokenizer_add_vector_words(training->words, arguments->vectors, VECTOR_WORDS, &of_vectors, err);
    training->known_words = of_base + of_vectors;
    return status;
}

mood_status preset_make_words(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    mood_status status = fit_words(training, err);
    if (status == MOOD_OK)
        status = preset_choose_vectors(training, err);
    if (status == MOOD_OK && training->chosen_clean && !training->fits_language &&
        strcmp(arguments->clean, CLEAN_ENGLISH) == 0) { /* another language */
        arguments->clean = CLEAN;
        status = fit_words(training, err);
    }
    if (status == MOOD_OK)
        status = drop_rare_words(training, err);
    if (status == MOOD_OK)
        status = choose_length(training, err);
    return status == MOOD_OK && !arguments->num_words_given ? add_known_words(training, err) : status;
}

/* ---- what was chosen --------------------------------------------------------------------------------- */

static void print_base(const struct training *training) {
    const struct common *common = &training->arguments->common;
    double percent = 100 * training->base_share;
    print_note(common, "base model: %s; it knows %.0f %% of the words in the texts", training->base.path, percent);
    if (training->base_share < LOW_SHARE)
        print_note(common,
                   "mood: warning: the base model knows only %.0f %% of the words in the texts; it may be of another "
                   "language, or split words in another way; --from none trains without it",
                   percent);
}

static void print_vectors(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    double percent = 100 * training->known_share;
    if (arguments->vectors)
        print_note(common, "vectors: %s; %.0f %% of the words in the texts have one; %zu further words are known",
                   arguments->vectors, percent, training->known_words);
    else if (arguments->no_vectors)
        print_note(common, "vectors: none");
    else if (training->shipped_vectors)
        print_note(common,
                   "vectors: none; the texts are in another language than %s (it has %.0f %% of their most "
                   "frequent words)",
                   training->shipped_vectors, percent);
    else if (!training->base.model)
        print_note(common, "vectors: none; there are no shipped ones for this script");
    if (arguments->freeze_vectors_given && arguments->freeze_vectors)
        print_note(common, "vectors: frozen for the first %zu epochs, then trained", arguments->freeze_vectors);
    if (training->base.model)
        print_base(training);
    if (arguments->vectors && training->known_share < LOW_SHARE)
        print_note(common,
                   "mood: warning: only %.0f %% of the words in the texts have a vector in %s; it may be of "
                   "another language, or split words in another way",
                   percent, arguments->vectors);
}

static void print_warnings(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    if (training->cut_texts)
        print_note(common, "%zu of %zu texts for training have more than %zu words; their %s are cut",
                   training->cut_texts, training->lengths.n, training->T,
                   arguments->recipe.options.truncating == MOOD_PAD_PRE ? "beginnings" : "ends");
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
    print_note(common, "model: bidirectional LSTM of 2 x %g states, and %zu n-grams",
               preset_value(training, PRESET_UNITS), mood_model_count_ngrams(training->model));
    print_note(common, "training: at most %zu epochs, batches of %zu%s%s", arguments->epochs, arguments->batch_size,
               arguments->early_stopping_given ? "; the best epoch is kept" : "",
               arguments->class_weight ? "; rows of rare labels count more (--class-weight)" : "");
}
