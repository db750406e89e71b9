// An application outside the tree, in C++: every header is valid C++, and links.
#include <memory>
#include <string>

#include <mood/mood.h>

#include <cstdio>

template <auto destroy> struct Destroyer {
    template <typename T> void operator()(T *object) const { destroy(object); }
};
using Tokenizer = std::unique_ptr<mood_tokenizer, Destroyer<mood_tokenizer_destroy>>;
using Scorer = std::unique_ptr<mood_scorer, Destroyer<mood_scorer_destroy>>;

int main(int argc, char **argv) {
    mood_error err;
    mood_tokenizer_options words = MOOD_TOKENIZER_OPTIONS;
    words.oov_token = "<unknown>";
    mood_tokenizer *made = nullptr;
    if (mood_tokenizer_create(&words, &made, &err) != MOOD_OK) {
        std::fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    Tokenizer tokenizer(made);

    std::string line = "one two three";
    mood_text text{line.data(), line.size()};
    int32_t ids[4];
    if (mood_tokenizer_fit(tokenizer.get(), &text, 1, &err) != MOOD_OK ||
        mood_tokenizer_sequences(tokenizer.get(), &text, 1, 4, ids, &err) != MOOD_OK) {
        std::fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    if (ids[0] != 0 || ids[1] != 2) // padded in front; 1 is the unknown word
        return 1;
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    mood_recipe recipe = MOOD_RECIPE;
    if (fit.size + compile.size + recipe.size == 0)
        return 1;
    if (mood_layer_check("LSTM(64, return_sequences=True)", &err) != MOOD_OK) {
        std::fprintf(stderr, "%s\n", err.message);
        return 1;
    }

    if (argc > 2) {
        mood_scorer *opened = nullptr;
        float score;
        if (mood_scorer_open(argv[2], nullptr, &opened, &err) != MOOD_OK) {
            std::fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        Scorer scorer(opened);
        if (mood_scorer_score(scorer.get(), &text, 1, &score, &err) != MOOD_OK)
            return 1;
        std::printf("%s %.6f\n", mood_scorer_get_label(scorer.get(), mood_scorer_decide(scorer.get(), &score)),
                    static_cast<double>(score));
    }
    return 0;
}
