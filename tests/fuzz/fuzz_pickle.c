/* Bytes from outside as a pickle: a tokenizer that is read comes back as it was written. */
#include <stdlib.h>
#include <string.h>

#include "text/pickle.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    mood_tokenizer *tokenizer, *copy;
    char *json, *again;
    mood_error err;
    (void)pickle_begins((const char *)data, size);
    if (tokenizer_from_pickle((const char *)data, size, &tokenizer, &err) != MOOD_OK) {
        if (!mood_text_validate((mood_text){err.message, strlen(err.message)}, NULL))
            abort();
        return 0;
    }
    if (mood_tokenizer_to_json(tokenizer, &json, NULL) != MOOD_OK ||
        mood_tokenizer_from_json(json, strlen(json), &copy, NULL) != MOOD_OK ||
        mood_tokenizer_to_json(copy, &again, NULL) != MOOD_OK || strcmp(json, again) != 0)
        abort();
    mood_free(json);
    mood_free(again);
    mood_tokenizer_destroy(tokenizer);
    mood_tokenizer_destroy(copy);
    return 0;
}
