#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Parses one document after another into memory it keeps.
typedef struct json_parser json_parser;

typedef enum {
    json_ok,
    json_malformed,
    json_not_utf8,
    json_too_deep,
    json_number_out_of_range,
    json_out_of_memory
} json_status;

/// A parsed document: simdjson's tape (its doc/tape.md says how it is laid out) and the strings the tape
/// points into. Both are the parser's, until it parses again.
typedef struct {
    const uint64_t *tape;
    const uint8_t *strings;
    /// The text held bare `NaN`, `Infinity` or `-Infinity`, which are not JSON. Each was read as a string of
    /// one of the three lengths below that begins with the byte 0x7F.
    bool has_nonfinite;
} json_document;

enum { json_nan_length = 1, json_infinity_length = 6, json_minus_infinity_length = 7 };

/// NULL when memory is out.
json_parser *json_parser_create(size_t maximum_depth);
void json_parser_destroy(json_parser *parser);

/// The bytes are copied: they need neither padding nor alignment, and may go once this returns.
json_status json_parser_parse(
    json_parser *parser, const void *bytes, size_t length, json_document *document);

#ifdef __cplusplus
}
#endif

#endif
