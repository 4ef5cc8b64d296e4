#pragma once

#include <stdint.h>
#include <sys/types.h>

/// What to start, and within which bounds. Bounds are the kernel's, for each process by itself.
struct leeway_launch {
    /// An absolute path.
    const char *executable;
    char *const *arguments;
    char *const *environment;
    const char *folder;
    /// Descriptors that become the child's standard output and error; its input is empty.
    int output;
    int error;
    int niceness;
    uint64_t cpu_seconds;
    /// Of private memory that can be written: heap, anonymous mappings, threads' stacks.
    uint64_t data_bytes;
    uint64_t file_bytes;
};

/// What could not be done.
enum leeway_launch_step { leeway_launch_fork, leeway_launch_bounds, leeway_launch_folder, leeway_launch_execute };

/// Starts a program as the leader of a session of its own, with no descriptors but the three, default signal handling, and
/// SIGKILL when the thread that calls this ends.
///
/// Returns its pid; or -1, and says which step failed with which errno.
pid_t leeway_start(const struct leeway_launch *launch, enum leeway_launch_step *step, int *code);

/// A descriptor that can be read once a process has ended, or -1.
int leeway_process_descriptor(pid_t pid);
