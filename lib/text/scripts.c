/* The scripts in which texts are written. Source: Unicode's property Script, by ICU. */
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include "base/errors.h"

#include "mood/text.h"

static int compare_letters(const void *left, const void *right) {
    const mood_script *a = left, *b = right;
    if (a->letters != b->letters)
        return a->letters < b->letters ? 1 : -1;
    return strcmp(a->name, b->name);
}

static void count_letters(mood_text text, size_t letters[USCRIPT_CODE_LIMIT]) {
    const uint8_t *s = (const uint8_t *)text.data;
    for (size_t i = 0; i < text.size;) {
        UErrorCode code = U_ZERO_ERROR;
        UChar32 c;
        U8_NEXT(s, i, text.size, c);
        if (c < 0 || !u_isalpha(c))
            continue;
        int script = c < 128 ? USCRIPT_LATIN : (int)uscript_getScript(c, &code);
        if (U_SUCCESS(code) && script > USCRIPT_INHERITED && script < USCRIPT_CODE_LIMIT)
            letters[script]++;
    }
}

mood_status mood_text_find_scripts(const mood_text *texts, size_t n, mood_script *scripts, size_t capacity,
                                   size_t *count, mood_error *err) {
    if ((n && !texts) || (capacity && !scripts) || !count)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "finding scripts needs texts and a result");
    size_t *letters = calloc(USCRIPT_CODE_LIMIT, sizeof *letters);
    mood_script *all = calloc(USCRIPT_CODE_LIMIT, sizeof *all);
    *count = 0;
    if (!letters || !all) {
        free(letters);
        free(all);
        return error_no_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        count_letters(texts[i], letters);
    size_t found = 0;
    for (int script = 0; script < USCRIPT_CODE_LIMIT; script++)
        if (letters[script])
            all[found++] = (mood_script){uscript_getName((UScriptCode)script), letters[script]};
    qsort(all, found, sizeof *all, compare_letters);
    *count = found < capacity ? found : capacity;
    if (*count)
        memcpy(scripts, all, *count * sizeof *all);
    free(letters);
    free(all);
    return MOOD_OK;
}
