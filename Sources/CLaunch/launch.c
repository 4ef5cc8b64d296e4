#define _GNU_SOURCE
#include "CLaunch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

struct failure {
    enum leeway_launch_step step;
    int code;
};

/// Between SIGXCPU, which a program may handle, and SIGKILL.
static const uint64_t seconds_to_end = 5;

// From fork to exec only what is safe in a signal handler may be called: another thread may have held any lock.

static void fail(int report, enum leeway_launch_step step) {
    struct failure failure = {step, errno};
    while (write(report, &failure, sizeof failure) < 0 && errno == EINTR) {}
    _exit(127);
}

static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int bound(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit present;
    if (getrlimit(resource, &present) < 0) return -1;
    struct rlimit wanted = {soft, hard};
    if (wanted.rlim_max > present.rlim_max) wanted.rlim_max = present.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
    return setrlimit(resource, &wanted);
}

static int set_bounds(const struct leeway_launch *launch) {
    if (bound(RLIMIT_CPU, launch->cpu_seconds, launch->cpu_seconds + seconds_to_end) < 0) return -1;
    if (bound(RLIMIT_DATA, launch->data_bytes, launch->data_bytes) < 0) return -1;
    if (bound(RLIMIT_FSIZE, launch->file_bytes, launch->file_bytes) < 0) return -1;
    return bound(RLIMIT_CORE, 0, 0);
}

/// Where Linux schedules sessions as groups, niceness counts within a session only, and the session has one of its own.
static void set_session_niceness(int niceness) {
    int file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    char text[2] = {(char)('0' + niceness / 10 % 10), (char)('0' + niceness % 10)};
    while (write(file, text, sizeof text) < 0 && errno == EINTR) {}
    close(file);
}

static int set_niceness(int niceness) {
    // Who is nicer already may not become less so.
    if (getpriority(PRIO_PROCESS, 0) >= niceness) return 0;
    set_session_niceness(niceness);
    return setpriority(PRIO_PROCESS, 0, niceness);
}

static int connect_descriptors(int output, int error) {
    // Above the three, so that none is overwritten before it is copied.
    int high_output = fcntl(output, F_DUPFD_CLOEXEC, 3);
    int high_error = fcntl(error, F_DUPFD_CLOEXEC, 3);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (high_output < 0 || high_error < 0 || input < 0) return -1;
    if (dup2(input, STDIN_FILENO) < 0 || dup2(high_output, STDOUT_FILENO) < 0) return -1;
    if (dup2(high_error, STDERR_FILENO) < 0) return -1;
    // dup2 onto itself leaves the flag as it was.
    return fcntl(STDIN_FILENO, F_SETFD, 0);
}

static void become(const struct leeway_launch *launch, pid_t parent, int report) {
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail(report, leeway_launch_bounds);
    if (getppid() != parent) _exit(127);
    reset_signals();
    if (set_bounds(launch) < 0 || set_niceness(launch->niceness) < 0) fail(report, leeway_launch_bounds);
    if (chdir(launch->folder) < 0) fail(report, leeway_launch_folder);
    if (connect_descriptors(launch->output, launch->error) < 0) fail(report, leeway_launch_bounds);
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) fail(report, leeway_launch_bounds);
    execve(launch->executable, launch->arguments, launch->environment);
    fail(report, leeway_launch_execute);
}

/// Waits until the child has become the program, or has said why not.
static int has_failed(int report, struct failure *failure) {
    ssize_t count;
    do count = read(report, failure, sizeof *failure);
    while (count < 0 && errno == EINTR);
    return count == sizeof *failure;
}

static pid_t fork_with_signals_blocked(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid != 0) {
        int code = errno;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        errno = code;
    }
    return pid;
}

static pid_t refuse(struct failure failure, enum leeway_launch_step *step, int *code) {
    *step = failure.step;
    *code = failure.code;
    return -1;
}

pid_t leeway_start(const struct leeway_launch *launch, enum leeway_launch_step *step, int *code) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return refuse((struct failure){leeway_launch_fork, errno}, step, code);
    pid_t parent = getpid();
    pid_t pid = fork_with_signals_blocked();
    // The report's number is at least 3, or connecting the descriptors would take it away.
    if (pid == 0) become(launch, parent, fcntl(report[1], F_DUPFD_CLOEXEC, 3));
    struct failure failure = {leeway_launch_fork, errno};
    close(report[1]);
    if (pid > 0 && has_failed(report[0], &failure)) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(report[0]);
    return pid < 0 ? refuse(failure, step, code) : pid;
}

int leeway_process_descriptor(pid_t pid) { return pidfd_open(pid, 0); }
