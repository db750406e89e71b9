/* Chooses a decompressor by a file's first bytes, and unpacks. */
#include "text/decompressor.h"

#include "base/errors.h"

static const struct decompressor *const decompressors[] = {&decompress_gzip, &decompress_bzip2, &decompress_xz,
                                                           &decompress_zip};

mood_status unpacking_open(struct unpacking *unpacking, struct raw_file *raw, mood_error *err) {
    *unpacking = (struct unpacking){0};
    mood_status status = raw_file_fill(raw, RAW_FILE_PEEK, err);
    if (status != MOOD_OK)
        return status;
    for (size_t i = 0; i < sizeof decompressors / sizeof *decompressors; i++)
        if (decompressors[i]->matches(raw->bytes + raw->at, raw->size - raw->at)) {
            unpacking->type = decompressors[i];
            return unpacking->type->open(raw, &unpacking->state, err);
        }
    return MOOD_OK;
}

static mood_status refuse(const struct unpacking *unpacking, const struct raw_file *raw, enum unpacked result,
                          mood_error *err) {
    const char *name = unpacking->type->name;
    switch (result) {
    case UNPACKED_NO_MEMORY:
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "%s: out of memory", raw->name);
    case UNPACKED_TOO_LARGE:
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the %s file needs too much memory to be unpacked; unpack it first", raw->name, name);
    case UNPACKED_MORE:
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the %s file is cut off; copy or make it again", raw->name, name);
    default:
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the %s file is damaged; copy or make it again", raw->name, name);
    }
}

/* After the end of a file another one may follow, after zeros. Other bytes are ignored, as by gzip. */
static mood_status find_next(struct unpacking *unpacking, struct raw_file *raw, bool *found, mood_error *err) {
    mood_status status;
    *found = false;
    while ((status = raw_file_fill(raw, RAW_FILE_PEEK, err)) == MOOD_OK && raw->at < raw->size &&
           raw->bytes[raw->at] == 0)
        raw_file_use(raw, 1);
    if (status != MOOD_OK || !unpacking->type->matches(raw->bytes + raw->at, raw->size - raw->at))
        return status;
    *found = true;
    unpacking->between = false;
    return unpacking->type->restart(unpacking->state) ? MOOD_OK : refuse(unpacking, raw, UNPACKED_NO_MEMORY, err);
}

static mood_status unpack(struct unpacking *unpacking, struct raw_file *raw, struct unpack_buffers *buffers,
                          mood_error *err) {
    mood_status status = MOOD_OK;
    while (buffers->out_size > 0 && status == MOOD_OK) {
        bool found = true;
        if (unpacking->between)
            status = find_next(unpacking, raw, &found, err);
        if (status == MOOD_OK && found)
            status = raw_file_fill(raw, 1, err);
        if (status != MOOD_OK || !found)
            break;
        size_t available = raw->size - raw->at, room = buffers->out_size;
        buffers->in = raw->bytes + raw->at;
        buffers->in_size = available;
        enum unpacked result = unpacking->type->step(unpacking->state, buffers);
        raw_file_use(raw, available - buffers->in_size);
        unpacking->between = result == UNPACKED_END;
        bool stuck = buffers->in_size == available && buffers->out_size == room;
        if (result == UNPACKED_MORE && stuck && available > 0)
            result = UNPACKED_DAMAGED;
        if (result != UNPACKED_END && (result != UNPACKED_MORE || stuck))
            status = refuse(unpacking, raw, result, err);
    }
    return status;
}

mood_status unpacking_read(struct unpacking *unpacking, struct raw_file *raw, char *bytes, size_t capacity,
                           size_t *size, mood_error *err) {
    if (!unpacking->type)
        return raw_file_read(raw, bytes, capacity, size, err);
    if (unpacking->type->read)
        return unpacking->type->read(unpacking->state, raw, bytes, capacity, size, err);
    struct unpack_buffers buffers = {.out = bytes, .out_size = capacity};
    mood_status status = unpack(unpacking, raw, &buffers, err);
    *size = capacity - buffers.out_size;
    return status;
}

void unpacking_close(struct unpacking *unpacking) {
    if (unpacking->state)
        unpacking->type->close(unpacking->state);
    *unpacking = (struct unpacking){0};
}
