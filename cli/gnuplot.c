/* Runs gnuplot. Its standard streams are files in memory, not pipes, so that neither process can block the other. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gnuplot.h"

enum { STREAMS = 3 }; /* standard input, output and error */

static mood_status refuse(const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "--plot: gnuplot can't be run: %s", why);
}

static mood_status fail_to_start(int problem, mood_error *err) {
    if (problem != ENOENT)
        return refuse(strerror(problem), err);
    return mood_error_set(
        err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
        "--plot: plots are drawn by gnuplot, which is not installed (Debian: apt install gnuplot-nox)");
}

/* ---- streams ---------------------------------------------------------------------------------------- */

static void close_streams(const int streams[STREAMS]) {
    for (int i = 0; i < STREAMS; i++)
        if (streams[i] >= 0)
            close(streams[i]);
}

static bool write_whole(int descriptor, mood_text bytes) {
    while (bytes.size > 0) {
        ssize_t put = write(descriptor, bytes.data, bytes.size);
        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0)
            bytes = (mood_text){bytes.data + put, bytes.size - (size_t)put};
    }
    return lseek(descriptor, 0, SEEK_SET) == 0;
}

static bool open_streams(int streams[STREAMS], mood_text script) {
    bool opened = true;
    for (int i = 0; i < STREAMS; i++)
        opened &= (streams[i] = memfd_create("gnuplot", MFD_CLOEXEC)) >= 0;
    return opened && write_whole(streams[STDIN_FILENO], script);
}

static bool read_whole(int descriptor, struct buffer *output) {
    char part[1 << 14];
    if (lseek(descriptor, 0, SEEK_SET) != 0)
        return false;
    for (;;) {
        ssize_t got = read(descriptor, part, sizeof part);
        if (got == 0)
            return !output->failed;
        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0)
            buffer_append(output, part, (size_t)got);
    }
}

/* ---- the process ------------------------------------------------------------------------------------ */

/* -d: without the user's settings. Returns errno's value. */
static int start(const int streams[STREAMS], pid_t *process) {
    static char name[] = "gnuplot", defaults[] = "-d", standard_input[] = "-";
    char *arguments[] = {name, defaults, standard_input, NULL};
    posix_spawn_file_actions_t actions;
    int problem = posix_spawn_file_actions_init(&actions);
    if (problem)
        return problem;
    for (int i = 0; i < STREAMS && !problem; i++)
        problem = posix_spawn_file_actions_adddup2(&actions, streams[i], i);
    if (!problem)
        problem = posix_spawnp(process, name, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

/* The last line that gnuplot wrote to standard error: its message. */
static void copy_message(int descriptor, char *message, size_t size) {
    struct buffer text = {0};
    if (read_whole(descriptor, &text)) {
        while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]))
            text.size--;
        size_t first = text.size;
        while (first > 0 && text.data[first - 1] != '\n')
            first--;
        while (first < text.size && text.data[first] == ' ')
            first++;
        size_t length = text.size - first < size - 1 ? text.size - first : size - 1;
        if (length)
            memcpy(message, text.data + first, length);
        message[length] = '\0';
    }
    buffer_free(&text);
}

static mood_status check_end(int state, int errors, mood_error *err) {
    char message[200] = "";
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return MOOD_OK;
    if (WIFSIGNALED(state))
        return refuse(strsignal(WTERMSIG(state)), err);
    copy_message(errors, message, sizeof message);
    return refuse(message[0] ? message : "it failed without a message", err);
}

static mood_status run(const int streams[STREAMS], struct buffer *output, mood_error *err) {
    pid_t process;
    int state, problem = start(streams, &process);
    if (problem)
        return fail_to_start(problem, err);
    while (waitpid(process, &state, 0) < 0)
        if (errno != EINTR)
            return refuse(strerror(errno), err);
    mood_status status = check_end(state, streams[STDERR_FILENO], err);
    if (status == MOOD_OK && !read_whole(streams[STDOUT_FILENO], output))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return status;
}

mood_status gnuplot_run(mood_text script, struct buffer *output, mood_error *err) {
    int streams[STREAMS] = {-1, -1, -1};
    mood_status status = open_streams(streams, script) ? run(streams, output, err) : refuse(strerror(errno), err);
    close_streams(streams);
    return status;
}
