/* Bytes from outside as a record's value, and as a dead letter's headers. The first byte chooses the options. A result
 * that is put into an object has to leave the rest of it as it was. */
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "stream/dead_letter.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const float score = 0.25f;

/* The object with the result, as any reader of JSON sees it. */
static void check_spliced(const struct item *item, const struct result_writer *writer, mood_text value) {
    struct bytes out = {0};
    if (!result_splice(writer, value, &score, 0, &out))
        abort();
    json_t *all = json_loadb(out.data, out.size, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    json_t *result = json_object_get(all, "sentiment");
    if (!all || json_object_size(all) != json_object_size(item->object) + 1 ||
        json_number_value(json_object_get(result, "score")) != (double)score)
        abort();
    json_object_del(all, "sentiment");
    if (!json_equal(all, item->object))
        abort();
    json_decref(all);
    bytes_free(&out);
}

static void read_value(unsigned choice, mood_text value, const struct result_writer *writer) {
    mood_stream_options options = MOOD_STREAM_OPTIONS;
    mood_record record = {.value = value.data, .value_size = value.size};
    struct item item;
    uint64_t bad_bytes = 0;
    options.format = choice & 1 ? MOOD_FORMAT_JSON : MOOD_FORMAT_TEXT;
    options.keep = choice & 2;
    options.field = choice & 4 ? "text" : "\xc3\xa4";
    options.member = "sentiment";
    if (!item_read(&item, &record, &options, &bad_bytes))
        return;
    mood_text whole = item.repaired ? (mood_text){item.repaired, strlen(item.repaired)} : value;
    if (item.kind == ITEM_TEXT && !mood_text_validate(item.text, NULL))
        abort();
    if (item.kind == ITEM_BAD && !item_reason(&item)[0])
        abort();
    if (item.kind == ITEM_TEXT && options.format == MOOD_FORMAT_JSON && options.keep &&
        (!item.repaired || !memchr(value.data, '\0', value.size)))
        check_spliced(&item, writer, whole);
    item_clear(&item);
}

/* Header values between newlines. */
static void read_dead_letter(unsigned choice, mood_text value) {
    static const char *const names[] = {"mood.error.topic", "mood.error.partition", "mood.error.stage",
                                        "mood.error.message", "mood.replay"};
    mood_header headers[5];
    size_t count = 0;
    while (count < 5 && value.size > 0) {
        const char *end = memchr(value.data, '\n', value.size);
        size_t size = end ? (size_t)(end - value.data) : value.size;
        headers[count] = (mood_header){names[count], size > 0 || choice & 1 ? value.data : NULL, size};
        count++;
        value = end ? (mood_text){end + 1, value.size - size - 1} : (mood_text){NULL, 0};
    }
    mood_record record = {.position = {"topic", 0, 0}, .headers = headers, .header_count = count};
    mood_replay replay = {.topic = choice & 2 ? "other" : NULL, .id = "id"};
    struct item item;
    if (!dead_letter_read(&item, &record, &replay))
        return;
    if (item.kind == ITEM_DEAD_LETTER && (!item.topic || !item.topic[0] || item.partition < -1))
        abort();
    item_clear(&item);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    static const char *const labels[] = {"bad \"quoted\"", "g\xc3\xb6od\\"};
    static const mood_head head = {.outputs = 1, .labels = 2, .threshold = 0.5f, .probabilities = true};
    static struct result_writer writer;
    if (!writer.labels && result_writer_init(&writer, &head, labels, "sentiment", NULL) != MOOD_OK)
        abort();
    if (size == 0)
        return 0;
    mood_text value = {(const char *)data + 1, size - 1};
    if (data[0] & 0x80)
        read_dead_letter(data[0], value);
    else
        read_value(data[0], value, &writer);
    return 0;
}
