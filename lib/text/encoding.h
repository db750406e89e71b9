/* Converts a file's bytes to UTF-8. */
#ifndef TEXT_ENCODING_H
#define TEXT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include <unicode/ucnv.h>

#include "base/bytes.h"
#include "mood/text.h"

/* In the place of bytes that the encoding does not have: not valid UTF-8, so the field that has it is refused. */
#define ENCODING_INVALID '\xFF'

struct encoding {
    UConverter *converter; /* NULL: the bytes are UTF-8 already */
    const char *name;      /* as given, else "UTF-8" or that of the mark; borrowed */
    UChar lead;            /* of a surrogate pair whose second half follows; 0: none */
};

/* Choose the encoding: `name`; if that is NULL, the one of the byte-order mark, else UTF-8. bytes [size]: the first
 * ones of the file; *mark: the number of bytes of its mark, which are not text.
 * Errors: MOOD_ERR_ARGUMENT if the name is unknown. */
mood_status encoding_open(struct encoding *encoding, const char *name, const char *bytes, size_t size, size_t *mark,
                          mood_error *err);

/* Append the converted bytes to out. end: no others follow. */
mood_status encoding_convert(struct encoding *encoding, const char *bytes, size_t size, bool end, struct bytes *out,
                             mood_error *err);

/* Describe a field that is not UTF-8 from byte `position` on. name: of the file's encoding; number: of the field, from 1;
 * 0: the line has no fields. */
void encoding_describe_invalid(const char *name, mood_text field, size_t position, size_t number, char *problem,
                               size_t size);

void encoding_close(struct encoding *encoding);

#endif
