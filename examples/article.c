/* Sentiment analysis with an LSTM in ten lines: train on four sentences, then ask about a fifth.
 *
 * Build against the installed library:  cc article.c $(pkg-config --cflags --libs mood) */
#include <stdio.h>
#include <string.h>

#include <mood/mood.h>

#define WORDS 5000
#define LENGTH 50

static const char *const sentences[] = {
    "I really loved this film, every minute of it",
    "An awful evening, the food was cold and the service slow",
    "Great sound and a battery that lasts, highly recommended",
    "It broke after two days, what a waste of money",
};
static const float labels[] = {1, 0, 1, 0};
enum { COUNT = sizeof sentences / sizeof *sentences };

static mood_text text_of(const char *string) {
    return (mood_text){string, strlen(string)};
}

int main(int argc, char **argv) {
    mood_error err;
    mood_device *device = NULL;
    mood_tokenizer *tokenizer = NULL;
    mood_model *model = NULL;
    int result = 1;

    mood_text texts[COUNT], question = text_of(argc > 1 ? argv[1] : "I loved the food and the sound");
    for (size_t i = 0; i < COUNT; i++)
        texts[i] = text_of(sentences[i]);
    int32_t x[COUNT * LENGTH], asked[LENGTH];
    float score;

    mood_tokenizer_options words = MOOD_TOKENIZER_OPTIONS;
    words.num_words = WORDS;
    mood_fit_options epochs = MOOD_FIT_OPTIONS;
    epochs.epochs = 60; /* four sentences are one batch: an epoch is one step */
    epochs.seed = 1;

    if (mood_device_open(NULL, &device, &err) || mood_tokenizer_create(&words, &tokenizer, &err) ||
        mood_tokenizer_fit(tokenizer, texts, COUNT, &err) ||
        mood_tokenizer_sequences(tokenizer, texts, COUNT, LENGTH, x, &err) || /* x [4, 50], padded in front */
        mood_model_create(device, &model, &err) || mood_model_add(model, "Embedding(5000, 32)", &err) ||
        mood_model_add(model, "LSTM(64, return_sequences=True)", &err) || mood_model_add(model, "LSTM(32)", &err) ||
        mood_model_add(model, "Dense(16, activation='relu')", &err) ||
        mood_model_add(model, "Dense(1, activation='sigmoid')", &err) ||
        mood_model_compile(model, NULL, &err) || /* Adam, binary cross-entropy, accuracy */
        mood_model_fit(model, x, COUNT, LENGTH, labels, 1, &epochs, NULL, &err) ||
        mood_tokenizer_sequences(tokenizer, &question, 1, LENGTH, asked, &err) ||
        mood_model_predict(model, asked, 1, LENGTH, 0, &score, &err))
        goto failed;
    printf("Sentiment: %s (%.3f)\n", score > 0.5f ? "Positive" : "Negative", (double)score);
    result = 0;
    goto done;
failed:
    fprintf(stderr, "article: %s\n", err.message);
done:
    mood_model_destroy(model);
    mood_tokenizer_destroy(tokenizer);
    mood_device_destroy(device);
    return result;
}
