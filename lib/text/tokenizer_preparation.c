/* The preparation of a tokenizer: its public functions, and moving it to another tokenizer. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/tokenizer.h"

/* ---- names ---------------------------------------------------------------------------------------- */

const char *mood_clean_step_at(size_t index) {
    return index < CLEAN_STEP_COUNT ? clean_steps[index].name : NULL;
}

const char *mood_tokenizer_get_clean(const mood_tokenizer *tokenizer) {
    const struct preparation *preparation = tokenizer->splitter.preparation;
    return preparation ? preparation->names : "";
}

const char *mood_tokenizer_get_segment(const mood_tokenizer *tokenizer) {
    const struct preparation *preparation = tokenizer->splitter.preparation;
    return preparation ? preparation->segmenter.kind->name : NO_SEGMENTATION;
}

/* ---- checks --------------------------------------------------------------------------------------- */

/* Segmentations insert spaces, which have to separate words. */
mood_status tokenizer_check_preparation(const mood_tokenizer *tokenizer, const struct preparation *preparation,
                                        mood_error *err) {
    const struct splitter *splitter = &tokenizer->splitter;
    const char *problem = NULL;
    bool segments = preparation && preparation->segmenter.kind->apply;
    bool at_spaces = splitter->split.size == 1 && splitter->split.data[0] == ' ';
    if (preparation && splitter->vectorization)
        problem =
            "cleaning and segmentation can't be combined with a TextVectorization, which is a layer of Keras that "
            "cleans and splits texts itself; use a Tokenizer";
    else if (segments && splitter->char_level)
        problem = "a segmentation can't be combined with char_level, which makes every character a token";
    else if (segments && !at_spaces)
        problem = "a segmentation needs a tokenizer whose split is a space";
    return problem ? mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s", problem) : MOOD_OK;
}

static mood_status check_new(const mood_tokenizer *tokenizer, mood_error *err) {
    if (tokenizer->vocabulary.text_count == 0 && tokenizer->vocabulary.indexed_count == 0)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                          "the tokenizer has words already; set cleaning and segmentation before it is fitted");
}

/* ---- set ------------------------------------------------------------------------------------------ */

/* Remove characters from the filters, so that they can be tokens. */
static mood_status spare_characters(struct splitter *splitter, const char *characters, mood_error *err) {
    struct splitter made;
    struct bytes filters = {0};
    bool done = bytes_append_byte(&filters, '\0');
    filters.size = 0;
    for (size_t i = 0; done && i < splitter->filters.size; i++) {
        char byte = splitter->filters.data[i];
        if (!byte || !strchr(characters, byte))
            done = bytes_append_byte(&filters, byte);
    }
    mood_status status = done ? splitter_init(&made, (mood_text){filters.data, filters.size}, splitter->lower,
                                              (mood_text){splitter->split.data, splitter->split.size},
                                              splitter->char_level, err)
                              : error_no_memory(err);
    bytes_free(&filters);
    if (status != MOOD_OK)
        return status;
    splitter_free(splitter);
    *splitter = made;
    return MOOD_OK;
}

void tokenizer_take_preparation(mood_tokenizer *tokenizer, struct preparation **preparation) {
    preparation_destroy(tokenizer->splitter.preparation);
    tokenizer->splitter.preparation = *preparation;
    *preparation = NULL;
}

/* Split a list at its commas, in place. names [CLEAN_STEP_COUNT + 1] receives the first ones, which is enough to
 * find one that is unknown or there twice. */
static size_t split_names(char *list, const char **names) {
    size_t count = 0;
    if (!*list || strcmp(list, "none") == 0)
        return 0;
    for (char *name; count <= CLEAN_STEP_COUNT && (name = strsep(&list, ",")) != NULL;)
        names[count++] = name;
    return count;
}

mood_status mood_tokenizer_set_preparation(mood_tokenizer *tokenizer, const char *clean, const char *segment,
                                           mood_error *err) {
    const char *names[CLEAN_STEP_COUNT + 1];
    struct preparation *made = NULL;
    if (!tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_set_preparation: tokenizer is NULL");
    mood_status status = check_new(tokenizer, err);
    if (status != MOOD_OK)
        return status;
    char *list = strdup(clean ? clean : "");
    if (!list)
        return error_no_memory(err);
    status = preparation_create(names, split_names(list, names), segment ? segment : NO_SEGMENTATION, &made, err);
    free(list);
    if (status == MOOD_OK)
        status = tokenizer_check_preparation(tokenizer, made, err);
    if (status == MOOD_OK && made && made->tokens[0])
        status = spare_characters(&tokenizer->splitter, made->tokens, err);
    if (status != MOOD_OK) {
        preparation_destroy(made);
        return status;
    }
    tokenizer_take_preparation(tokenizer, &made);
    return MOOD_OK;
}
