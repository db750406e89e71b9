/* The text of a data set's file: unpacked and in UTF-8, in pieces. */
#include "text/input.h"

#include <stdlib.h>

#include "base/errors.h"

/* Read a block and append it, converted, to out. */
static mood_status read_block(struct input *input, struct bytes *out, size_t *got, mood_error *err) {
    mood_status status = source_read(input->source, input->block, INPUT_BLOCK, got, err);
    if (status != MOOD_OK)
        return status;
    input->whole = *got < INPUT_BLOCK;
    status = encoding_convert(&input->encoding, input->block, *got, input->whole, out, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", input->source->name);
    return status;
}

/* The first block determines the encoding. */
static mood_status read_first(struct input *input, const char *name, mood_error *err) {
    size_t got, mark;
    mood_status status = source_read(input->source, input->block, INPUT_BLOCK, &got, err);
    if (status != MOOD_OK)
        return status;
    status = encoding_open(&input->encoding, name, input->block, got, &mark, err);
    if (status != MOOD_OK)
        return status;
    input->whole = got < INPUT_BLOCK;
    status = encoding_convert(&input->encoding, input->block + mark, got - mark, input->whole, &input->sample, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", input->source->name);
    return status;
}

mood_status input_open(struct input *input, struct source *source, const char *encoding, mood_error *err) {
    *input = (struct input){.source = source, .block = malloc(INPUT_BLOCK)};
    mood_status status = input->block ? read_first(input, encoding, err) : error_no_memory(err);
    for (size_t got; status == MOOD_OK && !input->whole && input->sample.size < INPUT_SAMPLE;)
        status = read_block(input, &input->sample, &got, err);
    if (status == MOOD_OK && !bytes_reserve(&input->sample, 1)) /* so that its data is never NULL */
        status = error_no_memory(err);
    if (status != MOOD_OK)
        input_close(input);
    return status;
}

mood_status input_next(struct input *input, const char **piece, size_t *size, mood_error *err) {
    *size = 0;
    *piece = "";
    if (input->given < input->sample.size) {
        *piece = input->sample.data + input->given;
        *size = input->sample.size - input->given;
        if (*size > INPUT_BLOCK)
            *size = INPUT_BLOCK;
        input->given += *size;
        return MOOD_OK;
    }
    input->piece.size = 0;
    while (!input->whole && input->piece.size == 0) {
        size_t got;
        mood_status status = read_block(input, &input->piece, &got, err);
        if (status != MOOD_OK)
            return status;
    }
    if (input->piece.size > 0) {
        *piece = input->piece.data;
        *size = input->piece.size;
    }
    return MOOD_OK;
}

void input_close(struct input *input) {
    encoding_close(&input->encoding);
    bytes_free(&input->sample);
    bytes_free(&input->piece);
    free(input->block);
    input->block = NULL;
}
