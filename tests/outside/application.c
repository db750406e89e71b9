/* An application outside the tree, in C: it has what is installed and nothing else. */
#include <stdio.h>
#include <string.h>

#include <mood/mood.h>

static int report(const char *what, const mood_error *err) {
    fprintf(stderr, "%s: %s\n", what, err->message);
    return 1;
}

int main(int argc, char **argv) {
    mood_error err;
    if (strcmp(mood_version(), argc > 1 ? argv[1] : "") != 0) {
        fprintf(stderr, "the library is version '%s'\n", mood_version());
        return 1;
    }

    mood_tokenizer *tokenizer;
    mood_text texts[] = {{"good good film", 14}, {"bad film", 8}};
    int32_t x[2 * 3];
    if (mood_tokenizer_create(NULL, &tokenizer, &err))
        return report("tokenizer", &err);
    if (mood_tokenizer_fit(tokenizer, texts, 2, &err) || mood_tokenizer_sequences(tokenizer, texts, 2, 3, x, &err))
        return report("sequences", &err);
    mood_tokenizer_destroy(tokenizer);
    static const int32_t expected[] = {1, 1, 2, 0, 3, 2}; /* good 1, film 2, bad 3 */
    if (memcmp(x, expected, sizeof x) != 0) {
        fprintf(stderr, "unexpected ids\n");
        return 1;
    }

    if (argc > 2) { /* a model: this machine has a device */
        mood_scorer *scorer;
        float score;
        if (mood_scorer_open(argv[2], NULL, &scorer, &err))
            return report("scorer", &err);
        if (mood_scorer_score(scorer, texts, 1, &score, &err))
            return report("score", &err);
        printf("%s %.6f\n", mood_scorer_get_label(scorer, mood_scorer_decide(scorer, &score)), (double)score);
        mood_scorer_destroy(scorer);
    }
    return 0;
}
