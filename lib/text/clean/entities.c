/* HTML's character references: &amp; and other names, &#39; and &#x27;. The names are those of HTML 4 without the Greek
 * alphabet and most of mathematics. */
#include "text/clean/entities.h"

#include <stdlib.h>
#include <string.h>

#include "text/clean/rewrite.h"

enum { LONGEST_NAME = 8, LONGEST_NUMBER = 10, NO_BREAK_SPACE = 0xA0, REPLACEMENT = 0xFFFD };

struct entity {
    const char *name;
    UChar32 character;
};

/* sorted by strcmp */
static const struct entity entities[] = {
    {"AElig", 0xC6},    {"Aacute", 0xC1},   {"Acirc", 0xC2},   {"Agrave", 0xC0},   {"Aring", 0xC5},
    {"Atilde", 0xC3},   {"Auml", 0xC4},     {"Ccedil", 0xC7},  {"Dagger", 0x2021}, {"ETH", 0xD0},
    {"Eacute", 0xC9},   {"Ecirc", 0xCA},    {"Egrave", 0xC8},  {"Euml", 0xCB},     {"Iacute", 0xCD},
    {"Icirc", 0xCE},    {"Igrave", 0xCC},   {"Iuml", 0xCF},    {"Ntilde", 0xD1},   {"OElig", 0x152},
    {"Oacute", 0xD3},   {"Ocirc", 0xD4},    {"Ograve", 0xD2},  {"Oslash", 0xD8},   {"Otilde", 0xD5},
    {"Ouml", 0xD6},     {"Prime", 0x2033},  {"Scaron", 0x160}, {"THORN", 0xDE},    {"Uacute", 0xDA},
    {"Ucirc", 0xDB},    {"Ugrave", 0xD9},   {"Uuml", 0xDC},    {"Yacute", 0xDD},   {"Yuml", 0x178},
    {"aacute", 0xE1},   {"acirc", 0xE2},    {"acute", 0xB4},   {"aelig", 0xE6},    {"agrave", 0xE0},
    {"amp", 0x26},      {"apos", 0x27},     {"aring", 0xE5},   {"atilde", 0xE3},   {"auml", 0xE4},
    {"bdquo", 0x201E},  {"brvbar", 0xA6},   {"bull", 0x2022},  {"ccedil", 0xE7},   {"cedil", 0xB8},
    {"cent", 0xA2},     {"circ", 0x2C6},    {"clubs", 0x2663}, {"copy", 0xA9},     {"curren", 0xA4},
    {"dagger", 0x2020}, {"darr", 0x2193},   {"deg", 0xB0},     {"diams", 0x2666},  {"divide", 0xF7},
    {"eacute", 0xE9},   {"ecirc", 0xEA},    {"egrave", 0xE8},  {"emsp", 0x2003},   {"ensp", 0x2002},
    {"eth", 0xF0},      {"euml", 0xEB},     {"euro", 0x20AC},  {"fnof", 0x192},    {"frac12", 0xBD},
    {"frac14", 0xBC},   {"frac34", 0xBE},   {"ge", 0x2265},    {"gt", 0x3E},       {"harr", 0x2194},
    {"hearts", 0x2665}, {"hellip", 0x2026}, {"iacute", 0xED},  {"icirc", 0xEE},    {"iexcl", 0xA1},
    {"igrave", 0xEC},   {"infin", 0x221E},  {"iquest", 0xBF},  {"iuml", 0xEF},     {"laquo", 0xAB},
    {"larr", 0x2190},   {"ldquo", 0x201C},  {"le", 0x2264},    {"lsaquo", 0x2039}, {"lsquo", 0x2018},
    {"lt", 0x3C},       {"macr", 0xAF},     {"mdash", 0x2014}, {"micro", 0xB5},    {"middot", 0xB7},
    {"minus", 0x2212},  {"nbsp", 0xA0},     {"ndash", 0x2013}, {"ne", 0x2260},     {"not", 0xAC},
    {"ntilde", 0xF1},   {"oacute", 0xF3},   {"ocirc", 0xF4},   {"oelig", 0x153},   {"ograve", 0xF2},
    {"ordf", 0xAA},     {"ordm", 0xBA},     {"oslash", 0xF8},  {"otilde", 0xF5},   {"ouml", 0xF6},
    {"para", 0xB6},     {"permil", 0x2030}, {"plusmn", 0xB1},  {"pound", 0xA3},    {"prime", 0x2032},
    {"quot", 0x22},     {"raquo", 0xBB},    {"rarr", 0x2192},  {"rdquo", 0x201D},  {"reg", 0xAE},
    {"rsaquo", 0x203A}, {"rsquo", 0x2019},  {"sbquo", 0x201A}, {"scaron", 0x161},  {"sect", 0xA7},
    {"shy", 0xAD},      {"spades", 0x2660}, {"sup1", 0xB9},    {"sup2", 0xB2},     {"sup3", 0xB3},
    {"szlig", 0xDF},    {"thinsp", 0x2009}, {"thorn", 0xFE},   {"tilde", 0x2DC},   {"times", 0xD7},
    {"trade", 0x2122},  {"uacute", 0xFA},   {"uarr", 0x2191},  {"ucirc", 0xFB},    {"ugrave", 0xF9},
    {"uml", 0xA8},      {"uuml", 0xFC},     {"yacute", 0xFD},  {"yen", 0xA5},      {"yuml", 0xFF},
    {"zwj", 0x200D},    {"zwnj", 0x200C},
};

