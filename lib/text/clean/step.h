/* The cleaning steps: each is a function and a row of the table in steps.c. */
#ifndef TEXT_CLEAN_STEP_H
#define TEXT_CLEAN_STEP_H

#include "base/bytes.h"
#include "mood/text.h"

/* Buffers of UTF-16, reused for all texts of a call. */
struct clean_buffers {
    struct bytes utf16, result;
};

struct clean_step {
    const char *name;
    bool changes_ascii;   /* false: a text in ASCII stays as it is, and apply is not called */
    const char *triggers; /* a text without any of these bytes stays as it is; NULL: unknown */
    const char
        *tokens; /* characters that the step makes tokens: a tokenizer's filters must not have them; NULL: none */

    /* Clean a text, which is valid UTF-8 of at most LARGEST_TEXT bytes. If it changes, *text becomes the new text, in
     * out, which is empty before. Time and memory are linear in the text's size. False: out of memory. */
    bool (*apply)(mood_text *text, struct clean_buffers *buffers, struct bytes *out);

    /* Load what ICU reads from its data on first use, so that no text fails for that reason; NULL: nothing. False: the
     * data are missing, or out of memory. */
    bool (*load)(void);
};

enum { CLEAN_STEP_COUNT = 17 };
extern const struct clean_step clean_steps[CLEAN_STEP_COUNT];

/* NULL: there is none of that name. */
const struct clean_step *clean_step_find(const char *name);

void clean_buffers_free(struct clean_buffers *buffers);

/* normalize.c */
bool clean_unicode(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_nfc(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_accents(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_case(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_load_normalizers(void);

/* html.c, urls.c, mentions.c, hashtags.c */
bool clean_html(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_urls(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_mentions(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_hashtags(mood_text *text, struct clean_buffers *buffers, struct bytes *out);

/* emoji.c, emoticons.c */
bool clean_emoji(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_no_emoji(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_emoticons(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_load_names(void);

/* repeats.c, contractions.c */
bool clean_repeats(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_contractions(mood_text *text, struct clean_buffers *buffers, struct bytes *out);

/* characters.c: steps that replace single characters */
bool clean_quotes(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_punctuation(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_numbers(mood_text *text, struct clean_buffers *buffers, struct bytes *out);
bool clean_symbols(mood_text *text, struct clean_buffers *buffers, struct bytes *out);

#endif
