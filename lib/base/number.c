/* Numbers as text, in the C locale. */
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"

static locale_t c_locale; /* 0 if there is no memory for it: then the program's locale is used */

static void make_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t get_locale(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_locale);
    return c_locale;
}

double number_read(const char *text, char **end) {
    locale_t locale = get_locale();
    return locale ? strtod_l(text, end, locale) : strtod(text, end);
}

void number_write(char *text, size_t size, int digits, double number) {
    locale_t locale = get_locale(), before = locale ? uselocale(locale) : (locale_t)0;
    snprintf(text, size, "%.*g", digits, number);
    if (before)
        uselocale(before);
}
