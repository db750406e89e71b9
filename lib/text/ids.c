/* Converts texts to ids, as rows of any length or padded in place, and ids to texts. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "text/sequence.h"
#include "text/tokenizer.h"

/* ---- texts to rows ----------------------------------------------------------------------------- */

/* Append one text's ids at index *at. */
static mood_status append_text(const mood_tokenizer *tokenizer, const struct id_rule *rule, mood_text text,
                               struct scratch *scratch, mood_sequences *sequences, size_t *at,
                               mood_sequence_counts *counts, mood_error *err) {
    struct token_cursor cursor;
    mood_status status = splitter_begin(&tokenizer->splitter, text, scratch, &cursor, &counts->bad_bytes, err);
    if (status != MOOD_OK)
        return status;
    for (mood_text word; splitter_next(&cursor, &word);) {
        int32_t id;
        enum id_kind kind = id_rule_apply(rule, word, &id);
        counts->words++;
        counts->unknown += kind != ID_KNOWN;
        if (kind == ID_LOST)
            return error_oov_lost(tokenizer, err);
        if (kind != ID_DROPPED && !sequences_put(sequences, (*at)++, id))
            return error_no_memory(err);
    }
    return MOOD_OK;
}

mood_status mood_tokenizer_texts_to_sequences(const mood_tokenizer *tokenizer, const mood_text *texts, size_t n,
                                              mood_sequences *sequences, mood_sequence_counts *counts,
                                              mood_error *err) {
    if (!tokenizer || !sequences)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_texts_to_sequences: an argument is NULL");
    mood_status status = check_texts(texts, n, err);
    if (status != MOOD_OK)
        return status;
    if (!sequences_reserve(sequences, n))
        return error_no_memory(err);
    struct id_rule rule = tokenizer_id_rule(tokenizer);
    struct scratch scratch = {0};
    size_t at = sequences->starts[sequences->n];
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        mood_sequence_counts seen = {0};
        status = append_text(tokenizer, &rule, texts[i], &scratch, sequences, &at, &seen, err);
        if (status == MOOD_OK)
            sequences->starts[sequences->n + i + 1] = at;
        else
            mood_error_prefix(err, "text %zu", i);
        if (counts)
            counts[i] = seen;
    }
    scratch_free(&scratch);
    if (status != MOOD_OK)
        return status;
    sequences->n += n;
    return MOOD_OK;
}

/* ---- texts to padded rows, without intermediate rows ------------------------------------------- */

static void reverse(int32_t *first, int32_t *end) {
    while (first < end && first < --end) {
        int32_t id = *first;
        *first++ = *end;
        *end = id;
    }
}

/* To keep the last T ids, the row is a ring buffer, which is rotated at the end. */
static void finish_row(int32_t *row, size_t T, size_t count, mood_padding padding, mood_padding truncating) {
    if (count > T && truncating == MOOD_PAD_PRE) {
        size_t oldest = count % T;
        reverse(row, row + oldest);
        reverse(row + oldest, row + T);
        reverse(row, row + T);
    }
    if (count >= T)
        return;
    if (padding == MOOD_PAD_PRE) {
        memmove(row + (T - count), row, count * sizeof *row);
        memset(row, 0, (T - count) * sizeof *row);
    } else {
        memset(row + count, 0, (T - count) * sizeof *row);
    }
}

static mood_status pad_text(const mood_tokenizer *tokenizer, const struct id_rule *rule, mood_text text,
                            struct scratch *scratch, size_t T, mood_padding padding, mood_padding truncating,
                            int32_t *row, mood_sequence_counts *counts, mood_error *err) {
    struct token_cursor cursor;
    mood_status status = splitter_begin(&tokenizer->splitter, text, scratch, &cursor, &counts->bad_bytes, err);
    if (status != MOOD_OK)
        return status;
    size_t count = 0, place = 0;
    for (mood_text word; splitter_next(&cursor, &word);) {
        int32_t id;
        enum id_kind kind = id_rule_apply(rule, word, &id);
        counts->words++;
        counts->unknown += kind != ID_KNOWN;
        if (kind == ID_LOST)
            return error_oov_lost(tokenizer, err);
        if (kind == ID_DROPPED)
            continue;
        if (count < T || truncating == MOOD_PAD_PRE) {
            row[place] = id;
            place = place + 1 < T ? place + 1 : 0;
        }
        count++;
    }
    finish_row(row, T, count, padding, truncating);
    return MOOD_OK;
}

