/* Unpacks xz files with liblzma. */
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "base/errors.h"
#include "text/decompressor.h"

/* xz -9 needs 65 MiB to unpack; a file can ask for 4 GiB. */
#define MAX_MEMORY ((uint64_t)256 << 20)

static bool matches(const unsigned char *bytes, size_t size) {
    return size >= 6 && memcmp(bytes,
                               "\xFD"
                               "7zXZ\0",
                               6) == 0;
}

static mood_status open_stream(struct raw_file *raw, void **state, mood_error *err) {
    lzma_stream *stream = calloc(1, sizeof *stream);
    if (stream && lzma_stream_decoder(stream, MAX_MEMORY, 0) == LZMA_OK) {
        *state = stream;
        return MOOD_OK;
    }
    free(stream);
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "%s: out of memory", raw->name);
}

static enum unpacked step(void *state, struct unpack_buffers *buffers) {
    lzma_stream *stream = state;
    stream->next_in = buffers->in;
    stream->avail_in = buffers->in_size;
    stream->next_out = (uint8_t *)buffers->out;
    stream->avail_out = buffers->out_size;
    lzma_ret result = lzma_code(stream, LZMA_RUN);
    buffers->in = stream->next_in;
    buffers->in_size = stream->avail_in;
    buffers->out = (char *)stream->next_out;
    buffers->out_size = stream->avail_out;
    switch (result) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: return UNPACKED_MORE; /* it needs more input or more room */
    case LZMA_STREAM_END: return UNPACKED_END;
    case LZMA_MEM_ERROR: return UNPACKED_NO_MEMORY;
    case LZMA_MEMLIMIT_ERROR: return UNPACKED_TOO_LARGE;
    default: return UNPACKED_DAMAGED;
    }
}

static bool restart(void *state) {
    return lzma_stream_decoder(state, MAX_MEMORY, 0) == LZMA_OK;
}

static void close_stream(void *state) {
    lzma_end(state);
    free(state);
}

const struct decompressor decompress_xz = {
    .name = "xz",
    .matches = matches,
    .open = open_stream,
    .close = close_stream,
    .step = step,
    .restart = restart,
};
