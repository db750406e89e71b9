/* Bytes from outside as a text that is cleaned and segmented. The first bytes choose the steps, their order and the
 * segmentation. The result has to be valid UTF-8, of a bounded size. */
#include <stdlib.h>
#include <string.h>

#include "text/preparation.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { CHOICE = 5 };

/* The steps whose bits are set in choice [3], beginning with the one that choice[3] names. */
static struct preparation *create(const unsigned char *choice) {
    const char *names[CLEAN_STEP_COUNT];
    size_t count = 0;
    struct preparation *preparation;
    for (size_t i = 0; i < CLEAN_STEP_COUNT; i++) {
        size_t step = (i + choice[3]) % CLEAN_STEP_COUNT;
        if (choice[step / 8] >> step % 8 & 1)
            names[count++] = clean_steps[step].name;
    }
    if (preparation_create(names, count, segmentations[choice[4] % SEGMENTATION_COUNT].name, &preparation, NULL) !=
        MOOD_OK)
        abort();
    return preparation;
}

static void apply(const struct preparation *preparation, mood_text text, struct preparation_buffers *buffers) {
    size_t before = text.size;
    if (preparation_apply(preparation, &text, buffers, NULL) != MOOD_OK)
        return; /* out of memory */
    if (!mood_text_validate(text, NULL) || text.size > 64 * before + 4096)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    if (size < CHOICE)
        return 0;
    struct preparation *preparation = create(data);
    struct preparation_buffers buffers = {0};
    struct bytes repaired = {0};
    size_t replaced = 0;
    if (preparation && utf8_repair((mood_text){(const char *)data + CHOICE, size - CHOICE}, &repaired, &replaced)) {
        mood_text text = {repaired.data, repaired.size};
        apply(preparation, text, &buffers);
        apply(preparation, text, &buffers); /* with buffers in use */
    }
    bytes_free(&repaired);
    preparation_buffers_free(&buffers);
    preparation_destroy(preparation);
    return 0;
}
