// Receives messages and drops them: what a receiver can do at most. Arguments: ENDPOINT (connected to) MESSAGES
// WARM-UP. Prints how many messages a second came after the first WARM-UP.

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int receive_message(void *socket) {
    zmq_msg_t frame;
    int more = 1;
    while (more) {
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, 0) < 0) return -1;
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: drop ENDPOINT MESSAGES WARM-UP\n");
        return 2;
    }
    long count = atol(argv[2]), warm_up = atol(argv[3]);
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_PULL);
    int queue = 4096;  // as many messages of 16 KiB as the agent's default receive budget holds
    zmq_setsockopt(socket, ZMQ_RCVHWM, &queue, sizeof queue);
    if (zmq_connect(socket, argv[1]) < 0) {
        fprintf(stderr, "drop: connect: %s\n", zmq_strerror(zmq_errno()));
        return 1;
    }
    double start = 0;
    for (long received = 0; received < count; ++received) {
        if (received == warm_up) start = seconds();
        if (receive_message(socket) < 0) return 1;
    }
    printf("%.1f\n", (double)(count - warm_up) / (seconds() - start));
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
