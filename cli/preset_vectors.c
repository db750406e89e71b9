/* The vectors of --preset auto: shipped ones if they fit the language of the texts, or the given ones. */
#include <ctype.h>

#include "preset.h"

enum { FREQUENT = 5000 }; /* the number of most frequent words that decide about the language */
#define KNOWN_SHARE 0.5   /* minimum share of those words that have a vector */

/* The shares of words that have a shipped vector. */
struct coverage {
    double texts;    /* of the words in the training texts, repeated words included */
    double frequent; /* of the most frequent words, each counted once */
    size_t dim;      /* of the vectors */
};

static mood_status measure_coverage(struct training *training, struct coverage *coverage, mood_error *err) {
    const mood_tokenizer *words = training->words;
    size_t rows = (size_t)mood_tokenizer_get_largest_id(words) + 1, frequent = 0, found = 0;
    struct vectors vectors = {0};
    mood_status status = vectors_read(&vectors, training->shipped_vectors, words, rows, err);
    for (size_t id = 1; id < rows && id <= FREQUENT && status == MOOD_OK; id++) {
        mood_text word = mood_tokenizer_get_word(words, (int32_t)id);
        /* Numbers are the same in all languages. Rarer words are often names and misspellings. */
        bool is_word = word.size && !isdigit((unsigned char)*word.data);
        frequent += is_word;
        /* Another spelling, such as the one without accents, may be a word of another language. */
        found += is_word && vectors.spellings[id] == MOOD_SPELLING_OWN;
    }
    if (status == MOOD_OK)
        *coverage = (struct coverage){vectors_coverage(&vectors, words, training->occurrences),
                                      frequent ? (double)found / (double)frequent : 0, vectors.dim};
    vectors_free(&vectors);
    return status;
}

mood_status preset_choose_vectors(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    struct coverage shipped = {0};
    mood_status status = MOOD_OK;
    if (training->shipped_vectors)
        status = measure_coverage(training, &shipped, err);
    training->fits_language = shipped.frequent >= KNOWN_SHARE;
    training->known_share = training->fits_language ? shipped.texts : shipped.frequent;
    if (arguments->no_vectors || arguments->vectors)
        return status;
    bool fit = training->fits_language && (!training->base.model || shipped.dim == training->base.dim);
    arguments->vectors = fit ? training->shipped_vectors : NULL;
    return status;
}

mood_status preset_check_vectors(struct training *training, mood_error *err) {
    const struct vectors *vectors = &training->vectors;
    if (!vectors->dim || vectors->path == training->shipped_vectors)
        return MOOD_OK;
    if (training->is_auto) /* words added from the vectors do not occur in the texts */
        training->known_share = vectors_coverage(vectors, training->words, training->occurrences);
    return vectors->found == 0 || (training->is_auto && training->known_share == 0) ? vectors_reject(vectors, err)
                                                                                    : MOOD_OK;
}
