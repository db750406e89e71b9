/* try-device INDEX [train]: opens an OpenCL device, or trains on it, so that the result of its known-answer test is
 * stored, in a separate process because the driver may crash. Started by device_trial.c. Exit status: 0, or 100 if
 * the device cannot be opened or must not train. If the driver hangs, SIGALRM ends the process. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/device_trial.h"
#include "mood/model.h"

/* Training on one row with one word starts the test. */
static mood_status train(mood_device *device) {
    const int32_t x[] = {1};
    const float y[] = {1};
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    mood_model *model = NULL;
    fit.epochs = 1;
    mood_status status = mood_model_create(device, &model, NULL);
    if (status == MOOD_OK)
        status = mood_model_add(model, "Embedding(2, 1)", NULL);
    if (status == MOOD_OK)
        status = mood_model_add(model, "LSTM(1)", NULL);
    if (status == MOOD_OK)
        status = mood_model_add(model, "Dense(1, activation='sigmoid')", NULL);
    if (status == MOOD_OK)
        status = mood_model_compile(model, NULL, NULL);
    if (status == MOOD_OK)
        status = mood_model_fit(model, x, 1, 1, y, 1, &fit, NULL, NULL);
    mood_model_destroy(model);
    return status;
}

int main(int argc, char **argv) {
    mood_device *device;
    alarm(TRIAL_SECONDS);
    if (argc < 2 || setenv("MOOD_DEVICE_TRIAL", "1", 1) != 0 || mood_device_open(argv[1], &device, NULL) != MOOD_OK)
        return 100;
    mood_status status = argc > 2 && strcmp(argv[2], "train") == 0 ? train(device) : MOOD_OK;
    mood_device_destroy(device);
    return status == MOOD_OK ? EXIT_SUCCESS : 100;
}
