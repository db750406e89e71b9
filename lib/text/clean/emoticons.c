/* The step emoticons: ":)" becomes " smile ". Letters match in any case, and the last character may be repeated, as
 * in ":))". An emoticon that ends with a letter or digit (":D", "<3") needs characters before and after it that are
 * neither, and so does one that begins with a letter before it. Before ":/" there is no letter or digit, as in
 * "http://". */
#include "text/clean/rewrite.h"
#include "text/clean/step.h"

static const struct emoticon {
    const char *text, *word; /* in lower case; a longer text comes before one that it begins with */
} emoticons[] = {
    {">:(", "angry"},     {">:-(", "angry"},    {":'(", "cry"},        {":'-(", "cry"},         {";(", "cry"},
    {";-(", "cry"},       {"t_t", "cry"},       {"t-t", "cry"},        {":')", "smile"},        {":'-)", "smile"},
    {":)", "smile"},      {":-)", "smile"},     {":]", "smile"},       {":-]", "smile"},        {":^)", "smile"},
    {"=)", "smile"},      {"=]", "smile"},      {"(:", "smile"},       {"(-:", "smile"},        {"^_^", "smile"},
    {"^-^", "smile"},     {"^^", "smile"},      {":3", "smile"},       {"8-)", "cool"},         {"b-)", "cool"},
    {":d", "laugh"},      {":-d", "laugh"},     {"=d", "laugh"},       {"xd", "laugh"},         {"x-d", "laugh"},
    {";d", "laugh"},      {";)", "wink"},       {";-)", "wink"},       {";]", "wink"},          {":p", "tongue"},
    {":-p", "tongue"},    {";p", "tongue"},     {"=p", "tongue"},      {":(", "sad"},           {":-(", "sad"},
    {":[", "sad"},        {":-[", "sad"},       {"=(", "sad"},         {"=[", "sad"},           {":/", "skeptical"},
    {":-/", "skeptical"}, {":\\", "skeptical"}, {":-\\", "skeptical"}, {"=/", "skeptical"},     {"=\\", "skeptical"},
    {":s", "confused"},   {":-s", "confused"},  {":o", "surprised"},   {":-o", "surprised"},    {"=o", "surprised"},
    {"o_o", "surprised"}, {":|", "neutral"},    {":-|", "neutral"},    {"=|", "neutral"},       {"-_-", "neutral"},
    {":*", "kiss"},       {":-*", "kiss"},      {";*", "kiss"},        {"</3", "broken heart"}, {"<3", "heart"},
};

/* The first characters above, in any case. */
static const bool begins[128] = {
    ['>'] = true, [':'] = true, [';'] = true, ['='] = true, ['t'] = true, ['T'] = true,
    ['('] = true, ['^'] = true, ['8'] = true, ['b'] = true, ['B'] = true, ['x'] = true,
    ['X'] = true, ['o'] = true, ['O'] = true, ['-'] = true, ['<'] = true,
};

static bool is_alphanumeric(UChar32 c) {
    return is_word_character(c) && c != '_';
}

/* The byte after an emoticon at `at`; `at`: it is not there. */
static size_t emoticon_end(mood_text text, size_t at, const char *emoticon) {
    if (!has_at(text, at, emoticon))
        return at;
    size_t end = at + strlen(emoticon);
    UChar32 last = (unsigned char)emoticon[strlen(emoticon) - 1];
    bool alphanumeric = is_alphanumeric(last), slash = last == '/' || last == '\\';
    bool inside = is_alphanumeric(character_before(text, at));
    if (inside && (alphanumeric || slash || is_alphanumeric((unsigned char)emoticon[0])))
        return at;
    while (end < text.size && ascii_lower((unsigned char)text.data[end]) == last && !slash)
        end++;
    UChar32 next = character_at(text, end);
    return (alphanumeric && is_alphanumeric(next)) || (slash && next == last) ? at : end;
}

static bool replace_emoticon(struct rewrite *rewrite, size_t at, size_t *next) {
    UChar32 first = ascii_lower((unsigned char)rewrite->text.data[at]);
    *next = at + 1;
    for (size_t k = 0; k < sizeof emoticons / sizeof *emoticons; k++) {
        const char *word = emoticons[k].word;
        bool may = (unsigned char)emoticons[k].text[0] == first;
        size_t end = may ? emoticon_end(rewrite->text, at, emoticons[k].text) : at;
        if (end == at)
            continue;
        *next = end;
        return rewrite_remove(rewrite, at, at) && rewrite_replace(rewrite, at, end, word, strlen(word)) &&
               rewrite_remove(rewrite, end, end);
    }
    return true;
}

bool clean_emoticons(mood_text *text, struct clean_buffers *buffers, struct bytes *out) {
    (void)buffers;
    struct rewrite rewrite = {.text = *text, .out = out};
    for (size_t i = 0; i < text->size;) {
        unsigned char byte = (unsigned char)text->data[i];
        bool inside = i > 0 && is_ascii_letter(byte) && is_ascii_letter(text->data[i - 1]); /* a word */
        if (byte >= 128 || !begins[byte] || inside)
            i++;
        else if (!replace_emoticon(&rewrite, i, &i))
            return false;
    }
    return rewrite_finish(&rewrite, text);
}
