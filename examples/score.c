/* The library in ten lines: open a model's file, and score the texts of the command line with it.
 *
 * Build against the installed library:  cc score.c $(pkg-config --cflags --libs mood) */
#include <stdio.h>
#include <string.h>

#include <mood/mood.h>

int main(int argc, char **argv) {
    mood_error err;
    mood_scorer *scorer;
    if (argc < 3) {
        fprintf(stderr, "usage: score MODEL.keras TEXT...\n");
        return 2;
    }
    if (mood_scorer_open(argv[1], NULL, &scorer, &err)) {
        fprintf(stderr, "score: %s\n", err.message);
        return 1;
    }
    for (int i = 2; i < argc; i++) {
        mood_text text = {argv[i], strlen(argv[i])};
        float scores[64];
        if (mood_scorer_get_outputs(scorer) > 64 || mood_scorer_score(scorer, &text, 1, scores, &err)) {
            fprintf(stderr, "score: %s\n", mood_scorer_get_outputs(scorer) > 64 ? "too many classes" : err.message);
            mood_scorer_destroy(scorer);
            return 1;
        }
        size_t label = mood_scorer_decide(scorer, scores);
        printf("%s %.4f %s\n", mood_scorer_get_label(scorer, label),
               (double)scores[mood_scorer_get_outputs(scorer) == 1 ? 0 : label], argv[i]);
    }
    mood_scorer_destroy(scorer);
    return 0;
}
