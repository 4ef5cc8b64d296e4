// Messages as inference services send them, made once and sent many times: what the whole agent is timed with.

#ifndef MESSAGES_H
#define MESSAGES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t size;
    char *bytes;
} frame;

/// A topic, a body, and a frame a feature where the tensors are binary.
typedef struct {
    size_t count;
    frame frames[2 + 64];
} message;

enum { distinct_messages = 64, features = 30 };

/// Fills `messages` with `distinct_messages` messages of `rows` rows of standard normal doubles.
///
/// `format` is `oip-binary`, `oip-binary-wide` (one [N, F] tensor), `oip-json`, or `rows` (one row each,
/// whatever `rows` says). Returns how many rows a message has, or 0 for another format.
size_t make_messages(const char *format, const char *model, size_t rows, message *messages);

#ifdef __cplusplus
}
#endif

#endif
