/* Runs the program try-device, which is installed in libexec and is passed the index of a device. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/device_trial.h"

extern char **environ;

/* try-device sets MOOD_DEVICE_TRIAL for itself, so that it tests in its own process. */
static bool find_program(char *path, size_t size) {
    if (getenv("MOOD_DEVICE_TRIAL"))
        return false;
    const char *folder = secure_getenv("MOOD_LIBEXEC_DIR");
    int length = snprintf(path, size, "%s/try-device", folder && *folder ? folder : MOOD_LIBEXEC_DIR);
    return length > 0 && (size_t)length < size && access(path, X_OK) == 0;
}

/* Standard streams are /dev/null: drivers write to standard error before they crash. The child blocks no signals. */
static bool start(const char *path, size_t index, enum known_test test, pid_t *child) {
    char number[32];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    char *arguments[] = {(char *)path, number, test == KNOWN_GRADIENTS ? (char *)"train" : NULL, NULL};
    snprintf(number, sizeof number, "%zu", index);
    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return false;
    }
    bool started = posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
                   posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) == 0;
    for (int fd = 0; fd <= 2 && started; fd++)
        started = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0) == 0;
    started = started && posix_spawn(child, path, &actions, &attributes, arguments, environ) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return started;
}

/* True if a user, the system or a limit ended the child, or if it could not be started (exit status 126 or 127, for
 * example because the loader does not find libmood). */
static bool is_external_failure(int status) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGKILL, SIGXCPU, SIGXFSZ};
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (WTERMSIG(status) == signals[i])
            return true;
    return false;
}

enum trial_outcome device_trial_run(size_t index, enum known_test test, char *how, size_t size) {
    char path[4096];
    pid_t child, waited;
    int status;
    if (!find_program(path, sizeof path) || !start(path, index, test, &child))
        return TRIAL_NOT_RUN;
    do
        waited = waitpid(child, &status, 0);
    while (waited < 0 && errno == EINTR);
    if (waited != child)
        return TRIAL_ENDED; /* already reaped by the calling program: use the result in the cache */
    if (WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_SUCCESS || WEXITSTATUS(status) == 100))
        return TRIAL_ENDED;
    if (is_external_failure(status))
        return TRIAL_NOT_RUN;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(how, size, "no end within %d s", TRIAL_SECONDS);
    else if (WIFSIGNALED(status))
        snprintf(how, size, "signal %d", WTERMSIG(status));
    else
        snprintf(how, size, "exit status %d", WEXITSTATUS(status));
    return TRIAL_DIED;
}
