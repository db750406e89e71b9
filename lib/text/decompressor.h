/* Unpacking of compressed files. Each format is one row of a table, and one file decompress_….c. */
#ifndef TEXT_DECOMPRESSOR_H
#define TEXT_DECOMPRESSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "text/raw_file.h"

enum unpacked { UNPACKED_MORE, UNPACKED_END, UNPACKED_DAMAGED, UNPACKED_NO_MEMORY, UNPACKED_TOO_LARGE };

/* What a step reads and writes: it moves the pointers and reduces the sizes. */
struct unpack_buffers {
    const unsigned char *in;
    size_t in_size;
    char *out;
    size_t out_size;
};

struct decompressor {
    const char *name;
    /* True if a file that begins with these bytes has the format; size may be less than RAW_FILE_PEEK. */
    bool (*matches)(const unsigned char *bytes, size_t size);
    /* *state is new. Errors contain the file's name. */
    mood_status (*open)(struct raw_file *raw, void **state, mood_error *err);
    void (*close)(void *state);

    /* For a format that is unpacked from its beginning to its end: unpack a part, and begin again for a file that
     * follows in the same file. restart returns false if there is no memory. */
    enum unpacked (*step)(void *state, struct unpack_buffers *buffers);
    bool (*restart)(void *state);

    /* For an archive, instead of step: read into bytes [capacity], as raw_file_read. */
    mood_status (*read)(void *state, struct raw_file *raw, char *bytes, size_t capacity, size_t *size, mood_error *err);
};

/* An opened decompressor. */
struct unpacking {
    const struct decompressor *type; /* NULL: the file is not compressed */
    void *state;
    bool between; /* the last file is complete */
};

/* Choose by the file's first bytes, and open. */
mood_status unpacking_open(struct unpacking *unpacking, struct raw_file *raw, mood_error *err);

/* Read into bytes [capacity]; *size is smaller only at the end. */
mood_status unpacking_read(struct unpacking *unpacking, struct raw_file *raw, char *bytes, size_t capacity,
                           size_t *size, mood_error *err);
void unpacking_close(struct unpacking *unpacking);

extern const struct decompressor decompress_bzip2, decompress_gzip, decompress_xz, decompress_zip;

#endif
