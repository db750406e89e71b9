/* Unpacks gzip files with zlib. */
#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

#include "base/errors.h"
#include "text/decompressor.h"

static bool matches(const unsigned char *bytes, size_t size) {
    return size >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

static mood_status open_stream(struct raw_file *raw, void **state, mood_error *err) {
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream && inflateInit2(stream, MAX_WBITS + 16) == Z_OK) { /* + 16: gzip, not zlib's own format */
        *state = stream;
        return MOOD_OK;
    }
    free(stream);
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "%s: out of memory", raw->name);
}

static enum unpacked step(void *state, struct unpack_buffers *buffers) {
    z_stream *stream = state;
    uInt in = buffers->in_size < UINT_MAX ? (uInt)buffers->in_size : UINT_MAX;
    uInt out = buffers->out_size < UINT_MAX ? (uInt)buffers->out_size : UINT_MAX;
    stream->next_in = (z_const Bytef *)buffers->in;
    stream->avail_in = in;
    stream->next_out = (Bytef *)buffers->out;
    stream->avail_out = out;
    int result = inflate(stream, Z_NO_FLUSH);
    buffers->in = stream->next_in;
    buffers->in_size -= in - stream->avail_in;
    buffers->out = (char *)stream->next_out;
    buffers->out_size -= out - stream->avail_out;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: return UNPACKED_MORE; /* it needs more input or more room */
    case Z_STREAM_END: return UNPACKED_END;
    case Z_MEM_ERROR: return UNPACKED_NO_MEMORY;
    default: return UNPACKED_DAMAGED;
    }
}

static bool restart(void *state) {
    return inflateReset(state) == Z_OK;
}

static void close_stream(void *state) {
    inflateEnd(state);
    free(state);
}

const struct decompressor decompress_gzip = {
    .name = "gzip",
    .matches = matches,
    .open = open_stream,
    .close = close_stream,
    .step = step,
    .restart = restart,
};
