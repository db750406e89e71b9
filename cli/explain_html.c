/* Explanations as a page of HTML: nothing is loaded from elsewhere, and there is no script. */
#include <string.h>

#include "explain.h"
#include "terminal.h"

static void print_escaped(FILE *stream, mood_text text) {
    for (size_t i = 0; i < text.size; i++)
        switch (text.data[i]) {
        case '&': fputs("&amp;", stream); break;
        case '<': fputs("&lt;", stream); break;
        case '>': fputs("&gt;", stream); break;
        case '"': fputs("&quot;", stream); break;
        case '\'': fputs("&#39;", stream); break;
        default: fputc(text.data[i], stream);
        }
}

/* Control characters, and those that reorder text, are shown as \xNN and \uNNNN, as on a terminal. */
static void print_safely(FILE *stream, mood_text text) {
    size_t from = 0, size = 0;
    while (from < text.size) {
        int32_t character;
        size_t at = mood_text_find_control(text, from, &size, &character);
        print_escaped(stream, (mood_text){text.data + from, at - from});
        if (at == text.size)
            return;
        if (character == '\n' || character == '\t')
            fputc(character, stream);
        else
            print_column(stream, (mood_text){text.data + at, size});
        from = at + size;
    }
}

static void print_string(FILE *stream, const char *text) {
    print_safely(stream, (mood_text){text, strlen(text)});
}

void explain_begin_html(FILE *stream, const char *model) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>mood explain ",
          stream);
    print_string(stream, model);
    fputs(
        "</title>\n<style>\n"
        ":root { --text: #1a1d21; --back: #fff; --quiet: #5c6570; --line: #d8dde3; --up: 22 140 60; --down: 205 40 40; "
        "}\n"
        "@media (prefers-color-scheme: dark) {\n"
        "  :root { --text: #e6e9ed; --back: #15181c; --quiet: #9aa4af; --line: #343b43; --up: 50 180 95; --down: 240 "
        "90 90; }\n"
        "}\n"
        "body { color: var(--text); background: var(--back); font: 1rem/1.7 system-ui, sans-serif; max-width: 48rem;\n"
        "  margin: 2rem auto; padding: 0 1rem; }\n"
        "h1 { font-size: 1.2rem; }\n"
        "article { border-top: 1px solid var(--line); padding: 1rem 0; }\n"
        ".score { color: var(--quiet); margin: 0; font-variant-numeric: tabular-nums; }\n"
        ".score b { color: var(--text); }\n"
        ".text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 0; unicode-bidi: isolate; }\n"
        ".up, .down { border-radius: .2em; padding: .05em .1em; }\n"
        ".up { background: rgb(var(--up) / calc(var(--w) * .6)); }\n"
        ".down { background: rgb(var(--down) / calc(var(--w) * .6)); text-decoration: underline; "
        "text-decoration-thickness: .08em; }\n"
        ".unused { color: var(--quiet); text-decoration: underline dotted; }\n"
        "</style>\n</head>\n<body>\n<h1>mood explain ",
        stream);
    print_string(stream, model);
    fputs("</h1>\n<p class=\"score\"><span class=\"up\" style=\"--w:.8\">Green</span> words raise the score of the "
          "label, "
          "<span class=\"down\" style=\"--w:.8\">red</span> ones lower it; the model does not use "
          "<span class=\"unused\">dotted</span> ones. Together they are the difference from the score of an empty "
          "text.</p>\n",
          stream);
}

static void print_word(FILE *stream, const struct explained *explained, size_t index) {
    const mood_word *word = &explained->explanation->words[index];
    const char *mark = explained_mark(word);
    double strength = explained_strength(explained, word);
    if (word->contribution == 0 && mark)
        fprintf(stream, "<span class=\"unused\" title=\"%s\">", mark);
    else if (strength < 0.05)
        fprintf(stream, "<span title=\"%+.6f%s%s\">", word->contribution, mark ? ", " : "", mark ? mark : "");
    else
        fprintf(stream, "<span class=\"%s\" style=\"--w:%.3f\" title=\"%+.6f%s%s\">",
                word->contribution < 0 ? "down" : "up", strength, word->contribution, mark ? ", " : "",
                mark ? mark : "");
    print_safely(stream, explained_word(explained, index));
    fputs("</span>", stream);
}

void explain_print_html(FILE *stream, const struct explained *explained) {
    const mood_explanation *explanation = explained->explanation;
    fputs("<article>\n<p class=\"score\"><b>", stream);
    print_string(stream, explained->label);
    fprintf(stream, " %.4f</b> (empty text %.4f)</p>\n<p class=\"text\">", explanation->score, explanation->empty);
    for (size_t i = 0; i < explanation->count; i++) {
        print_safely(stream, explained_gap(explained, i));
        print_word(stream, explained, i);
    }
    print_safely(stream, explained_rest(explained));
    fputs("</p>\n</article>\n", stream);
}

void explain_end_html(FILE *stream) {
    fputs("</body>\n</html>\n", stream);
}
