/* The vectors of --preset auto: shipped ones if they fit the language of the texts, or the given ones. */
#include <ctype.h>

#include "preset.h"

enum { FREQUENT = 5000 }; /* words by which the language is found */
#define KNOWN_SHARE 0.5   /* of the most frequent words in the texts that the vectors must have */

/* The part of the words in the training texts, and of the most frequent different ones, that have a shipped vector. */
struct known {
    double words, different;
    size_t dim; /* of the vectors */
};

static mood_status find_known(struct training *training, struct known *known, mood_error *err) {
    const mood_tokenizer *words = training->words;
    size_t rows = (size_t)mood_tokenizer_get_largest_id(words) + 1, different = 0, found = 0;
    struct vectors vectors = {0};
    mood_status status = vectors_read(&vectors, training->shipped_vectors, words, rows, err);
    for (size_t id = 1; id < rows && id <= FREQUENT && status == MOOD_OK; id++) {
        mood_text word = mood_tokenizer_get_word(words, (int32_t)id);
        /* numbers say nothing about a language, and large data have many rare names and misspellings */
        bool is_word = word.size && !isdigit((unsigned char)*word.data);
        different += is_word;
        /* under another spelling, as without accents, a word may be of another language */
        found += is_word && vectors.spellings[id] == MOOD_SPELLING_OWN;
    }
    if (status == MOOD_OK)
        *known = (struct known){vectors_share(&vectors, words, training->occurrences),
                                different ? (double)found / (double)different : 0, vectors.dim};
    vectors_free(&vectors);
    return status;
}

mood_status preset_choose_vectors(struct training *training, mood_error *err) {
    struct fit_arguments *arguments = training->arguments;
    struct known shipped = {0};
    mood_status status = MOOD_OK;
    if (training->shipped_vectors)
        status = find_known(training, &shipped, err);
    training->fits_language = shipped.different >= KNOWN_SHARE;
    training->known_share = shipped.words;
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
    if (training->is_auto) /* words that only the vectors have are no words of the texts */
        training->known_share = vectors_share(vectors, training->words, training->occurrences);
    return vectors->found == 0 || (training->is_auto && training->known_share == 0) ? vectors_refuse(vectors, err)
                                                                                    : MOOD_OK;
}
