/* Bytes from outside as a file of word vectors, in all formats and compressions. Vectors have to be finite, and further
 * words have to be known afterwards. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mood/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static mood_tokenizer *create(void) {
    static const mood_text text = {"good good bad film", 18};
    mood_tokenizer *tokenizer;
    if (mood_tokenizer_create(NULL, &tokenizer, NULL) != MOOD_OK || mood_tokenizer_fit(tokenizer, &text, 1, NULL))
        abort();
    return tokenizer;
}

static void check_vectors(const mood_tokenizer *tokenizer, const char *path) {
    size_t rows = (size_t)mood_tokenizer_get_largest_id(tokenizer) + 1, dim, found;
    float *values;
    if (mood_tokenizer_read_vectors(tokenizer, path, rows, &values, &dim, NULL, &found, NULL) != MOOD_OK)
        return;
    if (dim == 0 || found >= rows)
        abort();
    for (size_t i = 0; i < rows * dim; i++)
        if (!isfinite(values[i]))
            abort();
    mood_free(values);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    char path[40];
    int file = memfd_create("vectors", MFD_CLOEXEC);
    if (file < 0 || (size && write(file, data, size) != (ssize_t)size))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    mood_tokenizer *tokenizer = create();
    size_t before = mood_tokenizer_count_words(tokenizer), added;
    check_vectors(tokenizer, path);
    if (mood_tokenizer_add_vector_words(tokenizer, path, 20, &added, NULL) == MOOD_OK) {
        if (mood_tokenizer_count_words(tokenizer) < before || mood_tokenizer_count_words(tokenizer) > before + added)
            abort();
        check_vectors(tokenizer, path);
    }
    mood_tokenizer_destroy(tokenizer);
    close(file);
    return 0;
}
