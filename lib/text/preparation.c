/* The preparation of a text: which steps there are, and applying them in order. */
#include "text/preparation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/utf8.h"

/* ---- create --------------------------------------------------------------------------------------- */

static mood_status refuse_step(const char *name, mood_error *err) {
    char known[512] = "";
    for (size_t i = 0, size = 0; i < CLEAN_STEP_COUNT; i++)
        size += (size_t)snprintf(known + size, sizeof known - size, "%s%s", i ? ", " : "", clean_steps[i].name);
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT, "unknown cleaning step '%.*s'; the steps are %s",
                          utf8_shown(name, 64), name, known);
}

static mood_status add_step(struct preparation *preparation, const char *name, mood_error *err) {
    const struct clean_step *step = clean_step_find(name);
    if (!step)
        return refuse_step(name, err);
    for (size_t i = 0; i < preparation->count; i++)
        if (preparation->steps[i] == step)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "the cleaning step '%s' is there twice",
                                  name);
    if (preparation->count)
        strcat(preparation->names, ",");
    strcat(preparation->names, step->name);
    if (step->tokens)
        strcat(preparation->tokens, step->tokens);
    preparation->steps[preparation->count++] = step;
    return MOOD_OK;
}

static mood_status set_segmentation(struct preparation *preparation, const char *name, mood_error *err) {
    const struct segmentation *kind = segmentation_find(name);
    bool loaded = true;
    if (!kind)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "unknown segmentation '%.*s'; the segmentations are words, characters and icu",
                              utf8_shown(name, 64), name);
    for (size_t i = 0; i < preparation->count && loaded; i++)
        loaded = !preparation->steps[i]->load || preparation->steps[i]->load();
    if (loaded && segmenter_init(&preparation->segmenter, kind, preparation->tokens))
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL,
                          "ICU can't be used for the preparation of texts: its data are missing, or out of memory");
}

mood_status preparation_create(const char *const *names, size_t count, const char *segment,
                               struct preparation **preparation, mood_error *err) {
    *preparation = NULL;
    if (count == 0 && strcmp(segment, NO_SEGMENTATION) == 0)
        return MOOD_OK;
    struct preparation *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(err);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = add_step(made, names[i], err);
    if (status == MOOD_OK)
        status = set_segmentation(made, segment, err);
    if (status != MOOD_OK) {
        preparation_destroy(made);
        return status;
    }
    *preparation = made;
    return MOOD_OK;
}

void preparation_destroy(struct preparation *preparation) {
    if (preparation)
        segmenter_free(&preparation->segmenter);
    free(preparation);
}

/* ---- apply ---------------------------------------------------------------------------------------- */

static bool has_trigger(const char *triggers, mood_text text) {
    for (const char *trigger = triggers; *trigger; trigger++)
        if (memchr(text.data, *trigger, text.size))
            return true;
    return false;
}

/* The buffer that the text is not in, emptied. */
static struct bytes *other_buffer(struct preparation_buffers *buffers, mood_text text) {
    struct bytes *other = &buffers->text[text.data == buffers->text[0].data];
    other->size = 0;
    return other;
}

static mood_status check_size(mood_text text, const char *step, mood_error *err) {
    if (text.size <= LARGEST_TEXT)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                          "a text has %zu bytes after the step '%s'; the maximum is %d", text.size, step, LARGEST_TEXT);
}

mood_status preparation_apply(const struct preparation *preparation, mood_text *text,
                              struct preparation_buffers *buffers, mood_error *err) {
    mood_status status = MOOD_OK;
    if (text->size == 0)
        return MOOD_OK;
    bool ascii = utf8_is_ascii(text->data, text->size);
    for (size_t i = 0; i < preparation->count && status == MOOD_OK; i++) {
        const struct clean_step *step = preparation->steps[i];
        const char *before = text->data;
        if ((ascii && !step->changes_ascii) || (step->triggers && !has_trigger(step->triggers, *text)))
            continue;
        if (!step->apply(text, &buffers->clean, other_buffer(buffers, *text)))
            return error_no_memory(err);
        if (text->size == 0)
            return MOOD_OK;
        if (text->data != before) {
            ascii = utf8_is_ascii(text->data, text->size);
            status = check_size(*text, step->name, err);
        }
    }
    const struct segmenter *segmenter = &preparation->segmenter;
    if (status != MOOD_OK || !segmenter->kind->apply)
        return status;
    if (!segmenter->kind->apply(segmenter, text, &buffers->segment, other_buffer(buffers, *text)))
        return error_no_memory(err);
    return check_size(*text, segmenter->kind->name, err);
}

void preparation_buffers_free(struct preparation_buffers *buffers) {
    bytes_free(&buffers->text[0]);
    bytes_free(&buffers->text[1]);
    clean_buffers_free(&buffers->clean);
    segment_buffers_free(&buffers->segment);
}
