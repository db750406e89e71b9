/* Bytes from outside as a file of labelled texts, in all formats and compressions. What is read has to be whole and
 * valid. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mood/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_rows(const mood_dataset *dataset, size_t classes) {
    const int32_t *numbers = mood_dataset_get_classes(dataset);
    const float *targets = mood_dataset_get_targets(dataset);
    size_t rows = 0, counted = 0, n = mood_dataset_get_count(dataset);
    for (size_t i = 0; i < n; i++) {
        if (!mood_text_validate(mood_dataset_get_texts(dataset)[i], NULL) || (numbers && (size_t)numbers[i] >= classes))
            abort();
        for (size_t k = 0; k < classes; k++)
            counted += targets ? targets[i * classes + k] == 1.0f : (size_t)numbers[i] == k;
    }
    for (size_t k = 0; k < classes; k++)
        rows += mood_dataset_get_class_rows(dataset, k);
    if (rows != counted || (!targets && rows != n))
        abort();
}

static void check(mood_dataset *dataset) {
    const mood_dataset_info *info = mood_dataset_get_info(dataset);
    size_t classes = mood_dataset_get_class_count(dataset), n = mood_dataset_get_count(dataset);
    if (info->rows_read != n + info->rows_skipped + info->rows_of_skipped_labels + info->rows_of_empty_texts)
        abort();
    check_rows(dataset, classes);
    if (mood_dataset_stratify(dataset, 0.2, n, NULL) == MOOD_OK)
        check_rows(dataset, classes);
}

/* What is read with different options. */
enum { PLAIN, LABELS, SEVERAL, SKIP_ERRORS, COMPARED, CONVERTED, VARIANTS };

static mood_dataset_options variant(int which) {
    static const char *const names[] = {"negative", "positive"}, *const skip[] = {"3"};
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    options.skip_errors = which >= SKIP_ERRORS;
    options.label_separator = which == SEVERAL ? '|' : '\0';
    options.positive = which == COMPARED ? ">=4" : NULL;
    options.encoding = which == CONVERTED ? "gb18030" : NULL;
    options.drop_empty_texts = which == SEVERAL || which == SKIP_ERRORS;
    if (which == LABELS || which == COMPARED) {
        options.labels = names;
        options.label_count = 2;
    }
    if (which == COMPARED) {
        options.skip = skip;
        options.skip_count = 1;
    }
    return options;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    char path[64];
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        exit(2);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    for (int which = 0; which < VARIANTS; which++) {
        mood_dataset_options options = variant(which);
        mood_dataset *dataset;
        mood_error err;
        if (mood_dataset_open(path, &options, &dataset, &err) == MOOD_OK) {
            check(dataset);
            mood_dataset_destroy(dataset);
        }
    }
    close(file);
    return 0;
}
