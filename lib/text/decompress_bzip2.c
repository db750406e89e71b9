/* Unpacks bzip2 files with libbz2. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>

#include "base/errors.h"
#include "text/decompressor.h"

/* BZh, a digit, and the number that begins a block or the end of the file: a text does not begin so. */
static bool matches(const unsigned char *bytes, size_t size) {
    return size >= 10 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9' &&
           (memcmp(bytes + 4, "1AY&SY", 6) == 0 || memcmp(bytes + 4, "\x17rE8P\x90", 6) == 0);
}

static mood_status open_stream(struct raw_file *raw, void **state, mood_error *err) {
    bz_stream *stream = calloc(1, sizeof *stream);
    if (stream && BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK) {
        *state = stream;
        return MOOD_OK;
    }
    free(stream);
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "%s: out of memory", raw->name);
}

static enum unpacked step(void *state, struct unpack_buffers *buffers) {
    bz_stream *stream = state;
    unsigned in = buffers->in_size < UINT_MAX ? (unsigned)buffers->in_size : UINT_MAX;
    unsigned out = buffers->out_size < UINT_MAX ? (unsigned)buffers->out_size : UINT_MAX;
    stream->next_in = (char *)buffers->in; /* read only */
    stream->avail_in = in;
    stream->next_out = buffers->out;
    stream->avail_out = out;
    int result = BZ2_bzDecompress(stream);
    buffers->in += in - stream->avail_in;
    buffers->in_size -= in - stream->avail_in;
    buffers->out = stream->next_out;
    buffers->out_size -= out - stream->avail_out;
    switch (result) {
    case BZ_OK: return UNPACKED_MORE;
    case BZ_STREAM_END: return UNPACKED_END;
    case BZ_MEM_ERROR: return UNPACKED_NO_MEMORY;
    default: return UNPACKED_DAMAGED;
    }
}

/* If it fails, the state is empty: close_stream and step accept that. */
static bool restart(void *state) {
    bz_stream *stream = state;
    BZ2_bzDecompressEnd(stream);
    memset(stream, 0, sizeof *stream);
    return BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK;
}

static void close_stream(void *state) {
    BZ2_bzDecompressEnd(state);
    free(state);
}

const struct decompressor decompress_bzip2 = {
    .name = "bzip2",
    .matches = matches,
    .open = open_stream,
    .close = close_stream,
    .step = step,
    .restart = restart,
};
