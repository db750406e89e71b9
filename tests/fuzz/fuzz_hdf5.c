/* Bytes from outside as a weights file. Whatever is found in it has to lie in it. With libFuzzer, mutations go to
 * where the structure is: behind a signature, or to an address. */
#include <stdlib.h>
#include <string.h>

#include "keras/legacy.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t most);

static void find(const struct blob *file, const char *path) {
    struct hdf5_dataset dataset;
    bool found;
    mood_status exists = hdf5_exists(file, path, &found, NULL);
    if (hdf5_find(file, path, &dataset, NULL) != MOOD_OK)
        return;
    size_t width = dataset.type == HDF5_INT64 ? 8 : 4;
    if (exists != MOOD_OK || !found || dataset.rank > 2 || dataset.data < file->data ||
        dataset.count > file->size / width || dataset.data + dataset.count * width > file->data + file->size)
        abort();
    float *values = dataset.type == HDF5_FLOAT32 ? malloc((dataset.count + 1) * sizeof *values) : NULL;
    if (values)
        hdf5_floats(&dataset, values);
    free(values);
}

static void read_texts(const struct blob *file, const char *path, const char *name) {
    struct hdf5_texts texts;
    if (legacy_read_texts(file, path, name, &texts, NULL) != MOOD_OK)
        return;
    for (size_t i = 0; i < texts.count; i++) {
        const mood_text *text = &texts.items[i];
        const char *begin = (const char *)file->data;
        if (text->size > 0 &&
            (text->data < begin || text->size > file->size || text->data > begin + file->size - text->size))
            abort();
    }
    free(texts.items);
}

/* As a whole model in one file. */
static void open_model(const struct blob *file) {
    struct blob copy = {malloc(file->size + 1), file->size}, none = {0};
    struct archive archive;
    if (!copy.data)
        return;
    memcpy(copy.data, file->data, file->size);
    if (legacy_open(&copy, &none, &archive, NULL) == MOOD_OK)
        archive_clear(&archive);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    static const char *const paths[] = {"layers/embedding/vars/0",   "layers/lstm/cell/vars/0",
                                        "layers/lstm_1/cell/vars/2", "layers/dense/vars/1",
                                        "layers/dense_1/vars/0",     "optimizer/vars/0",
                                        "optimizer/vars/1",          "optimizer/vars/21",
                                        "layers/nosuch/vars/0",      "layers/lstm"};
    struct blob file = {(unsigned char *)data, size};
    if (hdf5_check(&file, NULL) != MOOD_OK)
        return 0;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        find(&file, paths[i]);
    static const char *const groups[] = {
        "model_weights", "model_weights/dense", "model_weights/bidirectional", "model_weights/lstm_1", "",
        "layers/dense"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        read_texts(&file, groups[i], "layer_names");
        read_texts(&file, groups[i], "weight_names");
    }
    open_model(&file);
    return 0;
}

/* ---- mutations --------------------------------------------------------------------------------------- */

/* The place of a signature that comes after a random one; 0 where there is none. */
static size_t find_structure(const unsigned char *data, size_t size, unsigned seed) {
    static const char *const signatures[] = {"TREE", "SNOD", "HEAP", "GCOL", "weight_names", "layer_names"};
    const char *signature = signatures[seed % 6];
    size_t start = (size_t)(seed / 6) % size;
    const unsigned char *found = memmem(data + start, size - start, signature, strlen(signature));
    if (!found)
        found = memmem(data, size, signature, strlen(signature));
    return found ? (size_t)(found - data) : 0;
}

/* A value that an address, a size or a count may have. */
static uint64_t choose_value(const unsigned char *data, size_t size, unsigned seed) {
    const uint64_t values[] = {
        0,          1, size, size - 1, size - 8, UINT64_MAX, INT64_MAX, 0xFFFF, find_structure(data, size, seed / 11),
        seed % size};
    return values[seed % (sizeof values / sizeof *values)];
}

size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned seed) {
    if (size < 128 || seed % 4 == 0)
        return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, most) : size;
    srand(seed);
    size_t near = find_structure(data, size, (unsigned)rand()), width = (size_t)1 << (unsigned)rand() % 4;
    size_t offset = near + (size_t)rand() % 128 / width * width;
    uint64_t value = choose_value(data, size, (unsigned)rand());
    for (size_t i = 0; i < width && offset + i < size; i++)
        data[offset + i] = (unsigned char)(value >> 8 * i);
    return size;
}
