/* Bytes from outside as a CSV file, plain or gzip. What is read has to be whole and valid. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mood/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(const mood_dataset *dataset) {
    size_t rows = 0, classes = mood_dataset_get_class_count(dataset);
    for (size_t i = 0; i < mood_dataset_get_count(dataset); i++)
        if (!mood_text_validate(mood_dataset_get_texts(dataset)[i], NULL) ||
            (size_t)mood_dataset_get_classes(dataset)[i] >= classes)
            abort();
    for (size_t i = 0; i < classes; i++)
        rows += mood_dataset_get_class_rows(dataset, i);
    if (rows != mood_dataset_get_count(dataset))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    static const char *const names[] = {"negative", "positive"};
    char path[64];
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        exit(2);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    mood_dataset_options options = MOOD_DATASET_OPTIONS;
    for (int given = 0; given < 2; given++) {
        mood_dataset *dataset;
        mood_error err;
        if (mood_dataset_open(path, &options, &dataset, &err) == MOOD_OK) {
            check(dataset);
            mood_dataset_destroy(dataset);
        }
        options.labels = names;
        options.label_count = 2;
    }
    close(file);
    return 0;
}
