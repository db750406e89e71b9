/* Detects the type of a file by its first bytes, for error messages about files that are not models. */
#include <string.h>

#include "keras/keras.h"

#define PICKLE "a Python pickle, which can only be a tokenizer: see --tokenizer"

static const struct {
    size_t offset, size;
    const char *bytes;
    const char *kind;
} magics[] = {
    {0, 4, "\x89HDF", "an HDF5 file (.h5), which is a model or its weights"},
    {0, 2, "\x1f\x8b", "compressed by gzip; unpack it"},
    {0, 3, "BZh", "compressed by bzip2; unpack it"},
    {0, 6, "\3757zXZ\0", "compressed by xz; unpack it"},
    {0, 4, "\x28\xb5\x2f\xfd", "compressed by zstd; unpack it"},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"},
    {257, 5, "ustar", "a tar archive; unpack it"},
    {0, 2, "\x80\x02", PICKLE},
    {0, 2, "\x80\x03", PICKLE},
    {0, 2, "\x80\x04", PICKLE},
    {0, 2, "\x80\x05", PICKLE},
    {0, 6, "\x93NUMPY", "a NumPy array; save the whole model in Keras with model.save(\"name.keras\")"},
    {4, 4, "TFL3", "a TensorFlow Lite model; save the original in Keras with model.save(\"name.keras\")"},
    {0, 4, "GGUF", "a GGUF model, which mood does not read"},
    {0, 4, "PK\x03\x04", "a zip"},
    {0, 4, "\177ELF", "a program"},
    {0, 5, "%PDF-", "a PDF document"},
    {0, 1, "{", "JSON; a model's layers without weights are for fit --architecture, a tokenizer for --tokenizer"},
};

const char *magic_kind(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (size >= magics[i].offset + magics[i].size &&
            memcmp(data + magics[i].offset, magics[i].bytes, magics[i].size) == 0)
            return magics[i].kind;
    return NULL;
}
