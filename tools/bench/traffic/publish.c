// Sends prebuilt messages as fast as the receiver takes them: it pushes, so nothing is dropped, and back-pressure
// makes the receiver's pace its own. Arguments: ENDPOINT (bound here) FORMAT MODEL ROWS-A-MESSAGE MESSAGES PACE, the
// most messages a second (0: as many as go).

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

#include "messages.h"

static message messages[distinct_messages];

static int fail(const char *what) {
    fprintf(stderr, "publish: %s: %s\n", what, zmq_strerror(zmq_errno()));
    return 1;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Sleeps until so many messages are due.
static void keep_pace(double start, unsigned long sent, double pace) {
    double ahead = start + (double)sent / pace - seconds();
    if (ahead > 0.002) {
        struct timespec rest = {0, (long)(ahead * 1e9)};
        nanosleep(&rest, NULL);
    }
}

int main(int argc, char **argv) {
    if (argc != 7 || !make_messages(argv[2], argv[3], strtoul(argv[4], NULL, 10), messages)) {
        fprintf(stderr, "usage: publish ENDPOINT oip-binary|oip-binary-wide|oip-json|rows MODEL ROWS MESSAGES PACE\n");
        return 2;
    }
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_PUSH);
    if (zmq_bind(socket, argv[1]) < 0) return fail("bind");
    const double start = seconds(), pace = strtod(argv[6], NULL);
    for (unsigned long sent = 0, count = strtoul(argv[5], NULL, 10); sent < count; ++sent) {
        const message *next = &messages[sent % distinct_messages];
        if (pace > 0) keep_pace(start, sent, pace);
        for (size_t i = 0; i < next->count; ++i) {
            // Constant: the bytes outlive the message, and are not copied into it.
            if (zmq_send_const(
                    socket, next->frames[i].bytes, next->frames[i].size, i + 1 < next->count ? ZMQ_SNDMORE : 0)
                < 0)
                return fail("send");
        }
    }
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