/* of Windows-1252, from 0x80 to 0x9F; 0: no character */
static const uint16_t windows[32] = {
    0x20AC, 0,      0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0,      0x17D,  0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0,      0x17E,  0x178,
};

static int compare_names(const void *left, const void *right) {
    return strcmp(((const struct entity *)left)->name, ((const struct entity *)right)->name);
}

static UChar32 decode_name(mood_text text, size_t at, size_t *end) {
    char name[LONGEST_NAME + 1];
    size_t size = 0;
    while (size < LONGEST_NAME && at < text.size && (is_ascii_letter(text.data[at]) || is_ascii_digit(text.data[at])))
        name[size++] = text.data[at++];
    if (at == text.size || text.data[at] != ';')
        return -1;
    name[size] = '\0';
    *end = at + 1;
    const struct entity key = {name, 0};
    const struct entity *found =
        bsearch(&key, entities, sizeof entities / sizeof *entities, sizeof *entities, compare_names);
    return found ? found->character : -1;
}

static int digit_value(char digit, int base) {
    UChar32 c = ascii_lower(digit);
    int value = is_ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;
    return value < base ? value : -1;
}

static UChar32 decode_number(mood_text text, size_t at, size_t *end) {
    int base = at < text.size && ascii_lower(text.data[at]) == 'x' ? 16 : 10;
    at += base == 16;
    UChar32 c = 0;
    size_t digits = 0;
    for (int value; digits <= LONGEST_NUMBER && at < text.size && (value = digit_value(text.data[at], base)) >= 0;
         digits++, at++)
        c = c <= 0x10FFFF ? c * base + value : c;
    if (digits == 0 || digits > LONGEST_NUMBER || at == text.size || text.data[at] != ';')
        return -1;
    *end = at + 1;
    if (c >= 0x80 && c <= 0x9F)
        c = windows[c - 0x80];
    return c > 0 && c <= 0x10FFFF && !U_IS_SURROGATE(c) ? c : REPLACEMENT;
}

UChar32 entity_decode(mood_text text, size_t at, size_t *end) {
    at++;
    UChar32 c = at < text.size && text.data[at] == '#' ? decode_number(text, at + 1, end) : decode_name(text, at, end);
    return c == NO_BREAK_SPACE ? ' ' : c;
}