mood_status mood_tokenizer_padded(const mood_tokenizer *tokenizer, const mood_text *texts, size_t n, size_t T,
                                  mood_padding padding, mood_padding truncating, int32_t *x,
                                  mood_sequence_counts *counts, mood_error *err) {
    if (!tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_tokenizer_padded: tokenizer is NULL");
    mood_status status = check_texts(texts, n, err);
    if (status == MOOD_OK)
        status = check_padded_shape(n, T, padding, truncating, x, err);
    if (status != MOOD_OK)
        return status;
    struct id_rule rule = tokenizer_id_rule(tokenizer);
    struct scratch scratch = {0};
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        mood_sequence_counts seen = {0};
        status = pad_text(tokenizer, &rule, texts[i], &scratch, T, padding, truncating, x + i * T, &seen, err);
        if (status != MOOD_OK)
            mood_error_prefix(err, "text %zu", i);
        if (counts)
            counts[i] = seen;
    }
    scratch_free(&scratch);
    return status;
}

mood_status mood_tokenizer_sequences(const mood_tokenizer *tokenizer, const mood_text *texts, size_t n, size_t T,
                                     int32_t *x, mood_error *err) {
    return mood_tokenizer_padded(tokenizer, texts, n, T, MOOD_PAD_PRE, MOOD_PAD_PRE, x, NULL, err);
}

/* ---- rows back to texts ------------------------------------------------------------------------ */

/* The word of an id; data NULL: none. *lost: it should be a token that has no number. */
static mood_text word_of(const mood_tokenizer *tokenizer, const struct id_rule *rule, int32_t id, bool *lost) {
    mood_text word = mood_tokenizer_get_word(tokenizer, id);
    if (id == 0 && tokenizer->splitter.vectorization)
        return (mood_text){NULL, 0}; /* padding */
    if (word.data && id < rule->limit)
        return word;
    *lost = rule->oov_lost && !word.data;
    return rule->oov == NO_INDEX ? (mood_text){NULL, 0} : mood_tokenizer_get_word(tokenizer, rule->oov);
}

static mood_status append_words(const mood_tokenizer *tokenizer, const struct id_rule *rule, const int32_t *ids,
                                size_t count, struct bytes *out, mood_error *err) {
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        bool lost = false;
        mood_text word = word_of(tokenizer, rule, ids[i], &lost);
        if (lost)
            return error_oov_lost(tokenizer, err);
        if (!word.data)
            continue;
        if ((!first && !bytes_append_byte(out, ' ')) || !bytes_append(out, word.data, word.size))
            return error_no_memory(err);
        first = false;
    }
    return bytes_append_byte(out, '\0') ? MOOD_OK : error_no_memory(err);
}

mood_status mood_tokenizer_sequences_to_texts(const mood_tokenizer *tokenizer, const mood_sequences *sequences,
                                              mood_text **texts, mood_error *err) {
    if (!tokenizer || !sequences || !texts)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_sequences_to_texts: an argument is NULL");
    struct id_rule rule = tokenizer_id_rule(tokenizer);
    /* One block: the array, then the bytes. Until the block is complete, data is NULL and only sizes are set. */
    struct bytes block = {0};
    size_t n = sequences->n, head;
    if (__builtin_mul_overflow(n, sizeof(mood_text), &head) || !bytes_reserve(&block, head + 1))
        return error_no_memory(err);
    block.size = head;
    for (size_t i = 0; i < n; i++) {
        size_t start = sequences->starts[i], before = block.size;
        size_t count = sequences->starts[i + 1] - start;
        const int32_t *ids = count > 0 ? sequences->ids + start : NULL;
        mood_status status = append_words(tokenizer, &rule, ids, count, &block, err);
        if (status != MOOD_OK) {
            bytes_free(&block);
            return status;
        }
        ((mood_text *)block.data)[i] = (mood_text){NULL, block.size - before - 1};
    }
    const char *bytes = block.data + head;
    *texts = (mood_text *)block.data;
    for (size_t i = 0; i < n; i++) {
        (*texts)[i].data = bytes;
        bytes += (*texts)[i].size + 1;
    }
    return MOOD_OK;
}
