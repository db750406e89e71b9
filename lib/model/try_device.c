/* try-device INDEX: open an OpenCL device, so that the result of its known-answer test is kept, and do so in a process
 * that the driver may end. Started by device_trial.c. Exit status: 0, or 100 if the device cannot be opened. A driver that
 * hangs is ended by SIGALRM. */
#include <stdlib.h>
#include <unistd.h>

#include "model/device_trial.h"
#include "mood/device.h"

int main(int argc, char **argv) {
    mood_device *device;
    alarm(TRIAL_SECONDS);
    if (argc != 2 || setenv("MOOD_DEVICE_TRIAL", "1", 1) != 0 || mood_device_open(argv[1], &device, NULL) != MOOD_OK)
        return 100;
    mood_device_destroy(device);
    return EXIT_SUCCESS;
}
